"""Both sides show certificates: to the plug-in, and to our push address."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bridge.errors import EdgeFault
from bridge.sandbox.domibus import wire
from bridge.transport.domibus.dialect import PLUGIN
from bridge.transport.domibus.endpoint import PushAccess, PushEndpoint
from bridge.transport.domibus.push import Notification, Received
from tests.contract.worlds import listening
from tests.unit.transport.domibus.authority import Authority
from tests.unit.transport.domibus.backends import client_of

LIST = wire.envelope(PLUGIN, "<ns4:listPendingMessagesResponse/>")


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "bridge")


@pytest.fixture
def theirs(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "domibus")


async def plugin(asked: web.Request) -> web.Response:
    await asked.read()
    return web.Response(body=LIST, content_type="application/soap+xml")


PLUGIN_ROUTES = [web.post("/services/wsplugin", plugin)]


async def test_the_client_shows_its_certificate(ours: Authority, theirs: Authority) -> None:
    async with listening(PLUGIN_ROUTES, theirs.server(ours.anchor)) as url:
        assert url.startswith("https://")
        async with client_of(url, tls=ours.client(theirs.anchor)) as client:
            assert await client.pending() == ()


async def test_without_a_certificate_there_is_no_answer(ours: Authority, theirs: Authority) -> None:
    async with (
        listening(PLUGIN_ROUTES, theirs.server(ours.anchor)) as url,
        client_of(url, tls=ours.client(theirs.anchor, certificate=False)) as client,
    ):
        with pytest.raises(EdgeFault):
            await client.pending()


@pytest.mark.parametrize("anchored", [True, False], ids=["our own anchors", "the system's"])
async def test_a_server_nobody_vouches_for_is_not_called(
    ours: Authority, theirs: Authority, anchored: bool
) -> None:
    tls = ours.client(ours.anchor) if anchored else None
    async with (
        listening(PLUGIN_ROUTES, theirs.server(ours.anchor)) as url,
        client_of(url, tls=tls) as client,
    ):
        with pytest.raises(EdgeFault, match="trust") as raised:
            await client.pending()
        assert not raised.value.retryable


async def test_notifications_come_with_a_certificate(ours: Authority, theirs: Authority) -> None:
    told: list[Notification] = []

    async def notified(notification: Notification) -> None:
        told.append(notification)

    routes = PushEndpoint(notified, PushAccess(by_certificate=True)).routes("/push")
    note = wire.notification("receiveSuccess", "m@x")
    async with (
        listening(routes, ours.server(theirs.anchor)) as url,
        aiohttp.ClientSession() as session,
    ):
        tls = theirs.client(ours.anchor)
        async with session.post(f"{url}/push", data=note, ssl=tls) as answer:
            assert answer.status == 200
        bare = theirs.client(ours.anchor, certificate=False)
        with pytest.raises((aiohttp.ClientError, ConnectionError)):
            async with session.post(f"{url}/push", data=note, ssl=bare) as answer:
                await answer.read()
    assert told == [Received("m@x")]
