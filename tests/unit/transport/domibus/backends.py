"""One simulated Domibus with a client, and servers that answer as a script says."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bridge.envelope import Envelope
from bridge.sandbox.domibus.messages import Value
from bridge.sandbox.domibus.server import Simulator
from bridge.transport.as4.content import SealedSink
from bridge.transport.domibus.client import DomibusClient, Settings
from bridge.transport.domibus.transport import DomibusTransport
from tests.contract.desk import Clock, Desk
from tests.contract.envelopes import AWAY, HOME
from tests.contract.worlds import listening

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def client_of(url: str, **settings: Any) -> AsyncIterator[DomibusClient]:
    client = DomibusClient(Settings(url, **settings), lambda: SealedSink(os.urandom))
    await client.open()
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def two_points(clock: Clock, **options: Any) -> AsyncIterator[tuple[Simulator, Simulator]]:
    """The access points of HOME and AWAY, which know each other."""
    home = Simulator(Value(HOME.id, HOME.type), clock, **options)
    away = Simulator(Value(AWAY.id, AWAY.type), clock, **options)
    home.point.meet(away.point)
    async with home, away:
        yield home, away


@asynccontextmanager
async def scripted(handler: Handler, **settings: Any) -> AsyncIterator[DomibusClient]:
    """A client of a server that answers every call by ``handler``."""
    async with (
        listening([web.post("/services/wsplugin", handler)]) as url,
        client_of(url, **settings) as client,
    ):
        yield client


async def settled(*points: Simulator) -> None:
    """Let everything happen that is due."""
    while [point for point in points if await point.step()]:
        pass


@asynccontextmanager
async def running(
    point: Simulator, desk: Desk, settings: Settings | None = None, **options: Any
) -> AsyncIterator[DomibusTransport]:
    """A bridge behind an access point, which has swept once and waits to be told."""
    swept = asyncio.Event()

    async def first_sweep(stopping: asyncio.Event, seconds: float) -> None:
        swept.set()
        await stopping.wait()

    client = DomibusClient(settings or Settings(point.url), lambda: SealedSink(os.urandom))
    transport = DomibusTransport(client, desk.clock, pause=first_sweep, **options)
    await transport.start(desk)
    await swept.wait()
    try:
        yield transport
    finally:
        await transport.stop()


async def arrived(home: Simulator, away: Simulator, *envelopes: Envelope) -> None:
    """Bring messages to ``away`` without a bridge behind ``home``."""
    async with running(home, Desk(Clock())) as sender:
        for envelope in envelopes:
            await sender.send(envelope)
    await settled(home, away)
