"""Rows in words: all shipped ones can be explained, and the words are true."""

from __future__ import annotations

import pytest

from bridge.errors import SettingsFault
from bridge.mapping.convert import converters
from bridge.tables.explain import Explained, explain, explained, find_rows, sentences
from bridge.tables.samples import Samples, sample_of_converter
from bridge.tables.uses import named_rows, uses_of
from tests.mapping_worlds import TABLES


def one(name: str) -> Explained:
    table, row = find_rows(TABLES, name)[0]
    return explain(TABLES, table, row)[0]


@pytest.mark.parametrize("table", TABLES.every(), ids=lambda table: table.id)
def test_every_row_applies_somewhere_and_has_words_and_a_chapter(table: object) -> None:
    samples = Samples(TABLES)
    told: dict[str, list[Explained]] = {name: [] for name in named_rows(table)}  # type: ignore[arg-type]
    for pair in table.pairs:  # type: ignore[attr-defined]
        for use in uses_of(table, pair):  # type: ignore[arg-type]
            told[use.name].append(explained(TABLES, table, use, samples))  # type: ignore[arg-type]
    assert [name for name, found in told.items() if not found] == []
    assert [
        e.name for found in told.values() for e in found if not (e.sentences and e.chapter)
    ] == []


def test_a_row_with_codes_says_fields_kinds_and_an_example() -> None:
    fuel = one("vehicle-registration:fuel")
    assert fuel.sentences[0] == (
        "Vehicle/FuelType of the EU side and N_10 of the German side are the same, both ways."
    )
    assert [(end.path, end.kind) for end in fuel.ends] == [
        ("Vehicle/FuelType", "code of FuelType"),
        ("N_10", "code of Fuel"),
    ]
    for sample in fuel.samples:
        pairs = TABLES.codes["fuel"].values[sample.direction]
        assert pairs.get(sample.before) == sample.after
    assert fuel.codes == "fuel"


WORDS = {
    "registration-number-scheme": "'DE' is always written to RegistrationNumber/schemeID",
    "vehicle-registration:owner": "Lost towards the German side: the Zulassungsbescheinigung",
    "emission.emission-value": "The row holds only where the field Verfahren beside it is one of",
    "inspection-valid-until": "only towards the German side",
    "vehicle-registration:holder": "belongs to C_1 of the German side, and back",
}


@pytest.mark.parametrize(("name", "words"), WORDS.items(), ids=WORDS)
def test_the_words_say_what_the_row_says(name: str, words: str) -> None:
    assert words in " ".join(one(name).sentences)


def test_a_row_of_a_part_is_explained_at_each_place() -> None:
    table, name = find_rows(TABLES, "emission.emission-value")[0]
    told = explain(TABLES, table, name)
    assert {each.via for each in told} == {("co2",), ("co",), ("hc",), ("nox",), ("hc-nox",)}
    assert {each.ends[0].path for each in told} >= {"Vehicle/CO2Emission/Value"}


def test_an_unknown_row_is_told_with_the_nearest_name() -> None:
    with pytest.raises(SettingsFault, match="did you mean 'fuel'"):
        find_rows(TABLES, "vehicle-registration:fule")


@pytest.mark.parametrize("known", converters().values(), ids=lambda known: known.name)
def test_examples_of_converters_are_made_by_them(known: object) -> None:
    for direction in ("to-eu", "to-national"):
        sample = sample_of_converter(known, direction)  # type: ignore[arg-type]
        assert sample is None or (sample.direction == direction and sample.after)


def test_a_row_that_loses_says_towards_whom() -> None:
    for table in TABLES.every():
        for row in named_rows(table).values():
            if row.loss and len(row.paths) == 1 and not (row.from_ or row.new or row.constant):
                assert any(text.startswith("Lost towards") for text in sentences(row, table)), (
                    row.id
                )
