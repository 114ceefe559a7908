"""Code lists: csv files beside a binding, with the time in which each code is in force.

The format is in docs/codelists.md. Who asks without a day gets every code that was ever valid: a
message may be older than the list. Who judges at a day asks ``CodeList.at``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Final

from bridge.errors import BindingFault

CODE: Final = "code"
NAME: Final = "name"
FROM: Final = "valid_from"
UNTIL: Final = "valid_until"

_MARK: Final = "# "
_DATES: Final = (FROM, UNTIL)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class ListHead:
    """What a list file says of itself, in the words of Genericode.

    ``name`` is the ShortName, ``uri`` the CanonicalUri, ``version_uri`` the CanonicalVersionUri.
    The two dates, both inclusive and ISO 8601, hold for every code that states none of its own;
    what is not stated is empty.
    """

    source: str
    name: str = ""
    uri: str = ""
    version: str = ""
    version_uri: str = ""
    valid_from: str = ""
    valid_until: str = ""


@dataclass(frozen=True, slots=True)
class Edition:
    """One file of a list: its head, its columns (``code`` first) and its rows by code.

    A row has a text for every column, empty where it says nothing.
    """

    head: ListHead
    columns: tuple[str, ...]
    rows: Mapping[str, dict[str, str]]

    def dated(self) -> dict[str, dict[str, str]]:
        """The rows, with the dates of the list where a row has none and the list has."""
        given = {key: value for key in _DATES if (value := getattr(self.head, key))}
        if not given:
            return dict(self.rows)
        return {
            code: {**row, **{key: row.get(key) or value for key, value in given.items()}}
            for code, row in self.rows.items()
        }


@dataclass(frozen=True, slots=True)
class CodeList:
    """One list as a version of a standard uses it: its values by code, with the row of each.

    ``uri`` and ``version`` are those of the XÖV list (empty for EU lists); a list that is not
    ``closed`` names examples, not all values. ``values`` are all codes that were ever valid.
    """

    name: str
    rows: dict[str, dict[str, str]]
    uri: str = ""
    version: str = ""
    closed: bool = True
    values: frozenset[str] = field(default=frozenset())

    def __post_init__(self) -> None:
        """Gather the codes once; they are asked for at every value."""
        object.__setattr__(self, "values", frozenset(self.rows))

    def at(self, day: date | None) -> frozenset[str]:
        """Give the codes in force on a day; without a day all that were ever valid."""
        return self.values if day is None else codes_at(self.rows, day)


def in_force(row: Mapping[str, str], day: date) -> bool:
    """Whether a code is in force on a day; both ends count, what is not stated is open."""
    text = day.isoformat()
    until = row.get(UNTIL)
    return (row.get(FROM) or "") <= text and (not until or text <= until)


def codes_at(rows: Mapping[str, Mapping[str, str]], day: date) -> frozenset[str]:
    """Give the codes among rows that are in force on a day."""
    return frozenset(code for code, row in rows.items() if in_force(row, day))


def load_codes(path: Path) -> dict[str, dict[str, str]]:
    """Read the rows of a list file by code; dates of the whole list are filled in.

    Raises ``BindingFault`` like ``load_edition``.
    """
    return load_edition(path).dated()


def load_edition(path: Path) -> Edition:
    """Read a list file: head lines, a header line, and rows whose column ``code`` is the key.

    Raises ``BindingFault`` with file and line for a head, header, row, code or date that is wrong.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BindingFault("a code list cannot be read", where=str(path)) from error
    return parse_edition(text, str(path))


def parse_edition(text: str, where: str = "") -> Edition:
    """Read the text of a list file; ``where`` names it in faults. Raises ``BindingFault``."""
    lines = text.splitlines()
    size = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
    head = _head(lines[:size], where)
    reader = csv.reader(lines[size:], strict=True)
    try:
        columns = tuple(next(reader, ()))
        _check_columns(columns, where, size + 1)
        rows: dict[str, dict[str, str]] = {}
        dates = [index for index, name in enumerate(columns) if name in _DATES]
        for cells in reader:
            if cells:
                line = reader.line_num + size
                _check_row(cells, columns, rows, where, line)
                for index in dates:
                    _check_date(cells[index], columns[index], where, line)
                rows[cells[0]] = dict(zip(columns, cells, strict=True))
    except csv.Error as error:
        line = reader.line_num + size
        raise BindingFault(f"a code list is no csv: {error}", where=where, line=line) from error
    return Edition(head, columns, rows)


def _head(lines: list[str], where: str) -> ListHead:
    keys = [each.name for each in fields(ListHead)]
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        key, colon, value = line.removeprefix("#").partition(":")
        name = key.strip().replace("-", "_")
        if number > 1 and (not colon or name not in keys or name in found):
            known = ", ".join(key.replace("_", "-") for key in keys)
            what = f"a head line of a code list is '# KEY: …', each key once, of {known}"
            raise BindingFault(what, where=where, line=number)
        found[name] = value.strip()
        if name in _DATES:
            _check_date(found[name], key.strip(), where, number)
    if not found or next(iter(found)) != keys[0]:
        raise BindingFault("a code list begins with a line '# source: …'", where=where, line=1)
    return ListHead(**found)


def _check_columns(columns: tuple[str, ...], where: str, line: int) -> None:
    if not columns or columns[0] != CODE:
        raise BindingFault("the first column must be 'code'", where=where, line=line)
    if len(set(columns)) < len(columns) or "" in columns:
        raise BindingFault("a column has no name, or that of another", where=where, line=line)


def _check_row(
    cells: list[str],
    columns: tuple[str, ...],
    rows: Mapping[str, object],
    where: str,
    line: int,
) -> None:
    if len(cells) != len(columns):
        what = f"a row has {len(cells)} cells, the header {len(columns)}"
        raise BindingFault(what, where=where, line=line)
    if not cells[0] or cells[0] in rows:
        state = "stands twice" if cells[0] else "is empty"
        raise BindingFault(f"a code {state}", where=where, line=line)


def _check_date(text: str, column: str, where: str, line: int) -> None:
    if text and not is_date(text):
        raise BindingFault(f"{column} is a date like 2026-01-31, or empty", where=where, line=line)


def is_date(text: str) -> bool:
    """Whether a text is a calendar date in the form YYYY-MM-DD."""
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def dump_edition(edition: Edition) -> str:
    """Give the text of a list file; ``parse_edition`` gives the same edition back."""
    out = io.StringIO()
    for each in fields(ListHead):
        value = getattr(edition.head, each.name)
        if value or each.name == "source":
            out.write(f"{_MARK}{each.name.replace('_', '-')}: {value}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(edition.columns)
    writer.writerows([row[column] for column in edition.columns] for row in edition.rows.values())
    return out.getvalue()
