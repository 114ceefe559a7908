"""Two access points and what lies between them, once for each transport."""

from __future__ import annotations

import asyncio
import os
import ssl
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from bridge.envelope import Envelope, Party
from bridge.errors import EdgeFault
from bridge.ports import Progress, Report, Transport
from bridge.sandbox.domibus.messages import PMode, User, Value
from bridge.sandbox.domibus.pushing import Rule
from bridge.sandbox.domibus.server import Simulator, Trouble
from bridge.transport.as4.content import SealedSink
from bridge.transport.domibus.client import DomibusClient, Settings
from bridge.transport.domibus.dialect import CURRENT, FIRST, LEGACY, Dialect
from bridge.transport.domibus.endpoint import PushAccess, PushEndpoint
from bridge.transport.domibus.push import Notification
from bridge.transport.domibus.transport import DomibusTransport
from bridge.transport.memory import MemoryNetwork, MemoryTransport
from tests.contract.desk import Clock, Desk, DeskClosed
from tests.contract.envelopes import AWAY, HOME

ATTEMPTS = 4


class End:
    """One side: its desk stays, its transport is replaced by a restart."""

    def __init__(self, party: Party, clock: Clock, make: Callable[[], Transport]) -> None:
        self.party = party
        self.desk = Desk(clock)
        self._make = make
        self.transport: Transport = make()

    async def start(self) -> None:
        await self.transport.start(self.desk)

    async def restart(self) -> None:
        """Come back after the process was lost: only the desk is as it was."""
        await self.transport.stop()
        self.transport = self._make()
        await self.transport.start(self.desk)


class World(ABC):
    """What the contract needs of every transport."""

    clock: Clock
    home: End
    away: End
    consumes = False
    """Whether what is fetched is forgotten before it is kept: no bridge can mend that."""

    async def send(self, envelope: Envelope, by: End | None = None) -> Report:
        """Send as the service does: again later, while that can help, and note what comes of it."""
        end = by or self.home
        end.desk.sending(envelope)
        for _ in range(ATTEMPTS):
            try:
                report = await end.transport.send(envelope)
            except EdgeFault as fault:
                assert fault.retryable
                await self.later()
                continue
            await end.desk.report(report)
            await self.settle()
            return report
        return Report(envelope.message_id, Progress.UNKNOWN)

    @abstractmethod
    async def settle(self) -> None:
        """Return when all that is under way and needs no time has happened."""

    @abstractmethod
    async def later(self) -> None:
        """Let so much time pass that everything is tried again that will be, and settle."""

    @abstractmethod
    def lose_next_answer(self) -> None:
        """Let the next message of ``home`` be taken, but the answer be lost."""

    @abstractmethod
    async def cut(self, *, cut: bool) -> None:
        """Make ``away`` unreachable, or reachable again."""


class LossyNetwork(MemoryNetwork):
    """Loses an answer where it is told to."""

    lose = False

    def find(self, party: Party) -> MemoryTransport | None:
        end = super().find(party)
        if end is None or not self.lose:
            return end
        self.lose = False
        return Losing(end)


class Losing(MemoryTransport):
    """Lets an end take a message, and says nothing of it."""

    def __init__(self, end: MemoryTransport) -> None:
        self._end = end

    async def take(self, envelope: Envelope) -> Report:
        await self._end.take(envelope)
        raise EdgeFault("the answer was lost", retryable=True)


class MemoryWorld(World):
    def __init__(self) -> None:
        self.clock = Clock()
        self.network = LossyNetwork()
        self.home = End(HOME, self.clock, lambda: self.network.join(HOME))
        self.away = End(AWAY, self.clock, lambda: self.network.join(AWAY))

    async def settle(self) -> None:
        return

    async def later(self) -> None:
        self.clock.now += timedelta(hours=1)

    def lose_next_answer(self) -> None:
        self.network.lose = True

    async def cut(self, *, cut: bool) -> None:
        if cut:
            await self.away.transport.stop()
        else:
            await self.away.restart()


@dataclass(frozen=True)
class Kind:
    """One way to use Domibus."""

    release: str = "5.1"
    dialect: Dialect = CURRENT
    push: bool = True
    mtom: bool = False


