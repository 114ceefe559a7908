"""A foreign access point as a process of its own, told what to send and asked what it got."""

from __future__ import annotations

import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bridge.envelope import Envelope

START_SECONDS = 60
ANSWER_SECONDS = 120
END_SECONDS = 20


@dataclass(frozen=True)
class Outcome:
    """What the peer says became of a message it sent."""

    outcome: str
    codes: tuple[str, ...]
    reason: str = field(compare=False)


@dataclass(frozen=True)
class Delivered:
    """What the peer delivered of a message it received."""

    action: str
    properties: Mapping[str, str]
    parts: tuple[tuple[str, str, int, str], ...]
    """Of each payload: content id, media type, octets, SHA-256 in hexadecimal digits."""


@dataclass(frozen=True)
class ForeignPeer:
    """A running peer."""

    name: str
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/as4"

    def send(self, envelope: Envelope, url: str, folder: Path, **extra: str) -> Outcome:
        """Have it send this message to ``url``; blocks until it knows what became of it."""
        order = {
            "url": url,
            "messageId": envelope.message_id,
            "conversationId": envelope.conversation_id,
            "service": envelope.service.value,
            "serviceType": envelope.service.type,
            "action": envelope.action,
            **{each.name: each.value for each in envelope.properties},
            **{f"{each.name}.type": each.type for each in envelope.properties},
            **extra,
        }
        compress = extra.get("compress", "true")
        for number, payload in enumerate(envelope.payloads):
            file = folder / f"payload-{number}"
            with payload.content.open() as stream:
                file.write_bytes(stream.read())
            prefix = f"payload.{number}."
            order[prefix + "file"] = str(file)
            order[prefix + "contentId"] = payload.content_id
            order[prefix + "mimeType"] = payload.media_type
            order[prefix + "compress"] = compress
        status, told = self._ask("/send", order)
        assert status == 200, f"{self.name} failed: {told}\n{self.tail()}"
        return Outcome(told["outcome"], tuple(told["codes"].split()), told["reason"])

    def received(self, message_id: str) -> Delivered | None:
        """Tell what it delivered under this message id, None if nothing."""
        status, told = self._ask(f"/received?{message_id}", {})
        if status == 404:
            return None
        prefix = "property."
        parts = []
        while (start := f"part.{len(parts)}.") + "sha256" in told:
            given = (told[start + name] for name in ("contentId", "mimeType", "size", "sha256"))
            content_id, media_type, size, digest = given
            parts.append((content_id, media_type, int(size), digest))
        properties = {
            name.removeprefix(prefix): value
            for name, value in told.items()
            if name.startswith(prefix)
        }
        return Delivered(told["action"], properties, tuple(parts))

    def tail(self) -> str:
        """Give the end of its log, for people who read a failed test."""
        return self.log.read_text("utf-8", "replace")[-4000:]

    def _ask(self, path: str, order: Mapping[str, str]) -> tuple[int, dict[str, str]]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data=_properties(order), method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
                return response.status, _read_properties(response.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, _read_properties(refused.read())


@contextmanager
def running(name: str, command: list[str], log: Path) -> Iterator[ForeignPeer]:
    """Start a peer and wait for its port; it ends with its standard input, at the latest killed."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output
        )
        assert process.stdin is not None and process.stdout is not None
        late = threading.Timer(START_SECONDS, process.kill)
        late.start()
        try:
            line = process.stdout.readline().decode("ascii", "replace").split()
            late.cancel()
            peer = ForeignPeer(name, int(line[1]) if line[:1] == ["PORT"] else 0, log)
            assert peer.port, f"{name} does not start: {peer.tail()}"
            yield peer
        finally:
            late.cancel()
            process.stdin.close()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


def _properties(values: Mapping[str, str]) -> bytes:
    lines = (f"{_escape(name)}={_escape(value)}" for name, value in values.items())
    return "\n".join(lines).encode("ascii")


def _escape(text: str) -> str:
    assert text.isascii()
    return "".join("\\" + each if each in "\\:=# " else each for each in text)


def _read_properties(octets: bytes) -> dict[str, str]:
    """Read what ``java.util.Properties.store`` writes, as far as our peers use it."""
    found = {}
    for line in octets.decode("latin-1").splitlines():
        if line and not line.startswith("#"):
            plain = line.replace("\\:", ":").replace("\\ ", " ").replace("\\#", "#")
            name, _, value = plain.replace("\\=", "\x00").partition("=")
            found[name.replace("\x00", "=")] = value.replace("\x00", "=")
    return found
