"""Domibus as a `Transport`: it carries, we keep.

Domibus holds what it received until we say that it is kept here, and remembers what became of
what we sent. So a push is news, never the only copy of it: every sweep asks again for all that
may have been missed, and a crash at any point costs at most a second look.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from bridge.envelope import Envelope
from bridge.errors import EdgeFault, LocalFault, SettingsFault
from bridge.ports import Cause, Inbox, Progress, Report
from bridge.transport.domibus.client import DomibusClient
from bridge.transport.domibus.faults import DUPLICATE, PluginFault
from bridge.transport.domibus.fetching import Fetcher, SetAside
from bridge.transport.domibus.operations import Status
from bridge.transport.domibus.push import Changed, Deleted, Notification, NotReceived, Received

LOG: Final = logging.getLogger(__name__)

PROGRESS: Final[dict[Status, Progress]] = {
    Status.READY_TO_SEND: Progress.TAKEN,
    Status.READY_TO_PULL: Progress.TAKEN,
    Status.BEING_PULLED: Progress.TAKEN,
    Status.SEND_ENQUEUED: Progress.TAKEN,
    Status.SEND_IN_PROGRESS: Progress.TAKEN,
    Status.WAITING_FOR_RECEIPT: Progress.TAKEN,
    Status.WAITING_FOR_RETRY: Progress.TAKEN,
    Status.SEND_ATTEMPT_FAILED: Progress.TAKEN,
    Status.ACKNOWLEDGED: Progress.DELIVERED,
    Status.ACKNOWLEDGED_WITH_WARNING: Progress.DELIVERED,
    Status.SEND_FAILURE: Progress.FAILED,
    # Purged after its retention, with or without a receipt: nobody can tell any more.
    Status.DELETED: Progress.UNDECIDABLE,
    Status.NOT_FOUND: Progress.UNKNOWN,
    # Asked without a role, an id that exists only as a message received is none of ours.
    Status.RECEIVED: Progress.UNKNOWN,
    Status.RECEIVED_WITH_WARNINGS: Progress.UNKNOWN,
    Status.DOWNLOADED: Progress.UNKNOWN,
}
"""What a state in Domibus means for a message we sent."""

_WAITS_FOR_US: Final = frozenset({Status.RECEIVED, Status.RECEIVED_WITH_WARNINGS})
_ENDS: Final = frozenset({Progress.DELIVERED, Progress.FAILED})
_ERRORS_TIME: Final = 5.0
"""Seconds to ask why a message failed; a push is acknowledged without the reason after that."""

Pause = Callable[[asyncio.Event, float], Awaitable[None]]
"""Returns when the event is set or so many seconds have gone."""


async def pause(event: asyncio.Event, seconds: float) -> None:
    """Wait by the event loop's clock."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


