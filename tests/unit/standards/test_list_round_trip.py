"""A list written as Genericode, csv or in our form and read again is the same list."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import UnreadableDocument
from bridge.standards.codelists import (
    Edition,
    ListHead,
    codes_at,
    dump_edition,
    parse_edition,
)
from bridge.standards.list_changes import Kind, changes, laid_over
from bridge.standards.list_files import read_list
from tests.unit.standards.genericode_files import document, genericode

LETTERS = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co", "Cf", "Zl", "Zp", "Zs"),
    include_characters=" ",
)  # fmt: skip
TEXTS = st.text(LETTERS, max_size=12).map(lambda text: " ".join(text.split()))
CODES = TEXTS.filter(bool)
DAYS = st.dates(date(2000, 1, 1), date(2040, 12, 31))
SPANS = st.tuples(st.none() | DAYS, st.none() | st.integers(0, 900)).map(
    lambda span: (
        span[0].isoformat() if span[0] else "",
        (span[0] + timedelta(span[1])).isoformat() if span[0] and span[1] is not None else "",
    )
)
HEADS = st.builds(
    ListHead, source=TEXTS, name=TEXTS, uri=TEXTS, version=TEXTS, version_uri=TEXTS
)  # fmt: skip


@st.composite
def editions(draw: st.DrawFn) -> Edition:
    columns = ("code", "name", "remark", "valid_from", "valid_until")
    codes = draw(st.lists(CODES, min_size=1, max_size=6, unique=True))
    rows = {
        code: dict(zip(columns, (code, draw(TEXTS), draw(TEXTS), *draw(SPANS)), strict=True))
        for code in codes
    }
    return Edition(draw(HEADS), columns, rows)


def as_csv(edition: Edition, delimiter: str) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(edition.columns)
    writer.writerows(row.values() for row in edition.rows.values())
    return out.getvalue().encode()


@settings(max_examples=60)
@given(editions())
def test_our_form_comes_back_as_it_was(edition: Edition) -> None:
    assert parse_edition(dump_edition(edition)) == edition
    found = read_list(dump_edition(edition).encode())
    assert (found.edition, found.findings) == (edition, ())


@settings(max_examples=60)
@given(editions(), st.sampled_from(",;\t"))
def test_csv_of_any_delimiter_gives_the_same_rows(edition: Edition, delimiter: str) -> None:
    found = read_list(as_csv(edition, delimiter))
    assert (found.edition.columns, found.edition.rows) == (edition.columns, edition.rows)


@settings(max_examples=60)
@given(editions())
def test_genericode_gives_the_same_rows(edition: Edition) -> None:
    found = read_list(genericode(edition.columns, list(edition.rows.values())))
    assert (found.edition.columns, found.edition.rows) == (edition.columns, edition.rows)


@settings(max_examples=60)
@given(editions(), editions())
def test_an_import_gives_the_codes_published_and_the_changes_tell_the_rest(
    old: Edition, new: Edition
) -> None:
    made = laid_over(old, new)
    assert made.rows.keys() == new.rows.keys()
    told = changes(old, made)
    gone = {c.code for c in told if c.kind in (Kind.REMOVED, Kind.RECODED)}
    assert old.rows.keys() - gone == old.rows.keys() & new.rows.keys()
    assert changes(made, made) == ()


@settings(max_examples=60)
@given(editions(), editions())
def test_a_retiring_import_loses_no_code_and_ends_those_that_are_gone(
    old: Edition, new: Edition
) -> None:
    last = date(2045, 1, 1)
    made = laid_over(old, new, last)
    assert made.rows.keys() == old.rows.keys() | new.rows.keys()
    gone = old.rows.keys() - new.rows.keys()
    assert not codes_at(made.rows, last + timedelta(1)) & gone


PIECES = st.sampled_from(
    [b"code", b"name", b",", b";", b"\t", b"\n", b"\r", b'"', b"R", b"# source: x\n", b"\x00", b"\xff",
     b"# ", b"<", b"valid_from", b"2024-01-01", "\u2028".encode(), "ü".encode(), b"\xef\xbb\xbf"]
)  # fmt: skip


@settings(max_examples=300)
@given(st.binary(max_size=40) | st.lists(PIECES, max_size=14).map(b"".join))
def test_any_octets_are_a_list_of_ours_or_refused(octets: bytes) -> None:
    try:
        edition = read_list(octets).edition
    except UnreadableDocument:
        return
    assert parse_edition(dump_edition(edition)).rows == edition.rows


PARTS = st.sampled_from(
    ['<Row>', '</Row>', '<Value ColumnRef="code">', "<Value>", "</Value>", "<SimpleValue>R</SimpleValue>",
     "<SimpleValue/>", "<ComplexValue/>", "<x/>", "text", '<Value ColumnRef="name"/>', "<!-- -->"]
)  # fmt: skip


@settings(max_examples=150)
@given(st.lists(PARTS, max_size=8).map("".join))
def test_any_rows_are_a_list_of_ours_or_refused(rows: str) -> None:
    try:
        edition = read_list(document(rows)).edition
    except UnreadableDocument:
        return
    assert parse_edition(dump_edition(edition)).rows == edition.rows
