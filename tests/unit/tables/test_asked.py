"""Fields from answers: a line each, to two data models and the rows between them."""

from __future__ import annotations

import pytest

from bridge.errors import SettingsFault
from bridge.tables.asked import asked

ROOTS = {"eu": "DogLicence", "national": "Hundebescheinigung"}
SPACES = {"eu": "urn:x:eu", "national": "urn:x:national"}


def test_a_line_makes_a_field_on_each_side_and_a_row() -> None:
    models, proposal = asked(["Owner/DateOfBirth = halter/geburtsdatum : date"], ROOTS, SPACES)
    assert models["eu"].inside["Owner"].inside["DateOfBirth"].kind == "date"
    assert models["national"].inside["halter"].inside["geburtsdatum"].kind == "date"
    (row,) = proposal.rows
    assert (row.eu, row.national, row.why) == ("Owner/DateOfBirth", "halter/geburtsdatum", "")


def test_a_side_without_counterpart_is_lost_and_stays_to_be_read() -> None:
    (row, _) = asked(["- = steuermarke", "A = a"], ROOTS, SPACES)[1].rows
    assert (row.eu, row.direction) == (None, "to-eu") and row.loss and row.why


def test_lists_meet_single_values_by_their_first_item() -> None:
    (row, both) = asked(["A[] = a", "B[] = b[]"], ROOTS, SPACES)[1].rows
    assert (row.eu, row.national) == ("A[1]", "a") and "after the first" in row.loss
    assert (both.eu, both.national, both.loss) == ("B[]", "b[]", "")


@pytest.mark.parametrize(
    "line", ["A", "A = ", "A = a : colour", "A B = a", "A = a[1]", "1 = a"]
)  # fmt: skip
def test_what_is_no_field_is_told(line: str) -> None:
    with pytest.raises(SettingsFault, match="no field"):
        asked([line], ROOTS, SPACES)


def test_a_side_without_fields_is_told() -> None:
    with pytest.raises(SettingsFault, match="eu has no fields"):
        asked(["- = a"], ROOTS, SPACES)
