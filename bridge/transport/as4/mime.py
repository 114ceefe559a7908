"""A package: the SOAP octets and the parts beside them, and how both become one HTTP body.

Written by hand: the generators of the standard library fold headers and change line ends
(as4 13). Parts stand in the order of the header's PartInfo, the SOAP part first (as4 1.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from bridge.envelope import Content
from bridge.errors import LocalFault, RefusedMessage
from bridge.transport.as4.content import CHUNK

SOAP_TYPE: Final = "application/soap+xml"
RELATED_TYPE: Final = "multipart/related"
OCTETS_TYPE: Final = "application/octet-stream"

MOST_BOUNDARY: Final = 200
"""Characters of a boundary that are read; RFC 2046 has 70 (as4 8.1, row 3)."""
_WRITTEN_ID: Final = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9._-]+")
_MOST_WRITTEN_LINE: Final = 300
_TOKEN: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_MEDIA: Final = re.compile(rf"\s*({_TOKEN}/{_TOKEN})\s*")
# A value may be any run of printable characters: boundaries with a colon come without quotes.
_PARAMETER: Final = re.compile(rf';\s*({_TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))\s*')


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type in lower case, and its parameters by name in lower case."""

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """One MIME part beside the SOAP part.

    ``content_id`` is without angle brackets, ``media_type`` as the part's header says; for an
    encrypted part that is no statement about its content.
    """

    content_id: str
    content: Content
    media_type: str = OCTETS_TYPE


@dataclass(frozen=True, slots=True)
class Package:
    """What one HTTP body carries."""

    soap: bytes = field(repr=False)
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """An HTTP body ready to leave: its ``Content-Type``, its length in octets, its chunks."""

    content_type: str
    length: int
    _pieces: tuple[bytes | Content, ...] = field(repr=False)

    def chunks(self) -> Iterator[bytes]:
        """Give the octets in order; each call starts anew."""
        for piece in self._pieces:
            if isinstance(piece, bytes):
                yield piece
                continue
            with piece.open() as stream:
                while chunk := stream.read(CHUNK):
                    yield chunk


def write_package(package: Package, boundary: str, root_id: str) -> Body:
    """Lay out a package: plain SOAP without parts, else ``multipart/related`` (as4 1.1, 1.2).

    ``boundary`` must be unforeseeable, as no content is searched for it; ``root_id`` is the
    content id of the SOAP part. Raises `LocalFault` for a content id that peers misread.
    """
    if not package.parts:
        return Body(f"{SOAP_TYPE}; charset=UTF-8", len(package.soap), (package.soap,))
    delimiter = f"--{boundary}\r\n".encode("ascii")
    head = _part_headers(f"{SOAP_TYPE}; charset=UTF-8", root_id)
    pieces: list[bytes | Content] = [delimiter + head, package.soap]
    for part in package.parts:
        pieces += [b"\r\n" + delimiter + _part_headers(part.media_type, part.content_id)]
        pieces += [part.content]
    pieces.append(f"\r\n--{boundary}--\r\n".encode("ascii"))
    length = sum(len(each) if isinstance(each, bytes) else each.size for each in pieces)
    content_type = (
        f'{RELATED_TYPE}; type="{SOAP_TYPE}"; boundary="{boundary}"; '
        f'start="<{root_id}>"; start-info="{SOAP_TYPE}"'
    )
    return Body(content_type, length, tuple(pieces))


def is_written_id(content_id: str) -> bool:
    """Tell whether every known product reads a content id as it stands (as4 1.2, cid decoding)."""
    return _WRITTEN_ID.fullmatch(content_id) is not None


def _part_headers(media_type: str, content_id: str) -> bytes:
    lines = (
        f"Content-Type: {media_type}",
        "Content-Transfer-Encoding: binary",
        f"Content-ID: <{content_id}>",
    )
    if not is_written_id(content_id) or any(len(line) >= _MOST_WRITTEN_LINE for line in lines):
        raise LocalFault("a content id is one that peers misread", code="AS4-CONTENT-ID")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def read_media_type(text: str) -> MediaType:
    """Read a ``Content-Type``; parameters in any order, quoted or not, each at most once.

    Raises `RefusedMessage` (EBMS:0007).
    """
    found = _MEDIA.match(text)
    if found is None or len(text) > 1000:
        raise inconsistent("a Content-Type cannot be read")
    position = found.end()
    parameters: dict[str, str] = {}
    while position < len(text):
        parameter = _PARAMETER.match(text, position)
        if parameter is None:
            if text[position:].strip(" \t;"):
                raise inconsistent("a parameter of a Content-Type cannot be read")
            break
        name, quoted, plain = parameter.groups()
        if name.lower() in parameters:
            raise inconsistent("a parameter of a Content-Type stands twice")
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain
        parameters[name.lower()] = value
        position = parameter.end()
    return MediaType(found.group(1).lower(), parameters)


def inconsistent(what: str, *, security: bool = False) -> RefusedMessage:
    """Make the fault of a body that is no sound package (EBMS:0007)."""
    return RefusedMessage(what, code="EBMS:0007", security=security)
