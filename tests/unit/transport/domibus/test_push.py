"""Notifications as Domibus writes them, and the two answers to them."""

from __future__ import annotations

import pytest
from lxml import etree

from bridge.errors import UnreadableDocument
from bridge.names import SOAP12
from bridge.sandbox.domibus import wire
from bridge.transport.domibus import push
from bridge.transport.domibus.operations import Status
from bridge.transport.domibus.push import Changed, Deleted, Notification, NotReceived, Received

READ: dict[str, Notification] = {
    "receiveSuccess": Received("m@x"),
    "receiveFailure": NotReceived("m@x"),
    "sendSuccess": Changed("m@x", Status.ACKNOWLEDGED),
    "sendFailure": Changed("m@x", Status.SEND_FAILURE),
    "delete": Deleted(("m@x",)),
}


@pytest.mark.parametrize("name", READ)
def test_a_notification_is_read(name: str) -> None:
    assert push.read(wire.notification(name, "m@x")) == READ[name]


@pytest.mark.parametrize("status", Status)
def test_a_change_of_state_is_read(status: Status) -> None:
    octets = wire.notification("messageStatusChange", "m@x", status)
    assert push.read(octets) == Changed("m@x", status)


def enclosed(body: str, namespace: str = "eu.domibus") -> bytes:
    return (
        f'<e:Envelope xmlns:e="{SOAP12}"><e:Header/><e:Body xmlns:n="{namespace}">'
        f"{body}</e:Body></e:Envelope>"
    ).encode()


def test_purged_messages_are_read_as_a_batch() -> None:
    body = "<n:deleteBatch><messageIds>a@x</messageIds><messageIds>b@x</messageIds><messageIds/></n:deleteBatch>"
    assert push.read(enclosed(body)) == Deleted(("a@x", "b@x"))
    assert push.read(enclosed("<n:deleteBatch/>")) == Deleted(())


@pytest.mark.parametrize("namespace", ["eu.domibus", "http://eu.domibus/", "urn:other"])
def test_the_namespace_does_not_matter(namespace: str) -> None:
    body = "<n:receiveSuccess><messageID> m@x\n</messageID></n:receiveSuccess>"
    assert push.read(enclosed(body, namespace)) == Received("m@x")
    qualified = "<n:receiveSuccess><n:messageID>m@x</n:messageID></n:receiveSuccess>"
    assert push.read(enclosed(qualified, namespace)) == Received("m@x")


REFUSED = {
    "nothing": "",
    "an unknown one": "<n:receiveMaybe><messageID>m@x</messageID></n:receiveMaybe>",
    "no message": "<n:receiveSuccess/>",
    "an empty id": "<n:receiveSuccess><messageID> </messageID></n:receiveSuccess>",
    "a long id": f"<n:receiveSuccess><messageID>{'m' * 256}</messageID></n:receiveSuccess>",
    "an id of two lines": "<n:receiveSuccess><messageID>a\nb</messageID></n:receiveSuccess>",
    "two messages": "<n:receiveSuccess><messageID>a</messageID><messageID>b</messageID></n:receiveSuccess>",
    "no state": "<n:messageStatusChange><messageID>m@x</messageID></n:messageStatusChange>",
    "an unknown state": "<n:messageStatusChange><messageID>m@x</messageID><messageStatus>LOST</messageStatus></n:messageStatusChange>",
    "a large batch": f"<n:deleteBatch>{'<messageIds>a</messageIds>' * 10_001}</n:deleteBatch>",
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_what_is_no_notification_is_refused(body: str) -> None:
    with pytest.raises(UnreadableDocument) as raised:
        push.read(enclosed(body))
    assert raised.value.code == "DOMIBUS-PUSH"


def test_a_pushed_message_is_refused_because_acknowledging_it_would_mark_it() -> None:
    with pytest.raises(UnreadableDocument) as raised:
        push.read(enclosed("<n:submitRequest><payload/></n:submitRequest>"))
    assert raised.value.code == "DOMIBUS-PUSH-SUBMIT"
    assert "RECEIVE_SUCCESS" in str(raised.value)


@pytest.mark.parametrize(
    "octets",
    [b"", b"<a/>", b"not xml", b"<!DOCTYPE a><a/>", b"<a>" + b" " * (1 << 20) + b"</a>"],
)
def test_what_is_no_soap_is_refused(octets: bytes) -> None:
    with pytest.raises(UnreadableDocument):
        push.read(octets)


def test_the_acknowledgement_is_an_empty_body() -> None:
    assert wire.is_acknowledgement(200, "application/soap+xml", push.ACKNOWLEDGEMENT)


def test_a_refusal_names_code_and_reason() -> None:
    octets = push.refusal("X-1", "not <now>")
    assert not wire.is_acknowledgement(200, "application/soap+xml", octets)
    root = etree.fromstring(octets)
    assert root.findtext(".//{eu.domibus}BackendFaultDetail/code") == "X-1"
    assert root.findtext(f".//{{{SOAP12}}}Text") == "not <now>"


NO_ACKNOWLEDGEMENT = {
    "another status": (202, "application/soap+xml", push.ACKNOWLEDGEMENT),
    "the default of a web framework": (200, "application/octet-stream", b""),
    "HTML": (200, "text/html", push.ACKNOWLEDGEMENT),
    "no SOAP": (200, "application/soap+xml", b"OK"),
}


@pytest.mark.parametrize("given", NO_ACKNOWLEDGEMENT.values(), ids=NO_ACKNOWLEDGEMENT)
def test_the_simulator_takes_nothing_else_for_one(given: tuple[int, str, bytes]) -> None:
    assert not wire.is_acknowledgement(*given)
