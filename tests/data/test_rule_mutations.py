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
from bridge.rules.table import RuleTable, load_rules
from tests.fixture_files import versions
from tests.published_rules import MESSAGES, exact, rows
from tests.rule_mutations import NAMESPACES, mutant

KINDS = {
    "request": "QueryRequest",
    "response": "QueryResponse",
    "exception": "ExceptionResponse",
}
LIST = "rim:RegistryObjectList/rim:RegistryObject"
COVERED = 98.0
"""Percent of the exact rows that have a mutation; raise it, never lower it."""


@functools.cache
def data() -> dict[str, Any]:
    path = Path(__file__).with_name("rule_mutations.toml")
    return tomllib.loads(path.read_text("utf-8"))


@functools.cache
def engine(version: str, kind: str) -> RuleEngine:
    return RuleEngine(table(version), kind)


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


@functools.cache
def table(version: str) -> RuleTable:
    return load_rules(standards() / "edm" / version)


def is_in_force(row: dict[str, Any], version: str) -> bool:
    """Whether a version has the very row of a mutation, and not another one of that id."""
    rule = table(version).rule(row["id"])
    return rule is not None and rule.since == row["since"].rstrip("?")


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


ELSEWHERE = [
    (row, version)
    for row in data()["mutation"]
    for version in versions("edm")
    if version != row["version"] and is_in_force(row, version)
]
NO_PLACE = {
    "R-EDM-REQ-C071@1.1? in 1.1": "one DistributedAs at most, and the first has its ConformsTo",
    "R-EDM-REQ-C071@1.1? in 1.2": "one DistributedAs at most, and the first has its ConformsTo",
    "R-EDM-REQ-C072@1.1? in 2.0": "Transformation is gone",
    "R-EDM-RESP-C044b@1.0 in 2.0": "the third object is a supplement",
}
"""Where the damage cannot be done in another version, and why."""


def places(root: etree._Element, xpath: str) -> str | None:
    """The places of a mutation in another version: one each, inside the package where there is one."""
    first, *later = xpath.split(" ;; ")
    packaged = LIST, f"{LIST}[1]/{LIST}"
    for spelled in (first, first.replace(*packaged)):
        if root.xpath(spelled, namespaces=NAMESPACES):
            # What a later step means may be there only after the first one.
            steps = later if spelled == first else [step.replace(*packaged) for step in later]
            return " ;; ".join(f"({step})[1]" for step in (spelled, *steps))
    return None


@pytest.mark.parametrize(
    ("row", "version"),
    ELSEWHERE,
    ids=[f"{name_of(row)} in {version}" for row, version in ELSEWHERE],
)
def test_the_same_damage_fires_the_rule_in_every_version_that_has_it(
    row: dict[str, Any], version: str
) -> None:
    root = whole(version, row["fixture"])
    xpath = places(root, row["xpath"])
    assert (xpath is None) is (f"{name_of(row)} in {version}" in NO_PLACE)
    if xpath is not None:
        broken = mutant(root, row["operation"], xpath, row.get("value", ""))
        assert row["id"] not in fired(root, version, row["fixture"])
        assert row["id"] in fired(broken, version, row["fixture"])


def test_no_mutation_stands_twice() -> None:
    names = [name_of(row) for row in (*data()["mutation"], *data()["never"])]
    assert sorted(set(names)) == sorted(names)


def test_the_coverage_of_the_exact_rows_does_not_fall() -> None:
    wanted = {f"{row['id']}@{row['version_since']}" for row in rows() if exact(row)}
    covered = {name_of(row) for row in data()["mutation"]} & wanted
    excused = {name_of(row) for row in data()["never"]}
    assert wanted - covered == excused
    assert len(wanted) > 400
    assert 100 * len(covered) / len(wanted) >= COVERED


def test_the_coverage_is_reported_as_it_is() -> None:
    """`docs/known-gaps.md` has a row for each kind of message: rows, exact, with a mutation."""
    by_kind = {
        kind: [row for row in rows() if row["message"] == kind] for kind in MESSAGES.values()
    }
    mutated = {name_of(row) for row in data()["mutation"]}
    table = []
    for kind, published in by_kind.items():
        judged = [row for row in published if exact(row)]
        done = [row for row in judged if f"{row['id']}@{row['version_since']}" in mutated]
        share = 100 * len(done) / len(judged)
        table.append(f"| {kind} | {len(published)} | {len(judged)} | {len(done)} | {share:.1f} % |")
    gaps = (Path(__file__).resolve().parents[2] / "docs" / "known-gaps.md").read_text("utf-8")
    assert "\n".join(table) in gaps


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
