"""``rules.toml`` of a version: its rows and those of the version that it inherits from.

The checks are written by hand, not with pydantic: the rules are read at every start of ``bridge
check``, and importing pydantic costs more than reading them. Format: docs/rules-format.md.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from bridge.errors import DataFileFault
from bridge.finding import Severity
from bridge.standards.codelists import load_codes
from bridge.standards.rows import nearest

_TOP: Final = {
    "inherits", "chapter", "namespaces", "roots", "lists", "unless", "environments",
    "drop", "rule", "change", "open",
}  # fmt: skip
_RULE: Final = {
    "id", "message", "stage", "severity", "received", "context", "test", "text", "chapter",
    "since", "until", "needs", "note",
}  # fmt: skip
_REQUIRED: Final = ("id", "severity", "context", "test", "text")
_OPEN: Final = {"id", "message", "why"}
_TEXT: Final = {"en", "de"}
STAGES: Final = ("structure", "content", "pair", "header", "plausibility")
NEEDS: Final = ("", "request", "payload", "now", "environment")
FILE: Final = "rules.toml"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. ``test`` holds for what is in order; ``context`` says at which nodes it is asked.

    ``message`` is the kind of message it belongs to, empty for all. ``received`` is its severity
    in what others send, where that differs. ``needs`` names the variable without which the row
    says nothing (a second document, the time, the environment). ``text`` is by language.
    """

    id: str
    severity: Severity
    context: str
    test: str
    text: Mapping[str, str]
    message: str = ""
    stage: str = "content"
    received: Severity | None = None
    chapter: str = ""
    since: str = ""
    until: str = ""
    needs: str = ""
    note: str = ""
    line: int = 0
    file: str = ""

    def applies_to(self, kind: str) -> bool:
        """Whether the row belongs to a kind of message."""
        return self.message in ("", kind)

    def as_json(self) -> dict[str, object]:
        """The shape that ``--json`` prints; what is empty is left out."""
        shown = {
            "id": self.id,
            "severity": str(self.severity),
            "received": str(self.received or ""),
            "message": self.message,
            "stage": self.stage,
            "text": dict(self.text),
            "context": self.context,
            "test": self.test,
            "chapter": self.chapter,
            "since": self.since,
            "until": self.until,
            "note": self.note,
        }
        return {name: value for name, value in shown.items() if value}

    def in_force(self, version: str) -> bool:
        """Whether the row holds in a version; both ends count."""
        number = _number(version)
        after = not self.since or _number(self.since) <= number
        return after and (not self.until or number <= _number(self.until))


@dataclass(frozen=True, slots=True)
class OpenRule:
    """A published rule that is not implemented, and why."""

    id: str
    message: str
    why: str


