"""Amounts, units and dates: exact decimals, and an inverse where there is one."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mapping.account import Unmappable
from bridge.mapping.convert import CONVERTERS
from bridge.mapping.convert_measures import UNITS, finite, minor_units, ratio, unit_converter
from tests.mapping_worlds import env_for

PAIRS = [(kind, a, b) for kind, units in UNITS.items() for a in units for b in units if a != b]


def applied(name: str, direction: str, value: Any) -> Any:
    function = CONVERTERS[name].towards(direction)
    assert function is not None
    return function(value, env_for())


@pytest.mark.parametrize(
    ("name", "national", "eu"),
    [
        ("decimal-comma", "1234,56", "1234.56"),
        ("decimal-comma", "-7", "-7"),
        ("decimal-comma", "1,50", "1.50"),
        ("date-german", "29.02.2024", "2024-02-29"),
        ("ja-nein", "ja", True),
        ("ja-nein", "nein", False),
    ],
)
def test_values_of_the_two_sides_become_one_another(name: str, national: Any, eu: Any) -> None:
    assert applied(name, "to-eu", national) == eu
    assert applied(name, "to-national", eu) == national


@pytest.mark.parametrize(
    ("name", "direction", "value"),
    [
        ("decimal-comma", "to-eu", "1.234,56"),
        ("decimal-comma", "to-national", "1e3"),
        ("date-german", "to-eu", "30.02.2024"),
        ("date-german", "to-eu", "1.1.2024"),
        ("date-german", "to-national", "2024-13-01"),
        ("year", "to-eu", "2024"),
        ("ja-nein", "to-eu", "vielleicht"),
    ],
)
def test_what_is_not_understood_is_refused_without_quoting_it(
    name: str, direction: str, value: str
) -> None:
    with pytest.raises(Unmappable) as told:
        applied(name, direction, value)
    assert value not in str(told.value)


def test_a_year_does_not_come_back() -> None:
    assert applied("year", "to-eu", "2024-02-29") == "2024"
    assert not CONVERTERS["year"].two_way


@pytest.mark.parametrize(
    ("source", "target", "value", "places", "result"),
    [
        ("kg", "t", "1585", None, "1.585"),
        ("t", "kg", "1.585", None, "1585"),
        ("PS", "kW", "75", 1, "55.2"),
        ("kW", "PS", "55", 0, "75"),
        ("cm3", "l", "1998", None, "1.998"),
        ("m/s", "km/h", "10", None, "36"),
        ("%", "one", "19", None, "0.19"),
        ("g", "kg", "0.0001", None, "0.0000001"),
    ],
)
def test_amounts_in_other_units(
    source: str, target: str, value: str, places: int | None, result: str
) -> None:
    by = ratio({"eu": source, "national": target}, "eu", "national")
    assert unit_converter(by, places, str)(value, env_for()) == result


def test_an_amount_that_is_not_whole_does_not_become_a_whole_number() -> None:
    by = ratio({"eu": "kg", "national": "t"}, "eu", "national")
    convert = unit_converter(by, None, int)
    assert convert(2000, env_for()) == 2
    with pytest.raises(Unmappable, match="not whole"):
        convert(1500, env_for())


@pytest.mark.parametrize(("kind", "one", "other"), PAIRS)
def test_exact_units_come_back_and_others_are_known_to_round(
    kind: str, one: str, other: str
) -> None:
    there = ratio({"eu": one, "national": other}, "eu", "national")
    back = ratio({"eu": one, "national": other}, "national", "eu")
    assert there * back == 1
    if finite(there) and finite(back):
        value = unit_converter(there, None, str)("12.5", env_for())
        assert Decimal(unit_converter(back, None, str)(value, env_for())) == Decimal("12.5")


@pytest.mark.parametrize(("number", "ends"), [("1/8", True), ("3/20", True), ("1/3", False)])
def test_a_ratio_ends_as_a_decimal_or_not(number: str, ends: bool) -> None:
    assert finite(Fraction(number)) is ends


@pytest.mark.parametrize(
    ("units", "what"),
    [
        ({"eu": "kg"}, "no unit for national"),
        ({"eu": "stone", "national": "kg"}, "unknown unit 'stone'"),
        ({"eu": "kg", "national": "km"}, "does not measure"),
    ],
)
def test_units_that_do_not_go_together_are_told(units: dict[str, str], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        ratio(units, "eu", "national")


@pytest.mark.parametrize(
    ("currency", "minor", "amount"),
    [("EUR", 1250, "12.5"), ("JPY", 1250, "1250"), ("BHD", 1250, "1.25"), ("EUR", -5, "-0.05")],
)
def test_whole_cents_are_decimals_by_their_currency(currency: str, minor: int, amount: str) -> None:
    env = env_for(item={"Fee": {"Currency": currency}})
    assert minor_units("Fee/Currency", False, str)(minor, env) == amount
    assert minor_units("Fee/Currency", True, int)(amount, env) == minor


@pytest.mark.parametrize("item", [{}, {"c": "euro"}])
def test_an_amount_without_currency_is_refused(item: dict[str, str]) -> None:
    with pytest.raises(Unmappable, match="no currency"):
        minor_units("c", False, str)(1, env_for(item=item))


def test_more_digits_than_the_currency_has_are_refused() -> None:
    with pytest.raises(Unmappable, match="more digits"):
        minor_units("c", True, int)("1.005", env_for(item={"c": "EUR"}))


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12
    )
)
def test_amounts_are_exact_whatever_their_size(amount: Decimal) -> None:
    env = env_for(item={"c": "EUR"})
    minor = minor_units("c", True, int)(f"{amount:f}", env)
    assert Decimal(minor_units("c", False, str)(minor, env)) == amount
