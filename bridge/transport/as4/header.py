"""The ebMS header of a user message: read by exact lists of children, written in order (as4 1.3).

What is read here is a claim until the signature is checked; the values are taken from the very
element that the check covers, so that nothing is searched for twice.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from bridge.envelope import (
    MOST_IDENTIFIER,
    MOST_PROPERTY,
    AgreementRef,
    Envelope,
    Party,
    Property,
    Service,
)
from bridge.errors import LocalFault, RefusedMessage
from bridge.names import EBMS, clark, split_clark
from bridge.transport.as4.compression import GZIP
from bridge.transport.as4.mime import is_written_id
from bridge.transport.as4.soap import USER_MESSAGE

_MANY: Final = 1 << 16
_PRINTABLE: Final = re.compile(r"[\x20-\x7E]+")
_CONTENT_ID: Final = re.compile(r"[\x21-\x3B\x3D\x3F-\x7E]+")
_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?", re.ASCII
)
_MIME_TYPE: Final = "MimeType"
_COMPRESSION: Final = "CompressionType"
_CHARSET: Final = "CharacterSet"


@dataclass(frozen=True, slots=True)
class PartInfo:
    """What the header says of one payload.

    ``content_id`` is the href without ``cid:``. ``properties`` are those that have no field here.
    """

    content_id: str
    media_type: str = ""
    compressed: bool = False
    charset: str = ""
    properties: tuple[Property, ...] = ()

    @property
    def href(self) -> str:
        """The reference as the header has it."""
        return f"cid:{self.content_id}"


@dataclass(frozen=True, slots=True)
class UserMessage:
    """A header: an envelope that has no payloads yet, and what it says of them."""

    envelope: Envelope
    parts: tuple[PartInfo, ...]


def write_user_message(messaging: etree._Element, message: UserMessage) -> None:
    """Append the UserMessage; `LocalFault` for a content id that peers misread."""
    header = message.envelope
    attributes = {"mpc": header.mpc} if header.mpc else {}
    element = etree.SubElement(messaging, USER_MESSAGE, attributes)
    write_message_info(element, header.message_id, header.timestamp, header.ref_to_message_id)
    parties = _add(element, "PartyInfo")
    for name, party in (("From", header.sender), ("To", header.receiver)):
        side = _add(parties, name)
        _add(side, "PartyId", party.id, type=party.type)
        _add(side, "Role", party.role)
    collaboration = _add(element, "CollaborationInfo")
    if header.agreement is not None:
        agreed = header.agreement
        _add(collaboration, "AgreementRef", agreed.value, type=agreed.type, pmode=agreed.pmode)
    _add(collaboration, "Service", header.service.value, type=header.service.type)
    _add(collaboration, "Action", header.action)
    _add(collaboration, "ConversationId", header.conversation_id)
    if header.properties:
        _write_properties(_add(element, "MessageProperties"), header.properties)
    if message.parts:
        info = _add(element, "PayloadInfo")
        for part in message.parts:
            _write_part(info, part)


def write_message_info(
    parent: etree._Element, message_id: str, timestamp: datetime, ref_to_message_id: str = ""
) -> None:
    """Append the MessageInfo that user messages and signals have in common."""
    info = _add(parent, "MessageInfo")
    _add(info, "Timestamp", write_time(timestamp))
    _add(info, "MessageId", message_id)
    if ref_to_message_id:
        _add(info, "RefToMessageId", ref_to_message_id)


def write_time(time: datetime) -> str:
    """Write a time as every product reads it: UTC, three digits, ``Z`` (as4 1.3, 12)."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"


