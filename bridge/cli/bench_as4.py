"""The measures of the AS4 access point; each floor is its own cryptography, done bare.

A floor is measured call by call in turns with ours, so that both meet the same machine and
caches. Certificates, XML, MIME and the sealed files are what ours has beyond the floor.
"""

from __future__ import annotations

import gzip
import hashlib
import itertools
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bridge.cli.bench_core import Measure
from bridge.envelope import Content, OctetContent
from bridge.errors import LocalFault
from bridge.sandbox.as4_loopback import Load, exchange
from bridge.sandbox.as4_pair import NAMES, Pair, document_octets, envelope, make_pair
from bridge.sandbox.as4_pair import request_octets as xml_octets

REQUEST: Final = 10_000
DOCUMENT: Final = 200_000
LARGE: Final = 100_000_000
MARK: Final = 150
"""Exchanges a second each way that are to be beaten."""

_LARGE_RUNS: Final = 3
_LEAST_RUNS: Final = 5
_STEP: Final = 256 << 10
_KEY: Final = bytes(range(16))
_IV: Final = bytes(range(12))
_SIGNED: Final = bytes(3000)
"""As many octets as a SignedInfo has."""
_PKCS1: Final = padding.PKCS1v15()
_OAEP: Final = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), label=None)


@dataclass(frozen=True, slots=True)
class _Bare:
    """The cryptography of one message and its receipt, and nothing else."""

    contents: tuple[bytes, ...]
    own: rsa.RSAPrivateKey
    other: rsa.RSAPrivateKey

    def sending(self) -> Callable[[], object]:
        """gzip, SHA-256 and AES-GCM of each payload, one key wrapped, one signature."""
        cipher, public = AESGCM(_KEY), self.other.public_key()

        def run() -> None:
            for content in self.contents:
                packed = gzip.compress(content, 6, mtime=0)
                hashlib.sha256(packed).digest()
                cipher.encrypt(_IV, packed, None)
            public.encrypt(_KEY, _OAEP)
            self.own.sign(_SIGNED, _PKCS1, hashes.SHA256())

        return run

    def receiving(self) -> Callable[[], object]:
        """The same backwards: one signature checked, one key opened, one receipt signed."""
        cipher, public = AESGCM(_KEY), self.own.public_key()
        packed = [gzip.compress(content, 6, mtime=0) for content in self.contents]
        sealed = [cipher.encrypt(_IV, each, None) for each in packed]
        wrapped = self.other.public_key().encrypt(_KEY, _OAEP)
        signature = self.own.sign(_SIGNED, _PKCS1, hashes.SHA256())

        def run() -> None:
            public.verify(signature, _SIGNED, _PKCS1, hashes.SHA256())
            self.other.decrypt(wrapped, _OAEP)
            for each in sealed:
                octets = cipher.decrypt(_IV, each, None)
                hashlib.sha256(octets).digest()
                zlib.decompress(octets, zlib.MAX_WBITS | 16)
            self.other.sign(_SIGNED, _PKCS1, hashes.SHA256())

        return run


@dataclass(frozen=True, slots=True)
class _Course:
    """A pair with the payloads it exchanges."""

    pair: Pair
    contents: tuple[bytes, ...]

    def send(self) -> tuple[str, list[bytes]]:
        """Make one message, up to its HTTP body."""
        held: list[Content] = [OctetContent(each) for each in self.contents]
        number = f"bench-{next(_NUMBERS)}"
        _, body = self.pair.send(envelope(number, NAMES, self.pair.legs, held))
        return body.content_type, list(body.chunks())

    def body(self) -> tuple[str, list[bytes]]:
        """Make one message, and cut its body as the endpoint hands it on."""
        content_type, chunks = self.send()
        whole = b"".join(chunks)
        return content_type, [whole[at : at + _STEP] for at in range(0, len(whole), _STEP)]

    @property
    def bare(self) -> _Bare:
        """Its floors."""
        return _Bare(self.contents, *self.pair.keys)


_NUMBERS: Final = itertools.count(1)