class DomibusTransport:
    """The transport behind a Domibus.

    ``every`` is the time between sweeps, with or without push; ``window`` how long Domibus may
    still be trying (its retry time and a margin), before which nobody asks how a message fared.
    A release without ``mark`` consumes what it hands out: a crash in the moment between loses it,
    which ``consuming`` has to accept expressly.
    """

    def __init__(
        self,
        client: DomibusClient,
        clock: Callable[[], datetime],
        *,
        every: timedelta = timedelta(minutes=1),
        window: timedelta = timedelta(minutes=15),
        workers: int = 4,
        consuming: bool = False,
        pause: Pause = pause,
    ) -> None:
        if not client.dialect.mark and not consuming:
            raise SettingsFault(
                "this release of Domibus forgets a message before it is kept here",
                remedy="Use 5.1 or later, or accept that a crash may lose a message.",
            )
        self._client = client
        self._clock = clock
        self._every = every
        self._window = window
        self._workers = workers
        self._pause = pause
        self._inbox: Inbox | None = None
        self._fetcher: Fetcher | None = None
        self._loop: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._sweeping = asyncio.Lock()
        self._swept: datetime | None = None

    @property
    def last_sweep(self) -> datetime | None:
        """When a sweep last came to its end: older than ``every`` means Domibus or we are ill."""
        return self._swept

    @property
    def set_aside(self) -> Mapping[str, SetAside]:
        """Messages that wait in Domibus for a person, each with the reason."""
        return self._fetcher.set_aside if self._fetcher else {}

    async def start(self, inbox: Inbox) -> None:
        """Begin to sweep, at once and then time and again."""
        if self._inbox is not None:
            raise LocalFault("a transport is started once", code="TRANSPORT-START")
        self._inbox = inbox
        self._fetcher = Fetcher(self._client, inbox, self._clock, self._workers)
        await self._client.open()
        self._loop = asyncio.create_task(self._sweep_on(), name="domibus-sweeps")

    async def stop(self) -> None:
        """Stop sweeping, and wait for the messages that are being fetched; others stay there."""
        self._stopping.set()
        if self._loop is None or self._fetcher is None:
            return
        self._fetcher.halt()
        await self._loop
        async with self._sweeping:  # a sweep that somebody else asked for
            await self._fetcher.drain()
            await self._client.close()

    async def send(self, envelope: Envelope) -> Report:
        """Submit a message. Domibus takes it and tries for itself, so good news is ``TAKEN``.

        A doubled submission, or one whose answer was lost, is settled by asking for its state.
        """
        message_id = envelope.message_id
        try:
            await self._client.submit(envelope)
        except PluginFault as fault:
            if fault.retryable or not fault.code:
                raise
            if fault.code == DUPLICATE:
                known = await self.outcome(message_id)
                if known.progress is not Progress.UNKNOWN:
                    return known
            return Report(message_id, Progress.FAILED, (Cause(fault.code, fault.detail),))
        except EdgeFault as fault:
            if not fault.retryable:
                raise
            known = await self._asked_after(message_id)
            if known.progress is Progress.UNKNOWN:
                raise
            return known
        return Report(message_id, Progress.TAKEN)

    async def _asked_after(self, message_id: str) -> Report:
        try:
            return await self.outcome(message_id)
        except EdgeFault:
            return Report(message_id, Progress.UNKNOWN)

    async def outcome(self, message_id: str) -> Report:
        """Ask Domibus for the state of a message, and for the causes where it failed."""
        return await self._report(message_id, await self._client.status(message_id))

    async def _report(self, message_id: str, status: Status) -> Report:
        progress = PROGRESS[status]
        causes: tuple[Cause, ...] = ()
        if progress is Progress.FAILED:
            causes = await self._causes(message_id)
        elif progress is Progress.UNDECIDABLE:
            causes = (Cause(status.value),)
        return Report(message_id, progress, causes)

    async def _causes(self, message_id: str) -> tuple[Cause, ...]:
        try:
            async with asyncio.timeout(_ERRORS_TIME):
                errors = await self._client.errors(message_id)
        except (EdgeFault, TimeoutError):
            return ()  # that it failed is worth telling without the reason
        return tuple(Cause(each.code, each.detail, each.at) for each in errors)

    async def notified(self, notification: Notification) -> None:
        """Take in what Domibus pushed.

        How a message of ours ended is kept before this returns, since Domibus may purge it. A
        message that waits for us needs no note: it waits until it is marked.
        """
        if self._inbox is None or self._fetcher is None or self._stopping.is_set():
            raise EdgeFault("the transport takes no news now", retryable=True)
        match notification:
            case Received(message_id):
                self._fetcher.begin([message_id])
            case Changed(message_id, status) if status in _WAITS_FOR_US:
                self._fetcher.begin([message_id])
            case Changed(message_id, status) if PROGRESS[status] in _ENDS:
                await self._inbox.report(await self._report(message_id, status))
            case Changed():
                pass  # a state on the way
            case NotReceived(message_id):
                LOG.warning("Domibus could not receive %a", message_id)
            case Deleted(message_ids):
                self._fetcher.purged(message_ids)

    async def _sweep_on(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.sweep()
            except Exception as cause:
                # This loop is what the safety net hangs on, so it goes on after every failure.
                LOG.error("a sweep of Domibus was broken off: %s", type(cause).__name__)
            await self._pause(self._stopping, self._every.total_seconds())

    async def sweep(self) -> None:
        """Look for what waits in Domibus, and for the end of what we sent and heard nothing of."""
        async with self._sweeping:
            if self._inbox is None or self._fetcher is None or self._stopping.is_set():
                return
            try:
                await self._fetcher.fetch_pending()
                await self._ask_for_ends(self._inbox)
                self._swept = self._clock()
            except EdgeFault as fault:
                LOG.warning("Domibus cannot be asked: %s", fault)

    async def _ask_for_ends(self, inbox: Inbox) -> None:
        for message_id in await inbox.undecided(self._clock() - self._window):
            if self._stopping.is_set():
                return
            report = await self.outcome(message_id)
            if report.progress is Progress.UNKNOWN:
                # Domibus had taken it. Sending it again could double it at the receiver.
                cause = Cause(Status.NOT_FOUND.value)
                report = Report(message_id, Progress.UNDECIDABLE, (cause,))
            if report.progress is not Progress.TAKEN:
                await inbox.report(report)
