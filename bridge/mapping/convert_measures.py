"""Converters of amounts, units and dates: exact decimals, never floats.

What a row says beside their names (``unit``, ``places``, ``currency``) is looked at when the row is
compiled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Final

from bridge.mapping.account import Env, Unmappable
from bridge.mapping.converter import Apply, Converter
from bridge.mapping.table import near

_PS: Final = Fraction(73549875, 100_000_000)  # kW: 75 kg lifted one metre a second
UNITS: Final[Mapping[str, Mapping[str, Fraction]]] = {
    "mass": {"mg": Fraction(1, 1000), "g": Fraction(1), "kg": Fraction(1000), "t": Fraction(10**6)},
    "length": {
        "mm": Fraction(1), "cm": Fraction(10), "m": Fraction(1000), "km": Fraction(10**6),
    },
    "area": {"m2": Fraction(1), "a": Fraction(100), "ha": Fraction(10_000), "km2": Fraction(10**6)},
    "volume": {
        "ml": Fraction(1), "cm3": Fraction(1), "l": Fraction(1000), "m3": Fraction(10**6),
    },
    "power": {"W": Fraction(1, 1000), "kW": Fraction(1), "MW": Fraction(1000), "PS": _PS},
    "energy": {"Wh": Fraction(1), "kWh": Fraction(1000), "MWh": Fraction(10**6),
               "kJ": Fraction(5, 18)},
    "speed": {"km/h": Fraction(1), "m/s": Fraction(18, 5)},
    "pressure": {"hPa": Fraction(1), "kPa": Fraction(10), "bar": Fraction(1000)},
    "time": {"s": Fraction(1), "min": Fraction(60), "h": Fraction(3600)},
    "share": {"one": Fraction(1), "%": Fraction(1, 100)},
}  # fmt: skip
"""Units by what they measure, each in parts of the first kind's own measure."""
_NO_MINOR: Final = frozenset(
    {
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND",
        "VUV", "XAF", "XOF", "XPF",
    }
)  # fmt: skip
_THREE: Final = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
_COMMA: Final = re.compile(r"(-?\d+)(?:,(\d+))?", re.ASCII)
_POINT: Final = re.compile(r"(-?\d+)(?:\.(\d+))?", re.ASCII)
_GERMAN: Final = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})", re.ASCII)
_YEAR: Final = re.compile(r"(\d{4})-\d{2}-\d{2}.*", re.ASCII)
_TRUTH: Final = {"ja": True, "nein": False}


def ratio(units: Mapping[str, str], source: str, target: str) -> Fraction:
    """How many of the target's unit one of the source's is. ``ValueError`` says what is wrong."""
    for side in (source, target):
        if side not in units:
            raise ValueError(f"'unit' names no unit for {side}")
        if not any(units[side] in kind for kind in UNITS.values()):
            raise ValueError(f"unknown unit '{units[side]}'{_nearest(units[side])}")
    kind = next(k for k in UNITS.values() if units[source] in k)
    if units[target] not in kind:
        raise ValueError(f"the unit '{units[target]}' does not measure what '{units[source]}' does")
    return kind[units[source]] / kind[units[target]]


def _nearest(unit: str) -> str:
    known = [name for kind in UNITS.values() for name in kind]
    alike = [name for name in known if name.lower() == unit.lower()]
    return near(unit, alike or known)


def finite(number: Fraction) -> bool:
    """Whether a ratio has an end as a decimal, so that nothing is rounded."""
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def unit_converter(by: Fraction, places: int | None, target: type) -> Apply:
    """Multiply; rounded half up to ``places`` where that is given. ``target`` is text or int."""

    def apply(value: Any, _env: Env) -> Any:
        amount = _decimal(value)
        exact = Fraction(amount) * by
        result = Decimal(exact.numerator) / Decimal(exact.denominator)
        if places is not None:
            result = result.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        if target is not int:
            return _spelled(result)
        if result != result.to_integral_value():
            raise Unmappable("the amount is not whole in the unit of the other side")
        return int(result)

    return apply


