"""Content-Transfer-Encodings, undone while the octets arrive (as4 8.1, row 8)."""

from __future__ import annotations

import base64
import binascii
import quopri
from collections.abc import Mapping
from typing import Final, Protocol

from bridge.transport.as4.mime import inconsistent

_MOST_LINE: Final = 1 << 16


class Decoder(Protocol):
    """Gives decoded octets; raises `RefusedMessage` (EBMS:0007) for what is not encoded so."""

    def update(self, octets: bytes) -> bytes:
        """Take octets, give what they decode to so far."""
        ...

    def finish(self) -> bytes:
        """Give the rest."""
        ...


class _Plain:
    def update(self, octets: bytes) -> bytes:
        return octets

    def finish(self) -> bytes:
        return b""


class _Base64:
    def __init__(self) -> None:
        self._rest = b""
        self._ended = False

    def update(self, octets: bytes) -> bytes:
        text = self._rest + octets.translate(None, b" \t\r\n")
        whole = len(text) - len(text) % 4
        self._rest = text[whole:]
        if not whole:
            return b""
        if self._ended:
            raise inconsistent("base64 goes on after its end")
        self._ended = text[:whole].endswith(b"=")
        try:
            return base64.b64decode(text[:whole], validate=True)
        except binascii.Error:
            raise inconsistent("a part is no sound base64") from None

    def finish(self) -> bytes:
        if self._rest:
            raise inconsistent("a part is no sound base64")
        return b""


class _QuotedPrintable:
    def __init__(self) -> None:
        self._rest = b""

    def update(self, octets: bytes) -> bytes:
        lines, end, self._rest = (self._rest + octets).rpartition(b"\n")
        if len(self._rest) > _MOST_LINE:
            raise inconsistent("a quoted-printable line is too long")
        return quopri.decodestring(lines + end)

    def finish(self) -> bytes:
        return quopri.decodestring(self._rest)


DECODERS: Final[Mapping[str, type[Decoder]]] = {
    "binary": _Plain,
    "8bit": _Plain,
    "7bit": _Plain,
    "base64": _Base64,
    "quoted-printable": _QuotedPrintable,
}
