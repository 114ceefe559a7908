"""One simulated access point: submission, exchange with its peers, retrieval, retention."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from bridge.sandbox.domibus.messages import (
    RECEIVING,
    SENDING,
    Attempt,
    Blob,
    Header,
    PMode,
    Refusal,
    Stored,
    User,
    Value,
    check_header,
    check_payloads,
)

Told = Callable[[str, Stored], None]
"""Takes each event for the push: the type of the rule, and the message."""

NO_MESSAGE = "WS_PLUGIN:0009"


class AccessPoint:
    """The core of one Domibus. Nothing waits here: ``exchange`` does what is due by the clock."""

    def __init__(self, party: Value, clock: Callable[[], datetime], pmode: PMode, told: Told):
        self.party = party
        self.pmode = pmode
        self.reachable = True
        self.messages: dict[tuple[str, str], Stored] = {}
        self._clock = clock
        self._told = told
        self._peers: dict[str, AccessPoint] = {party.text.lower(): self}

    def meet(self, peer: AccessPoint) -> None:
        """Know a peer, in both directions, as a PMode of both would have it."""
        self._peers[peer.party.text.lower()] = peer
        peer._peers[self.party.text.lower()] = self

    def submit(self, header: Header, payloads: list[Blob], user: User | None) -> Stored:
        """Take a message from the backend."""
        header = _trimmed(header)
        if user and user.original_user not in ("", header.value_of("originalSender")):
            raise Refusal("WS_PLUGIN:0002", "You are not allowed to submit this message")
        parties = {name: peer.party for name, peer in self._peers.items()}
        check_header(header, self.party, parties, self.pmode)
        matched = check_payloads(header, payloads, self.pmode)
        if (header.message_id, SENDING) in self.messages:
            raise Refusal("EBMS:0004", f"Message with id [{header.message_id}] already exists")
        now = self._clock()
        stored = Stored(header, SENDING, "SEND_ENQUEUED", now, matched, due=now)
        self.messages[header.message_id, SENDING] = stored
        self._told("MESSAGE_STATUS_CHANGE", stored)
        return stored

    def exchange(self) -> bool:
        """Make every attempt that is due; tell whether there was any."""
        now = self._clock()
        due = [each for each in self.messages.values() if each.due and each.due <= now]
        for stored in due:
            self._attempt(stored, now)
        return bool(due)

    def _attempt(self, stored: Stored, now: datetime) -> None:
        stored.attempts += 1
        stored.due = None
        peer = self._peers[stored.header.receiver.text.lower()]
        if peer.reachable:
            peer.receive(stored)
            self._change(stored, "ACKNOWLEDGED")
            self._told("SEND_SUCCESS", stored)
            return
        stored.errors.append(Attempt("EBMS_0005", "Could not connect to the peer", SENDING, now))
        if stored.attempts < self.pmode.retry_count and not stored.header.is_test:
            self._change(stored, "WAITING_FOR_RETRY")
            stored.due = now + self.pmode.retry_after
            return
        self._change(stored, "SEND_FAILURE")
        if self.pmode.tell_failures:
            self._told("SEND_FAILURE", stored)

    def receive(self, sent: Stored) -> None:
        """Take a message from a peer; a second copy gets the receipt again and nothing more."""
        key = (sent.id, RECEIVING)
        if key in self.messages:
            return
        copies = [Blob(each.reference, each.content_type, each.octets) for each in sent.payloads]
        stored = Stored(sent.header, RECEIVING, "RECEIVED", self._clock(), copies)
        self.messages[key] = stored
        stored.pending = not sent.header.is_test
        if sent.header.is_test:
            return
        self._told("MESSAGE_STATUS_CHANGE", stored)
        self._told("RECEIVE_SUCCESS", stored)
        self._told("SUBMIT_MESSAGE", stored)

    def restore(self, message_id: str) -> None:
        """Do what an operator does on the console with a message that failed."""
        stored = self.messages[message_id, SENDING]
        stored.attempts, stored.due = 0, self._clock()
        self._change(stored, "SEND_ENQUEUED")

    def pending(self, user: User | None) -> Iterator[Stored]:
        """Give what waits for the backend; a user who is no administrator sees his own only."""
        for each in self.messages.values():
            recipient = each.header.value_of("finalRecipient")
            if each.pending and (not user or user.original_user in ("", recipient)):
                yield each

    def retrieve(self, message_id: str, *, consume: bool) -> tuple[Header, list[Blob]]:
        """Hand out a message. Consuming works once, looking as long as the payload is there."""
        stored = self.messages.get((message_id.strip(), RECEIVING))
        if stored is None or stored.purged or (consume and not stored.pending):
            raise Refusal(NO_MESSAGE, f"Message not found, id [{message_id}]")
        if stored.broken:
            raise Refusal("EBMS:0303", "Could not decompress the payload")
        handed = stored.header, list(stored.payloads)
        if consume:
            self.mark(message_id)
        return handed

    def mark(self, message_id: str) -> Header:
        """Note that the backend has a message; without retention its payloads go at once."""
        stored = self.messages.get((message_id.strip(), RECEIVING))
        if stored is None or not stored.pending:
            raise Refusal(NO_MESSAGE, f"Message not found, id [{message_id}]")
        stored.pending = False
        self._change(stored, "DOWNLOADED")
        if self.pmode.retention_downloaded == 0:
            self._purge(stored)
        return stored.header

    def find(self, message_id: str, role: str) -> list[Stored]:
        """Give the message on the side asked for, on any if ``role`` is empty."""
        roles = (role,) if role else (SENDING, RECEIVING)
        found = (self.messages.get((message_id.strip(), each)) for each in roles)
        return [each for each in found if each is not None]

    def clean(self) -> None:
        """Purge what has outlived its retention."""
        now = self._clock()
        for each in self.messages.values():
            minutes = self._retention(each)
            if minutes < 0 or each.purged or now - each.since < timedelta(minutes=minutes):
                continue
            each.pending = False
            self._purge(each)

    def _retention(self, stored: Stored) -> int:
        if stored.role == SENDING:
            ended = stored.status in {"ACKNOWLEDGED", "SEND_FAILURE"}
            return self.pmode.retention_sent if ended else -1
        if stored.pending:
            return self.pmode.retention_undownloaded
        return self.pmode.retention_downloaded

    def _purge(self, stored: Stored) -> None:
        stored.payloads, stored.purged = [], True
        self._change(stored, "DELETED")
        self._told("DELETED", stored)

    def _change(self, stored: Stored, status: str) -> None:
        stored.status, stored.since = status, self._clock()
        self._told("MESSAGE_STATUS_CHANGE", stored)


def _trimmed(header: Header) -> Header:
    message_id = header.message_id.strip()
    if not message_id or len(message_id) > 255:
        raise Refusal("WS_PLUGIN:0007", "Message id is empty or too long")
    return Header(**{**vars(header), "message_id": message_id})
