from __future__ import annotations

from bridge.finding import Severity
from bridge.resources import standards
from bridge.rules.catalogue import load_all, page
from bridge.rules.table import OpenRule, Rule, RuleTable


def row(rule_id: str, **more: object) -> Rule:
    text = {"en": "It holds.", "de": "Es gilt."}
    values: dict[str, object] = {"severity": Severity.FATAL, "context": "x", "test": "y"}
    return Rule(id=rule_id, text=text, **{**values, **more})  # type: ignore[arg-type]


def table(version: str, *rules: Rule, opened: tuple[OpenRule, ...] = ()) -> RuleTable:
    return RuleTable("f", version, rules, opened)


def lines(*tables: RuleTable) -> list[str]:
    return [line for line in page(tables).splitlines() if line.startswith("| `")]


def test_rows_that_read_alike_stand_once_with_all_their_versions() -> None:
    assert lines(table("1", row("A-1")), table("2", row("A-1"))) == [
        "| `A-1` | fatal | 1, 2 | It holds. |  |  |"
    ]


def test_a_row_that_changed_stands_for_each_form() -> None:
    later = row("A-1", severity=Severity.WARNING, note="said otherwise")
    assert lines(table("1", row("A-1")), table("2", later)) == [
        "| `A-1` | fatal | 1 | It holds. |  |  |",
        "| `A-1` | warning | 2 | It holds. |  | said otherwise |",
    ]


def test_a_row_chosen_by_another_version_says_which() -> None:
    rows = (row("A-1", until="1.2"), row("A-1", since="2.0", note="new"))
    assert [line.split(" | ")[2] for line in lines(table("3", *rows))] == ["from 2.0", "to 1.2"]


def test_severities_signs_and_open_rows_are_shown() -> None:
    received = row("A-1", received=Severity.WARNING, note="a|b")
    opened = (OpenRule("A-2", "", "not published"),)
    assert lines(table("1", received, opened=opened)) == [
        "| `A-1` | fatal (warning) | 1 | It holds. |  | a&#124;b |",
        "| `A-2` | 1 | not published |",
    ]


def test_every_version_with_rules_is_found() -> None:
    found = {(table.family, table.version) for table in load_all(standards())}
    assert {("edm", "1.0"), ("edm", "2.0"), ("xnachweis", "1.4"), ("ebms", "3.0")} <= found
