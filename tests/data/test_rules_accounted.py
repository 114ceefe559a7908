"""Every row of the three published rule files is a rule of its versions, or a known gap.

What is asked of a message is taken from the loaded tables, what is owed from the files alone.
"""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.resources import standards
from bridge.rules.catalogue import load_all
from bridge.rules.table import NEEDS, RuleTable
from tests.published_rules import in_force, number
from tests.reference import reference

FIRST_HEADER = "1.2"
GAPS = Path(__file__).resolve().parents[2] / "docs" / "known-gaps.md"
FILES = {
    "edm-rules.csv": ("edm", 476),
    "ebms-rules.csv": ("ebms", 24),
    "xnachweis-rules.csv": ("xnachweis", 44),
}
"""Family of a file, and how many rows it has: a file that was cut short must not pass."""
TABLES = load_all(standards())
ID = re.compile(r"(?:R-EDM-[A-Za-z]+-\??[A-Z]?[0-9]+[a-z]?|urn-xoev-[a-z0-9-]+|ip-[a-z-]+)")


@functools.cache
def published(file: str) -> tuple[dict[str, str], ...]:
    with reference(f"spec/{file}").open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


@functools.cache
def gaps() -> dict[str, str]:
    """The reason by the id of each rule that the page of the gaps says is not implemented."""
    text = GAPS.read_text("utf-8")
    section = text.partition("## Published rules that are not implemented")[2].partition("\n## ")[0]
    found = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 2:
            found |= dict.fromkeys(ID.findall(cells[0]), cells[1])
    return found


@functools.cache
def versions(family: str) -> dict[str, frozenset[str]]:
    """The ids that are asked in each version; those of the header by the versions of the EDM."""
    if family == "ebms":
        (header,) = (table for table in TABLES if table.family == family)
        return {version: asked(header.of_version(version)) for version in versions("edm")}
    return {table.version: asked(table) for table in TABLES if table.family == family}


def asked(table: RuleTable) -> frozenset[str]:
    """The ids of the rows that a check of one of the kinds of message selects."""
    kinds = {rule.message for rule in table.rules}
    return frozenset(
        rule.id for kind in kinds for needs in NEEDS for rule in table.select(kind, needs)
    )


def owed(file: str) -> Iterator[tuple[dict[str, str], str]]:
    """Each row of a file with every version on disk in whose span it stands."""
    for row in published(file):
        if row.get("message") == "ebMS":  # rows of the header file, said once more
            continue
        family = FILES[file][0]
        for version in versions(family):
            # Header rules were first seen with 1.2; earlier versions take that set (AS4 9).
            early = family == "ebms" and number(version) < number(FIRST_HEADER)
            if in_force(row, FIRST_HEADER if early else version):
                yield row, version


@pytest.mark.parametrize("file", FILES)
def test_the_file_is_whole(file: str) -> None:
    assert len(published(file)) == FILES[file][1]
    assert len({row["id"] for row in published(file)}) > 20


@pytest.mark.parametrize("file", FILES)
def test_every_row_is_a_rule_of_each_of_its_versions_or_a_gap_with_a_reason(file: str) -> None:
    known = versions(FILES[file][0])
    wrong = []
    for row, version in owed(file):
        implemented = row["id"] in known[version]
        if implemented != bool(row["test"]) or (not implemented and row["id"] not in gaps()):
            wrong.append(f"{row['id']} in {version}")
    assert wrong == []
    assert all(len(reason) > 20 for reason in gaps().values())


@pytest.mark.parametrize("file", FILES)
def test_no_version_asks_a_published_rule_that_is_not_of_its_span(file: str) -> None:
    due = {(row["id"], version) for row, version in owed(file) if row["test"]}
    asked_for = {
        (rule, version) for version, ids in versions(FILES[file][0]).items() for rule in ids
    }
    assert {rule for rule, _version in asked_for - due if not rule.startswith("BRIDGE-")} == set()


@pytest.mark.parametrize("file", FILES)
def test_every_row_stands_in_the_span_of_a_version_on_disk(file: str) -> None:
    met = {(row["id"], row["version_since"]) for row, _table in owed(file)}
    rows = {
        (row["id"], row["version_since"]) for row in published(file) if row.get("message") != "ebMS"
    }
    assert met == rows


def test_a_header_row_of_the_edm_file_is_a_row_of_the_header_file() -> None:
    doubled = {row["id"] for row in published("edm-rules.csv") if row["message"] == "ebMS"}
    assert doubled
    assert doubled <= {row["id"] for row in published("ebms-rules.csv")}


def test_the_page_of_the_gaps_names_no_rule_that_nobody_published() -> None:
    everywhere = {row["id"] for file in FILES for row in published(file)}
    assert gaps()
    assert set(gaps()) <= everywhere | {"ip-idnr-checkdigit-form"}
