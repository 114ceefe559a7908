"""The simulated Domibus does what the reference says of the real one, chapter by chapter."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from lxml import etree

from bridge.envelope import Envelope, Property
from bridge.names import EBMS
from bridge.sandbox.domibus.messages import PMode, User
from bridge.sandbox.domibus.pushing import Rule
from bridge.sandbox.domibus.server import Simulator
from bridge.transport.domibus import push, submission
from bridge.transport.domibus.dialect import CURRENT, PLUGIN
from tests.contract.desk import Clock
from tests.contract.envelopes import (
    AWAY,
    EMPTY,
    HOME,
    PROVIDER,
    REGREP,
    REQUESTER,
    request,
    test_message,
)
from tests.contract.worlds import listening
from tests.unit.transport.domibus.backends import settled, two_points
from tests.unit.transport.domibus.schemas import own

SOAP = "http://www.w3.org/2003/05/soap-envelope"
MINUTE = timedelta(minutes=1)


async def ask(
    point: Simulator, octets: bytes, path: str = "/services/wsplugin", **headers: str
) -> tuple[int, bytes]:
    headers = {"Content-Type": "application/soap+xml", **headers}
    async with (
        aiohttp.ClientSession() as session,
        session.post(point.url + path, data=octets, headers=headers) as answer,
    ):
        return answer.status, await answer.read()


def enclosed(body: str, header: str = "") -> bytes:
    return (
        f'<S:Envelope xmlns:S="{SOAP}" xmlns:W="{PLUGIN}" xmlns:eb="{EBMS}">'
        f"<S:Header>{header}</S:Header><S:Body>{body}</S:Body></S:Envelope>"
    ).encode()


def about(name: str, message_id: str, more: str = "", attributes: str = "") -> bytes:
    return enclosed(f"<W:{name}{attributes}><messageID>{message_id}</messageID>{more}</W:{name}>")


def submission_of(envelope: Envelope) -> bytes:
    return b"".join(submission.inline(CURRENT, envelope, 1 << 20).chunks())


async def submit(point: Simulator, envelope: Envelope) -> str:
    """Submit; gives the code of the fault, or ``ok``."""
    return code(await ask(point, submission_of(envelope)))


def code(answer: tuple[int, bytes]) -> str:
    status, octets = answer
    if status == 200:
        return "ok"
    return etree.fromstring(octets).findtext(f".//{{{PLUGIN}}}FaultDetail/code") or "none"


async def status(point: Simulator, message_id: str, role: str) -> str:
    more = f"<accessPointRole>{role}</accessPointRole>"
    _, octets = await ask(point, about("statusRequestWithAccessPointRole", message_id, more))
    return etree.fromstring(octets).findtext(f".//{{{PLUGIN}}}getStatusResponse") or ""


def login_of(user: str, password: str) -> dict[str, str]:
    text = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {text}"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


REFUSALS: dict[str, tuple[Envelope, str]] = {
    "a test message": (test_message(), "ok"),
    "party in another case": (request(1, receiver=replace(AWAY, id="ap_xb_01")), "ok"),
    "a party nobody knows": (request(1, receiver=replace(AWAY, id="AP_XX")), "EBMS:0003"),
    "another type of party": (request(1, receiver=replace(AWAY, type="urn:x")), "EBMS:0003"),
    "another sender": (request(1, sender=AWAY), "EBMS:0003"),
    "another action": (replace(request(), action="Do"), "EBMS:0001"),
    "a property not declared": (
        replace(request(), properties=(REQUESTER, PROVIDER, Property("Other", "x"))),
        "EBMS:0010",
    ),
    "a property of 2.0": (
        replace(request(), properties=(REQUESTER, PROVIDER, Property("ExchangeId", "x"))),
        "ok",
    ),
    "a property missing": (replace(request(), properties=(PROVIDER,)), "EBMS:0010"),
    "no payload": (replace(request(), payloads=()), "WS_PLUGIN:0001"),
}


@pytest.mark.parametrize("case", REFUSALS)
async def test_a_submission_is_judged_by_the_pmode(clock: Clock, case: str) -> None:
    envelope, expected = REFUSALS[case]
    async with two_points(clock) as (home, _):
        assert await submit(home, envelope) == expected


CHANGES = {
    "payloadId without cid:": (b'payloadId="cid:', b'payloadId="', "WS_PLUGIN_0005"),
    "payloadId in another case": (b'payloadId="cid:regrep', b'payloadId="CID:REGREP', "ok"),
    "a part without payload": (b'href="cid:regrep', b'href="cid:other', "WS_PLUGIN_0005"),
    "a payload without namespace is one": (b"<W:submitRequest", b"<W:submitRequest", "ok"),
    "children in the namespace": (b"payload>", b"W:payload>", "WS_PLUGIN_0005"),
    "empty part properties": (
        b'<eb:Property name="MimeType">application/x-ebrs+xml</eb:Property>',
        b"",
        "WS_PLUGIN_0005",
    ),
    "no header": (b"eb:UserMessage>", b"eb:Other>", "WS_PLUGIN:0007"),
    "another operation": (b"W:submitRequest", b"W:submitMessage", "none"),
    "the other service's namespace": (PLUGIN.encode(), b"http://org.ecodex.backend/1_1/", "none"),
}


@pytest.mark.parametrize("case", CHANGES)
async def test_the_traps_of_a_submission_are_there(clock: Clock, case: str) -> None:
    old, new, expected = CHANGES[case]
    octets = submission_of(request())
    assert old in octets
    changed = octets.replace(old, new)
    if new == b"W:payload>":
        changed = changed.replace(b"<payload ", b"<W:payload ")
    async with two_points(clock) as (home, _):
        assert code(await ask(home, changed)) == expected


async def test_an_id_is_taken_once_a_role(clock: Clock) -> None:
    async with two_points(clock) as (home, away):
        assert await submit(home, request(1)) == "ok"
        assert await submit(home, request(1)) == "EBMS:0004"
        await settled(home, away)
        assert await submit(away, request(1, sender=AWAY, receiver=HOME)) == "ok"


async def test_a_message_is_tried_four_times_in_twelve_minutes(clock: Clock) -> None:
    async with two_points(clock) as (home, away):
        away.point.reachable = False
        await submit(home, request())
        states = []
        for _ in range(5):
            await settled(home)
            states.append(await status(home, request().message_id, "SENDING"))
            clock.now += 3 * MINUTE
    assert states == ["WAITING_FOR_RETRY"] * 3 + ["SEND_FAILURE"] * 2


async def test_a_retry_gets_through(clock: Clock) -> None:
    async with two_points(clock) as (home, away):
        away.point.reachable = False
        await submit(home, request())
        await settled(home)
        away.point.reachable = True
        clock.now += 3 * MINUTE
        await settled(home, away)
        assert await status(home, request().message_id, "SENDING") == "ACKNOWLEDGED"
        assert await status(away, request().message_id, "RECEIVING") == "RECEIVED"


RETRIEVE = "retrieveMessageRequest"
LOOK = ' markAsDownloaded="false"'


@pytest.mark.parametrize(("retention", "left"), [(0, "DELETED"), (60, "DOWNLOADED")])
async def test_what_is_consumed_is_gone_with_its_retention(
    clock: Clock, retention: int, left: str
) -> None:
    pmode = PMode(retention_downloaded=retention)
    message_id = request().message_id
    async with two_points(clock, pmode=pmode) as (home, away):
        await submit(home, request())
        await settled(home, away)
        looking = about(RETRIEVE, message_id, attributes=LOOK)
        assert [code(await ask(away, looking)) for _ in range(2)] == ["ok", "ok"]
        assert code(await ask(away, about(RETRIEVE, message_id))) == "ok"
        assert code(await ask(away, about(RETRIEVE, message_id))) == "WS_PLUGIN:0009"
        assert await status(away, message_id, "RECEIVING") == left
        still = "ok" if retention else "WS_PLUGIN:0009"
        assert code(await ask(away, looking)) == still
        clock.now += 60 * MINUTE
        await settled(away)
        assert code(await ask(away, looking)) == "WS_PLUGIN:0009"


async def test_what_nobody_fetches_is_purged_after_two_and_a_half_days(clock: Clock) -> None:
    async with two_points(clock) as (home, away):
        await submit(home, request())
        await settled(home, away)
        clock.now += 3599 * MINUTE
        await settled(away)
        assert await status(away, request().message_id, "RECEIVING") == "RECEIVED"
        clock.now += MINUTE
        await settled(away)
        assert await status(away, request().message_id, "RECEIVING") == "DELETED"
        _, listed = await ask(away, enclosed("<W:listPendingMessagesRequest/>"))
        assert b"messageID" not in listed


async def test_the_answer_uses_one_prefix_for_two_namespaces(clock: Clock) -> None:
    async with two_points(clock, release="5.2") as (home, away):
        await submit(home, request(1, REGREP, EMPTY))
        await settled(home, away)
        _, octets = await ask(away, about(RETRIEVE, request().message_id))
    assert set(re.findall(rb'xmlns:ns5="([^"]+)"', octets)) == {EBMS.encode(), SOAP.encode()}
    assert octets.count(b"contentType=") == 2


async def test_only_one_release_tells_an_entity_id(clock: Clock) -> None:
    for release, told in (("5.1", False), ("5.2", True)):
        async with two_points(clock, release=release) as (home, _):
            _, octets = await ask(home, submission_of(request()))
            assert (b"messageEntityID" in octets) is told


@pytest.mark.parametrize(("owner", "seen"), [(PROVIDER.value, True), ("C5", False)])
async def test_a_user_sees_and_sends_his_own_only(clock: Clock, owner: str, seen: bool) -> None:
    users = {"u": User("p", original_user=owner), "admin": User("a")}
    login = login_of("u", "p")
    admin = login_of("admin", "a")
    octets = submission_of(request())
    async with two_points(clock, users=users) as (home, away):
        assert code(await ask(home, octets, **login)) == "WS_PLUGIN:0002"
        assert code(await ask(home, octets, **admin)) == "ok"
        await settled(home, away)
        _, listed = await ask(away, enclosed("<W:listPendingMessagesRequest/>"), **login)
        assert (b"messageID" in listed) is seen
        asked = about(RETRIEVE, request().message_id, attributes=LOOK)
        assert code(await ask(away, asked, **login)) == ("ok" if seen else "WS_PLUGIN:0009")


async def test_five_wrong_passwords_lock_a_user(clock: Clock) -> None:
    def login(password: str) -> dict[str, str]:
        return login_of("u", password)

    listing = enclosed("<W:listPendingMessagesRequest/>")
    async with two_points(clock, users={"u": User("p")}) as (home, _):
        assert (await ask(home, listing, **login("p")))[0] == 200
        for _ in range(5):
            assert await ask(home, listing, **login("q")) == (401, b"")
        assert (await ask(home, listing, **login("p")))[0] == 401
        assert (await ask(home, listing))[0] == 401


async def test_only_post_is_served_and_a_suffix_is_let_pass(clock: Clock) -> None:
    listing = enclosed("<W:listPendingMessagesRequest/>")
    async with two_points(clock) as (home, _), aiohttp.ClientSession() as session:
        async with session.get(f"{home.url}/services/wsplugin") as answer:
            assert answer.status == 405
        assert (await ask(home, listing, "/services/wsplugin/submitMessage"))[0] == 200
        assert (await ask(home, listing, "/services/backend"))[0] == 500


@pytest.mark.parametrize("validates", [True, False])
async def test_schema_validation_is_a_switch(clock: Clock, validates: bool) -> None:
    empty = enclosed("<W:listPendingMessagesRequest><messageId/></W:listPendingMessagesRequest>")
    async with two_points(clock, schema=own() if validates else None) as (home, _):
        assert code(await ask(home, empty)) == ("none" if validates else "ok")
        assert await submit(home, request()) == "ok"


class Backend:
    """A push address that answers as a script says, and notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.answer: dict[str, Any] = {
            "body": push.ACKNOWLEDGEMENT,
            "content_type": "application/soap+xml",
        }

    async def handle(self, asked: web.Request) -> web.Response:
        body = etree.fromstring(await asked.read())[0][0]
        words = [etree.QName(body).localname, *(each.text or "" for each in body[1:])]
        self.told.append(" ".join(words))
        return web.Response(**self.answer)


