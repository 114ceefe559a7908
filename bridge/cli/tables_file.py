"""``bridge tables fmt`` and ``schema``: the look of table files, and what editors know of them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from bridge import resources
from bridge.cli.action import Action
from bridge.cli.output import DONE, REFUSED, Output, Styled
from bridge.errors import SettingsFault

SCHEMAS: Final = ("mapping-table", "code-pairs", "evidence-type")


# --- fmt ----------------------------------------------------------------------


def _fmt_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path",
        metavar="PATH",
        type=Path,
        nargs="*",
        help="files, or folders with all tables in them (default: those that come with bridge)",
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing, only tell what would change"
    )


def run_fmt(arguments: argparse.Namespace, out: Output) -> int:
    """Bring files into the house's look; comments, order and data stay."""
    from bridge.mapping.toml_file import read_toml
    from bridge.tables.formatting import formatted

    changed = []
    files = table_files(arguments.path or [resources.mappings()])
    for path in files:
        text = read_toml(path)[1]
        done = formatted(text, str(path))
        if done != text:
            changed.append(path)
            if not arguments.check:
                write_text(path, done)
    if arguments.json:
        out.json({"files": len(files), "changed": [str(path) for path in changed]})
    else:
        for path in changed:
            out.line(Styled("would change " if arguments.check else "changed ", "warn"), str(path))
        out.line(
            f"{len(files)} files, {len(changed)} {'to change' if arguments.check else 'changed'}"
        )
    return REFUSED if changed and arguments.check else DONE


def table_files(paths: list[Path]) -> list[Path]:
    """The TOML files that paths mean. Raises ``SettingsFault`` where there are none."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob("*.toml")) if path.is_dir() else [path]
        if not inside or not all(each.is_file() for each in inside):
            raise SettingsFault("there is no such table file", where=str(path))
        found += inside
    return list(dict.fromkeys(found))


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises ``SettingsFault``."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, octets: bytes) -> None:
    """Write a file whole or not at all: beside it first. Raises ``SettingsFault``."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(octets)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise SettingsFault(
            f"the file cannot be written: {error.strerror}", where=str(path)
        ) from error


# --- schema -------------------------------------------------------------------


def _schema_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name",
        metavar="NAME",
        nargs="?",
        choices=SCHEMAS,
        default=SCHEMAS[0],
        help=f"{', '.join(SCHEMAS)} (default: {SCHEMAS[0]})",
    )


def run_schema(arguments: argparse.Namespace, out: Output) -> int:
    """Print the JSON Schema of a kind of table file, as docs/schema/ has it."""
    from bridge.tables.editor_schema import SCHEMAS as MAKERS

    out.json(MAKERS[arguments.name]())
    return DONE


ACTIONS: Final = (
    Action(
        "fmt",
        "bring table files into one look; comments and order stay",
        _fmt_arguments,
        run_fmt,
        "bridge tables fmt mappings",
    ),
    Action(
        "schema",
        "the JSON Schema of a kind of table file, for editors",
        _schema_arguments,
        run_schema,
        "bridge tables schema mapping-table",
        json=False,
    ),
)
