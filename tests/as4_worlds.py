"""Two made-up access points with a PKI of their own, and a message between them.

Keys are made once per run; time and ids are fixed, so whole messages can be compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.x509.oid import NameOID

from bridge.envelope import Content, Envelope, OctetContent, Party, Payload, Property, Service
from bridge.resources import standards
from bridge.transport.as4.content import MemorySink
from bridge.transport.as4.keys import LoadedDecrypter, LoadedSigner
from bridge.transport.as4.mime import Package, Part
from bridge.transport.as4.pack import Making, OutgoingMessage, pack_message
from bridge.transport.as4.pmode import Peer, PModes, load_legs
from bridge.transport.as4.suites import SUITES
from bridge.transport.as4.trust import PeerTrust
from bridge.transport.as4.unpack import Policy, VerifiedMessage, open_message

NOW = datetime(2026, 3, 2, 9, 15, 27, 41_000, tzinfo=UTC)
LEGS = load_legs(standards())
SERVICE = "urn:oasis:names:tc:ebcore:ebrs:ebms:binding:1.0"
TYPE = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:"
REGREP = (
    b"<query:QueryResponse xmlns:query='urn:q'>" + b"<a/>\n" * 200 + b"</query:QueryResponse>\n"
)
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40


def rsa_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    return _rsa_key(name, bits)


@cache
def _rsa_key(name: str, bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def private_key(name: str, kind: str) -> Any:
    if kind == "rsa":
        return rsa_key(name)
    seed = hashlib.sha256(name.encode()).digest()
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    if kind == "x25519":
        return x25519.X25519PrivateKey.from_private_bytes(seed)
    return ec.derive_private_key(int.from_bytes(seed, "big") >> 1, ec.SECP256R1())


@cache
def certificate(
    name: str,
    kind: str = "rsa",
    *,
    days: tuple[int, int] = (-30, 700),
    issuer: str | None = None,
    serial: int = 1000,
    ca: bool = False,
    usage: bool | None = True,
    crl: bool = False,
    bits: int = 2048,
) -> x509.Certificate:
    """A certificate of the key ``name``, signed by itself or by the RSA key ``issuer``."""
    key = rsa_key(name, bits) if kind == "rsa" else private_key(name, kind)
    signing = key if issuer is None and kind not in ("x25519",) else rsa_key(issuer or "ca")
    builder = (
        x509.CertificateBuilder()
        .subject_name(distinguished(name))
        .issuer_name(distinguished(issuer or name))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(NOW + timedelta(days=days[0]))
        .not_valid_after(NOW + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer is not None:
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(rsa_key(issuer).public_key())
        builder = builder.add_extension(authority, critical=False)
    if usage is not None:
        builder = builder.add_extension(key_usage(usage, ca), critical=True)
    if crl:
        point = x509.DistributionPoint(
            [x509.UniformResourceIdentifier("http://crl.example/ca.crl")], None, None, None
        )
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    digest = None if isinstance(signing, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(signing, digest)


def distinguished(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Made up, for tests"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def key_usage(allowed: bool, ca: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=allowed, content_commitment=False, key_encipherment=allowed,
        data_encipherment=not allowed, key_agreement=allowed, key_cert_sign=ca, crl_sign=ca,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


KINDS = {"rsa": ("rsa", "rsa"), "x25519": ("ed25519", "x25519"), "ec": ("ec", "ec")}


@dataclass(frozen=True)
class Side:
    """One access point: its keys and what it knows of the other."""

    name: str
    signer: LoadedSigner
    decrypter: LoadedDecrypter
    suite: str = "rsa"

    @property
    def id(self) -> str:
        return f"AP_{self.name}_01"

    @property
    def party(self) -> Party:
        return Party(self.id, TYPE + self.name, LEGS.role)

    @property
    def certificate(self) -> x509.Certificate:
        return self.signer.certificates[0]

    def as_peer(self, **changes: Any) -> Peer:
        peer = Peer(
            name=self.id,
            id=self.id,
            type=TYPE + self.name,
            trust=PeerTrust(pinned=(self.certificate,)),
            encryption=(self.decrypter.certificate,),
            suite=SUITES[self.suite],
        )
        return replace(peer, **changes)

    def policy(self, *peers: Peer, **changes: Any) -> Policy:
        pmodes = PModes(((self.id, TYPE + self.name),), peers, LEGS)
        policy = Policy(pmodes, (self.decrypter,), chance(b"receiver"), MemorySink)
        return replace(policy, **changes)

    def making(self, seed: bytes = b"") -> Making:
        return Making(self.signer, chance(self.name.encode() + seed), ids(self.name), MemorySink)


@cache
def side(name: str, suite: str = "rsa") -> Side:
    signs, decrypts = KINDS[suite]
    signer = LoadedSigner(private_key(name, signs), (certificate(name, signs),))
    if decrypts == signs:
        decrypter = LoadedDecrypter(private_key(name, signs), certificate(name, signs))
    else:
        own = f"{name}-agree"
        decrypter = LoadedDecrypter(private_key(own, decrypts), certificate(own, decrypts))
    return Side(name, signer, decrypter, suite)


def chance(seed: bytes) -> Callable[[int], bytes]:
    """Octets that look random and are the same in every run."""
    numbers = count()
    return lambda size: hashlib.shake_256(seed + b"/%d" % next(numbers)).digest(size)


def ids(name: str) -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"{name.lower()}-{next(numbers):04d}"


def envelope(sender: Side, receiver: Side, **changes: Any) -> Envelope:
    message = Envelope(
        message_id="11111111-2222-3333-4444-555555555555@bridge.example",
        timestamp=NOW,
        sender=sender.party,
        receiver=receiver.party,
        service=Service("QueryManager", SERVICE),
        action="ExecuteQueryResponse",
        conversation_id="b0b6c0b4-1f0e-4d4e-8c55-2e3f7a1c9d10",
        properties=(
            Property("originalSender", "PROVIDER-ID", "urn:cef.eu:names:identifier:EAS:0204"),
            Property("finalRecipient", "REQUESTER-ID", "urn:cef.eu:names:identifier:EAS:0009"),
        ),
        payloads=(
            Payload("a" * 32 + "@bridge.example", "application/x-ebrs+xml", OctetContent(REGREP)),
            Payload("b" * 32 + "@bridge.example", "application/pdf", OctetContent(PDF)),
        ),
    )
    return replace(message, **changes)


@dataclass(frozen=True)
class World:
    """DE sends to FR."""

    sender: Side
    receiver: Side
    from_peer: Peer
    """What the receiver knows of the sender."""
    to_peer: Peer
    """What the sender knows of the receiver."""

    def policy(self, **changes: Any) -> Policy:
        return self.receiver.policy(self.from_peer, **changes)

    def pmodes(self) -> PModes:
        own = (self.sender.id, TYPE + self.sender.name)
        return PModes((own,), (self.to_peer,), LEGS)

    def pack(self, **changes: Any) -> OutgoingMessage:
        message = envelope(self.sender, self.receiver, **changes)
        terms = self.pmodes().outgoing(message)
        return pack_message(message, terms, self.sender.making(), NOW)

    def open(self, package: Package, now: datetime = NOW, **changes: Any) -> VerifiedMessage:
        return open_message(package.soap, package.parts, self.policy(**changes), now)


def world(
    suite: str = "rsa",
    from_peer: dict[str, Any] | None = None,
    to_peer: dict[str, Any] | None = None,
) -> World:
    sender, receiver = side("DE", suite), side("FR", suite)
    return World(
        sender,
        receiver,
        sender.as_peer(**(from_peer or {})),
        receiver.as_peer(**(to_peer or {})),
    )


def octets(content: Content) -> bytes:
    with content.open() as stream:
        return stream.read()


def contents(message: VerifiedMessage) -> list[bytes]:
    return [octets(each.content) for each in message.envelope.payloads]


def part(content_id: str, data: bytes, media_type: str = "application/octet-stream") -> Part:
    return Part(content_id, OctetContent(data), media_type)


def with_parts(package: Package, parts: Sequence[Part]) -> Package:
    return replace(package, parts=tuple(parts))
