"""The page of all rules, made of the rows: what ``docs/rules.md`` holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from bridge.rules.table import OpenRule, Rule, RuleTable, has_rules, load_rules

_HEAD: Final = """# Rules

Made of the `rules.toml` files below `xsd/` by `bridge.rules.catalogue`; a test holds this page to
them, so it is never edited by hand. What a row says holds in a message that is in order. A severity
in brackets is the one in what others send. Format of the rows: [rules-format.md](rules-format.md).
"""


def load_all(standards: Path) -> tuple[RuleTable, ...]:
    """Load the rules of every version below ``xsd/`` that has some, by family and version."""
    folders = sorted(path.parent for path in standards.glob("*/*/rules.toml"))
    return tuple(load_rules(folder) for folder in folders if has_rules(folder))


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
    for message in messages:
        yield f"### {message or 'Every message'}\n"
        yield "| id | severity | versions | what holds | chapter | note |"
        yield "|---|---|---|---|---|---|"
        for rule, versions in _merged(tables, message):
            yield _line(rule, versions)
        yield ""
    yield from _open(tables)


def _merged(tables: list[RuleTable], message: str) -> list[tuple[Rule, list[str]]]:
    """Rows that read alike stand once, with all versions that have them."""
    found: dict[tuple[str, ...], tuple[Rule, list[str]]] = {}
    for table in tables:
        ids = [rule.id for rule in table.rules]
        chosen = len(set(ids)) < len(ids)  # by a version of another standard, so rows say which
        for rule in table.rules:
            if rule.message == message:
                known = found.setdefault(_read_alike(rule), (rule, []))
                known[1].append(_span(rule) if chosen else table.version)
    return sorted(found.values(), key=lambda each: (each[0].id, each[1]))


def _read_alike(rule: Rule) -> tuple[str, ...]:
    return (rule.id, rule.severity, rule.received or "", rule.text["en"], rule.note)


def _span(rule: Rule) -> str:
    since, until = rule.since, rule.until
    if since and until:
        return f"{since} to {until}"
    return f"from {since}" if since else f"to {until}" if until else "all"


def _line(rule: Rule, versions: list[str]) -> str:
    severity = f"{rule.severity} ({rule.received})" if rule.received else str(rule.severity)
    cells = (
        f"`{rule.id}`",
        severity,
        ", ".join(versions),
        rule.text["en"],
        rule.chapter,
        rule.note,
    )
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _open(tables: list[RuleTable]) -> Iterator[str]:
    rows: dict[OpenRule, list[str]] = {}
    for table in tables:
        for row in table.open:
            rows.setdefault(row, []).append(table.version)
    if not rows:
        return
    yield "### Not implemented\n"
    yield "| id | versions | why |"
    yield "|---|---|---|"
    for row, versions in sorted(rows.items(), key=lambda each: each[0].id):
        yield f"| `{row.id}` | {', '.join(versions)} | {row.why} |"
    yield ""
