"""One embedded access point on the loopback interface, and strangers who talk to it in octets."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

import aiohttp

from bridge.ports import Acceptance, Arrival
from bridge.resources import standards
from bridge.transport.as4.client import Address
from bridge.transport.as4.endpoint import EndpointLimits
from bridge.transport.as4.errors import load_errors
from bridge.transport.as4.mime import Body, Package, write_package
from bridge.transport.as4.mime_reader import MimeLimits
from bridge.transport.as4.peers import Peers, Remote
from bridge.transport.as4.server import Listening
from bridge.transport.as4.transport import As4Settings, As4Transport, Identity, Surroundings
from tests.as4_worlds import LEGS, NOW, Side, side
from tests.contract.desk import Clock, Desk

TABLE = load_errors(standards())
PATH = "/services/msh"
SHORT = EndpointLimits(
    mime=MimeLimits(octets=4 << 20), messages=4, silence=0.2, grace=0.3, rate=1 << 20
)
"""Limits that an attack reaches at once."""


class GuardedDesk(Desk):
    """A desk that can be held up while it keeps a message."""

    def __init__(self) -> None:
        super().__init__(Clock())
        self.entered = asyncio.Event()
        self.free = asyncio.Event()
        self.free.set()

    async def accept(self, arrival: Arrival) -> Acceptance:
        self.entered.set()
        await self.free.wait()
        return await super().accept(arrival)


@dataclass
class Point:
    """A running access point with its desk."""

    transport: As4Transport
    desk: GuardedDesk
    session: aiohttp.ClientSession = field(repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.transport.port}{PATH}"

    async def post(self, package: Package) -> tuple[int, bytes]:
        """Post a package as a well-behaved peer does."""
        return await self.post_body(write_package(package, "a-boundary", "root@bridge.example"))

    async def post_body(self, body: Body) -> tuple[int, bytes]:
        return await self.post_octets(b"".join(body.chunks()), body.content_type)

    async def post_octets(self, octets: bytes, content_type: str) -> tuple[int, bytes]:
        headers = {"Content-Type": content_type}
        async with self.session.post(self.url, data=octets, headers=headers) as response:
            return response.status, await response.read()

    @asynccontextmanager
    async def connection(
        self,
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.transport.port)
        try:
            yield reader, writer
        finally:
            writer.close()

    async def raw(self, chunks: Iterable[bytes]) -> bytes:
        """Send octets as they are, as long as they are taken; give all that comes back."""
        async with self.connection() as (reader, writer):
            try:
                for chunk in chunks:
                    writer.write(chunk)
                    await writer.drain()
                    if reader.at_eof() or reader._buffer:  # type: ignore[attr-defined]
                        break
            except ConnectionError:
                pass
            try:
                return await asyncio.wait_for(reader.read(), 10)
            except ConnectionError:  # the rest of the flood was met by a reset
                return bytes(reader._buffer)  # type: ignore[attr-defined]


def transport_of(
    own: Side,
    *remotes: Remote,
    clock: Callable[[], datetime] = lambda: NOW,
    settings: As4Settings | None = None,
    **around: object,
) -> As4Transport:
    surroundings = Surroundings(clock, lambda: uuid.uuid4().hex, os.urandom, lambda: 0.0)
    return As4Transport(
        Identity(own.signer, (own.decrypter,), "bridge.example"),
        Peers(((own.id, own.party.type),), remotes),
        LEGS,
        TABLE,
        replace(surroundings, **around),  # type: ignore[arg-type]
        settings or As4Settings(listening=Listening(path=PATH)),
    )


def remote_of(there: Side, url: str = "http://127.0.0.1:9/", **changes: object) -> Remote:
    return replace(
        Remote(there.as_peer(), Address(url, clear=True)),
        **changes,  # type: ignore[arg-type]
    )


@asynccontextmanager
async def receiving(
    limits: EndpointLimits = SHORT, listening: Listening | None = None
) -> AsyncIterator[Point]:
    """FR listens, and knows DE."""
    transport = transport_of(
        side("FR"),
        remote_of(side("DE")),
        settings=As4Settings(
            listening=listening or Listening(path=PATH, idle=0.3, drain=5), endpoint=limits
        ),
    )
    desk = GuardedDesk()
    await transport.start(desk)
    async with aiohttp.ClientSession() as session:
        try:
            yield Point(transport, desk, session)
        finally:
            desk.free.set()
            await transport.stop()
