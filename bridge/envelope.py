"""One AS4 user message, whoever carries it: our own access point or the national Domibus.

Nothing here knows of MIME, WS-Security or a plug-in. What a peer sent arrives in the same values
as what we send, so the rest of the bridge never asks which way a message came.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import BinaryIO, Final, Protocol, runtime_checkable

from bridge.errors import LocalFault

MOST_IDENTIFIER: Final = 255
"""Characters of a message id, conversation id or content id (as4 8.3, row 22)."""
MOST_PROPERTY: Final = 1024
"""Characters of the value of a property (as4 1.3)."""

_PRINTABLE: Final = re.compile(r"[\x20-\x7E]+")
_CONTENT_ID: Final = re.compile(r"[\x21-\x3B\x3D\x3F-\x7E]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]")


@runtime_checkable
class Content(Protocol):
    """The octets of a payload: in memory, or in a sealed file that is gone with its last reader.

    Content never changes: ``open`` gives the same octets each time, from the first on, and each
    stream is independent of the others and closed by who opened it. ``size`` counts octets,
    ``sha256`` is the digest of all of them (32 octets).
    """

    @property
    def size(self) -> int:
        """The number of octets."""
        ...

    @property
    def sha256(self) -> bytes:
        """The SHA-256 digest of the octets."""
        ...

    def open(self) -> BinaryIO:
        """Open a new stream on the octets, for reading."""
        ...


@dataclass(frozen=True)
class OctetContent:
    """Content that is held in memory."""

    octets: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """The number of octets."""
        return len(self.octets)

    @cached_property
    def sha256(self) -> bytes:
        """The SHA-256 digest of the octets."""
        return hashlib.sha256(self.octets).digest()

    def open(self) -> BinaryIO:
        """Open a new stream on the octets."""
        return io.BytesIO(self.octets)


@dataclass(frozen=True, slots=True)
class Property:
    """A message or part property; ``type`` is empty where the attribute is absent.

    Raises `LocalFault` (``ENVELOPE-PROPERTY``) without a name, or beyond ``MOST_PROPERTY``.
    """

    name: str
    value: str = field(repr=False)
    type: str = ""

    def __post_init__(self) -> None:
        if not self.name or len(self.value) > MOST_PROPERTY:
            raise LocalFault(
                f"a property needs a name, and a value of at most {MOST_PROPERTY} characters",
                code="ENVELOPE-PROPERTY",
            )
        _check_text("a property", self.name, self.value, self.type)


@dataclass(frozen=True, slots=True)
class Party:
    """An access point: its identifier with the type of it, and the role it acts in (as4 2.2)."""

    id: str
    type: str
    role: str

    def __post_init__(self) -> None:
        if not self.id or not self.role:
            raise LocalFault("a party needs an identifier and a role", code="ENVELOPE-PARTY")
        _check_text("a party", self.id, self.type, self.role)


@dataclass(frozen=True, slots=True)
class Service:
    """The service that a message addresses; ``type`` is empty for the test service (as4 2.1)."""

    value: str
    type: str = ""

    def __post_init__(self) -> None:
        if not self.value:
            raise LocalFault("a service needs a name", code="ENVELOPE-SERVICE")
        _check_text("a service", self.value, self.type)


@dataclass(frozen=True, slots=True)
class AgreementRef:
    """A reference to an agreement; OOTS sends none (as4 0.3)."""

    value: str
    type: str = ""
    pmode: str = ""


@dataclass(frozen=True, slots=True)
class Payload:
    """One payload as the application sees it: never compressed, never encrypted.

    ``content_id`` is without angle brackets and without ``cid:``. ``media_type`` is what the
    sender declares, ``charset`` empty where nothing is declared. ``properties`` are further part
    properties in their order; their values are a stranger's text and never a path.
    """

    content_id: str
    media_type: str
    content: Content
    charset: str = ""
    properties: tuple[Property, ...] = ()

    def __post_init__(self) -> None:
        if not _CONTENT_ID.fullmatch(self.content_id) or len(self.content_id) > MOST_IDENTIFIER:
            raise LocalFault("a content id is not printable ASCII", code="ENVELOPE-CONTENT-ID")
        _check_text("a payload", self.media_type, self.charset)
        _check_once("part property", (each.name for each in self.properties))


@dataclass(frozen=True, slots=True)
class Envelope:
    """One AS4 user message.

    ``timestamp`` has a zone. ``properties`` are the message properties in their order, each name
    once. The first payload is the RegRep document, evidence follows (as4 1.5); a test message
    may have none. ``mpc`` is empty for the default channel. ``ref_to_message_id`` is read, and
    written only where set: OOTS correlates otherwise (as4 2.4).
    Raises `LocalFault` when built from values that no user message can carry.
    """

    message_id: str
    timestamp: datetime
    sender: Party
    receiver: Party
    service: Service
    action: str
    conversation_id: str
    properties: tuple[Property, ...] = ()
    payloads: tuple[Payload, ...] = ()
    agreement: AgreementRef | None = None
    ref_to_message_id: str = ""
    mpc: str = ""

    def __post_init__(self) -> None:
        for name in ("message_id", "conversation_id"):
            _check_identifier(name, getattr(self, name))
        if self.ref_to_message_id:
            _check_identifier("ref_to_message_id", self.ref_to_message_id)
        if self.timestamp.tzinfo is None:
            raise LocalFault("a message's time needs a zone", code="ENVELOPE-TIME")
        if not self.action:
            raise LocalFault("a message needs an action", code="ENVELOPE-ACTION")
        _check_text("an envelope", self.action, self.mpc)
        _check_once("message property", (each.name for each in self.properties))
        _check_once("content id", (each.content_id for each in self.payloads))

    def property(self, name: str) -> Property | None:
        """Find a message property by its exact name; ``None`` where there is none."""
        return next((each for each in self.properties if each.name == name), None)

    def payload(self, reference: str) -> Payload | None:
        """Find the payload that ``cid:…`` (RFC 2392) or a bare content id names, exactly."""
        wanted = reference.removeprefix("cid:")
        return next((each for each in self.payloads if each.content_id == wanted), None)

    def __iter__(self) -> Iterator[Payload]:
        return iter(self.payloads)


def _check_identifier(name: str, value: str) -> None:
    if not _PRINTABLE.fullmatch(value) or len(value) > MOST_IDENTIFIER:
        raise LocalFault(
            f"{name} must be 1 to {MOST_IDENTIFIER} characters of printable ASCII",
            code="ENVELOPE-ID",
        )


def _check_text(what: str, *texts: str) -> None:
    if any(_CONTROL.search(text) for text in texts):
        raise LocalFault(f"{what} holds a character that XML has not", code="ENVELOPE-TEXT")


def _check_once(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise LocalFault(f"a {what} stands twice", code="ENVELOPE-DOUBLE")
        seen.add(name)
