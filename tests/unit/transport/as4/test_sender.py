"""A message is tried by the schedule of its peer, in the same octets, until its end is known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from aiohttp import web

from bridge.envelope import Envelope, Service
from bridge.errors import EdgeFault, LocalFault
from bridge.ports import TEST_SERVICE, Progress, Report
from bridge.transport.as4.breaker import Circuit
from bridge.transport.as4.content import MemorySink
from bridge.transport.as4.mime import Package
from bridge.transport.as4.mime_reader import MimeLimits, PackageReader
from bridge.transport.as4.receipt import write_receipt
from bridge.transport.as4.schedule import Schedule
from bridge.transport.as4.transport import As4Settings, As4Transport
from tests.as4_points import remote_of, transport_of
from tests.as4_worlds import NOW, certificate, envelope, side, world
from tests.contract.as4_world import Waits
from tests.contract.desk import Clock, Desk
from tests.contract.worlds import listening
from tests.unit.transport.as4.test_attempt import error

HERE = world()
MESSAGE = envelope(side("DE"), side("FR"))
Script = Callable[[bytes, str], web.Response]


def receipted(octets: bytes, content_type: str) -> web.Response:
    """Answer as FR does."""
    reader = PackageReader(content_type, MemorySink, MimeLimits())
    reader.feed(octets)
    package: Package = reader.close()
    receipt = write_receipt(HERE.open(package), "r@x", side("FR").making(), NOW)
    return web.Response(body=receipt, content_type="application/soap+xml")


def status(code: int, **headers: str) -> Script:
    return lambda *_: web.Response(status=code, headers=headers)


def erring(code: str) -> Script:
    return lambda *_: web.Response(body=error(code), content_type="application/soap+xml")


class Scripted:
    """A sender, and a peer that answers by a script; its last line is repeated."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.clock.now = NOW
        self.waits = Waits(self.clock)
        self.desk = Desk(self.clock)
        self.script: list[Script] = [receipted]
        self.bodies: list[bytes] = []
        self.times: list[datetime] = []
        self.transport: As4Transport

    async def handle(self, request: web.Request) -> web.Response:
        octets = await request.read()
        self.bodies.append(octets)
        self.times.append(self.clock())
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return step(octets, request.headers["Content-Type"])

    async def send(self, message: Envelope = MESSAGE) -> Report:
        self.desk.sending(message)
        report = await self.transport.send(message)
        await self.desk.report(report)
        await self.waits.settle()
        return report

    async def minutes(self, minutes: float) -> None:
        """Let time pass, second by second, as far as anything waits for it."""
        for _ in range(int(minutes * 60)):
            self.clock.now += timedelta(seconds=1)
            await self.waits.settle()

    @property
    def progress(self) -> Progress | None:
        return self.desk.progress(MESSAGE.message_id)

    @property
    def causes(self) -> list[str]:
        return [each.code for each in self.desk.reports[MESSAGE.message_id].causes]

    @property
    def after(self) -> list[float]:
        """When the attempts came, in minutes."""
        return [(each - NOW).total_seconds() / 60 for each in self.times]


@asynccontextmanager
async def scripted(*script: Script, schedule: Schedule | None = None) -> AsyncIterator[Scripted]:
    here = Scripted()
    here.script = list(script) or [receipted]
    async with listening([web.post("/msh", here.handle)]) as base:
        remote = remote_of(side("FR"), f"{base}/msh", schedule=schedule or Schedule(spread=0))
        here.transport = transport_of(
            side("DE"), remote, clock=here.clock, settings=As4Settings(), pause=here.waits.pause
        )
        await here.transport.start(here.desk)
        try:
            yield here
        finally:
            await here.transport.stop()


async def test_a_receipt_ends_it_and_is_told_at_once() -> None:
    async with scripted() as here:
        report = await here.send()
        assert report.progress is Progress.DELIVERED
        assert b"Receipt" in report.receipt
        assert await here.transport.outcome(MESSAGE.message_id) == report
        await here.minutes(15)
        assert here.after == [0]