@asynccontextmanager
async def pushing(
    clock: Clock, pmode: PMode | None = None, **rule: Any
) -> AsyncIterator[tuple[Simulator, Simulator, Backend, Backend]]:
    sender, receiver = Backend(), Backend()
    routes = [web.post("/home", sender.handle), web.post("/away", receiver.handle)]
    async with listening(routes) as base, two_points(clock, pmode=pmode) as (home, away):
        home.pusher.rules = (Rule(f"{base}/home", **rule),)
        away.pusher.rules = (Rule(f"{base}/away", **rule),)
        yield home, away, sender, receiver


async def test_each_change_is_pushed(clock: Clock) -> None:
    async with pushing(clock) as (home, away, sender, receiver):
        await submit(home, request())
        await settled(home, away)
    assert sender.told == [
        "messageStatusChange SEND_ENQUEUED",
        "messageStatusChange ACKNOWLEDGED",
        "sendSuccess",
    ]
    assert receiver.told == ["messageStatusChange RECEIVED", "receiveSuccess"]


@pytest.mark.parametrize("tell", [False, True])
async def test_a_failure_is_pushed_by_name_only_where_the_pmode_says_so(
    clock: Clock, tell: bool
) -> None:
    types = ("SEND_FAILURE", "MESSAGE_STATUS_CHANGE")
    pmode = PMode(tell_failures=tell, retry_count=1)
    async with pushing(clock, pmode, types=types) as (home, away, sender, _):
        away.point.reachable = False
        await submit(home, request())
        await settled(home)
    assert "messageStatusChange SEND_FAILURE" in sender.told
    assert ("sendFailure" in sender.told) is tell


