"""Table files: what rows, parts and pairs become, and what is refused before any binding."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from bridge.errors import MappingFault
from bridge.mapping.table import When, load_table, near

TEXT = """[table]
id = "x"
title = { en = "X" }

[[pair]]
id = "p"
edm = "A"
xnachweis = "B"
directions = ["to-edm"]

[[row]]
id = "r"
pairs = ["p"]
edm = "a"
xnachweis = "none"
versions = { edm = "1.*", xnachweis = ["1.4", "1.2"] }
when = { field = "f", is = ["x"] }
from = "request:id"

[[row]]
id = "s"
pairs = ["p"]
xnachweis = "g"
edm = "g"
part = "q"

[part.q]
chapter = "EDM 1"

[[part.q.row]]
id = "r"
edm = "."
xnachweis = "b"
"""


def write(folder: Path, text: str, name: str = "x.toml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_table_keeps_rows_with_their_sides_versions_and_lines(tmp_path: Path) -> None:
    table = load_table(write(tmp_path, TEXT))
    row = table.rows[0]
    assert (table.id, table.sides, table.other("edm")) == ("x", ("edm", "xnachweis"), "xnachweis")
    assert (row.path("edm"), row.path("xnachweis")) == ("a", None)
    assert row.versions == {"edm": ("1.*",), "xnachweis": ("1.4", "1.2")}
    assert (row.file, row.line, row.from_) == ("x.toml", 11, "request:id")
    assert [inner.id for inner in table.parts["q"].row] == ["r"]
    assert [r.id for r in table.rows_of(table.pair("p"))] == ["r", "s"]


def test_a_part_of_one_file_serves_rows_of_another(tmp_path: Path) -> None:
    first, _, second = TEXT.partition("[part.q]")
    table = load_table(write(tmp_path, first), write(tmp_path, f"[part.q]{second}", "y.toml"))
    assert table.parts["q"].row[0].file == "y.toml"


def test_a_part_that_stands_twice_is_refused(tmp_path: Path) -> None:
    part = TEXT[TEXT.index("[part.q]") :]
    with pytest.raises(MappingFault, match="the part q stands twice"):
        load_table(write(tmp_path, TEXT), write(tmp_path, part, "y.toml"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param('"request:id"', "3", "x.toml:11: row r: from", id="wrong kind of value"),
        pytest.param('is = ["x"]', 'is = ["x"], not = ["y"]', "'when' has either 'is' or 'not'", id="is and not"),
        pytest.param("from =", "form =", "unknown key 'form'; did you mean 'from'?", id="unknown key"),
        pytest.param("directions =", "direction =", "x.toml:5: pair p: unknown key 'direction'; did you mean 'directions'?", id="unknown key of a pair"),
        pytest.param('from = "request:id"', 'new = "number"', "x.toml:11: row r: new", id="unknown kind of new value"),
    ],
)  # fmt: skip
def test_a_row_that_no_model_takes_is_refused_with_its_line(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(MappingFault) as caught:
        load_table(write(tmp_path, TEXT.replace(old, new, 1)))
    assert any(said in problem for problem in caught.value.problems)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    text = TEXT.replace("from =", "form =").replace("directions =", "direction =")
    with pytest.raises(MappingFault, match="have 2 problems") as caught:
        load_table(write(tmp_path, text))
    assert len(caught.value.problems) == 2


def test_a_file_that_is_not_there_is_a_fault_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(MappingFault, match="cannot be read"):
        load_table(tmp_path / "none.toml")


def test_an_unknown_pair_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(MappingFault, match="has no pair z"):
        load_table(write(tmp_path, TEXT)).pair("z")


def test_a_condition_wants_a_list_of_values() -> None:
    assert When(**{"field": "f", "not": ["a"]}).not_ == ("a",)
    with pytest.raises(ValidationError):
        When(field="f")


@pytest.mark.parametrize(
    ("name", "hint"), [("FamilyNam", "; did you mean 'FamilyName'?"), ("Zzz", "")]
)
def test_the_nearest_name_is_told_only_if_it_is_near(name: str, hint: str) -> None:
    assert near(name, ["FamilyName", "GivenName"]) == hint
