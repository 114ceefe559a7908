"""The address that Domibus notifies: who gets in, and what is answered when."""

from __future__ import annotations

import asyncio
import base64
import io
import logging

import aiohttp
import pytest

from bridge.errors import SettingsFault
from bridge.sandbox.domibus import wire
from bridge.transport.domibus import push
from bridge.transport.domibus.endpoint import PushAccess, PushEndpoint
from bridge.transport.domibus.push import Notification, Received
from tests.contract.worlds import listening

NOTE = wire.notification("receiveSuccess", "m@x")
SOAP = "application/soap+xml; charset=UTF-8"


def login(user: str, password: str, scheme: str = "Basic") -> dict[str, str]:
    text = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"{scheme} {text}"}


ACCESS = PushAccess("domibus", "pässword")
GOOD = login("domibus", "pässword")


class Backend:
    """Notes what it is told, or fails."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.told: list[Notification] = []
        self.failure = failure

    async def __call__(self, notification: Notification) -> None:
        if self.failure:
            raise self.failure
        self.told.append(notification)


async def post(
    backend: Backend,
    octets: bytes = NOTE,
    headers: dict[str, str] = GOOD,
    access: PushAccess = ACCESS,
    content_type: str = SOAP,
) -> tuple[int, str, bytes]:
    routes = PushEndpoint(backend, access).routes("/push")
    async with listening(routes) as base, aiohttp.ClientSession() as session:
        headers = {"Content-Type": content_type, **headers}
        async with session.post(f"{base}/push", data=io.BytesIO(octets), headers=headers) as answer:
            return answer.status, answer.headers["Content-Type"], await answer.read()


async def test_a_notification_is_acknowledged_when_it_is_kept() -> None:
    backend = Backend()
    status, content_type, octets = await post(backend)
    assert (status, octets) == (200, push.ACKNOWLEDGEMENT)
    assert content_type.lower() == SOAP.lower()
    assert wire.is_acknowledgement(status, content_type.partition(";")[0], octets)
    assert backend.told == [Received("m@x")]


@pytest.mark.parametrize("content_type", ["text/xml", "application/soap+xml", "text/plain"])
async def test_the_type_of_a_notification_does_not_matter(content_type: str) -> None:
    assert (await post(Backend(), content_type=content_type))[0] == 200


async def test_a_notification_may_come_as_multipart() -> None:
    octets, content_type = wire.package(NOTE, {}, "uuid:1")
    backend = Backend()
    assert (await post(backend, octets, content_type=content_type))[0] == 200
    assert backend.told == [Received("m@x")]


REFUSED_LOGINS = {
    "none": {},
    "another password": login("domibus", "other"),
    "another user": login("other", "pässword"),
    "no base64": {"Authorization": "Basic !!!"},
    "another scheme": login("domibus", "pässword", "Bearer"),
    "a scheme alone": {"Authorization": "Basic"},
}


@pytest.mark.parametrize("headers", REFUSED_LOGINS.values(), ids=REFUSED_LOGINS)
async def test_without_the_login_nothing_is_taken_in(headers: dict[str, str]) -> None:
    backend = Backend()
    status, _, octets = await post(backend, headers=headers)
    assert status == 401
    assert backend.told == []
    assert b"m@x" not in octets


async def test_behind_client_certificates_no_login_is_asked_for() -> None:
    assert (await post(Backend(), headers={}, access=PushAccess(by_certificate=True)))[0] == 200


@pytest.mark.parametrize("given", [("", ""), ("domibus", ""), ("", "password")])
def test_an_open_address_is_refused(given: tuple[str, str]) -> None:
    with pytest.raises(SettingsFault):
        PushAccess(*given)


UNREADABLE = {
    "no XML": b"hello",
    "nothing": b"",
    "an entity": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>",
    "too much": b" " * ((1 << 20) + 1),
    "no notification": wire.envelope("urn:x", "<ns4:other/>"),
}


@pytest.mark.parametrize("octets", UNREADABLE.values(), ids=UNREADABLE)
async def test_what_cannot_be_read_is_refused_with_a_fault(octets: bytes) -> None:
    backend = Backend()
    status, content_type, answer = await post(backend, octets)
    assert status == 400
    assert not wire.is_acknowledgement(status, content_type, answer)
    assert b"BackendFaultDetail" in answer
    assert backend.told == []


async def test_what_is_not_kept_is_not_acknowledged_and_its_text_stays_here(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    status, _, answer = await post(Backend(ValueError("Erika Mustermann")))
    assert status == 500
    assert b"BackendFaultDetail" in answer
    assert b"Mustermann" not in answer
    assert "Mustermann" not in caplog.text
    assert "ValueError" in caplog.text


async def test_a_slow_notification_is_cut_off() -> None:
    routes = PushEndpoint(Backend(), ACCESS, patience=0.05).routes("/push")
    async with listening(routes) as base:
        host, port = base.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = f"POST /push HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nAuthorization: {GOOD['Authorization']}\r\n\r\n"
        writer.write(head.encode() + b"<")
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()
        await writer.wait_closed()


async def test_only_post_is_answered() -> None:
    routes = PushEndpoint(Backend(), ACCESS).routes("/push")
    async with (
        listening(routes) as base,
        aiohttp.ClientSession() as session,
        session.get(f"{base}/push", headers=GOOD) as answer,
    ):
        assert answer.status == 405
