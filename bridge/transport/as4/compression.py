"""Payload compression: gzip that is the same octets each time, and gunzip with bounds.

A retry must carry the octets of the first attempt (as4 6.2), so the header names no time. A
stranger's gzip may claim anything: what counts is what comes out (as4 8.5, row 33).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

from bridge.errors import RefusedMessage

GZIP: Final = "application/gzip"
"""The one compression type (as4 1.4)."""

_GZIP_WINDOW: Final = zlib.MAX_WBITS | 16
_STEP: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one payload may unpack to: octets, and the ratio once ``free`` octets came out."""

    octets: int = 200 << 20
    ratio: int = 200
    free: int = 1 << 20


class Compressor:
    """Gzip in steps. zlib itself writes the header, with time 0 and no name."""

    def __init__(self, level: int = 6) -> None:
        self._deflate = zlib.compressobj(level, zlib.DEFLATED, _GZIP_WINDOW)

    def update(self, octets: bytes) -> bytes:
        """Take octets, give what is ready."""
        return self._deflate.compress(octets)

    def finish(self) -> bytes:
        """Give the rest."""
        return self._deflate.flush()


class Decompressor:
    """Gunzip in steps, of a single member, within bounds.

    Raises `RefusedMessage` (EBMS:0303). After that it must not be used again.
    """

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._inflate = zlib.decompressobj(_GZIP_WINDOW)
        self._taken = 0
        self._given = 0

    def update(self, octets: bytes) -> list[bytes]:
        """Take octets, give what they unpack to, in pieces of bounded size."""
        if octets and self._inflate.eof:
            raise _broken("octets follow the end of the gzip stream")
        self._taken += len(octets)
        pieces = []
        while octets and not self._inflate.eof:
            try:
                piece = self._inflate.decompress(octets, _STEP)
            except zlib.error:
                raise _broken("it is no sound gzip stream") from None
            octets = self._inflate.unconsumed_tail
            if piece:
                self._count(len(piece))
                pieces.append(piece)
        if self._inflate.unused_data:
            raise _broken("octets follow the end of the gzip stream")
        return pieces

    def finish(self) -> list[bytes]:
        """Give the rest; refuse a stream that ends too early."""
        pieces = []
        # What did not fit into the last step is still inside zlib.
        while not self._inflate.eof:
            try:
                piece = self._inflate.decompress(b"", _STEP)
            except zlib.error:
                raise _broken("it is no sound gzip stream") from None
            if not piece:
                break
            self._count(len(piece))
            pieces.append(piece)
        if not self._inflate.eof:
            raise _broken("the gzip stream ends too early")
        return pieces

    def _count(self, octets: int) -> None:
        self._given += octets
        if self._given > self._bounds.octets:
            raise _broken("it unpacks to more octets than are taken", security=True)
        if self._given > max(self._bounds.free, self._bounds.ratio * self._taken):
            raise _broken("it unpacks to suspiciously many octets", security=True)


def _broken(what: str, *, security: bool = False) -> RefusedMessage:
    return RefusedMessage(
        f"a payload cannot be unpacked: {what}", code="EBMS:0303", security=security
    )
