"""Hostile input through the whole check: a report each time, in words without a value of a person.

What the reader does with each document of `fixtures/hostile` stands in its `cases.toml`; here it
stands alone, in a payload, in a body, as the request beside and as the header beside.
"""

from __future__ import annotations

import re

import pytest
from lxml import etree

from bridge.finding import Severity
from bridge.resources import fixtures, standards
from bridge.rules.check import Checker, Circumstances, Report
from bridge.standards.catalogue import Catalogue
from tests.fixture_files import hostile_cases
from tests.growth import growth
from tests.mutations import mutations
from tests.unit.rules.headers import envelope, messaging, submission

CHECKER = Checker(Catalogue(standards()))
FOLDER = fixtures() / "hostile"
REQUEST = (fixtures() / "edm" / "1.2" / "request-small.xml").read_bytes()
RESPONSE = (fixtures() / "edm" / "1.2" / "response-full.xml").read_bytes()
CASES = hostile_cases()
ON_DISK = sorted(
    path.name for path in FOLDER.iterdir() if path.name not in ("cases.toml", ".gitattributes")
)
VALUES = re.compile(r"Kask|Mari-Liis|1988-04-17|79999901|01-9990010-06|secret")
"""What is told of persons and parties in the request that the hostile documents are damages of."""


def judged(octets: bytes, **beside: object) -> Report:
    """A report whose words hold no value."""
    report = CHECKER(octets, Circumstances(**beside))  # type: ignore[arg-type]
    for finding in report.findings:
        assert not VALUES.search(f"{finding.message} {finding.location}"), finding.id
    return report


def grave(report: Report) -> set[str]:
    return {found.id for found in report.findings if found.severity is Severity.FATAL}


def body(octets: bytes) -> bytes:
    """A hostile document where the body of an envelope has its message."""
    before, after = envelope(messaging(), "HERE").encode().split(b"HERE")
    return before + octets + after


def test_every_hostile_document_has_a_case_and_every_case_a_document() -> None:
    assert sorted(CASES) == ON_DISK
    assert len(ON_DISK) > 60


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_document_ends_as_its_case_says(name: str) -> None:
    case = CASES[name]
    report = judged((FOLDER / name).read_bytes())
    if "error" in case:
        assert (report.verdict, grave(report)) == ("unreadable", {case["error"]})
    else:
        assert report.verdict in {"valid", "invalid"}
        assert set(case.get("findings", ())) <= {found.id for found in report.findings}


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_payload_is_no_message_or_judged_as_one(name: str) -> None:
    report = judged(submission(messaging(), (FOLDER / name).read_bytes()).encode())
    if CASES[name].get("error", "").startswith("XML-"):
        assert grave(report) >= {"BRIDGE-ENVELOPE-NO-MESSAGE"}
        assert report.head is None
    else:
        assert report.findings


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_body_of_an_envelope_ends_in_findings(name: str) -> None:
    report = judged(body((FOLDER / name).read_bytes()))
    assert report.verdict in {"valid", "invalid", "unreadable"}
    assert report.findings or report.head is None


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("place", ["request", "header"])
def test_a_hostile_document_beside_an_answer_is_a_finding_of_it(name: str, place: str) -> None:
    report = judged(RESPONSE, **{place: (FOLDER / name).read_bytes()})
    assert report.head is not None
    assert report.verdict == "invalid"  # no request that it belongs to, no header of its own


