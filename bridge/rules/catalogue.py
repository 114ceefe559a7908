"""All rules of all versions: the page of them (``docs/rules.md``), and where each is written."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from bridge.errors import DataFileFault
from bridge.rules.table import FILE, OpenRule, Rule, RuleTable, has_rules, load_rules

_HEAD: Final = """# Rules

Made of the `rules.toml` files below `xsd/` by `bridge rules docs`; a test holds this page to
them, so it is never edited by hand. What a row says holds in a message that is in order. A severity
in brackets is the one in what others send. Format of the rows: [rules-format.md](rules-format.md).
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row in one form, and all versions of its family that have it in this form.

    ``versions`` are spans (``from 2.0``) where a version of another standard chooses among rows.
    """

    family: str
    rule: Rule
    versions: tuple[str, ...]


def load_all(standards: Path) -> tuple[RuleTable, ...]:
    """Load the rules of every version below ``xsd/`` that has some, by family and version."""
    folders = sorted(path.parent for path in standards.glob(f"*/*/{FILE}"))
    return tuple(load_rules(folder) for folder in folders if has_rules(folder))


def heritage(folder: Path) -> tuple[Path, ...]:
    """Give a version folder and those that its rules inherit from, the nearest first.

    Raises ``DataFileFault`` for a file that is no TOML.
    """
    chain: list[Path] = []
    while folder not in chain and has_rules(folder):
        chain.append(folder)
        if base := str(_data(folder).get("inherits", "")):
            folder = folder.parent / base
    return tuple(chain)


def statements(rule: Rule, tables: Iterable[RuleTable], standards: Path) -> tuple[str, ...]:
    """Give ``file:line`` of every place that says something of a row, the last word first.

    ``tables`` are those of all versions; files are named from ``standards`` on.
    """
    by_folder = {f"{table.family}/{table.version}": table for table in tables}
    places = [f"{rule.file}/{FILE}:{rule.line}"]
    for folder in heritage(standards / rule.file)[1:]:
        table = by_folder.get(f"{folder.parent.name}/{folder.name}")
        base = table.rule(rule.id) if table is not None else None
        if base is not None:
            places.append(f"{base.file}/{FILE}:{base.line}")
    return tuple(dict.fromkeys(places))


def entries(
    tables: Iterable[RuleTable], alike: Callable[[Rule], Hashable] | None = None
) -> list[Entry]:
    """Give all rows; those that are alike (by default: read alike) stand once, by family and id."""
    alike = alike or _read_alike
    found: dict[tuple[str, Hashable], tuple[Rule, list[str]]] = {}
    for table in tables:
        ids = [rule.id for rule in table.rules]
        chosen = len(set(ids)) < len(ids)  # by a version of another standard, so rows say which
        for rule in table.rules:
            known = found.setdefault((table.family, alike(rule)), (rule, []))
            known[1].append(_span(rule) if chosen else table.version)
    made = [Entry(family, rule, tuple(at)) for (family, _), (rule, at) in found.items()]
    return sorted(made, key=lambda each: (each.family, each.rule.id, each.versions))


def same_form(rule: Rule) -> Hashable:
    """What makes two rows the same in all but the place where they are written."""
    plain = replace(rule, text={}, line=0, file="")
    texts = tuple(getattr(plain, name) for name in Rule.__slots__ if name != "text")
    return (*texts, *sorted(rule.text.items()))


def _data(folder: Path) -> dict[str, Any]:
    path = folder / FILE
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        what = f"the rules cannot be read: {error}"
        raise DataFileFault(what, where=str(path), code="RULES") from error


# --- the page -----------------------------------------------------------------


def page(tables: Iterable[RuleTable]) -> str:
    """Give the page: a section per family, a table per kind of message, what is not implemented."""
    families: dict[str, list[RuleTable]] = {}
    for table in tables:
        families.setdefault(table.family, []).append(table)
    lines = [_HEAD]
    for family, versions in families.items():
        lines += _family(family, versions)
    return "\n".join(lines).rstrip() + "\n"


def _family(family: str, tables: list[RuleTable]) -> Iterator[str]:
    yield f"## {family}\n"
    counts = ", ".join(f"{table.version}: {len(table.rules)}" for table in tables)
    yield f"Rows in force: {counts}.\n"
    messages = dict.fromkeys(rule.message for table in tables for rule in table.rules)
    rows = entries(tables)
    for message in messages:
        yield f"### {message or 'Every message'}\n"
        yield "| id | severity | versions | what holds | chapter | note |"
        yield "|---|---|---|---|---|---|"
        for entry in rows:
            if entry.rule.message == message:
                yield _line(entry)
        yield ""
    yield from _open(tables)


def _read_alike(rule: Rule) -> Hashable:
    texts = (rule.text["en"], rule.note, rule.message)
    return (rule.id, rule.severity, rule.received or "", *texts)


def _span(rule: Rule) -> str:
    since, until = rule.since, rule.until
    if since and until:
        return f"{since} to {until}"
    return f"from {since}" if since else f"to {until}" if until else "all"


def severity_of(rule: Rule) -> str:
    """Say the severity as published and, in brackets, that in what others send."""
    return f"{rule.severity} ({rule.received})" if rule.received else str(rule.severity)


def _line(entry: Entry) -> str:
    rule = entry.rule
    cells = (
        f"`{rule.id}`",
        severity_of(rule),
        ", ".join(entry.versions),
        rule.text["en"],
        rule.chapter,
        rule.note,
    )
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def open_rows(tables: Iterable[RuleTable]) -> list[tuple[OpenRule, tuple[str, ...]]]:
    """Give the published rules that are not implemented, each with its versions, by id."""
    rows: dict[OpenRule, list[str]] = {}
    for table in tables:
        for row in table.open:
            rows.setdefault(row, []).append(table.version)
    return sorted(((row, tuple(at)) for row, at in rows.items()), key=lambda each: each[0].id)


def _open(tables: list[RuleTable]) -> Iterator[str]:
    rows = open_rows(tables)
    if not rows:
        return
    yield "### Not implemented\n"
    yield "| id | versions | why |"
    yield "|---|---|---|"
    for row, versions in rows:
        yield f"| `{row.id}` | {', '.join(versions)} | {row.why} |"
    yield ""
