"""The test vectors of ``fixtures/as4``: made here, for other implementers to read and to write.

``python -m tests.interop.as4.vectors`` writes them anew. Keys, ids, times, session keys, IVs and the
seeds of RSA-OAEP are fixed, so all octets are the same each time; only gzip may differ with zlib.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from bridge.envelope import Envelope
from bridge.resources import fixtures
from bridge.sandbox.worded_keys import WordedKeys
from bridge.transport.as4.content import MemorySink
from bridge.transport.as4.errors import EbmsError
from bridge.transport.as4.keys import LoadedDecrypter, LoadedSigner, load_key
from bridge.transport.as4.mime import Package, write_package
from bridge.transport.as4.pack import Making, OutgoingMessage, pack_message
from bridge.transport.as4.pmode import Peer, PModes
from bridge.transport.as4.receipt import write_receipt
from bridge.transport.as4.signal import SignalHead, write_errors
from bridge.transport.as4.trust import PeerTrust
from bridge.transport.as4.unpack import Policy, open_message
from tests.interop.as4.points import (
    LEGS,
    OWN,
    PDF,
    PKI,
    THEIRS,
    XML,
    authority,
    message,
    party,
    read_certificate,
    uncompressed,
)

FOLDER = fixtures() / "as4"
AT = datetime(2026, 3, 2, 9, 15, 27, 41_000, tzinfo=UTC)
WORDS = "Bridge, test vectors for AS4: a secret to nobody."
SOAP = "application/soap+xml; charset=UTF-8"
CHANCE = WordedKeys(WORDS)

Change = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Vector:
    """One HTTP body; ``expect`` is what its receiver says: accepted, or an ebMS error."""

    name: str
    what: str
    content_type: str
    body: bytes = field(repr=False)
    expect: str = "accepted"
    payloads: tuple[str, ...] = ()
    answers: str = ""


@cache
def signer(name: str, kind: str = "good") -> LoadedSigner:
    key = "next-key" if kind == "next" else "key"
    pem = b"".join((PKI / name / f"{each}.pem").read_bytes() for each in (key, kind))
    private, chain = load_key(pem + (PKI / "ca.pem").read_bytes(), None)
    return LoadedSigner(private, chain[:1] if kind == "unknown" else chain)


def decrypter(name: str) -> LoadedDecrypter:
    private, chain = load_key(
        (PKI / name / "key.pem").read_bytes() + (PKI / name / "good.pem").read_bytes(), None
    )
    return LoadedDecrypter(private, chain[0])


def peer(name: str, **changes: Any) -> Peer:
    """What the other side knows: pinned certificates, a path, a revocation list."""
    crl = x509.load_pem_x509_crl((PKI / "ca.crl").read_bytes())
    kinds = ("good", "expired", "not-yet-valid", "revoked", "unknown")
    pinned = tuple(read_certificate(name, kind) for kind in kinds)
    found = Peer(
        name=name,
        id=name,
        type=party(name).type,
        trust=PeerTrust(pinned, (authority(),), revocations=(crl,)),
        encryption=(read_certificate(name),),
    )
    return replace(found, **changes)


def policy() -> Policy:
    """What AP_FR_01 opens messages of AP_DE_01 with."""
    pmodes = PModes(((THEIRS, party(THEIRS).type),), (peer(OWN),), LEGS)
    return Policy(pmodes, (decrypter(THEIRS),), chance("receiver"), MemorySink)


def chance(name: str) -> Callable[[int], bytes]:
    numbers = count()
    return lambda size: CHANCE.octets(f"{name}/{next(numbers)}", size)


def making(name: str, by: LoadedSigner, draw: Callable[[int], bytes] | None = None) -> Making:
    numbers = count(1)
    return Making(by, draw or chance(name), lambda: f"{name}-{next(numbers):04d}", MemorySink)


def envelope(name: str, kind: str, *contents: tuple[str, bytes]) -> Envelope:
    found = message(OWN, THEIRS, kind, *contents)
    payloads = tuple(
        replace(each, content_id=f"{_hex(name, str(number))}@ap.example")
        for number, each in enumerate(found.payloads)
    )
    return replace(
        found,
        message_id=f"{name}@ap.example",
        timestamp=AT,
        conversation_id="b0b6c0b4-1f0e-4d4e-8c55-2e3f7a1c9d10",
        payloads=payloads,
    )


def _same(body: bytes) -> bytes:
    return body


@dataclass(frozen=True)
class Recipe:
    """How one user message is made."""

    name: str
    what: str
    kind: str = "request"
    contents: tuple[tuple[str, bytes], ...] = (("application/x-ebrs+xml", XML),)
    expect: str = "accepted"
    certificate: str = "good"
    peer: Mapping[str, Any] = field(default_factory=lambda: {"compress": uncompressed()})
    at: datetime = AT
    change: Change = _same
    draw: Callable[[int], bytes] | None = None

    def packed(self) -> OutgoingMessage:
        given = envelope(self.name, self.kind, *self.contents)
        pmodes = PModes(((OWN, party(OWN).type),), (peer(THEIRS, **self.peer),), LEGS)
        by = making(self.name, signer(OWN, self.certificate), self.draw)
        keys: list[bytes] = []

        def draw(size: int) -> bytes:
            keys.append(by.chance(size))
            return keys[-1]

        terms = pmodes.outgoing(given)
        sent = pack_message(given, terms, replace(by, chance=draw), self.at)
        soap = sent.package.soap
        if keys:
            soap = rewrapped(soap, keys[0], self.name)
        return replace(sent, package=Package(soap, sent.package.parts))

    def vector(self) -> Vector:
        package = self.packed().package
        body = write_package(package, f"boundary-{_hex(self.name)}", "soap@ap.example")
        octets = b"".join(body.chunks())
        changed = self.change(octets)
        digests = tuple(hashlib.sha256(data).hexdigest() for _, data in self.contents)
        payloads = digests if self.expect == "accepted" else ()
        return Vector(self.name, self.what, body.content_type, changed, self.expect, payloads)


def rewrapped(soap: bytes, key: bytes, name: str) -> bytes:
    """Replace the wrapped session key, which nothing signs, by one that is the same each time."""
    public = read_certificate(THEIRS).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    value = base64.b64encode(oaep(public, key, CHANCE.octets(f"{name}/seed", 32)))
    changed, times = re.subn(
        rb"(CipherValue>)[A-Za-z0-9+/=]+(<)", lambda found: found[1] + value + found[2], soap
    )
    assert times == 1
    return changed


def oaep(public: rsa.RSAPublicKey, plain: bytes, seed: bytes) -> bytes:
    """RSAES-OAEP of RFC 8017 with SHA-256 and a seed that is given."""
    size = public.key_size // 8
    block = hashlib.sha256(b"").digest() + bytes(size - len(plain) - 66) + b"\x01" + plain
    masked = _xor(block, _mask(seed, len(block)))
    encoded = b"\x00" + _xor(seed, _mask(masked, len(seed))) + masked
    numbers = public.public_numbers()
    return pow(int.from_bytes(encoded, "big"), numbers.e, numbers.n).to_bytes(size, "big")


def _mask(seed: bytes, size: int) -> bytes:
    found = b""
    for counter in range(-(-size // 32)):
        found += hashlib.sha256(seed + counter.to_bytes(4, "big")).digest()
    return found[:size]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _hex(*names: str) -> str:
    return hashlib.sha256("/".join(names).encode()).hexdigest()[:32]


def _flip_last(body: bytes) -> bytes:
    end = body.rindex(b"\r\n--")
    return body[: end - 1] + bytes([body[end - 1] ^ 1]) + body[end:]


def _replaced(old: bytes, new: bytes) -> Change:
    return lambda body: body.replace(old, new, 1)


def _without_security(body: bytes) -> bytes:
    return re.sub(rb"<wsse:Security .*</wsse:Security>", b"", body, flags=re.DOTALL)


XML_TYPE = "application/x-ebrs+xml"
PARTS = ((XML_TYPE, XML), ("application/pdf", PDF), ("application/xml", XML), ("image/png", b""))
LATE = timedelta(days=365)
RECIPES = (
    Recipe("request", "one payload, not compressed"),
    Recipe("request-compressed", "one payload, gzip", peer={}),
    Recipe("response", "four payloads, the last of no octets", "response", PARTS),
    Recipe("response-compressed", "the same, gzip", "response", PARTS, peer={}),
    Recipe("test-service", "the test service, a plain SOAP body", "test", ()),
    Recipe("path", "the certificate with its issuer, as a PKIPath",
           peer={"compress": uncompressed(), "token": "path"}),
    Recipe("payload-changed", "one bit of the last payload's tag", expect="EBMS:0102",
           change=_flip_last),
    Recipe("header-changed", "another original sender", expect="EBMS:0101",
           change=_replaced(b">C1-ID<", b">C2-ID<")),
    Recipe("body-changed", "an attribute at the SOAP body", expect="EBMS:0101",
           change=_replaced(b"<S12:Body ", b'<S12:Body x="1" ')),
    Recipe("not-signed", "no Security header", expect="EBMS:0103", change=_without_security),
    Recipe("not-encrypted", "signed, the payload in clear", expect="EBMS:0103",
           peer={"compress": uncompressed(), "encrypted": False}),
    Recipe("iv-of-zeros", "an initialisation vector that is no chance", expect="EBMS:0103",
           draw=lambda size: bytes(size) if size == 12 else CHANCE.octets("zeros", size)),
    Recipe("expired", "signed with an expired certificate", expect="EBMS:0101",
           certificate="expired", at=AT - timedelta(days=10)),
    Recipe("not-yet-valid", "signed with a certificate of the future", expect="EBMS:0101",
           certificate="not-yet-valid", at=AT + timedelta(days=365 * 20 - 1)),
    Recipe("revoked", "signed with a revoked certificate", expect="EBMS:0101",
           certificate="revoked"),
    Recipe("unknown", "signed with a certificate of another authority of the same name",
           expect="EBMS:0101", certificate="unknown"),
)  # fmt: skip
UNCOMPRESSED = tuple(each.name for each in RECIPES if each.peer)


def vectors() -> Iterator[Vector]:
    """Make all vectors: user messages, then signals of the receiver."""
    yield from (recipe.vector() for recipe in RECIPES)
    package = RECIPES[0].packed().package
    opened = open_message(package.soap, package.parts, policy(), AT)
    by = making("receipt", signer(THEIRS))
    receipt = write_receipt(opened, "receipt@ap.example", by, AT)
    yield Vector("receipt", "for request", SOAP, receipt, answers="request")
    head = SignalHead("error@ap.example", AT, "header-changed@ap.example")
    error = EbmsError(
        "EBMS:0101", "failure", "FailedAuthentication", "Processing", "security", head.answers
    )
    octets = write_errors(head, [error], making("error", signer(THEIRS)))
    yield Vector("error", "for header-changed", SOAP, octets, answers="header-changed")


def index(found: list[Vector]) -> str:
    """Write the table of vectors."""
    lines = ["# Made by tests/interop/as4/vectors.py; README.md says what the keys mean.", ""]
    lines += [f"at = {AT.isoformat().replace('+00:00', 'Z')}", ""]
    for each in found:
        rows = {
            "name": each.name,
            "what": each.what,
            "content-type": each.content_type,
            "expect": each.expect,
            "sha256": hashlib.sha256(each.body).hexdigest(),
        }
        if each.answers:
            rows["answers"] = each.answers
        lines.append("[[vector]]")
        lines += [f"{key} = {_quoted(value)}" for key, value in rows.items()]
        if each.payloads:
            lines += ["payloads = [", *(f"  {_quoted(digest)}," for digest in each.payloads), "]"]
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"


def _quoted(text: str) -> str:
    return "'" + text + "'" if '"' in text else f'"{text}"'


def main(folder: Path = FOLDER) -> None:
    found = list(vectors())
    for each in found:
        (folder / f"{each.name}.body").write_bytes(each.body)
    (folder / "vectors.toml").write_text(index(found), "utf-8")
    print(f"wrote {len(found)} vectors: {folder}", file=sys.stderr)


if __name__ == "__main__":
    main()
