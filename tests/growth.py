"""How work grows with its input: a ratio of processor times of one run, never a limit in seconds."""

from __future__ import annotations

import time
from collections.abc import Callable


def growth(work: Callable[[int], object], small: int, large: int) -> float:
    """Give how many times more processor time ``work(large)`` takes than its share of size.

    One means that the work grows as its input does; quadratic work gives ``large / small``. The
    best of three counts.
    """
    return _least(work, large) / _least(work, small) / (large / small)


def _least(work: Callable[[int], object], size: int) -> float:
    times = []
    for _ in range(3):
        begun = time.process_time()
        work(size)
        times.append(time.process_time() - begun)
    return min(times)
