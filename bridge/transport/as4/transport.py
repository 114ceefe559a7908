"""The embedded access point as a `Transport`: it sends to peers and listens for them."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from bridge.envelope import Envelope
from bridge.errors import EdgeFault, LocalFault
from bridge.ports import Inbox, Report
from bridge.transport.as4.breaker import BreakerSettings
from bridge.transport.as4.client import Client, ClientLimits, wait
from bridge.transport.as4.compression import Bounds
from bridge.transport.as4.content import Chance, SealedSink, Sink
from bridge.transport.as4.endpoint import Endpoint, EndpointLimits
from bridge.transport.as4.errors import ErrorTable
from bridge.transport.as4.keys import Decrypter, Signer
from bridge.transport.as4.pack import Ids, Making
from bridge.transport.as4.peers import Peers
from bridge.transport.as4.pmode import Legs
from bridge.transport.as4.receiving import Receiver
from bridge.transport.as4.revocation import Fetch, Revocations
from bridge.transport.as4.sender import Pause, Sender, Sending
from bridge.transport.as4.server import Listener, Listening
from bridge.transport.as4.unpack import Policy
from bridge.transport.as4.workers import Workers

LOG: Final = logging.getLogger(__name__)
_IN_MEMORY: Final = 256 << 10
_FRESH: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are: the key we sign with, those we open with, the domain of our message ids."""

    signer: Signer
    decrypters: tuple[Decrypter, ...]
    domain: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the world gives: clock, ids, chance, and waiting; tests give their own.

    ``chance`` gives octets nobody foresees, ``jitter`` a number from 0 up to 1; ``fetch`` gets
    revocation lists, without it none are fetched.
    """

    clock: Callable[[], datetime]
    ids: Ids
    chance: Chance
    jitter: Callable[[], float] = random.random
    pause: Pause = wait
    fetch: Fetch | None = None


@dataclass(frozen=True, slots=True)
class As4Settings:
    """Limits of the access point; ``folder`` holds sealed files (None: that of the system).

    ``bounds`` are those of one payload unpacked, ``most`` the octets of all of a message.
    """

    listening: Listening | None = None
    client: ClientLimits = field(default_factory=ClientLimits)
    endpoint: EndpointLimits = field(default_factory=EndpointLimits)
    breaker: BreakerSettings = field(default_factory=BreakerSettings)
    bounds: Bounds = field(default_factory=Bounds)
    most: int = 500 << 20
    folder: Path | None = None


class As4Transport:
    """The access point.

    ``peers`` may be replaced while it runs (`agree`): a message already under way is judged by
    the snapshot that stands when its answer comes.
    """

    def __init__(
        self,
        identity: Identity,
        peers: Peers,
        legs: Legs,
        table: ErrorTable,
        surroundings: Surroundings,
        settings: As4Settings | None = None,
    ) -> None:
        self._identity = identity
        self._legs = legs
        self._surroundings = surroundings
        self._settings = settings or As4Settings()
        self._making = Making(identity.signer, surroundings.chance, surroundings.ids, self._sink)
        self._revocations = None
        if surroundings.fetch is not None:
            self._revocations = Revocations(surroundings.fetch, surroundings.clock)
        self._stopping = asyncio.Event()
        self._refreshing: asyncio.Task[None] | None = None
        self._configured = peers
        self._peers = peers
        self._policy = self._agreed(peers)
        self._table = table
        self._inbox: Inbox | None = None
        self._workers = Workers()
        self._client = Client(self._workers, self._settings.client)
        self._sender: Sender | None = None
        self.endpoint = self._endpoint()
        self._listener = None
        if self._settings.listening is not None:
            self._listener = Listener(self._settings.listening)

    @property
    def peers(self) -> Peers:
        """The snapshot that stands."""
        return self._peers

    @property
    def sender(self) -> Sender:
        """The sending side, once it is started."""
        if self._sender is None:
            raise EdgeFault("the transport is not started", retryable=True)
        return self._sender

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._listener is None:
            raise LocalFault("the access point does not listen by itself", code="AS4-LISTENER")
        return self._listener.port

    @property
    def is_listening(self) -> bool:
        """Whether new connections are taken."""
        return self._listener is not None and self._listener.is_open

    def agree(self, peers: Peers) -> None:
        """Replace the snapshot of peers, as a whole. Raises `SettingsFault` as `PModes` does."""
        informed = self._revocations.inform(peers) if self._revocations else peers
        self._policy, self._peers, self._configured = self._agreed(informed), informed, peers

    async def start(self, inbox: Inbox) -> None:
        """Begin to send and to listen."""
        if self._inbox is not None:
            raise LocalFault("a transport is started once", code="TRANSPORT-START")
        self._inbox = inbox
        if self._revocations is not None:
            # Before the first message: whom a list is missing for is refused for good.
            await self._refresh(self._revocations)
            self._refreshing = asyncio.create_task(self._keep_fresh(self._revocations))
        await self._client.open()
        self._sender = Sender(self._sending(), self._client, self._workers, inbox.report)
        self.endpoint.open(inbox)
        if self._listener is not None:
            await self._listener.start(self.endpoint.routes(self._listener.path))

    async def stop(self) -> None:
        """Stop listening and sending; return when what was under way is answered."""
        self._stopping.set()
        if self._refreshing is not None:
            await self._refreshing
            self._refreshing = None
        if self._listener is not None:
            await self._listener.close()
        if self._sender is not None:
            await self._sender.stop()
        await self._drain()
        await self._client.close()
        self._workers.close()

    async def _drain(self) -> None:
        """Wait for what is being received, as long as the listener grants; then end it."""
        if self._listener is None:
            await self.endpoint.drain()
            return
        try:
            async with asyncio.timeout(self._listener.drain):
                await self.endpoint.drain()
        except TimeoutError:
            LOG.warning("%d messages were still being received", self.endpoint.busy)
        await self._listener.stop()

    async def send(self, envelope: Envelope) -> Report:
        """Send a message; ``TAKEN`` where the first attempt was not the last."""
        return await self.sender.send(envelope)

    async def outcome(self, message_id: str) -> Report:
        """Tell how far a message has come, as far as this process knows."""
        return self.sender.outcome(message_id)

    async def _keep_fresh(self, revocations: Revocations) -> None:
        """Fetch what is due, time and again; nothing that fails ends it."""
        while True:
            await self._surroundings.pause(self._stopping, _FRESH.total_seconds())
            if self._stopping.is_set():
                return
            try:
                await self._refresh(revocations)
            except Exception as cause:
                LOG.error("revocation lists could not be refreshed: %s", type(cause).__name__)

    async def _refresh(self, revocations: Revocations) -> None:
        await revocations.refresh(self._configured)
        self.agree(self._configured)

    def _sink(self) -> Sink:
        return SealedSink(self._surroundings.chance, self._settings.folder, _IN_MEMORY)

    def _agreed(self, peers: Peers) -> Policy:
        return Policy(
            peers.pmodes(self._legs),
            self._identity.decrypters,
            self._surroundings.chance,
            self._sink,
            self._settings.bounds,
            self._settings.most,
        )

    def _endpoint(self) -> Endpoint:
        receiver = Receiver(
            lambda: self._policy,
            self._table,
            self._making,
            self._surroundings.clock,
            self._identity.domain,
        )
        return Endpoint(receiver, self._workers, self._sink, self._settings.endpoint)

    def _sending(self) -> Sending:
        around = self._surroundings
        return Sending(
            lambda: self._peers,
            self._legs,
            self._table,
            self._making,
            around.clock,
            around.jitter,
            around.pause,
            self._identity.domain,
            self._settings.breaker,
        )
