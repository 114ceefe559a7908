"""``bridge rules``: the published rules as this bridge judges by them, listed, shown, as a page."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from bridge.cli.documents import write_octets
from bridge.cli.options import json_option, standards_option
from bridge.cli.output import DONE, SEVERITY_STYLES, Cell, Output, Styled
from bridge.errors import SettingsFault
from bridge.finding import Severity
from bridge.resources import standards
from bridge.rules.catalogue import (
    Entry,
    entries,
    load_all,
    open_rows,
    page,
    same_form,
    severity_of,
    statements,
)
from bridge.rules.table import OpenRule, RuleTable

_EVERY: Final = "every message"
_WIDTH: Final = 78
_INDENT: Final = "  "
_NEAR: Final = 3
# Text in quotes is one piece: a blank more in it would be another text.
_PIECE: Final = re.compile(r"""/*(?:'[^']*'|"[^"]*"|[^\s/'"])+\s*|/+\s*|['"]\s*""")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the rules, one row each")
    listing.add_argument(
        "--standard", metavar="STANDARD", help="only of one version, FAMILY-VERSION"
    )
    listing.add_argument(
        "--kind", metavar="KIND", help="only of one kind of message, like QueryRequest"
    )
    listing.add_argument(
        "--severity", choices=[str(each) for each in Severity], help="only of one severity"
    )
    listing.add_argument(
        "--grep", metavar="TEXT", help="only with this text in id, texts, context, test or note"
    )
    listing.set_defaults(run=run_list)
    show = actions.add_parser("show", help="one rule whole, in every version")
    show.add_argument("id", metavar="ID", help="the id of a rule")
    show.set_defaults(run=run_show)
    docs = actions.add_parser("docs", help="the page of all rules, as docs/rules.md holds it")
    docs.add_argument("-o", "--output", metavar="FILE", type=Path, help="write it to a file")
    docs.set_defaults(run=run_docs)
    examples = {
        listing: "bridge rules list --kind QueryRequest --severity fatal --grep preview",
        show: "bridge rules show R-EDM-REQ-C032",
        docs: "bridge rules docs -o docs/rules.md",
    }
    for action, example in examples.items():
        standards_option(action)
        action.epilog = f"example:\n  {example}"
    for action in (listing, show):
        json_option(action)
    parser.epilog = "examples:\n" + "\n".join(f"  {example}" for example in examples.values())


def _root(arguments: argparse.Namespace) -> Path:
    root: Path = arguments.standards or standards()
    return root


def _tables(arguments: argparse.Namespace) -> tuple[RuleTable, ...]:
    tables = load_all(_root(arguments))
    if not tables:
        raise SettingsFault(
            "the folder holds no rules",
            where=str(_root(arguments)),
            remedy="Name a folder like xsd/ with --standards.",
        )
    return tables


# --- list ---------------------------------------------------------------------


def run_list(arguments: argparse.Namespace, out: Output) -> int:
    """List the rules that fit all that is asked for."""
    tables = _chosen(_tables(arguments), arguments)
    found = [entry for entry in entries(tables) if _fits(entry, arguments)]
    opened = [] if arguments.severity else list(_opened(tables, arguments))
    if arguments.json:
        rows = [_row_json(entry) for entry in found]
        rows += [_open_json(family, row, versions) for family, row, versions in opened]
        out.json({"rules": rows})
        return DONE
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in found:
        groups.setdefault((entry.family, entry.rule.message), []).append(entry)
    for (family, message), group in groups.items():
        out.heading(f"{family}, {message or _EVERY}")
        out.table(
            ("id", "severity", "versions", "what holds"),
            [
                (
                    Styled(entry.rule.id, "name"),
                    Styled(severity_of(entry.rule), SEVERITY_STYLES[entry.rule.severity]),
                    ", ".join(entry.versions),
                    entry.rule.text["en"],
                )
                for entry in group
            ],
        )
    if opened:
        out.heading("not implemented")
        out.table(
            ("id", "versions", "why"),
            [
                (Styled(row.id, "name"), f"{family} {', '.join(versions)}", row.why)
                for family, row, versions in opened
            ],
        )
    rules = len({(entry.family, entry.rule.id) for entry in found})
    out.line()
    out.line(f"{rules} rule{'s' * (rules != 1)}, {len(opened)} not implemented")
    return DONE


def _chosen(tables: tuple[RuleTable, ...], arguments: argparse.Namespace) -> list[RuleTable]:
    wanted, kind = arguments.standard, arguments.kind
    names = [f"{table.family}-{table.version}" for table in tables]
    if wanted and wanted not in names:
        raise _unknown("version with rules", wanted, names)
    chosen = [t for t, name in zip(tables, names, strict=True) if wanted in (None, name)]
    kinds = {rule.message for table in chosen for rule in table.rules} - {""}
    if kind and kind not in kinds:
        raise _unknown("kind of message with rules", kind, sorted(kinds))
    return chosen


def _fits(entry: Entry, arguments: argparse.Namespace) -> bool:
    rule = entry.rule
    if arguments.kind and not rule.applies_to(arguments.kind):
        return False
    if arguments.severity not in (None, str(rule.severity)):
        return False
    texts = (rule.id, *rule.text.values(), rule.context, rule.test, rule.note)
    return _holds(arguments.grep, texts)


def _holds(wanted: str | None, texts: tuple[str, ...]) -> bool:
    return not wanted or any(wanted.lower() in text.lower() for text in texts)


def _opened(
    tables: list[RuleTable], arguments: argparse.Namespace
) -> Iterator[tuple[str, OpenRule, tuple[str, ...]]]:
    for family in dict.fromkeys(table.family for table in tables):
        for row, versions in open_rows(t for t in tables if t.family == family):
            of_kind = arguments.kind in (None, row.message) or not row.message
            if of_kind and _holds(arguments.grep, (row.id, row.why)):
                yield family, row, versions


def _row_json(entry: Entry) -> dict[str, Any]:
    rule = entry.rule
    return {
        "id": rule.id,
        "family": entry.family,
        "versions": list(entry.versions),
        "message": rule.message or None,
        "stage": rule.stage,
        "severity": str(rule.severity),
        "received": str(rule.received or rule.severity),
        "text": dict(rule.text),
        "chapter": rule.chapter,
        "implemented": True,
    }


def _open_json(family: str, row: OpenRule, versions: tuple[str, ...]) -> dict[str, Any]:
    return {
        "id": row.id,
        "family": family,
        "versions": list(versions),
        "message": row.message or None,
        "implemented": False,
        "why": row.why,
    }


def _unknown(what: str, name: str, known: list[str]) -> SettingsFault:
    near = get_close_matches(name, known, _NEAR)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    remedy = "" if near else f"Known are {', '.join(known)}."
    return SettingsFault(f"there is no {what} {name}{hint}", remedy=remedy)


# --- show ---------------------------------------------------------------------


def run_show(arguments: argparse.Namespace, out: Output) -> int:
    """Show one rule in each of its forms."""
    tables = _tables(arguments)
    wanted = arguments.id.lower()
    forms = [e for e in entries(tables, same_form) if e.rule.id.lower() == wanted]
    families = dict.fromkeys(table.family for table in tables)
    opened = [
        (family, row, versions)
        for family in families
        for row, versions in open_rows(t for t in tables if t.family == family)
        if row.id.lower() == wanted
    ]
    if not forms and not opened:
        raise _no_rule(arguments.id, tables)
    root = _root(arguments)
    if arguments.json:
        shown = [_form_json(entry, tables, root) for entry in forms]
        out.json({"forms": shown + [_open_json(*each) for each in opened]})
        return DONE
    for entry in forms:
        _show_form(entry, tables, root, out)
    for family, row, versions in opened:
        title = f"{row.id} in {family} {', '.join(versions)}"
        out.panel(title, [("not implemented", row.why), ("message", row.message or _EVERY)])
    return DONE


def _no_rule(rule_id: str, tables: tuple[RuleTable, ...]) -> SettingsFault:
    known = {rule.id.lower(): rule.id for table in tables for rule in table.rules}
    known |= {row.id.lower(): row.id for table in tables for row in table.open}
    begun = sorted(each for each in known if each.startswith(rule_id.lower()))
    near = [
        known[each] for each in begun or get_close_matches(rule_id.lower(), sorted(known), _NEAR)
    ]
    near = near[:_NEAR]
    return SettingsFault(
        f"there is no rule {rule_id}",
        remedy=f"Near are {', '.join(near)}." if near else "See 'bridge rules list'.",
    )


def _facts(entry: Entry, places: tuple[str, ...]) -> list[tuple[str, Cell]]:
    rule = entry.rule
    facts: dict[str, Cell] = {
        "message": rule.message or _EVERY,
        "severity": Styled(str(rule.severity), SEVERITY_STYLES[rule.severity]),
        "in what others send": str(rule.received or ""),
        "chapter": rule.chapter,
        "stage": rule.stage,
        "needs": rule.needs,
        "since": rule.since,
        "until": rule.until,
        "stated in": places[0],
        "changes": ", ".join(places[1:]),
        "inherited by": _heirs(entry),
    }
    return [(name, fact) for name, fact in facts.items() if fact]


def _heirs(entry: Entry) -> str:
    """The versions that have a form from elsewhere; the header's rows are of one version."""
    stated = entry.rule.file.rpartition("/")[2]
    return ", ".join(v for v in entry.versions if v != stated) if stated in entry.versions else ""


def _show_form(entry: Entry, tables: tuple[RuleTable, ...], root: Path, out: Output) -> None:
    rule = entry.rule
    title = f"{rule.id} in {entry.family} {', '.join(entry.versions)}"
    out.panel(title, _facts(entry, statements(rule, tables, root)))
    texts = {
        "what holds": rule.text["en"],
        "was gilt": rule.text["de"],
        "context": rule.context,
        "test": rule.test,
        "note": rule.note,
    }
    for name, text in texts.items():
        if text:
            out.line(Styled(name, "head"))
            for line in _wrapped(text):
                out.line(line)


def _wrapped(text: str) -> list[str]:
    """A text in lines, broken at blanks, and before the slashes of an expression.

    Both may stand in an XPath between any two words of it, so what is copied is the same test.
    """
    lines = [_INDENT]
    for piece in _PIECE.findall(" ".join(text.split())):
        if len(lines[-1]) + len(piece.rstrip()) > _WIDTH and lines[-1].strip():
            lines[-1] = lines[-1].rstrip()
            lines.append(_INDENT)
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def _form_json(entry: Entry, tables: tuple[RuleTable, ...], root: Path) -> dict[str, Any]:
    rule = entry.rule
    return {
        **_row_json(entry),
        "context": rule.context,
        "test": rule.test,
        "needs": rule.needs or None,
        "since": rule.since or None,
        "until": rule.until or None,
        "note": rule.note or None,
        "stated_in": list(statements(rule, tables, root)),
    }


# --- docs ---------------------------------------------------------------------


def run_docs(arguments: argparse.Namespace, out: Output) -> int:
    """Print the page of all rules, or write it to a file."""
    text = page(_tables(arguments))
    if arguments.output is not None:
        write_octets(arguments.output, text.encode())
        out.line(Styled("written", "good"), f": {arguments.output}")
        return DONE
    # As it is: a page is Markdown for a file, not a table for a terminal.
    out.stream.write(text)
    return DONE
