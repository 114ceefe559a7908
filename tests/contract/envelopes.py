"""Made-up envelopes between two made-up access points."""

from __future__ import annotations

from dataclasses import replace
from hashlib import shake_256

from bridge.envelope import Envelope, OctetContent, Party, Payload, Property, Service
from bridge.ports import TEST_SERVICE
from tests.contract.desk import START

ROLE = "http://sdg.europa.eu/edelivery/gateway"
BINDING = "urn:oasis:names:tc:ebcore:ebrs:ebms:binding:1.0"
PARTY_TYPE = "urn:oasis:names:tc:ebcore:partyid-type:unregistered"
HOME = Party("AP_XA_01", f"{PARTY_TYPE}:XA", ROLE)
AWAY = Party("AP_XB_01", f"{PARTY_TYPE}:XB", ROLE)
STRANGER = Party("AP_XC_01", f"{PARTY_TYPE}:XC", ROLE)
REQUESTER = Property("originalSender", "C1-Ämter & <Co>", "urn:cef.eu:names:identifier:EAS:0204")
PROVIDER = Property("finalRecipient", "C4", "urn:cef.eu:names:identifier:EAS:0204")

REGREP = Payload(
    "regrep@bridge.example", "application/x-ebrs+xml", OctetContent("<q>ß</q>\r\n".encode())
)
EVIDENCE = Payload(
    "evidence@bridge.example", "application/pdf", OctetContent(shake_256(b"pdf").digest(3_000_000))
)
"""Three million octets that look random: beyond what any transport keeps in memory, and nothing
that a receiver takes for a gzip bomb."""
EMPTY = Payload("empty@bridge.example", "application/octet-stream", OctetContent(b""))


def request(
    number: int = 1, *payloads: Payload, sender: Party = HOME, receiver: Party = AWAY
) -> Envelope:
    """A request with an id of its own for each number."""
    return Envelope(
        message_id=f"00000000-0000-4000-8000-{number:012d}@bridge.example",
        timestamp=START,
        sender=sender,
        receiver=receiver,
        service=Service("QueryManager", BINDING),
        action="ExecuteQueryRequest",
        conversation_id="6f2d3c1e-8a54-4c8e-9a6e-0d6a3c1f2b77",
        properties=(REQUESTER, PROVIDER),
        payloads=payloads or (REGREP,),
    )


def test_message(number: int = 1) -> Envelope:
    """A message of the test service, which is for nobody."""
    return replace(
        request(number),
        service=Service(TEST_SERVICE),
        action=TEST_SERVICE[: -len("service")] + "test",
    )


test_message.__test__ = False  # type: ignore[attr-defined]


def told(envelope: Envelope) -> tuple[object, ...]:
    """All of an envelope by value: contents may be in memory here and in a file there."""
    payloads = tuple(
        (each.content_id, each.media_type, each.properties, octets(each)) for each in envelope
    )
    return (replace(envelope, payloads=()), payloads)


def octets(payload: Payload) -> bytes:
    with payload.content.open() as stream:
        return stream.read()
