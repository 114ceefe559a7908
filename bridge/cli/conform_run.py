"""The edge of a conformance run: paths to items, items to processes, and the clock.

Items go out in portions and come back packed; only a few portions are on their way at a time, so
a long run needs no more memory than a short one. Processes are spawned, never forked: each loads
the rules once.
"""

from __future__ import annotations

import os
import signal
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from bridge.cli.documents import STDIN, load, read_octets
from bridge.cli.intake import Given, files_below, given, is_folder
from bridge.conform.case import Case
from bridge.conform.judge import (
    Desk,
    broken_case,
    judge_case,
    judge_message,
    unreadable_message,
)
from bridge.conform.outcome import Outcome
from bridge.conform.suite import BrokenCase, is_case, load_suite
from bridge.conform.tally import Batch, Run
from bridge.errors import LocalFault
from bridge.message import Message
from bridge.rules.check import Checker
from bridge.rules.strictness import Strictness, load_strictness
from bridge.standards.catalogue import Catalogue

if TYPE_CHECKING:
    from bridge.conform.answer import Answers
    from bridge.mapping.tables import Tables

Item: TypeAlias = Case | BrokenCase | Given
EACH: Final = 1000
"""So many items are worth a process of their own: starting one and loading the rules takes time."""
_PORTION: Final = 32
_PORTION_OCTETS: Final = 4 << 20
_ON_THEIR_WAY: Final = 3
_POLICY: Final = "strictness.toml"


