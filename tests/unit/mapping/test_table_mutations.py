"""At least 95 of 100 spoilt tables are caught (docs/mapping-laws.md has the figures of all)."""

from __future__ import annotations

from functools import cache

import pytest

from bridge.resources import mappings
from tests.table_mutations import Mutation, Result, measure, mutations

STEP = 7
"""Every seventh mutation is tried here; `python -m tests.table_mutations` tries all."""
LEAST = 200
LEAST_SHARE = 0.95
ASKED_FOR = {"wrong path", "missing code", "swapped converter", "lossy row two-way", "deleted row"}


@cache
def result() -> Result:
    return measure(lambda number, _mutation: number % STEP == 0)


def test_enough_mutations_are_made_of_every_kind_that_was_asked_for() -> None:
    assert result().made.total() >= LEAST
    assert set(result().made) >= ASKED_FOR


def test_nearly_all_mutations_are_caught() -> None:
    missed = [f"{m.kind}: {m.file}: {m.what}" for m in result().missed]
    assert result().share >= LEAST_SHARE, missed


@pytest.mark.parametrize("kind", ["wrong path", "missing code", "lossy row two-way", "deleted row"])
def test_none_of_these_kinds_is_missed(kind: str) -> None:
    assert [m.what for m in result().missed if m.kind == kind] == []


def test_every_mutation_changes_its_file() -> None:
    root = mappings()
    made: list[Mutation] = list(mutations(root))
    assert all(m.text != (root / m.file).read_text("utf-8") for m in made)
