"""The ebMS header: written as the schema wants it, read by exact structure, refused by table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from lxml import etree

from bridge.envelope import AgreementRef, Envelope, Party, Property, Service
from bridge.errors import RefusedMessage
from bridge.names import EBMS
from bridge.transport.as4.header import (
    PartInfo,
    UserMessage,
    read_user_message,
    write_time,
    write_user_message,
)
from bridge.transport.as4.soap import new_envelope
from tests.reference import reference

ROLE = "http://sdg.europa.eu/edelivery/gateway"
HEADER = Envelope(
    message_id="0f9d6c1e@bridge.example",
    timestamp=datetime(2026, 3, 2, 9, 15, 27, 41_000, tzinfo=UTC),
    sender=Party("AP_DE_01", "urn:type:DE", ROLE),
    receiver=Party("AP_FR_01", "urn:type:FR", ROLE),
    service=Service("QueryManager", "urn:service"),
    action="ExecuteQueryRequest",
    conversation_id="b0b6c0b4-1f0e-4d4e-8c55-2e3f7a1c9d10",
    properties=(Property("originalSender", " C1 ", "urn:scheme"), Property("finalRecipient", "C4")),
    mpc=f"{EBMS}defaultMPC",
)
PART = PartInfo(
    "regrep@bridge.example",
    "application/x-ebrs+xml",
    True,
    "utf-8",
    (Property("PayloadName", "x"),),
)
MESSAGE = UserMessage(HEADER, (PART, PartInfo("evidence@bridge.example", "application/pdf")))


def written(message: UserMessage = MESSAGE) -> etree._Element:
    soap = new_envelope(message.envelope.message_id)
    write_user_message(soap.messaging, message)
    return soap.messaging


def text(message: UserMessage = MESSAGE) -> str:
    return etree.tostring(written(message)).decode()


def read(xml: str) -> UserMessage:
    return read_user_message(etree.fromstring(xml))


VARIANTS = {
    "a whole one": MESSAGE,
    "without payloads": replace(MESSAGE, parts=()),
    "without properties": replace(MESSAGE, envelope=replace(HEADER, properties=())),
    "with an agreement": replace(
        MESSAGE, envelope=replace(HEADER, agreement=AgreementRef("a", "t", "p"))
    ),
    "with a reference": replace(MESSAGE, envelope=replace(HEADER, ref_to_message_id="x@y")),
    "with a service without type": replace(MESSAGE, envelope=replace(HEADER, service=Service("s"))),
}


@pytest.mark.parametrize("message", VARIANTS.values(), ids=VARIANTS)
def test_a_header_is_read_as_it_was_written(message: UserMessage) -> None:
    assert read(text(message)) == message


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    path = reference("data/published/ebms3/ebms-header-3_0-200704.xsd")
    tree = etree.parse(path)
    # The imports lead to the web; what they bring is not needed to judge a Messaging.
    for each in list(tree.getroot().iter("{http://www.w3.org/2001/XMLSchema}import")):
        if each.get("namespace") != "http://www.w3.org/XML/1998/namespace":
            each.getparent().remove(each)
        else:
            del each.attrib["schemaLocation"]
    for each in tree.getroot().iter("{*}attribute"):
        if each.get("ref") == "xml:lang":
            del each.attrib["ref"]
            each.set("name", "lang")
            each.set("form", "unqualified")
    return etree.XMLSchema(tree)


@pytest.mark.parametrize("message", VARIANTS.values(), ids=VARIANTS)
def test_what_we_write_is_valid_by_the_published_schema(
    message: UserMessage, schema: etree.XMLSchema
) -> None:
    schema.assertValid(etree.fromstring(text(message)))


def test_times_are_written_in_utc_with_three_digits() -> None:
    zone = timezone(timedelta(hours=1))
    assert (
        write_time(datetime(2026, 3, 2, 10, 15, 27, 41_999, tzinfo=zone))
        == "2026-03-02T09:15:27.041Z"
    )


TIMES = {
    "2026-03-02T09:15:27Z": datetime(2026, 3, 2, 9, 15, 27, tzinfo=UTC),
    "2026-03-02T09:15:27": datetime(2026, 3, 2, 9, 15, 27, tzinfo=UTC),
    "2026-03-02T09:15:27.5+01:00": datetime(2026, 3, 2, 8, 15, 27, 500_000, tzinfo=UTC),
    "2026-03-02T09:15:27.123456789Z": datetime(2026, 3, 2, 9, 15, 27, 123_456, tzinfo=UTC),
}
TIME = "2026-03-02T09:15:27.041Z"


@pytest.mark.parametrize(("spelled", "time"), TIMES.items(), ids=TIMES)
def test_times_of_peers_are_read(spelled: str, time: datetime) -> None:
    assert read(text().replace(TIME, spelled)).envelope.timestamp == time


def test_part_properties_are_found_in_any_case() -> None:
    found = read(
        text().replace("MimeType", "mimetype").replace("CompressionType", "COMPRESSIONTYPE")
    )
    assert found.parts == MESSAGE.parts


def test_an_empty_schema_and_blanks_are_tolerated() -> None:
    xml = text().replace(
        'href="cid:regrep@bridge.example">', 'href=" cid:regrep@bridge.example "><eb:Schema/>'
    )
    xml = xml.replace(">ExecuteQueryRequest<", "> ExecuteQueryRequest\n<")
    assert read(xml) == MESSAGE


INFO = "<eb:MessageInfo>"
REFUSED = {
    "empty": (lambda xml: xml[: xml.index("<eb:UserMessage")] + "</eb:Messaging>", "EBMS:0009"),
    "two messages": (lambda xml: doubled(xml, "UserMessage"), "EBMS:0002"),
    "a signal": (lambda xml: xml.replace("UserMessage", "SignalMessage"), "EBMS:0002"),
    "an extension": (lambda xml: xml.replace("</eb:Messaging>", "<x/></eb:Messaging>"), "EBMS:0002"),
    "no MessageInfo": (lambda xml: without(xml, "MessageInfo"), "EBMS:0009"),
    "two MessageInfo": (lambda xml: doubled(xml, "MessageInfo"), "EBMS:0009"),
    "no Timestamp": (lambda xml: without(xml, "Timestamp"), "EBMS:0009"),
    "a Timestamp that is none": (lambda xml: xml.replace(TIME, "yesterday"), "EBMS:0003"),
    "a month that is none": (lambda xml: xml.replace(TIME, "2026-13-02T09:15:27Z"), "EBMS:0003"),
    "a year before all": (lambda xml: xml.replace(TIME, "0001-01-01T00:00:00+14:00"), "EBMS:0003"),
    "no MessageId": (lambda xml: without(xml, "MessageId"), "EBMS:0009"),
    "an empty MessageId": (lambda xml: xml.replace(HEADER.message_id, " "), "EBMS:0009"),
    "a long MessageId": (lambda xml: xml.replace(HEADER.message_id, "x" * 256), "EBMS:0009"),
    "a MessageId beyond ASCII": (lambda xml: xml.replace(HEADER.message_id, "ä@x"), "EBMS:0009"),
    "a long ConversationId": (lambda xml: xml.replace(HEADER.conversation_id, "x" * 256), "EBMS:0009"),
    "elements in an id": (lambda xml: xml.replace(HEADER.message_id, "a<x/>b"), "EBMS:0009"),
    "no PartyInfo": (lambda xml: without(xml, "PartyInfo"), "EBMS:0009"),
    "no To": (lambda xml: without(xml, "To"), "EBMS:0009"),
    "no Role": (lambda xml: without(xml, "Role"), "EBMS:0009"),
    "two PartyId": (lambda xml: doubled(xml, "PartyId"), "EBMS:0003"),
    "no CollaborationInfo": (lambda xml: without(xml, "CollaborationInfo"), "EBMS:0009"),
    "no Service": (lambda xml: without(xml, "Service"), "EBMS:0009"),
    "no Action": (lambda xml: without(xml, "Action"), "EBMS:0009"),
    "two Actions": (lambda xml: doubled(xml, "Action"), "EBMS:0009"),
    "no ConversationId": (lambda xml: without(xml, "ConversationId"), "EBMS:0009"),
    "an unknown element": (lambda xml: xml.replace(INFO, f"<eb:X/>{INFO}"), "EBMS:0009"),
    "elements out of order": (lambda xml: exchanged(xml, "From", "To"), "EBMS:0009"),
    "a property without name": (lambda xml: xml.replace(' name="originalSender"', ""), "EBMS:0009"),
    "a property twice": (lambda xml: doubled(xml, "Property"), "EBMS:0052"),
    "a property twice in another case": (
        lambda xml: xml.replace("finalRecipient", "ORIGINALSENDER"),
        "EBMS:0052",
    ),
    "a property that is too long": (lambda xml: xml.replace(" C1 ", "x" * 1025), "EBMS:0052"),
    "another compression": (lambda xml: xml.replace("application/gzip", "application/zip"), "EBMS:0052"),
    "compressed without type": (
        lambda xml: xml.replace('<eb:Property name="MimeType">application/x-ebrs+xml</eb:Property>', ""),
        "EBMS:0303",
    ),
    "an unknown charset": (lambda xml: xml.replace(">utf-8<", ">klingon<"), "EBMS:0003"),
    "a charset with a NUL-like name": (lambda xml: xml.replace(">utf-8<", ">ä/../x<"), "EBMS:0003"),
    "a part in the body": (lambda xml: xml.replace(' href="cid:regrep@bridge.example"', ""), "EBMS:0003"),
    "a part on the web": (lambda xml: xml.replace("cid:regrep", "https://regrep"), "EBMS:0011"),
    "an empty reference": (lambda xml: xml.replace("cid:regrep@bridge.example", "cid:"), "EBMS:0011"),
    "a reference with a blank": (lambda xml: xml.replace("cid:regrep@", "cid:reg rep@"), "EBMS:0009"),
    "one part twice": (lambda xml: xml.replace("cid:evidence@", "cid:regrep@"), "EBMS:0003"),
    "an empty PayloadInfo": (lambda xml: without(without(xml, "PartInfo"), "PartInfo"), "EBMS:0009"),
}  # fmt: skip


def doubled(xml: str, name: str) -> str:
    root = etree.fromstring(xml)
    found = next(root.iter(f"{{{EBMS}}}{name}"))
    found.addnext(etree.fromstring(etree.tostring(found)))
    return etree.tostring(root, encoding="unicode")


def without(xml: str, name: str) -> str:
    root = etree.fromstring(xml)
    found = next(root.iter(f"{{{EBMS}}}{name}"))
    found.getparent().remove(found)
    return etree.tostring(root, encoding="unicode")


def exchanged(xml: str, first: str, second: str) -> str:
    return (
        xml.replace(f"eb:{first}>", "eb:@>")
        .replace(f"eb:{second}>", f"eb:{first}>")
        .replace("eb:@>", f"eb:{second}>")
        .replace("<eb:To>", "<eb:To>")
    )


@pytest.mark.parametrize(("change", "code"), REFUSED.values(), ids=REFUSED)
def test_a_header_that_is_wrong_earns_its_error(change, code: str) -> None:
    xml = change(text())
    assert xml != text()
    with pytest.raises(RefusedMessage) as fault:
        read(xml)
    assert fault.value.code == code, fault.value.what


@pytest.mark.parametrize(
    "name", [name for name, (_, code) in REFUSED.items() if code == "EBMS:0009"]
)
def test_the_published_schema_agrees_on_structure(name: str, schema: etree.XMLSchema) -> None:
    ours_only = {
        "empty", "an empty MessageId", "a long MessageId", "a MessageId beyond ASCII", "a long ConversationId",
        "a reference with a blank",
    }  # fmt: skip
    valid = schema.validate(etree.fromstring(REFUSED[name][0](text())))
    assert valid is (name in ours_only)


def test_no_text_of_a_fault_quotes_a_value() -> None:
    for change, _ in REFUSED.values():
        with pytest.raises(RefusedMessage) as fault:
            read(change(text()))
        for value in ("AP_DE_01", "C1", "bridge.example", "klingon", "yesterday", "xxxx"):
            assert value not in str(fault.value)
