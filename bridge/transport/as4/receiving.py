"""A package that arrived: opened, and answered by a receipt or by the error it earns.

Nothing here waits or listens; `endpoint` does. What is refused is answered in the way that lets a
Domibus see the code: status 200, signed, without a SOAP fault (as4 5.4).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding

from bridge.envelope import Envelope
from bridge.errors import LocalFault, RefusedMessage
from bridge.ports import Arrival
from bridge.transport.as4.errors import ErrorTable
from bridge.transport.as4.header import read_user_message
from bridge.transport.as4.mime import Package
from bridge.transport.as4.pack import Making
from bridge.transport.as4.pmode import Peer
from bridge.transport.as4.receipt import write_receipt
from bridge.transport.as4.signal import SignalHead, write_errors
from bridge.transport.as4.soap import MUST_UNDERSTAND_FAULT, read_soap, write_fault
from bridge.transport.as4.unpack import Policy, open_message


@dataclass(frozen=True, slots=True)
class Opened:
    """A message that was proved, with the receipt that leaves once it is kept.

    A ``test`` is for nobody: it is answered and not kept (as4 6.4).
    """

    arrival: Arrival
    test: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: HTTP status and SOAP octets."""

    status: int
    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Receiver:
    """Opens and answers messages; thread-safe. ``policy`` gives what is agreed now."""

    policy: Callable[[], Policy]
    table: ErrorTable
    making: Making
    clock: Callable[[], datetime]
    domain: str

    def open(self, package: Package) -> Opened:
        """Check one message in full and write its receipt; raises `RefusedMessage`."""
        message = open_message(package.soap, package.parts, self.policy(), self.clock())
        signer = message.certificate.public_bytes(Encoding.DER)
        try:
            receipt = write_receipt(message, self._id(), self.making, self.clock())
        except LocalFault as cause:
            raise RefusedMessage("the receipt cannot be made", code="EBMS:0201") from cause
        arrival = Arrival(message.envelope, message.fingerprint, receipt, signer)
        return Opened(arrival, message.terms.leg.test)

    def refusal(self, fault: RefusedMessage, package: Package | None) -> Reply:
        """Answer a fault: 200 and a signed error where the message can be told, else 400.

        Where not even a message id can be read, nothing is signed: that is work for a stranger.
        """
        if fault.code == MUST_UNDERSTAND_FAULT:
            return Reply(500, write_fault(fault))
        claimed = None if package is None else _claimed(package.soap)
        answers = fault.message_id or (claimed.message_id if claimed else "")
        if not answers:
            head = SignalHead(self._id(), self.clock())
            return Reply(400, write_errors(head, [self.table.error(fault)], None))
        head = SignalHead(self._id(), self.clock(), answers)
        errors = [self.table.error(fault, answers)]
        peer = self._peer(claimed) if claimed else None
        if peer is None:
            return Reply(200, write_errors(head, errors, self.making))
        try:
            octets = write_errors(head, errors, self.making, peer.suite, peer.token)
        except LocalFault:
            octets = write_errors(head, errors, None)
        return Reply(200, octets)

    def _peer(self, claimed: Envelope) -> Peer | None:
        party = claimed.sender
        peers = self.policy().pmodes.peers
        return next((e for e in peers if (e.id, e.type) == (party.id, party.type)), None)

    def _id(self) -> str:
        return f"{self.making.ids()}@{self.domain}"


def conflict() -> RefusedMessage:
    """Make the fault of an id that was used for another message (as4 8.6, row 39)."""
    what = "the message id was used for another message"
    return RefusedMessage(what, code="EBMS:0004", security=True)


def _claimed(soap_octets: bytes) -> Envelope | None:
    """Give the header as the message claims it, for the answer only; None where it has none."""
    try:
        return read_user_message(read_soap(soap_octets).messaging).envelope
    except RefusedMessage:
        return None
