"""An HTTP body to a package, fed in chunks of any size, within limits (as4 8.1).

Stricter than the RFCs where two readers of one body might see two messages: line ends are CRLF,
the SOAP part is the first, a content id stands once however it is spelled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from bridge.envelope import Content, OctetContent
from bridge.transport.as4.content import MemorySink, Sink, Sinks
from bridge.transport.as4.mime import (
    MOST_BOUNDARY,
    OCTETS_TYPE,
    RELATED_TYPE,
    SOAP_TYPE,
    Package,
    Part,
    inconsistent,
    read_media_type,
)
from bridge.transport.as4.transfer_encoding import DECODERS, Decoder


@dataclass(frozen=True, slots=True)
class MimeLimits:
    """What a body may hold: octets and counts."""

    octets: int = 700 << 20
    part_octets: int = 600 << 20
    soap_octets: int = 1 << 20
    parts: int = 29
    headers: int = 20
    line_octets: int = 1000
    header_octets: int = 8192
    preamble_octets: int = 1024


_HEADER: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*:[ \t]*(.*)", re.DOTALL)
_PADDING: Final = re.compile(rb"[ \t]*\r\n")
_MOST_PADDING: Final = 80
_CONTENT_ID: Final = re.compile(r"<([\x21-\x3B\x3D\x3F-\x7E]{1,255})>|([^<>\s]{1,255})", re.ASCII)
# A name that leads elsewhere once somebody makes a file of it; no product writes such ids.
_PATH: Final = re.compile(r"\\|\A/|(?:\A|/)\.{1,2}(?:/|\Z)")
_ONCE: Final = frozenset({"content-id", "content-type", "content-transfer-encoding"})


class PackageReader:
    """Reads one body: ``feed`` its chunks, then ``close``.

    Raises `RefusedMessage` (EBMS:0007) from any of the three; the reader is of no use after
    that, and ``abandon`` frees what it holds.
    """

    def __init__(self, content_type: str, sinks: Sinks, limits: MimeLimits) -> None:
        media = read_media_type(content_type)
        self._limits = limits
        self._sinks = sinks
        self._taken = 0
        # What is not read yet is self._buffer from self._at on; large chunks are never moved.
        self._buffer = b""
        self._at = 0
        self._soap: bytes | None = None
        self._parts: list[Part] = []
        self._ids: set[str] = set()
        self._part: _OpenPart | None = None
        self._start = media.parameters.get("start")
        if media.name == SOAP_TYPE:
            self._step: Callable[[], bool] = self._plain
            self._part = _OpenPart(
                "", SOAP_TYPE, MemorySink(), DECODERS["binary"](), limits.soap_octets
            )
            return
        if media.name != RELATED_TYPE:
            raise inconsistent("the body is neither SOAP 1.2 nor multipart/related")
        if media.parameters.get("type", SOAP_TYPE).lower() != SOAP_TYPE:
            raise inconsistent("the root of the package is declared to be no SOAP 1.2")
        boundary = media.parameters.get("boundary", "")
        if not 0 < len(boundary) <= MOST_BOUNDARY or not boundary.isascii():
            raise inconsistent("the boundary is missing or too long")
        self._delimiter = b"\r\n--" + boundary.encode("ascii")
        # The first delimiter may open the body without a line end of its own.
        self._buffer = b"\r\n"
        self._step = self._preamble

    def feed(self, octets: bytes) -> None:
        """Take the next octets of the body."""
        self._taken += len(octets)
        if self._taken > self._limits.octets:
            raise inconsistent("the body has more octets than are taken")
        self._buffer, self._at = self._buffer[self._at :] + octets, 0
        while self._step():
            pass

    def close(self) -> Package:
        """Give the package; the body must be complete."""
        if self._step == self._plain:
            self._end_part()
        elif self._step != self._epilogue:
            raise inconsistent("the body ends before its closing delimiter")
        if self._soap is None:
            raise inconsistent("the package has no SOAP part")
        return Package(self._soap, tuple(self._parts))

    def abandon(self) -> None:
        """Free what is held of a body that is not read to its end."""
        if self._part is not None:
            self._part.sink.discard()
            self._part = None
        self._parts.clear()

    def _plain(self) -> bool:
        self._pass_on(self._left)
        return False

    @property
    def _left(self) -> int:
        return len(self._buffer) - self._at

    def _preamble(self) -> bool:
        found = self._buffer.find(self._delimiter, self._at) - self._at
        if found < 0:
            if self._left > self._limits.preamble_octets + len(self._delimiter):
                raise inconsistent("the first delimiter does not come")
            return False
        if found > self._limits.preamble_octets:
            raise inconsistent("the first delimiter does not come")
        self._at += found + len(self._delimiter)
        self._step = self._after_delimiter
        return True

    def _after_delimiter(self) -> bool:
        if self._buffer.startswith(b"--", self._at):
            if self._soap is None:
                raise inconsistent("the package has no part")
            self._step = self._epilogue
            return True
        padding = _PADDING.match(self._buffer, self._at)
        if padding is None:
            if self._left > _MOST_PADDING or self._buffer[self._at :].strip(b" \t\r\n-"):
                raise inconsistent("a delimiter is followed by something else")
            return False
        self._at = padding.end()
        if len(self._parts) + (self._soap is not None) >= self._limits.parts:
            raise inconsistent("the package has more parts than are taken", security=True)
        self._step = self._headers
        return True

    def _headers(self) -> bool:
        if self._buffer.startswith(b"\r\n", self._at):
            block, end = b"", self._at + 2
        else:
            end = self._buffer.find(b"\r\n\r\n", self._at)
            if end < 0:
                if self._left > self._limits.header_octets:
                    raise inconsistent("the headers of a part are too long")
                return False
            block, end = self._buffer[self._at : end], end + 4
        self._at = end
        self._begin_part(self._read_headers(block))
        self._step = self._content
        return True

    def _content(self) -> bool:
        found = self._buffer.find(self._delimiter, self._at) - self._at
        if found < 0:
            self._pass_on(self._left - len(self._delimiter) + 1)
            return False
        self._pass_on(found)
        self._at += len(self._delimiter)
        self._end_part()
        self._step = self._after_delimiter
        return True

    def _epilogue(self) -> bool:
        # Ignored as RFC 2046 says; its length counts for the body.
        self._buffer, self._at = b"", 0
        return False

    def _pass_on(self, octets: int) -> None:
        if octets > 0 and self._part is not None:
            end = self._at + octets
            taken = self._buffer[self._at : end]
            self._at = end
            self._part.write(taken)

    def _read_headers(self, block: bytes) -> dict[str, str]:
        if len(block) > self._limits.header_octets:
            raise inconsistent("the headers of a part are too long")
        headers: dict[str, str] = {}
        lines = re.sub(rb"\r\n(?=[ \t])", b"", block).split(b"\r\n") if block else []
        if len(lines) > self._limits.headers:
            raise inconsistent("a part has more headers than are taken")
        if any(len(line) > self._limits.line_octets for line in lines):
            raise inconsistent("a header of a part is too long")
        for line in lines:
            found = _HEADER.fullmatch(line)
            if found is None or b"\n" in line or b"\r" in line or b"\0" in line:
                raise inconsistent("a header of a part cannot be read")
            name = found[1].decode("ascii").lower()
            if name in _ONCE and name in headers:
                raise inconsistent("a header of a part stands twice", security=True)
            headers[name] = found[2].decode("latin-1").strip()
        return headers

    def _begin_part(self, headers: Mapping[str, str]) -> None:
        media = read_media_type(headers.get("content-type", OCTETS_TYPE))
        if media.name.startswith(("multipart/", "message/")):
            raise inconsistent("a part holds further parts", security=True)
        encoding = headers.get("content-transfer-encoding", "binary").lower()
        if encoding not in DECODERS:
            raise inconsistent("the transfer encoding of a part is unknown")
        content_id = self._content_id(headers.get("content-id"))
        if self._soap is None:
            if media.name != SOAP_TYPE:
                raise inconsistent("the first part is no SOAP 1.2")
            if self._start is not None and self._start.strip("<> ") != content_id:
                raise inconsistent("the part that the package starts with is not the first")
            sink: Sink = MemorySink()
            most = self._limits.soap_octets
        else:
            if not content_id:
                raise inconsistent("a part has no Content-ID")
            sink, most = self._sinks(), self._limits.part_octets
        text = headers.get("content-type", OCTETS_TYPE)
        self._part = _OpenPart(content_id, text, sink, DECODERS[encoding](), most)

    def _content_id(self, text: str | None) -> str:
        if text is None:
            return ""
        found = _CONTENT_ID.fullmatch(text)
        if found is None or not text.isascii() or not text.isprintable():
            raise inconsistent("the Content-ID of a part cannot be read")
        content_id = found[1] or found[2]
        # References are URL-decoded by many: two spellings of one id would name two parts.
        spelled = unquote(content_id)
        if _PATH.search(spelled) or not spelled.isprintable():
            raise inconsistent("the Content-ID of a part is a path", security=True)
        if spelled in self._ids:
            raise inconsistent("two parts have the same Content-ID", security=True)
        self._ids.add(spelled)
        return content_id

    def _end_part(self) -> None:
        part = self._part
        if part is None:
            return
        content = part.end()
        self._part = None
        if self._soap is None:
            # The root goes to a MemorySink, which gives octets in memory.
            self._soap = content.octets if isinstance(content, OctetContent) else b""
        else:
            self._parts.append(Part(part.content_id, content, part.media_type))


class _OpenPart:
    """The part that is being read: decoded and counted on its way into its sink."""

    def __init__(
        self, content_id: str, media_type: str, sink: Sink, decoder: Decoder, most: int
    ) -> None:
        self.content_id = content_id
        self.media_type = media_type
        self.sink = sink
        self._decoder = decoder
        self._room = most

    def write(self, octets: bytes) -> None:
        self._room -= len(octets)
        if self._room < 0:
            raise inconsistent("a part has more octets than are taken", security=True)
        self.sink.write(self._decoder.update(octets))

    def end(self) -> Content:
        self.sink.write(self._decoder.finish())
        return self.sink.close()
