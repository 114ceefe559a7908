"""The circuit breaker of one peer: nobody waits at a door that was found shut just now.

It counts failures of the connection only. A peer that answers, with whatever error, is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Circuit(StrEnum):
    """The states; `Breaker` moves between them."""

    CLOSED = "closed"
    """Messages go."""
    OPEN = "open"
    """The peer did not answer several times in a row: nobody calls."""
    PROBING = "probing"
    """The pause is over and one message is on its way to find out; the others do not call."""


@dataclass(frozen=True, slots=True)
class BreakerSettings:
    """``failures`` in a row open the circuit for ``pause``."""

    failures: int = 5
    pause: timedelta = timedelta(minutes=1)


class Breaker:
    """The state for one peer. The time is passed in."""

    def __init__(self, settings: BreakerSettings | None = None) -> None:
        self._settings = settings or BreakerSettings()
        self._failures = 0
        self._opened: datetime | None = None
        self._probing = False

    @property
    def circuit(self) -> Circuit:
        """The state."""
        if self._opened is None:
            return Circuit.CLOSED
        if self._probing:
            return Circuit.PROBING
        return Circuit.OPEN

    def admits(self, now: datetime) -> bool:
        """Tell whether a call may go now; who is told yes has to tell how it went."""
        if self._opened is None:
            return True
        if self._probing or now - self._opened < self._settings.pause:
            return False
        self._probing = True
        return True

    def answered(self) -> None:
        """Note that the peer answered."""
        self._failures, self._opened, self._probing = 0, None, False

    def failed(self, now: datetime) -> None:
        """Note that the peer could not be reached or did not answer."""
        self._failures += 1
        self._probing = False
        if self._opened is not None or self._failures >= self._settings.failures:
            self._opened = now

    def abandoned(self) -> None:
        """Note that a call ended without telling anything of the peer: it was broken off."""
        self._probing = False
