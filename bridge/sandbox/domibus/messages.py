"""What the simulated Domibus keeps: messages, their states, users, and what it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

QUERY_MANAGER: Final = "QueryManager"
ACTIONS: Final = frozenset({"ExecuteQueryRequest", "ExecuteQueryResponse", "ExceptionResponse"})
_EBMS: Final = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
TEST_SERVICE: Final = f"{_EBMS}service"
TEST_ACTION: Final = f"{_EBMS}test"

SENDING: Final = "SENDING"
RECEIVING: Final = "RECEIVING"


class Refusal(Exception):
    """Answered as a fault with this code; the text is Domibus's own."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True)
class Value:
    """A text with its optional type: party, property, service."""

    text: str
    type: str = ""
    name: str = ""


@dataclass(frozen=True)
class Header:
    """The user message of a header, as far as Domibus looks at it."""

    message_id: str
    timestamp: str
    ref_to: str
    sender: Value
    sender_role: str
    receiver: Value
    receiver_role: str
    service: Value
    action: str
    conversation: str
    properties: tuple[Value, ...] = ()
    parts: tuple[tuple[str, tuple[Value, ...]], ...] = ()

    def value_of(self, name: str) -> str:
        """The value of a message property, empty where there is none."""
        return next((each.text for each in self.properties if each.name == name), "")

    @property
    def is_test(self) -> bool:
        """Whether it is a message of the test service."""
        return self.service.text == TEST_SERVICE and self.action == TEST_ACTION


@dataclass
class Blob:
    """One payload: its reference with ``cid:``, the type that came with it, its octets."""

    reference: str
    content_type: str
    octets: bytes = field(repr=False)


@dataclass
class Attempt:
    """One failed attempt, as getMessageErrors tells it."""

    code: str
    detail: str
    role: str
    at: datetime


@dataclass(eq=False)
class Stored:
    """A message on one side, with all that happened to it."""

    header: Header
    role: str
    status: str
    since: datetime
    payloads: list[Blob]
    pending: bool = False
    purged: bool = False
    due: datetime | None = None
    attempts: int = 0
    errors: list[Attempt] = field(default_factory=list)
    broken: bool = False
    """Its gzip is broken, which shows only when it is retrieved."""

    @property
    def id(self) -> str:
        """The message id."""
        return self.header.message_id


@dataclass(frozen=True)
class User:
    """A plug-in user; one without ``original_user`` is an administrator (ROLE_ADMIN)."""

    password: str
    original_user: str = ""
    expired: bool = False


@dataclass(frozen=True)
class PMode:
    """What the simulated PMode and properties say; times in minutes as Domibus has them."""

    retention_downloaded: int = 0
    retention_undownloaded: int = 3600
    retention_sent: int = -1
    retry_window: int = 12
    retry_count: int = 4
    tell_failures: bool = False
    properties: frozenset[str] = frozenset({"originalSender", "finalRecipient"})
    optional: frozenset[str] = frozenset({"ExchangeId", "SpecificationId"})
    max_payload: int = 1 << 30
    max_parts: int = 28
    pending_list: int = 500
    repush_list: int = 100

    @property
    def retry_after(self) -> timedelta:
        """The time between attempts: ``12;4;CONSTANT`` means four within twelve minutes."""
        return timedelta(minutes=self.retry_window / self.retry_count)


def check_header(header: Header, own: Value, known: Mapping[str, Value], pmode: PMode) -> None:
    """Refuse what no PMode matches; parties are compared without regard to case."""
    sender, receiver = header.sender, header.receiver
    if sender.text.lower() != own.text.lower() or sender.type != own.type:
        raise Refusal("EBMS:0003", "Sender party could not be found")
    found = known.get(receiver.text.lower())
    if found is None or found.type != receiver.type:
        raise Refusal("EBMS:0003", "Receiver party could not be found")
    if header.is_test:
        return
    if header.service.text != QUERY_MANAGER or header.action not in ACTIONS:
        raise Refusal("EBMS:0001", "No matching service and action found")
    names = [each.name for each in header.properties]
    if len(names) != len(set(names)) or set(names) - pmode.properties - pmode.optional:
        raise Refusal("EBMS:0010", "Property profiling for this exchange does not include it")
    if pmode.properties - set(names):
        raise Refusal("EBMS:0010", "Required property missing")


def check_payloads(header: Header, payloads: list[Blob], pmode: PMode) -> list[Blob]:
    """Match parts and payloads without regard to case; give them in the order of the parts."""
    if header.is_test and not header.parts:
        return []
    if not payloads:
        code = "WS_PLUGIN_0005" if header.parts else "WS_PLUGIN:0001"
        raise Refusal(code, "No payload found")
    found = {each.reference.lower(): each for each in payloads}
    if len(found) != len(payloads):
        raise Refusal("WS_PLUGIN_0005", "Duplicate payloadId")
    if len(header.parts) > pmode.max_parts:
        raise Refusal("EBMS:0010", "Too many payloads")
    matched = []
    for href, properties in header.parts:
        blob = found.get(href.lower())
        if blob is None:
            raise Refusal("WS_PLUGIN_0005", "No payload found for PartInfo with this href")
        if len(blob.octets) > pmode.max_payload:
            raise Refusal("EBMS:0010", "Payload size exceeds the profile")
        mime = next((each.text for each in properties if each.name == "MimeType"), "")
        matched.append(Blob(href, mime or blob.content_type or "text/xml", blob.octets))
    return matched
