"""Values as TOML and as cells: what is written is read back the same."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import SettingsFault
from bridge.tables.values import cell, key_text, toml, value_of

CELLS = {
    "a path": ("eu", "Vehicle/Make[]", "Vehicle/Make[]"),
    "a pattern": ("national", "{street}[ {number}]", "{street}[ {number}]"),
    "a code that looks like a number": ("national", "0025", "0025"),
    "a text that is a number where numbers are possible": ("default", "12", '"12"'),
    "a number there": ("default", 12, "12"),
    "a text that is a truth value there": ("constant", "true", '"true"'),
    "a truth value": ("fallback", True, "true"),
    "a list": ("pairs", ["a", "b"], '["a", "b"]'),
    "a group": ("when", {"field": "X", "is": ["1"]}, '{ field = "X", is = ["1"] }'),
    "blanks around": ("note", " x ", '" x "'),
    "nothing": ("note", "", '""'),
    "a text in quotes": ("note", '"x"', '"\\"x\\""'),
}


@pytest.mark.parametrize(("column", "value", "shown"), CELLS.values(), ids=CELLS)
def test_a_cell_is_read_as_it_is_needed(column: str, value: object, shown: str) -> None:
    assert cell(column, value) == shown
    back = value_of(column, shown)
    assert back == value and type(back) is type(value)


@pytest.mark.parametrize(
    ("column", "text"), [("fallback", "perhaps"), ("places", "two"), ("cut", "1")]
)
def test_a_column_that_takes_no_such_thing_says_so(column: str, text: str) -> None:
    with pytest.raises(SettingsFault, match=f"'{column}' takes"):
        value_of(column, text)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["eu", "note", "default", "constant", "loss"]), st.text())
def test_any_text_comes_back(column: str, text: str) -> None:
    assert value_of(column, cell(column, text)) == text


@settings(max_examples=100, deadline=None)
@given(st.text(), st.text())
def test_any_text_and_key_is_toml(key: str, text: str) -> None:
    assert tomllib.loads(f"{key_text(key)} = {toml(text)}") == {key: text}
