"""Names of fields compared across German and English."""

from __future__ import annotations

import pytest

from bridge.mapping.toml_file import read_toml
from bridge.resources import mappings
from bridge.tables.likeness import Words

DATA = read_toml(mappings() / "new.toml")[0]
WORDS = Words(DATA["words"], DATA["same"])

ALIKE = [
    ("DateOfBirth", "geburtsdatum"),
    ("FamilyName", "familienname"),
    ("GivenName", "vorname"),
    ("IssueDate", "ausstellungsdatum"),
    ("ValidUntil", "gueltigBis"),
    ("PostCode", "postleitzahl"),
    ("Address/Thoroughfare", "anschrift/strasse"),
    ("IssuingAuthority/Name", "behoerde/name"),
    ("Citizenship", "staatsangehoerigkeit"),
    ("Colour", "farbe"),
]
UNLIKE = [
    ("DateOfBirth", "familienname"),
    ("FamilyName", "hausnummer"),
    ("Colour", "geburtsdatum"),
    ("Insured", "postleitzahl"),
]


@pytest.mark.parametrize(("eu", "national"), ALIKE)
def test_names_of_the_same_thing_are_alike(eu: str, national: str) -> None:
    assert WORDS.likeness(eu, national) >= 0.6


@pytest.mark.parametrize(("eu", "national"), UNLIKE)
def test_names_of_different_things_are_not(eu: str, national: str) -> None:
    assert WORDS.likeness(eu, national) < 0.4


@pytest.mark.parametrize("name", ["DateOfBirth", "geburtsdatum", "a/b", "X1"])
def test_a_name_is_like_itself(name: str) -> None:
    assert WORDS.likeness(name, name) == 1.0


def test_likeness_is_the_same_from_both_sides() -> None:
    for eu, national in (*ALIKE, *UNLIKE):
        assert WORDS.likeness(eu, national) == pytest.approx(WORDS.likeness(national, eu), abs=0.15)


def test_compounds_are_taken_apart() -> None:
    assert WORDS.meanings("geburtsdatum") == WORDS.meanings("birthDate")


def test_without_words_equal_spelling_still_counts() -> None:
    assert Words().likeness("Name", "name") == 1.0
