"""A message that leaves: compress, digest, encrypt, sign; kept as it is for every attempt.

What comes out is octets: a retry sends them again, so the receipt for the first copy fits the
second, and no session key outlives the making (as4 6.2).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from lxml import etree

from bridge.envelope import Envelope
from bridge.errors import LocalFault
from bridge.transport.as4.algorithms import KEY_OCTETS
from bridge.transport.as4.compression import GZIP
from bridge.transport.as4.content import Chance, Sinks
from bridge.transport.as4.encryption import write_encryption
from bridge.transport.as4.header import PartInfo, UserMessage, write_user_message
from bridge.transport.as4.keyinfo import TokenKind, write_reference, write_token
from bridge.transport.as4.keys import Signer
from bridge.transport.as4.mime import OCTETS_TYPE, Package, Part
from bridge.transport.as4.pmode import Terms
from bridge.transport.as4.signature import SignedReference, references_of, write_signature
from bridge.transport.as4.soap import Soap, new_envelope, to_octets
from bridge.transport.as4.streams import pack, random_iv
from bridge.transport.as4.suites import Suite

Ids: TypeAlias = Callable[[], str]
"""Gives a new unforeseeable name each time, of letters, digits and hyphens: a UUID."""


@dataclass(frozen=True, slots=True)
class Making:
    """What a message is made with besides its content: our key, chance, ids, and sinks."""

    signer: Signer
    chance: Chance = field(repr=False)
    ids: Ids
    sinks: Sinks


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message ready for any number of attempts.

    ``references`` are what was signed: a receipt has to name exactly these (as4 4.2).
    """

    message_id: str
    peer: str
    package: Package
    references: tuple[SignedReference, ...]


def pack_message(
    envelope: Envelope, terms: Terms, making: Making, now: datetime
) -> OutgoingMessage:
    """Make a message of an envelope.

    Payloads are compressed as the terms say, always signed, and encrypted for the newest valid
    certificate of the peer. Raises `LocalFault` where there is none, where our own is not valid,
    or an id is unfit.
    """
    peer = terms.peer
    soap = new_envelope(envelope.message_id)
    write_user_message(soap.messaging, _header(envelope, terms))
    encrypt = peer.encrypted and bool(envelope.payloads)
    recipient = peer.recipient(now) if encrypt else None
    session_key = making.chance(KEY_OCTETS) if encrypt else None
    parts, digests, types = [], [], []
    for payload in envelope.payloads:
        iv = random_iv(making.chance) if encrypt else b""
        packed = pack(
            payload.content, making.sinks(), key=session_key, iv=iv, compress=terms.compress
        )
        # Raw octets are what is digested: a type of XML or text would ask for another form.
        types.append((payload.content_id, GZIP if terms.compress else OCTETS_TYPE))
        digests.append((payload.content_id, packed.digest))
        parts.append(Part(payload.content_id, packed.content, _wire_type(encrypt, terms)))
    if session_key is not None and recipient is not None:
        write_encryption(
            soap,
            peer.suite.wrapping,
            session_key,
            (recipient,),
            types,
            "certificate",
            making.chance,
            [making.ids() for _ in range(len(types) + 1)],
        )
    references = references_of(sign(soap, digests, making, peer.suite, peer.token, now))
    package = Package(to_octets(soap), tuple(parts))
    return OutgoingMessage(envelope.message_id, peer.name, package, references)


def sign(
    soap: Soap,
    digests: Sequence[tuple[str, bytes]],
    making: Making,
    suite: Suite,
    kind: TokenKind,
    now: datetime,
) -> etree._Element:
    """Append our token and the signature over Body, Messaging and attachments: SignedInfo.

    Raises `LocalFault` where our own certificate is not valid: no peer would take it.
    """
    assert soap.security is not None
    own = making.signer.certificates[0]
    if not own.not_valid_before_utc <= now <= own.not_valid_after_utc:
        raise LocalFault(
            "our own signing certificate is not valid now",
            code="AS4-OWN-CERTIFICATE",
            remedy="Put the new key and certificate in place.",
        )
    identifier = making.ids()
    write_token(soap.security, f"X509-{identifier}", making.signer.certificates, kind)
    return write_signature(
        soap,
        digests,
        making.signer,
        suite.signature,
        identifier,
        lambda parent: write_reference(parent, f"X509-{identifier}", kind),
    )


def _header(envelope: Envelope, terms: Terms) -> UserMessage:
    parts = tuple(
        PartInfo(each.content_id, each.media_type, terms.compress, each.charset, each.properties)
        for each in envelope.payloads
    )
    return UserMessage(envelope, parts)


def _wire_type(encrypt: bool, terms: Terms) -> str:
    return GZIP if terms.compress and not encrypt else OCTETS_TYPE
