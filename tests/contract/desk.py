"""An inbox that outlives its transport, as a store would; it can be told to fail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bridge.envelope import Envelope
from bridge.ports import DECIDED, Acceptance, Arrival, Progress, Report, Verdict, overtakes

START = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)


class DeskClosed(Exception):
    """The store is full, or its database away."""


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


class Desk:
    """Keeps arrivals once, and of reports what overtakes; counts what it was asked."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.arrivals: dict[str, Arrival] = {}
        self.reports: dict[str, Report] = {}
        self.verdicts: list[Verdict] = []
        self.closed = False
        self._since: dict[str, datetime] = {}

    async def accept(self, arrival: Arrival) -> Acceptance:
        if self.closed:
            raise DeskClosed
        kept = self.arrivals.setdefault(arrival.envelope.message_id, arrival)
        if kept is arrival:
            verdict = Verdict.NEW
        else:
            same = kept.fingerprint == arrival.fingerprint
            verdict = Verdict.DUPLICATE if same else Verdict.CONFLICT
        self.verdicts.append(verdict)
        return Acceptance(verdict, kept.answer)

    def sending(self, envelope: Envelope) -> None:
        """Note, as the service does before it sends, that a message is on its way."""
        self._since.setdefault(envelope.message_id, self.clock())

    async def report(self, report: Report) -> None:
        if self.closed:
            raise DeskClosed
        known = self.reports.get(report.message_id)
        if report.message_id in self._since and overtakes(
            report.progress, known and known.progress
        ):
            self.reports[report.message_id] = report

    async def undecided(self, before: datetime) -> Sequence[str]:
        return [
            message_id
            for message_id, since in self._since.items()
            if since < before
            and (known := self.reports.get(message_id)) is not None
            and known.progress not in DECIDED
        ]

    def progress(self, message_id: str) -> Progress | None:
        known = self.reports.get(message_id)
        return known and known.progress

    @property
    def kept(self) -> list[Envelope]:
        """What arrived, in the order of arrival."""
        return [arrival.envelope for arrival in self.arrivals.values()]
