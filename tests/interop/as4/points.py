"""Our access point and those of others, with the test PKI of ``fixtures/as4/pki``."""

from __future__ import annotations

import asyncio
import hashlib
import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from cryptography import x509

from bridge.envelope import Envelope, OctetContent, Party, Payload, Property, Service
from bridge.ports import DECIDED, Report
from bridge.resources import fixtures, standards
from bridge.transport.as4.client import Address
from bridge.transport.as4.errors import load_errors
from bridge.transport.as4.keys import LoadedDecrypter, LoadedSigner, load_key
from bridge.transport.as4.peers import Peers, Remote
from bridge.transport.as4.pmode import Leg, Peer, load_legs
from bridge.transport.as4.schedule import Schedule
from bridge.transport.as4.server import Listening
from bridge.transport.as4.transport import As4Settings, As4Transport, Identity, Surroundings
from bridge.transport.as4.trust import PeerTrust
from tests.contract.desk import Clock, Desk

PKI = fixtures() / "as4" / "pki"
LEGS = load_legs(standards())
PARTY_TYPE = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:"
EAS = "urn:cef.eu:names:identifier:EAS:"
OWN = "AP_DE_01"
THEIRS = "AP_FR_01"
BAD_CERTIFICATES = ("expired", "not-yet-valid", "revoked", "unknown")
PATH = "/services/msh"
XML = b"<?xml version='1.0'?>\r\n<q:Request xmlns:q='urn:q' b='2' a=\"1\"><!-- c --><q:x/></q:Request>"
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40


ONCE = Schedule(window=timedelta(), attempts=1)


def now() -> datetime:
    """The clock on the wall: foreign peers know no other."""
    return datetime.now(UTC)


def party(name: str) -> Party:
    return Party(name, PARTY_TYPE + name.split("_")[1], LEGS.role)


def read_certificate(name: str, kind: str = "good") -> x509.Certificate:
    return x509.load_pem_x509_certificate((PKI / name / f"{kind}.pem").read_bytes())


def authority() -> x509.Certificate:
    return x509.load_pem_x509_certificate((PKI / "ca.pem").read_bytes())


def identity(kind: str = "good") -> Identity:
    pem = b"".join((PKI / OWN / f"{name}.pem").read_bytes() for name in ("key", kind))
    key, chain = load_key(pem + (PKI / "ca.pem").read_bytes(), None)
    signer = LoadedSigner(key, chain)
    decrypter = LoadedDecrypter(key, chain[0])
    return Identity(signer, (decrypter,), "bridge.example")


def their_peer(**changes: Any) -> Peer:
    """What we know of the other side: its certificate is pinned and needs a path."""
    crl = x509.load_pem_x509_crl((PKI / "ca.crl").read_bytes())
    found = read_certificate(THEIRS)
    peer = Peer(
        name=THEIRS,
        id=THEIRS,
        type=party(THEIRS).type,
        trust=PeerTrust(pinned=(found,), anchors=(authority(),), revocations=(crl,)),
        encryption=(found,),
    )
    return replace(peer, **changes)


def uncompressed() -> dict[str, bool]:
    return {leg.name: False for leg in LEGS.legs}


@dataclass
class OwnPoint:
    """Our access point, the real one, and what it was told to keep."""

    transport: As4Transport
    desk: TellingDesk

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.transport.port}{PATH}"

    def kept(self, message_id: str) -> Envelope | None:
        arrival = self.desk.arrivals.get(message_id)
        return arrival and arrival.envelope

    async def send(self, message: Envelope) -> Report:
        """Send, and wait for what the first attempt comes to."""
        return await self.transport.send(message)

    async def reported(self, message_id: str) -> Report:
        """Wait for the last word on a message."""
        async with asyncio.timeout(30):
            while True:
                await self.desk.told.wait()
                self.desk.told.clear()
                if self.desk.progress(message_id) in DECIDED:
                    return self.desk.reports[message_id]


class TellingDesk(Desk):
    """A desk that says when there is a report."""

    def __init__(self) -> None:
        super().__init__(Clock())
        self.told = asyncio.Event()

    async def report(self, report: Report) -> None:
        await super().report(report)
        self.told.set()


@asynccontextmanager
async def own_point(
    url: str = "http://127.0.0.1:9/",
    own: Identity | None = None,
    schedule: Schedule = ONCE,
    clock: Callable[[], datetime] | None = None,
    **peer: Any,
) -> AsyncIterator[OwnPoint]:
    """Our access point on loopback; ``url`` is where the other side is."""
    remote = Remote(their_peer(**peer), Address(url, clear=True), schedule)
    transport = As4Transport(
        own or identity(),
        Peers(((OWN, party(OWN).type),), (remote,)),
        LEGS,
        load_errors(standards()),
        Surroundings(clock or now, lambda: uuid.uuid4().hex, os.urandom, lambda: 0.0),
        As4Settings(listening=Listening(path=PATH, drain=5)),
    )
    desk = TellingDesk()
    await transport.start(desk)
    try:
        yield OwnPoint(transport, desk)
    finally:
        await transport.stop()


