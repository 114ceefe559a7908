"""Genericode 1.0: what the standard allows is read, what makes no list is refused with its line."""

from __future__ import annotations

import pytest

from bridge.errors import UnreadableDocument
from bridge.standards.list_files import read_list
from bridge.standards.list_import import Imported
from tests.unit.standards.genericode_files import (
    COLUMNS,
    KEY,
    NAMESPACE,
    document,
    genericode,
    identification,
    row,
)

RED = row({"code": "R", "name": "red"})


def codes(found: Imported) -> dict[str, dict[str, str]]:
    return dict(found.edition.rows)


def ids(found: Imported) -> set[str]:
    return {finding.id for finding in found.findings}


def test_identification_becomes_the_head() -> None:
    head = read_list(document(RED)).edition.head
    assert (head.name, head.version) == ("Colours", "3.1")
    assert (head.uri, head.version_uri) == ("urn:x-made-up:colours", "urn:x-made-up:colours:3.1")
    assert head.source == "Colours of things, version 3.1"


def test_a_file_may_say_nothing_of_itself() -> None:
    head = read_list(document(RED, head="<Identification/>")).edition.head
    assert (head.name, head.uri, head.version) == ("", "", "")
    assert head.source


def test_rows_are_read_by_column_reference_in_any_order() -> None:
    swapped = row({"name": "red", "code": "R"})
    assert codes(read_list(document(swapped))) == {"R": {"code": "R", "name": "red"}}


def test_a_cell_without_reference_belongs_to_the_column_after_the_cell_before() -> None:
    three = COLUMNS + '<Column Id="note" Use="optional"/>'
    rows = (
        "<Row><Value><SimpleValue>R</SimpleValue></Value>"
        "<Value><SimpleValue>red</SimpleValue></Value></Row>"
        '<Row><Value ColumnRef="code"><SimpleValue>G</SimpleValue></Value>'
        '<Value ColumnRef="name"/><Value><SimpleValue>third</SimpleValue></Value></Row>'
    )
    assert codes(read_list(document(rows, columns=three))) == {
        "R": {"code": "R", "name": "red", "note": ""},
        "G": {"code": "G", "name": "", "note": "third"},
    }


def test_the_key_says_which_column_holds_the_codes() -> None:
    columns = '<Column Id="french"/><Column Id="alpha-2"/>'
    key = '<Key Id="k"><ColumnRef Ref="alpha-2"/></Key>'
    found = read_list(document(row({"french": "Grèce", "alpha-2": "EL"}), columns=columns, key=key))
    assert codes(found) == {"EL": {"code": "EL", "french": "Grèce"}}
    assert ids(found) == {"LIST-COLUMN"}


def test_of_several_keys_the_first_of_one_column_counts_and_is_told() -> None:
    keys = (
        '<Key Id="both"><ColumnRef Ref="code"/><ColumnRef Ref="name"/></Key>'
        f'{KEY}<Key Id="n"><ColumnRef Ref="name"/></Key>'
    )
    found = read_list(document(RED, key=keys))
    assert list(codes(found)) == ["R"]
    assert ids(found) == {"LIST-KEY"}


KEYLESS = {
    "no key": ("", set()),
    "a key of two columns": (
        '<Key Id="k"><ColumnRef Ref="code"/><ColumnRef Ref="name"/></Key>',
        {"LIST-KEY"},
    ),
    "a key described elsewhere": ('<KeyRef Id="k" ExternalRef="x"/>', {"LIST-KEY"}),
}


@pytest.mark.parametrize(("key", "told"), KEYLESS.values(), ids=KEYLESS.keys())
def test_without_a_usable_key_the_column_is_found_by_its_name(key: str, told: set[str]) -> None:
    found = read_list(document(RED, key=key))
    assert list(codes(found)) == ["R"]
    assert ids(found) == told


def test_a_column_described_elsewhere_is_a_column() -> None:
    columns = '<ColumnRef Id="code" ExternalRef="x"/><Column Id="name"/>'
    assert list(codes(read_list(document(RED, columns=columns)))) == ["R"]


