"""The figures of a run, and its outcomes kept small.

Figures of parts add up, so processes count for themselves. Outcomes are kept packed: a run over
many messages costs some tens of octets for each, and reports read them one after the other.
"""

from __future__ import annotations

import pickle
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields

from bridge.conform.outcome import Outcome, Standing, State


@dataclass(slots=True)
class Tally:
    """Counts by whatever the tables show. Keys are texts, or tuples of texts.

    ``states`` counts cases; ``expects`` (kind of expectation, state); ``kinds`` messages by (kind,
    standard, verdict); ``rules`` findings by (id, severity); ``hit`` messages by id; ``unexpected``
    findings by id; ``sources`` findings by (id, standard), for where their text stands.
    """

    states: Counter[State] = field(default_factory=Counter)
    expects: Counter[tuple[str, State]] = field(default_factory=Counter)
    kinds: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)
    hit: Counter[str] = field(default_factory=Counter)
    unexpected: Counter[str] = field(default_factory=Counter)
    sources: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        self.states[outcome.state] += 1
        if outcome.expects:
            self.expects[outcome.expects, outcome.state] += 1
        for checked in outcome.checked:
            self.kinds[checked.kind, checked.standard, checked.verdict] += 1
            self.hit.update({told.finding.id for told in checked.told})
            for told in checked.told:
                finding = told.finding
                self.rules[finding.id, str(finding.severity)] += 1
                self.sources[finding.id, checked.standard] += 1
                self.unexpected[finding.id] += told.standing is Standing.UNEXPECTED

    def merge(self, other: Tally) -> None:
        """Add the counts of another part of the run."""
        for each in fields(self):
            getattr(self, each.name).update(getattr(other, each.name))

    @property
    def cases(self) -> int:
        """How many cases were judged."""
        return self.states.total()

    @property
    def messages(self) -> int:
        """How many messages were judged."""
        return self.kinds.total()

    @property
    def rule_ids(self) -> tuple[str, ...]:
        """All rules that fired, by id."""
        return tuple(sorted(self.hit))


@dataclass(frozen=True, slots=True)
class Batch:
    """What a part of the run came to: its figures, its outcomes packed, its CPU time in seconds."""

    tally: Tally
    packed: bytes
    cpu_seconds: float

    @staticmethod
    def of(outcomes: Sequence[Outcome], cpu_seconds: float) -> Batch:
        """Count and pack outcomes."""
        tally = Tally()
        for outcome in outcomes:
            tally.add(outcome)
        return Batch(tally, zlib.compress(pickle.dumps(outcomes, 5), 1), cpu_seconds)

    def outcomes(self) -> Sequence[Outcome]:
        """Unpack the outcomes."""
        # Our own octets, packed by this class in this run: pickle reads nothing from outside.
        found: Sequence[Outcome] = pickle.loads(zlib.decompress(self.packed))
        return found


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run. ``seconds`` is the time it took, ``cpu_seconds`` that of all its processes.

    ``notes`` are sentences on what was left alone.
    """

    suite: str
    tally: Tally
    batches: tuple[Batch, ...]
    seconds: float
    cpu_seconds: float
    jobs: int
    notes: tuple[str, ...] = ()

    @staticmethod
    def of(
        suite: str,
        batches: Iterable[Batch],
        *,
        seconds: float,
        cpu_seconds: float,
        jobs: int,
        notes: tuple[str, ...] = (),
    ) -> Run:
        """Add the parts up; they come in the order of the suite."""
        kept = tuple(batches)
        tally = Tally()
        for batch in kept:
            tally.merge(batch.tally)
        return Run(suite, tally, kept, seconds, cpu_seconds, jobs, notes)

    @property
    def outcomes(self) -> Iterator[Outcome]:
        """All outcomes in the order of the suite, unpacked one part after the other."""
        return (outcome for batch in self.batches for outcome in batch.outcomes())

    @property
    def per_second_and_core(self) -> float:
        """Messages a second of CPU time."""
        return self.tally.messages / self.cpu_seconds if self.cpu_seconds else 0.0

    @property
    def state(self) -> State:
        """How the run ended: as its worst case."""
        states = (State.UNREADABLE, State.FAILED)
        return next((s for s in states if self.tally.states[s]), State.PASSED)

    def figures(self) -> dict[str, object]:
        """The figures in the shape that ``--json`` prints."""
        states = self.tally.states
        return {
            "suite": self.suite,
            "state": str(self.state),
            "cases": self.tally.cases,
            "as_expected": states[State.PASSED],
            "not_as_expected": states[State.FAILED],
            "unreadable": states[State.UNREADABLE],
            "messages": self.tally.messages,
            "seconds": round(self.seconds, 6),
            "cpu_seconds": round(self.cpu_seconds, 6),
            "messages_per_second_and_core": round(self.per_second_and_core, 1),
            "jobs": self.jobs,
            "notes": list(self.notes),
        }
