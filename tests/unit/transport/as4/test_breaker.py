"""Nobody waits at a door that was found shut; one goes and looks whether it is open again."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bridge.transport.as4.breaker import Breaker, BreakerSettings, Circuit
from tests.as4_worlds import NOW

SETTINGS = BreakerSettings(failures=3, pause=timedelta(seconds=60))


def opened() -> Breaker:
    breaker = Breaker(SETTINGS)
    for _ in range(3):
        assert breaker.admits(NOW)
        breaker.failed(NOW)
    return breaker


def test_it_opens_after_so_many_failures_in_a_row() -> None:
    breaker = Breaker(SETTINGS)
    for _ in range(2):
        breaker.failed(NOW)
    assert breaker.circuit is Circuit.CLOSED
    breaker.answered()
    for _ in range(2):
        breaker.failed(NOW)
    assert breaker.admits(NOW)
    breaker.failed(NOW)
    assert breaker.circuit is Circuit.OPEN
    assert not breaker.admits(NOW + timedelta(seconds=59))


def test_after_the_pause_one_goes_and_the_others_wait_for_it() -> None:
    breaker, later = opened(), NOW + timedelta(seconds=60)
    assert breaker.admits(later)
    assert breaker.circuit is Circuit.PROBING
    assert not breaker.admits(later)
    breaker.answered()
    assert breaker.circuit is Circuit.CLOSED
    assert breaker.admits(later)


def test_a_probe_that_fails_opens_it_for_a_further_pause() -> None:
    breaker, later = opened(), NOW + timedelta(seconds=60)
    assert breaker.admits(later)
    breaker.failed(later)
    assert not breaker.admits(later + timedelta(seconds=59))
    assert breaker.admits(later + timedelta(seconds=60))


def test_a_probe_that_is_broken_off_leaves_the_way_to_the_next() -> None:
    breaker, later = opened(), NOW + timedelta(seconds=60)
    assert breaker.admits(later)
    breaker.abandoned()
    assert breaker.admits(later)


class Machine(RuleBasedStateMachine):
    """Calls come and go in any order; an open circuit never has two of them under way."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker, self.now, self.calls = Breaker(SETTINGS), NOW, 0
        self.probing = 0

    @rule()
    def call(self) -> None:
        was_open = self.breaker.circuit is not Circuit.CLOSED
        if self.breaker.admits(self.now):
            self.calls += 1
            self.probing += was_open

    @precondition(lambda self: self.calls)
    @rule()
    def fail(self) -> None:
        self.calls, self.probing = self.calls - 1, 0
        self.breaker.failed(self.now)

    @precondition(lambda self: self.calls)
    @rule()
    def answer(self) -> None:
        self.calls, self.probing = self.calls - 1, 0
        self.breaker.answered()
        assert self.breaker.admits(self.now)
        self.calls += 1

    @rule()
    def wait(self) -> None:
        self.now += timedelta(seconds=61)

    @invariant()
    def one_probe(self) -> None:
        assert self.probing <= 1


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=30, stateful_step_count=30)
