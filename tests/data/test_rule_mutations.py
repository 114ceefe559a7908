"""Every published EDM rule: a shipped message broken at one place fires it, the unbroken one not.

The mutations are data (`rule_mutations.toml`); a row of the reference is named by id and `since`.
"""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from bridge.finding import Severity
from bridge.resources import fixtures, standards
from bridge.rules.engine import RuleEngine
from bridge.rules.table import load_rules
from tests.published_rules import exact, rows
from tests.rule_mutations import mutant

KINDS = {
    "request": "QueryRequest",
    "response": "QueryResponse",
    "exception": "ExceptionResponse",
}
COVERED = 98.0
"""Percent of the exact rows that have a mutation; raise it, never lower it."""


@functools.cache
def data() -> dict[str, Any]:
    path = Path(__file__).with_name("rule_mutations.toml")
    return tomllib.loads(path.read_text("utf-8"))


@functools.cache
def engine(version: str, kind: str) -> RuleEngine:
    return RuleEngine(load_rules(standards() / "edm" / version), kind)


@functools.cache
def schema(version: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(standards() / "edm" / version / "query.xsd")))


@functools.cache
def whole(version: str, fixture: str) -> etree._Element:
    return etree.fromstring((fixtures() / "edm" / version / f"{fixture}.xml").read_bytes())


def fired(root: etree._Element, version: str, fixture: str) -> dict[str, Severity]:
    judge = engine(version, KINDS[fixture.partition("-")[0]])
    return {each.rule.id: each.rule.severity for each in judge(root)}


def name_of(row: dict[str, str]) -> str:
    return f"{row['id']}@{row['since']}"


@pytest.mark.parametrize("row", data()["mutation"], ids=name_of)
def test_minimal_damage_fires_its_rule_and_nothing_else_that_is_fatal(row: dict[str, Any]) -> None:
    version, fixture = row["version"], row["fixture"]
    root = whole(version, fixture)
    before = fired(root, version, fixture)
    broken = mutant(root, row["operation"], row["xpath"], row.get("value", ""))
    after = fired(broken, version, fixture)
    assert row["id"] not in before
    assert row["id"] in after
    grave = {rule for rule, severity in after.items() if severity is Severity.FATAL}
    assert grave - set(before) - {row["id"]} == set(row.get("also", ()))
    assert schema(version).validate(broken) == row.get("schema", True)


def test_no_mutation_stands_twice() -> None:
    names = [name_of(row) for row in (*data()["mutation"], *data()["never"])]
    assert sorted(set(names)) == sorted(names)


def test_the_coverage_of_the_exact_rows_does_not_fall() -> None:
    wanted = {f"{row['id']}@{row['version_since']}" for row in rows() if exact(row)}
    covered = {name_of(row) for row in data()["mutation"]} & wanted
    excused = {name_of(row) for row in data()["never"]}
    assert wanted - covered == excused
    assert 100 * len(covered) / len(wanted) >= COVERED


@pytest.mark.parametrize(
    "row", [row for row in data()["mutation"] if "also" not in row], ids=name_of
)
def test_a_broken_message_is_told_with_the_place_of_the_damage(row: dict[str, Any]) -> None:
    """The place leads to an element of the broken message, by prefixes as they stand there."""
    version, fixture = row["version"], row["fixture"]
    broken = mutant(whole(version, fixture), row["operation"], row["xpath"], row.get("value", ""))
    judge = engine(version, KINDS[fixture.partition("-")[0]])
    places = [each for each in judge(broken) if each.rule.id == row["id"]]
    for each in places:
        assert each.element.getroottree().getroot() is broken
        assert each.finding().line is not None
