"""Code lists in csv as authorities publish them: any of three delimiters, any names of columns."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import Final

from bridge.errors import BindingFault, UnreadableDocument
from bridge.finding import Severity
from bridge.standards.codelists import ListHead, parse_edition
from bridge.standards.list_import import Notes, Table, TableRow, unreadable

DELIMITERS: Final = (",", ";", "\t")

_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"),
                 (codecs.BOM_UTF16_BE, "utf-16-be"))  # fmt: skip
_OURS: Final = "# source:"
_LOOKED_AT: Final = 50
"""Rows that are tried with each delimiter."""


def read_csv(octets: bytes) -> Table:
    """Read a csv file, its first line the names of the columns, or a list file of ours.

    UTF-8 with or without a byte order mark, or UTF-16 with one; the delimiter is the sign among
    ``,`` ``;`` and tab that parts header and rows best. Raises ``UnreadableDocument`` with
    the line for another encoding, a row with too many or too few cells, an open quote.
    """
    text = _decoded(octets)
    if text.startswith(_OURS):
        return _ours(text)
    notes = Notes()
    rows = list(_rows(text, _delimiter(text)))
    if not rows:
        raise unreadable("the file is empty", "LIST-EMPTY")
    head, *body = rows
    kept = []
    for row in body:
        if not any(cell.strip() for cell in row.cells):
            notes.add("LIST-ROW", Severity.INFO, "a row without any text is left out", row.line)
            continue
        if len(row.cells) != len(head.cells):
            what = f"a row has {len(row.cells)} cells, the header {len(head.cells)}"
            remedy = "Texts with a delimiter in them stand in double quotes."
            raise unreadable(what, "LIST-CELLS", row.line, remedy)
        kept.append(row)
    return Table(ListHead(""), head.cells, tuple(kept), "", tuple(notes.findings()))


def _decoded(octets: bytes) -> str:
    mark, encoding = next((pair for pair in _MARKS if octets.startswith(pair[0])), (b"", "utf-8"))
    try:
        return octets[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise unreadable(
            "the file is not in UTF-8",
            "LIST-ENCODING",
            octets.count(b"\n", 0, error.start) + 1,
            "Save it as UTF-8.",
        ) from None


def _ours(text: str) -> Table:
    try:
        edition = parse_edition(text)
    except BindingFault as fault:
        raise unreadable(fault.what, "LIST-OURS", fault.line) from None
    rows = tuple(TableRow(1, tuple(row.values())) for row in edition.rows.values())
    return Table(edition.head, edition.columns, rows, edition.columns[0])


def _delimiter(text: str) -> str:
    return max(DELIMITERS, key=lambda sign: _fit(text, sign))


def _fit(text: str, delimiter: str) -> tuple[bool, bool, int]:
    """How well a delimiter fits: it parts the header, all rows like the header, into many cells."""
    sizes: list[int] = []
    whole = True
    try:
        sizes.extend(len(row.cells) for row in islice(_rows(text, delimiter), _LOOKED_AT))
    except UnreadableDocument:
        whole = False  # quotes that do not fit this delimiter, or no other either
    columns = sizes[0] if sizes else 0
    return columns > 1, whole and len(set(sizes)) == 1, columns


def _rows(text: str, delimiter: str) -> Iterator[TableRow]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield TableRow(line, tuple(cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise unreadable(f"the file is no csv: {error}", "LIST-CSV", line) from None
