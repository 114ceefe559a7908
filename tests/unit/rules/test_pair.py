from __future__ import annotations

import functools
import re

import pytest
from lxml import etree

from bridge.resources import fixtures, standards
from bridge.rules.check import Checker, Circumstances
from bridge.rules.pair import PairRules
from bridge.rules.table import load_rules
from bridge.standards.catalogue import Catalogue
from tests.fixture_files import versions
from tests.unit.rules.headers import messaging, submission

CHECKER = Checker(Catalogue(standards()))
ID = re.compile(rb' id="(urn:uuid:[0-9a-f-]+)"')
ANSWERS = re.compile(rb'requestId="[^"]+"')


@functools.cache
def octets(version: str, name: str) -> bytes:
    return (fixtures() / "edm" / version / f"{name}.xml").read_bytes()


def told(request: bytes, answer: bytes) -> set[str]:
    report = CHECKER(answer, Circumstances(request=request))
    found = {each.id for each in report.findings}
    return {rule.removeprefix("BRIDGE-PAIR-") for rule in found if rule.startswith("BRIDGE-PAIR-")}


def answering(request: bytes, answer: bytes) -> bytes:
    """The answer with the id of the request, as two fixtures need not belong together."""
    match = ID.search(request)
    assert match
    return ANSWERS.sub(b'requestId="' + match.group(1) + b'"', answer, count=1)


def pair(version: str) -> tuple[bytes, bytes]:
    request = octets(version, "request-second")
    return request, answering(request, octets(version, "response-full"))


def replaced(text: bytes, old: str, new: str) -> bytes:
    assert re.search(old.encode(), text), old
    return re.sub(old.encode(), new.encode(), text)


@pytest.mark.parametrize("version", versions("edm"))
def test_an_answer_to_its_request_is_silent(version: str) -> None:
    assert told(*pair(version)) == set()


def test_a_request_in_an_envelope_is_taken_out_of_it() -> None:
    request, answer = pair("1.2")
    packed = submission(messaging(), request).encode()
    assert told(packed, answer) == set()
    assert told(packed, answer.replace(b'requestId="urn:uuid:', b'requestId="urn:uuid:x')) == {
        "001"
    }


DAMAGE = {
    "another request": ('requestId="urn:uuid:.', 'requestId="urn:uuid:x', {"001"}),
    "another type of evidence": ("(<sdg:EvidenceTypeClassification>[^<]*).<", r"\1x<", {"002"}),
    "a company instead of a person": ("sdg:NaturalPerson>", "sdg:LegalPerson>", {"003"}),
    "another birthday": ("(<sdg:DateOfBirth>)....", r"\g<1>1901", {"004"}),
    "another name": ("(<sdg:FamilyName[^>]*>)", r"\1X", {"005"}),
}


@pytest.mark.parametrize("version", versions("edm"))
@pytest.mark.parametrize(("old", "new", "expected"), DAMAGE.values(), ids=DAMAGE)
def test_an_answer_that_does_not_belong_is_told(
    version: str, old: str, new: str, expected: set[str]
) -> None:
    request, answer = pair(version)
    assert told(request, replaced(answer, old, new)) == expected


@pytest.mark.parametrize("version", versions("edm"))
def test_agents_of_an_answer_are_those_of_the_request(version: str) -> None:
    request, answer = pair(version)
    other = re.sub(rb"(<sdg:Identifier schemeID=[^>]*>)(?=[^/]*</sdg:Identifier>)", rb"\1X", answer)
    assert {"007", "008"} <= told(request, other)


@pytest.mark.parametrize("version", versions("edm"))
def test_a_name_in_other_letters_is_the_same_name(version: str) -> None:
    request, answer = pair(version)
    other = re.sub(
        rb"(<sdg:FamilyName[^>]*>)([A-Za-z ]+)(<)", lambda m: m[1] + m[2].upper() + m[3], answer
    )
    assert told(request, other) == set()


@pytest.mark.parametrize("version", versions("edm"))
def test_an_error_belongs_to_its_request(version: str) -> None:
    request = octets(version, "request-second")
    error = octets(version, "exception-0004")
    assert "009" in told(request, replaced(error, 'requestId="urn:uuid:.', 'requestId="urn:uuid:x'))
    assert "009" not in told(request, answering(request, error))


def test_an_answer_of_another_version_is_told() -> None:
    first, last = versions("edm")[0], versions("edm")[-1]
    request = octets(first, "request-second")
    assert "011" in told(request, answering(request, octets(last, "response-full")))


def test_without_a_request_nothing_is_asked_of_it() -> None:
    report = CHECKER(octets("2.0", "response-full"))
    assert not [each for each in report.findings if each.id.startswith("BRIDGE-PAIR-")]


# --- XNachweis -----------------------------------------------------------------------------------


def national(stem: str) -> bytes:
    return (fixtures() / "xnachweis" / "1.4" / f"{stem}.xml").read_bytes()


def foreign(answer: bytes) -> bytes:
    return replaced(answer, 'requestid="urn:uuid:.', 'requestid="urn:uuid:x')


def test_a_national_answer_names_the_message_id_of_its_request() -> None:
    request, answer = national("0301-small"), national("0302-small")
    assert told(request, answer) == set()
    assert told(request, foreign(answer)) == {"001"}


def test_a_national_answer_is_of_the_type_and_for_the_requester_asked() -> None:
    request, answer = national("0301-small"), national("0302-small")
    other = replaced(answer, "(<xn-bk:EvidenceTypeClassification>[^<]*).<", r"\1x<")
    assert "002" in told(request, other)
    other = replaced(answer, '(EAS:0191">)', r"\1X")
    assert "003" in told(request, other)


def test_the_place_of_an_attribute_is_told() -> None:
    table = load_rules(standards() / "xnachweis" / "1.4")
    rules = PairRules(table, "DE.EvidenceResponse.0302", "request")
    answer = etree.fromstring(foreign(national("0302-small")))
    (broken,) = rules(answer, etree.fromstring(national("0301-small")))
    assert broken.finding().location == "/xn-de:DE.EvidenceResponse.0302/@requestid"