def read_user_message(messaging: etree._Element) -> UserMessage:
    """Read the one UserMessage of a Messaging.

    Raises `RefusedMessage`: EBMS:0009 for the structure, EBMS:0002 for several or other messages,
    EBMS:0003, EBMS:0052, EBMS:0303 and EBMS:0011 for values (as4 8.2, 8.3, 8.5).
    """
    if [child.tag for child in messaging] != [USER_MESSAGE]:
        if not len(messaging):
            raise invalid("Messaging is empty")
        raise RefusedMessage("Messaging is not one UserMessage", code="EBMS:0002")
    info, parties, collaboration, properties, payloads = sequence(
        messaging[0],
        ("MessageInfo", 1, 1),
        ("PartyInfo", 1, 1),
        ("CollaborationInfo", 1, 1),
        ("MessageProperties", 0, 1),
        ("PayloadInfo", 0, 1),
    )
    time, message_id, answers = read_message_info(info[0])
    senders, receivers = sequence(parties[0], ("From", 1, 1), ("To", 1, 1))
    agreements, services, actions, conversations = sequence(
        collaboration[0],
        ("AgreementRef", 0, 1),
        ("Service", 1, 1),
        ("Action", 1, 1),
        ("ConversationId", 1, 1),
    )
    parts = [
        _read_part(each)
        for group in payloads
        for each in sequence(group, ("PartInfo", 1, _MANY))[0]
    ]
    if len({part.content_id for part in parts}) != len(parts):
        raise inconsistent("two PartInfo refer to the same part", security=True)
    envelope = Envelope(
        message_id=message_id,
        timestamp=time,
        sender=_read_party(senders[0]),
        receiver=_read_party(receivers[0]),
        service=Service(text_of(services[0]), services[0].get("type", "").strip()),
        action=text_of(actions[0]),
        conversation_id=read_identifier(conversations[0]),
        properties=_read_properties(properties[0]) if properties else (),
        agreement=_read_agreement(agreements[0]) if agreements else None,
        ref_to_message_id=answers,
        mpc=messaging[0].get("mpc", "").strip(),
    )
    return UserMessage(envelope, tuple(parts))


def claimed_id(messaging: etree._Element) -> str:
    """Give the id that a message claims, for the error that answers it; empty if there is none."""
    path = (USER_MESSAGE, clark(EBMS, "MessageInfo"), clark(EBMS, "MessageId"))
    found = messaging.find("/".join(path))
    try:
        return "" if found is None else read_identifier(found)
    except RefusedMessage:
        return ""


def read_message_info(info: etree._Element) -> tuple[datetime, str, str]:
    """Read time, id and, empty where absent, the id that is referred to."""
    times, ids, references = sequence(
        info, ("Timestamp", 1, 1), ("MessageId", 1, 1), ("RefToMessageId", 0, 1)
    )
    answers = read_identifier(references[0]) if references else ""
    return _read_time(text_of(times[0])), read_identifier(ids[0]), answers


def sequence(element: etree._Element, *wanted: tuple[str, int, int]) -> list[list[etree._Element]]:
    """Split children by name: in this order, each as often as allowed, none beside (EBMS:0009)."""
    found: list[list[etree._Element]] = []
    rest = list(element)
    for name, least, most in wanted:
        tag, count = clark(EBMS, name), 0
        while count < len(rest) and rest[count].tag == tag:
            count += 1
        if not least <= count <= most:
            raise invalid(f"{name} does not stand in the header as often as it must")
        found.append(rest[:count])
        rest = rest[count:]
    if rest:
        raise invalid(f"{split_clark(str(element.tag))[1]} holds more than it may")
    return found


def text_of(element: etree._Element) -> str:
    """Give the text of an element that must have some and no children (EBMS:0009)."""
    text = (element.text or "").strip()
    if len(element) or not text:
        raise invalid(f"{split_clark(str(element.tag))[1]} is empty, or has elements in it")
    return text


def read_identifier(element: etree._Element) -> str:
    """Read a message or conversation id (as4 8.3, row 22)."""
    text = text_of(element)
    if len(text) > MOST_IDENTIFIER or not _PRINTABLE.fullmatch(text):
        raise invalid(f"{split_clark(str(element.tag))[1]} is too long, or not printable ASCII")
    return text


def _read_time(text: str) -> datetime:
    found = _TIME.fullmatch(text)
    if found is None:
        raise inconsistent("Timestamp is no date and time")
    seconds, fraction, zone = found.groups()
    try:
        time = datetime.fromisoformat(f"{seconds}{(fraction or '')[:7]}{zone or 'Z'}")
        return time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise inconsistent("Timestamp is no date and time") from None


def _read_party(side: etree._Element) -> Party:
    identifiers, roles = sequence(side, ("PartyId", 1, _MANY), ("Role", 1, 1))
    if len(identifiers) > 1:
        raise inconsistent("a party has more than one PartyId")
    identifier = identifiers[0]
    return Party(text_of(identifier), identifier.get("type", "").strip(), text_of(roles[0]))


