"""``bridge codelists``: show the code lists, compare editions, take in what is published."""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from bridge.cli.documents import read_octets
from bridge.cli.list_shelf import Shelf, Shelved
from bridge.cli.options import json_option, mappings_option, standards_option
from bridge.cli.output import DONE, Cell, Output, Styled
from bridge.errors import SettingsFault
from bridge.resources import standards
from bridge.standards.codelists import CODE, Edition, in_force, is_date
from bridge.standards.list_changes import Change, Kind, changes, span
from bridge.standards.list_files import read_list

KIND_STYLES: Final = {
    Kind.ADDED: "good",
    Kind.REMOVED: "bad",
    Kind.RETIRED: "warn",
    Kind.RECODED: "warn",
}
_AT: Final = "@"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="the codes of a list, or which lists there are")
    show.add_argument(
        "list",
        metavar="LIST",
        nargs="?",
        help="a list by the name of its file, binding or rules (left out: all lists)",
    )
    show.add_argument("--standard", metavar="STANDARD", help="the version, FAMILY-VERSION")
    show.add_argument(
        "--at", metavar="DATE", type=day, help="only codes in force on that day, 2026-01-31"
    )
    standards_option(show)
    show.set_defaults(run=run_show)
    diff = actions.add_parser("diff", help="what is different between two editions of a list")
    for name in ("old", "new"):
        diff.add_argument(name, metavar=name.upper(), help="a file (.gc, .csv), or LIST@STANDARD")
    _code_option(diff)
    standards_option(diff)
    diff.set_defaults(run=run_diff)
    take = actions.add_parser("import", help="a published list into a version folder")
    _import_options(take)
    examples = {
        show: "bridge codelists show languages --at 2026-12-31",
        diff: "bridge codelists diff EAS@FAMILY-VERSION EAS.gc",
        take: "bridge codelists import Procedures-CodeList.gc --standard FAMILY-VERSION --dry-run",
    }
    for action, example in examples.items():
        json_option(action)
        action.epilog = f"example:\n  {example}"
    parser.epilog = "examples:\n" + "\n".join(f"  {example}" for example in examples.values())


def _import_options(take: argparse.ArgumentParser) -> None:
    take.add_argument("file", metavar="FILE", help="Genericode or csv; '-' is stdin")
    take.add_argument(
        "--list", metavar="LIST", help="the list to replace (default: the ShortName in the file)"
    )
    take.add_argument("--standard", metavar="STANDARD", help="the version it belongs to")
    take.add_argument(
        "-o", "--output", metavar="PATH", type=Path, help="write here, not into a version folder"
    )
    take.add_argument(
        "--dry-run", action="store_true", help="tell what would change, write nothing"
    )
    take.add_argument(
        "--retire",
        metavar="DATE",
        type=day,
        help="keep codes that are gone, in force up to that day",
    )
    take.add_argument(
        "--force",
        action="store_true",
        help="drop codes that are in use; take a list of another URI",
    )
    _code_option(take)
    take.add_argument("--source", metavar="TEXT", help="where the list is from, for its first line")
    take.add_argument(
        "--edition", metavar="TEXT", help="the version of the list, if it states none"
    )
    take.add_argument("--valid-from", metavar="DATE", type=day, help="first day of the list")
    take.add_argument("--valid-until", metavar="DATE", type=day, help="last day of the list")
    mappings_option(take)
    take.set_defaults(run=run_import)


def _code_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--code", metavar="COLUMN", default="", help="the column of the codes, if a file hides it"
    )


def day(text: str) -> date:
    """Read a day of the command line."""
    if not is_date(text):
        raise argparse.ArgumentTypeError(f"'{text}' is no date; write it like 2026-01-31")
    return date.fromisoformat(text)


def shelf_of(arguments: argparse.Namespace) -> Shelf:
    """Give the lists on disk. Raises ``SettingsFault`` where the folder has none."""
    shelf = Shelf(arguments.standards or standards())
    if not shelf.lists:
        raise SettingsFault(
            "the folder holds no code list",
            where=str(shelf.root),
            remedy="Name a folder like xsd/ with --standards.",
        )
    return shelf


# --- show ---------------------------------------------------------------------


def run_show(arguments: argparse.Namespace, out: Output) -> int:
    """Show one list, or which there are."""
    shelf = shelf_of(arguments)
    if not arguments.list:
        _show_all(shelf, arguments, out)
        return DONE
    name, _, at = arguments.list.partition(_AT)
    found = shelf.find(name, arguments.standard or at)
    # Versions stand in order: without a version the newest is meant, of a family's own files.
    own = [each for each in found if not each.borrowed] or found
    shown = own[-1]
    edition = shown.edition()
    rows = edition.dated()
    if arguments.at:
        rows = {code: row for code, row in rows.items() if in_force(row, arguments.at)}
    if arguments.json:
        out.json({**_facts_json(shown, edition), "codes": list(rows.values())})
        return DONE
    out.panel(f"{shown.name} in {shown.standard}", _facts(shown, edition, shelf))
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    out.line()
    out.table(
        columns,
        [
            [Styled(row[CODE], "name"), *(row[name] for name in columns[1:])]
            for row in rows.values()
        ],
    )
    others = [each for each in own if each is not shown]
    if others:
        out.line()
        out.line("also in ", ", ".join(_compared(each, edition) for each in others))
    return DONE


