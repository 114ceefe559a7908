"""Converters of texts, codes, dates and times: what they give, lose and refuse."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.mapping.account import Unmappable
from bridge.mapping.convert import CONVERTERS
from tests.mapping_worlds import env_for

DE, EU = "to-xnachweis", "to-edm"


def convert(name: str, direction: str, value: Any) -> tuple[Any, int]:
    """The result, and how many losses were told."""
    env = env_for(direction=direction)
    apply = CONVERTERS[name].towards(direction)
    assert apply is not None
    return apply(value, env), len(env.account.lost)


GIVEN = [
    ("copy", DE, "x", "x", 0),
    ("text", DE, "Σοφία", "Sofia", 1),
    ("text", DE, "Anna–Lena", "Anna-Lena", 0),
    ("text", EU, "Mu\u0308ller", "Müller", 0),
    ("name", DE, "Mu\u0308ller", "Müller", 0),
    ("name", EU, "Ł", "Ł", 0),
    ("words", DE, "ψ", "ψ", 0),
    ("words", EU, "ab", "ab", 0),
    ("latin", DE, "12α", "12a", 1),
    ("latin", EU, "1", "1", 0),
    ("lower", DE, "EN", "en", 0),
    ("lower", EU, "en", "EN", 0),
    ("upper", DE, "en", "EN", 0),
    ("upper", EU, "EN", "en", 0),
    ("language", DE, "DE", "de", 0),
    ("language", DE, "qx", "en", 1),
    ("language", EU, "de", "DE", 0),
    ("country", DE, "EL", "GR", 0),
    ("country", DE, "FR", "FR", 0),
    ("country", EU, "GR", "EL", 0),
    ("utc", DE, "2026-03-02T10:15:31+01:00", "2026-03-02T09:15:31Z", 0),
    ("utc", DE, "2026-03-02T00:15:31.123456789+01:00", "2026-03-01T23:15:31.123456789Z", 0),
    ("utc", EU, "2026-03-02T10:15:31", "2026-03-02T10:15:31Z", 0),
    ("utc", EU, "2026-12-31T23:59:59.5-11:30", "2027-01-01T11:29:59.5Z", 0),
    ("date", DE, "2026-03-02T10:15:31Z", "2026-03-02", 0),
    ("status", DE, "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Unavailable", "Unavailable", 0),
    ("status", DE, "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:PartialSuccess", "Success", 0),
    ("status", EU, "Success", "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success", 0),
    ("gender", DE, "1", "Male", 1),
    ("gender", DE, "2", "Female", 1),
    ("gender", DE, "9", "Unspecified", 1),
    ("gender", DE, "Female", "Female", 0),
    ("gender", EU, "w", "Female", 0),
    ("gender", EU, " Männlich ", "Male", 0),
    ("gender", EU, "Unspecified", "Unspecified", 0),
    ("gender", EU, "divers", "Unspecified", 1),
    ("loa", DE, "High", "High", 0),
    ("loa", EU, "http://eidas.europa.eu/LoA/substantial", "Substantial", 0),
    ("loa", EU, "hoch", "High", 0),
    ("media-type", EU, "image/jpg", "image/jpeg", 0),
    ("media-type", DE, "image/jpg", "image/jpg", 0),
    ("wz-nace", EU, "62010", "62.01", 1),
    ("wz-nace", EU, "6201", "62.01", 0),
    ("wz-nace", DE, "62.01", "6201", 0),
    ("year-month", DE, "2027-06-15", "2027-06", 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "direction", "value", "result", "losses"),
    GIVEN,
    ids=[f"{row[0]} {row[1]} {row[2]!r}" for row in GIVEN],
)
def test_a_value_is_converted(
    name: str, direction: str, value: str, result: str, losses: int
) -> None:
    assert convert(name, direction, value) == (result, losses)


REFUSED = [
    ("text", DE, "中"),
    ("latin", DE, "中"),
    ("text", EU, "x"),
    ("words", EU, " x "),
    ("country", EU, "QU"),
    ("country", EU, "XK"),
    ("utc", DE, "yesterday"),
    ("utc", DE, "0001-01-01T00:00:00+14:00"),
    ("loa", DE, "moderate"),
    ("loa", EU, ""),
    ("wz-nace", EU, "geheim"),
    ("wz-nace", DE, "geheim"),
    ("year-month", DE, "geheim"),
]


@pytest.mark.parametrize(
    ("name", "direction", "value"), REFUSED, ids=[f"{r[0]} {r[1]} {r[2]!r}" for r in REFUSED]
)
def test_what_cannot_be_carried_over_is_refused_without_quoting_it(
    name: str, direction: str, value: str
) -> None:
    with pytest.raises(Unmappable) as caught:
        convert(name, direction, value)
    assert len(value.strip()) < 3 or value not in str(caught.value)


def test_national_details_become_a_neutral_text_towards_the_eu() -> None:
    result, losses = convert("detail", EU, "Aktenzeichen 12 bei Frau Muster")
    assert "Muster" not in result
    assert losses == 1


def test_foreign_details_come_in_latin_with_at_most_500_characters() -> None:
    assert convert("detail", DE, "Δεν βρέθηκε") == ("Den vrethike", 0)
    result, losses = convert("detail", DE, "x" * 600)
    assert (len(result), losses) == (500, 1)


@pytest.mark.parametrize("name", sorted(CONVERTERS))
def test_every_converter_has_a_name_a_sentence_and_goes_at_least_one_way(name: str) -> None:
    converter = CONVERTERS[name]
    assert converter.name == name
    assert converter.about
    ways = [converter.towards(way) for way in ("to-xnachweis", "to-edm", "to-national", "to-eu")]
    assert ways[:2] == ways[2:]
    assert any(ways)
    assert converter.two_way is (converter.exact and all(ways))
