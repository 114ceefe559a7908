"""The small operations of the plug-in: requests as elements, answers as values.

Only the outermost element of a request has a namespace, its children have none (Domibus
reference, chapter 2): a default namespace there is the field's most frequent mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from lxml import etree

from bridge.errors import LocalFault, UnreadableDocument
from bridge.names import clark
from bridge.transport.domibus.dialect import Dialect
from bridge.transport.domibus.faults import normalised

MOST_IDENTIFIER: Final = 255
MOST_REPEATED: Final = 100
"""Ids that one rePushFailedMessages may name (``wsplugin.messages.repush.list.max``)."""


class Status(StrEnum):
    """The state of a message in Domibus (Domibus reference, chapter 5)."""

    READY_TO_SEND = "READY_TO_SEND"
    READY_TO_PULL = "READY_TO_PULL"
    BEING_PULLED = "BEING_PULLED"
    SEND_ENQUEUED = "SEND_ENQUEUED"
    SEND_IN_PROGRESS = "SEND_IN_PROGRESS"
    WAITING_FOR_RECEIPT = "WAITING_FOR_RECEIPT"
    WAITING_FOR_RETRY = "WAITING_FOR_RETRY"
    SEND_ATTEMPT_FAILED = "SEND_ATTEMPT_FAILED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    ACKNOWLEDGED_WITH_WARNING = "ACKNOWLEDGED_WITH_WARNING"
    SEND_FAILURE = "SEND_FAILURE"
    RECEIVED = "RECEIVED"
    RECEIVED_WITH_WARNINGS = "RECEIVED_WITH_WARNINGS"
    DOWNLOADED = "DOWNLOADED"
    DELETED = "DELETED"
    NOT_FOUND = "NOT_FOUND"


class Role(StrEnum):
    """The side on which a message is asked for; on one access point an id can exist on both."""

    SENDING = "SENDING"
    RECEIVING = "RECEIVING"


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions of a list, in the order of the schema; what is empty is left out.

    The times bound when Domibus received the message. For a plug-in user who is no administrator
    Domibus silently puts his own identifier in the place of ``final_recipient``.
    """

    message_id: str = ""
    conversation_id: str = ""
    ref_to_message_id: str = ""
    from_party_id: str = ""
    final_recipient: str = ""
    original_sender: str = ""
    received_from: datetime | None = None
    received_to: datetime | None = None


_FILTER_NAMES: Final = {
    "message_id": "messageId",
    "conversation_id": "conversationId",
    "ref_to_message_id": "refToMessageId",
    "from_party_id": "fromPartyId",
    "final_recipient": "finalRecipient",
    "original_sender": "originalSender",
    "received_from": "receivedFrom",
    "received_to": "receivedTo",
}
_PUSH_FAILED_FILTERS: Final = frozenset(
    {"message_id", "final_recipient", "original_sender", "received_from", "received_to"}
)
EVERYTHING: Final = Filter()


