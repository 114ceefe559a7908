"""Two access points in two processes with TLS between them, both sending as fast as they can.

``python -m bridge.sandbox.as4_loopback FOLDER NAME`` is one of them; `exchange` starts both and
compares what each sent with what the other kept. The inbox is in memory: what a store costs is
no matter of the transport.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bridge.envelope import OctetContent
from bridge.errors import LocalFault
from bridge.ports import Acceptance, Arrival, Progress, Report, Verdict
from bridge.resources import standards
from bridge.sandbox.as4_pair import (
    DOMAIN,
    NAMES,
    document_octets,
    envelope,
    new_pki,
    party,
    peer,
    request_octets,
)
from bridge.sandbox.pki import write_pki
from bridge.transport.as4.client import Address
from bridge.transport.as4.errors import load_errors
from bridge.transport.as4.keys import LoadedDecrypter, LoadedSigner, load_key
from bridge.transport.as4.peers import Peers, Remote
from bridge.transport.as4.pmode import Legs, load_legs
from bridge.transport.as4.server import Listening
from bridge.transport.as4.tls import TlsKey, TlsSettings, server_context
from bridge.transport.as4.transport import As4Settings, As4Transport, Identity, Surroundings

_AT_A_TIME: Final = 8
_PATH: Final = "/services/msh"
_WARM: Final = 20


@dataclass(frozen=True, slots=True)
class Load:
    """What each of the two sends: how long, and the octets of its payloads."""

    seconds: float
    request: int = 10_000
    document: int = 0


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What came of it, of the worse of the two: messages a second each way, ms, octets.

    ``processor`` is what one exchange costs both together, in ms, however busy the machine is.
    ``lost`` were reported as delivered and not kept, ``doubled`` kept more than once, ``failed``
    not delivered.
    """

    rate: float
    p50: float
    p99: float
    memory: int
    processor: float
    lost: int
    doubled: int
    failed: int


