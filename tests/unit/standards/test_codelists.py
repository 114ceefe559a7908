"""Code lists are files with a source, a header and one row a code."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bridge.errors import BindingFault
from bridge.standards.binding import load_binding
from bridge.standards.codelists import CodeList, ListHead, dump_edition, load_codes, load_edition

GOOD = '# source: a made-up list\ncode,name\nA,first\nB,"second, with a comma"\n'


def codes(folder: Path, text: str) -> dict[str, dict[str, str]]:
    path = folder / "list.csv"
    path.write_text(text, "utf-8")
    return load_codes(path)


def test_codes_come_in_order_with_their_rows(tmp_path: Path) -> None:
    rows = codes(tmp_path, GOOD)
    assert list(rows) == ["A", "B"]
    assert rows["B"] == {"code": "B", "name": "second, with a comma"}


def test_codes_may_hold_letters_of_all_scripts_and_inner_blanks(tmp_path: Path) -> None:
    assert list(codes(tmp_path, "# source: x\ncode\nΩ Щ\n")) == ["Ω Щ"]


def test_a_list_may_be_empty(tmp_path: Path) -> None:
    assert codes(tmp_path, "# source: not public\ncode,name\n") == {}


REFUSED = {
    "empty file": ("", "begins with a line '# source: …'", 1),
    "no source": ("code,name\nA,x\n", "begins with a line '# source: …'", 1),
    "no header": ("# source: x\n", "the first column must be 'code'", 2),
    "other first column": ("# source: x\nname,code\n", "the first column must be 'code'", 2),
    "doubled code": ("# source: x\ncode\nA\nB\nA\n", "a code stands twice", 5),
    "empty code": ("# source: x\ncode,name\nA,x\n,y\n", "a code is empty", 4),
    "unknown head": ("# source: x\n# sauce: y\ncode\n", "a head line of a code list is", 2),
    "no head": ("# source: x\n# y\ncode\n", "a head line of a code list is", 2),
    "head twice": ("# source: x\n# version: 1\n# version: 2\ncode\n", "each key once", 3),
    "wrong date of the list": (
        "# source: x\n# valid-from: 2024\ncode\n",
        "valid-from is a date",
        2,
    ),
    "wrong date of a code": (
        "# source: x\n# name: y\ncode,valid_until\nA,2024-02-30\n",
        "valid_until is a date",
        4,
    ),
    "row too short": ("# source: x\ncode,name\nA\n", "a row has 1 cells, the header 2", 3),
    "column twice": ("# source: x\ncode,code\n", "a column has no name", 2),
    "open quote": ('# source: x\ncode,name\nA,"x\n', "a code list is no csv", 3),
}


@pytest.mark.parametrize(("text", "sentence", "line"), REFUSED.values(), ids=REFUSED.keys())
def test_a_wrong_list_is_refused_with_file_and_line(
    tmp_path: Path, text: str, sentence: str, line: int
) -> None:
    with pytest.raises(BindingFault) as caught:
        codes(tmp_path, text)
    assert sentence in caught.value.what
    assert (caught.value.where, caught.value.line) == (str(tmp_path / "list.csv"), line)


def test_a_list_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BindingFault, match="cannot be read"):
        load_codes(tmp_path / "none.csv")


def test_the_values_of_a_list_are_its_codes() -> None:
    assert CodeList("Colour", {"red": {}, "blue": {}}).values == {"red", "blue"}


DATED = (
    "# source: x\n# name: Colours\n# uri: urn:c\n# version: 2\n# version-uri: urn:c:2\n"
    "# valid-from: 2024-01-01\ncode,valid_from,valid_until\n"
    "R,,\nG,2024-06-01,\nB,,2024-05-31\n"
)


def test_the_head_says_what_the_list_is(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(DATED, "utf-8")
    edition = load_edition(path)
    assert edition.head == ListHead("x", "Colours", "urn:c", "2", "urn:c:2", "2024-01-01")
    assert edition.rows["R"]["valid_from"] == ""
    assert dump_edition(edition) == DATED


IN_FORCE = {
    "before all": (date(2023, 12, 31), set()),
    "the first day of the list": (date(2024, 1, 1), {"R", "B"}),
    "the last day of a code": (date(2024, 5, 31), {"R", "B"}),
    "the first day of a code": (date(2024, 6, 1), {"R", "G"}),
    "no day: whatever was ever valid": (None, {"R", "G", "B"}),
}


@pytest.mark.parametrize(("day", "expected"), IN_FORCE.values(), ids=IN_FORCE.keys())
def test_a_code_is_in_force_from_its_first_to_its_last_day(
    tmp_path: Path, day: date | None, expected: set[str]
) -> None:
    colours = CodeList("Colours", codes(tmp_path, DATED))
    assert colours.at(day) == expected
    assert colours.values == {"R", "G", "B"}


@pytest.mark.parametrize(
    ("settings", "text", "closed"),
    [
        ("", GOOD, True),
        ("closed = true", GOOD, True),
        ("closed = false", GOOD, False),
        ("", "# source: not public\ncode\n", False),
    ],
    ids=["by default", "said closed", "said open", "empty, hence open"],
)
def test_a_list_is_closed_unless_it_says_otherwise_or_is_empty(
    tmp_path: Path, settings: str, text: str, closed: bool
) -> None:
    (tmp_path / "list.csv").write_text(text, "utf-8")
    (tmp_path / "x.xsd").write_text("<x/>", "utf-8")
    (tmp_path / "binding.toml").write_text(
        '[standard]\nfamily = "f"\nversion = "1"\nschema = "x.xsd"\n'
        f'[lists.L]\nfile = "list.csv"\nuri = "urn:l"\nversion = "3"\n{settings}\n'
        '[messages.M]\nroot = "m"\nfields = [ { name = "c", element = "c", is = "code:L" } ]\n',
        "utf-8",
    )
    found = load_binding(tmp_path).lists["L"]
    assert (found.closed, found.uri, found.version) == (closed, "urn:l", "3")