@dataclass(frozen=True, slots=True)
class MessageError:
    """One failed attempt as Domibus noted it; ``detail`` is a stranger's text.

    ``EBMS:0005`` stands for any failed connection, also where the peer gave a precise error.
    """

    code: str
    detail: str = field(default="", repr=False)
    role: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: the name people know, and the body element of its answer."""

    name: str
    answer: str


SUBMIT: Final = Operation("submitMessage", "submitResponse")
LIST_PENDING: Final = Operation("listPendingMessages", "listPendingMessagesResponse")
RETRIEVE: Final = Operation("retrieveMessage", "retrieveMessageResponse")
MARK: Final = Operation("markMessageAsDownloaded", "markMessageAsDownloadedResponse")
STATUS: Final = Operation("getStatus", "getStatusResponse")
ERRORS: Final = Operation("getMessageErrors", "getMessageErrorsResponse")
LIST_PUSH_FAILED: Final = Operation("listPushFailedMessages", "listPushFailedMessagesResponse")
REPUSH: Final = Operation("rePushFailedMessages", "")


def list_pending(dialect: Dialect, conditions: Filter = EVERYTHING) -> etree._Element:
    """Ask for the ids of messages that wait for us. Conditions need a dialect with filters."""
    if conditions != EVERYTHING:
        _able(dialect.filters, "conditions of a list")
    return _filtered(dialect, "listPendingMessagesRequest", conditions, frozenset(_FILTER_NAMES))


def retrieve(dialect: Dialect, message_id: str, *, consume: bool) -> etree._Element:
    """Ask for a message; without ``consume`` it stays pending, which needs a dialect with mark."""
    request = _about(dialect, "retrieveMessageRequest", message_id)
    if dialect.mark:
        # The attribute's default is true, so it is always written where it exists.
        request.set("markAsDownloaded", "true" if consume else "false")
    elif not consume:
        _able(False, "retrieval without consumption")
    return request


def mark(dialect: Dialect, message_id: str) -> etree._Element:
    """Tell that a message is kept here."""
    _able(dialect.mark, "markMessageAsDownloaded")
    return _about(dialect, "markMessageAsDownloadedRequest", message_id)


def status(dialect: Dialect, message_id: str, role: Role) -> etree._Element:
    """Ask for the state of a message; by role where the release can."""
    if not dialect.roles:
        return _about(dialect, "statusRequest", message_id)
    return _about(dialect, "statusRequestWithAccessPointRole", message_id, role)


def errors(dialect: Dialect, message_id: str, role: Role) -> etree._Element:
    """Ask for the errors of a message; by role where the release can."""
    if not dialect.roles:
        return _about(dialect, "getErrorsRequest", message_id)
    return _about(dialect, "getErrorsRequestWithAccessPointRole", message_id, role)


def list_push_failed(dialect: Dialect, conditions: Filter = EVERYTHING) -> etree._Element:
    """Ask for the ids of messages whose notification was given up.

    Conditions on conversation, reference and party do not exist here: ``LocalFault``.
    """
    _able(dialect.push_failed, "listPushFailedMessages")
    return _filtered(dialect, "listPushFailedMessagesRequest", conditions, _PUSH_FAILED_FILTERS)


def repush(dialect: Dialect, message_ids: Sequence[str]) -> etree._Element:
    """Ask to notify again; one unknown id fails the whole call. At most ``MOST_REPEATED`` ids."""
    _able(dialect.push_failed, "rePushFailedMessages")
    if not 0 < len(message_ids) <= MOST_REPEATED:
        raise _local(f"a call repeats 1 to {MOST_REPEATED} notifications")
    request = _request(dialect, "rePushFailedMessagesRequest")
    for message_id in message_ids:
        etree.SubElement(request, "messageID").text = _identifier(message_id)
    return request


def _filtered(
    dialect: Dialect, name: str, conditions: Filter, allowed: frozenset[str]
) -> etree._Element:
    request = _request(dialect, name)
    for each in fields(conditions):
        value = getattr(conditions, each.name)
        if not value:
            continue  # an empty element would violate the schema of the plug-in
        if each.name not in allowed:
            raise _local(f"this list has no condition {_FILTER_NAMES[each.name]}")
        text = _time(value) if isinstance(value, datetime) else _identifier(value)
        etree.SubElement(request, _FILTER_NAMES[each.name]).text = text
    return request


def _about(
    dialect: Dialect, name: str, message_id: str, role: Role | None = None
) -> etree._Element:
    request = _request(dialect, name)
    etree.SubElement(request, "messageID").text = _identifier(message_id)
    if role is not None:
        etree.SubElement(request, "accessPointRole").text = role
    return request


def _request(dialect: Dialect, name: str) -> etree._Element:
    return etree.Element(clark(dialect.namespace, name), nsmap={"W": dialect.namespace})


def _identifier(text: str) -> str:
    if not text or len(text) > MOST_IDENTIFIER:
        raise _local(f"an identifier has 1 to {MOST_IDENTIFIER} characters")
    return text


def _time(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise _local("a time needs a zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _able(ability: bool, what: str) -> None:
    if not ability:
        raise _local(f"this release of the plug-in does not know {what}")


def _local(what: str) -> LocalFault:
    return LocalFault(what, code="DOMIBUS-REQUEST")


def read_ids(answer: etree._Element) -> tuple[str, ...]:
    """Read the ids of a list or a submission, blanks cut; none for a list without entries."""
    return tuple(
        text for each in answer.iterfind("messageID") if (text := (each.text or "").strip())
    )


def read_status(answer: etree._Element) -> Status:
    """Read a state; ``UnreadableDocument`` (``DOMIBUS-ANSWER``) for one we do not know."""
    text = (answer.text or "").strip()
    if text not in Status.__members__:
        raise UnreadableDocument("the state of a message is unknown to us", code="DOMIBUS-ANSWER")
    return Status(text)


def read_errors(answer: etree._Element) -> tuple[MessageError, ...]:
    """Read the errors of a message; releases 4.x call the code ``errorCode``."""
    return tuple(
        MessageError(
            code=normalised(_text(item, "domibusErrorCode") or _text(item, "errorCode")),
            detail=_text(item, "errorDetail"),
            role=_text(item, "mshRole"),
            at=_moment(_text(item, "timestamp")),
        )
        for item in answer.iterfind("item")
    )


def _text(parent: etree._Element, name: str) -> str:
    return (parent.findtext(name) or "").strip()


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None  # a note for people: not worth refusing the answer
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
