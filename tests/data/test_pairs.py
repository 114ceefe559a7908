"""The kept translations in `fixtures/pairs/`: octets, account and attachments, every time the same."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from bridge.errors import IncompleteMessage
from bridge.xml.parse import parse
from tests.data.test_fixtures_published_rules import broken, rules
from tests.fixture_files import CATALOGUE, load
from tests.pairs import PAIRS, Case, Outcome, cases, kept, run, schema_check, tables

EDM = ("edm-1.2", "edm-2.0")
"""The versions with kept pairs; the older ones are translated by the property tests only."""
CASES = {case.name: case for case in cases()}
INPUTS = [path for path in sorted(PAIRS.glob("*/*.xml")) if path.name != "expected.xml"]
ODD = {
    "order-response-format-1.2": "a media type that is in no list",
    "order-response-sparse-1.2": "no title of the document, half a period",
    "order-response-sparse-2.0": "no title of the document, half a period",
}
"""Inputs as others may send them, with what our own writer would not do."""


@cache
def outcome(name: str) -> Outcome:
    return run(CASES[name])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_case_ends_as_it_should(case: Case) -> None:
    found = outcome(case.name)
    assert found.refused == case.refused
    assert bool(found.octets) is not bool(case.refused)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_message_account_and_attachments_are_those_kept(case: Case) -> None:
    assert outcome(case.name).files() == kept(case.folder)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_same_case_gives_the_same_octets_again(case: Case) -> None:
    assert run(case) == outcome(case.name)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.refused])
def test_what_came_out_is_read_without_a_finding_and_valid(name: str) -> None:
    document = parse(outcome(name).octets)
    binding, _ = CATALOGUE.identify(document)
    assert binding.standard == CASES[name].to
    assert CATALOGUE.read(document).findings == ()
    assert schema_check(document, binding) == ()


WARNED = {
    "order-1.2": ["R-EDM-REQ-C060"],
    "order-extreme-1.2": ["R-EDM-REQ-C038", "R-EDM-REQ-C060"],
    "order-scopes-1.2": ["R-EDM-REQ-C060"],
    "order-second-1.2": ["R-EDM-REQ-C060"],
}
"""Warnings that are due: a person whose identifier was made for us and not for the receiver."""
KINDS = {"QueryRequest": "request", "QueryResponse": "response", "ExceptionResponse": "exception"}


@pytest.mark.parametrize(
    "name", [name for name, case in CASES.items() if case.to in EDM and not case.refused]
)
def test_what_goes_to_the_eu_breaks_no_published_rule_but_those_stated(name: str) -> None:
    head = CATALOGUE.read(parse(outcome(name).octets)).message.head
    root = etree.fromstring(outcome(name).octets)
    rows = rules(KINDS[head.kind], head.version)
    assert [row["id"] for row in rows if broken(root, row)] == WARNED.get(name, [])


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_input_made_for_the_pairs_is_canonical_but_the_odd_ones(path: Path) -> None:
    assert canonical(path) is (path.stem not in ODD)


def canonical(path: Path) -> bool:
    reading = load(path)
    try:
        written = CATALOGUE.write(reading.message)
    except IncompleteMessage:
        return False
    return reading.findings == () and written == path.read_bytes()


def test_every_pair_of_the_message_tables_has_a_case_for_each_edm_version() -> None:
    pairs = tables().messages.pairs
    translated = {
        (pair_of(case), edm_of(case))
        for case in CASES.values()
        if not (case.refused or case.compose)
    }
    wanted = {(pair.id, edm) for pair in pairs if len(pair.kinds) == 2 for edm in EDM}
    assert wanted - translated == set()
    composed = {case.compose for case in CASES.values() if case.compose}
    assert composed == {pair.id for pair in pairs if len(pair.kinds) == 1}


def pair_of(case: Case) -> str:
    head = load(case.folder / case.input[0]).message.head
    target = CATALOGUE.binding(case.to)
    return tables().pair_for(tables().messages, head, target, case.message).id


def edm_of(case: Case) -> str:
    head = load(case.folder / case.input[0]).message.head
    return head.standard if head.family == "edm" else case.to
