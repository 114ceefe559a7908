"""A message that arrives: every check of as4 8.2 to 8.5, and what the signature covered.

The sender is proved before anything is decrypted or unpacked: SignedInfo stands in clear, so a
stranger reaches neither our private key nor gzip (docs/decisions/0021).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from bridge.envelope import Content, Envelope, Payload
from bridge.errors import RefusedMessage
from bridge.transport.as4.algorithms import KEY_OCTETS
from bridge.transport.as4.compression import Bounds
from bridge.transport.as4.content import Chance, Sinks
from bridge.transport.as4.encryption import Encryption, read_encryption
from bridge.transport.as4.header import (
    PartInfo,
    UserMessage,
    claimed_id,
    inconsistent,
    read_user_message,
)
from bridge.transport.as4.keys import Decrypter
from bridge.transport.as4.mime import OCTETS_TYPE, Part
from bridge.transport.as4.pmode import Peer, PModes, Terms
from bridge.transport.as4.shape import noncompliant, undecryptable
from bridge.transport.as4.signature import (
    Signature,
    SignedReference,
    check_nodes,
    check_value,
    read_signature,
)
from bridge.transport.as4.soap import Soap, check_empty_body, read_soap
from bridge.transport.as4.streams import Unpacking, read_iv, unpack

_MOST_MESSAGE: Final = 500 << 20
_DECLARATION: Final = re.compile(
    rb"""(?:\xef\xbb\xbf)?<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']"""
)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a message is opened with: agreements, our keys, chance, sinks, bounds.

    ``bounds`` are those of one payload, ``most`` the octets of all payloads unpacked.
    """

    pmodes: PModes
    decrypters: tuple[Decrypter, ...]
    chance: Chance = field(repr=False)
    sinks: Sinks
    bounds: Bounds = field(default_factory=Bounds)
    most: int = _MOST_MESSAGE


@dataclass(frozen=True, slots=True)
class VerifiedMessage:
    """What the signature of a known peer covered, and nothing else of the message.

    ``envelope`` has the payloads as they were before compression. ``references`` go into the
    receipt; ``fingerprint`` tells a retry from another message under the same id (as4 8.6).
    """

    envelope: Envelope
    terms: Terms
    certificate: x509.Certificate
    references: tuple[SignedReference, ...]

    @property
    def fingerprint(self) -> bytes:
        """A digest of what was signed and by whom: a retry has the same, a forgery has not."""
        digest = hashlib.sha256(self.certificate.public_bytes(Encoding.DER))
        for each in sorted(self.references, key=lambda each: each.uri):
            digest.update(each.xml)
        return digest.digest()


def open_message(
    soap_octets: bytes, parts: Sequence[Part], policy: Policy, now: datetime
) -> VerifiedMessage:
    """Check, decrypt and unpack one user message.

    Raises `RefusedMessage` with the ebMS error that the sender gets, and the message id where it
    could be read. ``parts`` are the MIME parts beside the SOAP part; none may be left over.
    """
    soap = read_soap(soap_octets)
    try:
        return _open(soap, parts, policy, now)
    except RefusedMessage as fault:
        raise fault.of(claimed_id(soap.messaging)) from fault


def _open(soap: Soap, parts: Sequence[Part], policy: Policy, now: datetime) -> VerifiedMessage:
    message = read_user_message(soap.messaging)
    check_empty_body(soap)
    terms = policy.pmodes.incoming(message.envelope, now)
    by_id = _attachments(message, parts)
    signature = read_signature(soap, terms.peer.suite.signature)
    encryption = read_encryption(soap, terms.peer.suite.wrapping)
    digests = _signed(signature, by_id)
    types = _encrypted(encryption, by_id, terms.peer)
    certificate = authenticate(signature, terms.peer, now)
    key = None if encryption is None else _session_key(encryption, policy)
    contents = _contents(message, by_id, digests, types, key, policy)
    envelope = replace(message.envelope, payloads=contents)
    return VerifiedMessage(envelope, terms, certificate, signature.references)


def authenticate(signature: Signature, peer: Peer, now: datetime) -> x509.Certificate:
    """Prove that the peer signed Body and Messaging; give its certificate (EBMS:0101)."""
    chain = signature.key.find(peer.trust.pinned)
    if not chain:
        raise _unauthentic("the certificate is not one of the peer's")
    objection = peer.trust.objection(chain, now)
    if objection is not None:
        raise _unauthentic(f"the certificate: {objection}")
    check_value(signature, chain[0].public_key())
    check_nodes(signature)
    return chain[0]


def _attachments(message: UserMessage, parts: Sequence[Part]) -> dict[str, Part]:
    """Pair PartInfo and MIME parts, each with exactly one; give the parts by content id."""
    by_id = {part.content_id: part for part in parts}
    if len({unquote(each) for each in by_id}) != len(parts):
        raise RefusedMessage("two parts have the same id", code="EBMS:0007", security=True)
    named = [_resolve(each.href, by_id) for each in message.parts]
    if None in named:
        raise RefusedMessage("a PartInfo has no part", code="EBMS:0011", security=True)
    if len(set(named)) != len(named) or len(named) != len(by_id):
        raise RefusedMessage("a part has no PartInfo of its own", code="EBMS:0011", security=True)
    return by_id


def _resolve(uri: str, known: Mapping[str, object]) -> str | None:
    """Give the content id that a ``cid:`` reference names, as written or else URL-decoded."""
    content_id = uri.removeprefix("cid:")
    if content_id in known:
        return content_id
    decoded = unquote(content_id)
    return decoded if decoded in known else None


def _signed(signature: Signature, by_id: Mapping[str, Part]) -> dict[str, bytes]:
    """Give the signed digest of each part; every part needs one, and none may be left over."""
    digests: dict[str, bytes] = {}
    for uri, digest in signature.attachments:
        content_id = _resolve(uri, by_id)
        if content_id is None or content_id in digests:
            raise noncompliant("a signature reference leads to no part of its own", security=True)
        digests[content_id] = digest
    if digests.keys() != by_id.keys():
        raise noncompliant("a part is not signed", security=True)
    return digests


def _encrypted(
    encryption: Encryption | None, by_id: Mapping[str, Part], peer: Peer
) -> dict[str, str]:
    """Give the media type of each part once decrypted; all parts are encrypted, or none is."""
    if encryption is None:
        if by_id and peer.encrypted:
            raise noncompliant("the payloads are not encrypted", security=True)
        return {content_id: part.media_type for content_id, part in by_id.items()}
    types: dict[str, str] = {}
    for uri, media_type in encryption.parts:
        content_id = _resolve(uri, by_id)
        if content_id is None or content_id in types:
            raise undecryptable()
        # Without a type the part's own header counts, which says octets (as4 3.5).
        types[content_id] = media_type or OCTETS_TYPE
    if types.keys() != by_id.keys():
        raise noncompliant("a part is not encrypted", security=True)
    return types


def _session_key(encryption: Encryption, policy: Policy) -> bytes:
    """Open the session key; where that fails, go on with one that opens nothing.

    So an unsound key and an unsound part look the same from outside (as4 8.4, row 26).
    """
    other = policy.chance(KEY_OCTETS)
    named = [each for each in policy.decrypters if encryption.key.recipient.names(each.certificate)]
    if not named:
        raise undecryptable()
    try:
        key = encryption.key.open(named[0])
    except ValueError:
        return other
    return key if len(key) == KEY_OCTETS else other


def _contents(
    message: UserMessage,
    by_id: Mapping[str, Part],
    digests: Mapping[str, bytes],
    types: Mapping[str, str],
    key: bytes | None,
    policy: Policy,
) -> tuple[Payload, ...]:
    """Unpack all parts in the order of the header."""
    if key is not None:
        _check_ivs(by_id)
    room, payloads = policy.most, []
    for info in message.parts:
        content_id = _resolve(info.href, by_id) or ""
        bounds = replace(policy.bounds, octets=min(policy.bounds.octets, room))
        wanted = Unpacking(types[content_id], digests[content_id], info.compressed, bounds)
        content = unpack(by_id[content_id].content, policy.sinks, key, wanted)
        room -= content.size
        payloads.append(_payload(info, content))
    return tuple(payloads)


def _check_ivs(by_id: Mapping[str, Part]) -> None:
    """Refuse an IV that was used twice with this key, or is no chance at all (EBMS:0103)."""
    ivs = [read_iv(part.content) for part in by_id.values()]
    if len(set(ivs)) != len(ivs) or any(not any(iv) for iv in ivs):
        raise noncompliant("an initialisation vector is used twice or all zero", security=True)


def _payload(info: PartInfo, content: Content) -> Payload:
    if info.charset:
        _check_declaration(info.charset, content)
    return Payload(
        info.content_id, info.media_type or OCTETS_TYPE, content, info.charset, info.properties
    )


def _check_declaration(charset: str, content: Content) -> None:
    """Refuse a CharacterSet that the XML itself contradicts (as4 8.5, row 34)."""
    with closing(content.open()) as stream:
        found = _DECLARATION.match(stream.read(200))
    declared = found[1].decode("ascii") if found else charset
    if declared.lower() != charset.lower():
        raise inconsistent("a payload declares another encoding than its PartInfo")


def _unauthentic(what: str) -> RefusedMessage:
    return RefusedMessage(what, code="EBMS:0101", security=True)
