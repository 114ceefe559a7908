from __future__ import annotations

import pytest
from lxml import etree

from bridge.finding import Severity
from bridge.resources import fixtures
from bridge.rules.schema import MANY, MOST, SchemaCheck
from bridge.standards.binding import Binding
from bridge.xml.parse import parse
from tests.fixture_files import CATALOGUE, all_messages, name_of

CHECK = SchemaCheck()
REQUEST = (fixtures() / "edm" / "1.2" / "request-full.xml").read_bytes()
BINDING: Binding = CATALOGUE.identify(parse(REQUEST))[0]
SLOT = b'<rim:Slot name="Procedure">'


def damaged(old: bytes, new: bytes) -> bytes:
    octets = REQUEST.replace(old, new, 1)
    assert octets != REQUEST
    return octets


@pytest.mark.parametrize("path", all_messages(), ids=name_of)
def test_a_shipped_message_is_allowed(path: object) -> None:
    document = parse(path.read_bytes())  # type: ignore[attr-defined]
    assert CHECK(document, CATALOGUE.identify(document)[0]) == ()


def test_a_refusal_has_the_place_and_line_of_its_element() -> None:
    octets = damaged(b"<sdg:DateOfBirth>", b"<sdg:DateOfBirth>x")
    (finding,) = CHECK(parse(octets), BINDING)
    assert finding.id == "XSD"
    assert finding.severity is Severity.FATAL
    assert finding.location.endswith(
        "rim:Slot[@name='NaturalPerson']/rim:SlotValue/sdg:Person/sdg:DateOfBirth"
    )
    assert finding.line == octets[: octets.index(b"<sdg:DateOfBirth>")].count(b"\n") + 1


def test_a_refused_attribute_is_in_the_place() -> None:
    found = CHECK(parse(damaged(SLOT, b'<rim:Slot nam="Procedure">')), BINDING)
    assert [each.location.rpartition("/")[2] for each in found] == ["@nam", "rim:Slot[3]"]


def test_places_are_found_whatever_the_prefix() -> None:
    octets = (
        REQUEST.replace(b"xmlns:query=", b"xmlns=")
        .replace(b"<query:", b"<")
        .replace(b"</query:", b"</")
    )
    octets = octets.replace(b"<sdg:DateOfBirth>", b"<sdg:DateOfBirth>x")
    (refusal,) = CHECK.refusals(parse(octets), BINDING).first
    assert refusal.element is not None
    assert etree.QName(refusal.element).localname == "DateOfBirth"
    assert refusal.finding.location.startswith("/QueryRequest/Query/")


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_refusal_quotes_a_value(language: str) -> None:
    octets = damaged(b"<sdg:DateOfBirth>", b"<sdg:DateOfBirth>geheim")
    found = CHECK(parse(octets), BINDING, language=language)
    assert found
    assert not [each for each in found if "geheim" in each.message + each.location]


def test_refusals_speak_german_where_asked() -> None:
    octets = damaged(b"<sdg:DateOfBirth>", b"<sdg:DateOfBirth>x")
    (finding,) = CHECK(parse(octets), BINDING, language="de")
    assert (
        finding.message == "DateOfBirth: der Wert hat nicht den verlangten Typ; erwartet: xs:date"
    )


def test_a_message_with_many_refusals_says_how_many_more() -> None:
    octets = damaged(SLOT, b'<rim:Slot name="a" b=""/>' * 300 + SLOT)
    found = CHECK(parse(octets), BINDING)
    assert len(found) == MOST + 1
    assert found[-1].severity is Severity.INFO
    assert found[-1].message == "200 more failures of the schema are not listed"


def test_a_large_document_is_refused_without_counting_its_siblings() -> None:
    octets = damaged(SLOT, b'<rim:Slot name="a" b=""/>' * (MANY + 1) + SLOT)
    refused = CHECK.refusals(parse(octets), BINDING)
    assert {each.element for each in refused.first} == {None}
    assert refused.beyond == MANY + 1 - MOST


def test_a_large_document_with_few_refusals_keeps_its_places() -> None:
    octets = damaged(SLOT, b'<rim:Slot name="a"/>' * (MANY + 1) + b"<rim:Slot/>" + SLOT)
    (finding,) = CHECK(parse(octets), BINDING)
    assert finding.location == f"/query:QueryRequest/rim:Slot[{MANY + 4}]"


def test_a_large_document_in_order_is_allowed() -> None:
    assert CHECK(parse(damaged(SLOT, b'<rim:Slot name="a"/>' * (MANY + 1) + SLOT)), BINDING) == ()
