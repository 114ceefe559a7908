"""``bridge tables check``: whether the mapping tables are sound."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bridge.cli.action import Action
from bridge.cli.options import standards_option, tables
from bridge.cli.output import DONE, REFUSED, Output, Styled
from bridge.errors import SettingsFault

if TYPE_CHECKING:
    from bridge.mapping.tables import Tables

_ROOT_MARK: Final = "common.toml"
_EXAMPLES: Final = 20
_MOST_EXAMPLES: Final = 100_000


def _arguments(check: argparse.ArgumentParser) -> None:
    check.add_argument(
        "path",
        metavar="PATH",
        type=Path,
        nargs="?",
        help="folder of mapping tables, or one file in it (default: those that come with bridge)",
    )
    check.add_argument(
        "--examples",
        metavar="N",
        type=_count,
        default=_EXAMPLES,
        help="documents made up for each content and direction to try the rows on; 0: none, "
        f"only what can be told without (default: {_EXAMPLES})",
    )
    standards_option(check)


def _count(text: str) -> int:
    """Read a number of examples."""
    if not text.isdecimal() or int(text) > _MOST_EXAMPLES:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 0 to {_MOST_EXAMPLES}")
    return int(text)


def run_check(arguments: argparse.Namespace, out: Output) -> int:
    """Check all tables; of one file only its own problems are told."""
    path = arguments.path
    arguments.mappings = _root_of(path) if path is not None and path.is_file() else path
    known = tables(arguments)
    single = path is not None and path.is_file()
    only = path.resolve().relative_to(known.root.resolve()).as_posix() if single else ""
    problems = known.check(arguments.examples, only)
    problems += _left_open(known, only) if not problems else []
    if arguments.json:
        told = {"folder": str(known.root), "examples": arguments.examples, "problems": problems}
        out.json(told)
    elif problems:
        for problem in problems:
            out.line(problem)
        count = len(problems)
        out.line(Styled(f"{count} problem{'s' if count != 1 else ''}", "bad"))
    else:
        out.line(Styled("no problem: ", "good"), _census(known))
    return REFUSED if problems else DONE


def _left_open(known: Tables, only: str) -> list[str]:
    from bridge.tables.proposals import left_open

    return [line for line in left_open(known) if only.rpartition("/")[2] in line]


def _root_of(path: Path) -> Path:
    for folder in path.resolve().parents:
        if (folder / _ROOT_MARK).is_file():
            return folder
    raise SettingsFault(
        "the file belongs to no folder of mapping tables",
        where=str(path),
        remedy=f"Such a folder holds {_ROOT_MARK}.",
    )


def _census(known: Tables) -> str:
    payloads = [p for p in map(known.payload, known.evidence_types.values()) if p is not None]
    rows = sum(
        len(table.rows) + sum(len(part.row) for part in table.parts.values())
        for table in (known.messages, *payloads)
    )
    return (
        f"{rows} rows, {len(known.codes)} lists of codes, "
        f"{len(known.evidence_types)} evidence types in {known.root}"
    )


ACTIONS: Final = (
    Action(
        "check",
        "read and compile all tables, tell every problem",
        _arguments,
        run_check,
        "bridge tables check mappings",
    ),
)