async def test_four_attempts_in_twelve_minutes_and_then_the_missing_receipt_is_told() -> None:
    async with scripted(status(500)) as here:
        report = await here.send()
        assert report.progress is Progress.TAKEN
        await here.minutes(8)
        assert here.progress is Progress.TAKEN
        await here.minutes(7)
        assert here.after == [0, 3, 6, 9]
        assert here.progress is Progress.FAILED
        assert here.causes == ["EBMS:0005"] * 4 + ["EBMS:0301"]


async def test_every_attempt_has_the_same_octets() -> None:
    async with scripted(status(503), erring("EBMS:0202"), status(202), receipted) as here:
        await here.send()
        await here.minutes(12)
        assert here.progress is Progress.DELIVERED
        assert len(here.bodies) == 4
        assert len(set(here.bodies)) == 1
        assert here.causes == ["EBMS:0005", "EBMS:0202", "EBMS:0301"]


async def test_an_answer_that_stops_stops() -> None:
    async with scripted(erring("EBMS:0101")) as here:
        report = await here.send()
        assert report.progress is Progress.FAILED
        await here.minutes(12)
        assert here.after == [0]


async def test_a_duplicate_without_a_receipt_ends_it_after_an_earlier_attempt() -> None:
    async with scripted(status(500), erring("EBMS:4001")) as here:
        await here.send()
        await here.minutes(4)
        assert here.progress is Progress.DELIVERED
        assert here.causes == ["EBMS:0005", "EBMS:4001", "EBMS:0301"]


async def test_who_asks_for_time_gets_it() -> None:
    async with scripted(status(503, **{"Retry-After": "300"}), receipted) as here:
        await here.send()
        await here.minutes(6)
        assert here.after == [0, 5]


async def test_a_test_message_is_tried_once() -> None:
    action = TEST_SERVICE[: -len("service")] + "test"
    ping = replace(MESSAGE, service=Service(TEST_SERVICE), action=action, payloads=())
    async with scripted(status(500)) as here:
        report = await here.send(ping)
        assert report.progress is Progress.FAILED
        assert [each.code for each in report.causes] == ["EBMS:0005", "EBMS:0301"]


async def test_a_message_that_is_too_old_is_not_sent() -> None:
    async with scripted(schedule=Schedule(expiry=timedelta(hours=1))) as here:
        report = await here.send(replace(MESSAGE, timestamp=NOW - timedelta(hours=2)))
        assert report.progress is Progress.FAILED
        assert [each.code for each in report.causes] == ["AS4-EXPIRED"]
        assert here.bodies == []


async def test_a_message_that_is_on_its_way_is_not_sent_twice() -> None:
    async with scripted(status(500), receipted) as here:
        await here.send()
        again = await here.send()
        assert again.progress is Progress.TAKEN
        assert here.after == [0]
        with pytest.raises(LocalFault):
            await here.transport.send(replace(MESSAGE, conversation_id="another"))
        await here.minutes(4)
        assert here.progress is Progress.DELIVERED
        assert here.after == [0, 3]


async def test_a_circuit_that_is_open_spares_the_peer_and_closes_with_the_first_answer() -> None:
    async with scripted(status(500)) as here:
        for number in range(8):
            await here.transport.send(replace(MESSAGE, message_id=f"{number}@x"))
        assert len(here.bodies) == 5
        breaker = here.transport.sender.breaker("AP_FR_01")
        assert breaker.circuit is Circuit.OPEN
        here.script = [receipted]
        await here.minutes(7)
        assert breaker.circuit is Circuit.CLOSED
        outcomes = [await here.transport.outcome(f"{number}@x") for number in range(8)]
        assert {each.progress for each in outcomes} == {Progress.DELIVERED}