Change = Callable[[bytes], bytes]
Handler = Callable[[web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """Somebody who answers posts; gives the address."""
    application = web.Application(client_max_size=64 << 20)
    application.add_routes([web.post("/", handler)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def passed_on(octets: bytes, content_type: str, target: str) -> web.Response:
    async with (
        aiohttp.ClientSession() as session,
        session.post(target, data=octets, headers={"Content-Type": content_type}) as answer,
    ):
        kind = {"Content-Type": answer.headers.get("Content-Type", "text/plain")}
        return web.Response(status=answer.status, body=await answer.read(), headers=kind)


@asynccontextmanager
async def meddler(target: str, change: Change) -> AsyncIterator[str]:
    """Somebody on the way who changes the octets of every request; gives the address."""

    async def meddle(request: web.Request) -> web.Response:
        octets = await request.read()
        changed = change(octets)
        assert changed != octets, "there was nothing to change"
        return await passed_on(changed, request.headers["Content-Type"], target)

    async with serving(meddle) as url:
        yield url


@asynccontextmanager
async def loser(target: str) -> AsyncIterator[str]:
    """Somebody on the way who loses the first answer; gives the address."""
    answers: list[web.Response] = []

    async def lose(request: web.Request) -> web.Response:
        octets = await request.read()
        answers.append(await passed_on(octets, request.headers["Content-Type"], target))
        return web.Response(status=503) if len(answers) == 1 else answers[-1]

    async with serving(lose) as url:
        yield url


@asynccontextmanager
async def repeater(target: str) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Somebody who sends every request twice; gives the address and all answers."""
    answers: list[bytes] = []

    async def repeat(request: web.Request) -> web.Response:
        octets = await request.read()
        for _ in range(2):
            answer = await passed_on(octets, request.headers["Content-Type"], target)
            assert isinstance(answer.body, bytes)
            answers.append(answer.body)
        return answer

    async with serving(repeat) as url:
        yield url, answers


def leg(name: str) -> Leg:
    return next(each for each in LEGS.legs if each.name == name)


def message(sender: str, receiver: str, kind: str, *contents: tuple[str, bytes]) -> Envelope:
    """A message of this leg with payloads of these media types and octets."""
    terms = leg(kind)
    ids = (f"{uuid.uuid4().hex}@ap.example" for _ in contents)
    properties = (
        ()
        if terms.test
        else (
            Property("originalSender", "C1-ID", EAS + "0204"),
            Property("finalRecipient", "C4-ID", EAS + "0009"),
        )
    )
    return Envelope(
        message_id=f"{uuid.uuid4()}@ap.example",
        timestamp=datetime.now(UTC),
        sender=party(sender),
        receiver=party(receiver),
        service=Service(terms.service, terms.type),
        action=terms.action,
        conversation_id=str(uuid.uuid4()),
        properties=properties,
        payloads=tuple(
            Payload(content_id, media_type, OctetContent(octets))
            for content_id, (media_type, octets) in zip(ids, contents, strict=False)
        ),
    )


def large(octets: int) -> bytes:
    """Octets that gzip cannot shrink, the same in every run."""
    return hashlib.shake_256(b"a large attachment").digest(octets)


def folder_for(folder: Path) -> Path:
    """Write what a foreign peer needs to be ``THEIRS``: keys, certificates, parties."""
    copies = {
        "key": f"{THEIRS}/key",
        "certificate": f"{THEIRS}/good",
        "decrypts-key": f"{THEIRS}/key",
        "decrypts": f"{THEIRS}/good",
        "partner": f"{OWN}/good",
        "recipient": f"{OWN}/good",
        "ca": "ca",
        "next-key": f"{THEIRS}/next-key",
        **{kind: f"{THEIRS}/{kind}" for kind in ("next", *BAD_CERTIFICATES)},
    }
    files = {name: (PKI / f"{source}.pem").read_bytes() for name, source in copies.items()}
    return write_settings(folder, files, "rsa")


def write_settings(folder: Path, files: Mapping[str, bytes], suite: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, octets in files.items():
        (folder / f"{name}.pem").write_bytes(octets)
    sides = {"own": party(THEIRS), "partner": party(OWN)}
    lines = [f"role={LEGS.role}", f"suite={suite}"]
    for name, each in sides.items():
        lines += [f"{name}.id={each.id}", f"{name}.type={each.type}"]
    (folder / "peer.properties").write_text("\n".join(lines), "ascii")
    return folder
