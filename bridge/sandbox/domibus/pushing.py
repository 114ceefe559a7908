"""How the simulated Domibus notifies its backend: rules, attempts, and giving up (chapter 7)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bridge.sandbox.domibus import wire
from bridge.sandbox.domibus.messages import Refusal, Stored

ELEMENTS: Final = {
    "RECEIVE_SUCCESS": "receiveSuccess",
    "RECEIVE_FAIL": "receiveFailure",
    "SEND_SUCCESS": "sendSuccess",
    "SEND_FAILURE": "sendFailure",
    "MESSAGE_STATUS_CHANGE": "messageStatusChange",
    "DELETED": "delete",
}
"""The body element of each type of rule."""

_MARKING: Final = frozenset({"RECEIVE_SUCCESS", "SUBMIT_MESSAGE"})

Post = Callable[["Rule", bytes], Awaitable[tuple[int, str, bytes]]]
"""Posts a notification; gives status, content type and octets of the answer, or raises OSError."""


@dataclass(frozen=True)
class Rule:
    """One push rule; ``retry`` is ``minutes;count`` of ``60;5;CONSTANT``."""

    endpoint: str
    types: tuple[str, ...] = ("RECEIVE_SUCCESS", "SEND_SUCCESS", "MESSAGE_STATUS_CHANGE")
    recipient: str = ""
    minutes: int = 60
    count: int = 5
    user: str = ""
    password: str = field(default="", repr=False)
    mark_as_downloaded: bool = False
    """The worst that operators report: it marks after any RECEIVE_SUCCESS that was acknowledged."""


@dataclass(eq=False)
class Note:
    """One notification on its way."""

    type: str
    stored: Stored
    status: str
    rule: Rule
    due: datetime | None
    attempts: int = 0
    failed: bool = False


class Pusher:
    """The notifications of one access point."""

    def __init__(self, rules: tuple[Rule, ...], clock: Callable[[], datetime]) -> None:
        self.rules = rules
        self.notes: list[Note] = []
        self._clock = clock

    def told(self, kind: str, stored: Stored) -> None:
        """Queue a notification if a rule wants it; without finalRecipient there is none."""
        recipient = stored.header.value_of("finalRecipient")
        if not recipient:
            return
        for rule in self.rules:
            if kind in rule.types and rule.recipient in ("", recipient):
                self.notes.append(Note(kind, stored, stored.status, rule, self._clock()))
                return

    async def push(self, post: Post, marked: Callable[[str], object]) -> bool:
        """Make every attempt that is due; tell whether there was any."""
        now = self._clock()
        due = [note for note in self.notes if note.due and note.due <= now]
        for note in due:
            note.attempts += 1
            note.due = None
            try:
                done = wire.is_acknowledgement(*await post(note.rule, _written(note)))
            except OSError:
                done = False
            self._settle(note, done, now)
            if done and note.rule.mark_as_downloaded and note.type in _MARKING:
                try:
                    marked(note.stored.id)
                except Refusal:
                    continue  # the backend was quicker
        return bool(due)

    def _settle(self, note: Note, done: bool, now: datetime) -> None:
        if done:
            self.notes.remove(note)
        elif note.attempts < note.rule.count:
            note.due = now + timedelta(minutes=note.rule.minutes / note.rule.count)
        else:
            note.failed = True  # and nobody hears of it, unless the alert is switched on

    def failed(self) -> list[str]:
        """Give the ids whose notification was given up."""
        return list(dict.fromkeys(note.stored.id for note in self.notes if note.failed))

    def repeat(self, message_ids: list[str]) -> None:
        """Try again; one id that did not fail refuses them all."""
        failed = [note for note in self.notes if note.failed]
        if set(message_ids) - {note.stored.id for note in failed}:
            raise Refusal("WS_PLUGIN:0009", "Message not found among those that failed")
        for note in failed:
            if note.stored.id in message_ids:
                note.failed, note.attempts, note.due = False, 0, self._clock()


def _written(note: Note) -> bytes:
    if note.type == "SUBMIT_MESSAGE":
        return wire.pushed_message(note.stored.header, note.stored.payloads)
    status = note.status if note.type == "MESSAGE_STATUS_CHANGE" else ""
    return wire.notification(ELEMENTS[note.type], note.stored.id, status)
