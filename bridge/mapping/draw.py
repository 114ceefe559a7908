"""A stream of small choices: the one source of chance in made-up instances, seeded and replayable.

What is built from choices can be made smaller by making the choices smaller, and is valid all the
while: zero is always the plainest choice. The idea is that of Hypothesis, in what we need of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

_MASK: Final = (1 << 64) - 1
_STEP: Final = 0x9E3779B97F4A7C15
_HUNDRED: Final = 100
T = TypeVar("T")


class Draw:
    """Choices in order; ``taken`` records them.

    Fresh ones follow from ``seed`` alone. With ``replay`` those given come back, and zeros after
    them. ``fullness`` is the chance, in per cent, that something optional is there.
    """

    def __init__(
        self, seed: int = 0, *, replay: Sequence[int] | None = None, fullness: int = 50
    ) -> None:
        self.taken: list[int] = []
        self.fullness = fullness
        self._replay = replay
        self._state = (seed * _STEP + 1) & _MASK

    def below(self, count: int) -> int:
        """A number from zero to ``count - 1``."""
        if self._replay is not None:
            at = len(self.taken)
            value = min(self._replay[at], count - 1) if at < len(self._replay) else 0
        else:
            value = self._next() % count
        self.taken.append(value)
        return value

    def maybe(self, percent: int | None = None) -> bool:
        """Whether something optional is there."""
        if self._replay is not None:
            return self.below(2) == 1
        limit = self.fullness if percent is None else percent
        value = int(self._next() % _HUNDRED < limit)
        self.taken.append(value)
        return value == 1

    def among(self, items: Sequence[T]) -> T:
        """One of the items; the first is the plainest."""
        return items[self.below(len(items))]

    def _next(self) -> int:  # splitmix64
        self._state = (self._state + _STEP) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return mixed ^ (mixed >> 31)


def shrink(
    choices: Sequence[int],
    fails: Callable[[Sequence[int]], Sequence[int] | None],
    budget: int = 300,
) -> list[int]:
    """Make choices smaller for as long as what is built from them still fails.

    ``fails`` gives the choices that were really used, or ``None`` where nothing fails; it is called
    at most ``budget`` times.
    """
    best = list(choices)
    left = budget

    def smaller(candidate: list[int]) -> bool:
        nonlocal best, left
        if left <= 0 or (len(candidate), candidate) >= (len(best), best):
            return False
        left -= 1
        used = fails(candidate)
        if used is None:
            return False
        best = list(used) if (len(used), list(used)) < (len(best), best) else candidate
        return True

    improved = True
    while improved and left > 0:
        improved = _cut(lambda: best, smaller) or _lower(lambda: best, smaller)
    return best


def _cut(best: Callable[[], list[int]], smaller: Callable[[list[int]], bool]) -> bool:
    """Take runs of choices out, or make them zero; long runs first."""
    improved = False
    size = max(len(best()) // 2, 1)
    while size:
        start = len(best()) - size
        while start >= 0:
            now = best()
            zeroed = [*now[:start], *([0] * len(now[start : start + size])), *now[start + size :]]
            if smaller(now[:start] + now[start + size :]) or smaller(zeroed):
                improved = True
            start = min(start, len(best())) - size
        size //= 2
    return improved


def _lower(best: Callable[[], list[int]], smaller: Callable[[list[int]], bool]) -> bool:
    """Bring single choices down, by halves and by one."""
    improved = False
    for at in range(len(best())):
        while at < len(best()) and best()[at]:
            now = best()
            lower = [[*now[:at], value, *now[at + 1 :]] for value in (now[at] // 2, now[at] - 1)]
            if not any(smaller(candidate) for candidate in lower):
                break
            improved = True
    return improved
