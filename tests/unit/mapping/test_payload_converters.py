"""Conversions of payload values (NOOTS 10.1, 10.2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bridge.mapping.payload_converters import (
    month_of_date,
    nace_from_wz,
    wz_from_nace,
    wz_remainder,
)


@pytest.mark.parametrize(
    ("key", "code", "remainder"),
    [
        pytest.param("62", "62", "", id="division"),
        pytest.param("620", "62.0", "", id="group"),
        pytest.param("6201", "62.01", "", id="class"),
        pytest.param("62010", "62.01", "0", id="subclass, known to the WZ only"),
        pytest.param("01190", "01.19", "0", id="leading zero"),
    ],
)
def test_a_wz_key_becomes_the_nace_code_of_its_first_four_digits(
    key: str, code: str, remainder: str
) -> None:
    assert nace_from_wz(key) == code
    assert wz_remainder(key) == remainder
    assert wz_from_nace(code) == key.removesuffix(remainder)


@pytest.mark.parametrize("code", ["01", "01.1", "01.11", "99.00"])
def test_a_nace_code_comes_back_unchanged(code: str) -> None:
    assert nace_from_wz(wz_from_nace(code)) == code


def test_a_date_becomes_its_month() -> None:
    assert month_of_date("2027-06-15") == "2027-06"


@pytest.mark.parametrize(
    ("convert", "value"),
    [
        pytest.param(nace_from_wz, "6", id="one digit"),
        pytest.param(nace_from_wz, "620100", id="six digits"),
        pytest.param(nace_from_wz, "62.01", id="NACE given as WZ"),
        pytest.param(nace_from_wz, "٦٢", id="other digits"),
        pytest.param(wz_from_nace, "6201", id="WZ given as NACE"),
        pytest.param(wz_from_nace, "62.", id="nothing after the full stop"),
        pytest.param(wz_from_nace, "J62.01", id="section letter"),
        pytest.param(month_of_date, "2027-13-01", id="no such month"),
        pytest.param(month_of_date, "2027-06", id="a month already"),
        pytest.param(month_of_date, "15.06.2027", id="German form"),
    ],
)
def test_other_forms_are_refused_without_quoting_them(
    convert: Callable[[str], str], value: str
) -> None:
    with pytest.raises(ValueError, match="this is not") as caught:
        convert(value)
    assert value not in str(caught.value)
