"""``python -m tests.as4_large [MEGABYTES]``: how far memory grows with one large attachment.

Sender and receiver are processes of their own, over TLS on the loopback interface; each reports
its peak resident memory before and after. The octets are unforeseeable, so gzip cannot help.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

from bridge.envelope import Payload
from bridge.ports import Progress
from bridge.transport.as4.client import Address
from bridge.transport.as4.compression import Bounds
from bridge.transport.as4.endpoint import EndpointLimits
from bridge.transport.as4.mime_reader import MimeLimits
from bridge.transport.as4.peers import Remote
from bridge.transport.as4.server import Listening
from bridge.transport.as4.tls import TlsKey, TlsSettings, server_context
from bridge.transport.as4.transport import As4Settings
from tests.as4_points import PATH, GuardedDesk, remote_of, transport_of
from tests.as4_tls import TlsAuthority
from tests.as4_worlds import NOW, envelope, side

STEP = 1 << 20


class Made:
    """Content that is made while it is read: the file of a register that is not in memory."""

    def __init__(self, size: int) -> None:
        self.size = size

    @property
    def sha256(self) -> bytes:
        digest = hashlib.sha256()
        with self.open() as stream:
            while octets := stream.read(STEP):
                digest.update(octets)
        return digest.digest()

    def open(self) -> BinaryIO:
        return io.BufferedReader(_Stream(self.size), STEP)  # type: ignore[return-value]


class _Stream(io.RawIOBase):
    def __init__(self, size: int) -> None:
        self._left, self._block = size, os.urandom(STEP)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        taken = min(len(buffer), self._left, STEP)
        buffer[:taken] = self._block[:taken]
        self._left -= taken
        return taken


def peak() -> int:
    """Peak resident memory of this process in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def small() -> Payload:
    return next(iter(envelope(side("DE"), side("FR"))))


async def receive(keys: Path, pipe: int, most: int) -> None:
    limits = MimeLimits(octets=most + (64 << 20), part_octets=most + (64 << 20))
    settings = As4Settings(
        listening=Listening(path=PATH, tls=server_context(TlsKey(keys))),
        endpoint=EndpointLimits(mime=limits),
        bounds=Bounds(octets=most),
        most=most + (1 << 20),
    )
    transport = transport_of(side("FR"), remote_of(side("DE")), settings=settings)
    desk = GuardedDesk()
    await transport.start(desk)
    os.write(pipe, b"%d\n" % transport.port)
    before = 0
    while len(desk.arrivals) < 2:
        desk.entered.clear()
        await desk.entered.wait()
        before = before or peak()
    await transport.stop()
    [size] = [
        p.content.size for a in desk.arrivals.values() for p in a.envelope if p.content.size > STEP
    ]
    os.write(pipe, json.dumps({"grown": peak() - before, "size": size}).encode())


async def send(port: int, anchor: Path, megabytes: int) -> tuple[int, float]:
    url = f"https://127.0.0.1:{port}{PATH}"
    remote = Remote(side("FR").as_peer(), Address(url, TlsSettings(anchor)))
    transport = transport_of(side("DE"), remote, settings=As4Settings())
    await transport.start(GuardedDesk())
    first = envelope(side("DE"), side("FR"), message_id="warm@x", payloads=(small(),))
    assert (await transport.send(first)).progress is Progress.DELIVERED
    before, begun = peak(), time.perf_counter()
    large = Payload("e" * 32 + "@bridge.example", "application/pdf", Made(megabytes << 20))
    message = envelope(side("DE"), side("FR"), message_id="large@x", payloads=(small(), large))
    report = await transport.send(message)
    assert report.progress is Progress.DELIVERED, report
    taken = time.perf_counter() - begun
    await transport.stop()
    return peak() - before, taken


def measure(megabytes: int) -> dict[str, float]:
    """Send one attachment of so many megabytes; gives kilobytes grown at both ends, and seconds."""
    for name in ("DE", "FR"):
        side(name)  # keys are made before the fork, so that both ends have the same
    assert NOW
    with tempfile.TemporaryDirectory() as folder:
        authority = TlsAuthority(Path(folder))
        keys = authority.issue("fr", "127.0.0.1").certificate
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            status = 1
            try:
                asyncio.run(receive(keys, writing, (megabytes + 1) << 20))
                status = 0
            finally:
                os._exit(status)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            port = int(pipe.readline())
            sender, taken = asyncio.run(send(port, authority.anchor, megabytes))
            receiver = json.loads(pipe.read())
        os.waitpid(child, 0)
    assert receiver["size"] == megabytes << 20
    return {"sender_kb": sender, "receiver_kb": receiver["grown"], "seconds": taken}


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 500)))
