from __future__ import annotations

import base64

import pytest
from lxml import etree

from bridge.resources import fixtures, standards
from bridge.rules.check import Checker, Circumstances
from bridge.rules.envelope import EBMS, headers
from bridge.standards.catalogue import Catalogue
from tests.unit.rules.headers import envelope, messaging, submission

CHECKER = Checker(Catalogue(standards()))
REQUEST = (fixtures() / "edm" / "1.2" / "request-full.xml").read_bytes()
RESPONSE = (fixtures() / "edm" / "2.0" / "response-full.xml").read_bytes()
PUSHED = 'xmlns:d="eu.domibus"'


def pushed(header: str) -> str:
    """The header as Domibus pushes it: the element in its namespace, the children in none."""
    bare = header.replace(f'xmlns:eb="{EBMS}"', PUSHED)
    return (
        bare.replace("<eb:Messaging", "<d:Messaging")
        .replace("</eb:Messaging", "</d:Messaging")
        .replace("eb:", "")
    )


def ids(octets: str, **beside: object) -> set[str]:
    return {each.id for each in CHECKER(octets.encode(), Circumstances(**beside)).findings}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (messaging(), 1),
        (envelope(messaging()), 1),
        (envelope(pushed(messaging())), 1),
        (envelope(messaging() + messaging()), 2),
        ("<x/>", 0),
    ],
    ids=["alone", "in an envelope", "pushed by Domibus", "two", "none"],
)
def test_headers_are_found_wherever_they_stand(text: str, count: int) -> None:
    assert len(headers(etree.fromstring(text))) == count


def test_a_header_that_domibus_pushed_is_judged_like_any_other() -> None:
    assert ids(pushed(messaging())) == ids(messaging()) == set()
    assert ids(pushed(messaging(conversation="x"))) == ids(messaging(conversation="x")) != set()


def test_the_message_of_a_submission_is_checked_with_its_header() -> None:
    broken = REQUEST.replace(b'lang="EN"', b'lang="xx"')
    report = CHECKER(submission(messaging(), broken).encode())
    assert report.head is not None and report.head.kind == "QueryRequest"
    assert "R-EDM-REQ-C009" in {each.id for each in report.findings}


def test_the_message_is_found_behind_payloads_that_are_none() -> None:
    report = CHECKER(submission(messaging(), b"%PDF-1.7", b"<other/>", REQUEST).encode())
    assert report.head is not None and report.head.kind == "QueryRequest"


def test_a_message_in_the_body_of_an_envelope_is_checked_with_its_header() -> None:
    report = CHECKER(envelope(messaging(), REQUEST.decode().partition("?>")[2]).encode())
    assert report.head is not None and report.head.kind == "QueryRequest"
    assert report.schema_valid


def test_a_large_payload_is_unpacked_like_a_small_one() -> None:
    blanks = b" " * 200_000
    octets = REQUEST.replace(b"</query:QueryRequest>", blanks + b"</query:QueryRequest>")
    report = CHECKER(submission(messaging(), octets).encode())
    assert report.head is not None and report.schema_valid


def test_a_large_document_inside_an_embedded_message_stays_what_it_is() -> None:
    name = "0302-full.xml"
    octets = (fixtures() / "xnachweis" / "1.4" / name).read_text("utf-8").partition("?>")[2]
    start = octets.index(">JVBER") + 1
    end = octets.index("<", start)
    large = base64.b64encode(bytes(200_000)).decode()
    report = CHECKER(envelope(messaging(), octets[:start] + large + octets[end:]).encode())
    assert report.head is not None and report.schema_valid


WRONG = {
    "two headers": (envelope(messaging() + messaging()), "BRIDGE-ENVELOPE-HEADERS"),
    "a payload that is no base64": (
        submission(messaging(), REQUEST).replace("<value>", "<value>*", 1),
        "BRIDGE-ENVELOPE-PAYLOAD",
    ),
    "no message among the payloads": (
        submission(messaging(), b"%PDF-1.7"),
        "BRIDGE-ENVELOPE-NO-MESSAGE",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_an_envelope_is_a_fatal_finding(name: str) -> None:
    text, expected = WRONG[name]
    report = CHECKER(text.encode())
    assert report.verdict == "invalid"
    assert expected in {each.id for each in report.findings}


def test_a_message_of_an_unknown_version_leaves_the_findings_of_its_header() -> None:
    strange = REQUEST.replace(b"oots-edm:v1.2", b"oots-edm:v7.7")
    report = CHECKER(submission(messaging(conversation="x"), strange).encode())
    assert report.verdict == "unreadable"
    found = {each.id for each in report.findings}
    assert "VERSION-UNKNOWN" in found and any("ebMS" in each for each in found)


def test_an_envelope_with_a_header_alone_is_judged_by_its_header() -> None:
    report = CHECKER(envelope(messaging()).encode())
    assert (report.verdict, report.head, report.schema_valid) == ("valid", None, None)
