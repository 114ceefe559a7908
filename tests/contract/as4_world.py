"""Two embedded access points; every byte between them goes over sockets, with TLS or without."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiohttp import web

from bridge.envelope import Party
from bridge.resources import standards
from bridge.transport.as4.client import Address
from bridge.transport.as4.errors import load_errors
from bridge.transport.as4.peers import Peers, Remote
from bridge.transport.as4.server import Listening
from bridge.transport.as4.tls import TlsKey, TlsSettings, server_context
from bridge.transport.as4.transport import As4Settings, As4Transport, Identity, Surroundings
from tests.as4_tls import TlsAuthority
from tests.as4_worlds import LEGS, Side, side
from tests.contract.desk import Clock
from tests.contract.envelopes import AWAY, HOME
from tests.contract.worlds import End, World

TABLE = load_errors(standards())
NAMES = {HOME: "XA", AWAY: "XB"}
PATH = "/services/msh"


class Waits:
    """Waiting by a clock that goes when it is told to."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[asyncio.Task[Any], tuple[datetime, asyncio.Event]] = {}
        self._entered = asyncio.Event()

    async def pause(self, event: asyncio.Event, seconds: float) -> None:
        if seconds <= 0:
            return
        task, over = asyncio.current_task(), asyncio.Event()
        assert task is not None
        self._waiting[task] = self._clock() + timedelta(seconds=seconds), over
        self._entered.set()
        either = [asyncio.ensure_future(each.wait()) for each in (event, over)]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in either:
                each.cancel()
            self._waiting.pop(task, None)

    async def settle(self) -> None:
        """Return when every sending has ended or waits for a time that has not come."""
        while True:
            self._entered.clear()
            for task, (due, over) in list(self._waiting.items()):
                if due <= self._clock():
                    del self._waiting[task]
                    over.set()
            tasks = {each for each in asyncio.all_tasks() if each.get_name() == "as4-sending"}
            busy = tasks - self._waiting.keys()
            if not busy:
                return
            entered = asyncio.ensure_future(self._entered.wait())
            await asyncio.wait({*busy, entered}, return_when=asyncio.FIRST_COMPLETED)
            entered.cancel()


class As4End(End):
    """An end that tells the other one where it listens."""

    world: As4World

    async def start(self) -> None:
        await super().start()
        self.world.meet()

    async def restart(self) -> None:
        await super().restart()
        self.world.meet()


class As4World(World):
    def __init__(self, authority: TlsAuthority | None = None) -> None:
        self.clock = Clock()
        self.waits = Waits(self.clock)
        self._authority = authority
        self._own: dict[Party, TlsKey] = {}
        if authority is not None:
            self._own = {each: authority.issue(each.id, "127.0.0.1") for each in NAMES}
        self._lose = False
        self.home = self._end(HOME)
        self.away = self._end(AWAY)

    def _end(self, party: Party) -> As4End:
        end = As4End(party, self.clock, lambda: self._transport(party))
        end.world = self
        return end

    def _transport(self, party: Party) -> As4Transport:
        own = side(NAMES[party])
        tls = server_context(self._own[party]) if self._own else None
        transport = As4Transport(
            Identity(own.signer, (own.decrypter,), "bridge.example"),
            Peers(((own.id, own.party.type),), ()),
            LEGS,
            TABLE,
            Surroundings(
                self.clock, lambda: uuid.uuid4().hex, os.urandom, lambda: 0.5, self.waits.pause
            ),
            As4Settings(listening=Listening(path=PATH, tls=tls)),
        )
        if party is AWAY:
            transport.endpoint.handle = self._losing(transport)  # type: ignore[method-assign]
        return transport

    def _losing(self, transport: As4Transport) -> Any:
        handle = transport.endpoint.handle

        async def losing(request: web.Request) -> web.Response:
            response = await handle(request)
            if self._lose and request.transport is not None:
                self._lose = False
                request.transport.close()
            return response

        return losing

    def meet(self) -> None:
        """Tell both ends where the other one is."""
        for end, other in ((self.home, self.away), (self.away, self.home)):
            transport, there = end.transport, other.transport
            assert isinstance(transport, As4Transport) and isinstance(there, As4Transport)
            remote = self._remote(side(NAMES[other.party]), there)
            transport.agree(replace(transport.peers, remotes=(remote,)))

    def _remote(self, there: Side, transport: As4Transport) -> Remote:
        try:
            port = transport.port
        except Exception:
            port = 9  # it is not there yet
        scheme = "https" if self._own else "http"
        tls = TlsSettings(self._authority.anchor) if self._authority else TlsSettings()
        address = Address(f"{scheme}://127.0.0.1:{port}{PATH}", tls, clear=not self._own)
        return Remote(there.as_peer(), address)

    async def settle(self) -> None:
        await self.waits.settle()

    async def later(self) -> None:
        self.clock.now += timedelta(hours=1)
        await self.settle()

    def lose_next_answer(self) -> None:
        self._lose = True

    async def cut(self, *, cut: bool) -> None:
        if cut:
            await self.away.transport.stop()
        else:
            await self.away.restart()


@asynccontextmanager
async def as4_world() -> AsyncIterator[World]:
    async with _running(As4World()) as world:
        yield world


@asynccontextmanager
async def as4_world_with_tls() -> AsyncIterator[World]:
    with TemporaryDirectory() as folder:
        async with _running(As4World(TlsAuthority(Path(folder)))) as world:
            yield world


@asynccontextmanager
async def _running(world: As4World) -> AsyncIterator[World]:
    await world.home.start()
    await world.away.start()
    try:
        yield world
    finally:
        await world.home.transport.stop()
        await world.away.transport.stop()
