"""A case of a suite as its TOML file says it: what is judged, beside what, what is expected.

Format: docs/conformance.md. Everything is checked when the file is loaded, so that a case that
exists can be judged.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bridge.errors import DataFileFault, MappingFault, UnreadableDocument
from bridge.finding import Finding
from bridge.mapping.toml_file import read_toml
from bridge.rules.strictness import meant
from bridge.standards.rows import nearest

AUTO: Final = "auto"
VERDICTS: Final = ("valid", "invalid", "unreadable")
LISTS: Final = ("must", "may", "must_not")
REQUEST: Final = "request"
HEADER: Final = "header"
ROLES: Final = (REQUEST, HEADER, "inquiry", "order", "get")
"""What may stand beside an input; all but ``header`` are messages of the exchange."""

_TOP: Final = (
    "title", "description", "chapter", "input", "version", "now", "environment", "sending",
    "beside", "expected",
)  # fmt: skip
_EXPECTED: Final = ("verdict", *LISTS, "translation", "answer")
_TRANSLATION: Final = (
    "to", "file", "refused", "message", "table", "with", "context", "now", "seed", "tolerant",
)  # fmt: skip
_ANSWER: Final = ("code", "detail")
_RULE_PATTERN: Final = re.compile(r"[\w?*.-]+")
_HEADER: Final = re.compile(r"\s*\[\s*([^\]]+?)\s*\]")


@dataclass(frozen=True, slots=True)
class Rules:
    """Rule ids that must, may and must not fire; ``*`` stands for any text.

    Of several patterns that fit a finding the one with the most letters decides.
    """

    must: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()

    def standing(self, finding: Finding) -> str:
        """Say which list a finding falls under: ``must``, ``may``, ``must_not``, or none."""
        fitting = [
            (len(pattern.replace("*", "")), name)
            for name in LISTS
            for pattern in getattr(self, name)
            if meant(finding.id, pattern)
        ]
        return max(fitting, key=lambda each: each[0])[1] if fitting else ""

    def silent(self, findings: Iterable[Finding]) -> tuple[str, ...]:
        """Give the patterns of ``must`` that no finding fits."""
        ids = {finding.id for finding in findings}
        return tuple(
            pattern for pattern in self.must if not any(meant(each, pattern) for each in ids)
        )


@dataclass(frozen=True, slots=True)
class ExpectedTranslation:
    """What the input is translated to: the message in ``file``, or ``refused`` for these findings.

    ``to`` is the target's standard; ``message`` its kind and ``table`` the evidence type, where
    they do not follow from the input. ``with_`` are files of context groups, ``context`` groups
    laid over them; ``now`` and ``seed`` make the outcome the same every time. ``tolerant``
    translates what the policy refuses in the input.
    """

    to: str
    now: datetime
    seed: str
    file: Path | None = None
    refused: tuple[str, ...] = ()
    message: str = ""
    table: str = ""
    with_: tuple[Path, ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    tolerant: bool = False


@dataclass(frozen=True, slots=True)
class ExpectedAnswer:
    """The error that the bridge answers with: its code, and the rule ids that its detail names."""

    code: str
    detail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of an input; at least one of the parts is given."""

    verdict: str = ""
    rules: Rules = field(default_factory=Rules)
    translation: ExpectedTranslation | None = None
    answer: ExpectedAnswer | None = None

    @property
    def kind(self) -> str:
        """What the case is about, in a word for tables."""
        if self.answer is not None:
            return "error answer"
        if self.translation is not None:
            return "translation"
        if self.rules.must and self.verdict in ("", "invalid"):
            return "broken rule"
        return self.verdict or "rules"


VALID: Final = Expectation(verdict="valid")


@dataclass(frozen=True, slots=True)
class Case:
    """One case. Paths are complete; ``version`` is ``auto`` or the standard to judge by."""

    name: str
    file: Path
    inputs: tuple[Path, ...]
    expected: Expectation
    title: str = ""
    description: str = ""
    chapter: str = ""
    version: str = AUTO
    now: datetime | None = None
    environment: str = ""
    sending: bool = False
    beside: Mapping[str, Path] = field(default_factory=dict)

    @property
    def exchange(self) -> Mapping[str, Path]:
        """The other messages of the exchange by their names in a context."""
        return {role: path for role, path in self.beside.items() if role != HEADER}

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that the outcome depends on, the case's own included."""
        translation = self.expected.translation
        more = () if translation is None else (translation.file, *translation.with_)
        return (self.file, *self.inputs, *self.beside.values(), *filter(None, more))


