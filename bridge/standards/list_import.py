"""A published list as it stands in somebody's file, made into an ``Edition`` of ours.

``genericode`` and ``list_csv`` read the two forms into a ``Table``; here its columns get our names,
its dates our form, its blanks are put in order, and what had to be done is told in findings.
Codes and their names are published, so findings and errors may quote them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from bridge.errors import UnreadableDocument
from bridge.finding import Finding, Severity, in_order
from bridge.standards.codelists import CODE, FROM, NAME, UNTIL, Edition, ListHead, is_date

# Spellings seen in published lists, the likeliest first; compared as `slug` gives them.
_SPELLINGS: Final = {
    CODE: ("code", "key", "schlüssel", "schluessel", "codewert", "value", "id"),
    NAME: (
        "name", "name_value", "name_en", "bezeichnung", "description", "beschreibung", "label",
        "title", "titel", "english",
    ),
    FROM: (
        "valid_from", "validfrom", "gültig_ab", "gueltig_ab", "gültig_von", "gueltig_von",
        "gültigkeitsbeginn", "start_date", "startdate", "effective_from",
    ),
    UNTIL: (
        "valid_until", "validuntil", "valid_to", "validto", "gültig_bis", "gueltig_bis",
        "gültigkeitsende", "end_date", "enddate", "effective_until",
    ),
}  # fmt: skip
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T.*|Z|[+-]\d{2}:\d{2})?")
_GERMAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_NO_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a file: the line it begins in, and its cells, one for each column."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds, in its own words. ``key`` is the column that it declares as the code."""

    head: ListHead
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    key: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """A list of ours, and what had to be decided on the way."""

    edition: Edition
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class Notes:
    """Gathers findings; of one kind the first line is told, and how many there were."""

    _lines: dict[tuple[str, Severity, str], list[int]] = field(default_factory=dict)

    def add(self, rule: str, severity: Severity, what: str, line: int) -> None:
        """Note that something was found in a line."""
        self._lines.setdefault((rule, severity, what), []).append(line)

    def findings(self) -> Iterator[Finding]:
        """All that was noted."""
        for (rule, severity, what), lines in self._lines.items():
            more = f" ({len(lines)} times, first here)" if len(lines) > 1 else ""
            yield Finding(rule, severity, "", what + more, lines[0])


def edition_of(table: Table, code_column: str = "") -> Imported:
    """Make a list of ours; ``code_column`` names the column of the codes where the file does not.

    Raises ``UnreadableDocument`` with the line: no code column, no code, a code twice with
    different rows, a code with signs that no message can carry, a date that is none.
    """
    notes = Notes()
    names = _names(table, code_column, notes)
    order = sorted(range(len(names)), key=lambda index: (_rank(names[index]), index))
    columns = tuple(names[index] for index in order)
    rows: dict[str, dict[str, str]] = {}
    for row in table.rows:
        cells = [_cell(row.cells[index], names[index], row.line, notes) for index in order]
        made = dict(zip(columns, cells, strict=True))
        _admit(made, rows, row.line, notes)
    if not rows:
        raise unreadable("the list holds no code", "LIST-EMPTY")
    findings = in_order((*table.findings, *notes.findings()))
    return Imported(Edition(table.head, columns, rows), findings)


def unreadable(what: str, code: str, line: int | None = None, remedy: str = "") -> Exception:
    """Give the error for a file that is no list."""
    return UnreadableDocument(what, code=code, line=line, remedy=remedy)


def slug(text: str) -> str:
    """Give the name of a column in our form: lower case, words joined by ``_``."""
    return _NO_WORD.sub("_", text.strip().lower()).strip("_")


def _rank(name: str) -> int:
    return (CODE, NAME).index(name) if name in (CODE, NAME) else 2


def _names(table: Table, code_column: str, notes: Notes) -> list[str]:
    """Our names of the columns, in the order of the file."""
    slugs = [slug(column) for column in table.columns]
    chosen: dict[int, str] = {}
    code = _code_index(table, slugs, code_column)
    chosen[code] = CODE
    for name in (NAME, FROM, UNTIL):
        known = (slugs.index(spelling) for spelling in _SPELLINGS[name] if spelling in slugs)
        free = next((index for index in known if index not in chosen), None)
        if free is not None:
            chosen[free] = name
    names: list[str] = []
    for index, text in enumerate(slugs):
        names.append(chosen.get(index) or _apart(text or "column", {*names, *chosen.values()}))
        if index in chosen and text != chosen[index]:
            what = f"the column '{table.columns[index]}' is read as {chosen[index]}"
            notes.add("LIST-COLUMN", Severity.INFO, what, 1)
    return names


def _apart(text: str, taken: set[str]) -> str:
    numbered = (text if number == 1 else f"{text}_{number}" for number in range(1, len(taken) + 2))
    return next(name for name in numbered if name not in taken)


def _code_index(table: Table, slugs: Sequence[str], wanted: str) -> int:
    for name in filter(None, (wanted, table.key)):
        if name in table.columns:
            return table.columns.index(name)
        if slug(name) in slugs:
            return slugs.index(slug(name))
        if name == wanted:
            break
    else:
        for spelling in _SPELLINGS[CODE]:
            if spelling in slugs:
                return slugs.index(spelling)
    named = f"there is no column '{wanted}'" if wanted else "no column is known to hold the codes"
    columns = ", ".join(column or "(no name)" for column in table.columns)
    raise unreadable(
        named, "LIST-CODE-COLUMN", 1, f"The columns are {columns}: name one with --code."
    )


def _cell(text: str, column: str, line: int, notes: Notes) -> str:
    clean = " ".join(text.split())
    if clean != text:
        notes.add("LIST-BLANKS", Severity.INFO, f"blanks in {column} were put in order", line)
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in clean):
        raise unreadable(f"{column} holds a control character", "LIST-SIGN", line)
    if column == CODE and not clean.isprintable():
        raise unreadable("a code holds a sign that cannot be seen", "LIST-SIGN", line)
    return _day(clean, column, line) if column in (FROM, UNTIL) else clean


def _day(text: str, column: str, line: int) -> str:
    """A date in our form; a time of day is left out."""
    iso, german = _ISO.fullmatch(text), _GERMAN.fullmatch(text)
    day = iso[1] if iso else text
    if german:
        day = f"{german[3]}-{int(german[2]):02}-{int(german[1]):02}"
    if day and not is_date(day):
        raise unreadable(
            f"{column} is no date", "LIST-DATE", line, "Dates are written 2026-01-31 or 31.1.2026."
        )
    return day


def _admit(row: dict[str, str], rows: dict[str, dict[str, str]], line: int, notes: Notes) -> None:
    code = row[CODE]
    if not code:
        raise unreadable("a row has no code", "LIST-NO-CODE", line)
    if row.get(FROM) and row.get(UNTIL) and row[FROM] > row[UNTIL]:
        raise unreadable("a code ends before it begins", "LIST-DATE", line)
    known = rows.setdefault(code, row)
    if known is row:
        return
    if known != row:
        raise unreadable(f"the code {code} stands twice, with different rows", "LIST-TWICE", line)
    notes.add("LIST-TWICE", Severity.WARNING, "a row stands twice and counts once", line)
