"""``bridge conform``: cases of a suite, or all messages below a path, against what is expected."""

from __future__ import annotations

import argparse
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from bridge import resources
from bridge.cli.documents import STDIN
from bridge.cli.intake import is_folder
from bridge.cli.options import catalogue, json_option, mappings_option, moment
from bridge.cli.output import (
    DONE,
    REFUSED,
    SEVERITY_STYLES,
    UNREADABLE,
    Output,
    Styled,
    complain,
    errors,
    exit_code,
)
from bridge.conform.outcome import NO_KIND, Outcome, State
from bridge.errors import BridgeError, SettingsFault
from bridge.finding import Severity

if TYPE_CHECKING:
    from bridge.cli.conform_run import Setup
    from bridge.conform.tally import Run

_EXITS: Final = {State.PASSED: DONE, State.FAILED: REFUSED, State.UNREADABLE: UNREADABLE}
_STYLES: Final = {State.PASSED: "good", State.FAILED: "bad", State.UNREADABLE: "bad"}
_VERDICTS: Final = ("valid", "invalid", "unreadable")
_MOST_SHOWN: Final = 40
_PAUSE: Final = 0.5

Look = TypeVar("Look")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add(
        "paths",
        metavar="PATH",
        nargs="+",
        help="a folder of cases or of messages, a case, a message, an archive; '-' is stdin",
    )
    add("--html", metavar="FILE", type=Path, help="write a page that shows everything")
    add(
        "--no-excerpts",
        action="store_true",
        help="leave the excerpts of the messages, so personal data, out of the page",
    )
    add("--junit", metavar="FILE", type=Path, help="write JUnit XML for a build server")
    add(
        "--jobs",
        metavar="N",
        type=_count,
        default=0,
        help="processes (default: as many as cores, one for few messages)",
    )
    add("--watch", action="store_true", help="run again whenever a file changes")
    add("--now", metavar="TIME", type=moment, help="the time to judge by (default: none)")
    add("--environment", metavar="NAME", default="", help="the one messages are of: production")
    json_option(parser)
    mappings_option(parser)
    parser.epilog = (
        "Exit code 0: all as expected, 1: not, 3: a message or case that cannot be read.\n\n"
        "example:\n  bridge conform suite --html report.html --junit report.xml"
    )
    parser.set_defaults(run=run)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of processes from 1 to 256")
    return int(text)


def run(arguments: argparse.Namespace, out: Output) -> int:
    """Judge everything below the paths; the exit code is that of the worst case."""
    if arguments.no_excerpts and not arguments.html:
        raise SettingsFault("--no-excerpts says something about --html only", code="USAGE")
    for path in _written(arguments):
        if not is_folder(path.parent):
            raise SettingsFault("there is no such folder to write to", where=str(path.parent))
        if is_folder(path):
            raise SettingsFault("a report cannot be written over a folder", where=str(path))
    if len(_written(arguments)) == 2 and _same(arguments.html, arguments.junit):
        raise SettingsFault("--html and --junit cannot be one file", code="USAGE")
    if arguments.watch and STDIN in arguments.paths:
        raise SettingsFault("stdin cannot be watched: it is read once", code="USAGE")
    if not arguments.watch:
        return _once(arguments, out)
    return watch(lambda: _again(arguments, out), lambda: snapshot(arguments), _pause)


def _written(arguments: argparse.Namespace) -> tuple[Path, ...]:
    return tuple(path for path in (arguments.html, arguments.junit) if path)


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def watch(work: Callable[[], int], look: Callable[[], Look], wait: Callable[[], bool]) -> int:
    """Work, and work again whenever what ``look`` sees has changed, until ``wait`` says no."""
    while True:
        seen = look()  # before the work, so that no change during it is missed
        code = work()
        while look() == seen:
            if not wait():
                return code


def _again(arguments: argparse.Namespace, out: Output) -> int:
    """Run once; what is wrong with a data file may be mended by the next change."""
    try:
        code = _once(arguments, out)
    except BridgeError as error:
        complain(error)
        code = exit_code(error)
    errors().line(Styled("waiting for a change; Ctrl-C ends", "faint"))
    return code


def _pause() -> bool:
    time.sleep(_PAUSE)
    return True


def snapshot(arguments: argparse.Namespace) -> frozenset[tuple[str, int, int]]:
    """Name, time and size of every file that a run depends on, without what it writes itself."""
    from bridge.cli.conform_run import plan

    setup = _setup(arguments)
    roots = [*map(Path, arguments.paths), setup.standards, setup.mappings]
    written = {os.path.realpath(path) for path in _written(arguments)}
    beside = plan(arguments.paths, catalogue(arguments).standards).files
    files = {os.path.realpath(path) for root in roots for path in _below(root)}
    files |= {os.path.realpath(path) for path in beside}
    return frozenset(_stamps(files - written))


def _below(root: Path) -> Iterator[Path]:
    if not root.is_dir():
        yield root
    for folder, _, names in os.walk(root):
        yield from (Path(folder, name) for name in names)


def _stamps(files: Iterable[str]) -> Iterator[tuple[str, int, int]]:
    for name in files:
        try:
            status = Path(name).stat()
        except OSError:
            continue
        yield name, status.st_mtime_ns, status.st_size