def minor_units(path: str, to_minor: bool, target: type) -> Apply:
    """Amounts in whole minor units (cents) here, as decimals in the EU; the currency tells apart.

    ``path`` is that of the currency's code, from the group the row's paths start in.
    """

    def apply(value: Any, env: Env) -> Any:
        currency = env.item.at(path)
        if not isinstance(currency, str) or not re.fullmatch("[A-Z]{3}", currency):
            raise Unmappable("the amount has no currency beside it")
        digits = 0 if currency in _NO_MINOR else 3 if currency in _THREE else 2
        result = _decimal(value).scaleb(digits if to_minor else -digits)
        if not to_minor:
            return _spelled(result.quantize(Decimal(1).scaleb(-digits)))
        if result != result.to_integral_value():
            raise Unmappable("the amount has more digits than its currency")
        return int(result) if target is int else _spelled(result.to_integral_value())

    return apply


def _decimal(value: Any) -> Decimal:
    try:
        return Decimal(value)
    except InvalidOperation:
        raise Unmappable("this is not a decimal number") from None


def _spelled(value: Decimal) -> str:
    """Spelt out, without exponent and without zeros that say nothing."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _comma_to_point(value: str, _env: Env) -> str:
    return _respelled(value, _COMMA, ".")


def _point_to_comma(value: str, _env: Env) -> str:
    return _respelled(value, _POINT, ",")


def _respelled(value: str, form: re.Pattern[str], mark: str) -> str:
    match = form.fullmatch(value)
    if not match:
        raise Unmappable("this is not a decimal number of the form that is expected")
    whole, rest = match.groups()
    return f"{whole}{mark}{rest}" if rest else whole


def _german_to_iso(value: str, _env: Env) -> str:
    match = _GERMAN.fullmatch(value)
    if not match:
        raise Unmappable("this is not a date of the form TT.MM.JJJJ")
    return _checked("-".join(reversed(match.groups())))


def _iso_to_german(value: str, _env: Env) -> str:
    return ".".join(reversed(_checked(value).split("-")))


def _checked(value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise Unmappable("this is not a day of the calendar") from None
    return value


def _year(value: str, _env: Env) -> str:
    match = _YEAR.fullmatch(value)
    if not match:
        raise Unmappable("this is not a date of the form YYYY-MM-DD")
    return match.group(1)


def _truth_to_words(value: bool, _env: Env) -> str:
    return "ja" if value else "nein"


def _words_to_truth(value: str, _env: Env) -> bool:
    known = _TRUTH.get(value.strip().lower())
    if known is None:
        raise Unmappable("this is neither ja nor nein")
    return known


_DAY: Final = r"\d{4}-\d{2}-\d{2}"
CONVERTERS: Final = (
    Converter(
        "decimal-comma", "1234,56 here, 1234.56 in the EU", _point_to_comma, _comma_to_point,
        national_form=r"-?\d+(,\d+)?", eu_form=r"-?\d+(\.\d+)?",
    ),
    Converter(
        "date-german", "TT.MM.JJJJ here, YYYY-MM-DD in the EU", _iso_to_german, _german_to_iso,
        national_form=r"\d{2}\.\d{2}\.\d{4}", eu_form=_DAY,
    ),
    Converter("year", "the year of a date", _year, _year, exact=False,
              national_form=f"{_DAY}.*", eu_form=f"{_DAY}.*"),
    Converter("ja-nein", "ja and nein here, true and false in the EU", _truth_to_words,
              _words_to_truth, eu_type=bool, national_form="ja|nein"),
)  # fmt: skip
PARAMETRIC: Final[Mapping[str, str]] = {
    "code": "a pair of the list that `codes` names",
    "unit": "an amount in another unit: `unit`, rounded with `places`",
    "minor-units": "whole cents here, a decimal in the EU, by the currency that `currency` names",
}
"""Converters that a row says more about: what they do."""