class DomibusWorld(World):
    """Two simulated Domibus, a bridge behind each; every byte goes over sockets."""

    def __init__(self, kind: Kind) -> None:
        self.clock = Clock()
        self.kind = kind
        self.consumes = not kind.dialect.mark
        self.points: dict[str, Simulator] = {}
        self.ends: dict[str, End] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[DomibusWorld]:
        async with AsyncExitStack() as stack:
            for party in (HOME, AWAY):
                await stack.enter_async_context(self._end(party))
            self.home, self.away = self.ends[HOME.id], self.ends[AWAY.id]
            self.points[HOME.id].point.meet(self.points[AWAY.id].point)
            for end in self.ends.values():
                await end.start()
            try:
                yield self
            finally:
                for end in self.ends.values():
                    await end.transport.stop()

    @asynccontextmanager
    async def _end(self, party: Party) -> AsyncIterator[None]:
        password = "Sixteen-Letters-1"
        endpoint = PushEndpoint(self._notified(party), PushAccess("domibus", password))
        async with listening(endpoint.routes("/push")) as base:
            rule = Rule(f"{base}/push", user="domibus", password=password)
            simulator = Simulator(
                Value(party.id, party.type),
                self.clock,
                release=self.kind.release,
                pmode=PMode(retention_downloaded=60),
                rules=(rule,) if self.kind.push else (),
                users={"bridge": User(password)},
                mtom=self.kind.mtom,
            )
            async with simulator:
                settings = Settings(
                    simulator.url,
                    "bridge",
                    password,
                    dialect=self.kind.dialect,
                    mtom=self.kind.mtom,
                )
                self.points[party.id] = simulator
                self.ends[party.id] = End(party, self.clock, lambda: self._transport(settings))
                yield

    def _notified(self, party: Party) -> Callable[[Notification], Awaitable[None]]:
        async def notified(notification: Notification) -> None:
            transport = self.ends[party.id].transport
            assert isinstance(transport, DomibusTransport)
            await transport.notified(notification)

        return notified

    def _transport(self, settings: Settings) -> DomibusTransport:
        client = DomibusClient(settings, lambda: SealedSink(os.urandom))
        consuming = not settings.dialect.mark
        return DomibusTransport(client, self.clock, consuming=consuming, pause=only_the_event)

    async def settle(self) -> None:
        moved = True
        while moved:
            moved = False
            for point in self.points.values():
                moved |= await point.step()
            await fetched()
            if not self.kind.push:
                await self.sweep()

    async def sweep(self) -> None:
        for end in self.ends.values():
            assert isinstance(end.transport, DomibusTransport)
            with suppress(DeskClosed):  # as the loop of sweeps does
                await end.transport.sweep()

    async def later(self) -> None:
        self.clock.now += timedelta(hours=1, minutes=1)
        await self.settle()
        await self.sweep()
        await self.settle()

    def lose_next_answer(self) -> None:
        self.points[HOME.id].trouble("submitRequest", Trouble.NO_ANSWER)

    async def cut(self, *, cut: bool) -> None:
        self.points[AWAY.id].point.reachable = not cut


async def only_the_event(event: asyncio.Event, seconds: float) -> None:
    """A pause that no time ends: the test says when the next sweep is due."""
    await event.wait()


async def fetched() -> None:
    """Wait for the messages that a push has set going."""
    while tasks := [each for each in asyncio.all_tasks() if each.get_name() == "domibus-fetch"]:
        await asyncio.wait(tasks)


@asynccontextmanager
async def listening(
    routes: list[web.RouteDef], tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """Serve routes on a free port of the loopback interface; gives the address."""
    application = web.Application()
    application.add_routes(routes)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def memory_world() -> AsyncIterator[World]:
    world = MemoryWorld()
    await world.home.start()
    await world.away.start()
    yield world
    await world.home.transport.stop()
    await world.away.transport.stop()


WORLDS: dict[str, Callable[[], object]] = {
    "memory": memory_world,
    "domibus, push": lambda: DomibusWorld(Kind()).running(),
    "domibus, polling": lambda: DomibusWorld(Kind(push=False)).running(),
    "domibus 5.2, MTOM": lambda: DomibusWorld(Kind("5.2", mtom=True)).running(),
    "domibus 5.0": lambda: DomibusWorld(Kind("5.0", FIRST)).running(),
    "domibus 4.2": lambda: DomibusWorld(Kind("4.2", LEGACY, push=False)).running(),
}
"""A world by name; the embedded access point joins in conftest."""