def exchange(load: Load) -> Exchanged:
    """Run both for a while. Raises `LocalFault` where one of them does not start."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_pki(new_pki(), folder)
        points = [_start(folder, each) for each in NAMES]
        try:
            ports = [_answer(each)["port"] for each in points]
            for each, port in zip(points, reversed(ports), strict=True):
                _tell(each, port=port, **_fields(load))
            sent = [_answer(each) for each in points]
            # Only now nothing is under way any more at either end.
            for each in points:
                _tell(each)
            kept = [_answer(each) for each in points]
        finally:
            for each in points:
                with each:
                    each.kill()
    return _compared(sent, kept)


def _compared(sent: list[Any], kept: list[Any]) -> Exchanged:
    lost = doubled = 0
    for here, there in zip(sent, reversed(kept), strict=True):
        lost += max(here["delivered"] - there["kept"], int(here["ids"] != there["ids"]))
        doubled += there["doubled"]
    measured = sum(each["measured"] for each in sent)
    return Exchanged(
        rate=min(each["measured"] / each["seconds"] for each in sent),
        p50=max(each["p50"] for each in sent),
        p99=max(each["p99"] for each in sent),
        memory=max(each["memory"] for each in kept),
        processor=1000 * sum(each["processor"] for each in sent) / measured,
        lost=lost,
        doubled=doubled,
        failed=sum(each["failed"] for each in sent),
    )


def _start(folder: Path, name: str) -> subprocess.Popen[str]:
    package = str(Path(__file__).resolve().parents[2])
    known = os.environ.get("PYTHONPATH")
    paths = os.pathsep.join([package, known] if known else [package])
    return subprocess.Popen(
        [sys.executable, "-m", __name__, str(folder), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )


def _tell(point: subprocess.Popen[str], **values: Any) -> None:
    assert point.stdin is not None
    point.stdin.write(json.dumps(values) + "\n")
    point.stdin.flush()


def _answer(point: subprocess.Popen[str]) -> Any:
    assert point.stdout is not None
    line = point.stdout.readline()
    if not line:
        raise LocalFault("an access point of the measurement ended early", code="AS4-BENCH")
    return json.loads(line)


def _fields(load: Load) -> dict[str, Any]:
    return {"seconds": load.seconds, "request": load.request, "document": load.document}


# --- one of the two -----------------------------------------------------------


@dataclass
class _Desk:
    """Keeps of each message what tells a copy, and its receipt."""

    known: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    doubled: int = 0

    async def accept(self, arrival: Arrival) -> Acceptance:
        print_, answer = arrival.fingerprint, arrival.answer
        message_id = arrival.envelope.message_id
        kept = self.known.setdefault(message_id, (print_, answer))
        if kept[1] is answer:
            return Acceptance(Verdict.NEW, answer)
        self.doubled += 1
        same = kept[0] == print_
        return Acceptance(Verdict.DUPLICATE if same else Verdict.CONFLICT, kept[1])

    async def report(self, report: Report) -> None:
        """Take no note: who sends counts."""

    async def undecided(self, before: datetime) -> Sequence[str]:
        return ()


@dataclass
class _Tally:
    """What became of the messages this process sent."""

    seconds: list[float] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    failed: int = 0


async def _run(folder: Path, name: str) -> None:
    other = next(each for each in NAMES if each != name)
    legs, desk, tally = load_legs(standards()), _Desk(), _Tally()
    transport = _transport(folder, name, legs)
    await transport.start(desk)
    _say(port=transport.port)
    order = await asyncio.to_thread(_hear)
    url = f"https://127.0.0.1:{order['port']}{_PATH}"
    transport.agree(_peers(folder, name, url, legs))
    contents = [OctetContent(request_octets(order["request"]))]
    if order["document"]:
        contents.append(OctetContent(document_octets(order["document"])))

    async def send_one() -> None:
        message = envelope(uuid.uuid4().hex, (name, other), legs, contents)
        begun = time.perf_counter()
        report = await transport.send(message)
        tally.seconds.append(time.perf_counter() - begun)
        if report.progress is Progress.DELIVERED:
            tally.delivered.append(message.message_id)
        else:
            tally.failed += 1

    async def send_on(until: Callable[[], bool]) -> None:
        while not until():
            await send_one()

    for _ in range(_WARM):
        await send_one()
    tally.seconds.clear()
    begun, used = time.perf_counter(), time.process_time()
    end = begun + order["seconds"]
    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_A_TIME):
            group.create_task(send_on(lambda: time.perf_counter() >= end))
    _tell_sent(tally, time.perf_counter() - begun, time.process_time() - used)
    await asyncio.to_thread(_hear)
    await transport.stop()
    ids = _digest(list(desk.known))
    _say(kept=len(desk.known), doubled=desk.doubled, ids=ids, memory=_peak())


def _tell_sent(tally: _Tally, seconds: float, processor: float) -> None:
    ordered = sorted(tally.seconds)
    _say(
        seconds=seconds,
        processor=processor,
        measured=len(ordered),
        delivered=len(tally.delivered),
        failed=tally.failed,
        p50=ordered[len(ordered) // 2] * 1000,
        p99=ordered[len(ordered) * 99 // 100] * 1000,
        ids=_digest(tally.delivered),
    )


def _transport(folder: Path, name: str, legs: Legs) -> As4Transport:
    key, chain = load_key(
        (folder / name / "key.pem").read_bytes() + (folder / name / "good.pem").read_bytes(), None
    )
    identity = Identity(LoadedSigner(key, chain), (LoadedDecrypter(key, chain[0]),), DOMAIN)
    around = Surroundings(lambda: datetime.now(UTC), lambda: uuid.uuid4().hex, os.urandom)
    tls = TlsKey(folder / name / "tls.pem", folder / name / "tls-key.pem")
    listening = Listening(path=_PATH, tls=server_context(tls))
    # Where the other listens is not known yet; it is told before the first message.
    peers = _peers(folder, name, "https://127.0.0.1:9/", legs)
    settings = As4Settings(listening=listening)
    return As4Transport(identity, peers, legs, load_errors(standards()), around, settings)


def _peers(folder: Path, name: str, url: str, legs: Legs) -> Peers:
    other = next(each for each in NAMES if each != name)
    _, chain = load_key(
        (folder / other / "key.pem").read_bytes() + (folder / other / "good.pem").read_bytes(), None
    )
    address = Address(url, TlsSettings(folder / "ca.pem"))
    own = party(name, legs)
    return Peers(((own.id, own.type),), (Remote(peer(other, chain[0]), address),))


def _peak() -> int:
    """Give the highest memory of this process in octets."""
    status = Path("/proc/self/status")
    lines = status.read_text("ascii").splitlines() if status.is_file() else []
    high = next((line for line in lines if line.startswith("VmHWM:")), "")
    # Elsewhere the figure may be that of the process that started this one.
    kilobytes = high.split()[1] if high else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(kilobytes) << 10


def _digest(ids: list[str]) -> str:
    return hashlib.sha256("\n".join(sorted(ids)).encode("ascii")).hexdigest()


def _say(**values: Any) -> None:
    print(json.dumps(values), flush=True)


def _hear() -> Any:
    return json.loads(sys.stdin.readline())


if __name__ == "__main__":
    asyncio.run(_run(Path(sys.argv[1]), sys.argv[2]))
