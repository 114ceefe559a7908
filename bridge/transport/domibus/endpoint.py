"""The address to which Domibus pushes its notifications: an aiohttp handler.

Domibus takes one answer for an acknowledgement, an empty SOAP body of type application/soap+xml
with status 200. Everything else, an empty 200 too, makes it push again until it gives up.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from aiohttp import hdrs, web

from bridge.errors import SettingsFault, UnreadableDocument
from bridge.transport.as4.content import MemorySink
from bridge.transport.domibus import multipart, push
from bridge.transport.domibus.multipart import Bounds
from bridge.transport.domibus.push import Notification

LOG: Final = logging.getLogger(__name__)
_BOUNDS: Final = Bounds(envelope=push.LIMITS.octets, part=push.LIMITS.octets, parts=2)
_TEXT: Final = "application/soap+xml"

Notified = Callable[[Notification], Awaitable[None]]
"""Returns when what the notification says would survive the loss of this process."""


@dataclass(frozen=True, slots=True)
class PushAccess:
    """Who may notify us: ``wsplugin.push.auth.username`` and ``.password`` of the push settings.

    Without a name everybody may who gets a connection, which is right only behind a listener that
    demands client certificates, so ``by_certificate`` has to say it.
    """

    user: str = ""
    password: str = field(default="", repr=False)
    by_certificate: bool = False

    def __post_init__(self) -> None:
        if not (self.user and self.password) and not self.by_certificate:
            raise SettingsFault(
                "anybody could notify us",
                remedy="Set a name and password for pushes, or demand client certificates.",
            )

    def admits(self, authorization: str) -> bool:
        """Judge the header ``Authorization``, in a time that tells nothing about the password."""
        if not self.user:
            return True
        scheme, _, text = authorization.partition(" ")
        try:
            given = base64.b64decode(text.strip(), validate=True)
        except (binascii.Error, ValueError):
            given = b""
        wanted = f"{self.user}:{self.password}".encode()
        return hmac.compare_digest(given, wanted) and scheme.lower() == "basic"


class PushEndpoint:
    """Handles what Domibus posts; ``routes`` join it to an application.

    A notification may take ``patience`` seconds to arrive.
    """

    def __init__(self, notified: Notified, access: PushAccess, patience: float = 10.0) -> None:
        self._notified = notified
        self._access = access
        self._patience = patience

    def routes(self, path: str) -> list[web.RouteDef]:
        """Give the route of the endpoint below ``path``."""
        return [web.post(path, self.handle)]

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one notification; it is acknowledged only after ``notified`` has returned."""
        if not self._access.admits(request.headers.get(hdrs.AUTHORIZATION, "")):
            return web.Response(
                status=401,
                headers={hdrs.WWW_AUTHENTICATE: 'Basic realm="bridge", charset="UTF-8"'},
                text="login needed",
            )
        try:
            async with asyncio.timeout(self._patience):
                body = await multipart.read(request.headers, request.content, MemorySink, _BOUNDS)
            notification = push.read(body.octets)
        except UnreadableDocument as fault:
            LOG.warning("a notification was refused: %s", fault.code)
            return _soap(400, push.refusal(fault.code, fault.what))
        except TimeoutError:
            return _soap(408, push.refusal("DOMIBUS-PUSH-TIME", "the notification came too slowly"))
        try:
            await self._notified(notification)
        except Exception as cause:
            # Whatever it was, Domibus tells us again. Only its class: texts can hold values.
            LOG.error("a notification could not be kept: %s", type(cause).__name__)
            return _soap(500, push.refusal("DOMIBUS-PUSH-KEEP", "the notification was not kept"))
        return _soap(200, push.ACKNOWLEDGEMENT)


def _soap(status: int, octets: bytes) -> web.Response:
    return web.Response(status=status, body=octets, content_type=_TEXT, charset="UTF-8")
