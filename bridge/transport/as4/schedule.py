"""When a message is tried again, and when it is given up (as4 6.1).

The field's ``12;4;CONSTANT`` is read as the reference reads it: within 12 minutes 4 attempts, one
every 3 minutes, the first of them at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bridge.errors import SettingsFault

MOST_ATTEMPTS: Final = 100
_CONSTANT: Final = re.compile(r"\s*(\d{1,6})\s*;\s*(\d{1,3})\s*;\s*CONSTANT\s*", re.ASCII)
_ONCE: Final = re.compile(r"\s*SEND_ONCE\s*")


@dataclass(frozen=True, slots=True)
class Schedule:
    """``attempts`` within ``window``, evenly apart, each late by up to ``spread`` of the interval.

    A message whose Timestamp is older than ``expiry`` is not sent any more: peers refuse it.
    Raises `SettingsFault` for numbers that make no schedule.
    """

    window: timedelta = timedelta(minutes=12)
    attempts: int = 4
    spread: float = 0.1
    expiry: timedelta = timedelta(days=6)

    def __post_init__(self) -> None:
        if not 1 <= self.attempts <= MOST_ATTEMPTS:
            raise SettingsFault(
                f"a schedule has 1 to {MOST_ATTEMPTS} attempts", code="AS4-SCHEDULE"
            )
        if self.window < timedelta() or not 0 <= self.spread < 1 or self.expiry <= timedelta():
            raise SettingsFault(
                "the window, spread or expiry of a schedule is negative", code="AS4-SCHEDULE"
            )

    @property
    def interval(self) -> timedelta:
        """The time between two attempts."""
        return self.window / self.attempts

    def due(self, begun: datetime, done: int, chance: float) -> datetime | None:
        """Give the time of the attempt after ``done`` ones; None where no further one follows.

        ``chance`` is a number from 0 up to 1 that nobody foresees: messages that failed together
        shall not come back together.
        """
        if done >= self.attempts:
            return None
        late = self.spread * chance if done else 0.0
        return begun + self.interval * (done + late)

    def is_expired(self, timestamp: datetime, now: datetime) -> bool:
        """Tell whether a message has become too old to be sent."""
        return now - timestamp > self.expiry


ONCE: Final = Schedule(timedelta(), 1)
"""One attempt: for test messages, which are not repeated (as4 6.1)."""


def read_schedule(text: str) -> Schedule:
    """Read the ``retry`` of a Domibus PMode: ``minutes;attempts;CONSTANT`` or ``SEND_ONCE``.

    Raises `SettingsFault` for anything else, ``PROGRESSIVE`` too.
    """
    found = _CONSTANT.fullmatch(text)
    if found is not None:
        return Schedule(timedelta(minutes=int(found[1])), int(found[2]))
    if _ONCE.fullmatch(text):
        return ONCE
    raise SettingsFault("the retry is neither 'T;N;CONSTANT' nor SEND_ONCE", code="AS4-SCHEDULE")
