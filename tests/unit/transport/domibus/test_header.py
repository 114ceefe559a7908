"""An envelope becomes the plug-in's header and comes back as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import etree

from bridge.envelope import AgreementRef, Content, Envelope, OctetContent, Property, Service
from bridge.errors import LocalFault, UnreadableDocument
from bridge.names import EBMS, clark
from bridge.transport.domibus import header
from tests.contract.envelopes import EMPTY, EVIDENCE, HOME, REGREP, REQUESTER, request

FULL = replace(
    request(1, REGREP, EMPTY, replace(EVIDENCE, charset="UTF-8", properties=(Property("p", "v"),))),
    agreement=AgreementRef("A1", "urn:type", "pmode"),
    ref_to_message_id="before@bridge.example",
    mpc="urn:mpc",
)


def contents(envelope: Envelope, declared: str = "") -> dict[str, tuple[Content, str]]:
    return {f"cid:{each.content_id}": (each.content, declared) for each in envelope}


def find(block: etree._Element, path: str) -> etree._Element:
    found = block.find(".//" + "/".join(clark(EBMS, name) for name in path.split("/")))
    assert found is not None
    return found


@pytest.mark.parametrize("envelope", [request(), FULL], ids=["request", "full"])
def test_a_header_comes_back_as_it_was(envelope: Envelope) -> None:
    assert header.read(header.write(envelope), contents(envelope)) == envelope


def test_the_time_is_written_in_utc_with_three_digits() -> None:
    moment = datetime.fromisoformat("2026-03-02T10:15:27.0419+01:00")
    block = header.write(replace(request(), timestamp=moment))
    assert find(block, "MessageInfo/Timestamp").text == "2026-03-02T09:15:27.041Z"


def test_each_part_says_its_media_type_and_never_a_compression() -> None:
    payload = replace(REGREP, properties=(Property("CompressionType", "application/gzip"),))
    group = find(header.write(request(1, payload)), "PartInfo/PartProperties")
    assert [(each.get("name"), each.text) for each in group] == [
        ("MimeType", "application/x-ebrs+xml")
    ]


def test_absent_types_are_absent_attributes() -> None:
    envelope = replace(
        request(), service=Service("urn:test"), sender=replace(HOME, type=""), properties=()
    )
    block = header.write(envelope)
    assert "type" not in find(block, "CollaborationInfo/Service").attrib
    assert "type" not in find(block, "From/PartyId").attrib
    assert header.read(block, contents(envelope)) == envelope


NO_ROOM = {
    "blanks around the message id": replace(request(), message_id=" m@x"),
    "an empty property": replace(request(), properties=(Property("a", ""),)),
    "a long party": replace(request(), sender=replace(HOME, id="A" * 256)),
    "a long role": replace(request(), sender=replace(HOME, role="r" * 256)),
    "a long name": replace(request(), properties=(Property("n" * 256, "v"),)),
    "a long type of property": replace(request(), properties=(Property("n", "v", "t" * 256),)),
    "an empty part property": request(1, replace(REGREP, properties=(Property("a", ""),))),
    "a long agreement": replace(request(), agreement=AgreementRef("A" * 256)),
    "a long service": replace(request(), service=Service("s" * 256)),
}


@pytest.mark.parametrize("envelope", NO_ROOM.values(), ids=NO_ROOM)
def test_what_the_plugin_has_no_room_for_is_not_written(envelope: Envelope) -> None:
    with pytest.raises(LocalFault, match="no room") as raised:
        header.write(envelope)
    assert raised.value.code == "DOMIBUS-HEADER"


def test_a_content_id_that_peers_misread_is_not_written() -> None:
    with pytest.raises(LocalFault):
        header.write(request(1, replace(REGREP, content_id="a%20b@x")))


Change = Callable[[etree._Element], object]


def drop(path: str) -> Change:
    def change(block: etree._Element) -> None:
        element = find(block, path)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return change


def double(path: str) -> Change:
    def change(block: etree._Element) -> None:
        element = find(block, path)
        element.addnext(etree.fromstring(etree.tostring(element)))

    return change


def text(path: str, value: str) -> Change:
    return lambda block: setattr(find(block, path), "text", value)


REFUSED = {
    "no user message": drop("UserMessage"),
    "two user messages": double("UserMessage"),
    "no message id": drop("MessageInfo/MessageId"),
    "an empty message id": text("MessageInfo/MessageId", " "),
    "two message ids": double("MessageInfo/MessageId"),
    "no time": drop("MessageInfo/Timestamp"),
    "a time that is none": text("MessageInfo/Timestamp", "yesterday"),
    "no sender": drop("PartyInfo/From"),
    "two parties of one side": double("From/PartyId"),
    "no action": drop("CollaborationInfo/Action"),
    "no conversation": drop("CollaborationInfo/ConversationId"),
    "a property twice": double("MessageProperties/Property"),
    "a property that is too long": text("MessageProperties/Property", "x" * 1025),
    "a part without payload": lambda block: find(block, "PartInfo").set("href", "cid:other"),
    "a part that refers elsewhere": lambda b: find(b, "PartInfo").set("href", "http://x/"),
    "a part without reference": lambda b: find(b, "PartInfo").attrib.clear(),
    "a part twice": double("PayloadInfo/PartInfo"),
    "a payload without part": drop("PayloadInfo/PartInfo"),
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_a_header_that_is_none_is_refused_without_its_values(change: Change) -> None:
    block = header.write(request())
    change(block)
    with pytest.raises(UnreadableDocument) as raised:
        header.read(block, contents(request()))
    assert raised.value.code == "EBMS-HEADER"
    assert "C1" not in str(raised.value)


def test_no_header_at_all_is_refused() -> None:
    with pytest.raises(UnreadableDocument):
        header.read(None, {})


TOLERATED = {
    "another order": lambda b: find(b, "UserMessage").append(find(b, "MessageInfo")),
    "no zone": text("MessageInfo/Timestamp", "2026-03-02T09:15:00"),
    "nine digits": text("MessageInfo/Timestamp", "2026-03-02T09:15:00.000000000Z"),
    "blanks": text("MessageInfo/MessageId", f"\n  {request().message_id} "),
    "other case of a reference": lambda b: find(b, "PartInfo").set(
        "href", f"CID:{REGREP.content_id}"
    ),
}


@pytest.mark.parametrize("change", TOLERATED.values(), ids=TOLERATED)
def test_what_the_field_does_differently_is_read(change: Change) -> None:
    block = header.write(request())
    change(block)
    assert header.read(block, contents(request())) == request()


@pytest.mark.parametrize(
    ("declared", "read"), [("application/pdf", "application/pdf"), ("", "text/xml")]
)
def test_a_media_type_comes_from_the_payload_where_the_header_has_none(
    declared: str, read: str
) -> None:
    block = header.write(request())
    drop("PartInfo/PartProperties")(block)
    assert header.read(block, contents(request(), declared)).payloads[0].media_type == read


def test_blanks_of_a_property_stay_for_the_rules_to_judge() -> None:
    block = header.write(request())
    text("MessageProperties/Property", " C1 ")(block)
    assert header.read(block, contents(request())).property(REQUESTER.name) == replace(
        REQUESTER, value=" C1 "
    )


def test_a_part_property_that_stands_twice_counts_once() -> None:
    block = header.write(request())
    double("PartProperties/Property")(block)
    assert header.read(block, contents(request())) == request()


def test_references_that_differ_in_case_are_one_payload_twice() -> None:
    one = (OctetContent(b""), "")
    with pytest.raises(UnreadableDocument):
        header.read(header.write(request()), {"cid:a@x": one, "cid:A@x": one})


def test_the_zone_that_is_assumed_is_utc() -> None:
    block = header.write(request())
    text("MessageInfo/Timestamp", "2026-03-02T09:15:00")(block)
    assert header.read(block, contents(request())).timestamp.tzinfo is UTC
