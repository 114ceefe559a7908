"""The simulated Domibus on a socket, with faults to order.

``async with Simulator(...)`` listens on a free port of the loopback interface. Nothing goes on by
itself: ``step`` exchanges and pushes what is due, so that a test decides when, and ``run`` steps
for the demo.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from types import TracebackType
from typing import Final, Self

import aiohttp
from aiohttp import hdrs, web
from lxml import etree

from bridge.errors import UnreadableDocument
from bridge.sandbox.domibus import wire
from bridge.sandbox.domibus.access_point import AccessPoint
from bridge.sandbox.domibus.messages import SENDING, PMode, Refusal, Stored, User, Value
from bridge.sandbox.domibus.pushing import Pusher, Rule
from bridge.sandbox.domibus.release import RELEASES
from bridge.sandbox.domibus.service import Service

CONTEXT: Final = "/domibus"
SOAP_TYPE: Final = "application/soap+xml"
_MOST: Final = 2 << 30
_FAILED_LOGINS: Final = 5


class Trouble(Enum):
    """What can go wrong with the next call of an operation."""

    NO_ANSWER = "it is done, and the connection breaks before the answer"
    NO_CALL = "the connection breaks before anything is done"
    STARTING = "503, while Domibus starts"
    PROXY = "500 of a proxy, in HTML"
    CORE = "a fault out of the core: WS_PLUGIN:0001"


class Simulator:
    """One Domibus: its plug-in service, and its pushes."""

    def __init__(
        self,
        party: Value,
        clock: Callable[[], datetime],
        *,
        release: str = "5.1",
        pmode: PMode | None = None,
        rules: tuple[Rule, ...] = (),
        users: dict[str, User] | None = None,
        mtom: bool = False,
        schema: etree.XMLSchema | None = None,
    ) -> None:
        self._release = RELEASES[release]
        self.pusher = Pusher(rules if self._release.push else (), clock)
        self.point = AccessPoint(party, clock, pmode or PMode(), self._told)
        self.calls: list[str] = []
        self._service = Service(self._release, self.point, self.pusher, mtom=mtom, schema=schema)
        self._mtom = mtom
        self._users = users or {}
        self._failed: defaultdict[str, int] = defaultdict(int)
        self._troubles: defaultdict[str, list[Trouble]] = defaultdict(list)
        self._news = asyncio.Event()
        self._stepping = asyncio.Lock()
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=_MOST)
        for path, namespace in self._release.services.items():
            handler = self._handler(namespace)
            application.router.add_post(f"{CONTEXT}{path}", handler)
            application.router.add_post(f"{CONTEXT}{path}/{{operation}}", handler)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}{CONTEXT}"
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._session:
            await self._session.close()
        if self._runner:
            await self._runner.cleanup()

    def trouble(self, name: str, *troubles: Trouble) -> None:
        """Order troubles for the next calls whose body element is ``name``."""
        self._troubles[name] += troubles

    def _told(self, kind: str, stored: Stored) -> None:
        self._news.set()
        if stored.role == SENDING or not stored.header.is_test:
            self.pusher.told(kind, stored)  # a test message that arrives is for no backend

    async def step(self) -> bool:
        """Exchange and push what is due; tell whether there was anything to do."""
        async with self._stepping:
            self.point.clean()
            moved = self.point.exchange()
            return await self.pusher.push(self._post, self.point.mark) or moved

    async def run(self, stopping: asyncio.Event, pause: float = 1.0) -> None:
        """Step whenever something happens, and every ``pause`` seconds for what falls due."""
        while not stopping.is_set():
            while await self.step():
                pass
            self._news.clear()
            try:
                async with asyncio.timeout(pause):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def _post(self, rule: Rule, octets: bytes) -> tuple[int, str, bytes]:
        assert self._session is not None
        headers = {hdrs.CONTENT_TYPE: f"{SOAP_TYPE}; charset=UTF-8", hdrs.ACCEPT: "*/*"}
        if rule.user and rule.password:
            login = base64.b64encode(f"{rule.user}:{rule.password}".encode()).decode("ascii")
            headers[hdrs.AUTHORIZATION] = f"Basic {login}"
        try:
            async with self._session.post(rule.endpoint, data=octets, headers=headers) as answer:
                return answer.status, answer.content_type, await answer.read()
        except (aiohttp.ClientError, TimeoutError) as cause:
            raise OSError("the backend does not answer") from cause

    def _handler(self, namespace: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._handle(request, namespace)

        return handle

    async def _handle(self, request: web.Request, namespace: str) -> web.StreamResponse:
        octets = await request.read()
        admitted, user = self._login(request)
        if not admitted:
            return web.Response(status=401, headers={hdrs.WWW_AUTHENTICATE: "Basic"})
        try:
            asked = wire.Request(octets, request.headers.get(hdrs.CONTENT_TYPE, ""))
            self.calls.append(asked.name)
            trouble = next(iter(self._troubles[asked.name]), None)
            if trouble:
                self._troubles[asked.name].pop(0)
            if trouble in _INSTEAD:
                return _INSTEAD[trouble](request)
            if trouble is Trouble.CORE:
                raise Refusal("WS_PLUGIN:0001", "Error in the core")
            reply = self._service.answer(asked, namespace, user)
            if trouble is Trouble.NO_ANSWER:
                return _broken(request)
            return self._reply(namespace, reply.body, reply.header, reply.parts)
        except Refusal as refusal:
            body = wire.fault(namespace, refusal.code, refusal.text)
            return web.Response(status=500, body=body, content_type=SOAP_TYPE, charset="UTF-8")
        except UnreadableDocument:
            return web.Response(status=500, text="Bad request")

    def _reply(
        self, namespace: str, body: str, header: str, parts: dict[str, bytes]
    ) -> web.Response:
        octets = wire.envelope(namespace, body, header)
        if not self._mtom:
            return web.Response(body=octets, content_type=SOAP_TYPE, charset="UTF-8")
        octets, content_type = wire.package(octets, parts, "uuid:5d0c-simulated")
        return web.Response(body=octets, headers={hdrs.CONTENT_TYPE: content_type})

    def _login(self, request: web.Request) -> tuple[bool, User | None]:
        if not self._users:
            return True, None  # domibus.auth.unsecureLoginAllowed=true, as it comes
        try:
            text = request.headers.get(hdrs.AUTHORIZATION, "").removeprefix("Basic ")
            name, _, password = base64.b64decode(text, validate=True).decode().partition(":")
        except ValueError:
            return False, None
        user = self._users.get(name)
        if user is None or user.expired or self._failed[name] >= _FAILED_LOGINS:
            return False, None
        if not hmac.compare_digest(user.password.encode(), password.encode()):
            self._failed[name] += 1
            return False, None
        self._failed[name] = 0
        return True, user


def _broken(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def _starting(request: web.Request) -> web.StreamResponse:
    return web.Response(status=503, text="<h1>Service Unavailable</h1>", content_type="text/html")


def _proxy(request: web.Request) -> web.StreamResponse:
    return web.Response(status=500, text="<h1>Bad Gateway</h1>", content_type="text/html")


_INSTEAD: Final[dict[Trouble | None, Callable[[web.Request], web.StreamResponse]]] = {
    Trouble.NO_CALL: _broken,
    Trouble.STARTING: _starting,
    Trouble.PROXY: _proxy,
}
