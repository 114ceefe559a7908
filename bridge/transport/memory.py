"""Two or more ends in one process: the transport of tests and of the offline demo."""

from __future__ import annotations

from bridge.envelope import Envelope, Party
from bridge.errors import EdgeFault, LocalFault
from bridge.ports import (
    TEST_SERVICE,
    Arrival,
    Cause,
    Inbox,
    Progress,
    Report,
    Verdict,
    fingerprint,
)


class MemoryNetwork:
    """Knows who is there: the running ends by the identifier and type of their party."""

    def __init__(self) -> None:
        self._ends: dict[tuple[str, str], MemoryTransport] = {}

    def join(self, party: Party) -> MemoryTransport:
        """Make an end for a party; a later one takes its place, as after a restart."""
        end = MemoryTransport(self, party)
        self._ends[party.id, party.type] = end
        return end

    def find(self, party: Party) -> MemoryTransport | None:
        """Give the end of a party; ``None`` if nobody of that name ever joined."""
        return self._ends.get((party.id, party.type))


class MemoryTransport:
    """One end. The receiver's inbox keeps a message before the sender hears ``DELIVERED``."""

    def __init__(self, network: MemoryNetwork, party: Party) -> None:
        self._network = network
        self._party = party
        self._inbox: Inbox | None = None
        self._stopped = False
        self._sent: dict[str, Report] = {}

    async def start(self, inbox: Inbox) -> None:
        """Begin to receive."""
        if self._inbox is not None or self._stopped:
            raise LocalFault("a transport is started once", code="TRANSPORT-START")
        self._inbox = inbox

    async def stop(self) -> None:
        """Stop receiving."""
        self._inbox = None
        self._stopped = True

    async def send(self, envelope: Envelope) -> Report:
        """Hand a message to its receiver; ``EdgeFault`` if that one is away or cannot keep it."""
        if self._inbox is None:
            raise EdgeFault("the transport is not started", retryable=True)
        receiver = self._network.find(envelope.receiver)
        if receiver is None:
            report = Report(envelope.message_id, Progress.FAILED, (Cause("EBMS:0003"),))
        else:
            report = await receiver.take(envelope)
        self._sent[envelope.message_id] = report
        return report

    async def outcome(self, message_id: str) -> Report:
        """Tell what became of a message that this end sent."""
        return self._sent.get(message_id, Report(message_id, Progress.UNKNOWN))

    async def take(self, envelope: Envelope) -> Report:
        """Receive a message from another end, and give what serves as receipt."""
        if self._inbox is None:
            raise EdgeFault("the receiving end is not running", retryable=True)
        if envelope.service.value == TEST_SERVICE:
            return Report(envelope.message_id, Progress.DELIVERED)
        try:
            kept = await self._inbox.accept(Arrival(envelope, fingerprint(envelope)))
        except Exception as cause:
            raise EdgeFault("the receiving end could not keep it", retryable=True) from cause
        if kept.verdict is Verdict.CONFLICT:
            return Report(envelope.message_id, Progress.FAILED, (Cause("EBMS:0004"),))
        return Report(envelope.message_id, Progress.DELIVERED)