async def test_who_has_its_fill_takes_no_more_until_a_message_has_ended() -> None:
    async with scripted(status(500)) as here:
        sender = here.transport.sender
        sender._with = replace(sender._with, most=3)
        for number in range(3):
            await here.transport.send(replace(MESSAGE, message_id=f"{number}@x"))
        with pytest.raises(EdgeFault) as raised:
            await here.transport.send(MESSAGE)
        assert raised.value.retryable
        here.script = [receipted]
        await here.minutes(4)
        assert (await here.send()).progress is Progress.DELIVERED


async def test_a_store_that_is_away_gets_the_report_when_it_is_back() -> None:
    async with scripted(status(500), receipted) as here:
        await here.send()
        here.desk.closed = True
        await here.minutes(4)
        assert here.progress is Progress.TAKEN
        here.desk.closed = False
        await here.minutes(1)
        assert here.progress is Progress.DELIVERED


async def test_who_stops_forgets_what_waits_and_says_so() -> None:
    async with scripted(status(500)) as here:
        await here.send()
        await here.transport.stop()
        known = await here.transport.outcome(MESSAGE.message_id)
        assert known.progress is Progress.UNKNOWN
        with pytest.raises(EdgeFault):
            await here.transport.send(MESSAGE)


async def test_made_again_after_a_crash_the_stored_receipt_fits() -> None:
    stored: list[web.Response] = []

    def first_receipt(octets: bytes, content_type: str) -> web.Response:
        stored.append(receipted(octets, content_type))
        return web.Response(status=502)

    async with scripted(first_receipt) as here:
        await here.send()
    async with scripted(
        lambda *_: web.Response(body=stored[0].body, content_type="application/soap+xml")
    ) as again:
        report = await again.send()
        assert report.progress is Progress.DELIVERED


async def test_a_change_of_peers_counts_from_the_next_attempt_on() -> None:
    async with scripted(status(500)) as here, scripted() as there:
        await here.send()
        here.transport.agree(there.transport.peers and replace(
            here.transport.peers, remotes=there.transport.peers.remotes
        ))  # fmt: skip
        await here.minutes(4)
        assert here.progress is Progress.DELIVERED
        assert (len(here.bodies), len(there.bodies)) == (1, 1)


async def test_a_peer_that_is_taken_out_gets_nothing_more() -> None:
    async with scripted(status(500)) as here:
        await here.send()
        here.transport.agree(replace(here.transport.peers, remotes=()))
        await here.minutes(4)
        assert here.progress is Progress.FAILED
        assert here.causes == ["EBMS:0005", "EBMS:0003"]
        assert len(here.bodies) == 1


async def test_nothing_is_sent_for_a_certificate_that_has_ended() -> None:
    ended = certificate("FR", days=(-30, -1))
    async with scripted() as here:
        [remote] = here.transport.peers.remotes
        here.transport.agree(
            here.transport.peers.with_peers([replace(remote.peer, encryption=(ended,))])
        )
        with pytest.raises(LocalFault) as raised:
            await here.transport.send(MESSAGE)
        assert raised.value.code == "AS4-RECIPIENT"
        assert here.bodies == []


async def test_nobody_waiting_any_more_does_not_stop_a_message() -> None:
    entered, free = asyncio.Event(), asyncio.Event()
    async with scripted() as here:
        handle = here.handle

        async def slow(request: web.Request) -> web.Response:
            entered.set()
            await free.wait()
            return await handle(request)

        async with listening([web.post("/msh", slow)]) as base:
            here.transport.agree(
                replace(here.transport.peers, remotes=(remote_of(side("FR"), f"{base}/msh"),))
            )
            here.desk.sending(MESSAGE)
            sending = asyncio.create_task(here.transport.send(MESSAGE))
            await entered.wait()
            sending.cancel()
            await asyncio.wait([sending])
            free.set()
            await here.waits.settle()
        assert (await here.transport.outcome(MESSAGE.message_id)).progress is Progress.DELIVERED
