"""Two made-up access points in one process, and the messages that measurements send between them.

Octets in, octets out, as the endpoint and the sender do it, without a socket; `as4_loopback` has
the same pair in two processes with TLS between them.
"""

from __future__ import annotations

import itertools
import os
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from bridge.envelope import Content, Envelope, Party, Payload, Property, Service
from bridge.resources import standards
from bridge.sandbox.pki import LabPki, Validity, make_pki, random_key, random_tls_key
from bridge.transport.as4.content import SealedSink
from bridge.transport.as4.errors import load_errors
from bridge.transport.as4.keys import LoadedDecrypter, LoadedSigner
from bridge.transport.as4.mime import Body, Package, write_package
from bridge.transport.as4.mime_reader import MimeLimits, PackageReader
from bridge.transport.as4.pack import Making, OutgoingMessage, pack_message
from bridge.transport.as4.pmode import Legs, Peer, PModes, load_legs
from bridge.transport.as4.receipt import write_receipt
from bridge.transport.as4.receiving import Opened, Receiver
from bridge.transport.as4.trust import PeerTrust
from bridge.transport.as4.unpack import Policy, open_message

NAMES: Final = ("here", "there")
DOMAIN: Final = "bridge.example"
PARTY_TYPE: Final = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:sandbox"

_HALF: Final = 40_000
_ACTION: Final = "ExecuteQueryRequest"
_PROPERTIES: Final = (
    Property("originalSender", "REQUESTER", PARTY_TYPE),
    Property("finalRecipient", "PROVIDER", PARTY_TYPE),
)
_LINE: Final = b'<rim:Slot name="Requirement%05d"><rim:SlotValue>%s</rim:SlotValue></rim:Slot>\n'


def party(name: str, legs: Legs) -> Party:
    """Give the party of one of the two."""
    return Party(f"AP-{name}", PARTY_TYPE, legs.role)


def peer(name: str, certificate: x509.Certificate) -> Peer:
    """Give one of the two as the other knows it: one pinned certificate for everything."""
    trust = PeerTrust(pinned=(certificate,), revocation="off")
    return Peer(name, f"AP-{name}", PARTY_TYPE, trust, (certificate,))


def envelope(
    number: str, names: Sequence[str], legs: Legs, contents: Sequence[Content]
) -> Envelope:
    """Make a request from the first name to the second; the first content is its XML."""
    leg = next(each for each in legs.legs if each.action == _ACTION)
    payloads = tuple(
        Payload(
            f"{number}-{place}@{DOMAIN}",
            "application/pdf" if place else "application/x-ebrs+xml",
            content,
        )
        for place, content in enumerate(contents)
    )
    return Envelope(
        message_id=f"{number}@{DOMAIN}",
        timestamp=datetime.now(UTC),
        sender=party(names[0], legs),
        receiver=party(names[1], legs),
        service=Service(leg.service, leg.type),
        action=leg.action,
        conversation_id=number,
        properties=_PROPERTIES,
        payloads=payloads,
    )


def request_octets(size: int) -> bytes:
    """Give XML of this size: words repeat as they do in a request, ids do not."""
    chance = random.Random(size)
    lines = (_LINE % (n, chance.randbytes(12).hex().encode("ascii")) for n in itertools.count())
    head, tail = b'<query xmlns:rim="urn:rim">\n', b"</query>"
    room = max(size - len(head) - len(tail), 0)
    whole = room // len(_LINE % (0, b"0" * 24))
    body = b"".join(itertools.islice(lines, whole))
    return head + body.ljust(room) + tail


def document_octets(size: int) -> bytes:
    """Give a made-up document of this size: half text, half compressed already, as in a PDF."""
    chance = random.Random(size)
    text, block = request_octets(_HALF), chance.randbytes(_HALF)
    turns = -(-size // (len(text) + len(block)))
    # Turned each time, so that the repetition is out of the reach of gzip.
    pieces = (text + block[n * 61 % _HALF :] + block[: n * 61 % _HALF] for n in range(turns))
    return (b"%PDF-1.7\n" + b"".join(pieces))[:size]


@dataclass(frozen=True)
class Pair:
    """``here`` sends, ``there`` receives. Each has one RSA key for all it does."""

    pki: LabPki
    legs: Legs = field(default_factory=lambda: load_legs(standards()))

    @property
    def keys(self) -> tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey]:
        """The private keys of the sender and the receiver, for floors."""
        one, two = self.pki.access_points
        return one.key, two.key

    def send(self, message: Envelope) -> tuple[OutgoingMessage, Body]:
        """Make a message as the sender does, up to the body that leaves."""
        terms = self._pmodes(0).outgoing(message)
        sent = pack_message(message, terms, self._making(0), datetime.now(UTC))
        return sent, write_package(sent.package, uuid.uuid4().hex, f"root@{DOMAIN}")

    def receive(self, content_type: str, chunks: Sequence[bytes]) -> bytes:
        """Parse, verify, decrypt and decompress a message; give its signed receipt."""
        package, receiver = self._package(content_type, chunks), self._receiver
        now = receiver.clock()
        message = open_message(package.soap, package.parts, receiver.policy(), now)
        return write_receipt(message, f"{receiver.making.ids()}@{DOMAIN}", receiver.making, now)

    def take_in(self, content_type: str, chunks: Sequence[bytes]) -> Opened:
        """Do all that the endpoint does: `receive`, and the digest that tells a copy."""
        return self._receiver.open(self._package(content_type, chunks))

    def sender_knows(self) -> Peer:
        """Give the receiver as the sender knows it: what its receipts are checked with."""
        return self._pmodes(0).peers[0]

    def _package(self, content_type: str, chunks: Sequence[bytes]) -> Package:
        reader = PackageReader(content_type, sink, self._limits)
        for chunk in chunks:
            reader.feed(chunk)
        return reader.close()

    def _making(self, side: int) -> Making:
        own = self.pki.access_points[side]
        signer = LoadedSigner(own.key, (own.certificates["good"],))
        return Making(signer, os.urandom, lambda: uuid.uuid4().hex, sink)

    def _pmodes(self, side: int) -> PModes:
        other = self.pki.access_points[1 - side]
        own = party(self.pki.access_points[side].name, self.legs)
        peers = (peer(other.name, other.certificates["good"]),)
        return PModes(((own.id, own.type),), peers, self.legs)

    @cached_property
    def _limits(self) -> MimeLimits:
        return MimeLimits()

    @cached_property
    def _receiver(self) -> Receiver:
        own = self.pki.access_points[1]
        opening = LoadedDecrypter(own.key, own.certificates["good"])
        policy = Policy(self._pmodes(1), (opening,), os.urandom, sink)
        table = load_errors(standards())
        making = self._making(1)
        return Receiver(lambda: policy, table, making, lambda: datetime.now(UTC), DOMAIN)


def sink() -> SealedSink:
    """Give a sink like that of the access point: what is large leaves memory, sealed."""
    return SealedSink(os.urandom)


def make_pair() -> Pair:
    """Draw keys and make a pair."""
    return Pair(new_pki())


def new_pki() -> LabPki:
    """Draw keys for the two, valid for a year from now."""
    validity = Validity(datetime.now(UTC).replace(microsecond=0), 1)
    return make_pki(NAMES, validity, random_key, random_tls_key)
