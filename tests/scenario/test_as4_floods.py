"""Floods against a running `bridge peers answer`: its memory stays bounded and it still answers."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.scenario.cli import process
from tests.scenario.test_peers import answering, message_key, peers_file

MOST_GROWN_KB = 48 << 10
HEAD = (
    b"POST /services/msh HTTP/1.1\r\nHost: x\r\n"
    b'Content-Type: multipart/related; type="application/soap+xml"; boundary=b\r\n'
)
ROOT = b"--b\r\nContent-Type: application/soap+xml\r\n\r\n<a/>"
OPEN_PART = ROOT + b"\r\n--b\r\nContent-ID: <1@x>\r\n\r\n"


def chunked(octets: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(octets), octets)


def long_part(times: int) -> Iterator[bytes]:
    """A part of so many megabytes: it goes into a sealed file, not into memory."""
    yield HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(OPEN_PART)
    block = chunked(b"x" * (1 << 20))
    for _ in range(times):
        yield block


def many_parts() -> Iterator[bytes]:
    part = b"\r\n--b\r\nContent-ID: <%d@x>\r\n\r\nx"
    body = ROOT + b"".join(part % n for n in range(10_000)) + b"\r\n--b--\r\n"
    yield HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


def long_root() -> Iterator[bytes]:
    yield HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(ROOT)
    for _ in range(64):
        yield chunked(b"x" * (1 << 20))


def long_part_headers() -> Iterator[bytes]:
    yield HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(ROOT + b"\r\n--b\r\n")
    for _ in range(64):
        yield chunked(b"X-A: " + b"y" * (1 << 20))


def tiny_chunks() -> Iterator[bytes]:
    yield HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(OPEN_PART)
    for _ in range(40):
        yield chunked(b"x") * 10_000


def headers_without_end() -> Iterator[bytes]:
    yield HEAD
    for _ in range(64):
        yield b"X-A: y\r\n" * 100_000


FLOODS: dict[str, Callable[[], Iterator[bytes]]] = {
    "a part of 96 megabytes": lambda: long_part(96),
    "10,000 parts": many_parts,
    "a SOAP part without end": long_root,
    "part headers without end": long_part_headers,
    "400,000 chunks of one octet": tiny_chunks,
    "headers without end": headers_without_end,
}


def flood(port: int, octets: Iterator[bytes]) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection, suppress(OSError):
        for each in octets:
            connection.sendall(each)


def peak(running: subprocess.Popen[str]) -> int:
    """The peak resident memory of a process in kilobytes."""
    for line in Path(f"/proc/{running.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise AssertionError


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is told by /proc")
def test_floods_do_not_fill_the_memory_and_peers_are_still_answered(tmp_path: Path) -> None:
    for name in ("XA", "XB"):
        message_key(tmp_path / name, name)
    changes = {"tls": "{}", "allow_http": "true"}
    there = peers_file(tmp_path, "XB", "XA", **changes)
    with answering(there) as (port, running), ExitStack() as open_ones:
        here = peers_file(tmp_path, "XA", "XB", port, **changes)
        here.write_text(here.read_text().replace("https:", "http:"))
        ping = ("-m", "bridge", "peers", "ping", "xb", "--file", here)
        assert process(*ping).code == 0
        before = peak(running)
        for octets in FLOODS.values():
            flood(port, octets())
        for _ in range(50):  # and some that say nothing for as long as they may
            silent = socket.create_connection(("127.0.0.1", port), timeout=20)
            open_ones.callback(silent.close)
        assert process(*ping).code == 0
        assert peak(running) - before < MOST_GROWN_KB
