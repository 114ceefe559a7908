"""The way of a payload's octets through gzip, digest and cipher, each in one pass.

Sending compresses, digests, encrypts; receiving is the inverse. What comes out is given to nobody
before the tag of the cipher and the digest of the signature were right (as4 13, AES-GCM).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

from bridge.envelope import Content, OctetContent
from bridge.errors import RefusedMessage, UnreadableDocument
from bridge.transport.as4.compression import Bounds, Compressor, Decompressor
from bridge.transport.as4.content import CHUNK, IN_MEMORY, Chance, Sink, Sinks
from bridge.transport.as4.shape import undecryptable
from bridge.transport.as4.signature import canonical
from bridge.xml.parse import Limits, parse

IV_OCTETS: Final = 12
TAG_OCTETS: Final = 16
MOST_CANONICAL: Final = 16 << 20
"""Octets of an XML payload that is signed in canonical form, which needs all of it in memory."""

# The types for which WSS4J digests the canonical form (as4 3.5); parameters may follow.
_XML: Final = re.compile(
    r"(?:text/xml|application/xml|application/[^;]*\+xml|image/[^;]*\+xml)\b", re.IGNORECASE
)
_TEXT: Final = re.compile(r"text/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Packed:
    """A payload that is ready to leave: its octets on the wire and the digest that is signed."""

    content: Content
    digest: bytes


def pack(source: Content, sink: Sink, *, key: bytes | None, iv: bytes, compress: bool) -> Packed:
    """Compress if asked to, digest, and encrypt unless ``key`` is None, into ``sink``."""
    digest = hashlib.sha256()
    encryptor = Cipher(AES(key), GCM(iv)).encryptor() if key is not None else None
    try:
        if encryptor is not None:
            sink.write(iv)
        for octets in _compressed(source) if compress else _chunks(source):
            digest.update(octets)
            sink.write(octets if encryptor is None else encryptor.update(octets))
        if encryptor is not None:
            sink.write(encryptor.finalize() + encryptor.tag)
    except BaseException:
        sink.discard()
        raise
    return Packed(sink.close(), digest.digest())


@dataclass(frozen=True, slots=True)
class Unpacking:
    """What is known of a part before it is read.

    ``media_type`` is that of the octets that were signed: of the EncryptedData, or of the MIME
    part where nothing is encrypted. ``digest`` is the signed one.
    """

    media_type: str
    digest: bytes
    compressed: bool
    bounds: Bounds
    most: int = MOST_CANONICAL


def read_iv(source: Content) -> bytes:
    """Give the IV of an encrypted part (EBMS:0102 where it is too short for one)."""
    if source.size < IV_OCTETS + TAG_OCTETS:
        raise undecryptable()
    with closing(source.open()) as stream:
        return stream.read(IV_OCTETS)


def unpack(source: Content, sinks: Sinks, key: bytes | None, wanted: Unpacking) -> Content:
    """Decrypt unless ``key`` is None, check tag and digest, decompress.

    What is given is what was signed: canonical XML for an XML type, text with CRLF for a text
    type, else the octets. Raises `RefusedMessage`: EBMS:0102 for the tag, EBMS:0101 for the
    digest, EBMS:0303 for gzip, in this order, whichever comes to light first.
    """
    sink = sinks()
    form = _form(wanted)
    output = _Unzipped(sink, wanted.bounds) if wanted.compressed else _Written(sink)
    digest = hashlib.sha256()
    try:
        for octets in _chunks(source) if key is None else _decrypted(source, key):
            for signed in form.update(octets):
                digest.update(signed)
                output.write(signed)
        for signed in form.finish():
            digest.update(signed)
            output.write(signed)
        if not hmac.compare_digest(digest.digest(), wanted.digest):
            raise RefusedMessage("a payload was changed", code="EBMS:0101", security=True)
        output.finish()
    except BaseException:
        sink.discard()
        raise
    return sink.close()


def random_iv(chance: Chance) -> bytes:
    """Give a fresh IV."""
    return chance(IV_OCTETS)


def _chunks(source: Content) -> Iterator[bytes]:
    if isinstance(source, OctetContent) and source.size <= CHUNK:
        # In memory it is one chunk already; a stream would copy it.
        if source.octets:
            yield source.octets
        return
    with closing(source.open()) as stream:
        while octets := stream.read(CHUNK):
            yield octets


def _compressed(source: Content) -> Iterator[bytes]:
    compressor = Compressor()
    for octets in _chunks(source):
        if ready := compressor.update(octets):
            yield ready
    yield compressor.finish()


def _decrypted(source: Content, key: bytes) -> Iterator[bytes]:
    """Decrypt in steps; the tag is checked at the end, and nothing counts before."""
    left = source.size - IV_OCTETS - TAG_OCTETS
    if left < 0:
        raise undecryptable()
    if isinstance(source, OctetContent) and source.size <= IN_MEMORY:
        yield from _decrypted_at_once(memoryview(source.octets), key)
        return
    with closing(source.open()) as stream:
        decryptor = Cipher(AES(key), GCM(stream.read(IV_OCTETS))).decryptor()
        while left:
            octets = stream.read(min(CHUNK, left))
            if not octets:
                raise undecryptable()
            left -= len(octets)
            yield decryptor.update(octets)
        try:
            rest = decryptor.finalize_with_tag(stream.read(TAG_OCTETS))
        except (InvalidTag, ValueError):
            raise undecryptable() from None
        if rest:
            yield rest


def _decrypted_at_once(sealed: memoryview, key: bytes) -> Iterator[bytes]:
    """Decrypt octets in memory in one step; nothing is given unless the tag is right."""
    try:
        yield AESGCM(key).decrypt(bytes(sealed[:IV_OCTETS]), sealed[IV_OCTETS:], None)
    except InvalidTag:
        raise undecryptable() from None


class _Form(Protocol):
    """Octets to the form in which they are signed (as4 3.5)."""

    def update(self, octets: bytes) -> list[bytes]: ...

    def finish(self) -> list[bytes]: ...


class _Raw:
    def update(self, octets: bytes) -> list[bytes]:
        return [octets]

    def finish(self) -> list[bytes]:
        return []


class _Lines:
    """Line ends as CRLF, however they came."""

    def __init__(self) -> None:
        self._pending = b""

    def update(self, octets: bytes) -> list[bytes]:
        octets = self._pending + octets
        self._pending = b"\r" if octets.endswith(b"\r") else b""
        whole = octets[: len(octets) - len(self._pending)]
        return [re.sub(rb"\r\n|\r|\n", b"\r\n", whole)]

    def finish(self) -> list[bytes]:
        return [b"\r\n"] if self._pending else []


class _Canonical:
    """The exclusive canonical form of a whole document."""

    def __init__(self, most: int) -> None:
        self._chunks: list[bytes] = []
        self._room = most

    def update(self, octets: bytes) -> list[bytes]:
        self._room -= len(octets)
        if self._room < 0:
            self._chunks.clear()
        else:
            self._chunks.append(octets)
        return []

    def finish(self) -> list[bytes]:
        if self._room < 0:
            raise RefusedMessage("an XML payload is too long to be checked", code="EBMS:0101")
        octets = b"".join(self._chunks)
        try:
            document = parse(octets, Limits(octets=len(octets)), whole=True)
        except UnreadableDocument:
            raise RefusedMessage("an XML payload cannot be read", code="EBMS:0101") from None
        return [canonical(document.root.getroottree())]


def _form(wanted: Unpacking) -> _Form:
    if _XML.match(wanted.media_type):
        return _Canonical(wanted.most)
    return _Lines() if _TEXT.match(wanted.media_type) else _Raw()


class _Written:
    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def write(self, octets: bytes) -> None:
        self._sink.write(octets)

    def finish(self) -> None:
        return None


class _Unzipped:
    """Decompresses on the way; what is wrong with the gzip waits until the octets are proved."""

    def __init__(self, sink: Sink, bounds: Bounds) -> None:
        self._sink = sink
        self._decompressor = Decompressor(bounds)
        self._fault: RefusedMessage | None = None

    def write(self, octets: bytes) -> None:
        self._step(lambda: self._decompressor.update(octets))

    def finish(self) -> None:
        self._step(self._decompressor.finish)
        if self._fault is not None:
            raise self._fault

    def _step(self, step: Callable[[], list[bytes]]) -> None:
        if self._fault is not None:
            return
        try:
            for piece in step():
                self._sink.write(piece)
        except RefusedMessage as fault:
            self._fault = fault