REFUSING = {
    "an empty 200": {"body": b""},
    "HTML": {"text": "<p>thanks</p>", "content_type": "text/html"},
    "202": {"status": 202},
    "a fault": {
        "status": 500,
        "body": push.refusal("X", "no"),
        "content_type": "application/soap+xml",
    },
    "a fault with 200": {
        "body": push.refusal("X", "no"),
        "content_type": "application/soap+xml",
    },
}


@pytest.mark.parametrize("answer", REFUSING.values(), ids=REFUSING)
async def test_a_push_is_repeated_every_twelve_minutes_and_then_given_up(
    clock: Clock, answer: dict[str, Any]
) -> None:
    async with pushing(clock, types=("RECEIVE_SUCCESS",)) as (home, away, _, receiver):
        receiver.answer = answer
        await submit(home, request())
        counts = []
        for _ in range(7):
            await settled(home, away)
            counts.append(len(receiver.told))
            clock.now += 12 * MINUTE
        assert counts == [1, 2, 3, 4, 5, 5, 5]
        assert away.pusher.failed() == [request().message_id]
        listing = enclosed("<W:listPushFailedMessagesRequest/>")
        assert request().message_id.encode() in (await ask(away, listing))[1]


async def test_a_rule_for_another_recipient_pushes_nothing(clock: Clock) -> None:
    async with pushing(clock, recipient="C9") as (home, away, sender, receiver):
        await submit(home, request())
        await settled(home, away)
    assert sender.told == receiver.told == []


