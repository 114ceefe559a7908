"""The client of the WS plug-in: one method for each operation, over aiohttp.

Nothing is repeated here: who calls knows what may be repeated. Every failure is an ``EdgeFault``
that says whether a later attempt can go better; ``PluginFault`` where Domibus itself refused.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import SplitResult, urlsplit

import aiohttp
from lxml import etree

from bridge.envelope import Envelope
from bridge.errors import EdgeFault, SettingsFault, UnreadableDocument
from bridge.transport.as4.content import Sinks
from bridge.transport.as4.mime import RELATED_TYPE
from bridge.transport.domibus import answer, multipart, operations, submission
from bridge.transport.domibus.answer import Answer
from bridge.transport.domibus.dialect import CURRENT, Dialect
from bridge.transport.domibus.faults import PluginFault
from bridge.transport.domibus.multipart import Body, Bounds
from bridge.transport.domibus.operations import (
    EVERYTHING,
    Filter,
    MessageError,
    Operation,
    Role,
    Status,
)
from bridge.transport.domibus.submission import Outgoing

SMALL: Final = 1 << 20
"""Octets up to which work is done on the event loop instead of in a thread."""

_SOAP_TYPES: Final = frozenset({"application/soap+xml", "text/xml", RELATED_TYPE})
_REFUSALS: Final[dict[int, tuple[str, bool]]] = {
    401: ("Domibus refused the login: is the password of the plug-in user expired?", False),
    403: ("Domibus forbids this plug-in user to call it", False),
    404: ("there is no plug-in at this address", False),
    405: ("there is no plug-in at this address", False),
    413: ("a proxy before Domibus refuses a message of this size", False),
    429: ("Domibus asks for fewer calls", True),
}
_TOO_LARGE: Final = "MIME-SIZE"
_NO_SOAP: Final = ("Domibus did not answer with SOAP: a proxy, or it is starting", True)


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the plug-in is and how to talk to it.

    ``url`` includes the context path (``https://domibus.internal/domibus``). ``tls`` carries our
    client certificate and the anchors; ``allow_http`` permits an unprotected connection to another
    machine. ``mtom`` sends payloads beside the envelope, else at most ``inline`` octets of them go
    inside. Times are in seconds: to connect, of silence, and for a whole call.
    """

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    dialect: Dialect = CURRENT
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    allow_http: bool = False
    mtom: bool = False
    inline: int = 32 << 20
    bounds: Bounds = field(default_factory=Bounds)
    connect: float = 10
    silence: float = 120
    whole: float = 900
    connections: int = 8

    def __post_init__(self) -> None:
        url = _address(self.url)
        if url.scheme == "http" and not (self.allow_http or _is_loopback(url.hostname or "")):
            raise SettingsFault(
                "the address of Domibus is unprotected",
                remedy="Use https, or allow http where the network itself is protected.",
            )
        if bool(self.user) != bool(self.password) or ":" in self.user:
            raise SettingsFault("a plug-in user needs a name without colon, and a password")

    @property
    def service(self) -> str:
        """The address of the service."""
        return self.url.rstrip("/") + self.dialect.service

    @property
    def login(self) -> dict[str, str]:
        """The header field of the login; none where a certificate is the login."""
        if not self.user:
            return {}
        text = base64.b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")
        return {"Authorization": f"Basic {text}"}