ENVELOPES = {
    "a payload that is no base64": (
        submission(messaging(), REQUEST).replace("<value>", "<value>%%%"),
        {"BRIDGE-ENVELOPE-PAYLOAD", "BRIDGE-ENVELOPE-NO-MESSAGE"},
    ),
    "a payload cut off": (
        re.sub(
            "<value>(.{1001}).*?</value>", r"<value>\1</value>", submission(messaging(), REQUEST)
        ),
        {"BRIDGE-ENVELOPE-PAYLOAD", "BRIDGE-ENVELOPE-NO-MESSAGE"},
    ),
    "a payload in brackets": (
        re.sub("<value>(.*?)</value>", r"<value>(\1)</value>", submission(messaging(), REQUEST)),
        {"BRIDGE-ENVELOPE-PAYLOAD", "BRIDGE-ENVELOPE-NO-MESSAGE"},
    ),
    "an empty payload": (submission(messaging(), b""), {"BRIDGE-ENVELOPE-NO-MESSAGE"}),
    "an envelope in a payload": (
        submission(messaging(), submission(messaging(), REQUEST).encode()),
        {"BRIDGE-ENVELOPE-NO-MESSAGE"},
    ),
    "two headers": (envelope(messaging() + messaging()), {"BRIDGE-ENVELOPE-HEADERS"}),
    "a header in a header": (
        envelope(messaging().replace("</eb:UserMessage>", f"</eb:UserMessage>{messaging()}")),
        {"BRIDGE-ENVELOPE-HEADERS"},
    ),
    "a hundred headers": (envelope(messaging() * 100), {"BRIDGE-ENVELOPE-HEADERS"}),
    "a hundred payloads that are none": (
        submission(messaging(), *[b"%PDF-1.7 secret"] * 100),
        {"BRIDGE-ENVELOPE-NO-MESSAGE"},
    ),
    "a document type before the envelope": (
        "<!DOCTYPE x [<!ENTITY secret SYSTEM 'file:///etc/passwd'>]>" + envelope(messaging()),
        {"XML-DTD"},
    ),
    "an empty header": (
        envelope(f'<eb:Messaging xmlns:eb="{messaging().split(chr(34))[1]}"/>'),
        {"R-EDM-ebMS-?U1"},
    ),
    "a header of another namespace": (
        envelope(messaging().replace("200704", "200705"), REQUEST.decode().partition("?>")[2]),
        {"XML-UNKNOWN"},
    ),
}


@pytest.mark.parametrize(("text", "wanted"), ENVELOPES.values(), ids=ENVELOPES)
def test_a_hostile_envelope_is_told(text: str, wanted: set[str]) -> None:
    assert grave(judged(text.encode(), sending=True)) >= wanted


def test_a_deep_envelope_is_beyond_the_limit() -> None:
    text = envelope(messaging(), "<x>" * 200 + "</x>" * 200)
    assert grave(judged(text.encode())) == {"XML-DEPTH"}


def test_what_is_hidden_behind_a_hostile_payload_is_found() -> None:
    hostile = (FOLDER / "billion-laughs.xml").read_bytes()
    report = judged(submission(messaging(), hostile, REQUEST).encode())
    assert report.head is not None and report.head.kind == "QueryRequest"


@pytest.mark.parametrize("step", range(4))
def test_any_damage_to_an_envelope_ends_in_a_report(step: int) -> None:
    whole = etree.fromstring(submission(messaging(), REQUEST))
    for number, (_name, mutant) in enumerate(mutations(whole)):
        if number % 4 == step:
            judged(etree.tostring(mutant))


@pytest.mark.parametrize("text", [submission(messaging(), REQUEST), envelope(messaging())])
def test_an_envelope_cut_off_anywhere_is_not_well_formed(text: str) -> None:
    octets = text.encode()
    for end in range(0, len(octets) - 1, 97):
        report = judged(octets[:end])
        assert report.verdict == "unreadable", end


AGENTS = {
    "requesters of a national request": ("0301-full", "xn-de:EvidenceRequester"),
    "providers of a national answer": ("0102-full", "xn-de:EvidenceProvider"),
    "requesters of a national answer": ("0102-full", "xn-bk:EvidenceRequester"),
}


@pytest.mark.parametrize(("name", "element"), AGENTS.values(), ids=AGENTS)
def test_thousands_of_agents_are_a_matter_of_seconds(name: str, element: str) -> None:
    text = (fixtures() / "xnachweis" / "1.4" / f"{name}.xml").read_text("utf-8")
    assert f"<{element}>" in text
    octets = text.replace(f"<{element}>", f"<{element}/>" * 4_000 + f"<{element}>", 1).encode()
    stages = frozenset({"structure", "content"})
    assert judged(octets, stages=stages).verdict in {"valid", "invalid"}


def with_strays(count: int) -> bytes:
    strays = b"<rim:Slot/>" * count
    return REQUEST.replace(b"</query:QueryRequest>", strays + b"</query:QueryRequest>")


def test_thousands_of_broken_places_are_all_told() -> None:
    found = [each.location for each in judged(with_strays(8_000)).findings]
    assert sum(each.startswith("/query:QueryRequest/rim:Slot[") for each in found) > 8_000


def test_the_time_of_a_check_grows_as_the_broken_places_do() -> None:
    assert growth(lambda count: CHECKER(with_strays(count)), 500, 8_000) < 4
