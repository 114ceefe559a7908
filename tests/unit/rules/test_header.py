from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from bridge.errors import DataFileFault
from bridge.resources import fixtures, standards
from bridge.rules.check import Checker, Circumstances
from bridge.rules.header import HeaderRules, load_header_rules
from bridge.standards.catalogue import Catalogue
from tests.unit.rules.headers import envelope, messaging, submission

TABLE = load_header_rules(standards())
CHECKER = Checker(Catalogue(standards()))
NEW = "oots-edm:v2.0"


def ids(header: str, version: str = "1.2") -> set[str]:
    broken = HeaderRules(TABLE, version)(etree.fromstring(header))
    return {each.rule.id.removeprefix("R-EDM-ebMS-") for each in broken}


def test_a_header_in_order_is_silent_in_both_lines() -> None:
    assert ids(messaging()) == set()
    assert ids(messaging(specification=NEW), "2.0") == set()


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_the_early_versions_take_the_rules_of_their_line(version: str) -> None:
    assert ids(messaging(specification=NEW), version) == {"018", "019"}
    assert ids(messaging(), "2.0") == {"018", "019"}


DAMAGE = {
    "a conversation without UUID": (">7d7340a3-59de", ">conversation", {"017"}),
    "two parts of a request": ("<eb:PayloadInfo>", '<eb:PayloadInfo><eb:PartInfo href="cid:a"/>', {"023", "030", "?H2"}),
    "another media type": ("application/x-ebrs+xml", "text/xml", {"030"}),
    "another service": (">QueryManager<", ">queryManager<", {"?S1"}),
    "another action": ("ExecuteQueryRequest", "Execute", {"?S2"}),
    "another role": ("edelivery/gateway", "edelivery/x", {"?R1"}),
    "a party without type": (' type="urn:oasis:names:tc:ebcore:partyid-type:unregistered:DE"', "", {"?P2"}),
    "no time": ("<eb:Timestamp>2026-03-02T10:00:00Z</eb:Timestamp>", "", {"?M1"}),
    "a reference": ("</eb:MessageInfo>", "<eb:RefToMessageId>x</eb:RefToMessageId></eb:MessageInfo>", {"?M2"}),
    "a corner without scheme": (' type="urn:cef.eu:names:identifier:EAS:0204"', "", {"?T1"}),
    "a part elsewhere": ('href="cid:', 'href="https:', {"?H1"}),
    "an agreement": ("<eb:CollaborationInfo>", "<eb:CollaborationInfo><eb:AgreementRef/>", {"?A1"}),
    "two messages": ("</eb:Messaging>", "<eb:UserMessage/></eb:Messaging>", {"?U1"}),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_header_breaks_its_rule(old: str, new: str, expected: set[str]) -> None:
    header = messaging()
    assert old in header
    assert ids(header.replace(old, new)) == expected


def test_properties_of_the_new_line_have_their_forms() -> None:
    header = messaging(specification=NEW).replace('"ExchangeId">7d73', '"ExchangeId">x')
    assert ids(header, "2.0") == {"037"}
    assert ids(messaging(specification=f"{NEW} "), "2.0") == {"038"}


VERSIONS = {
    "its own": (messaging(specification=NEW), "", set()),
    "none it names, so an old line": (messaging(), "", set()),
    "one that nobody knows, so the newest line": (
        messaging(specification="oots-edm:v2.1"),
        "",
        {"038"},
    ),
    "the one asked for, which is newer": (messaging(), "edm-2.0", {"018", "019"}),
    "the one asked for, which is older": (messaging(specification=NEW), "edm-1.2", {"018", "019"}),
}


@pytest.mark.parametrize(("header", "standard", "expected"), VERSIONS.values(), ids=VERSIONS)
def test_a_header_alone_is_judged_by_a_version(
    header: str, standard: str, expected: set[str]
) -> None:
    report = CHECKER(header.encode(), Circumstances(standard=standard))
    assert {each.id.removeprefix("R-EDM-ebMS-") for each in report.findings} == expected


def test_a_connectivity_test_is_not_judged() -> None:
    service = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/service"
    assert ids(messaging("x", service=service, conversation="x")) == set()


def test_a_connectivity_test_beside_another_message_hides_nothing() -> None:
    service = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/service"
    begin = "<eb:UserMessage>"
    user = messaging("x", service=service).partition(begin)[2].partition("</eb:Messaging>")[0]
    header = messaging("x").replace(begin, f"{begin}{user}{begin}", 1)
    assert "?U1" in ids(header) and "?S2" in ids(header)


def test_a_submission_may_leave_time_and_message_id_to_domibus() -> None:
    header = messaging().replace("<eb:Timestamp>2026-03-02T10:00:00Z</eb:Timestamp>", "")
    assert ids(envelope(header)) == {"?M1"}
    assert ids(submission(header)) == set()


def test_an_inferred_rule_warns_in_what_others_send_and_binds_us() -> None:
    octets = messaging().replace("edelivery/gateway", "x").encode()
    received, sent = CHECKER(octets), CHECKER(octets, Circumstances(sending=True))
    assert (received.verdict, sent.verdict) == ("valid", "invalid")


def test_a_folder_without_header_rules_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(DataFileFault):
        load_header_rules(tmp_path)


# --- the header beside its document ------------------------------------------------------------

REQUEST = (fixtures() / "edm" / "2.0" / "request-full.xml").read_bytes()
RESPONSE = (fixtures() / "edm" / "2.0" / "response-full.xml").read_bytes()
SDG = "{http://data.europa.eu/p4s}"


def agent(document: bytes, slot: str, role: str = "") -> str:
    root = etree.fromstring(document)
    (element,) = root.xpath(f"*[@name='{slot}']")
    for each in element.iter(f"{SDG}Agent"):
        if not role or each.findtext(f"{SDG}Classification") == role:
            return str(each.findtext(f"{SDG}Identifier"))
    raise AssertionError(slot)


def fitting(document: bytes) -> dict[str, object]:
    """The header values that fit a document."""
    if document is REQUEST:
        parties = agent(document, "EvidenceRequester", "ER"), agent(document, "EvidenceProvider")
        return {"sender": parties[0], "recipient": parties[1], "specification": NEW}
    root = etree.fromstring(document)
    hrefs = root.xpath("//@*[local-name() = 'href']")
    return {
        "action": "ExecuteQueryResponse",
        "sender": agent(document, "EvidenceProvider", "EP"),
        "recipient": agent(document, "EvidenceRequester"),
        "specification": NEW,
        "parts": ("cid:regrep@bridge.example", *map(str, hrefs)),
    }


def crossed(document: bytes, **change: object) -> set[str]:
    header = messaging(**{**fitting(document), **change})  # type: ignore[arg-type]
    report = CHECKER(document, Circumstances(header=header.encode()))
    return {each.id for each in report.findings if "HEADER" in each.id or "ebMS" in each.id}


@pytest.mark.parametrize("document", [REQUEST, RESPONSE], ids=["request", "response"])
def test_a_header_that_fits_its_document_is_silent(document: bytes) -> None:
    assert crossed(document) == set()


CROSSED = {
    "an action of another document": (REQUEST, {"action": "ExecuteQueryResponse"}, {"001", "005", "006"}),
    "an action of an error": (RESPONSE, {"action": "ExceptionResponse"}, {"001"}),
    "another sender": (REQUEST, {"sender": "x"}, {"003"}),
    "another recipient": (REQUEST, {"recipient": "x"}, {"004"}),
    "another provider": (RESPONSE, {"sender": "x"}, {"005"}),
    "another requester": (RESPONSE, {"recipient": "x"}, {"006"}),
    "a part too many": (RESPONSE, {"parts": (*fitting(RESPONSE)["parts"], "cid:x@y")}, {"008"}),
    "a part missing": (RESPONSE, {"parts": ("cid:regrep@bridge.example",)}, {"009"}),
}  # type: ignore[misc]  # fmt: skip


@pytest.mark.parametrize(("document", "change", "expected"), CROSSED.values(), ids=CROSSED)
def test_a_header_that_contradicts_its_document_is_told(
    document: bytes, change: dict[str, object], expected: set[str]
) -> None:
    told = {each for each in crossed(document, **change) if "HEADER" in each}
    assert told == {f"BRIDGE-HEADER-{number}" for number in expected}


def test_a_version_that_contradicts_the_document_is_told() -> None:
    old = (fixtures() / "edm" / "1.2" / "request-full.xml").read_bytes()
    header = messaging(**fitting(REQUEST)).encode()  # type: ignore[arg-type]
    found_ids = {each.id for each in CHECKER(old, Circumstances(header=header)).findings}
    assert "BRIDGE-HEADER-002" in found_ids


@pytest.mark.parametrize("wrap", ["submission", "body"])
def test_the_document_of_an_envelope_is_checked_with_its_header(wrap: str) -> None:
    header = messaging(**{**fitting(REQUEST), "sender": "x"})  # type: ignore[arg-type]
    text = REQUEST.decode().partition("?>")[2]
    whole = submission(header, REQUEST) if wrap == "submission" else envelope(header, text)
    report = CHECKER(whole.encode())
    assert report.head is not None
    assert report.head.kind == "QueryRequest"
    assert report.schema_valid
    assert "BRIDGE-HEADER-003" in {each.id for each in report.findings}
