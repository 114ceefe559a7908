"""Whether a case's input is translated to what the case expects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.conform.answer import ABROAD
from bridge.conform.case import REQUEST, Case, ExpectedTranslation, read_groups
from bridge.conform.compare import differences
from bridge.errors import BorderViolation, BridgeError, IncompleteMessage, MappingFault
from bridge.finding import Finding, Severity
from bridge.mapping.context import Context, seeded_ids
from bridge.mapping.surroundings import misshapen, overlaid, with_sources
from bridge.mapping.tables import Tables
from bridge.mapping.translate import Translation, compose, translate, write
from bridge.message import Group, Message, group
from bridge.rules.check import Checker, Circumstances
from bridge.rules.strictness import Strictness
from bridge.xml.parse import parse


@dataclass(frozen=True, slots=True)
class Workbench:
    """What a translation is made with: tables, rules, policy, and how a file is read.

    ``load`` gives a message with its attachments, ``read`` the octets.
    """

    tables: Tables
    checker: Checker
    policy: Strictness
    load: Callable[[Path], Message]
    read: Callable[[Path], bytes]


def misses(
    case: Case, wanted: ExpectedTranslation, received: Iterable[Finding], bench: Workbench
) -> tuple[str, ...]:
    """Translate and say what is not as expected; nothing where all is.

    ``received`` are the findings in the inputs: what the policy refuses stops it.
    """
    wrong = misshapen(bench.tables.defaults, _groups(wanted))
    if wrong:
        return (f"the context of the case cannot be used: {wrong[0]}",)
    refused = () if wanted.tolerant else bench.policy.verdict(received).rule_ids
    octets = b""
    if not refused:
        refused, octets = _made(case, wanted, bench)
    if wanted.file is None:
        return _difference(wanted.refused, refused)
    found = () if not octets else _differences(wanted.file, octets, bench)
    because = (f"the translation is refused: {', '.join(refused)}",) if refused else ()
    return (*because, *found)


def _differences(expected: Path, octets: bytes, bench: Workbench) -> Iterator[str]:
    for each in differences(parse(bench.read(expected)).root, parse(octets).root):
        yield f"the translation differs at {each}"


def _difference(wanted: Sequence[str], refused: Sequence[str]) -> tuple[str, ...]:
    if not refused:
        return ("the translation is not refused",)
    return (
        *(f"the translation is refused without {each}" for each in wanted if each not in refused),
        *(f"the translation is refused for {each} too" for each in refused if each not in wanted),
    )


def _made(
    case: Case, wanted: ExpectedTranslation, bench: Workbench
) -> tuple[tuple[str, ...], bytes]:
    """The ids of what refuses the translation, and the octets where it could be written."""
    try:
        translation = _translation(case, wanted, bench)
    except BridgeError as fault:
        return (fault.code,), b""
    refusing = {f.id for f in translation.findings if f.severity is Severity.FATAL}
    try:
        octets = write(translation, bench.tables)
    except (IncompleteMessage, BorderViolation) as fault:
        return tuple(sorted(refusing or {fault.code})), b""
    if refusing:
        # What already refuses the message explains its gaps better than the rules they break.
        return tuple(sorted(refusing)), octets
    beside = Circumstances(request=_request(case, translation, bench), now=wanted.now, sending=True)
    report = bench.checker(octets, beside)
    held_back = bench.policy.verdict(
        report.findings, sending=True, standard=report.standard
    ).rule_ids
    return tuple(sorted(held_back)), octets


def _request(case: Case, translation: Translation, bench: Workbench) -> bytes | None:
    """The request of the EU, where an answer to it is made."""
    path = case.beside.get(REQUEST)
    if path is None or translation.message.head.family != ABROAD:
        return None
    return bench.read(path)


def _translation(case: Case, wanted: ExpectedTranslation, bench: Workbench) -> Translation:
    sources = [bench.load(path) for path in case.inputs]
    tables = bench.tables
    messages = {role: bench.load(path) for role, path in case.exchange.items()}
    values = overlaid(tables.defaults, _groups(wanted))
    context = Context(wanted.now, seeded_ids(wanted.seed), values, messages)
    target = tables.catalogue.binding(wanted.to)
    if sources[0].head.family == target.family:
        # The input is of the target's own standard: what is expected is the answer to it.
        answer = _composition(tables, target.family, wanted.message)
        return compose(answer, tables, with_sources(context, sources), wanted.to)
    return translate(sources, tables, context, wanted.to, kind=wanted.message, table=wanted.table)


def _composition(tables: Tables, family: str, kind: str) -> str:
    """The id of the pair that makes a message without a source."""
    alone = [pair for pair in tables.messages.pairs if list(pair.kinds) == [family]]
    found = next((pair.id for pair in alone if pair.kinds[family] == kind), None)
    if found is None:
        raise MappingFault(f"the input is of {family} already, and '{kind}' is no answer to it")
    return found


def _groups(wanted: ExpectedTranslation) -> Group:
    """The context groups that the case states, its files below its own."""
    stated = Group()
    for path in wanted.with_:
        stated = overlaid(stated, read_groups(path))
    return overlaid(stated, group(wanted.context))
