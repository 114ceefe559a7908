"""One case to its outcome, one message without a case to its.

Files are read by what the desk holds, so this room opens none. Nothing that stands in a message or
beside it makes a judgement raise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bridge.conform.case import (
    AUTO,
    HEADER,
    VALID,
    Case,
    Expectation,
    ExpectedAnswer,
)
from bridge.conform.excerpt import excerpts
from bridge.conform.outcome import (
    MOST_FINDINGS,
    Checked,
    Outcome,
    Standing,
    State,
    Told,
)
from bridge.conform.suite import BrokenCase
from bridge.errors import BridgeError, RemoteFault, SettingsFault, UnreadableDocument
from bridge.finding import Finding, Severity
from bridge.message import Message
from bridge.rules.check import Checker, Circumstances, Report
from bridge.rules.strictness import Strictness
from bridge.xml.parse import parse

if TYPE_CHECKING:
    from bridge.conform.answer import Answer
    from bridge.mapping.tables import Tables

_UNREADABLE: Final = "unreadable"
HEADER_ALONE: Final = "eb:Messaging"
"""Kind of what is readable without being a message: a header, or an envelope without one."""
_STANDINGS: Final = {
    "must": Standing.EXPECTED,
    "may": Standing.ALLOWED,
    "must_not": Standing.UNEXPECTED,
}


@dataclass(frozen=True, slots=True)
class Desk:
    """What judging needs beside the case.

    ``read`` and ``load`` (a message with its attachments) raise ``RemoteFault``; ``tables`` and
    ``policy`` are loaded when they are first asked for; ``answer`` gives
    the error that a report on octets leads to, ``None`` where the message is accepted; ``clock``
    gives seconds. ``now`` and ``environment`` hold for cases that name none.
    """

    checker: Checker
    read: Callable[[Path], bytes]
    load: Callable[[Path], Message]
    tables: Callable[[], Tables]
    policy: Callable[[], Strictness]
    answer: Callable[[Report, bytes, datetime | None], Answer | None]
    clock: Callable[[], float]
    excerpts: bool = False
    now: datetime | None = None
    environment: str = ""


@dataclass(slots=True)
class _Pile:
    """What comes together while one case is judged."""

    checked: list[Checked] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)
    several: bool = False

    def state(self, wanted: Expectation = VALID) -> State:
        if not self.misses:
            return State.PASSED
        unreadable = any(each.verdict == _UNREADABLE for each in self.checked)
        surprise = unreadable and wanted.verdict != _UNREADABLE
        return State.UNREADABLE if surprise else State.FAILED


def judge_message(name: str, octets: bytes, desk: Desk) -> Outcome:
    """Judge a message that no case speaks of: it is expected to be valid."""
    begin = desk.clock()
    beside = Circumstances(now=desk.now, environment=desk.environment)
    pile = _Pile()
    _judged(name, octets, desk.checker(octets, beside), VALID, desk, pile)
    return _outcome_of_message(name, pile, desk.clock() - begin)


def unreadable_message(name: str, fault: UnreadableDocument) -> Outcome:
    """The outcome for what could not even be read from where it stands."""
    finding = Finding(fault.code, Severity.FATAL, "/", fault.what, fault.line)
    pile = _Pile(
        [Checked(name, _UNREADABLE, (Told(finding, Standing.UNEXPECTED),))],
        [f"the message is unreadable: {fault.what}"],
    )
    return _outcome_of_message(name, pile, 0.0)


def _outcome_of_message(name: str, pile: _Pile, seconds: float) -> Outcome:
    return Outcome(
        name=name,
        file=name,
        state=pile.state(),
        expects=VALID.kind,
        checked=tuple(pile.checked),
        misses=tuple(pile.misses),
        seconds=seconds,
    )


def broken_case(case: BrokenCase) -> Outcome:
    """The outcome of a case whose file is wrong."""
    return Outcome(case.name, State.UNREADABLE, str(case.file), misses=(case.fault.paragraph(),))


def judge_case(case: Case, desk: Desk) -> Outcome:
    """Judge a case."""
    begin = desk.clock()
    pile = _Pile(several=len(case.inputs) > 1)
    try:
        _judge(case, desk, pile)
        state = pile.state(case.expected)
    except UnreadableDocument as fault:  # a file that was there when the case was loaded
        pile.misses.append(fault.paragraph())
        state = State.UNREADABLE
    except SettingsFault as fault:
        if not case.environment:
            raise
        pile.misses.append(f"{case.file}: {fault.paragraph()}")
        state = State.UNREADABLE
    return Outcome(
        name=case.name,
        state=state,
        file=str(case.file),
        expects=case.expected.kind,
        title=case.title,
        chapter=case.chapter,
        description=case.description,
        checked=tuple(pile.checked),
        misses=tuple(pile.misses),
        seconds=desk.clock() - begin,
    )


def _judge(case: Case, desk: Desk, pile: _Pile) -> None:
    wanted = case.expected
    beside = Circumstances(
        header=desk.read(case.beside[HEADER]) if HEADER in case.beside else None,
        now=case.now or desk.now,
        environment=case.environment or desk.environment,
        standard="" if case.version == AUTO else case.version,
        sending=case.sending,
    )
    findings: list[Finding] = []
    for path in case.inputs:
        octets = desk.read(path)
        of_this = _with_request(beside, octets, case, desk)
        report = desk.checker(octets, of_this)
        findings += report.findings
        _judged(str(path), octets, report, wanted, desk, pile)
        if wanted.answer is not None:
            pile.misses += _answer_misses(wanted.answer, report, octets, beside.now, desk)
    pile.misses += [f"{rule} did not fire" for rule in wanted.rules.silent(findings)]
    if wanted.translation is not None:
        # Imported here: a run without translations loads no mapping table.
        from bridge.conform.translation import Workbench, misses

        bench = Workbench(desk.tables(), desk.checker, desk.policy(), desk.load, desk.read)
        pile.misses += misses(case, wanted.translation, findings, bench)


def _with_request(beside: Circumstances, octets: bytes, case: Case, desk: Desk) -> Circumstances:
    """Put the message that this one answers beside it: the first of its own standard's family.

    A case may name the whole exchange, the EU's request and the German one made of it.
    """
    if not case.exchange:
        return beside
    family = _family(octets, desk.checker)
    candidates = map(desk.read, case.exchange.values())
    found = next((each for each in candidates if _family(each, desk.checker) == family), None)
    return replace(beside, request=found)


def _family(octets: bytes, checker: Checker) -> str:
    try:
        return checker.catalogue.identify(checker.within(parse(octets)))[0].family
    except RemoteFault:
        return ""


def _judged(
    name: str, octets: bytes, report: Report, wanted: Expectation, desk: Desk, pile: _Pile
) -> None:
    """Put one message and what is amiss with it on the pile."""
    called = Path(name).name if pile.several else ""
    findings = report.findings
    shown = excerpts(octets, findings) if desk.excerpts else {}
    told = [Told(each, _standing(each, wanted), shown.get(each)) for each in findings]
    head = report.head
    pile.checked.append(
        Checked(
            file=name,
            verdict=report.verdict,
            told=tuple(told[:MOST_FINDINGS]),
            more=max(len(told) - MOST_FINDINGS, 0),
            standard=head.standard if head else "",
            kind=head.kind if head else HEADER_ALONE if report.readable else "",
        )
    )
    if wanted.verdict and report.verdict != wanted.verdict:
        pile.misses.append(f"{called or 'the message'} is {report.verdict}, not {wanted.verdict}")
    rules = dict.fromkeys(t.finding.id for t in told if t.standing is Standing.UNEXPECTED)
    pile.misses += [f"{rule} fired{f' in {called}' if called else ''}" for rule in rules]


def _standing(finding: Finding, wanted: Expectation) -> Standing:
    named = wanted.rules.standing(finding)
    return _STANDINGS[named] if named else _unnamed(finding, wanted)


def _unnamed(finding: Finding, wanted: Expectation) -> Standing:
    """What a finding is that no list of the case names: only fatal ones are asked after."""
    if finding.severity is not Severity.FATAL:
        return Standing.ALLOWED
    rules = wanted.rules
    open_verdict = wanted.verdict in ("", "invalid", _UNREADABLE)
    names_rules = bool(rules.must or rules.may or rules.must_not)
    return Standing.ALLOWED if open_verdict and not names_rules else Standing.UNEXPECTED


def _answer_misses(
    wanted: ExpectedAnswer, report: Report, octets: bytes, now: datetime | None, desk: Desk
) -> Iterator[str]:
    try:
        given = desk.answer(report, octets, now)
    except BridgeError as fault:
        yield f"there is no answer: {fault.paragraph()}"
        return
    if given is None:
        yield f"the bridge accepts the message and does not answer {wanted.code}"
        return
    if given.code != wanted.code:
        yield f"the bridge answers {given.code}, not {wanted.code}"
    for rule in wanted.detail:
        if rule not in given.detail:
            yield f"the answer does not name {rule}"
    for rule in given.breaks:
        yield f"the answer breaks {rule}"
