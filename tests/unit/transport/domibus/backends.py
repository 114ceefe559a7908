"""One simulated Domibus with a client, and servers that answer as a script says."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bridge.sandbox.domibus.messages import Value
from bridge.sandbox.domibus.server import Simulator
from bridge.transport.as4.content import SealedSink
from bridge.transport.domibus.client import DomibusClient, Settings
from tests.contract.desk import Clock
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
