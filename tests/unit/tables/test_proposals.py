"""Proposed rows: what is right in shipped tables is found again, and nothing is proposed wrongly."""

from __future__ import annotations

import pytest

from bridge.message import Group
from bridge.tables.likeness import Words
from bridge.tables.proposals import MARK, Proposal, Proposer, joined, kebab, left_open
from bridge.tables.uses import uses_of
from bridge.xml.parse import parse
from tests.evidence_types import SIDES, TYPES, fixture
from tests.fixture_files import CATALOGUE
from tests.mapping_worlds import TABLES
from tests.unit.tables.test_likeness import WORDS


def proposal(kind: str, words: Words = WORDS) -> Proposal:
    messages = {
        s: CATALOGUE.read(parse(fixture(kind, s, "full").read_bytes())).message for s in SIDES
    }
    shapes = {
        s: CATALOGUE.binding(m.head.standard).message(m.head.kind).shape
        for s, m in messages.items()
    }

    def never(path: str) -> str:
        found = TABLES.guard.guards(path)
        return found.why if found else ""

    return Proposer(words, never).propose(
        shapes["eu"], shapes["national"], [messages["eu"].fields], [messages["national"].fields]
    )


def real(kind: str) -> set[tuple[str, str]]:
    table = TABLES.payload(TABLES.evidence_types[kind])
    assert table is not None
    uses = [use for use in uses_of(table, table.pairs[0]) if len(use.row.paths) == 2]
    return {
        (eu, german) for use in uses for eu in use.paths["eu"] for german in use.paths["national"]
    }


@pytest.mark.parametrize("kind", TYPES)
def test_most_of_what_is_proposed_is_what_experts_wrote(kind: str) -> None:
    found = set(joined(proposal(kind)))
    assert len(found & real(kind)) >= 0.75 * len(found)
    assert len(found) >= 5


@pytest.mark.parametrize("kind", TYPES)
def test_every_field_of_both_sides_has_a_row(kind: str) -> None:
    found = proposal(kind)
    rows = [*found.rows, *(row for part in found.parts.values() for row in part)]
    assert len({row.id for row in rows}) == len(rows)
    for row in rows:
        assert row.eu or row.national
        assert row.loss if row.eu is None or row.national is None else row.why


def test_what_never_leaves_is_proposed_as_lost() -> None:
    found = proposal("birth-certificate")
    rows = [*found.rows, *(row for part in found.parts.values() for row in part)]
    guarded = [row for row in rows if row.national and row.national.endswith("IDNr")]
    assert guarded and all(row.eu is None and row.loss for row in guarded)


def test_equal_values_of_the_examples_decide_between_names() -> None:
    found = {row.eu: row for row in proposal("system-check").rows}
    assert "same values" in found["Identifier"].why


def test_no_value_of_an_example_reaches_a_proposal() -> None:
    for kind in TYPES:
        found = proposal(kind)
        texts = " ".join(
            f"{row.why} {row.loss}"
            for row in [*found.rows, *(r for part in found.parts.values() for r in part)]
        )
        for side in SIDES:
            message = CATALOGUE.read(parse(fixture(kind, side, "full").read_bytes())).message
            values = [
                v for _p, v in Group(message.fields).leaves() if isinstance(v, str) and len(v) > 8
            ]
            assert [value for value in values if value in texts] == []


NAMES = {
    "DateOfBirth": "date-of-birth",
    "IDNr": "id-nr",
    "straße": "strasse",
    "N_10": "n-10",
    "Dog/Name": "dog-name",
    "_": "field",
}


@pytest.mark.parametrize(("name", "made"), NAMES.items())
def test_rows_are_named_in_small_letters_with_hyphens(name: str, made: str) -> None:
    assert kebab(name) == made


def test_shipped_tables_hold_no_proposal() -> None:
    assert list(left_open(TABLES)) == []
    assert MARK.isupper()