@dataclass(frozen=True, slots=True)
class RuleTable:
    """All rows in force in one version, in order; ``lists`` are the codes that tests ask for.

    ``roots`` are elements that a relative context means only at the top of the document;
    ``unless`` is true for documents that no row is meant for; ``environments`` gives the address
    that an environment's identifiers begin with; ``list_files`` are the files of ``lists``.
    """

    family: str
    version: str
    rules: tuple[Rule, ...]
    open: tuple[OpenRule, ...] = ()
    namespaces: Mapping[str, str] = field(default_factory=dict)
    roots: tuple[str, ...] = ()
    lists: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unless: str = ""
    environments: Mapping[str, str] = field(default_factory=dict)
    list_files: Mapping[str, Path] = field(default_factory=dict)

    def rule(self, rule_id: str) -> Rule | None:
        """Give a row by its id."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def select(self, kind: str = "", needs: str = "") -> tuple[Rule, ...]:
        """Give the rows of a kind of message that need a certain variable, or none."""
        return tuple(r for r in self.rules if r.applies_to(kind) and r.needs == needs)

    def of_version(self, version: str) -> RuleTable:
        """Narrow a table whose rows name versions of another standard (the header's)."""
        return replace(self, rules=tuple(r for r in self.rules if r.in_force(version)))


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def has_rules(folder: Path) -> bool:
    """Whether a version folder has rules."""
    return (folder / FILE).is_file()


def load_rules(folder: Path) -> RuleTable:
    """Load the rules of a version folder with what it inherits.

    Raises ``DataFileFault`` with file and line for unknown keys, missing keys, an id that stands
    twice, and a change or drop of what is not inherited.
    """
    return _load(folder, ())


def _load(folder: Path, heirs: tuple[Path, ...]) -> RuleTable:
    path = folder / FILE
    try:
        text = path.read_text("utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        raise DataFileFault("the rules cannot be read", where=str(path), code="RULES") from error
    except tomllib.TOMLDecodeError as error:
        what = f"the rules are not valid TOML: {error}"
        raise DataFileFault(what, where=str(path), code="RULES") from error
    loader = _Loader(folder, path, text, data)
    inherited = None
    if base := data.get("inherits"):
        if folder in heirs:
            raise loader.fault("the file inherits from itself")
        inherited = _load(folder.parent / str(base), (*heirs, folder))
    return loader.load(inherited)


class _Loader:
    def __init__(self, folder: Path, path: Path, text: str, data: dict[str, Any]) -> None:
        self.folder = folder
        self.path = path
        self.lines = text.splitlines()
        self.data = data

    def fault(self, what: str, line: int | None = None) -> DataFileFault:
        return DataFileFault(what, where=str(self.path), line=line, code="RULES")

    def keys(self, table: Any, allowed: set[str], what: str, line: int | None = None) -> None:
        if not isinstance(table, dict):
            raise self.fault(f"{what} must be a table", line)
        for key in table:
            if key not in allowed:
                raise self.fault(f"{what}: unknown key '{key}'{nearest(key, allowed)}", line)

    def rows(self, name: str) -> Iterator[tuple[dict[str, Any], int]]:
        """The rows of an array of tables, each with the line of its header."""
        headers = [n for n, line in enumerate(self.lines, 1) if line.strip() == f"[[{name}]]"]
        rows = self.data.get(name, [])
        if not isinstance(rows, list) or len(rows) != len(headers):
            raise self.fault(f"'{name}' must be written as [[{name}]]")
        return zip(rows, headers, strict=True)

    def load(self, base: RuleTable | None) -> RuleTable:
        self.keys(self.data, _TOP, "the file", 1)
        base = base or RuleTable("", "", ())
        files = self.list_files(base)
        rules, opened = self.kept(base)
        positions = {rule.id: index for index, rule in enumerate(rules)}
        for row, line in self.rows("change"):
            index = positions.get(str(row.get("id")))
            if index is None:
                raise self.fault(f"change: no row '{row.get('id')}' is inherited", line)
            rules[index] = self.changed(rules[index], row, line)
        for row, line in self.rows("rule"):
            rules.append(self.rule(row, line))
        opened += [self.opened(row, line) for row, line in self.rows("open")]
        self.check_ids(rules)
        return RuleTable(
            family=self.folder.parent.name,
            version=self.folder.name,
            rules=tuple(rules),
            open=tuple(opened),
            namespaces={**base.namespaces, **self.data.get("namespaces", {})},
            roots=tuple(self.data.get("roots", base.roots)),
            lists={name: frozenset(load_codes(file)) for name, file in files.items()},
            unless=str(self.data.get("unless", base.unless)),
            environments={**base.environments, **self.data.get("environments", {})},
            list_files=files,
        )

    def kept(self, base: RuleTable) -> tuple[list[Rule], list[OpenRule]]:
        dropped = self.data.get("drop", [])
        known = {rule.id for rule in base.rules} | {row.id for row in base.open}
        for rule_id in dropped:
            if rule_id not in known:
                raise self.fault(f"drop: no row '{rule_id}' is inherited{nearest(rule_id, known)}")
        rules = [rule for rule in base.rules if rule.id not in dropped]
        return rules, [row for row in base.open if row.id not in dropped]

    def list_files(self, base: RuleTable) -> dict[str, Path]:
        """Files of the lists by name; an inherited list that the folder has itself is its own."""
        files = dict(base.list_files)
        for name, file in base.list_files.items():
            own = self.folder / file.parent.name / file.name
            files[name] = own if own.is_file() else file
        named = self.data.get("lists", {})
        return {**files, **{name: self.folder / str(file) for name, file in named.items()}}

    def rule(self, row: dict[str, Any], line: int) -> Rule:
        self.keys(row, _RULE, "rule", line)
        for key in _REQUIRED:
            if not row.get(key):
                raise self.fault(f"rule {row.get('id', '')}: '{key}' is missing", line)
        chapter = str(row.get("chapter", self.data.get("chapter", "")))
        return self.built({**row, "chapter": chapter}, line)

    def changed(self, rule: Rule, row: dict[str, Any], line: int) -> Rule:
        self.keys(row, _RULE, f"change {rule.id}", line)
        old = {key: getattr(rule, key) for key in _RULE}
        old["severity"] = str(rule.severity)
        old["received"] = str(rule.received) if rule.received else ""
        return self.built({**old, **row}, line)

    def built(self, row: Mapping[str, Any], line: int) -> Rule:
        what = f"rule {row['id']}"
        self.keys(row["text"], _TEXT, f"{what}: text", line)
        if set(row["text"]) != _TEXT:
            raise self.fault(f"{what}: the text is needed in {' and '.join(sorted(_TEXT))}", line)
        self.one_of(row.get("stage", "content"), STAGES, f"{what}: stage", line)
        self.one_of(row.get("needs", ""), NEEDS, f"{what}: needs", line)
        severities = [each.value for each in Severity]
        self.one_of(row["severity"], severities, f"{what}: severity", line)
        received = row.get("received")
        if received:
            self.one_of(received, severities, f"{what}: received", line)
        texts = {key: str(row[key]) for key in _RULE - {"text", "severity", "received"} & set(row)}
        return Rule(
            **texts,
            text=dict(row["text"]),
            severity=Severity(row["severity"]),
            received=Severity(received) if received else None,
            line=line,
            file=f"{self.folder.parent.name}/{self.folder.name}",
        )

    def opened(self, row: dict[str, Any], line: int) -> OpenRule:
        self.keys(row, _OPEN, "open", line)
        if not row.get("id") or not row.get("why"):
            raise self.fault("open: 'id' and 'why' are needed", line)
        return OpenRule(str(row["id"]), str(row.get("message", "")), str(row["why"]))

    def one_of(self, value: Any, known: Sequence[str], what: str, line: int) -> None:
        if value not in known:
            raise self.fault(f"{what}: '{value}' is none of {', '.join(filter(None, known))}", line)

    def check_ids(self, rules: list[Rule]) -> None:
        """Refuse an id that stands twice, unless the versions of its rows lie apart."""
        seen: dict[str, list[Rule]] = {}
        for rule in rules:
            for other in seen.setdefault(rule.id, []):
                apart = (other.until and rule.since) and other.until < rule.since
                if not apart:
                    raise self.fault(f"the rule {rule.id} stands twice", rule.line)
            seen[rule.id].append(rule)
