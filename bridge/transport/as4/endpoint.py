"""The address that peers post to: an aiohttp handler with bounds on time, size and number.

The receipt leaves only after the inbox has kept the message, and is the one that was kept with
the first copy. Whatever is not kept is not acknowledged, so the sender comes again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from aiohttp import hdrs, web

from bridge.errors import RefusedMessage
from bridge.ports import Inbox, Verdict
from bridge.transport.as4.content import Sinks
from bridge.transport.as4.mime import RELATED_TYPE, SOAP_TYPE, Package, read_media_type
from bridge.transport.as4.mime_reader import MimeLimits, PackageReader
from bridge.transport.as4.receiving import Opened, Receiver, Reply, conflict
from bridge.transport.as4.workers import Workers

LOG: Final = logging.getLogger(__name__)
SECURITY: Final = logging.getLogger("bridge.security")
"""Forgeries, not slips: what the reference marks with an L (as4 8)."""

_STEP: Final = 256 << 10
"""Octets of a body that are gathered before a worker reads them; fewer are read here."""
_TYPES: Final = frozenset({SOAP_TYPE, RELATED_TYPE})


@dataclass(frozen=True, slots=True)
class EndpointLimits:
    """``messages`` at a time, ``per_address`` of them from one address.

    A body may be silent for ``silence`` seconds and needs ``rate`` octets a second after a
    ``grace`` of seconds. Who is turned away is asked back after ``retry_after`` seconds.
    """

    mime: MimeLimits = field(default_factory=MimeLimits)
    messages: int = 32
    per_address: int = 16
    silence: float = 30
    grace: float = 30
    rate: int = 128 << 10
    retry_after: int = 30


class _Turned(Exception):
    """The request ends here with an HTTP status and no ebMS."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        self.text = text
        super().__init__(text)


class Endpoint:
    """Answers what peers post; ``routes`` join it to an application."""

    def __init__(
        self, receiver: Receiver, workers: Workers, sinks: Sinks, limits: EndpointLimits
    ) -> None:
        self._receiver = receiver
        self._workers = workers
        self._sinks = sinks
        self._limits = limits
        self._inbox: Inbox | None = None
        self._busy: Counter[str] = Counter()
        self._idle = asyncio.Event()
        self._idle.set()

    def routes(self, path: str) -> list[web.RouteDef]:
        """Give the route of the endpoint; other methods get 405, other paths 404."""
        return [web.post(path, self.handle)]

    def open(self, inbox: Inbox) -> None:
        """Begin to take messages."""
        self._inbox = inbox

    async def drain(self) -> None:
        """Take no more messages, and return when the last one is answered."""
        self._inbox = None
        await self._idle.wait()

    @property
    def busy(self) -> int:
        """How many messages are being taken in."""
        return self._busy.total()

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request."""
        try:
            self._check_head(request)
            with self._place(request.remote or "") as inbox:
                reply = await self._answered(request, inbox)
        except _Turned as turned:
            return self._turn(turned)
        except Exception as cause:
            # Whatever it was, nothing was kept: the sender comes again. Texts can hold values.
            LOG.error("a message could not be taken in: %s", type(cause).__name__)
            return self._turn(_Turned(503, "the message cannot be taken in now"))
        response = web.Response(
            status=reply.status, body=reply.octets, content_type=SOAP_TYPE, charset="UTF-8"
        )
        if reply.status != 200 or not request.content.at_eof():
            response.force_close()
        return response

    def _check_head(self, request: web.Request) -> None:
        if request.headers.get(hdrs.CONTENT_ENCODING, "identity").strip().lower() != "identity":
            raise _Turned(415, "the body has a Content-Encoding")
        if request.content_length is not None and request.content_length > self._limits.mime.octets:
            raise _Turned(413, "the body has more octets than are taken")
        try:
            media = read_media_type(request.headers.get(hdrs.CONTENT_TYPE, ""))
        except RefusedMessage:
            raise _Turned(415, "the Content-Type cannot be read") from None
        if media.name not in _TYPES:
            raise _Turned(415, "the body is neither SOAP 1.2 nor multipart/related")

    @contextmanager
    def _place(self, address: str) -> Iterator[Inbox]:
        """Hold one of the places for messages."""
        if self._inbox is None:
            raise _Turned(503, "not ready")
        if self.busy >= self._limits.messages or self._busy[address] >= self._limits.per_address:
            raise _Turned(503, "too many messages at a time")
        self._busy[address] += 1
        self._idle.clear()
        try:
            yield self._inbox
        finally:
            self._busy[address] -= 1
            if not self._busy[address]:
                del self._busy[address]
            if not self._busy:
                self._idle.set()

    async def _answered(self, request: web.Request, inbox: Inbox) -> Reply:
        package: Package | None = None
        try:
            package = await self._package(request)
            opened = await self._workers.run(self._receiver.open, package)
            return Reply(200, await _kept(opened, inbox))
        except RefusedMessage as fault:
            (SECURITY if fault.security else LOG).warning(
                "a message was refused: %s, %s", fault.code, fault.what
            )
            return await self._workers.run(self._receiver.refusal, fault, package)

    async def _package(self, request: web.Request) -> Package:
        """Read the body as it comes, within the limits of size and time."""
        text = request.headers.get(hdrs.CONTENT_TYPE, "")
        reader = PackageReader(text, self._sinks, self._limits.mime)
        waiting = bytearray()
        try:
            async for chunk in self._chunks(request):
                waiting += chunk
                if len(waiting) >= _STEP:
                    await self._workers.run(reader.feed, bytes(waiting))
                    waiting.clear()
            reader.feed(bytes(waiting))
            return reader.close()
        except BaseException:
            reader.abandon()
            raise

    async def _chunks(self, request: web.Request) -> AsyncIterator[bytes]:
        limits, taken = self._limits, 0
        clock = asyncio.get_running_loop().time
        begun = clock()
        while True:
            slowest = begun + limits.grace + taken / limits.rate
            try:
                async with asyncio.timeout_at(min(slowest, clock() + limits.silence)):
                    chunk = await request.content.readany()
            except TimeoutError:
                raise _Turned(408, "the body comes too slowly") from None
            except (web.RequestPayloadError, ConnectionError):
                raise _Turned(400, "the body is broken off") from None
            if not chunk:
                return
            taken += len(chunk)
            if taken > limits.mime.octets:
                raise _Turned(413, "the body has more octets than are taken")
            yield chunk

    def _turn(self, turned: _Turned) -> web.Response:
        response = web.Response(status=turned.status, text=turned.text)
        if turned.status == 503:
            response.headers[hdrs.RETRY_AFTER] = str(self._limits.retry_after)
        response.force_close()
        return response


async def _kept(opened: Opened, inbox: Inbox) -> bytes:
    """Have a message kept, and give the receipt that was kept with its first copy."""
    if opened.test:
        return opened.arrival.answer
    # Once begun, keeping goes on where the sender leaves: it comes again and meets a copy.
    acceptance = await asyncio.shield(inbox.accept(opened.arrival))
    if acceptance.verdict is Verdict.CONFLICT:
        raise conflict()
    return acceptance.answer if acceptance.verdict is Verdict.DUPLICATE else opened.arrival.answer