def test_annotations_and_comments_are_skipped() -> None:
    note = "<Annotation><Description>any <b>thing</b></Description></Annotation>"
    rows = f"<!-- one --><Row>{note}{RED.removeprefix('<Row>')}"
    assert list(codes(read_list(document(rows, columns=note + COLUMNS)))) == ["R"]


def test_a_missing_value_in_a_required_column_is_told() -> None:
    columns = '<Column Id="code"/><Column Id="name" Use="required"/>'
    found = read_list(document(row({"code": "R", "name": ""}), columns=columns))
    assert codes(found)["R"]["name"] == ""
    assert [(f.id, f.line) for f in found.findings] == [("LIST-CELL", 2)]


def test_values_that_are_xml_of_their_own_are_left_out_and_told() -> None:
    value = '<Value ColumnRef="name"><ComplexValue><x/></ComplexValue></Value>'
    found = read_list(document(RED.replace("</Row>", "</Row>") + f"<Row>{_code('G')}{value}</Row>"))
    assert codes(found)["G"]["name"] == ""
    assert ids(found) == {"LIST-CELL"}


def _code(code: str) -> str:
    return f'<Value ColumnRef="code"><SimpleValue>{code}</SimpleValue></Value>'


def test_elements_in_the_namespace_are_read_too() -> None:
    text = document(RED).decode().replace("gc:", "").replace("xmlns:gc", "xmlns")
    assert list(codes(read_list(text.encode()))) == ["R"]


def test_a_long_list_is_read_whole() -> None:
    rows = [{"c": f"{number:06}", "n": "x"} for number in range(50_000)]
    assert len(read_list(genericode(["c", "n"], rows)).edition.rows) == 50_000


REFUSED = {
    "no XML": (b"<CodeList", "XML-MALFORMED"),
    "a document type": (b"<!DOCTYPE x><x/>", "XML-DTD"),
    "another document": (b"<x/>", "LIST-GENERICODE"),
    "another namespace": (document(RED, namespace="urn:x"), "LIST-GENERICODE"),
    "a set of lists": (f'<CodeListSet xmlns="{NAMESPACE}"/>'.encode(), "LIST-GENERICODE"),
    "columns elsewhere": (
        document(RED).replace(b"ColumnSet>", b"ColumnSetRef>"),
        "LIST-COLUMNS",
    ),
    "no column": (document(RED, columns="", key=""), "LIST-COLUMNS"),
    "a column without Id": (document(RED, columns=COLUMNS + "<Column/>"), "LIST-COLUMNS"),
    "a column twice": (document(RED, columns=COLUMNS * 2), "LIST-COLUMNS"),
    "a key of no column": (
        document(RED, key='<Key Id="k"><ColumnRef Ref="x"/></Key>'),
        "LIST-KEY",
    ),
    "a description only": (
        document(RED).replace(b"SimpleCodeList>", b"Annotation>"),
        "LIST-EMPTY",
    ),
    "no row": (document(""), "LIST-EMPTY"),
    "a value of no column": (document(row({"code": "R", "x": "y"})), "LIST-CELL"),
    "more values than columns": (
        document("<Row>" + "<Value><SimpleValue>R</SimpleValue></Value>" * 3 + "</Row>"),
        "LIST-CELL",
    ),
    "two values of a column": (document(f"<Row>{_code('R')}{_code('G')}</Row>"), "LIST-CELL"),
    "a row without code": (document(RED + row({"name": "green"})), "LIST-NO-CODE"),
    "a code twice": (document(RED + row({"code": "R", "name": "rouge"})), "LIST-TWICE"),
    "no column for codes": (
        document(row({"a": "R"}), columns='<Column Id="a"/>', key=""),
        "LIST-CODE-COLUMN",
    ),
}


@pytest.mark.parametrize(("octets", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_list_is_refused_with_the_name_of_the_file(octets: bytes, code: str) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read_list(octets, "colours.gc")
    assert (caught.value.code, caught.value.where) == (code, "colours.gc")


def test_a_row_that_is_wrong_is_named_by_its_line() -> None:
    rows = "\n".join([RED, row({"code": "G"}), row({"name": "blue"})])
    with pytest.raises(UnreadableDocument) as caught:
        read_list(document(rows, head=identification()))
    assert caught.value.line == 4