def load_case(path: Path, name: str, standards: Collection[str]) -> Case:
    """Load a case. ``standards`` are the versions that exist.

    Raises ``UnreadableDocument`` (code ``CASE``) with file and line for whatever is wrong in it.
    """
    try:
        data, text = read_toml(path)
    except MappingFault as fault:
        raise _of(fault) from None
    return _Loader(path, text, standards).case(name, data)


def _of(fault: DataFileFault) -> UnreadableDocument:
    return UnreadableDocument(
        fault.what, where=fault.where, line=fault.line, remedy=fault.remedy, code="CASE"
    )


class _Loader:
    """Takes one file apart. ``section`` is the dotted name of the table a key stands in."""

    def __init__(self, path: Path, text: str, standards: Collection[str]) -> None:
        self.path = path
        self.lines = text.splitlines()
        self.standards = standards

    def case(self, name: str, data: dict[str, Any]) -> Case:
        self.keys(data, _TOP, "")
        texts = {
            key: self.text(data, key, "")
            for key in ("title", "description", "chapter", "environment")
            if key in data
        }
        for key in ("input", "expected"):
            if not data.get(key):
                raise self.fault(f"'{key}' is missing", "", "")
        version = self.text(data, "version", "") if "version" in data else AUTO
        self.one_of(version, (AUTO, *self.standards), "version", "")
        given = data["input"]
        inputs = [given] if isinstance(given, str) else self.texts(data, "input", "")
        return Case(
            name=name,
            file=self.path,
            inputs=tuple(self.there(each, "input", "") for each in inputs),
            expected=self.expected(data),
            version=version,
            now=self.time(data, "now", "") if "now" in data else None,
            sending=self.truth(data, "sending", ""),
            beside=self.beside(data),
            **texts,
        )

    def beside(self, data: dict[str, Any]) -> dict[str, Path]:
        table = data.get("beside", {})
        self.keys(table, ROLES, "beside")
        return {
            role: self.there(self.text(table, role, "beside"), role, "beside") for role in table
        }

    def expected(self, data: dict[str, Any]) -> Expectation:
        table, section = data["expected"], "expected"
        self.keys(table, _EXPECTED, section)
        verdict = self.text(table, "verdict", section) if "verdict" in table else ""
        if verdict:
            self.one_of(verdict, VERDICTS, "verdict", section)
        return Expectation(
            verdict=verdict,
            rules=self.rules(table),
            translation=self.translation(table, data) if "translation" in table else None,
            answer=self.answer(table) if "answer" in table else None,
        )

    def rules(self, table: dict[str, Any]) -> Rules:
        found: dict[str, tuple[str, ...]] = {}
        lists: dict[str, str] = {}
        for name in LISTS:
            found[name] = self.texts(table, name, "expected")
            for pattern in found[name]:
                if not _RULE_PATTERN.fullmatch(pattern):
                    raise self.fault(f"'{pattern}' is no rule id", name, "expected")
                if pattern in lists:
                    what = f"'{pattern}' stands in '{lists[pattern]}' and in '{name}'"
                    raise self.fault(what, name, "expected")
                lists[pattern] = name
        return Rules(**found)

    def translation(self, expected: dict[str, Any], data: dict[str, Any]) -> ExpectedTranslation:
        table, section = expected["translation"], "expected.translation"
        self.keys(table, _TRANSLATION, section)
        now = table.get("now", data.get("now"))
        for key, value in (("to", table.get("to")), ("now", now), ("seed", table.get("seed"))):
            if not value:
                raise self.fault(f"'{key}' is missing", "", section)
        to = self.text(table, "to", section)
        self.one_of(to, self.standards, "to", section)
        if ("file" in table) == ("refused" in table):
            raise self.fault("one of 'file' and 'refused' is needed", "", section)
        context = table.get("context", {})
        if not isinstance(context, dict):
            raise self.fault("'context' must be a table of groups", "context", section)
        return ExpectedTranslation(
            to=to,
            now=self.time({"now": now}, "now", section),
            seed=self.text(table, "seed", section),
            file=self.there(str(table["file"]), "file", section) if "file" in table else None,
            refused=self.texts(table, "refused", section),
            message=self.text(table, "message", section) if "message" in table else "",
            table=self.text(table, "table", section) if "table" in table else "",
            with_=self.groups(table, section),
            context=context,
            tolerant=self.truth(table, "tolerant", section),
        )

    def groups(self, table: dict[str, Any], section: str) -> tuple[Path, ...]:
        paths = [self.there(each, "with", section) for each in self.texts(table, "with", section)]
        for path in paths:
            read_groups(path)
        return tuple(paths)

    def answer(self, expected: dict[str, Any]) -> ExpectedAnswer:
        table, section = expected["answer"], "expected.answer"
        self.keys(table, _ANSWER, section)
        if not table.get("code"):
            raise self.fault("'code' is missing", "", section)
        code = self.text(table, "code", section)
        return ExpectedAnswer(code, self.texts(table, "detail", section))

    # --- values ---------------------------------------------------------------

    def keys(self, table: Any, allowed: Collection[str], section: str) -> None:
        if not isinstance(table, dict):
            raise self.fault(f"'{section}' must be a table", section, "")
        for key in table:
            if key not in allowed:
                raise self.fault(f"unknown key '{key}'{nearest(key, allowed)}", key, section)

    def text(self, table: dict[str, Any], key: str, section: str) -> str:
        value = table[key]
        if not isinstance(value, str):
            raise self.fault(f"'{key}' must be a text", key, section)
        return value

    def texts(self, table: dict[str, Any], key: str, section: str) -> tuple[str, ...]:
        values = table.get(key, [])
        if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
            raise self.fault(f"'{key}' must be a list of texts", key, section)
        return tuple(values)

    def truth(self, table: dict[str, Any], key: str, section: str) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            raise self.fault(f"'{key}' must be true or false", key, section)
        return value

    def time(self, table: dict[str, Any], key: str, section: str) -> datetime:
        value = table[key]
        if not isinstance(value, datetime):
            what = f"'{key}' must be a time like 2026-02-03T09:15:00Z, without quotes"
            raise self.fault(what, key, section)
        return value if value.tzinfo else value.replace(tzinfo=UTC)

    def one_of(self, value: str, known: Collection[str], key: str, section: str) -> None:
        if value not in known:
            what = f"{key}: '{value}' is none of {', '.join(known)}{nearest(value, known)}"
            raise self.fault(what, key, section)

    def there(self, name: str, key: str, section: str) -> Path:
        path = self.path.parent / name
        try:
            found = path.is_file()
        except (OSError, ValueError):
            found = False
        if not found:
            raise self.fault(f"{key}: there is no file '{name}'", key, section)
        return path

    def fault(self, what: str, key: str, section: str) -> UnreadableDocument:
        place = f"[{section}] " if section else ""
        line = self.line(key, section)
        return UnreadableDocument(f"{place}{what}", where=str(self.path), line=line, code="CASE")

    def line(self, key: str, section: str) -> int:
        """The line of a key, else of the table it stands in, else the first."""
        wanted = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[.=]") if key else None
        current, best = "", 1
        for number, line in enumerate(self.lines, 1):
            if match := _HEADER.match(line):
                current = match.group(1).replace('"', "")
                if current == section or current == f"{section}.{key}".strip("."):
                    best = number
            elif wanted and wanted.match(line) and current == section:
                return number
        return best


def read_groups(path: Path) -> Mapping[str, Any]:
    """Read a file of context groups. Raises ``UnreadableDocument`` (code ``CASE``)."""
    # Imported here: the mapping tables bring pydantic, which most runs never need.
    from bridge.mapping.tables import load_context

    try:
        return load_context(path)
    except DataFileFault as fault:
        raise _of(fault) from None
