"""Where work goes that would hold up the event loop: signatures, ciphers, gzip, files.

Threads, because contents are open files and keys may live in an HSM; and threads suffice, because
RSA, ciphers, digests and gzip give up the interpreter while they work (docs/decisions/0023).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Workers:
    """A pool of threads, as many as there are cores and one; closed once, at the end."""

    def __init__(self, threads: int = 0) -> None:
        self._pool = ThreadPoolExecutor(threads or (os.cpu_count() or 1) + 1, "as4")

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do a piece of work off the event loop; it goes on where the caller is cancelled."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """End the threads when what they do is done."""
        self._pool.shutdown(wait=False)
