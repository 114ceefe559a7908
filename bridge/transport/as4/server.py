"""A listener of our own for the endpoint: TLS, a bound on connections, an orderly end."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from bridge.errors import EdgeFault, LocalFault

LOG: Final = logging.getLogger(__name__)
_MOST_LINE: Final = 8190
_MOST_HEADERS: Final = 64
_CLEANUP: Final = 1.0
"""Seconds for what outlasted the drain, before it is cut off."""
_BACKLOG: Final = 128
_BREATH: Final = 0.5
"""Seconds until connections are taken again after that failed."""
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
        self._socket: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._beginning: set[asyncio.Task[None]] = set()
        self._port = 0

    @property
    def port(self) -> int:
        """The port it listens on."""
        if not self._port:
            raise LocalFault("the listener is not started", code="AS4-LISTENER")
        return self._port

    @property
    def is_open(self) -> bool:
        """Whether new connections are taken."""
        return self._socket is not None and self._socket.fileno() >= 0

    @property
    def path(self) -> str:
        """The path that is to be served."""
        return self._listening.path

    @property
    def drain(self) -> float:
        """The seconds that are given to what is under way."""
        return self._listening.drain

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
            shutdown_timeout=_CLEANUP,
        )
        await self._runner.setup()
        family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
        try:
            self._socket = socket.create_server(
                (listening.host, listening.port), family=family, backlog=_BACKLOG
            )
        except OSError as cause:
            await self._runner.cleanup()
            raise EdgeFault("the endpoint cannot listen", where=listening.host) from cause
        self._socket.setblocking(False)
        self._port = self._socket.getsockname()[1]
        self._accepting = asyncio.create_task(self._accept(self._socket), name="as4-accepting")

    async def close(self) -> None:
        """Take no more connections; those that are open stay."""
        if self._accepting is not None:
            self._accepting.cancel()
            await asyncio.wait([self._accepting])
            self._accepting = None
        if self._socket is not None:
            self._socket.close()

    async def _accept(self, listening: socket.socket) -> None:
        """Take connections within the bound, which counts those still shaking hands too."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(listening)
            except OSError as cause:  # no descriptors left, or the client is gone already
                LOG.warning("a connection could not be taken: %s", cause.errno)
                await asyncio.sleep(_BREATH)
                continue
            if self._open() >= self._listening.connections:
                connection.close()
                continue
            task = asyncio.create_task(self._begin(connection))
            self._beginning.add(task)
            task.add_done_callback(self._beginning.discard)

    def _open(self) -> int:
        server = self._runner.server if self._runner is not None else None
        return len(self._beginning) + (len(server.connections) if server is not None else 0)

    async def _begin(self, connection: socket.socket) -> None:
        """Shake hands; a connection that fails in that is nobody's loss."""
        listening = self._listening
        if self._runner is None or self._runner.server is None:
            connection.close()
            return
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                self._runner.server,
                connection,
                ssl=listening.tls,
                ssl_handshake_timeout=listening.handshake if listening.tls else None,
            )
        except (OSError, ssl.SSLError):
            connection.close()

    async def stop(self) -> None:
        """End what is still open, after the time given to it."""
        await self.close()
        for task in self._beginning:
            task.cancel()
        if self._runner is not None:
            await self._runner.cleanup()


def _bare(record: logging.LogRecord) -> bool:
    """Leave of what aiohttp logs only the kind of error: its texts quote the request."""
    kind = record.exc_info[0] if record.exc_info else None
    record.msg, record.args = "a request could not be read: %s", (kind and kind.__name__,)
    record.exc_info = record.exc_text = None
    return True


_WIRE.addFilter(_bare)
