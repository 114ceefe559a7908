"""A deleted row is missed: by the laws of the tables, or by a kept pair where another stands in."""

from __future__ import annotations

import pytest

from tests.mapping_worlds import TABLES
from tests.pairs import cases
from tests.row_deletions import missed_by, rows

PLACES = {place.name: place for place in rows()}
STOOD_IN_FOR = {
    "order.chosen-requirements": "the requirements of the order",
    "order.chosen-requirements-first": "the requirements of the order",
    "delivered-about.type": "the row of the evidence type itself",
    "distribution.conforms-to-requested": "the data model is optional",
    "older.only-requester": "a classified requester",
    "older.result-only-provider": "a classified provider",
    "requested-evidence.further-formats": "the first format",
}
"""Rows that a sample deletes, and what hides that from the laws."""


def test_every_row_of_the_tables_is_found() -> None:
    every = [row.id for row in TABLES.messages.rows]
    every += [f"{part.id}.{row.id}" for part in TABLES.messages.parts.values() for row in part.row]
    assert sorted(PLACES) == sorted(every)


@pytest.mark.parametrize("name", STOOD_IN_FOR)
def test_a_row_that_another_stands_in_for_is_missed_by_a_pair(name: str) -> None:
    assert missed_by(PLACES[name], cases()) not in ("", "laws")


def test_a_row_without_a_stand_in_is_missed_by_the_laws() -> None:
    assert missed_by(PLACES["person.family-name"], ()) == "laws"


def test_without_pairs_nobody_misses_a_row_that_another_stands_in_for() -> None:
    assert missed_by(PLACES["delivered-about.type"], ()) == ""
