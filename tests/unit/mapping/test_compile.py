"""The laws of the tables: what is wrong is refused at load, with file, line, row and nearest name."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import MappingFault
from bridge.mapping.translate import translate
from tests.mapping_worlds import (
    MESSAGE_ROUTES,
    PAYLOAD_ROUTES,
    TABLES,
    bare_context,
    changed_tables,
    in_row,
    line_of,
    route_id,
    shipped,
    without_row,
)

VEHICLE = "payloads/vehicle-registration.toml"


def test_the_shipped_tables_obey_all_laws() -> None:
    assert TABLES.check() == []


@pytest.mark.parametrize("route", [*MESSAGE_ROUTES, *PAYLOAD_ROUTES], ids=route_id)
def test_every_pair_compiles_in_every_direction_between_all_versions(
    route: tuple[Any, ...],
) -> None:
    table, pair, direction, source, target = route
    compiled = TABLES.route(table, pair, direction, source, target)
    assert compiled.target_kind == pair.kinds[direction.removeprefix("to-")]
    assert (compiled.direction, compiled.target_standard) == (direction, target)


# What is changed: file, part, row, old text, new text; what is said; whether of that row.
WRONG = [
    pytest.param(
        "common.toml", "person", "family-name", "FamilyName/value", "FamilyNam/value",
        "has no field 'FamilyNam'", "did you mean 'FamilyName'?", id="unknown field",
    ),
    pytest.param(
        "common.toml", "person", "family-name", 'edm = "FamilyName/value"', 'edm = "FamilyName/text"',
        "edm has no field 'text'", "'FamilyName/text'", id="unknown field inside a group",
    ),
    pytest.param(
        "common.toml", "person", "birth-date", 'edm = "DateOfBirth"', 'edm = "DateOfBirth/year"',
        "goes on below a value", "(edm)", id="path below a value",
    ),
    pytest.param(
        "common.toml", "person", "birth-date", 'edm = "DateOfBirth"', 'edm = "CurrentAddress"',
        "one side is a value, the other a group", "", id="value joined with a group",
    ),
    pytest.param(
        "common.toml", "", "person", 'part = "subject"\n', "",
        "two groups are joined by 'part'", "", id="groups without part",
    ),
    pytest.param(
        "common.toml", "person", "birth-date", "DateOfBirth\"\n", "DateOfBirth\"\npart = \"address\"\n",
        "'part' joins groups, these are values", "", id="part on values",
    ),
    pytest.param(
        "common.toml", "", "request.preview-possible", 'from = "request:PossibilityForPreview"',
        'constant = "yes"', "the value is no boolean", "", id="wrong kind of constant",
    ),
    pytest.param(
        "common.toml", "", "order-response.status", "Success", "Succes",
        "'Succes' is not in the code list", "did you mean 'Success'?", id="unknown code in a constant",
    ),
    pytest.param(
        "common.toml", "multilingual", "language-default", '"en"', '"english"',
        "'english' is not in the code list", "", id="unknown code in a default",
    ),
    pytest.param(
        "common.toml", "person", "gender", 'convert = "gender"', 'convert = "gendr"',
        "unknown converter 'gendr'", "did you mean 'gender'?", id="unknown converter",
    ),
    pytest.param(
        "errors.toml", "exception", "code", '"errors"', '"error"',
        "unknown codes 'error'", "did you mean 'errors'?", id="unknown codes",
    ),
    pytest.param(
        "common.toml", "", "person", '"subject"', '"subjekt"',
        "unknown part 'subjekt'", "did you mean 'subject'?", id="unknown part",
    ),
    pytest.param(
        "common.toml", "", "request.legal-basis", '"get-evidence"', '"get-evidense"',
        "unknown pair 'get-evidense'", "did you mean 'get-evidence'?", id="unknown pair",
    ),
    pytest.param(
        "common.toml", "", "request.legal-basis", 'pairs = ["request", "get-evidence"]\n', "",
        "names no pairs", "", id="no pairs",
    ),
    pytest.param(
        "common.toml", "person", "birth-place", '"text"', '"title-with-role"',
        "the converter 'title-with-role'", "", id="one-way converter in a two-way row",
    ),
    pytest.param(
        "common.toml", "address", "city", 'edm = "PostCityName"', 'edm = "PostCityName[]"',
        "'PostCityName' is no list (edm)", "", id="selector on a value that is no list",
    ),
    pytest.param(
        "common.toml", "agent", "name", 'edm = "Name[]"', 'edm = "Name"',
        "'Name' is a list: write [] or [1] (edm)", "", id="list without selector",
    ),
    pytest.param(
        "common.toml", "", "person-nationality", 'edm = "NaturalPerson/Nationality[]"',
        'edm = "EvidenceRequester/Name[]/value"',
        "'EvidenceRequester' is a list: say which items (edm)", "", id="list on the way",
    ),
    pytest.param(
        "common.toml", "", "request.requester", 'edm = "EvidenceRequester[Classification=ER]"',
        'edm = "EvidenceRequester[Class=ER]"', "selects by an unknown field", "",
        id="selector by an unknown field",
    ),
    pytest.param(
        "common.toml", "person", "address", "CurrentAddress/AdminUnitLevel1", "CurrentAddress/Country",
        "'when' names an unknown field 'CurrentAddress/Country'", "", id="when on an unknown field",
    ),
    pytest.param(
        "common.toml", "person", "family-name", 'id = "family-name"', 'id = "family-name"\nlos = "x"',
        "unknown key 'los'", "did you mean 'loss'?", id="unknown key",
    ),
    pytest.param(
        "common.toml", "person", "idnr", 'direction = "to-edm"', 'direction = "to-edn"',
        "unknown direction 'to-edn'", "", id="unknown direction",
    ),
    pytest.param(
        "common.toml", "person", "idnr", 'loss = "the identification number never leaves the country"',
        "", "nothing says why the field is lost", "", id="loss without a reason",
    ),
    pytest.param(
        "common.toml", "", "order.return-location", 'from = "preview:ReturnLocation"', "",
        "the target has no source", "", id="target without source",
    ),
    pytest.param(
        "common.toml", "person", "birth-place", 'edm = "PlaceOfBirth"', 'edm = "FamilyName/value"',
        "'NaturalPerson/FamilyName/value' is filled already by row person.family-name", "",
        id="double target",
    ),
    pytest.param(
        "common.toml", "person", "family-name", 'edm = "FamilyName/value"', 'edm = "FamilyName[value"',
        "is no step of a path", "", id="broken path",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("file", "part", "row", "old", "new", "said", "hint"), WRONG)
def test_a_wrong_row_is_named_with_file_line_and_nearest_right_name(
    file: str, part: str, row: str, old: str, new: str, said: str, hint: str, tmp_path: Path
) -> None:
    tables = changed_tables(tmp_path, {file: in_row(row, old, new, part)})

    found = [problem for problem in tables.check() if said in problem]

    assert found, tables.check()
    [problem, *_others] = found
    line = line_of(TABLES.root / file, row, part)
    assert problem.startswith(f"{file}:{line}: row ")
    assert (
        f"row {part}.{row}:" in problem if part and "key" not in said else f"row {row}" in problem
    )
    assert hint in problem


def test_a_doubled_id_is_named_where_it_stands_the_second_time(tmp_path: Path) -> None:
    change = in_row("birth-place", 'id = "birth-place"', 'id = "birth-name"', "person")
    line = line_of(TABLES.root / "common.toml", "birth-place", "person")
    problems = changed_tables(tmp_path, {"common.toml": change}).check()
    assert f"common.toml:{line}: row person.birth-name stands twice" in problems


GUARDED = """

