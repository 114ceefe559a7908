"""The rules as data: every row of the reference is implemented or said to be open, and readable."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bridge.finding import Severity
from bridge.resources import standards
from bridge.rules.catalogue import load_all, page
from bridge.rules.engine import RuleEngine
from bridge.rules.pair import PairRules
from bridge.rules.table import NEEDS, RuleTable
from tests.published_rules import MESSAGES, in_force, number, rows
from tests.reference import reference

ROOT = Path(__file__).resolve().parents[2]
TABLES = load_all(standards())
EDM = [table for table in TABLES if table.family == "edm"]


def name_of(table: RuleTable) -> str:
    return f"{table.family}-{table.version}"


@pytest.mark.parametrize("table", EDM, ids=name_of)
def test_every_published_row_of_the_edm_is_there_or_open(table: RuleTable) -> None:
    published = {row["id"]: row for row in rows() if in_force(row, table.version)}
    implemented = {rule.id for rule in table.rules if rule.id.startswith("R-EDM-")}
    opened = {row.id for row in table.open}
    assert implemented == {rule for rule, row in published.items() if row["test"]}
    assert opened == {rule for rule, row in published.items() if not row["test"]}


@pytest.mark.parametrize("table", EDM, ids=name_of)
def test_a_row_of_the_edm_has_the_severity_published(table: RuleTable) -> None:
    """Cautions are information, NUTS is a warning as its list is not among our data (EDM 9.1)."""
    for row in rows():
        rule = table.rule(row["id"]) if in_force(row, table.version) else None
        if rule is None:
            continue
        expected = Severity(row["severity"].lower())
        if row["summary"].startswith("(caution)"):
            expected = Severity.INFO
        elif "$NUTS" in row["test"]:
            expected = Severity.WARNING
        assert rule.severity is expected, rule.id
        assert MESSAGES[rule.message] == row["message"], rule.id


def test_a_row_that_only_the_workbook_of_1_0_has_never_refuses_what_others_send() -> None:
    (table,) = [table for table in EDM if table.version == "1.0"]
    only = [r for r in rows() if r["version_since"] == "1.0?" and r["version_until"] == "1.0?"]
    rules = [rule for row in only if (rule := table.rule(row["id"]))]
    assert len(rules) >= 9
    for rule in rules:
        assert Severity.FATAL not in (rule.received or rule.severity,), rule.id


OFFICIAL = "urn-xoev-de-bva-standard-xnachweis-"
STATUS = "urn-xoev-de-xnachweis-codeliste-responsestatustype_2023-10"
ONLY_WARN = {
    # Its prose speaks of a URN where the rule wants a short code.
    "1.2.0": {STATUS},
    # Defective, and a row of ours decides wherever they would (NOOTS 6).
    "1.4": {
        STATUS,
        "urn-xoev-de-xnachweis-codeliste-nootserrorcodes_2024-09",
        f"{OFFICIAL}legalpersonidentifier-01",
        f"{OFFICIAL}authorizedrepresentative-01",
        f"{OFFICIAL}evidenceavailibility-01",
        f"{OFFICIAL}evidenceavailibility-02",
    },
}


@pytest.mark.parametrize("version", ONLY_WARN)
def test_a_published_error_of_xnachweis_only_warns_where_it_is_defective(version: str) -> None:
    (table,) = [t for t in TABLES if t.family == "xnachweis" and t.version == version]
    with reference("spec/xnachweis-rules.csv").open(encoding="utf-8", newline="") as lines:
        errors = {row["id"] for row in csv.DictReader(lines) if row["severity"] == "error"}
    rules = [rule for rule in table.rules if rule.id in errors]
    assert {r.id for r in rules if r.severity is not Severity.FATAL} == ONLY_WARN[version]


@pytest.mark.parametrize(
    ("file", "family", "version"),
    [
        ("ebms-rules.csv", "ebms", "3.0"),
        ("xnachweis-rules.csv", "xnachweis", "1.2.0"),
        ("xnachweis-rules.csv", "xnachweis", "1.4"),
    ],
)
def test_every_published_row_of_the_others_is_there_or_open(
    file: str, family: str, version: str
) -> None:
    with reference(f"spec/{file}").open(encoding="utf-8", newline="") as lines:
        published = {
            (row["id"], bool(row["test"]))
            for row in csv.DictReader(lines)
            if family == "ebms" or number(row["version_since"]) <= number(version)
        }
    (table,) = [t for t in TABLES if t.family == family and t.version == version]
    implemented = {(r.id, True) for r in table.rules if not r.id.startswith("BRIDGE-")}
    assert implemented | {(row.id, False) for row in table.open} == published


@pytest.mark.parametrize("table", TABLES, ids=name_of)
def test_every_row_compiles(table: RuleTable) -> None:
    for kind in {rule.message for rule in table.rules}:
        RuleEngine(table, kind)
        for needs in NEEDS[1:]:
            PairRules(table, kind, needs)


@pytest.mark.parametrize("table", TABLES, ids=name_of)
def test_every_row_speaks_both_languages_in_a_sentence(table: RuleTable) -> None:
    for rule in table.rules:
        for language in ("en", "de"):
            text = rule.text[language]
            assert text.endswith("."), rule.id
            assert len(text) <= 200, rule.id
        assert rule.text["en"] != rule.text["de"], rule.id
        assert rule.chapter, rule.id


def test_the_page_of_the_rules_is_current() -> None:
    assert (ROOT / "docs" / "rules.md").read_text("utf-8") == page(TABLES)


def test_what_is_not_implemented_is_a_known_gap() -> None:
    gaps = (ROOT / "docs" / "known-gaps.md").read_text("utf-8")
    for table in TABLES:
        for row in table.open:
            assert row.id in gaps, row.id
