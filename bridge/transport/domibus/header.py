"""An envelope as the plug-in's ``eb:Messaging``, and back (Domibus reference, 3.1 and 3.3).

The plug-in knows a subset of ebMS: one party identifier a side, no schema or description of a
part, and compression is its own business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, TypeVar

from lxml import etree

from bridge.envelope import (
    AgreementRef,
    Content,
    Envelope,
    Party,
    Payload,
    Property,
    Service,
)
from bridge.errors import LocalFault, UnreadableDocument
from bridge.names import EBMS, clark
from bridge.transport.as4.header import PartInfo, UserMessage, write_user_message

MESSAGING: Final = clark(EBMS, "Messaging")
MIME_TYPE: Final = "MimeType"
CHARACTER_SET: Final = "CharacterSet"
DEFAULT_MEDIA_TYPE: Final = "text/xml"
"""What Domibus takes for a payload that declares no type (Domibus reference, chapter 4)."""
MOST_NAME: Final = 255
"""Characters of names, types and identifiers in the schema of the plug-in."""

_OWN_PROPERTIES: Final = frozenset({MIME_TYPE, CHARACTER_SET, "CompressionType"})

T = TypeVar("T")


def write(envelope: Envelope) -> etree._Element:
    """Write the header block of a submission.

    Raises ``LocalFault`` (``DOMIBUS-HEADER``) for what the plug-in's schema has no room for: an
    empty property, an identifier or name of more than ``MOST_NAME`` characters, blanks around the
    message id, which Domibus would cut off. Content ids are those that every product reads.
    """
    _check_room(envelope)
    parts = tuple(
        PartInfo(
            content_id=payload.content_id,
            media_type=payload.media_type or DEFAULT_MEDIA_TYPE,
            charset=payload.charset,
            properties=tuple(p for p in payload.properties if p.name not in _OWN_PROPERTIES),
        )
        for payload in envelope
    )
    messaging = etree.Element(MESSAGING, nsmap={"eb": EBMS})
    write_user_message(messaging, UserMessage(envelope, parts))
    return messaging


def _check_room(envelope: Envelope) -> None:
    if envelope.message_id != envelope.message_id.strip():
        raise _no_room("a message id with blanks around it")
    properties = [*envelope.properties, *(p for each in envelope for p in each.properties)]
    if not all(each.value for each in properties):
        raise _no_room("a property without a value")
    sides, service = (envelope.sender, envelope.receiver), envelope.service
    names = [text for side in sides for text in (side.id, side.type, side.role)]
    names += [text for each in properties for text in (each.name, each.type)]
    if agreement := envelope.agreement:
        names += [agreement.value, agreement.type, agreement.pmode]
    if any(len(text) > MOST_NAME for text in (*names, service.value, service.type)):
        raise _no_room(f"a name or identifier of more than {MOST_NAME} characters")


def _no_room(what: str) -> LocalFault:
    return LocalFault(f"the plug-in's header has no room for {what}", code="DOMIBUS-HEADER")


def read(messaging: etree._Element | None, contents: Mapping[str, tuple[Content, str]]) -> Envelope:
    """Read the header of a retrieved message and join it with its payloads.

    ``contents`` are content and declared type by ``payloadId``. Raises ``UnreadableDocument``
    (``EBMS-HEADER``) if there is not one user message, something mandatory is missing, a part has
    no payload, or a payload no part.
    """
    messages = [] if messaging is None else messaging.findall(clark(EBMS, "UserMessage"))
    if len(messages) != 1:
        raise _unreadable("there is not exactly one user message in the header")
    message = messages[0]
    try:
        return Envelope(
            message_id=_text(message, "MessageInfo/MessageId"),
            timestamp=_moment(_text(message, "MessageInfo/Timestamp")),
            sender=_party(message, "From"),
            receiver=_party(message, "To"),
            service=Service(*_typed(message, "CollaborationInfo/Service")),
            action=_text(message, "CollaborationInfo/Action"),
            conversation_id=_text(message, "CollaborationInfo/ConversationId"),
            properties=tuple(_properties(message, "MessageProperties")),
            payloads=_payloads(message, contents),
            agreement=_agreement(message),
            ref_to_message_id=_text(message, "MessageInfo/RefToMessageId", optional=True),
            mpc=message.get("mpc", ""),
        )
    except LocalFault as fault:
        # The values are a stranger's, so what would be our fault on sending is theirs here.
        raise _unreadable(fault.what) from None


def _payloads(
    message: etree._Element, contents: Mapping[str, tuple[Content, str]]
) -> tuple[Payload, ...]:
    left = {_bare(name): content for name, content in contents.items()}
    if len(left) != len(contents):
        raise _unreadable("two payloads have one id")
    payloads = []
    for part in message.iterfind(_path("PayloadInfo/PartInfo")):
        name = part.get("href", "")
        found = left.pop(_bare(name), None)
        if found is None:
            raise _unreadable("a part of the header has no payload")
        payloads.append(_payload(part, name.strip()[len("cid:") :], *found))
    if left:
        raise _unreadable("a payload has no part in the header")
    return tuple(payloads)


def _payload(part: etree._Element, name: str, content: Content, declared: str) -> Payload:
    properties: dict[str, Property] = {}
    for each in _properties(part, "PartProperties"):
        properties.setdefault(each.name, each)
    media_type = properties.get(MIME_TYPE)
    charset = properties.get(CHARACTER_SET)
    return Payload(
        content_id=name,
        media_type=(media_type.value.strip() if media_type else declared) or DEFAULT_MEDIA_TYPE,
        content=content,
        charset=charset.value if charset else "",
        properties=tuple(p for p in properties.values() if p.name not in _OWN_PROPERTIES),
    )


def _bare(reference: str) -> str:
    """Compare references as Domibus does: without regard to case, ``cid:`` included."""
    reference = reference.strip().lower()
    if not reference.startswith("cid:"):
        raise _unreadable("a payload or part is not referred to by cid:")
    return reference


def _party(message: etree._Element, side: str) -> Party:
    path = f"PartyInfo/{side}"
    identifier, kind = _typed(message, f"{path}/PartyId")
    return Party(identifier, kind, _text(message, f"{path}/Role"))


def _agreement(message: etree._Element) -> AgreementRef | None:
    element = message.find(_path("CollaborationInfo/AgreementRef"))
    if element is None or not (element.text or "").strip():
        return None
    return AgreementRef(
        (element.text or "").strip(), element.get("type", ""), element.get("pmode", "")
    )


def _properties(parent: etree._Element, group: str) -> Iterator[Property]:
    for element in parent.iterfind(_path(f"{group}/Property")):
        # Blanks stay: header rules judge some values as they were sent (as4 chapter 9).
        yield Property(element.get("name", ""), element.text or "", element.get("type", ""))


def _typed(message: etree._Element, path: str) -> tuple[str, str]:
    return _one(message, path, lambda each: ((each.text or "").strip(), each.get("type", "")))


def _text(message: etree._Element, path: str, *, optional: bool = False) -> str:
    if optional and message.find(_path(path)) is None:
        return ""
    return _one(message, path, lambda each: (each.text or "").strip())


def _one(message: etree._Element, path: str, take: Callable[[etree._Element], T]) -> T:
    found = message.findall(_path(path))
    if len(found) != 1:
        raise _unreadable(f"{path} does not stand there exactly once")
    return take(found[0])


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _unreadable("MessageInfo/Timestamp is no time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _path(path: str) -> str:
    return "/".join(clark(EBMS, name) for name in path.split("/"))


def _unreadable(what: str) -> UnreadableDocument:
    return UnreadableDocument(what, code="EBMS-HEADER")
