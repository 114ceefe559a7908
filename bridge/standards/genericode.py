"""Code lists in Genericode (OASIS Code List Representation 1.0).

Only the root element is in the namespace; files that qualify the others too are read as well. Cells
go by ``ColumnRef``, and where it is missing to the column after the cell before (5.2 of the
standard). Annotations are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

from bridge.finding import Severity
from bridge.names import split_clark
from bridge.standards.codelists import ListHead
from bridge.standards.list_import import Notes, Table, TableRow, unreadable
from bridge.xml.parse import Limits, parse

NAMESPACE: Final = "http://docs.oasis-open.org/codelist/ns/genericode/1.0/"
LIMITS: Final = Limits(octets=64 << 20, elements=4_000_000)
"""Lists are longer than messages: the municipalities of Europe have some 100,000 rows."""

_ROOTS: Final = {
    "CodeListSet": "the file is a set of code lists, not a list",
    "ColumnSet": "the file holds the columns of a code list, but no codes",
}


def is_xml(octets: bytes) -> bool:
    """Whether octets look like XML at all; the parser decides whether they are."""
    start = octets[:64].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start.startswith(b"<")


def read_genericode(octets: bytes) -> Table:
    """Read a file. Raises ``UnreadableDocument``: no XML, no Genericode, cells without a column."""
    root = parse(octets, LIMITS).root
    namespace, local = split_clark(root.tag)
    if namespace != NAMESPACE or local != "CodeList":
        known = _ROOTS.get(local) if namespace == NAMESPACE else None
        what = known or "the document is no code list of Genericode 1.0"
        raise unreadable(what, "LIST-GENERICODE", _line(root))
    notes = Notes()
    column_set = _child(root, "ColumnSet")
    if column_set is None:
        raise unreadable(
            "the columns of the list are not in the file",
            "LIST-COLUMNS",
            _line(root),
            "It refers to a column set elsewhere; put that into the file as ColumnSet.",
        )
    columns = _columns(column_set)
    key = _key(column_set, columns, notes)
    rows = tuple(_rows(root, columns, notes))
    return Table(_head(root), tuple(columns), rows, key, tuple(notes.findings()))


def _line(element: etree._Element) -> int:
    line: int | None = element.sourceline  # type: ignore[assignment]
    return line or 1


def _children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    for child in element.iterchildren(tag=etree.Element):
        if split_clark(child.tag)[1] in names:
            yield child


def _child(element: etree._Element, name: str) -> etree._Element | None:
    return next(_children(element, name), None)


def _text(element: etree._Element | None, name: str) -> str:
    found = _child(element, name) if element is not None else None
    return " ".join((found.text or "").split()) if found is not None else ""


def _head(root: etree._Element) -> ListHead:
    about = _child(root, "Identification")
    name, version = _text(about, "ShortName"), _text(about, "Version")
    agency = _text(_child(about, "Agency") if about is not None else None, "LongName")
    title = _text(about, "LongName") or name or "a code list without a name"
    source = ", ".join(filter(None, (agency, title, version and f"version {version}")))
    return ListHead(
        source,
        name=name,
        uri=_text(about, "CanonicalUri"),
        version=version,
        version_uri=_text(about, "CanonicalVersionUri"),
    )


def _columns(column_set: etree._Element) -> dict[str, bool]:
    """The ids of the columns in order, and whether a cell of each is required."""
    columns: dict[str, bool] = {}
    for column in _children(column_set, "Column", "ColumnRef"):
        name = column.get("Id", "")
        if not name or name in columns:
            what = "a column has no Id, or that of another"
            raise unreadable(what, "LIST-COLUMNS", _line(column))
        columns[name] = column.get("Use") == "required"
    if not columns:
        raise unreadable("the list has no column", "LIST-COLUMNS", _line(column_set))
    return columns


def _key(column_set: etree._Element, columns: dict[str, bool], notes: Notes) -> str:
    """The column that a key of the file names; empty where it names none that stands alone."""
    keys = [
        [reference.get("Ref", "") for reference in _children(key, "ColumnRef")]
        for key in _children(column_set, "Key")
    ]
    single = [names[0] for names in keys if len(names) == 1]
    for name in single:
        if name not in columns:
            what = f"a key names the column '{name}', which is not there"
            raise unreadable(what, "LIST-KEY", _line(column_set))
    line = _line(column_set)
    if len(keys) > 1 and single:
        what = f"of {len(keys)} keys the column {single[0]} is taken as the code"
        notes.add("LIST-KEY", Severity.WARNING, what, line)
    elif keys and not single:
        what = "the key has several columns: the code is looked for by its name"
        notes.add("LIST-KEY", Severity.WARNING, what, line)
    elif not keys and _child(column_set, "KeyRef") is not None:
        what = "the key is described in another file: the code is looked for by its name"
        notes.add("LIST-KEY", Severity.INFO, what, line)
    return single[0] if single else ""


def _rows(root: etree._Element, columns: dict[str, bool], notes: Notes) -> Iterator[TableRow]:
    codes = _child(root, "SimpleCodeList")
    if codes is None:
        raise unreadable("the file describes a list, but holds no codes", "LIST-EMPTY", _line(root))
    names = list(columns)
    for row in _children(codes, "Row"):
        line = _line(row)
        cells: dict[str, str] = {}
        position = -1
        for value in _children(row, "Value"):
            position = _position(value, names, position)
            text = _simple(value, notes)
            if names[position] in cells:
                what = f"a row has two values for the column {names[position]}"
                raise unreadable(what, "LIST-CELL", _line(value))
            if text is not None:
                cells[names[position]] = text
        for name, required in columns.items():
            if required and name not in cells:
                what = f"a value is missing in the required column {name}"
                notes.add("LIST-CELL", Severity.WARNING, what, line)
        yield TableRow(line, tuple(cells.get(name, "") for name in names))


def _position(value: etree._Element, names: list[str], before: int) -> int:
    reference = value.get("ColumnRef")
    if reference is None:
        if before + 1 < len(names):
            return before + 1
        raise unreadable("a row has more values than columns", "LIST-CELL", _line(value))
    if reference not in names:
        what = f"a value names the column '{reference}', which is not there"
        raise unreadable(what, "LIST-CELL", _line(value))
    return names.index(reference)


def _simple(value: etree._Element, notes: Notes) -> str | None:
    simple = _child(value, "SimpleValue")
    if simple is not None:
        return simple.text or ""
    if _child(value, "ComplexValue") is not None:
        what = "a value is XML of its own and is left out"
        notes.add("LIST-CELL", Severity.WARNING, what, _line(value))
    return None