@dataclass(frozen=True, slots=True)
class Setup:
    """What every process of a run is set up with."""

    standards: Path
    mappings: Path
    excerpts: bool = False
    now: datetime | None = None
    environment: str = ""

    def desk(self) -> Desk:
        """Open a desk: rules and tables are loaded when they are first asked for."""
        checker = Checker(Catalogue(self.standards))

        @cache
        def tables() -> Tables:
            from bridge.mapping.tables import Tables

            return Tables(self.mappings, checker.catalogue)

        @cache
        def policy() -> Strictness:
            return load_strictness(self.mappings / _POLICY)

        @cache
        def answers() -> Answers:
            from bridge.conform.answer import Answers

            return Answers(checker, tables, policy)

        def message(path: Path) -> Message:
            return load(str(path), checker.catalogue).message

        return Desk(
            checker=checker,
            read=lambda path: read_octets(str(path)),
            load=message,
            tables=tables,
            policy=policy,
            answer=lambda report, octets, now: answers()(report, octets, now),
            clock=time.perf_counter,
            excerpts=self.excerpts,
            now=self.now,
            environment=self.environment,
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be judged. ``count`` is ``None`` where only unpacking an archive would tell."""

    items: Iterable[Item]
    count: int | None
    notes: tuple[str, ...]
    files: tuple[Path, ...]


def plan(names: Sequence[str], standards: Sequence[str], leave_out: Collection[Path] = ()) -> Plan:
    """Find what is below the paths: cases where there are some, else messages.

    ``leave_out`` are the reports of the run: one of an earlier run below a path is no message.
    """
    items: list[Iterable[Item]] = []
    count: int | None = 0
    notes: list[str] = []
    files: list[Path] = []
    for name in names:
        path = Path(name)
        suite = load_suite(path, standards) if _may_hold_cases(name, path) else None
        if suite is not None and suite.others:
            notes.append(f"{name}: TOML files that are no cases (*.case.toml): {suite.others}")
        if suite is not None and suite.cases:
            of_suite = [f for case in suite.cases for f in _files(case)]
            notes += _unnamed(path, [*of_suite, *leave_out])
            items.append(suite.cases)
            files += of_suite
            found: int | None = len(suite.cases)
        else:
            items.append(given([name], leave_out))
            found = _count(name, path, leave_out)
        count = None if count is None or found is None else count + found
    flat = (item for each in items for item in each)
    return Plan(flat, count, tuple(notes), tuple(files))


def _may_hold_cases(name: str, path: Path) -> bool:
    return name != STDIN and (is_folder(path) or (is_case(path) and path.is_file()))


def _files(case: Case | BrokenCase) -> tuple[Path, ...]:
    return case.files if isinstance(case, Case) else (case.file,)


def _unnamed(root: Path, named: Iterable[Path]) -> Iterator[str]:
    known = {os.path.realpath(path) for path in named}
    left = sum(os.path.realpath(path) not in known for path in files_below(root, []))
    if left:
        yield f"{root}: messages and archives that no case names, not judged: {left}"


def _count(name: str, path: Path, leave_out: Collection[Path]) -> int | None:
    if name == STDIN or not is_folder(path):
        return None if path.suffix == ".zip" else 1
    paths = list(files_below(path, [], leave_out=leave_out))
    return None if any(each.suffix != ".xml" for each in paths) else len(paths)


def perform(
    names: Sequence[str], setup: Setup, jobs: int, told: Callable[[int], None], todo: Plan
) -> Run:
    """Judge everything; ``told`` hears how many items are done. ``jobs`` 0 chooses by itself."""
    processes = jobs or _fitting(todo.count)
    begin, used = time.perf_counter(), time.process_time()
    batches = []
    work = _here(todo.items, setup) if processes == 1 else _apart(todo.items, setup, processes)
    for batch in work:
        batches.append(batch)
        told(batch.tally.cases)
    own = time.process_time() - used
    return Run.of(
        ", ".join(names),
        batches,
        seconds=time.perf_counter() - begin,
        # What one process did here is in its own time already.
        cpu_seconds=own + (0.0 if processes == 1 else sum(b.cpu_seconds for b in batches)),
        jobs=processes,
        notes=todo.notes,
    )


def _fitting(count: int | None) -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return cores or 1 if count is None else min(cores or 1, max(count // EACH, 1))


def _here(items: Iterable[Item], setup: Setup) -> Iterator[Batch]:
    desk = setup.desk()
    return (_worked(portion, desk) for portion in _portions(items))


def _apart(items: Iterable[Item], setup: Setup, processes: int) -> Iterator[Batch]:
    waiting: deque[Future[Batch]] = deque()
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _open, (setup,))
    try:
        portions = _portions(items)
        for portion in islice(portions, processes * _ON_THEIR_WAY):
            waiting.append(pool.submit(_work, portion))
        while waiting:
            batch = waiting.popleft().result()
            for portion in islice(portions, 1):
                waiting.append(pool.submit(_work, portion))
            yield batch
    except BrokenProcessPool:
        raise LocalFault(
            "a process of the run ended before its time",
            remedy="Memory may have run out: try fewer processes with --jobs.",
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _portions(items: Iterable[Item]) -> Iterator[list[Item]]:
    portion: list[Item] = []
    octets = 0
    for item in items:
        portion.append(item)
        octets += len(item.octets) if isinstance(item, Given) else 0
        if len(portion) >= _PORTION or octets > _PORTION_OCTETS:
            yield portion
            portion, octets = [], 0
    if portion:
        yield portion


_desks: list[Desk] = []


def _open(setup: Setup) -> None:
    # The first process hears the interrupt and ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _desks.append(setup.desk())


def _work(portion: Sequence[Item]) -> Batch:
    return _worked(portion, _desks[-1])


def _worked(portion: Sequence[Item], desk: Desk) -> Batch:
    begin = time.process_time()
    outcomes = [_outcome(item, desk) for item in portion]
    return Batch.of(outcomes, time.process_time() - begin)


def _outcome(item: Item, desk: Desk) -> Outcome:
    if isinstance(item, Case):
        return judge_case(item, desk)
    if isinstance(item, BrokenCase):
        return broken_case(item)
    if item.fault is not None:
        return unreadable_message(item.name, item.fault)
    return judge_message(item.name, item.octets, desk)
