"""What the bridge asks of the world outside, as small protocols; adapters fill them.

`Transport` carries envelopes between access points and stands before an `Inbox`, which keeps
them. Both promise what a crash at any moment needs: a message is acknowledged to its sender only
after the inbox keeps it, and a sending may be repeated with the same message id until its end is
known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Protocol

from bridge.envelope import Envelope
from bridge.errors import LocalFault

TEST_SERVICE: Final = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/service"
"""Messages to this service check a connection; no transport hands them on (as4 6.4)."""


class Progress(StrEnum):
    """How far a message has come that we send."""

    UNKNOWN = "unknown"
    """The transport knows nothing of it: send the same envelope again."""
    TAKEN = "taken"
    """Another machine keeps it and goes on by itself; a later report tells the end."""
    FAILED = "failed"
    """No attempt will follow. An operator can still set it going again."""
    DELIVERED = "delivered"
    """The receiving access point has given a valid receipt."""
    UNDECIDABLE = "undecidable"
    """It was taken, and how it ended can no longer be found out: a person has to ask."""


_OVERTAKES: Final[dict[Progress, frozenset[Progress]]] = {
    Progress.UNKNOWN: frozenset(),
    Progress.TAKEN: frozenset({Progress.UNKNOWN}),
    Progress.UNDECIDABLE: frozenset({Progress.UNKNOWN, Progress.TAKEN}),
    Progress.FAILED: frozenset({Progress.UNKNOWN, Progress.TAKEN, Progress.UNDECIDABLE}),
    Progress.DELIVERED: frozenset(Progress) - {Progress.DELIVERED},
}
DECIDED: Final = frozenset({Progress.FAILED, Progress.DELIVERED, Progress.UNDECIDABLE})
"""What ends the waiting for a message."""


def overtakes(newer: Progress, kept: Progress | None) -> bool:
    """Say whether a report replaces the one that is kept; reports arrive in any order.

    A receipt counts whatever was told before, nothing counts after it.
    """
    return kept is None or kept in _OVERTAKES[newer]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a message did not get through.

    ``code`` is an ebMS code (``EBMS:0005``) or one of the transport's own. ``detail`` is the text
    of a stranger: it may hold values of a message and belongs in no log.
    """

    code: str
    detail: str = field(default="", repr=False)
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of a message we send; ``receipt`` is the signed receipt where we hold it."""

    message_id: str
    progress: Progress
    causes: tuple[Cause, ...] = ()
    receipt: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        if not self.message_id:
            raise LocalFault("a report names a message", code="REPORT")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A received message as a transport hands it over, verified as far as the transport can.

    ``fingerprint`` (SHA-256) is equal for two copies of one message and no others. ``answer`` is
    what the sender gets for it, kept so that a copy gets the very same; empty where the transport
    answers by itself. ``signer`` is the certificate (DER) the message was signed with, empty where
    another machine checked the signature and keeps the proof.
    """

    envelope: Envelope
    fingerprint: bytes
    answer: bytes = field(default=b"", repr=False)
    signer: bytes = field(default=b"", repr=False)


class Verdict(StrEnum):
    """What the inbox makes of an arrival."""

    NEW = "new"
    """It is kept now, and will be worked on once."""
    DUPLICATE = "duplicate"
    """A copy of it was kept before: answer as then, do nothing more."""
    CONFLICT = "conflict"
    """Its id is taken by another message: nothing is kept, an operator is told (as4 6.3)."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The verdict, and the answer that was kept with the first copy."""

    verdict: Verdict
    answer: bytes = field(default=b"", repr=False)


class Inbox(Protocol):
    """What keeps messages and the fate of messages: the store, seen from a transport.

    Each method returns only when its effect would survive the loss of this process. One that
    raises has had no effect, and the transport tries again later.
    """

    async def accept(self, arrival: Arrival) -> Acceptance:
        """Keep a message once, whoever brings it how often, also at the same time."""
        ...

    async def report(self, report: Report) -> None:
        """Keep what is known of a message we sent, where it `overtakes` what was known.

        Reports on ids that we never sent are dropped: some transports tell of every message.
        """
        ...

    async def undecided(self, before: datetime) -> Sequence[str]:
        """Give the ids of messages that were taken before ``before`` and whose end is not known.

        Oldest first; a transport asks where its news of them may have been lost.
        """
        ...


class Transport(Protocol):
    """A way to other access points.

    ``start`` comes first and ``stop`` last; a transport may be started once. Between a crash and
    the next start nothing is lost that was promised, because all that lasts is in the inbox, or
    still with the sender.
    """

    async def start(self, inbox: Inbox) -> None:
        """Begin to receive; what arrives is handed to the inbox before it is acknowledged."""
        ...

    async def stop(self) -> None:
        """Stop receiving, and return when what was begun has ended."""
        ...

    async def send(self, envelope: Envelope) -> Report:
        """Send a message, or send it again: one id leads to one message at the receiver.

        Gives the progress ``TAKEN``, ``DELIVERED`` or ``FAILED``. Raises ``EdgeFault`` when it is
        not known whether the message was taken, or nothing could be reached: ``retryable`` then
        says that the same envelope may be sent again later.
        """
        ...

    async def outcome(self, message_id: str) -> Report:
        """Ask again how far a message has come, after a restart or where no news comes.

        Raises ``EdgeFault`` when there is no answer.
        """
        ...


def fingerprint(envelope: Envelope, signer: bytes = b"") -> bytes:
    """Give the SHA-256 of all that makes an envelope this one: each field, each payload's digest.

    Fields are told apart by their length, so that no two envelopes have the same input.
    """
    digest = hashlib.sha256()
    for part in (*_parts(envelope), signer):
        octets = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        digest.update(len(octets).to_bytes(8, "big") + octets)
    return digest.digest()


def _parts(envelope: Envelope) -> Iterator[str | bytes]:
    yield envelope.message_id
    yield envelope.timestamp.astimezone(UTC).isoformat()
    for party in (envelope.sender, envelope.receiver):
        yield from (party.id, party.type, party.role)
    yield from (envelope.service.value, envelope.service.type, envelope.action)
    yield from (envelope.conversation_id, envelope.ref_to_message_id, envelope.mpc)
    agreement = envelope.agreement
    yield from (agreement.value, agreement.type, agreement.pmode) if agreement else ("", "", "")
    yield str(len(envelope.properties))
    for each in envelope.properties:
        yield from (each.name, each.type, each.value)
    for payload in envelope.payloads:
        yield from (payload.content_id, payload.media_type, payload.charset)
        yield payload.content.sha256
        yield str(len(payload.properties))
        for each in payload.properties:
            yield from (each.name, each.type, each.value)
