"""What one attempt came to: the answer of a peer judged, as a value (as4 4.2, 5.5, 5.6).

Nothing a peer answers stops the sender by an exception, and nothing but a proved receipt for
exactly what was sent makes a message delivered, or a proved word that it had arrived before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bridge.errors import RefusedMessage
from bridge.ports import Cause, Progress
from bridge.transport.as4.content import MemorySink
from bridge.transport.as4.errors import EbmsError, ErrorTable
from bridge.transport.as4.mime import SOAP_TYPE
from bridge.transport.as4.mime_reader import MimeLimits, PackageReader
from bridge.transport.as4.pack import OutgoingMessage
from bridge.transport.as4.pmode import Peer
from bridge.transport.as4.receipt import check_receipt, prove
from bridge.transport.as4.signal import Signal, read_signal

UNREACHED: Final = "EBMS:0005"
MISSING_RECEIPT: Final = "EBMS:0301"
INVALID_RECEIPT: Final = "EBMS:0302"
MOST_ANSWER: Final = 1 << 20
"""Octets of an answer that are read: a receipt with 30 references has about 20,000."""

_LIMITS: Final = MimeLimits(octets=MOST_ANSWER, soap_octets=MOST_ANSWER, parts=1)
_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response, read to its end."""

    status: int
    content_type: str
    octets: bytes = field(repr=False)
    retry_after: str = ""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """There was no HTTP response; ``reason`` is ours and names no value."""

    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """``progress`` is None where the next attempt of the schedule follows, not before ``after``.

    ``reached`` tells the circuit breaker whether somebody was there.
    """

    progress: Progress | None
    causes: tuple[Cause, ...] = ()
    receipt: bytes = field(default=b"", repr=False)
    reached: bool = True
    after: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Judge:
    """What answers to one message are judged with; ``earlier`` says that it was sent before."""

    sent: OutgoingMessage
    peer: Peer
    table: ErrorTable
    earlier: bool

    def outcome(self, answer: Answer | NoAnswer, now: datetime) -> Outcome:
        """Judge an answer."""
        if isinstance(answer, NoAnswer):
            return Outcome(None, (Cause(UNREACHED, answer.reason, now),), reached=False)
        if not answer.octets.strip():
            return _without_receipt(answer, now)
        try:
            signal = read_signal(_soap(answer))
        except RefusedMessage as fault:
            if answer.status >= 300:
                return _without_receipt(answer, now)
            return Outcome(None, (Cause(INVALID_RECEIPT, fault.what, now),))
        return self._signalled(signal, answer, now)

    def _signalled(self, signal: Signal, answer: Answer, now: datetime) -> Outcome:
        failures = [each for each in signal.errors if each.is_failure]
        if failures:
            return self._failed(signal, failures, answer, now)
        try:
            receipt = check_receipt(signal, self.sent, self.peer, now)
        except RefusedMessage as fault:
            return Outcome(None, (Cause(INVALID_RECEIPT, fault.what, now),))
        return Outcome(Progress.DELIVERED, _causes(receipt.warnings, now), receipt.octets)

    def _failed(
        self, signal: Signal, failures: list[EbmsError], answer: Answer, now: datetime
    ) -> Outcome:
        """React to errors; unsigned ones count too, as Domibus sends no others (as4 5.4)."""
        answers = {signal.head.answers, *(each.ref_to_message for each in failures)} - {""}
        if answers - {self.sent.message_id}:
            cause = Cause(INVALID_RECEIPT, "the error is for another message", now)
            return Outcome(None, (cause,))
        causes = _causes(failures, now)
        reactions = {self._reaction(each) for each in failures}
        if "stop" in reactions:
            return Outcome(Progress.FAILED, causes)
        if reactions != {"delivered"}:
            return Outcome(None, causes, after=_after(answer))
        # Without a receipt only the peer's own word counts, and only after an attempt of ours.
        sure = self.earlier and self._is_proved(signal, now)
        missing = Cause(MISSING_RECEIPT, "it had arrived before; the receipt was lost", now)
        return Outcome(Progress.DELIVERED if sure else Progress.UNDECIDABLE, (*causes, missing))

    def _reaction(self, error: EbmsError) -> str:
        text = f"{error.description} {error.detail}".lower()
        if error.code == RefusedMessage.code and self.earlier and "duplicate" in text:
            return "delivered"
        return self.table.reaction(error)

    def _is_proved(self, signal: Signal, now: datetime) -> bool:
        try:
            prove(signal, self.peer, now)
        except RefusedMessage:
            return False
        return signal.head.answers == self.sent.message_id


def _soap(answer: Answer) -> bytes:
    """Give the SOAP octets of an answer, which may be wrapped in a multipart (as4 4.1)."""
    reader = PackageReader(answer.content_type or SOAP_TYPE, MemorySink, _LIMITS)
    reader.feed(answer.octets)
    return reader.close().soap


def _without_receipt(answer: Answer, now: datetime) -> Outcome:
    """No ebMS in it: a proxy, a server that is starting, an answer that was lost on the way."""
    good = answer.status < 300
    cause = Cause(MISSING_RECEIPT if good else UNREACHED, f"HTTP status {answer.status}", now)
    return Outcome(None, (cause,), reached=answer.status < 500, after=_after(answer))


def _after(answer: Answer) -> timedelta:
    """Read ``Retry-After`` in seconds; a date or a long time is not obeyed."""
    text = answer.retry_after.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        return timedelta()
    return min(timedelta(seconds=int(text)), _AFTER)


def _causes(errors: Iterable[EbmsError], now: datetime) -> tuple[Cause, ...]:
    return tuple(
        Cause(each.code, each.description or each.detail or each.name, now) for each in errors
    )
