"""A listener of our own for the endpoint: TLS, a bound on connections, an orderly end."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from bridge.errors import EdgeFault, LocalFault

_MOST_LINE: Final = 8190
_MOST_HEADERS: Final = 64
_WIRE: Final = logging.getLogger(f"{__name__}.wire")


@dataclass(frozen=True, slots=True)
class Listening:
    """Where and how to listen; port 0 takes a free one.

    ``connections`` are those that may be open at a time. ``idle`` seconds may pass before the
    headers of a request are complete, and between two requests; ``drain`` seconds are given to
    what is under way when it ends. Without ``tls`` a proxy stands before it.
    """

    host: str = "127.0.0.1"
    port: int = 0
    path: str = "/services/msh"
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    connections: int = 256
    idle: float = 20
    handshake: float = 10
    drain: float = 60


class Listener:
    """Serves routes; ``start`` and ``stop`` once each."""

    def __init__(self, listening: Listening) -> None:
        self._listening = listening
        self._runner: web.AppRunner | None = None
        self._server: asyncio.Server | None = None
        self._port = 0

    @property
    def port(self) -> int:
        """The port it listens on."""
        if not self._port:
            raise LocalFault("the listener is not started", code="AS4-LISTENER")
        return self._port

    @property
    def path(self) -> str:
        """The path that is to be served."""
        return self._listening.path

    async def start(self, routes: Iterable[web.RouteDef]) -> None:
        """Listen. Raises `EdgeFault` where the address is taken or not ours."""
        listening = self._listening
        application = web.Application()
        application.add_routes(routes)
        self._runner = web.AppRunner(
            application,
            access_log=None,
            logger=_WIRE,
            # Until the headers of a request are complete, a connection counts as idle.
            keepalive_timeout=listening.idle,
            max_line_size=_MOST_LINE,
            max_field_size=_MOST_LINE,
            max_headers=_MOST_HEADERS,
            lingering_time=1.0,
            auto_decompress=False,
            shutdown_timeout=listening.drain,
        )
        await self._runner.setup()
        assert self._runner.server is not None
        try:
            self._server = await asyncio.get_running_loop().create_server(
                _bounded(self._runner.server, listening.connections),
                listening.host,
                listening.port,
                ssl=listening.tls,
                ssl_handshake_timeout=listening.handshake if listening.tls else None,
                backlog=128,
            )
        except OSError as cause:
            await self._runner.cleanup()
            raise EdgeFault("the endpoint cannot listen", where=listening.host) from cause
        self._port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Take no more connections; those that are open stay."""
        if self._server is not None:
            self._server.close()

    async def stop(self) -> None:
        """End what is still open, after the time given to it."""
        await self.close()
        if self._runner is not None:
            await self._runner.cleanup()


def _bare(record: logging.LogRecord) -> bool:
    """Leave of what aiohttp logs only the kind of error: its texts quote the request."""
    kind = record.exc_info[0] if record.exc_info else None
    record.msg, record.args = "a request could not be read: %s", (kind and kind.__name__,)
    record.exc_info = record.exc_text = None
    return True


_WIRE.addFilter(_bare)


class _Full(asyncio.Protocol):
    """What a connection beyond the bound meets: nothing."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


def _bounded(server: web.Server, most: int) -> Callable[[], asyncio.BaseProtocol]:
    return lambda: _Full() if len(server.connections) >= most else server()
