"""Writes Genericode files as authorities do, for the tests of what reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "http://docs.oasis-open.org/codelist/ns/genericode/1.0/"

IDENTIFICATION = {
    "ShortName": "Colours",
    "LongName": "Colours of things",
    "Version": "3.1",
    "CanonicalUri": "urn:x-made-up:colours",
    "CanonicalVersionUri": "urn:x-made-up:colours:3.1",
}
COLUMNS = '<Column Id="code" Use="required"/><Column Id="name" Use="optional"/>'
KEY = '<Key Id="codeKey"><ShortName>CodeKey</ShortName><ColumnRef Ref="code"/></Key>'


def identification(values: Mapping[str, str] = IDENTIFICATION) -> str:
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in values.items())
    return f"<Identification>{inner}</Identification>"


def row(cells: Mapping[str, str]) -> str:
    """A row whose cells name their columns; an empty text is no cell, as a standard writer does."""
    values = "".join(
        f"<Value ColumnRef={quoteattr(column)}><SimpleValue>{escape(text)}</SimpleValue></Value>"
        for column, text in cells.items()
        if text
    )
    return f"<Row>{values}</Row>"


def document(
    rows: str,
    *,
    columns: str = COLUMNS,
    key: str = KEY,
    head: str | None = None,
    root: str = "CodeList",
    namespace: str = NAMESPACE,
) -> bytes:
    """A whole file; only its root element is in the namespace."""
    inner = f"<ColumnSet>{columns}{key}</ColumnSet><SimpleCodeList>{rows}</SimpleCodeList>"
    text = (
        f"<gc:{root} xmlns:gc={quoteattr(namespace)}>{head or identification()}{inner}</gc:{root}>"
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def genericode(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> bytes:
    """A list whose first column is the key."""
    told = "".join(f'<Column Id={quoteattr(name)} Use="optional"/>' for name in columns)
    key = f'<Key Id="k"><ColumnRef Ref={quoteattr(columns[0])}/></Key>'
    return document("".join(map(row, rows)), columns=told, key=key)