def measure_receiving(seconds: float) -> Measure:
    """Parse, verify, decrypt, decompress, sign the receipt, over the cryptography of it."""
    course = _Course(make_pair(), (xml_octets(REQUEST), document_octets(DOCUMENT)))
    body = course.body()
    mine, theirs = _in_turns(lambda: course.pair.receive(*body), course.bare.receiving(), seconds)
    return _measure("receive 10 kB and 200 kB", mine, theirs, 2.5)


def measure_sending(seconds: float) -> Measure:
    """Compress, digest, encrypt, sign, lay out, over the cryptography of it."""
    course = _Course(make_pair(), (xml_octets(REQUEST), document_octets(DOCUMENT)))
    mine, theirs = _in_turns(course.send, course.bare.sending(), seconds)
    return _measure("send 10 kB and 200 kB", mine, theirs, 2.5)


def measure_large_receiving(_seconds: float) -> Measure:
    """A large attachment taken in, with the digest that tells a copy; half the floor's speed."""
    course = _Course(make_pair(), (document_octets(LARGE),))
    body = course.body()
    mine, theirs = _so_often(lambda: course.pair.take_in(*body), course.bare.receiving())
    return _measure("receive 100 MB", mine, theirs, 2)


def measure_large_sending(_seconds: float) -> Measure:
    """A large attachment made ready and read; half the speed of the floor is asked for."""
    course = _Course(make_pair(), (document_octets(LARGE),))
    mine, theirs = _so_often(course.send, course.bare.sending())
    return _measure("send 100 MB", mine, theirs, 2)


def measure_exchange(seconds: float) -> Measure:
    """Two processes with TLS between them, each sending 10 kB requests to the other.

    They run 20 times ``seconds``. Raises `LocalFault` where a message is lost or doubled.
    """
    done = exchange(Load(20 * seconds, REQUEST))
    if done.lost or done.doubled or done.failed:
        told = f"{done.lost} lost, {done.doubled} doubled, {done.failed} not delivered"
        raise LocalFault(f"messages of the measurement went astray: {told}", code="AS4-BENCH")
    told = f"{done.rate:.0f}/s each way, p50 {done.p50:.0f} ms, p99 {done.p99:.0f} ms"
    name = f"loopback with TLS, {20 * seconds:g} s"
    costs = f"{done.processor:.1f} ms of processor each, {done.memory / 1e6:.0f} MB"
    words = f"{told}, {costs}, 0 lost, 0 doubled"
    return Measure(name, 1000 / done.rate, 1000 / MARK, "ms", 1, words)


def _measure(name: str, mine: list[float], theirs: list[float], target: float) -> Measure:
    words = f"{median(mine) * 1000:.3f} over {median(theirs) * 1000:.3f} ms"
    return Measure(name, min(mine) * 1000, min(theirs) * 1000, "ms", target, words)


def _in_turns(
    ours: Callable[[], object], floor: Callable[[], object], seconds: float
) -> tuple[list[float], list[float]]:
    """Processor seconds of each call, one by one in turns; the first of each is not counted."""
    mine: list[float] = []
    theirs: list[float] = []
    ours(), floor()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(mine) < _LEAST_RUNS:
        for work, into in ((ours, mine), (floor, theirs)):
            begin = time.thread_time()
            work()
            into.append(time.thread_time() - begin)
    return mine, theirs


def _so_often(
    ours: Callable[[], object], floor: Callable[[], object]
) -> tuple[list[float], list[float]]:
    mine: list[float] = []
    theirs: list[float] = []
    for _ in range(_LARGE_RUNS):
        for work, into in ((ours, mine), (floor, theirs)):
            begin = time.perf_counter()
            work()
            into.append(time.perf_counter() - begin)
    return mine, theirs


MEASURES: Final[dict[str, Callable[[float], Measure]]] = {
    "receiving": measure_receiving,
    "sending": measure_sending,
    "receiving a large attachment": measure_large_receiving,
    "sending a large attachment": measure_large_sending,
    "the exchange of two access points": measure_exchange,
}
