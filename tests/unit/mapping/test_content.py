"""Contents of evidences: structured ones are translated by their table, documents stay as they are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.mapping.account import Account
from bridge.mapping.content import ContentTranslator
from bridge.mapping.translate import translate
from bridge.xml.parse import parse
from tests.fixture_files import CATALOGUE, FIXTURES
from tests.mapping_worlds import (
    PAYLOAD_ROUTES,
    SCHEMA,
    TABLES,
    bare_context,
    edm_versions,
    exchange,
    national_versions,
    route_id,
    shipped,
)
from tests.strategies import fields_of

TYPES = [name for name, evidence in TABLES.evidence_types.items() if evidence.payload]
XML = "application/xml"
TO_EU, TO_NATIONAL = "to-edm", "to-xnachweis"
INCOMPLETE = "CONTENT-INCOMPLETE"


def content(name: str, direction: str) -> ContentTranslator:
    return ContentTranslator(TABLES, TABLES.evidence_types[name], bare_context(), direction)


def octets(name: str, file: str) -> bytes:
    return (FIXTURES / "payloads" / name / file).read_bytes()


def leaves(xml: bytes) -> dict[str, Any]:
    return dict(CATALOGUE.read(parse(xml)).message.fields.leaves())


def assert_valid(xml: bytes) -> None:
    document = parse(xml)
    assert SCHEMA(document, CATALOGUE.identify(document)[0]) == ()


@pytest.mark.parametrize("size", ["small", "full"])
@pytest.mark.parametrize("name", TYPES)
def test_a_national_content_becomes_the_shipped_eu_content(name: str, size: str) -> None:
    account = Account()
    result = content(name, TO_EU)(octets(name, f"national-{size}.xml"), XML, "E", account)

    assert leaves(result) == leaves(octets(name, f"eu-{size}.xml"))
    assert_valid(result)
    assert not account.findings
    assert all(lost.path.startswith("E!") and lost.reason for lost in account.lost)


@pytest.mark.parametrize("size", ["small", "full"])
@pytest.mark.parametrize("name", TYPES)
def test_back_again_it_is_the_national_content_up_to_declared_losses(name: str, size: str) -> None:
    account = Account()
    original = leaves(octets(name, f"national-{size}.xml"))
    over = content(name, TO_EU)(octets(name, f"national-{size}.xml"), XML, "E", account)
    back = content(name, TO_NATIONAL)(over, XML, "E", account)

    lost = {entry.path.removeprefix("E!") for entry in account.lost}
    again = leaves(back)
    assert_valid(back)
    changed = {path for path, value in original.items() if again.get(path) != value}
    assert changed <= lost
    assert len(changed) < len(original) / 2


@pytest.mark.parametrize("direction", [TO_EU, TO_NATIONAL])
@pytest.mark.parametrize("name", TYPES)
def test_an_extreme_content_gives_a_valid_content_and_names_what_is_lost(
    name: str, direction: str
) -> None:
    file = "national-extreme.xml" if direction == TO_EU else "eu-extreme.xml"
    account = Account()
    result = content(name, direction)(octets(name, file), XML, "E", account)
    assert account.lost
    if not account.findings:
        assert_valid(result)


@pytest.mark.parametrize("direction", [TO_EU, TO_NATIONAL])
@pytest.mark.parametrize("name", [*TYPES, "document"])
def test_a_pdf_passes_byte_for_byte(name: str, direction: str) -> None:
    pdf = octets(TYPES[0], "extract.pdf")
    account = Account()
    assert content(name, direction)(pdf, "application/pdf", "E", account) is pdf
    assert account == Account()


def test_without_a_table_of_the_content_xml_passes_byte_for_byte() -> None:
    xml = octets(TYPES[0], "national-full.xml")
    assert content("document", TO_EU)(xml, XML, "E", Account()) is xml
    nothing = ContentTranslator(TABLES, None, bare_context(), TO_EU)
    assert nothing(xml, XML, "E", Account()) is xml


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        pytest.param(lambda name: octets(_other(name), "national-full.xml"), "CONTENT-MODEL", id="another type"),
        pytest.param(lambda name: octets(name, "eu-full.xml"), "CONTENT-MODEL", id="the other side's model"),
        pytest.param(lambda _name: b"<html/>", "CONTENT-UNREADABLE", id="any XML"),
        pytest.param(lambda _name: b"%PDF-1.7", "CONTENT-UNREADABLE", id="no XML"),
        pytest.param(lambda _name: b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "CONTENT-UNREADABLE", id="an entity"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", TYPES)
def test_xml_that_is_not_of_the_model_is_a_fatal_finding(name: str, given: Any, rule: str) -> None:
    xml, account = given(name), Account()
    assert content(name, TO_EU)(xml, XML, "E", account) is xml
    assert [(f.id, str(f.severity), f.location) for f in account.findings] == [(rule, "fatal", "E")]


def _other(name: str) -> str:
    return next(other for other in TYPES if other != name)


@pytest.mark.parametrize("route", PAYLOAD_ROUTES, ids=route_id)
@settings(max_examples=50, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_content_becomes_a_valid_content_or_a_fatal_finding(
    route: tuple[Any, ...], data: st.DataObject
) -> None:
    table, pair, direction, source, _target = route
    kind = pair.kinds[table.other(direction.removeprefix("to-"))]
    fields = data.draw(fields_of(CATALOGUE.binding(source).message(kind).shape))
    xml = CATALOGUE.write(CATALOGUE.message(source, kind, fields))
    assert_valid(xml)
    name = next(n for n in TYPES if TABLES.payload(TABLES.evidence_types[n]).id == table.id)
    account = Account()

    result = content(name, direction.replace("eu", "edm").replace("national", "xnachweis"))(
        xml, XML, "E", account
    )

    found = {finding.id for finding in account.findings}
    if found:
        assert found & ({row.refuse for row in table.rows} - {""})
        assert found <= {row.refuse for row in table.rows} | {INCOMPLETE}
    else:
        assert_valid(result)


REFUSED = {
    "birth-certificate": "BIRTH-BLOCKED",
    "criminal-record-absence": "CRIMINAL-RECORD-ENTRY",
    "proof-of-residence": "RESIDENCE-BLOCKED",
}


@pytest.mark.parametrize(("name", "rule"), REFUSED.items(), ids=REFUSED)
def test_what_a_register_has_to_decide_itself_stops_the_content(name: str, rule: str) -> None:
    account = Account()
    content(name, TO_EU)(octets(name, "national-extreme.xml"), XML, "E", account)
    assert {str(f.severity) for f in account.findings} == {"fatal"}
    assert {f.id for f in account.findings} - {INCOMPLETE} == {rule}


def test_no_other_type_refuses_what_is_valid() -> None:
    tables = {name: TABLES.payload(TABLES.evidence_types[name]) for name in TYPES}
    assert {name for name, t in tables.items() if any(row.refuse for row in t.rows)} == set(REFUSED)


@pytest.mark.parametrize("national", national_versions())
@pytest.mark.parametrize("edm", edm_versions())
def test_a_pdf_inside_an_answer_reaches_the_attachment_byte_for_byte(
    edm: str, national: str
) -> None:
    message = shipped(f"{national.replace('-', '/')}/0302-full")
    [before, *_] = [
        v for p, v in message.fields.leaves() if p.endswith("RepositoryItem/RepositoryItem")
    ]

    result = translate(message, TABLES, exchange(edm, national=national), edm, table="document")

    assert result.message.attachments[0].content == before
