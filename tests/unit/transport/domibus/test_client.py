"""The client on the wire: each operation, and everything that can answer instead."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from bridge.errors import EdgeFault, LocalFault, SettingsFault, UnreadableDocument
from bridge.sandbox.domibus import wire
from bridge.sandbox.domibus.messages import PMode, User
from bridge.sandbox.domibus.server import Trouble
from bridge.transport.domibus.client import Settings
from bridge.transport.domibus.dialect import CURRENT, FIRST, LEGACY, PLUGIN, Dialect
from bridge.transport.domibus.faults import PluginFault
from bridge.transport.domibus.multipart import Bounds
from bridge.transport.domibus.operations import Filter, Role, Status
from tests.contract.desk import Clock
from tests.contract.envelopes import EMPTY, EVIDENCE, HOME, REGREP, REQUESTER, request, told
from tests.contract.worlds import listening
from tests.unit.transport.domibus.backends import client_of, scripted, settled, two_points

KEEPING = PMode(retention_downloaded=60)


@pytest.mark.parametrize("mtom", [False, True])
@pytest.mark.parametrize("release", ["5.1", "5.2"])
async def test_a_message_goes_its_whole_way(release: str, mtom: bool) -> None:
    envelope = request(1, REGREP, EVIDENCE, EMPTY)
    async with (
        two_points(Clock(), release=release, mtom=mtom, pmode=KEEPING) as (home, away),
        client_of(home.url, mtom=mtom) as sender,
        client_of(away.url, mtom=mtom) as receiver,
    ):
        assert await sender.submit(envelope) == envelope.message_id
        assert await sender.status(envelope.message_id) is Status.SEND_ENQUEUED
        await settled(home, away)
        assert await sender.status(envelope.message_id) is Status.ACKNOWLEDGED
        assert await receiver.pending() == (envelope.message_id,)
        for _ in range(2):
            assert told(await receiver.retrieve(envelope.message_id, consume=False)) == told(
                envelope
            )
        await receiver.mark(envelope.message_id)
        assert await receiver.pending() == ()
        assert await receiver.status(envelope.message_id, Role.RECEIVING) is Status.DOWNLOADED
        assert await sender.errors(envelope.message_id) == ()


async def test_consuming_works_once() -> None:
    async with (
        two_points(Clock()) as (home, away),
        client_of(home.url) as sender,
        client_of(away.url) as receiver,
    ):
        await sender.submit(request())
        await settled(home, away)
        await receiver.retrieve(request().message_id, consume=True)
        with pytest.raises(PluginFault) as raised:
            await receiver.retrieve(request().message_id, consume=False)
        assert raised.value.code == "WS_PLUGIN:0009"
        assert await receiver.status(request().message_id, Role.RECEIVING) is Status.DELETED


async def test_a_list_is_asked_by_conditions() -> None:
    async with (
        two_points(Clock()) as (home, away),
        client_of(home.url) as sender,
        client_of(away.url) as receiver,
    ):
        await sender.submit(request(1))
        await settled(home, away)
        assert await receiver.pending(Filter(original_sender=REQUESTER.value)) != ()
        assert await receiver.pending(Filter(original_sender="somebody")) == ()
        before = Clock().now - timedelta(hours=1)
        assert await receiver.pending(Filter(received_to=before)) == ()
        assert await receiver.pending(Filter(received_from=before)) != ()


async def test_each_failed_attempt_is_told() -> None:
    clock = Clock()
    async with two_points(clock) as (home, away), client_of(home.url) as sender:
        away.point.reachable = False
        await sender.submit(request())
        await settled(home)
        clock.now += timedelta(minutes=3)
        await settled(home)
        errors = await sender.errors(request().message_id)
        assert [(each.code, each.at) for each in errors] == [
            ("EBMS:0005", clock.now - timedelta(minutes=3)),
            ("EBMS:0005", clock.now),
        ]


async def test_on_one_access_point_an_id_exists_in_both_roles() -> None:
    """Self-sending: only the operations with a role tell them apart."""
    async with two_points(Clock()) as (home, _), client_of(home.url) as client:
        await client.submit(request(1, receiver=HOME))
        await settled(home)
        assert await client.status(request().message_id, Role.SENDING) is Status.ACKNOWLEDGED
        assert await client.status(request().message_id, Role.RECEIVING) is Status.RECEIVED
        async with client_of(home.url, dialect=FIRST) as older:
            with pytest.raises(PluginFault) as status:
                await older.status(request().message_id)
            with pytest.raises(PluginFault) as errors:
                await older.errors(request().message_id)
        assert (status.value.code, errors.value.code) == ("WS_PLUGIN:0007", "WS_PLUGIN:0010")


async def test_the_old_service_is_spoken_in_its_own_namespace() -> None:
    async with (
        two_points(Clock(), release="4.2", pmode=KEEPING) as (home, away),
        client_of(home.url, dialect=LEGACY) as sender,
        client_of(away.url, dialect=LEGACY) as receiver,
    ):
        away.point.reachable = False
        await sender.submit(request(1))
        await settled(home)
        assert [each.code for each in await sender.errors(request(1).message_id)] == ["EBMS:0005"]
        away.point.reachable = True
        await sender.submit(request(2))
        await settled(home, away)
        assert await receiver.pending() == (request(2).message_id,)
        assert told(await receiver.retrieve(request(2).message_id, consume=True)) == told(
            request(2)
        )
        with pytest.raises(LocalFault):
            await receiver.mark(request(2).message_id)


async def test_an_operation_the_release_does_not_know_is_a_fault_without_code() -> None:
    async with two_points(Clock(), release="5.0") as (home, _), client_of(home.url) as client:
        with pytest.raises(PluginFault) as raised:
            await client.push_failed()
        assert raised.value.code == ""
        assert not raised.value.retryable


@pytest.mark.parametrize(
    ("release", "dialect", "knows"),
    [("5.2", CURRENT, True), ("5.0", CURRENT, False), ("5.0", FIRST, True), ("4.2", LEGACY, True)],
)
async def test_a_release_is_asked_what_it_knows(
    release: str, dialect: Dialect, knows: bool
) -> None:
    async with (
        two_points(Clock(), release=release) as (home, _),
        client_of(home.url, dialect=dialect) as client,
    ):
        assert await client.knows_its_dialect() is knows


async def test_a_fault_says_nothing_of_the_release() -> None:
    async with two_points(Clock()) as (home, _), client_of(home.url) as client:
        home.trouble("statusRequestWithAccessPointRole", Trouble.CORE)
        with pytest.raises(PluginFault):
            await client.knows_its_dialect()


async def test_a_state_nobody_knows_is_no_answer() -> None:
    async def handler(asked: web.Request) -> web.Response:
        body = wire.envelope(PLUGIN, "<ns4:getStatusResponse>LOST</ns4:getStatusResponse>")
        return web.Response(body=body, content_type=SOAP)

    async with scripted(handler) as client:
        with pytest.raises(EdgeFault) as raised:
            await client.status("m@x")
    assert not raised.value.retryable


async def test_an_unknown_message_has_a_state_but_no_errors() -> None:
    async with two_points(Clock()) as (home, _), client_of(home.url) as client:
        assert await client.status("never@x") is Status.NOT_FOUND
        with pytest.raises(PluginFault) as raised:
            await client.errors("never@x")
        assert raised.value.code == "WS_PLUGIN:0009"


USERS = {"bridge": User("Sixteen-Letters-1"), "old": User("Sixteen-Letters-1", expired=True)}


@pytest.mark.parametrize(
    ("login", "admitted"),
    [
        ({"user": "bridge", "password": "Sixteen-Letters-1"}, True),
        ({"user": "bridge", "password": "another"}, False),
        ({"user": "old", "password": "Sixteen-Letters-1"}, False),
        ({}, False),
    ],
)
async def test_a_login_is_needed_where_domibus_wants_one(
    login: dict[str, str], admitted: bool
) -> None:
    async with (
        two_points(Clock(), users=USERS) as (home, _),
        client_of(home.url, **login) as client,
    ):
        if admitted:
            assert await client.pending() == ()
            return
        with pytest.raises(EdgeFault, match="password") as raised:
            await client.pending()
        assert not raised.value.retryable
        assert "another" not in str(raised.value)


async def test_the_login_is_basic_in_utf8() -> None:
    seen = []

    async def handler(asked: web.Request) -> web.Response:
        seen.append(asked.headers["Authorization"])
        return web.Response(status=401)

    async with scripted(handler, user="Jörg", password="pässword") as client:
        with pytest.raises(EdgeFault):
            await client.pending()
    assert seen == ["Basic " + base64.b64encode("Jörg:pässword".encode()).decode()]


@pytest.mark.parametrize("trouble", [Trouble.NO_CALL, Trouble.NO_ANSWER, Trouble.STARTING, Trouble.PROXY, Trouble.CORE])  # fmt: skip
async def test_what_passes_may_be_tried_again(trouble: Trouble) -> None:
    async with two_points(Clock()) as (home, _), client_of(home.url) as client:
        home.trouble("submitRequest", trouble)
        with pytest.raises(EdgeFault) as raised:
            await client.submit(request())
        assert raised.value.retryable
        known = await client.status(request().message_id)
        assert (known is Status.SEND_ENQUEUED) is (trouble is Trouble.NO_ANSWER)


SOAP = "application/soap+xml"
LIST = wire.envelope(PLUGIN, "<ns4:listPendingMessagesResponse/>")
ANSWERS: dict[str, tuple[dict[str, Any], bool]] = {
    "forbidden": ({"status": 403}, False),
    "not there": ({"status": 404, "text": "not here"}, False),
    "another method": ({"status": 405}, False),
    "too large for a proxy": ({"status": 413}, False),
    "too many calls": ({"status": 429}, True),
    "bad gateway": ({"status": 502, "text": "x", "content_type": "text/html"}, True),
    "a login page": ({"status": 200, "text": "x", "content_type": "text/html"}, True),
    "elsewhere": ({"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}}, True),
    "no XML": ({"body": b"OK", "content_type": SOAP}, True),
    "no SOAP": ({"body": b"<a/>", "content_type": SOAP}, True),
    "an entity": ({"body": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "content_type": SOAP}, True),
    "another answer": (
        {"body": wire.envelope(PLUGIN, "<ns4:submitResponse/>"), "content_type": SOAP},
        True,
    ),
    "an answer with a bad status": ({"status": 500, "body": LIST, "content_type": SOAP}, True),
    "no end of parts": ({"body": b"--", "content_type": "multipart/related"}, True),
    "beyond all bounds": ({"body": b" " * 5000, "content_type": SOAP}, False),
}


@pytest.mark.parametrize("case", ANSWERS)
async def test_what_answers_instead_is_told_apart(case: str) -> None:
    given, retryable = ANSWERS[case]

    async def handler(asked: web.Request) -> web.Response:
        await asked.read()
        return web.Response(**given)

    async with scripted(handler, bounds=Bounds(envelope=4000)) as client:
        with pytest.raises(EdgeFault) as raised:
            await client.pending()
    assert raised.value.retryable is retryable
    assert raised.value.where == "listPendingMessages"


async def test_nobody_is_followed_elsewhere_with_our_login() -> None:
    called = []

    async def elsewhere(asked: web.Request) -> web.Response:
        called.append(asked.headers.get("Authorization"))
        return web.Response(body=LIST, content_type=SOAP)

    async with listening([web.post("/", elsewhere)]) as other:

        async def handler(asked: web.Request) -> web.Response:
            return web.Response(status=307, headers={"Location": f"{other}/"})

        async with scripted(handler, user="u", password="p") as client:
            with pytest.raises(EdgeFault):
                await client.pending()
    assert called == []


@pytest.mark.parametrize("content_type", ["application/soap+xml", "text/xml"])
async def test_either_soap_type_is_read(content_type: str) -> None:
    async def handler(asked: web.Request) -> web.Response:
        return web.Response(body=LIST, content_type=content_type)

    async with scripted(handler) as client:
        assert await client.pending() == ()


async def test_nobody_at_the_address_is_worth_another_attempt() -> None:
    async with client_of("http://127.0.0.1:9") as client:
        with pytest.raises(EdgeFault) as raised:
            await client.pending()
    assert raised.value.retryable


async def test_silence_ends_a_call() -> None:
    released = asyncio.Event()

    async def handler(asked: web.Request) -> web.Response:
        await released.wait()
        return web.Response()

    async with scripted(handler, silence=0.05) as client:
        with pytest.raises(EdgeFault) as raised:
            await client.pending()
        released.set()
    assert raised.value.retryable


async def test_a_client_that_is_not_open_says_so() -> None:
    async with client_of("http://127.0.0.1:9") as client:
        await client.close()
        with pytest.raises(EdgeFault, match="not open"):
            await client.pending()


def submitted(names: str) -> bytes:
    return wire.envelope(PLUGIN, f"<ns4:submitResponse>{names}</ns4:submitResponse>")


@pytest.mark.parametrize("names", ["", "<messageID>other@x</messageID>"])
async def test_the_confirmed_id_must_be_the_submitted_one(names: str) -> None:
    async def handler(asked: web.Request) -> web.Response:
        await asked.read()
        return web.Response(body=submitted(names), content_type=SOAP)

    async with scripted(handler) as client:
        with pytest.raises(EdgeFault) as raised:
            await client.submit(request())
    assert not raised.value.retryable


async def test_another_message_than_the_one_asked_for_is_refused() -> None:
    async with (
        two_points(Clock(), pmode=KEEPING) as (home, away),
        client_of(home.url) as sender,
        client_of(away.url) as receiver,
    ):
        await sender.submit(request(1))
        await settled(home, away)
        stored = away.point.messages[request(1).message_id, "RECEIVING"]
        away.point.messages["other@x", "RECEIVING"] = stored
        with pytest.raises(UnreadableDocument):
            await receiver.retrieve("other@x", consume=False)


@pytest.mark.parametrize("mtom", [True, False])
async def test_a_message_beyond_our_bounds_is_the_messages_own_fault(mtom: bool) -> None:
    bounds = Bounds(envelope=3 << 20, part=1 << 20)
    async with (
        two_points(Clock(), pmode=KEEPING, mtom=mtom) as (home, away),
        client_of(home.url, mtom=True) as sender,
        client_of(away.url, bounds=bounds) as receiver,
    ):
        await sender.submit(request(1, REGREP, EVIDENCE))
        await settled(home, away)
        with pytest.raises(UnreadableDocument) as raised:
            await receiver.retrieve(request(1).message_id, consume=False)
    assert raised.value.code == "MIME-SIZE"


async def test_failed_notifications_are_listed_and_repeated_all_or_none() -> None:
    async with two_points(Clock()) as (home, _), client_of(home.url) as client:
        assert await client.push_failed() == ()
        with pytest.raises(PluginFault) as raised:
            await client.repush(["never@x"])
        assert raised.value.code == "WS_PLUGIN:0009"


BAD_SETTINGS: dict[str, dict[str, Any]] = {
    "no address": {"url": "domibus"},
    "no host": {"url": "https:///domibus"},
    "a broken host": {"url": "https://[::1/domibus"},
    "another scheme": {"url": "ftp://domibus.example"},
    "a login in the address": {"url": "https://a:b@domibus.example"},
    "a query": {"url": "https://domibus.example/?a=b"},
    "unprotected": {"url": "http://domibus.example/domibus"},
    "a user without password": {"url": "https://domibus.example", "user": "a"},
    "a password without user": {"url": "https://domibus.example", "password": "a"},
    "a colon in the user": {"url": "https://domibus.example", "user": "a:b", "password": "c"},
}


@pytest.mark.parametrize("given", BAD_SETTINGS.values(), ids=BAD_SETTINGS)
def test_wrong_settings_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(SettingsFault):
        Settings(**given)


@pytest.mark.parametrize(
    ("url", "allow", "service"),
    [
        ("https://d.example/domibus/", False, "https://d.example/domibus/services/wsplugin"),
        ("https://d.example", False, "https://d.example/services/wsplugin"),
        ("http://d.example/Domibus", True, "http://d.example/Domibus/services/wsplugin"),
        ("http://[::1]:8080", False, "http://[::1]:8080/services/wsplugin"),
        ("http://localhost:8080", False, "http://localhost:8080/services/wsplugin"),
    ],
)
def test_the_context_path_is_whatever_the_installation_has(
    url: str, allow: bool, service: str
) -> None:
    assert Settings(url, allow_http=allow).service == service


def test_a_password_is_in_no_representation() -> None:
    assert "secret" not in repr(Settings("https://d.example", "user", "secret"))
