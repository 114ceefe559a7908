"""Where the octets of a part go while they are read: memory, or a sealed file when they grow.

A sealed file holds AES-CTR under a key that lives in this process only, and has no name: what is
left on the disk after a crash is noise. It is a cache, not an archive; the store keeps evidence.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import weakref
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Final, Protocol, TypeAlias, cast

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from bridge.envelope import Content, OctetContent

CHUNK: Final = 1 << 18
"""Octets that are read, digested, ciphered or written in one step."""
IN_MEMORY: Final = 1 << 20
"""Octets above which content leaves memory."""

_BLOCK: Final = 16


class Sink(Protocol):
    """Takes octets, and gives them as content when they are all there.

    Exactly one of ``close`` and ``discard`` is called, once, as the last thing.
    """

    def write(self, octets: bytes) -> None:
        """Take the next octets."""
        ...

    def close(self) -> Content:
        """Give what was written."""
        ...

    def discard(self) -> None:
        """Forget what was written."""
        ...


Sinks: TypeAlias = Callable[[], Sink]
Chance: TypeAlias = Callable[[int], bytes]
"""Gives so many octets that nobody can foresee: ``os.urandom``, or a table of test vectors."""


class MemorySink:
    """Keeps everything in memory."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def write(self, octets: bytes) -> None:
        """Take the next octets."""
        self._chunks.append(octets)

    def close(self) -> Content:
        """Give what was written."""
        return OctetContent(b"".join(self._chunks))

    def discard(self) -> None:
        """Forget what was written."""
        self._chunks.clear()


class SealedSink:
    """Keeps up to ``in_memory`` octets in memory; more go into a sealed file in ``folder``."""

    def __init__(
        self,
        chance: Chance,
        folder: Path | None = None,
        in_memory: int = IN_MEMORY,
    ) -> None:
        self._chance = chance
        self._folder = folder
        self._most = in_memory
        self._chunks: list[bytes] = []
        self._size = 0
        self._file: _SealedFile | None = None

    def write(self, octets: bytes) -> None:
        """Take the next octets."""
        self._size += len(octets)
        if self._file is None:
            self._chunks.append(octets)
            if self._size <= self._most:
                return
            self._file = _SealedFile(self._chance, self._folder)
            octets = b"".join(self._chunks)
            self._chunks.clear()
        self._file.append(octets)

    def close(self) -> Content:
        """Give what was written; the file is gone when nothing refers to it any more."""
        if self._file is None:
            return OctetContent(b"".join(self._chunks))
        return SealedFileContent(self._file, self._size)

    def discard(self) -> None:
        """Forget what was written, and the file with it."""
        self._chunks.clear()
        self._file = None


class SealedFileContent:
    """Content in a sealed file. Its digest is made when it is first asked for, in a pass."""

    def __init__(self, file: _SealedFile, size: int) -> None:
        self._file = file
        self._size = size

    @property
    def size(self) -> int:
        """The number of octets."""
        return self._size

    @cached_property
    def sha256(self) -> bytes:
        """The SHA-256 digest of the octets."""
        digest = hashlib.sha256()
        for start in range(0, self._size, CHUNK):
            digest.update(self._file.read(start, min(CHUNK, self._size - start)))
        return digest.digest()

    def open(self) -> BinaryIO:
        """Open a new stream on the octets; it reads on even where others read too."""
        return cast(BinaryIO, _SealedReader(self._file, self._size))


class _SealedFile:
    """An unnamed file and its key; closed with the last reference."""

    def __init__(self, chance: Chance, folder: Path | None) -> None:
        self._key = chance(_BLOCK)
        self._file, path = tempfile.mkstemp(dir=folder)
        weakref.finalize(self, os.close, self._file)
        os.unlink(path)  # noqa: PTH108
        self._encryptor = Cipher(AES(self._key), CTR(bytes(_BLOCK))).encryptor()

    def append(self, octets: bytes) -> None:
        view = memoryview(self._encryptor.update(octets))
        while view:
            view = view[os.write(self._file, view) :]

    def read(self, position: int, octets: int) -> bytes:
        """Decrypt up to ``octets`` from ``position``; many streams may read at once."""
        block, inside = divmod(position, _BLOCK)
        sealed = os.pread(self._file, octets + inside, block * _BLOCK)
        counter = block.to_bytes(_BLOCK, "big")
        return Cipher(AES(self._key), CTR(counter)).decryptor().update(sealed)[inside:]


class _SealedReader(io.RawIOBase):
    """One stream on a sealed file, with a position of its own."""

    def __init__(self, file: _SealedFile, size: int) -> None:
        super().__init__()
        self._file = file
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        octets = self.read(len(buffer))
        buffer[: len(octets)] = octets
        return len(octets)

    def read(self, size: int | None = -1) -> bytes:
        """Read up to ``size`` octets, all that are left if negative; without a copy between."""
        left = max(0, self._size - self._position)
        wanted = left if size is None or size < 0 else min(size, left)
        octets = self._file.read(self._position, wanted) if wanted else b""
        self._position += len(octets)
        return octets