def _compared(other: Shelved, edition: Edition) -> str:
    found = other.edition()
    same = found.rows.keys() == edition.rows.keys()
    return f"{other.standard} ({'same codes' if same else f'other codes, {len(found.rows)}'})"


def _show_all(shelf: Shelf, arguments: argparse.Namespace, out: Output) -> None:
    wanted = arguments.standard
    if wanted and wanted not in shelf.standards:
        shelf.find("", wanted)  # says which there are
    chosen = [each for each in shelf.lists if wanted in (None, each.standard)]
    editions = [(each, each.edition()) for each in chosen]
    if arguments.json:
        out.json({"lists": [_facts_json(each, edition) for each, edition in editions]})
        return
    for standard in dict.fromkeys(each.standard for each in chosen):
        out.heading(standard)
        out.table(
            ("list", "file", "version", "codes", "used by"),
            [
                (
                    Styled(each.name, "name"),
                    place_of(each),
                    edition.head.version,
                    str(len(_rows_at(edition, arguments.at))),
                    _used_by(each),
                )
                for each, edition in editions
                if each.standard == standard
            ],
        )


def _rows_at(edition: Edition, when: date | None) -> list[str]:
    rows = edition.dated()
    return [code for code, row in rows.items() if when is None or in_force(row, when)]


def place_of(shelved: Shelved) -> str:
    """Name a file from the folder of its family on, where it is not the version's own."""
    folder = shelved.path.parent.parent
    return f"{folder.name}/{shelved.path.name}" if shelved.borrowed else shelved.path.name


def _used_by(shelved: Shelved) -> str:
    users = {"binding": shelved.read_by, "rules": shelved.judged_by}
    return ", ".join(user for user, names in users.items() if names)


def _facts(shown: Shelved, edition: Edition, shelf: Shelf) -> list[tuple[str, Cell]]:
    head = edition.head
    judging = [each for each in shelf.judges_with(shown.path) if each != shown.standard]
    facts = {
        "source": head.source,
        "version": head.version,
        "URI": head.uri,
        "version URI": head.version_uri,
        "in force": span(asdict(head)),
        "file": place_of(shown),
        "binding": ", ".join(shown.read_by),
        "rules": ", ".join(shown.judged_by),
        "rules of": ", ".join(judging),
        "codes": str(len(edition.rows)),
    }
    return [(name, fact) for name, fact in facts.items() if fact]


def _facts_json(shown: Shelved, edition: Edition) -> dict[str, Any]:
    return {
        "standard": shown.standard,
        "list": shown.name,
        "file": str(shown.path),
        "read_by": list(shown.read_by),
        "judged_by": list(shown.judged_by),
        **{name: text for name, text in asdict(edition.head).items() if text},
        "count": len(edition.rows),
    }


# --- diff ---------------------------------------------------------------------


def run_diff(arguments: argparse.Namespace, out: Output) -> int:
    """Compare two editions."""
    old, new = (_edition(text, arguments) for text in (arguments.old, arguments.new))
    found = changes(_dated(old), _dated(new))
    heads = head_changes(old, new)
    if arguments.json:
        out.json({"head": heads, "changes": [change.as_json() for change in found]})
        return DONE
    tell_head(heads, out)
    tell_changes(found, out)
    return DONE


def _edition(text: str, arguments: argparse.Namespace) -> Edition:
    name, at, standard = text.rpartition(_AT)
    if at and not Path(text).exists():
        return shelf_of(arguments).find(name, standard)[0].edition()
    return read_list(read_octets(text), text, arguments.code).edition


def _dated(edition: Edition) -> Edition:
    return replace(edition, rows=edition.dated())


def head_changes(old: Edition, new: Edition) -> dict[str, list[str]]:
    """Give what is different in the heads, before and after by name; the source is told apart."""
    before, after = asdict(old.head), asdict(new.head)
    return {
        name.replace("_", " "): [before[name], after[name]]
        for name in before
        if before[name] != after[name] and name != "source"
    }


def tell_head(heads: dict[str, list[str]], out: Output) -> None:
    """Print what is different in the heads."""
    if heads:
        rows = [(name, before or "-", after or "-") for name, (before, after) in heads.items()]
        out.table(("head", "before", "after"), rows)
        out.line()


def tell_changes(found: tuple[Change, ...], out: Output) -> None:
    """Print changes as a table, and how many there are of each kind."""
    out.table(
        ("change", CODE, "column", "before", "after"),
        [
            (
                Styled(str(change.kind), KIND_STYLES.get(change.kind, "")),
                Styled(change.code, "name"),
                change.column,
                change.before,
                change.after,
            )
            for change in found
        ],
    )
    counts = {kind: sum(change.kind is kind for change in found) for kind in Kind}
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    out.line(told or "the codes are the same")


# --- import -------------------------------------------------------------------


def run_import(arguments: argparse.Namespace, out: Output) -> int:
    """Take a published list in."""
    # Imported here: it needs the mapping tables, showing a list does not.
    from bridge.cli.list_intake import take_in

    return take_in(arguments, out)
