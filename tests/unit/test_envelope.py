"""An envelope is valid by construction, and finds its properties and payloads by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridge.envelope import (
    Content,
    Envelope,
    OctetContent,
    Party,
    Payload,
    Property,
    Service,
)
from bridge.errors import LocalFault

REQUEST = Payload("regrep@bridge.example", "application/x-ebrs+xml", OctetContent(b"<x/>\n"))
ENVELOPE = Envelope(
    message_id="0f9d@bridge.example",
    timestamp=datetime(2026, 3, 2, 9, 15, tzinfo=UTC),
    sender=Party("AP_DE_01", "urn:type:DE", "urn:role"),
    receiver=Party("AP_FR_01", "urn:type:FR", "urn:role"),
    service=Service("QueryManager", "urn:service"),
    action="ExecuteQueryRequest",
    conversation_id="b0b6c0b4",
    properties=(Property("originalSender", "C1", "urn:scheme"),),
    payloads=(REQUEST,),
)


def test_octets_in_memory_are_content_that_can_be_read_again() -> None:
    content = OctetContent(b"<x/>\n")
    assert isinstance(content, Content)
    assert content.size == 5
    assert (
        content.sha256.hex() == "a07e74980b32063d37a8f1ad9b6096a84af8d827a3752c1d936f2ce5f6548bee"
    )
    for _ in range(2):
        with content.open() as stream:
            assert stream.read() == b"<x/>\n"


def test_content_is_never_shown() -> None:
    assert "secret" not in repr(replace(REQUEST, content=OctetContent(b"secret")))
    assert "secret" not in repr(Property("originalSender", "secret"))


def test_a_property_is_found_by_its_exact_name() -> None:
    found = ENVELOPE.property("originalSender")
    assert found is not None
    assert found.value == "C1"
    assert ENVELOPE.property("originalsender") is None


@pytest.mark.parametrize("reference", ["cid:regrep@bridge.example", "regrep@bridge.example"])
def test_a_payload_is_found_by_its_reference(reference: str) -> None:
    assert ENVELOPE.payload(reference) is REQUEST


def test_a_payload_is_not_found_by_another_spelling() -> None:
    assert ENVELOPE.payload("cid:regrep%40bridge.example") is None


REFUSED = {
    "no message id": {"message_id": ""},
    "a message id beyond ASCII": {"message_id": "ä@bridge.example"},
    "a message id with a line end": {"message_id": "a\nb"},
    "a message id that is too long": {"message_id": "a" * 256},
    "a conversation id that is too long": {"conversation_id": "a" * 256},
    "a time without zone": {"timestamp": datetime(2026, 3, 2)},
    "no action": {"action": ""},
    "a property twice": {"properties": (Property("a", "1"), Property("a", "2"))},
    "a content id twice": {"payloads": (REQUEST, REQUEST)},
    "a control character": {"action": "a\x01"},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_an_envelope_that_no_message_can_carry_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(LocalFault):
        replace(ENVELOPE, **change)


def test_an_identifier_of_the_greatest_length_is_accepted() -> None:
    assert replace(ENVELOPE, message_id="a" * 255).message_id == "a" * 255


@pytest.mark.parametrize(
    "content_id",
    ["", "a b@c", "<a@b>", "ä@b", "a\r\nb@c"],
    ids=["empty", "blank", "brackets", "umlaut", "lines"],
)
def test_a_content_id_is_printable_without_brackets(content_id: str) -> None:
    with pytest.raises(LocalFault):
        replace(REQUEST, content_id=content_id)


def test_a_property_value_has_at_most_1024_characters() -> None:
    assert Property("a", "x" * 1024)
    with pytest.raises(LocalFault):
        Property("a", "x" * 1025)


@pytest.mark.parametrize(("party_id", "role"), [("", "urn:role"), ("AP", "")])
def test_a_party_has_an_identifier_and_a_role(party_id: str, role: str) -> None:
    with pytest.raises(LocalFault):
        Party(party_id, "urn:type", role)
