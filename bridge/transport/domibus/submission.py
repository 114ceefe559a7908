"""A submission as octets: payloads inside as base64, or beside the envelope as MTOM parts.

Both are produced piece by piece from the payloads' own streams, so a submission never costs more
memory than one piece, and both know their length before the first octet leaves.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from bridge.envelope import Content, Envelope
from bridge.errors import LocalFault
from bridge.names import clark
from bridge.transport.domibus import header, soap
from bridge.transport.domibus.dialect import XOP, Dialect

PIECE: Final = 3 << 16
"""Octets read at a time; a multiple of three, so that pieces of base64 join without padding."""

_SLOT: Final = "payload"


@dataclass(frozen=True, slots=True)
class Base64:
    """Content that is written as base64."""

    content: Content

    @property
    def length(self) -> int:
        """The number of characters."""
        return (self.content.size + 2) // 3 * 4

    def chunks(self) -> Iterator[bytes]:
        """Give the characters in pieces."""
        for octets in read(self.content):
            yield base64.b64encode(octets)


@dataclass(frozen=True, slots=True)
class Raw:
    """Content that is written as it is."""

    content: Content

    @property
    def length(self) -> int:
        """The number of octets."""
        return self.content.size

    def chunks(self) -> Iterator[bytes]:
        """Give the octets in pieces."""
        return read(self.content)


@dataclass(frozen=True, slots=True)
class Text:
    """Octets of our own between contents."""

    octets: bytes = field(repr=False)

    @property
    def length(self) -> int:
        """The number of octets."""
        return len(self.octets)

    def chunks(self) -> Iterator[bytes]:
        """Give the octets in one piece."""
        if self.octets:
            yield self.octets


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request body with its media type."""

    content_type: str
    pieces: tuple[Text | Base64 | Raw, ...]

    @property
    def length(self) -> int:
        """The number of octets of the whole."""
        return sum(piece.length for piece in self.pieces)

    def chunks(self) -> Iterator[bytes]:
        """Give the whole in pieces; every call begins anew."""
        for piece in self.pieces:
            yield from piece.chunks()


def read(content: Content) -> Iterator[bytes]:
    """Read content in pieces of ``PIECE`` octets; only the last one is shorter."""
    with content.open() as stream:
        while octets := stream.read(PIECE):
            yield octets


def plain(body: etree._Element) -> Outgoing:
    """Put a small operation into an envelope."""
    return Outgoing(soap.CONTENT_TYPE, (Text(soap.write(body)),))


def inline(dialect: Dialect, envelope: Envelope, most: int) -> Outgoing:
    """Write a submission with its payloads inside.

    Domibus holds such a request in memory several times over, so ``LocalFault``
    (``DOMIBUS-SIZE``) is raised where the payloads have more than ``most`` octets.
    """
    if sum(payload.content.size for payload in envelope) > most:
        raise LocalFault(
            f"the payloads have more than {most} octets",
            remedy="Switch MTOM on, here and in the properties of the plug-in.",
            code="DOMIBUS-SIZE",
        )
    request = _request(dialect, envelope)
    for number, value in enumerate(request.iter("value")):
        value.append(etree.ProcessingInstruction(_SLOT, str(number)))
    octets = soap.write(request, header.write(envelope))
    pieces: list[Text | Base64 | Raw] = []
    # A "<?" can stand nowhere in what we wrote but at these places: in texts it is escaped.
    for number, payload in enumerate(envelope):
        before, _, octets = octets.partition(f"<?{_SLOT} {number}?>".encode())
        pieces += [Text(before), Base64(payload.content)]
    return Outgoing(soap.CONTENT_TYPE, (*pieces, Text(octets)))


def related(dialect: Dialect, envelope: Envelope) -> Outgoing:
    """Write a submission with its payloads as parts beside it (MTOM, XOP).

    The boundary comes from the message id, which nobody knows beforehand who could put it into a
    payload; and the octets are the same for each attempt.
    """
    request = _request(dialect, envelope)
    names = [f"payload-{number}@xop" for number, _ in enumerate(envelope)]
    for name, value in zip(names, request.iter("value"), strict=True):
        # A prefix of its own: lxml would call it ns0, which some logs cut out as a default.
        include = etree.SubElement(value, clark(XOP, "Include"), nsmap={"xop": XOP})
        include.set("href", f"cid:{name}")
    octets = soap.write(request, header.write(envelope))
    boundary = f"bridge-{hashlib.sha256(envelope.message_id.encode()).hexdigest()[:40]}"
    pieces: list[Text | Base64 | Raw] = [
        Text(_part(boundary, "envelope@xop", f'{_XOP_TYPE}; charset=UTF-8; type="{_SOAP_TYPE}"')),
        Text(octets),
    ]
    for name, payload in zip(names, envelope, strict=True):
        pieces += [
            Text(b"\r\n" + _part(boundary, name, "application/octet-stream")),
            Raw(payload.content),
        ]
    pieces.append(Text(f"\r\n--{boundary}--\r\n".encode()))
    return Outgoing(
        f'multipart/related; type="{_XOP_TYPE}"; start="<envelope@xop>"; '
        f'start-info="{_SOAP_TYPE}"; boundary="{boundary}"',
        tuple(pieces),
    )


_XOP_TYPE: Final = "application/xop+xml"
_SOAP_TYPE: Final = "application/soap+xml"


def _part(boundary: str, name: str, content_type: str) -> bytes:
    return (
        f"--{boundary}\r\n"
        f"Content-Type: {content_type}\r\n"
        "Content-Transfer-Encoding: binary\r\n"
        f"Content-ID: <{name}>\r\n\r\n"
    ).encode()


def _request(dialect: Dialect, envelope: Envelope) -> etree._Element:
    request = etree.Element(
        clark(dialect.namespace, "submitRequest"), nsmap={"W": dialect.namespace}
    )
    for payload in envelope:
        element = etree.SubElement(request, "payload")
        element.set("payloadId", f"cid:{payload.content_id}")
        element.set("contentType", payload.media_type or header.DEFAULT_MEDIA_TYPE)
        etree.SubElement(element, "value")
    return request
