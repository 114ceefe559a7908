"""``bridge tables diff``: what changes between two states of the tables, for which messages."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bridge.cli.action import Action
from bridge.cli.options import catalogue, standards_option
from bridge.cli.output import DONE, Output, Styled
from bridge.errors import SettingsFault

if TYPE_CHECKING:
    from bridge.tables.difference import Change

_MOST_ROADS: Final = 3


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", metavar="OLD", type=Path, help="a folder of tables, or one file")
    parser.add_argument("new", metavar="NEW", type=Path, help="the same, changed")
    standards_option(parser)


def run_diff(arguments: argparse.Namespace, out: Output) -> int:
    """Tell every difference in words."""
    changes = _changes(arguments)
    if arguments.json:
        out.json({"changes": [asdict(change) for change in changes]})
        return DONE
    if not changes:
        out.line("no difference in what the tables say")
        return DONE
    for table in dict.fromkeys(change.table for change in changes):
        out.heading(table)
        for change in changes:
            if change.table == table:
                name = f"{change.name}: " if change.name else ""
                out.line(Styled(f"  {name}", "name"), change.what)
                if change.messages:
                    out.line(Styled(f"    changes {_roads(change.messages)}", "warn"))
    count = len(changes)
    silent = sum(1 for change in changes if not change.messages)
    out.line()
    out.line(
        Styled(f"{count} difference{'s' if count != 1 else ''}", "head"),
        f", {silent} of them only in texts for people" if silent else "",
    )
    return DONE


def _changes(arguments: argparse.Namespace) -> list[Change]:
    from bridge.mapping.tables import Tables
    from bridge.tables.difference import differences

    old, new = arguments.old, arguments.new
    for path in (old, new):
        if not path.exists():
            raise SettingsFault("there is no such file or folder", where=str(path))
    if old.is_dir() != new.is_dir():
        raise SettingsFault("one is a folder, the other a file")
    if old.is_dir():
        known = catalogue(arguments)
        return differences(Tables(old, known), Tables(new, known))
    return _of_files(old, new)


def _of_files(old: Path, new: Path) -> list[Change]:
    from bridge.mapping.codes import load_code_file
    from bridge.mapping.table import load_table
    from bridge.mapping.toml_file import read_toml
    from bridge.tables.difference import code_differences, table_differences

    kinds = ["codes" if "codes" in read_toml(path)[0] else "table" for path in (old, new)]
    if kinds[0] != kinds[1]:
        raise SettingsFault("one file is a list of codes, the other a table")
    if kinds[0] == "codes":
        return code_differences(load_code_file(old), load_code_file(new))
    return table_differences(load_table(old), load_table(new))


def _roads(messages: Iterable[str]) -> str:
    every = list(messages)
    more = len(every) - _MOST_ROADS
    return ", ".join(every[:_MOST_ROADS]) + (f" and {more} more" if more > 0 else "")


ACTIONS: Final = (
    Action(
        "diff",
        "what changes between two folders or files of tables, in words",
        _arguments,
        run_diff,
        "bridge tables diff mappings my-mappings",
    ),
)
