"""Two verdicts on the same message; where they differ is told as frozen values.

A rule is compared by its id and message: it fires somewhere, or nowhere. Only what both sides could
have said is compared: ids of a series (``R-EDM-REQ-C``) that the publisher's files for that kind of
message carry. Nothing here quotes a message: ids, places, and the publisher's text without its
computed parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bridge.errors import RemoteFault
from bridge.finding import Finding
from bridge.referee.artefacts import RuleFile, series
from bridge.referee.published_rules import Fired
from bridge.referee.published_schema import SchemaVerdict
from bridge.rules.engine import Broken
from bridge.rules.schema import ID as SCHEMA_ID
from bridge.rules.table import RuleTable


class What(StrEnum):
    """How two verdicts on one rule differ."""

    OURS = "ours only"
    THEIRS = "theirs only"
    ERROR = "their rule raised an error"
    UNNAMED = "their rule has no id"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One rule on one message, where the two sides differ.

    ``file`` and ``line`` are the publisher's, empty where it has no such rule. ``context`` is that
    of the rule, ``place`` the first place where it fired. ``text`` is the static text of the rule.
    ``known`` is our note on a known departure, ``code`` the error of XPath that a test raised.
    """

    message: str
    what: What
    rule: str
    file: str = ""
    line: int = 0
    context: str = ""
    place: str = ""
    text: str = ""
    known: str = ""
    code: str = ""

    @property
    def counts(self) -> bool:
        """Whether it is a disagreement; what is known, unnamed or an error is only told."""
        return self.what in (What.OURS, What.THEIRS) and not self.known

    def as_json(self) -> dict[str, object]:
        """The shape that ``--json`` prints."""
        return {
            "message": self.message,
            "what": str(self.what),
            "rule": self.rule,
            "file": self.file or None,
            "line": self.line or None,
            "context": self.context,
            "place": self.place,
            "text": self.text,
            "known": self.known or None,
            "code": self.code or None,
        }


@dataclass(frozen=True, slots=True)
class Judged:
    """One message judged by both sides.

    ``files`` are the publisher's files that were asked; without any, nothing was compared.
    ``fault`` says why the message could not be judged, ``schema_fault`` why the publisher's schema
    could not judge it.
    """

    message: str
    standard: str = ""
    kind: str = ""
    files: tuple[str, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    fault: RemoteFault | None = None
    schema_fault: str = ""


def compare(
    message: str,
    *,
    theirs: Iterable[Fired],
    ours: Iterable[Broken],
    files: tuple[RuleFile, ...],
    table: RuleTable,
) -> tuple[Disagreement, ...]:
    """Give where two verdicts on one message differ, by rule id."""
    our_first = {each.rule.id: each for each in reversed(tuple(ours))}
    fired: dict[str, Fired] = {}
    errors: dict[str, Fired] = {}
    unnamed: dict[tuple[str, int], Fired] = {}
    for each in theirs:
        rule_id = each.assertion.id or _named_in_text(each, table)
        if not rule_id:
            unnamed.setdefault((each.assertion.file, each.assertion.line), each)
        else:
            (errors if each.error else fired).setdefault(rule_id, each)
    notes = _notes(table)
    # A rule may stand in several assertions; that one of them fires is a verdict all the same.
    errors = {rule_id: each for rule_id, each in errors.items() if rule_id not in fired}
    found = [
        _theirs(message, What.THEIRS, rule_id, each, notes)
        for rule_id, each in fired.items()
        if rule_id not in our_first
    ]
    found += [_theirs(message, What.ERROR, i, each, notes) for i, each in errors.items()]
    found += [_theirs(message, What.UNNAMED, "", each, notes) for each in unnamed.values()]
    comparable = {series(rule_id) for file in files for rule_id in file.ids}
    for rule_id, broken in our_first.items():
        if rule_id in fired or rule_id in errors or series(rule_id) not in comparable:
            continue
        found.append(_ours(message, broken, files, notes))
    return tuple(sorted(found, key=lambda each: (each.what, each.rule, each.line)))


def compare_schema(
    message: str, theirs: SchemaVerdict, ours: tuple[Finding, ...]
) -> tuple[Disagreement, ...]:
    """Give the disagreement of two schemas on one message, if they differ and theirs judges."""
    if theirs.valid is None or theirs.valid is not bool(ours):
        return ()
    what, place, text = What.THEIRS, theirs.place, theirs.broken
    if ours:
        what, place, text = What.OURS, ours[0].location, ours[0].message
    return (Disagreement(message, what, SCHEMA_ID, theirs.file, place=place, text=text),)


def _theirs(
    message: str, what: What, rule_id: str, fired: Fired, notes: Mapping[str, str]
) -> Disagreement:
    assertion = fired.assertion
    return Disagreement(
        message=message,
        what=what,
        rule=rule_id,
        file=assertion.file,
        line=assertion.line,
        context=assertion.context,
        place=fired.place,
        text=assertion.text,
        known=notes.get(rule_id, ""),
        code=fired.error,
    )


def _ours(
    message: str, broken: Broken, files: tuple[RuleFile, ...], notes: Mapping[str, str]
) -> Disagreement:
    rule = broken.rule
    told = broken.finding()
    same = (a for file in files for a in file.assertions if a.id == rule.id)
    theirs = next(same, None)
    return Disagreement(
        message=message,
        what=What.OURS,
        rule=rule.id,
        file=theirs.file if theirs else "",
        line=theirs.line if theirs else 0,
        context=rule.context,
        place=told.location,
        text=told.message,
        known=notes.get(rule.id, ""),
    )


def _named_in_text(fired: Fired, table: RuleTable) -> str:
    """The rule id that the text of an assertion without one begins with or holds, if it is ours."""
    words = set(fired.assertion.text.replace("[", " ").replace("]", " ").replace(":", " ").split())
    named = words & {rule.id for rule in table.rules}
    return named.pop() if len(named) == 1 else ""


def _notes(table: RuleTable) -> dict[str, str]:
    known = {rule.id: rule.note for rule in table.rules if rule.note}
    return {**known, **{row.id: row.why for row in table.open}}
