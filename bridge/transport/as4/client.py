"""The client: posts a body to a peer and gives what came back (as4 1.1).

It follows no redirect, keeps no cookie and unpacks nothing. Connections are used again.
"""

from __future__ import annotations

import asyncio
import errno
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from aiohttp import hdrs
from yarl import URL

from bridge.errors import EdgeFault, SettingsFault
from bridge.transport.as4.attempt import MOST_ANSWER, Answer, NoAnswer
from bridge.transport.as4.mime import Body
from bridge.transport.as4.tls import TlsSettings, client_context
from bridge.transport.as4.workers import Workers

SMALL: Final = 1 << 20
"""Octets up to which a body is put together on the event loop."""
_CLOSED: Final = frozenset({errno.ECONNRESET, errno.EPIPE})


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """Seconds to connect and of silence; octets a second that a large message needs at least.

    ``connections`` are those to one peer; more messages wait for one of them.
    """

    connect: float = 60
    silence: float = 120
    rate: int = 64 << 10
    connections: int = 16


@dataclass(frozen=True, slots=True)
class Address:
    """Where a peer is and how it is reached.

    ``url`` is used exactly as it is, blanks around it apart (as4 10.2). ``clear`` permits http,
    which only a private network or a test excuses. Raises `SettingsFault`.
    """

    url: str
    tls: TlsSettings = field(default_factory=TlsSettings)
    clear: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", self.url.strip())
        url = _read(self.url)
        if url is None or not self.url.isprintable():
            raise SettingsFault("an endpoint is no plain http(s) address", code="AS4-PEER")
        if url.scheme == "http" and not self.clear:
            raise SettingsFault(
                "an endpoint is unprotected",
                remedy="Use https, or set allow_http where the network itself is protected.",
                code="AS4-PEER",
            )


def _read(text: str) -> URL | None:
    try:
        url = URL(text, encoded=True)
        plain = not (url.user or url.password or url.fragment) and url.port != 0
    except ValueError:
        return None
    return url if plain and url.host and url.scheme in {"http", "https"} else None


class Client:
    """Posts to all peers; ``open`` first, ``close`` last."""

    def __init__(self, workers: Workers, limits: ClientLimits | None = None) -> None:
        self._workers = workers
        self._limits = limits or ClientLimits()
        self._session: aiohttp.ClientSession | None = None
        self._contexts: dict[TlsSettings, ssl.SSLContext] = {}

    async def open(self) -> None:
        """Open the pool of connections."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, limit_per_host=self._limits.connections),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )

    async def close(self) -> None:
        """Close the connections; what is under way ends without an answer."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def post(self, address: Address, body: Body) -> Answer | NoAnswer:
        """Send a body once; a second time at once where a kept connection turned out closed.

        The receiver knows a copy for a copy, so this doubles nothing (as4 6.3).
        """
        for last in (False, True):
            try:
                return await self._post(address, body)
            except (aiohttp.ServerDisconnectedError, ConnectionError) as cause:
                if last or isinstance(cause, ConnectionRefusedError):
                    return NoAnswer("the peer closed the connection without an answer")
            except TimeoutError:
                return NoAnswer("the peer did not answer in time")
            except aiohttp.ClientConnectorCertificateError:
                return NoAnswer("the TLS certificate of the peer is not for this host or not known")
            except (aiohttp.ClientSSLError, ssl.SSLError):
                return NoAnswer("no TLS connection came about")
            except (aiohttp.ClientError, OSError) as cause:
                if last or getattr(cause, "errno", None) not in _CLOSED:
                    return NoAnswer(f"no answer came ({type(cause).__name__})")
        raise AssertionError

    async def _post(self, address: Address, body: Body) -> Answer | NoAnswer:
        if self._session is None:
            raise EdgeFault("the client is not open", retryable=True)
        limits = self._limits
        timeout = aiohttp.ClientTimeout(
            total=limits.connect + limits.silence + body.length / limits.rate,
            sock_connect=limits.connect,
            sock_read=limits.silence,
        )
        async with self._session.post(
            URL(address.url, encoded=True),
            data=self._data(body),
            headers={
                hdrs.CONTENT_TYPE: body.content_type,
                hdrs.CONTENT_LENGTH: str(body.length),
                hdrs.ACCEPT_ENCODING: "identity",
            },
            skip_auto_headers=(hdrs.USER_AGENT,),
            allow_redirects=False,
            ssl=self._context(address.tls),
            timeout=timeout,
        ) as response:
            return await _answer(response)

    def _data(self, body: Body) -> bytes | AsyncIterator[bytes]:
        return b"".join(body.chunks()) if body.length <= SMALL else self._stream(body)

    async def _stream(self, body: Body) -> AsyncIterator[bytes]:
        chunks = body.chunks()
        while chunk := await self._workers.run(next, chunks, b""):
            yield chunk

    def _context(self, settings: TlsSettings) -> ssl.SSLContext:
        if settings not in self._contexts:
            self._contexts[settings] = client_context(settings)
        return self._contexts[settings]


async def _answer(response: aiohttp.ClientResponse) -> Answer | NoAnswer:
    octets = bytearray()
    async for chunk in response.content.iter_any():
        octets += chunk
        if len(octets) > MOST_ANSWER:
            response.close()
            return NoAnswer("the answer of the peer is too long")
    encoding = response.headers.get(hdrs.CONTENT_ENCODING, "identity").lower()
    return Answer(
        response.status,
        response.headers.get(hdrs.CONTENT_TYPE, ""),
        bytes(octets) if encoding == "identity" else b"",
        response.headers.get(hdrs.RETRY_AFTER, ""),
    )


async def wait(event: asyncio.Event, seconds: float) -> None:
    """Return when the event is set or so many seconds have gone, by the event loop's clock."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
