"""Receipts: the proof that a peer took exactly what we sent (as4 4).

A receipt repeats every ds:Reference of the message it is for, and is signed. Ours are written
once and stored: a duplicate gets the same octets again (as4 6.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography import x509
from lxml import etree

from bridge.errors import RefusedMessage
from bridge.names import DS, EBBP, EBMS, clark
from bridge.transport.as4 import shape
from bridge.transport.as4.algorithms import SHA256
from bridge.transport.as4.errors import EbmsError
from bridge.transport.as4.keyinfo import write_token
from bridge.transport.as4.pack import Making, OutgoingMessage, sign
from bridge.transport.as4.pmode import Peer
from bridge.transport.as4.signal import Signal, SignalHead, new_signal
from bridge.transport.as4.signature import SignedReference, read_signature
from bridge.transport.as4.soap import ENCRYPTED_KEY, check_empty_body, to_octets
from bridge.transport.as4.unpack import VerifiedMessage, authenticate
from bridge.xml.parse import parse

_REFERENCE: Final = clark(DS, "Reference")
_INFORMATION: Final = clark(EBBP, "NonRepudiationInformation")
_STANDARD: Final = (f"{{{EBMS}}}", f"{{{EBBP}}}", f"{{{DS}}}")
_PART: Final = clark(EBBP, "MessagePartNRInformation")


@dataclass(frozen=True, slots=True)
class VerifiedReceipt:
    """A receipt that is what it says.

    ``warnings`` are errors of that severity beside it: the message was taken all the same
    (as4 5.5). ``octets`` are kept together with the message as evidence.
    """

    head: SignalHead
    certificate: x509.Certificate
    warnings: tuple[EbmsError, ...]
    octets: bytes = field(repr=False)


def write_receipt(
    message: VerifiedMessage, message_id: str, making: Making, now: datetime
) -> bytes:
    """Write the signed receipt for a message that is durably kept; ``message_id`` is its own."""
    peer = message.terms.peer
    head = SignalHead(message_id, now, message.envelope.message_id)
    soap, signal = new_signal(head)
    receipt = etree.SubElement(signal, clark(EBMS, "Receipt"))
    information = etree.SubElement(receipt, _INFORMATION, nsmap={"ebbp": EBBP})
    for reference in _elements(message.references):
        etree.SubElement(information, _PART).append(reference)
    if peer.receipt_tokens and soap.security is not None:
        identifier = f"X509-{making.ids()}"
        write_token(soap.security, identifier, (message.certificate,), "certificate")
    sign(soap, (), making, peer.suite, peer.token, now)
    return to_octets(soap)


def check_receipt(
    signal: Signal, sent: OutgoingMessage, peer: Peer, now: datetime
) -> VerifiedReceipt:
    """Prove that a signal is the peer's receipt for what was sent (as4 4.2, steps 3 to 7).

    Raises `RefusedMessage` with EBMS:0302, which is an error of ours to note, not to send.
    """
    if any(error.is_failure for error in signal.errors):
        raise _invalid("it says that the message failed")
    if signal.receipt is None:
        raise _invalid("it holds no receipt")
    if signal.head.answers != sent.message_id:
        raise _invalid("it is for another message")
    try:
        check_empty_body(signal.soap)
        certificate = prove(signal, peer, now)
        acknowledged = _acknowledged(signal.receipt)
    except RefusedMessage as fault:
        raise _invalid(fault.what) from fault
    if sorted(acknowledged) != sorted(_read(each) for each in _elements(sent.references)):
        raise _invalid("it is for other content than was sent")
    return VerifiedReceipt(signal.head, certificate, signal.errors, signal.octets)


def prove(signal: Signal, peer: Peer, now: datetime) -> x509.Certificate:
    """Prove that the peer signed Body and Messaging of a signal, and nothing else.

    Raises `RefusedMessage`: EBMS:0103, EBMS:0101. Errors may be believed without it, but then
    anybody on the way may have written them.
    """
    if signal.soap.security is not None and signal.soap.security.find(ENCRYPTED_KEY) is not None:
        raise shape.noncompliant("a signal is encrypted")
    signature = read_signature(signal.soap, peer.suite.signature)
    if signature.attachments:
        raise shape.noncompliant("a signal signs attachments", security=True)
    return authenticate(signature, peer, now)


def _acknowledged(receipt: etree._Element) -> list[tuple[str, bytes]]:
    found = []
    for part in shape.all_named(_information(receipt), _PART):
        [reference] = shape.children(part, _REFERENCE)
        found.append(_read(reference))
    return found


def _information(receipt: etree._Element) -> etree._Element:
    """Find what is acknowledged, once; the schema lets senders put elements of their own beside.

    phase4 tells its version there (since 4.x), signed with the rest.
    """
    known = [child for child in receipt if str(child.tag).startswith(_STANDARD)]
    if [child.tag for child in known] != [_INFORMATION]:
        raise shape.noncompliant("Receipt does not have the content it must have")
    return known[0]


def _elements(references: Sequence[SignedReference]) -> list[etree._Element]:
    return list(parse(b"<_>%s</_>" % b"".join(each.xml for each in references)).root)


def _read(reference: etree._Element) -> tuple[str, bytes]:
    uri = reference.get("URI", "")
    methods, values = (
        reference.findall(clark(DS, name)) for name in ("DigestMethod", "DigestValue")
    )
    if not uri or len(methods) != 1 or len(values) != 1:
        raise shape.noncompliant("a reference of the receipt is incomplete")
    shape.algorithm(methods[0], [SHA256])
    return uri, shape.octets(values[0], 64)


def _invalid(what: str) -> RefusedMessage:
    return RefusedMessage(f"the receipt is not valid: {what}", code="EBMS:0302", security=True)
