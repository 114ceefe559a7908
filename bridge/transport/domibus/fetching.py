"""Messages that wait in Domibus: fetched, kept here, and only then marked as downloaded."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bridge.envelope import Envelope
from bridge.errors import EdgeFault, UnreadableDocument
from bridge.ports import TEST_SERVICE, Arrival, Inbox, Verdict, fingerprint
from bridge.transport.domibus.client import DomibusClient
from bridge.transport.domibus.faults import NO_MESSAGE, NOT_ALLOWED, PluginFault

LOG: Final = logging.getLogger(__name__)  # ids by %a: a stranger chose them
MOST_PAGES: Final = 20
"""Lists that one sweep asks for, so that other work has its turn under any load."""
MOST_REFUSALS: Final = 5
"""Refusals in a row that may pass, after which a message is set aside all the same."""
AGAIN: Final = timedelta(hours=1)
"""After this time a message that was set aside is tried again."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A message that cannot be fetched or kept: the code that says why, and since when."""

    code: str
    since: datetime


class Fetcher:
    """Fetches messages from one Domibus into one inbox, ``workers`` at a time.

    A message is marked when it is kept, or was kept before; so a crash in between only makes it
    come again. What cannot be kept stays in Domibus, and in ``set_aside`` for people to see.
    """

    def __init__(
        self, client: DomibusClient, inbox: Inbox, clock: Callable[[], datetime], workers: int
    ) -> None:
        self._client = client
        self._inbox = inbox
        self._clock = clock
        self._workers = asyncio.Semaphore(workers)
        self._busy: set[str] = set()
        self._set_aside: dict[str, SetAside] = {}
        self._refusals: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._halted = False
        self._release = asyncio.Lock()
        self._release_checked = False

    @property
    def set_aside(self) -> Mapping[str, SetAside]:
        """Messages that wait in Domibus for a person."""
        return dict(self._set_aside)

    def purged(self, message_ids: Iterable[str]) -> None:
        """Take note that Domibus has forgotten messages."""
        for message_id in message_ids:
            aside = message_id in self._set_aside
            self._forget(message_id)
            if aside:
                LOG.error("Domibus purged %a before it could be kept here", message_id)

    async def fetch_pending(self) -> None:
        """Fetch all that is on the list: page after page, for Domibus cuts it off at 500.

        Raises ``EdgeFault`` if the list cannot be had.
        """
        await self._check_release()
        seen: set[str] = set()
        for _ in range(MOST_PAGES):
            page = [each for each in await self._client.pending() if each not in seen]
            if self._halted:
                return
            if not page:
                # Off the list and not here: somebody else has taken it, or it was purged.
                self.purged(self._set_aside.keys() - seen)
                return
            seen.update(page)
            await self.fetch(page)

    async def fetch(self, message_ids: Iterable[str]) -> None:
        """Fetch these messages, and return when each is kept, set aside or left for later."""
        if tasks := self.begin(message_ids):
            await asyncio.wait(tasks)

    def begin(self, message_ids: Iterable[str]) -> tuple[asyncio.Task[None], ...]:
        """Begin to fetch, except what is being fetched already or was set aside lately."""
        now = self._clock()
        begun = []
        for message_id in message_ids:
            aside = self._set_aside.get(message_id)
            if self._halted or message_id in self._busy or (aside and now - aside.since < AGAIN):
                continue
            self._busy.add(message_id)
            task = asyncio.create_task(self._fetch(message_id), name="domibus-fetch")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            begun.append(task)
        return tuple(begun)

    def halt(self) -> None:
        """Begin nothing more; what is being fetched comes to its end."""
        self._halted = True

    async def drain(self) -> None:
        """Return when nothing is being fetched any more."""
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))

    async def _fetch(self, message_id: str) -> None:
        try:
            async with self._workers:
                if not self._halted:
                    await self._fetch_one(message_id)
        except PluginFault as fault:
            self._refused(message_id, fault)
        except UnreadableDocument as fault:
            self._put_aside(message_id, fault.code)
        except EdgeFault as fault:
            LOG.warning("%a could not be fetched: %s", message_id, fault)
        except Exception as cause:
            # Only its class: the text of a failure in the inbox can hold values of the message.
            LOG.error("%a could not be kept: %s", message_id, type(cause).__name__)
        finally:
            self._busy.discard(message_id)

    def _refused(self, message_id: str, fault: PluginFault) -> None:
        if fault.code == NO_MESSAGE:
            self._forget(message_id)  # another process was quicker
            return
        self._refusals[message_id] += 1
        # A payload that cannot be unpacked can look like any error of Domibus, so patience ends.
        passing = fault.retryable and self._refusals[message_id] < MOST_REFUSALS
        if passing or fault.code == NOT_ALLOWED:
            LOG.warning("%a could not be fetched: %s", message_id, fault.code)
        else:
            self._put_aside(message_id, fault.code or "DOMIBUS-FAULT")

    def _forget(self, message_id: str) -> None:
        self._set_aside.pop(message_id, None)
        self._refusals.pop(message_id, None)

    async def _fetch_one(self, message_id: str) -> None:
        await self._check_release()
        marks = self._client.dialect.mark
        envelope = await self._client.retrieve(message_id, consume=not marks)
        verdict = Verdict.DUPLICATE  # test messages prove a connection, they are for nobody
        if envelope.service.value != TEST_SERVICE:
            verdict = await self._keep(envelope)
        if verdict is Verdict.CONFLICT:
            self._put_aside(message_id, "DOMIBUS-CONFLICT")
            return
        self._forget(message_id)
        if marks:
            await self._mark(message_id)

    async def _check_release(self) -> None:
        async with self._release:
            if not self._release_checked and not await self._client.knows_its_dialect():
                raise EdgeFault(
                    "Domibus is older than the settings say: nothing is fetched, since it "
                    "would forget messages before they are kept here"
                )
            self._release_checked = True

    async def _keep(self, envelope: Envelope) -> Verdict:
        arrival = Arrival(envelope, await asyncio.to_thread(fingerprint, envelope))
        try:
            return (await self._inbox.accept(arrival)).verdict
        except BaseException:
            if not self._client.dialect.mark:
                LOG.critical("%a was consumed from Domibus and not kept", envelope.message_id)
            raise

    async def _mark(self, message_id: str) -> None:
        try:
            await self._client.mark(message_id)
        except PluginFault as fault:
            if fault.code != NO_MESSAGE:  # marked before, by an attempt whose answer was lost
                raise

    def _put_aside(self, message_id: str, code: str) -> None:
        if self._client.dialect.mark:
            LOG.error("%a stays in Domibus, for a person to look at: %s", message_id, code)
        else:
            LOG.critical("%a was consumed from Domibus and cannot be read: %s", message_id, code)
        self._set_aside[message_id] = SetAside(code, self._clock())
