"""Places of findings: exact for the first ones of a rule, and never a matter of minutes."""

from __future__ import annotations

import pytest
from lxml import etree

from bridge.finding import Severity
from bridge.resources import standards
from bridge.standards.catalogue import Catalogue
from bridge.xml.parse import parse
from bridge.xml.place import Places, path_of
from bridge.xml.told import MOST_FINDINGS
from tests.fixture_files import FIXTURES
from tests.growth import growth

CATALOGUE = Catalogue(standards())
REQUEST = FIXTURES / "edm" / "2.0" / "request-full.xml"


def test_siblings_of_one_name_are_numbered_and_slots_are_named() -> None:
    root = etree.fromstring(b"<a><b/><b><c/></b><Slot name='X'><d/></Slot></a>")
    assert path_of(root[1][0]) == "/a/b[2]/c"
    assert path_of(root[2][0]) == "/a/Slot[@name='X']/d"


def test_the_second_slot_of_a_name_is_numbered_too() -> None:
    root = etree.fromstring(b"<a><Slot name='X'/><Slot name='Y'/><Slot name='X'/></a>")
    places = [path_of(each) for each in root]
    assert places == ["/a/Slot[@name='X']", "/a/Slot[@name='Y']", "/a/Slot[@name='X'][2]"]
    assert [root.getroottree().xpath(place) for place in places][2] == [root[2]]


def test_a_name_that_is_no_name_of_a_slot_is_not_repeated() -> None:
    root = etree.fromstring(f"<a><Slot name='{'x' * 65}'/></a>".encode())
    assert path_of(root[0]) == "/a/Slot"


def test_of_many_findings_of_one_rule_the_first_are_told_and_the_rest_counted() -> None:
    strays = 30_000
    octets = REQUEST.read_bytes().replace(
        b"<query:ResponseOption", b"<x/>" * strays + b"<query:ResponseOption", 1
    )
    findings = CATALOGUE.read(parse(octets)).findings
    unknown = [finding for finding in findings if finding.id == "READ-UNKNOWN"]
    assert len(unknown) == MOST_FINDINGS + 1
    (counted,) = [finding for finding in unknown if finding.location == "/"]
    assert counted.message.startswith(str(strays - MOST_FINDINGS))
    assert counted.severity is Severity.WARNING


TREES = {
    "siblings": b"<a><b/><b><c/><c/></b><d/></a>",
    "slots": b"<a><Slot name='X'/><Slot name='Y'><b/></Slot><Slot name='X'/><Slot/><Slot name='-'/></a>",
    "two namespaces": b"<a xmlns:p='p' xmlns:q='q'><p:b/><q:b/><p:b/><p:Slot name='X'/><q:Slot name='X'/></a>",
    "two prefixes": b"<a xmlns:p='p' xmlns:q='p'><p:b/><q:b/></a>",
    "comments": b"<a><!-- 1 --><b/><!-- 2 --><b/><?p?></a>",
}


@pytest.mark.parametrize("octets", TREES.values(), ids=TREES)
def test_the_places_of_many_elements_are_those_of_each(octets: bytes) -> None:
    root = etree.fromstring(octets)
    elements = list(root.iter("*"))
    for order in (elements, elements[::-1]):
        places = Places()
        assert [places.path_of(each) for each in order] == [path_of(each) for each in order]


def places_of(count: int) -> list[str]:
    root = etree.fromstring(b"<a>" + b"<b/>" * count + b"</a>")
    places = Places()
    return [places.path_of(each) for each in root]


def test_the_places_of_many_siblings_take_their_share_of_time() -> None:
    told = places_of(100_000)
    assert (told[0], told[-1]) == ("/a/b[1]", "/a/b[100000]")
    assert growth(places_of, 2_000, 64_000) < 4
