"""What Domibus tells us of its own accord, and the only answers it understands (chapter 7).

Notifications carry the namespace ``eu.domibus``, a relative URI, and others occur in the field:
they are known by their local names. No such tree is ever canonicalised.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lxml import etree

from bridge.errors import UnreadableDocument
from bridge.names import SOAP12, XML, clark
from bridge.transport.domibus import soap
from bridge.transport.domibus.dialect import PUSH
from bridge.transport.domibus.operations import MOST_IDENTIFIER, Status
from bridge.xml.parse import Limits, parse

LIMITS: Final = Limits(octets=1 << 20, elements=20_000, depth=16)
MOST_DELETED: Final = 10_000
"""Ids that one deleteBatch may name."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message waits to be retrieved."""

    message_id: str


@dataclass(frozen=True, slots=True)
class NotReceived:
    """Domibus refused a message of a peer; there is nothing to retrieve."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Changed:
    """The state of a message is another one, of those we sent and of those we receive."""

    message_id: str
    status: Status


@dataclass(frozen=True, slots=True)
class Deleted:
    """Messages were purged, whether somebody had retrieved them or not."""

    message_ids: tuple[str, ...]


Notification = Received | NotReceived | Changed | Deleted

ACKNOWLEDGEMENT: Final = soap.write(None)
"""The one answer that counts: status 200 and an empty SOAP body of type application/soap+xml."""


def read(octets: bytes) -> Notification:
    """Read one notification.

    Raises ``UnreadableDocument``: for what is no notification, and for a whole message pushed
    instead of its id (``DOMIBUS-PUSH-SUBMIT``), since Domibus marks such a message downloaded as
    soon as we acknowledge.
    """
    content = soap.opened(parse(octets, LIMITS).root).content
    name = "" if content is None else etree.QName(content).localname
    reader = _READERS.get(name)
    if reader is None or content is None:
        raise _unreadable("the body holds no notification that we know")
    return reader(content)


def refusal(code: str, text: str) -> bytes:
    """Write the fault that refuses a notification; the text must hold no value of it."""
    fault = etree.Element(clark(SOAP12, "Fault"), nsmap={"S": SOAP12})
    value = etree.SubElement(etree.SubElement(fault, clark(SOAP12, "Code")), clark(SOAP12, "Value"))
    value.text = "S:Sender"
    reason = etree.SubElement(fault, clark(SOAP12, "Reason"))
    words = etree.SubElement(reason, clark(SOAP12, "Text"))
    words.set(clark(XML, "lang"), "en")
    words.text = text
    detail = etree.SubElement(fault, clark(SOAP12, "Detail"))
    told = etree.SubElement(detail, clark(PUSH, "BackendFaultDetail"), nsmap={"n": PUSH})
    etree.SubElement(told, "code").text = code
    etree.SubElement(told, "message").text = text
    return soap.write(fault)


def _id(content: etree._Element) -> str:
    return _checked(_texts(content, "messageID"))


def _checked(texts: list[str]) -> str:
    if len(texts) != 1 or not _IDENTIFIER.fullmatch(texts[0]):
        raise _unreadable("the notification does not name one message")
    return texts[0]


def _texts(content: etree._Element, name: str) -> list[str]:
    return [(each.text or "").strip() for each in content if etree.QName(each).localname == name]


def _changed(content: etree._Element) -> Changed:
    texts = _texts(content, "messageStatus")
    if len(texts) != 1 or texts[0] not in Status.__members__:
        raise _unreadable("the notification names no state that we know")
    return Changed(_id(content), Status(texts[0]))


def _deleted(content: etree._Element) -> Deleted:
    texts = _texts(content, "messageIds")
    if len(texts) > MOST_DELETED:
        raise _unreadable(f"the notification names more than {MOST_DELETED} messages")
    return Deleted(tuple(_checked([each]) for each in texts if each))


def _submitted(content: etree._Element) -> Notification:
    raise UnreadableDocument(
        "a whole message was pushed",
        code="DOMIBUS-PUSH-SUBMIT",
        remedy="Take SUBMIT_MESSAGE out of the push rule and put RECEIVE_SUCCESS there.",
    )


_IDENTIFIER: Final = re.compile(rf"[\x20-\x7E]{{1,{MOST_IDENTIFIER}}}")
_READERS: Final[dict[str, Callable[[etree._Element], Notification]]] = {
    "receiveSuccess": lambda content: Received(_id(content)),
    "receiveFailure": lambda content: NotReceived(_id(content)),
    "sendSuccess": lambda content: Changed(_id(content), Status.ACKNOWLEDGED),
    "sendFailure": lambda content: Changed(_id(content), Status.SEND_FAILURE),
    "messageStatusChange": _changed,
    "delete": lambda content: Deleted((_id(content),)),
    "deleteBatch": _deleted,
    "submitRequest": _submitted,
}


def _unreadable(what: str) -> UnreadableDocument:
    return UnreadableDocument(what, code="DOMIBUS-PUSH")