def _read_agreement(element: etree._Element) -> AgreementRef:
    return AgreementRef(text_of(element), element.get("type", ""), element.get("pmode", ""))


def _read_properties(group: etree._Element) -> tuple[Property, ...]:
    found = []
    for element in sequence(group, ("Property", 1, _MANY))[0]:
        name, value = element.get("name", "").strip(), element.text or ""
        if not name or len(element):
            raise invalid("a Property has no name, or elements in it")
        if len(value) > MOST_PROPERTY:
            raise _bad_property("the value of a Property is too long")
        found.append(Property(name, value, element.get("type", "").strip()))
    # Peers tell names apart by case or do not: what two of them read differently is refused.
    if len({each.name.lower() for each in found}) != len(found):
        raise _bad_property("a Property stands twice", security=True)
    return tuple(found)


def _read_part(element: etree._Element) -> PartInfo:
    _, _, groups = sequence(
        element, ("Schema", 0, 1), ("Description", 0, 1), ("PartProperties", 0, 1)
    )
    href = element.get("href")
    if href is None:
        raise inconsistent("a payload is said to be in the Body")
    content_id = href.strip().removeprefix("cid:")
    if not href.strip().startswith("cid:") or not content_id:
        raise RefusedMessage("a payload is said to be outside the message", code="EBMS:0011")
    if len(content_id) > MOST_IDENTIFIER or not _CONTENT_ID.fullmatch(content_id):
        raise invalid("the reference of a PartInfo is no content id")
    properties = _read_properties(groups[0]) if groups else ()
    named = {each.name.lower(): each.value.strip() for each in properties}
    compression = named.get(_COMPRESSION.lower())
    media_type, charset = named.get(_MIME_TYPE.lower(), ""), named.get(_CHARSET.lower(), "")
    if compression is not None and compression != GZIP:
        raise _bad_property("the CompressionType is not application/gzip")
    if compression is not None and not media_type:
        raise RefusedMessage("a compressed payload has no MimeType", code="EBMS:0303")
    if charset:
        _check_charset(charset)
    own = {_MIME_TYPE.lower(), _COMPRESSION.lower(), _CHARSET.lower()}
    others = tuple(each for each in properties if each.name.lower() not in own)
    return PartInfo(content_id, media_type, compression is not None, charset, others)


def _check_charset(name: str) -> None:
    try:
        codecs.lookup(name)
    except (LookupError, ValueError):
        raise inconsistent("a CharacterSet is unknown") from None


def _write_part(parent: etree._Element, part: PartInfo) -> None:
    if not is_written_id(part.content_id):
        raise LocalFault("a content id is one that peers misread", code="AS4-CONTENT-ID")
    element = _add(parent, "PartInfo", href=part.href)
    named = [(_MIME_TYPE, part.media_type)]
    named += [(_COMPRESSION, GZIP)] if part.compressed else []
    named += [(_CHARSET, part.charset)] if part.charset else []
    own = [Property(name, value) for name, value in named]
    _write_properties(_add(element, "PartProperties"), [*own, *part.properties])


def _write_properties(parent: etree._Element, properties: Iterable[Property]) -> None:
    for each in properties:
        _add(parent, "Property", each.value, name=each.name, type=each.type)


def _add(
    parent: etree._Element, local: str, text: str = "", /, **attributes: str
) -> etree._Element:
    """Append an element of the ebMS namespace; empty attributes are left out."""
    given = {key: value for key, value in attributes.items() if value}
    element = etree.SubElement(parent, clark(EBMS, local), given)
    if text:
        element.text = text
    return element


def invalid(what: str) -> RefusedMessage:
    """Make the fault of a header whose structure is wrong (EBMS:0009)."""
    return RefusedMessage(what, code="EBMS:0009")


def inconsistent(what: str, *, security: bool = False) -> RefusedMessage:
    """Make the fault of a header whose values contradict (EBMS:0003)."""
    return RefusedMessage(what, code="EBMS:0003", security=security)


def _bad_property(what: str, *, security: bool = False) -> RefusedMessage:
    return RefusedMessage(what, code="EBMS:0052", security=security)