def _setup(arguments: argparse.Namespace) -> Setup:
    from bridge.cli.conform_run import Setup

    return Setup(
        standards=arguments.standards or resources.standards(),
        mappings=arguments.mappings or resources.mappings(),
        excerpts=bool(arguments.html) and not arguments.no_excerpts,
        now=arguments.now,
        environment=arguments.environment,
    )


def _once(arguments: argparse.Namespace, out: Output) -> int:
    from bridge.cli.conform_run import perform, plan

    known = catalogue(arguments)
    todo = plan(arguments.paths, known.standards, _written(arguments))
    with _bar(todo.count) as told:
        done = perform(arguments.paths, _setup(arguments), arguments.jobs, told, todo)
    moment_of_run = datetime.now(UTC)
    if arguments.junit:
        from bridge.conform.junit import junit

        _write(arguments.junit, junit(done, moment_of_run))
    if arguments.html:
        from bridge.conform.html import page
        from bridge.conform.rule_texts import rule_texts

        texts = rule_texts(done.tally.sources, known.root)
        excerpts = not arguments.no_excerpts
        _write(arguments.html, page(done, texts, moment_of_run, excerpts=excerpts))
    if arguments.json:
        from bridge.conform.as_json import as_json

        plain = (out.stream.encoding or "").lower().replace("-", "") != "utf8"
        out.stream.writelines(as_json(done, plain=plain))
    else:
        _tell(done, out)
    out.stream.flush()
    return _EXITS[done.state]


def _write(path: Path, pieces: Iterable[str]) -> None:
    """Write beside and put in place, so that nobody ever opens half a report."""
    if _is_special(path):  # such as a pipe: nothing can be put in its place
        beside = path
    else:
        path = Path(os.path.realpath(path))  # what a link leads to is written, not the link
        beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.writelines(pieces)
        if beside is not path:
            beside.replace(path)
    except OSError as error:
        if beside is not path:
            with suppress(OSError):
                beside.unlink()
        reason = error.strerror or type(error).__name__
        raise SettingsFault(f"the report cannot be written: {reason}", where=str(path)) from None


def _is_special(path: Path) -> bool:
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False  # not there yet, or writing says why not


@contextmanager
def _bar(count: int | None) -> Iterator[Callable[[int], None]]:
    """Show how far the run is, on a terminal; elsewhere nothing."""
    if not errors().fancy:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("judging"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("judging", total=count)
        yield lambda done: progress.advance(task, done)


# --- for people ---------------------------------------------------------------


def _tell(done: Run, out: Output) -> None:
    tally = done.tally
    states = ", ".join(f"{tally.states[state]} {state}" for state in State if tally.states[state])
    out.line(Styled(done.suite, "name"), ": ", Styled(states, _STYLES[done.state]))
    for note in done.notes:
        out.line(Styled(f"note: {note}", "warn"))
    _tell_cases(done, out)
    _tell_kinds(done, out)
    _tell_rules(done, out)
    _tell_misses(done, out)
    out.line()
    out.line(
        f"{tally.messages} message{'' if tally.messages == 1 else 's'} in {done.seconds:.2f} s: "
        f"{done.per_second_and_core:.0f} messages a second and core, "
        f"{done.jobs} process{'es' if done.jobs > 1 else ''}"
    )


def _tell_cases(done: Run, out: Output) -> None:
    expects = done.tally.expects
    kinds = sorted({kind for kind, _ in expects})
    if kinds in ([], ["valid"]):
        return  # one line more than the one above would say the same
    out.heading("cases")
    rows = [(kind, *(_number(expects[kind, state]) for state in State)) for kind in kinds]
    out.table(("expected", *map(str, State)), rows)


def _tell_kinds(done: Run, out: Output) -> None:
    counts = done.tally.kinds
    if not counts:
        return
    out.heading("messages")
    rows = [
        (kind or NO_KIND, standard, *(
            _number(counts[kind, standard, verdict]) for verdict in _VERDICTS
        ))
        for kind, standard in sorted({key[:2] for key in counts})
    ]  # fmt: skip
    out.table(("kind", "standard", *_VERDICTS), rows)


def _tell_rules(done: Run, out: Output) -> None:
    tally = done.tally
    if not tally.rules:
        return
    out.heading("rules")
    rows = [
        (
            rule,
            Styled(severity, SEVERITY_STYLES[Severity(severity)]),
            str(count),
            str(tally.hit[rule]),
            Styled(_number(tally.unexpected[rule]), "bad"),
        )
        for (rule, severity), count in sorted(tally.rules.items())
    ]
    out.table(("rule", "severity", "findings", "messages", "unexpected"), rows)


def _tell_misses(done: Run, out: Output) -> None:
    missed = (outcome for outcome in done.outcomes if outcome.state is not State.PASSED)
    shown = list(islice(missed, _MOST_SHOWN))
    if not shown:
        return
    out.heading("not as expected")
    out.table(("case", "what"), [row for outcome in shown for row in _missed(outcome)])
    states = done.tally.states
    left = states[State.FAILED] + states[State.UNREADABLE] - len(shown)
    if left:
        out.line(f"and {left} more; --json and --html show them all")


def _missed(outcome: Outcome) -> Iterator[tuple[Styled | str, str]]:
    for number, miss in enumerate(outcome.misses):
        yield (Styled(outcome.name, "name") if number == 0 else "", miss)


def _number(count: int) -> str:
    return str(count) if count else ""
