"""The texts of the rules that fired, from the rows of the versions they fired in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bridge.rules.header import load_header_rules
from bridge.rules.table import Rule, RuleTable, has_rules, load_rules


@dataclass(frozen=True, slots=True)
class RuleText:
    """One wording of a rule and the standards whose messages broke it.

    ``rule`` is ``None`` for what has no row: findings of the parser, the reader and the schema.
    """

    id: str
    standards: tuple[str, ...]
    rule: Rule | None = None


def rule_texts(
    fired: Iterable[tuple[str, str]], standards: Path
) -> dict[str, tuple[RuleText, ...]]:
    """Give the wordings of each rule. ``fired`` are (rule id, standard), ``standards`` is xsd/."""
    pairs = sorted(set(fired))
    tables = {name: _table(standards, name) for name in {standard for _, standard in pairs}}
    header = load_header_rules(standards) if pairs else None
    found: dict[str, dict[tuple[str, ...], RuleText]] = {}
    for rule_id, standard in pairs:
        rule = _row(tables[standard], rule_id) or _row(header, rule_id)
        wording = (rule.text["en"], rule.note, rule.chapter, rule.severity) if rule else ()
        known = found.setdefault(rule_id, {})
        before = known[wording].standards if wording in known else ()
        known[wording] = RuleText(rule_id, (*before, standard) if standard else before, rule)
    return {rule_id: tuple(wordings.values()) for rule_id, wordings in found.items()}


def _table(standards: Path, standard: str) -> RuleTable | None:
    family, _, version = standard.rpartition("-")
    folder = standards / family / version
    return load_rules(folder) if standard and has_rules(folder) else None


def _row(table: RuleTable | None, rule_id: str) -> Rule | None:
    return table.rule(rule_id) if table else None