async def test_without_final_recipient_nothing_is_ever_pushed(clock: Clock) -> None:
    pmode = PMode(properties=frozenset())
    async with pushing(clock, pmode) as (home, away, sender, receiver):
        await submit(home, replace(request(), properties=()))
        await settled(home, away)
    assert sender.told == receiver.told == []


async def test_a_test_message_reaches_no_backend(clock: Clock) -> None:
    async with pushing(clock) as (home, away, _, receiver):
        await submit(home, test_message())
        await settled(home, away)
        assert await status(home, test_message().message_id, "SENDING") == "ACKNOWLEDGED"
    assert receiver.told == []


async def test_it_runs_by_itself_for_the_demo(clock: Clock) -> None:
    stopping, acknowledged = asyncio.Event(), asyncio.Event()

    async with pushing(clock) as (home, away, sender, _):
        handle = sender.handle

        async def noting(asked: web.Request) -> web.Response:
            answer = await handle(asked)
            if "sendSuccess" in sender.told:
                acknowledged.set()
            return answer

        async with listening([web.post("/home", noting)]) as base:
            home.pusher.rules = (Rule(f"{base}/home"),)
            running = [asyncio.create_task(each.run(stopping, 0.01)) for each in (home, away)]
            await submit(home, request())
            await asyncio.wait_for(acknowledged.wait(), 10)
            stopping.set()
            await asyncio.gather(*running)
