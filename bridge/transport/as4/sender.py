"""Messages that leave: packed once, tried by the schedule of the peer until their end is known.

Between two attempts a message waits in this process only. After a crash nobody knows of it here,
so it is sent again by whoever keeps it, and made again it has the same digests (as4 6.2).
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bridge.envelope import Envelope
from bridge.errors import EdgeFault, LocalFault
from bridge.ports import Cause, Progress, Report, fingerprint
from bridge.transport.as4.attempt import MISSING_RECEIPT, UNREACHED, Judge, NoAnswer, Outcome
from bridge.transport.as4.breaker import Breaker, BreakerSettings
from bridge.transport.as4.client import Client
from bridge.transport.as4.errors import ErrorTable
from bridge.transport.as4.mime import Body, write_package
from bridge.transport.as4.pack import Making, OutgoingMessage, pack_message
from bridge.transport.as4.peers import Peers, Remote
from bridge.transport.as4.pmode import Legs
from bridge.transport.as4.schedule import ONCE, Schedule
from bridge.transport.as4.workers import Workers

LOG: Final = logging.getLogger(__name__)

EXPIRED: Final = "AS4-EXPIRED"
UNKNOWN_PARTY: Final = "EBMS:0003"
_MOST_ENDED: Final = 256
_MOST_CAUSES: Final = 20
_DRAIN: Final = 60.0
_STORE_AGAIN: Final = 5.0
"""Seconds until a report is offered again to an inbox that could not keep it."""

Pause = Callable[[asyncio.Event, float], Awaitable[None]]
"""Returns when the event is set or so many seconds have gone."""
Told = Callable[[Report], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Sending:
    """What messages are sent with.

    ``peers`` gives the snapshot of now; ``chance`` a number from 0 up to 1 that nobody foresees.
    ``breaker`` holds for each peer by itself. At most ``most`` messages are under way or waiting
    for their next attempt, and ``attempts`` of them are being tried at a time.
    """

    peers: Callable[[], Peers]
    legs: Legs
    table: ErrorTable
    making: Making
    clock: Callable[[], datetime]
    chance: Callable[[], float]
    pause: Pause
    domain: str
    breaker: BreakerSettings = field(default_factory=BreakerSettings)
    most: int = 1000
    attempts: int = 32


@dataclass(frozen=True, slots=True)
class _Packed:
    """A message and its octets: every attempt sends the same."""

    message: OutgoingMessage
    body: Body


@dataclass(slots=True)
class _Job:
    """One message on its way; ``first`` is what is known after its first attempt."""

    envelope: Envelope
    remote: Remote
    schedule: Schedule
    begun: datetime
    first: asyncio.Future[Report]
    packed: _Packed | None = None
    waiting: int = 0
    done: int = 0
    causes: tuple[Cause, ...] = ()


class Sender:
    """Sends for one transport. ``told`` keeps what becomes known after `send` has returned."""

    def __init__(self, sending: Sending, client: Client, workers: Workers, told: Told) -> None:
        self._with = sending
        self._client = client
        self._workers = workers
        self._told = told
        self._jobs: dict[str, _Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended: OrderedDict[str, Report] = OrderedDict()
        self._breakers: dict[str, Breaker] = {}
        self._stopping = asyncio.Event()
        self._trying = asyncio.Semaphore(sending.attempts)

    def breaker(self, name: str) -> Breaker:
        """Give the circuit breaker of a peer."""
        return self._breakers.setdefault(name, Breaker(self._with.breaker))

    async def send(self, envelope: Envelope) -> Report:
        """Make the first attempt and tell how it went; ``TAKEN`` means that further ones follow.

        A message that is on its way already is not sent a second time. Raises `EdgeFault` where
        the sender was stopped or has its fill, `LocalFault` for what no peer could take.
        """
        if self._stopping.is_set():
            raise EdgeFault("the transport is not running", retryable=True)
        job = self._jobs.get(envelope.message_id)
        if job is None:
            remote = self._with.peers().remote(envelope.receiver)
            if remote is None:
                return self._failed(envelope, UNKNOWN_PARTY, "the receiver is none of our peers")
            if len(self._jobs) >= self._with.most:
                raise EdgeFault("too many messages are on their way", retryable=True)
            job = self._begin(envelope, remote)
        elif not await self._workers.run(_is_same, job.envelope, envelope):
            raise LocalFault("another message is being sent under this id", code="AS4-ID")
        job.waiting += 1
        try:
            # The job goes on whether or not anybody waits for its first attempt.
            return await asyncio.shield(job.first)
        finally:
            job.waiting -= 1

    def outcome(self, message_id: str) -> Report:
        """Tell what is known of a message; ``UNKNOWN`` after a restart, or long after its end."""
        if message_id in self._jobs:
            return Report(message_id, Progress.TAKEN, self._jobs[message_id].causes)
        return self._ended.get(message_id) or Report(message_id, Progress.UNKNOWN)

    async def stop(self) -> None:
        """Take no more messages, end the waiting, and return when no attempt is under way.

        Attempts that take longer than ``_DRAIN`` seconds are broken off.
        """
        self._stopping.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_DRAIN)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _failed(self, envelope: Envelope, code: str, detail: str) -> Report:
        cause = Cause(code, detail, self._with.clock())
        return Report(envelope.message_id, Progress.FAILED, (cause,))

    def _begin(self, envelope: Envelope, remote: Remote) -> _Job:
        test = any(
            leg.test and leg.service == envelope.service.value for leg in self._with.legs.legs
        )
        job = _Job(
            envelope,
            remote,
            ONCE if test else remote.schedule,
            self._with.clock(),
            asyncio.get_running_loop().create_future(),
        )
        # Where nobody waits any more, the exception is not lost on the loop's own handler.
        job.first.add_done_callback(lambda first: first.cancelled() or first.exception())
        self._jobs[envelope.message_id] = job
        task = asyncio.create_task(self._carry(job), name="as4-sending")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    async def _carry(self, job: _Job) -> None:
        """Bring a job to its end, whatever happens on the way."""
        try:
            report = await self._tried(job)
        except asyncio.CancelledError:
            if not job.first.done():
                fault = EdgeFault("the sending was broken off", retryable=True)
                job.first.set_exception(fault)
            raise
        except Exception as cause:
            if not job.first.done():
                job.first.set_exception(cause)
                return
            LOG.error("a sending was broken off: %s", type(cause).__name__)
            return
        finally:
            self._jobs.pop(job.envelope.message_id, None)
        if report is None:
            return
        self._ended[report.message_id] = report
        while len(self._ended) > _MOST_ENDED:
            self._ended.popitem(last=False)
        if job.first.done() or not job.waiting:
            await self._tell(report)
        if not job.first.done():
            job.first.set_result(report)

    async def _tried(self, job: _Job) -> Report | None:
        """Make the attempts of the schedule; None where we were stopped before the end."""
        while True:
            now = self._with.clock()
            if job.schedule.is_expired(job.envelope.timestamp, now):
                return self._failed(job.envelope, EXPIRED, "its Timestamp is too long ago")
            async with self._trying:
                outcome = await self._attempt(job)
            job.done += 1
            job.causes = (*job.causes, *outcome.causes)[-_MOST_CAUSES:]
            now = self._with.clock()
            due = job.schedule.due(job.begun, job.done, self._with.chance())
            report = _settled(job, outcome, due, now)
            if report is not None or due is None:
                return report
            if not job.first.done():
                job.first.set_result(Report(job.envelope.message_id, Progress.TAKEN, job.causes))
            left = max(due - now, outcome.after, timedelta())
            await self._with.pause(self._stopping, left.total_seconds())
            if self._stopping.is_set():
                return None

    async def _attempt(self, job: _Job) -> Outcome:
        """Make one attempt. A peer that did not answer just now is not called at once again."""
        breaker = self.breaker(job.remote.name)
        if not breaker.admits(self._with.clock()):
            cause = Cause(UNREACHED, "the peer does not answer at present", self._with.clock())
            return Outcome(None, (cause,), reached=False)
        told = False
        try:
            outcome = await self._called(job)
            told = True
        finally:
            if not told:
                breaker.abandoned()
        if outcome.reached:
            breaker.answered()
        else:
            breaker.failed(self._with.clock())
        return outcome

    async def _called(self, job: _Job) -> Outcome:
        remote = self._with.peers().remote(job.envelope.receiver)
        if remote is None:
            cause = Cause(UNKNOWN_PARTY, "the receiver is no peer any more", self._with.clock())
            return Outcome(Progress.FAILED, (cause,))
        if job.packed is None:
            job.packed = await self._workers.run(self._packed, job.envelope)
        answer = await self._client.post(remote.address, job.packed.body)
        judge = Judge(job.packed.message, remote.peer, self._with.table, earlier=job.done > 0)
        now = self._with.clock()
        if isinstance(answer, NoAnswer):
            return judge.outcome(answer, now)
        return await self._workers.run(judge.outcome, answer, now)

    def _packed(self, envelope: Envelope) -> _Packed:
        making = self._with.making
        terms = self._with.peers().pmodes(self._with.legs).outgoing(envelope)
        message = pack_message(envelope, terms, making, self._with.clock())
        root_id = f"soap-{making.ids()}@{self._with.domain}"
        return _Packed(message, write_package(message.package, f"part-{making.ids()}", root_id))

    async def _tell(self, report: Report) -> None:
        """Have a report kept; as long as that fails, try again."""
        while True:
            try:
                await self._told(report)
                return
            except Exception as cause:
                LOG.error("a report could not be kept: %s", type(cause).__name__)
            if self._stopping.is_set():
                return
            await self._with.pause(self._stopping, _STORE_AGAIN)


def _settled(job: _Job, outcome: Outcome, due: datetime | None, now: datetime) -> Report | None:
    """Give the report that ends a job; None where a further attempt follows."""
    message_id = job.envelope.message_id
    if outcome.progress is not None:
        return Report(message_id, outcome.progress, job.causes, outcome.receipt)
    if due is not None:
        return None
    missing = Cause(MISSING_RECEIPT, f"no receipt after {job.done} attempts", now)
    return Report(message_id, Progress.FAILED, (*job.causes, missing))


def _is_same(one: Envelope, other: Envelope) -> bool:
    return one is other or fingerprint(one) == fingerprint(other)