def _address(text: str) -> SplitResult:
    wrong = SettingsFault("the address of Domibus is no plain http(s) address")
    try:
        url = urlsplit(text)
    except ValueError:
        raise wrong from None
    if url.scheme not in {"http", "https"} or not url.hostname or url.username or url.query:
        raise wrong
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class DomibusClient:
    """Calls one Domibus. ``sinks`` take payloads that come as MTOM parts."""

    def __init__(self, settings: Settings, sinks: Sinks) -> None:
        self.settings = settings
        self._sinks = sinks
        self._session: aiohttp.ClientSession | None = None

    @property
    def dialect(self) -> Dialect:
        """What the release understands."""
        return self.settings.dialect

    async def open(self) -> None:
        """Open the connection pool."""
        settings = self.settings
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=settings.connections, ssl=settings.tls or True),
            headers=settings.login,
            timeout=aiohttp.ClientTimeout(
                total=settings.whole, sock_connect=settings.connect, sock_read=settings.silence
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        """Close the connection pool; what is under way fails."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def submit(self, envelope: Envelope) -> str:
        """Submit a message: gives its id when Domibus keeps it, which is long before delivery.

        Raises ``LocalFault`` for what the plug-in has no room for, before anything is sent.
        """
        if self.settings.mtom:
            request = submission.related(self.dialect, envelope)
        else:
            request = submission.inline(self.dialect, envelope, self.settings.inline)
        said = await self._call(operations.SUBMIT, request)
        names = operations.read_ids(_content(said))
        if names != (envelope.message_id,):
            raise EdgeFault(
                "Domibus confirms another id than the submitted one",
                where=operations.SUBMIT.name,
                retryable=False,
            )
        return names[0]

    async def knows_its_dialect(self) -> bool:
        """Ask whether the release understands what we take it to understand.

        An older one ignores that a retrieval should not consume, and loses messages so.
        """
        if not self.dialect.roles:
            return True
        try:
            await self.status("bridge-asks-for-your-release", Role.RECEIVING)
        except PluginFault as fault:
            if not fault.code:
                return False
            raise
        return True

    async def pending(self, conditions: Filter = EVERYTHING) -> tuple[str, ...]:
        """List messages that wait for us; Domibus gives 500 at most unless told otherwise."""
        request = operations.list_pending(self.dialect, conditions)
        return operations.read_ids(_content(await self._ask(operations.LIST_PENDING, request)))

    async def retrieve(self, message_id: str, *, consume: bool) -> Envelope:
        """Fetch a message; ``consume`` takes it off the pending list at once, for ever.

        Raises ``UnreadableDocument`` if what Domibus hands out is no message we can work with, or
        beyond our bounds.
        """
        request = operations.retrieve(self.dialect, message_id, consume=consume)
        said = await self._ask(operations.RETRIEVE, request)
        envelope = await asyncio.to_thread(answer.message, said)
        if envelope.message_id != message_id.strip():
            raise UnreadableDocument("Domibus handed out another message", code="DOMIBUS-ANSWER")
        return envelope

    async def mark(self, message_id: str) -> None:
        """Tell that a message is kept here, so that Domibus may forget its payloads."""
        await self._ask(operations.MARK, operations.mark(self.dialect, message_id))

    async def status(self, message_id: str, role: Role = Role.SENDING) -> Status:
        """Ask for the state of a message; an id nobody knows gives ``NOT_FOUND``, no fault."""
        said = await self._ask(operations.STATUS, operations.status(self.dialect, message_id, role))
        try:
            return operations.read_status(_content(said))
        except UnreadableDocument as cause:
            raise EdgeFault(cause.what, where=operations.STATUS.name, retryable=False) from None

    async def errors(self, message_id: str, role: Role = Role.SENDING) -> tuple[MessageError, ...]:
        """Ask what went wrong with a message: one entry for each failed attempt."""
        said = await self._ask(operations.ERRORS, operations.errors(self.dialect, message_id, role))
        return operations.read_errors(_content(said))

    async def push_failed(self, conditions: Filter = EVERYTHING) -> tuple[str, ...]:
        """List messages whose notification Domibus has given up."""
        request = operations.list_push_failed(self.dialect, conditions)
        said = await self._ask(operations.LIST_PUSH_FAILED, request)
        return operations.read_ids(_content(said))

    async def repush(self, message_ids: Sequence[str]) -> None:
        """Have Domibus notify us again of these messages, all or none."""
        await self._ask(operations.REPUSH, operations.repush(self.dialect, message_ids))

    async def _ask(self, operation: Operation, request: etree._Element) -> Answer:
        return await self._call(operation, submission.plain(request))

    async def _call(self, operation: Operation, request: Outgoing) -> Answer:
        if self._session is None:
            raise EdgeFault(
                "the client of Domibus is not open", where=operation.name, retryable=True
            )
        try:
            async with self._session.post(
                self.settings.service,
                data=_chunks(request),
                headers={
                    "Content-Type": request.content_type,
                    "Content-Length": str(request.length),
                    "Accept": "application/soap+xml, multipart/related",
                    "Accept-Encoding": "identity",
                },
                allow_redirects=False,
            ) as response:
                return await self._read(response, operation)
        except aiohttp.ClientSSLError as cause:
            raise EdgeFault(
                f"Domibus and we do not trust each other's certificates ({type(cause).__name__})",
                where=operation.name,
                retryable=False,
            ) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as cause:
            # Only the class of the cause: its text can hold parts of what was sent.
            raise EdgeFault(
                f"Domibus did not answer ({type(cause).__name__})",
                where=operation.name,
                retryable=True,
            ) from None

    async def _read(self, response: aiohttp.ClientResponse, operation: Operation) -> Answer:
        if response.status in _REFUSALS or response.content_type not in _SOAP_TYPES:
            what, retryable = _REFUSALS.get(response.status, _NO_SOAP)
            raise EdgeFault(
                f"{what} (HTTP {response.status})", where=operation.name, retryable=retryable
            )
        try:
            body = await multipart.read(
                response.headers, response.content, self._sinks, self.settings.bounds
            )
            said = await self._parsed(body, operation)
        except UnreadableDocument as cause:
            if operation is operations.RETRIEVE and cause.code == _TOO_LARGE:
                raise  # it will be as large the next time, so it is the message's own fault
            raise EdgeFault(
                f"what Domibus answered cannot be read: {cause.what} ({cause.code})",
                where=operation.name,
                retryable=cause.code != _TOO_LARGE,
            ) from None
        if response.status != HTTPStatus.OK:
            raise EdgeFault(
                f"Domibus answered with HTTP {response.status} and no fault",
                where=operation.name,
                retryable=True,
            )
        return said

    async def _parsed(self, body: Body, operation: Operation) -> Answer:
        def parsed() -> Answer:
            return answer.read(
                body.octets,
                operation,
                self.dialect,
                parts=body.parts,
                most=self.settings.bounds.envelope,
            )

        return parsed() if len(body.octets) <= SMALL else await asyncio.to_thread(parsed)


async def _chunks(request: Outgoing) -> AsyncIterator[bytes]:
    """Give the request piece by piece; large ones are read and encoded in a thread."""
    pieces = request.chunks()
    if request.length <= SMALL:
        yield b"".join(pieces)
        return
    while chunk := await asyncio.to_thread(next, pieces, b""):
        yield chunk


def _content(said: Answer) -> etree._Element:
    if said.content is None:  # the operation's answer is checked where it is read
        raise EdgeFault("Domibus answered with an empty body", retryable=True)
    return said.content
