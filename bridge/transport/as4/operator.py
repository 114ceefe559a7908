"""What an operator asks of the access point: list and check peers, import them, call one.

The answers are values that anybody may print; the command line sees no adapter
(docs/decisions/0023).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from bridge.envelope import Envelope, OctetContent, Party, Payload, Property, Service
from bridge.errors import EdgeFault, SettingsFault
from bridge.ports import Acceptance, Arrival, Progress, Report
from bridge.transport.as4.errors import load_errors
from bridge.transport.as4.peers import Expiry, Remote, expiries
from bridge.transport.as4.peers_file import PeersFile, load_peers
from bridge.transport.as4.peers_writer import Change, Imported, changes, fingerprint_of, write_peers
from bridge.transport.as4.pmode import Legs, load_legs
from bridge.transport.as4.pmode_import import read_pmode
from bridge.transport.as4.server import Listening
from bridge.transport.as4.tls import TlsKey, server_context
from bridge.transport.as4.transport import As4Settings, As4Transport, Surroundings
from bridge.transport.as4.truststore import read_truststore

_PING: Final = b"<ping/>\n"
_PROPERTY_TYPES: Final = ("originalSender", "finalRecipient")


@dataclass(frozen=True, slots=True)
class PeerLine:
    """One peer for people; ``certificates`` are SHA-256 in hexadecimal."""

    name: str
    id: str
    type: str
    endpoint: str
    versions: tuple[str, ...]
    certificates: tuple[str, ...]
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Pinged:
    """How a call went; ``causes`` are (code, text), the text may be the peer's own."""

    peer: str
    delivered: bool
    seconds: float
    causes: tuple[tuple[str, str], ...]


class NoInbox:
    """The inbox of an access point that only answers test messages."""

    async def accept(self, arrival: Arrival) -> Acceptance:
        """Keep nothing, so that nothing is acknowledged."""
        raise EdgeFault("only test messages are answered here", retryable=True)

    async def report(self, report: Report) -> None:
        """Take note of nothing."""

    async def undecided(self, before: datetime) -> Sequence[str]:
        """Wait for nothing."""
        return ()


class Operator:
    """Works on files of peers. ``standards`` is the folder ``xsd/``."""

    def __init__(self, standards: Path, around: Surroundings) -> None:
        self._standards = standards
        self._legs: Legs = load_legs(standards)
        self._around = around

    def list(self, path: Path) -> tuple[PeerLine, ...]:
        """Give the peers of a file; raises `SettingsFault` with everything wrong in it."""
        file = load_peers(path, self._legs, keys=False)
        off = (PeerLine(name, "", "", "", (), (), enabled=False) for name in file.disabled)
        return (*(_line(each) for each in file.peers.remotes), *off)

    def check(self, path: Path) -> tuple[Expiry, ...]:
        """Check a file with our own key; give the certificates that end soon."""
        file = load_peers(path, self._legs)
        own = file.identity.signer.certificates[:1] if file.identity else ()
        opening = (
            tuple(each.certificate for each in file.identity.decrypters) if file.identity else ()
        )
        return expiries(file.peers, tuple(dict.fromkeys((*own, *opening))), self._around.clock())

    def read(self, pmode: bytes, truststore: bytes, password: str, *, allow_http: bool) -> Imported:
        """Read a PMode and a truststore as one snapshot."""
        store = read_truststore(truststore, password)
        return write_peers(read_pmode(pmode, self._legs), store, allow_http=allow_http)

    def write(self, imported: Imported, path: Path, *, approved: bool) -> tuple[Change, ...]:
        """Write a snapshot with its certificates, and give what it changes in the one there.

        Nothing is written where a grave change is not ``approved``, or the new file is not sound.
        """
        folder = path.parent / f".{path.name}.new"
        folder.mkdir(parents=True, exist_ok=True)
        try:
            _write_all(imported, folder / path.name)
            new = load_peers(folder / path.name, self._legs, keys=False).peers
            found: tuple[Change, ...] = ()
            if path.exists():
                found = changes(load_peers(path, self._legs, keys=False).peers, new)
            if approved or not any(each.grave for each in found):
                _write_all(imported, path)
            return found
        finally:
            _remove(folder)

    async def ping(self, path: Path, name: str) -> Pinged:
        """Send a test message to a peer, once, and prove its receipt (as4 6.4)."""
        file = load_peers(path, self._legs)
        remote = file.peers.named(name)
        if remote is None:
            raise SettingsFault("there is no such peer, or it is disabled", where=f"{path}: {name}")
        transport = self._transport(file, As4Settings())
        await transport.start(NoInbox())
        begun = time.perf_counter()
        try:
            report = await transport.send(self._ping(file, remote))
        finally:
            await transport.stop()
        causes = tuple((each.code, each.detail) for each in report.causes)
        delivered = report.progress is Progress.DELIVERED
        return Pinged(name, delivered, time.perf_counter() - begun, causes)

    async def answer(
        self, path: Path, host: str, port: int, tls: Path | None, ready: Callable[[int], None]
    ) -> None:
        """Answer test messages until this is cancelled; everything else is turned away (503).

        ``ready`` is told the port.
        """
        file = load_peers(path, self._legs)
        context = server_context(TlsKey(tls)) if tls else None
        listening = Listening(host=host, port=port, tls=context, drain=5)
        transport = self._transport(file, As4Settings(listening=listening))
        await transport.start(NoInbox())
        try:
            ready(transport.port)
            await self._around.pause(_never(), _FOR_EVER)
        finally:
            await transport.stop()

    def _transport(self, file: PeersFile, settings: As4Settings) -> As4Transport:
        if file.identity is None:
            raise SettingsFault(
                "the file names no key of ours",
                where=str(file.path),
                remedy="Set 'key' in [own].",
            )
        table = load_errors(self._standards)
        return As4Transport(file.identity, file.peers, self._legs, table, self._around, settings)

    def _ping(self, file: PeersFile, remote: Remote) -> Envelope:
        around, legs = self._around, self._legs
        [leg] = [each for each in legs.legs if each.test]
        own_id, own_type = file.peers.own[0]
        parties = (
            Party(own_id, own_type, legs.role),
            Party(remote.peer.id, remote.peer.type, legs.role),
        )
        domain = file.identity.domain if file.identity else ""
        properties = tuple(
            Property(name, party.id, party.type)
            for name, party in zip(_PROPERTY_TYPES, parties, strict=True)
        )
        content_id = f"{around.ids().replace('-', '')}@{domain}"
        return Envelope(
            f"{around.ids()}@{domain}",
            around.clock(),
            *parties,
            Service(leg.service, leg.type),
            leg.action,
            around.ids(),
            properties,
            (Payload(content_id, "text/xml", OctetContent(_PING)),),
            agreement=remote.peer.agreement,
        )


_FOR_EVER: Final = 1e9


def _never() -> asyncio.Event:
    return asyncio.Event()


def _line(remote: Remote) -> PeerLine:
    peer = remote.peer
    certificates = tuple(fingerprint_of(each) for each in peer.trust.pinned)
    return PeerLine(
        peer.name, peer.id, peer.type, remote.address.url, remote.versions, certificates
    )


def _write_all(imported: Imported, path: Path) -> None:
    """Write the certificates first: a file of peers never names one that is not there."""
    for name, octets in imported.certificates.items():
        target = path.parent / name
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, octets)
    _replace(path, imported.text.encode("utf-8"))


def _replace(path: Path, octets: bytes) -> None:
    new = path.with_name(f"{path.name}.part")
    new.write_bytes(octets)
    new.replace(path)


def _remove(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()