[[part.person.row]]
id = "leak"
edm = "BirthName/value"
xnachweis = "IDNr"
fallback = true
direction = "to-edm"
"""


def test_a_guarded_field_may_stand_in_no_row_towards_the_eu(tmp_path: Path) -> None:
    tables = changed_tables(tmp_path, {"common.toml": lambda text: text + GUARDED})
    [problem] = [p for p in tables.check() if "never leaves towards the EU" in p]
    line = line_of(tables.root / "common.toml", "leak", "person")
    assert problem.startswith(f"common.toml:{line}: row leak: 'IDNr' never leaves")


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        pytest.param(
            "common.toml",
            without_row("idnr", "person"),
            "no row names the field 'Query/LegalOrNaturalPerson/NaturalPerson/IDNr'",
            id="a source leaf without row",
        ),
        pytest.param(
            "common.toml",
            without_row("order.procedure"),
            "no row fills the mandatory field 'Procedure'",
            id="a mandatory target without row",
        ),
        pytest.param(
            VEHICLE,
            lambda text: text.replace('"Auszugsdatum"', '"nope"', 1),
            "has no field 'nope'",
            id="an unknown field of a content",
        ),
    ],
)  # fmt: skip
def test_what_only_the_whole_table_shows_is_named_with_its_pair(
    file: str, change: Callable[[str], str], said: str, tmp_path: Path
) -> None:
    assert any(said in problem for problem in changed_tables(tmp_path, {file: change}).check())


def test_an_unknown_section_is_refused_with_the_right_name(tmp_path: Path) -> None:
    tables = changed_tables(tmp_path, {"errors.toml": lambda text: text + "\n[[rows]]\nid = 'x'\n"})
    assert "errors.toml: unknown section 'rows'; did you mean 'row'?" in tables.check()


def test_what_is_no_toml_is_refused_with_the_file(tmp_path: Path) -> None:
    tables = changed_tables(tmp_path, {"errors.toml": lambda text: text + "\n[[row\n"})
    [problem] = tables.check()
    assert "not valid TOML" in problem
    assert "errors.toml" in problem


def test_a_wrong_table_translates_nothing_and_lists_all_problems(tmp_path: Path) -> None:
    change = in_row("family-name", "FamilyName/value", "FamilyNam/value", "person")
    tables = changed_tables(tmp_path, {"common.toml": change})
    with pytest.raises(MappingFault) as caught:
        translate(
            shipped("edm/2.0/request-full"),
            tables,
            bare_context(),
            "xnachweis-1.4",
            table="document",
        )
    assert any("did you mean 'FamilyName'?" in problem for problem in caught.value.problems)


def test_a_one_way_converter_stands_in_a_one_way_row_of_its_direction_only(tmp_path: Path) -> None:
    change = in_row(
        "birth-place",
        'convert = "text"',
        'convert = "title-with-role"\ndirection = "to-edm"\nloss = "x"',
        "person",
    )
    tables = changed_tables(tmp_path, {"common.toml": change})
    assert any("does not go to-edm" in problem for problem in tables.check())


def test_a_fallback_may_share_a_target(tmp_path: Path) -> None:
    change = in_row(
        "birth-place", 'edm = "PlaceOfBirth"', 'edm = "FamilyName/value"\nfallback = true', "person"
    )
    problems = changed_tables(tmp_path, {"common.toml": change}).check()
    assert not [problem for problem in problems if "is filled already" in problem]


@pytest.mark.parametrize(
    ("file", "change", "named"),
    [
        pytest.param(
            "older.toml",
            in_row("older.token", 'chapter = "NOOTS 2.9"\n', ""),
            ["older.token"],
            id="a row",
        ),
        pytest.param(
            "older.toml",
            in_row("older.token", 'chapter = "NOOTS 2.9"', 'chapter = " "'),
            ["older.token"],
            id="a blank one",
        ),
        pytest.param(
            "common.toml",
            lambda text: text.replace(
                '[part.package]\nchapter = "NOOTS 9.3, EDM 4.4"\n', "[part.package]\n"
            ),
            ["package.id", "package.object", "package.about"],
            id="a part",
        ),
        pytest.param(
            VEHICLE,
            lambda text: re.sub(r'\nchapter = "[^"]*"', "", text, count=1),
            [""],
            id="a row of a content",
        ),
    ],
)
def test_a_row_says_which_chapter_it_rests_on(
    tmp_path: Path, file: str, change: Callable[[str], str], named: list[str]
) -> None:
    problems = changed_tables(tmp_path, {file: change}).check()
    for name in named:
        found = [text for text in problems if f"row {name}" in text]
        assert found
        assert all(text.startswith(file.rpartition("/")[2]) for text in found)
        assert all("the chapter is missing" in text for text in found)
    assert all("the chapter is missing" in problem for problem in problems)


def test_a_row_of_a_part_has_the_chapter_of_the_part() -> None:
    for part in TABLES.messages.parts.values():
        assert all(row.chapter for row in part.row), part.id
    person = {row.id: row.chapter for row in TABLES.messages.parts["delivered-person"].row}
    assert person["family-name"] == TABLES.messages.parts["delivered-person"].chapter


def test_a_fallback_stands_behind_the_rows_that_it_stands_in_for(tmp_path: Path) -> None:
    """Before them it would fill a list that they fill once more."""
    first = in_row("order.chosen-requirements", "from =", "fallback = true\nfrom =")
    last = in_row("order.requirements", "fallback = true\n", "")
    tables = changed_tables(tmp_path, {"common.toml": lambda text: last(first(text))})
    problems = tables.check()
    assert problems
    assert all("must stand after it" in problem for problem in problems), problems


def test_rows_apply_to_the_versions_that_they_name(tmp_path: Path) -> None:
    change = in_row("order.return-location", 'edm = "2.*"', 'edm = "1.*"')
    problems = changed_tables(tmp_path, {"common.toml": change}).check()
    assert any("edm has no field 'ReturnLocation'" in problem for problem in problems)


DATA_FILES = [
    "common.toml", "errors.toml", "guard.toml", "latin.toml", "platform.toml",
    "codes/fuel.toml", "evidence/document.toml", VEHICLE,
]  # fmt: skip


@pytest.mark.parametrize("file", DATA_FILES)
@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"# a\n# \xff\n", "the file is not UTF-8 ({path}, line 2)"),
        (b"\xef\xbb\xbf# a\n", "byte order mark (BOM) ({path}, line 1)"),
        (b"# a\nb =\n", "({path}, line 2)"),
        (b"", "{name}"),
    ],
    ids=["no UTF-8", "BOM", "no TOML", "empty"],
)
def test_a_data_file_that_is_broken_is_named(
    file: str, octets: bytes, said: str, tmp_path: Path
) -> None:
    tables = changed_tables(tmp_path, {})
    (tables.root / file).write_bytes(octets)
    problems = tables.check()
    wanted = said.format(path=tables.root / file, name=Path(file).name)
    assert any(wanted in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("old", "said"),
    [
        ('"registered"', "'zzz' is not in the code list"),
        ('"zugelassen"', "'zzz' is not in the code"),
    ],
)
def test_a_pair_of_codes_outside_a_closed_list_is_named_with_its_line(
    old: str, said: str, tmp_path: Path
) -> None:
    name = "codes/vehicle-status.toml"
    tables = changed_tables(tmp_path, {name: lambda text: text.replace(old, '"zzz"', 1)})
    assert any(p.startswith(f"{name}:") and said in p for p in tables.check()), tables.check()


def test_a_field_without_row_is_told_with_the_file(tmp_path: Path) -> None:
    tables = changed_tables(tmp_path, {"common.toml": without_row("idnr", "person")})
    assert any(p.startswith("common.toml, errors.toml, older.toml: pair ") for p in tables.check())
