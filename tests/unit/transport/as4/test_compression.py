"""Gzip is the same octets each time; a stranger's gzip is unpacked within bounds."""

from __future__ import annotations

import gzip
import zlib

import pytest

from bridge.errors import RefusedMessage
from bridge.transport.as4.compression import Bounds, Compressor, Decompressor


def packed(data: bytes, step: int = 1 << 16) -> bytes:
    compressor = Compressor()
    pieces = [compressor.update(data[at : at + step]) for at in range(0, len(data), step)]
    return b"".join((*pieces, compressor.finish()))


def unpacked(data: bytes, bounds: Bounds | None = None, step: int = 1 << 16) -> bytes:
    decompressor = Decompressor(bounds or Bounds())
    pieces = []
    for at in range(0, len(data), step):
        pieces += decompressor.update(data[at : at + step])
    return b"".join((*pieces, *decompressor.finish()))


@pytest.mark.parametrize("data", [b"", b"x", b"<a/>" * 100_000, bytes(range(256)) * 3000])
@pytest.mark.parametrize("step", [3000, 1 << 20])
def test_what_was_packed_unpacks(data: bytes, step: int) -> None:
    assert unpacked(packed(data, step), step=step) == data
    assert gzip.decompress(packed(data)) == data


def test_packing_twice_gives_the_same_octets_and_names_no_time() -> None:
    assert packed(b"abc" * 1000) == packed(b"abc" * 1000)
    assert packed(b"abc")[4:8] == bytes(4)


GZIP = gzip.compress(b"hello" * 100, mtime=0)
REFUSED = {
    "no gzip": b"hello",
    "zlib without gzip header": zlib.compress(b"hello"),
    "nothing": b"",
    "an end too early": GZIP[:-9],
    "an end before the checksum": GZIP[:-4],
    "a wrong checksum": GZIP[:-8] + b"\0\0\0\0" + GZIP[-4:],
    "a wrong length": GZIP[:-4] + b"\0\0\0\0",
    "trailing octets": GZIP + b"x",
    "a second member": GZIP + GZIP,
}


@pytest.mark.parametrize("step", [1, 1 << 16])
@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_a_broken_stream_is_refused(data: bytes, step: int) -> None:
    with pytest.raises(RefusedMessage) as fault:
        unpacked(data, step=step)
    assert fault.value.code == "EBMS:0303"


@pytest.mark.parametrize(
    ("bounds", "data"),
    [
        (Bounds(octets=1000), b"ab" * 501),
        (Bounds(ratio=10, free=1000), bytes(200_000)),
        (Bounds(), bytes(2 << 20)),
    ],
    ids=["absolute", "ratio", "the bounds as they are"],
)
def test_a_bomb_is_refused(bounds: Bounds, data: bytes) -> None:
    with pytest.raises(RefusedMessage) as fault:
        unpacked(packed(data), bounds)
    assert fault.value.code == "EBMS:0303"
    assert fault.value.security


def test_a_payload_at_the_bounds_is_unpacked() -> None:
    assert len(unpacked(packed(b"ab" * 500), Bounds(octets=1000))) == 1000
    assert len(unpacked(packed(bytes(1 << 20)), Bounds())) == 1 << 20
