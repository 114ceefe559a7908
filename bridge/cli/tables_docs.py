"""``bridge tables docs``: HTML pages of all tables, for a browser, a phone or paper."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bridge import resources
from bridge.cli.action import Action
from bridge.cli.options import mappings_option, tables
from bridge.cli.output import DONE, Output
from bridge.cli.tables_file import write_text
from bridge.errors import SettingsFault

if TYPE_CHECKING:
    from bridge.mapping.tables import Tables
    from bridge.tables.pages import Subject
    from bridge.tables.tried import Try

_EXAMPLES: Final = ("national-full.xml", "national.xml", "eu-full.xml", "eu.xml")
"""Names of example payloads, the first that is there is shown."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--output", metavar="DIR", type=Path, required=True, help="folder for the pages"
    )
    parser.add_argument(
        "--examples",
        metavar="DIR",
        type=Path,
        help="folder with payloads by type, TYPE/national-full.xml "
        "(default: those that come with bridge; made-up ones where there is none)",
    )
    mappings_option(parser)


def run_docs(arguments: argparse.Namespace, out: Output) -> int:
    """Write an index and a page for each table."""
    from bridge.tables.pages import index_page, subject_page, subjects

    known = tables(arguments)
    folder = arguments.examples or resources.fixtures() / "payloads"
    every = subjects(known)
    root: Path = arguments.output
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsFault(
            f"the folder cannot be made: {error.strerror}", where=str(root)
        ) from error
    write_text(root / "index.html", index_page(known, every))
    for subject in every:
        example = _example(known, subject, folder)
        write_text(root / f"{subject.name}.html", subject_page(known, subject, example))
    if arguments.json:
        names = ["index.html", *(f"{subject.name}.html" for subject in every)]
        out.json({"folder": str(root), "pages": names})
    else:
        out.line(f"{len(every) + 1} pages written; open {root / 'index.html'}")
    return DONE


def _example(known: Tables, subject: Subject, folder: Path) -> Try | None:
    from bridge.cli.tables_try import parsed
    from bridge.tables.samples import context_of, made_up
    from bridge.tables.tried import try_out

    content = subject.content
    if content is None or subject.evidence is None:
        return None
    files = [folder / subject.name / name for name in _EXAMPLES]
    path = next((path for path in files if path.is_file()), None)
    if path is not None:
        source = known.catalogue.read(parsed(path)).message
        return try_out(known, content, source, context_of(known))
    made = made_up(known, content, content.pairs[0], "to-eu")
    return try_out(known, content, made[1], context_of(known)) if len(made) > 1 else None


ACTIONS: Final = (
    Action(
        "docs",
        "HTML pages of all tables: rows, data models, losses, codes, examples",
        _arguments,
        run_docs,
        "bridge tables docs -o out/tables",
    ),
)
