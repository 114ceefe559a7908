"""A payload far larger than what it may cost in memory goes out and comes in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MEGABYTES = 96
MOST_GROWTH = 24

PROGRAM = f"""
import os
from dataclasses import replace
from tests.as4_worlds import *
from bridge.transport.as4.content import SealedSink
from bridge.transport.as4.mime import write_package
from bridge.transport.as4.mime_reader import MimeLimits, PackageReader
from bridge.transport.as4.pack import pack_message

def most() -> float:
    text = open("/proc/self/status").read()
    return int(text.split("VmHWM:")[1].split()[0]) / 1024

def sink() -> SealedSink:
    return SealedSink(os.urandom)

source = sink()
block = os.urandom(1 << 19) * 2
for number in range({MEGABYTES}):
    source.write(block[number:] + block[:number])
payload = Payload("a" * 32 + "@b.example", "application/pdf", source.close())
here = world()
small = replace(payload, content=OctetContent(b"x"))
here.open(here.pack(payloads=(small,)).package)
before = most()
message = envelope(here.sender, here.receiver, payloads=(payload,))
making = replace(here.sender.making(), sinks=sink, chance=os.urandom)
sent = pack_message(message, here.pmodes().outgoing(message), making, NOW)
body = write_package(sent.package, "boundary", "soap@b.example")
reader = PackageReader(body.content_type, sink, MimeLimits())
for chunk in body.chunks():
    reader.feed(chunk)
found = here.open(reader.close(), sinks=sink).envelope.payloads[0]
assert found.content.size == {MEGABYTES} << 20
assert found.content.sha256 == payload.content.sha256
print(most() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_large_payload_costs_little_memory(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert float(run.stdout) < MOST_GROWTH
    assert list(tmp_path.iterdir()) == []
