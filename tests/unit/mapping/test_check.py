"""`Tables.check`: of all tables, of one file with what uses it, and of what stands beside the rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mapping_worlds import TABLES, changed_tables, in_row

VEHICLE = "payloads/vehicle-registration.toml"
COMPANY = "payloads/company-register-extract.toml"


def replaced(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


def test_the_shipped_tables_have_no_problem_on_made_up_documents() -> None:
    assert TABLES.check(examples=5) == []


@pytest.mark.parametrize(
    ("file", "other"),
    [(VEHICLE, COMPANY), (COMPANY, "codes/fuel.toml"), ("common.toml", VEHICLE)],
)
def test_of_one_file_what_is_wrong_elsewhere_is_not_told(
    tmp_path: Path, file: str, other: str
) -> None:
    tables = changed_tables(tmp_path, {file: replaced("[[row]]", "[[row]]\nunknown = 1")})
    assert tables.check(only=file)
    assert tables.check(only=other) == []


def test_a_list_of_codes_is_tried_in_the_tables_that_use_it(tmp_path: Path) -> None:
    change = replaced('fallback = { to-eu = "copy"', 'fallback = { to-eu = "error"')
    tables = changed_tables(tmp_path, {"codes/fuel.toml": change})
    [told, *_] = tables.check(40, "codes/fuel.toml")
    assert "vehicle-registration.toml" in told
    assert "row fuel: 'N_10' is lost" in told
    assert tables.check(only="codes/colour.toml") == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (
            replaced('[[pair]]\neu = "lpg"\nnational = "0005"', '[[pair]]\neu = "lpg"\nnational = "0042"'),
            "the code '0005' of the list",
        ),
        (
            replaced('[[pair]]\neu = "diesel"\nnational = "0002"\nnote = "Diesel"\n', ""),
            "the code 'diesel' of the list FuelType has no pair to-national",
        ),
        (
            replaced('chapter = "NOOTS 10.1"', 'chapter = "NOOTS 10.1"\nunpaired = { to-eu = ["0077"] }'),
            "'0077' in 'unpaired' is not in the list",
        ),
        (
            replaced('chapter = "NOOTS 10.1"', 'chapter = "NOOTS 10.1"\nunpaired = { to-eu = ["0002"] }'),
            "the code 0002 is in 'unpaired' and has a pair",
        ),
        (replaced("to-national = { value", "to-national = { wert"), "a fallback is"),
        (replaced('title = { de = "Kraftstoff oder Energiequelle", en', "title = { en"), "lacks the language 'de'"),
    ],
)  # fmt: skip
def test_every_code_of_a_list_is_paired_or_said_not_to_be(
    tmp_path: Path, change: Callable[[str], str], what: str
) -> None:
    tables = changed_tables(tmp_path, {"codes/fuel.toml": change})
    assert [problem for problem in tables.check() if what in problem]


def test_codes_without_pair_may_be_named_where_a_fallback_stands(tmp_path: Path) -> None:
    def change(text: str) -> str:
        without = text.replace('[[pair]]\neu = "diesel"\nnational = "0002"\nnote = "Diesel"\n', "")
        named = 'unpaired = { to-eu = ["0002"], to-national = ["diesel"] }\n[[pair]]'
        return without.replace("[[pair]]", named, 1)

    assert changed_tables(tmp_path, {"codes/fuel.toml": change}).check() == []


@pytest.mark.parametrize(
    ("row", "old", "new", "what"),
    [
        ("fuel", 'convert = "code"\n', 'convert = "code"\nunit = { eu = "kg" }\n', "'unit' goes with"),
        ("issue-date", "chapter", "places = 1\nchapter", "'places' goes with"),
        ("issue-date", "chapter", 'convert = "upper"\nchapter', "does not fit a date"),
        ("issue-date", "chapter", 'convert = "purpose"\nchapter', "is for messages only"),
        ("category", "[1]", "[]", "every item of a list goes into one value"),
        ("engine-power", "chapter", 'convert = "unit"\nunit = { eu = "kW", national = "PS" }\nchapter', "rounds is one-way"),
        ("engine-power", "chapter", 'convert = "unit"\nunit = { eu = "kW", national = "kw" }\nchapter', "did you mean 'kW'"),
        ("registration-number-scheme", 'direction = "to-eu"\n', "", "says in which 'direction'"),
        ("fuel", 'convert = "code"\ncodes = "fuel"\n', "", "the lists differ"),
        ("colour-text", 'national = "R"', 'national = "{R}{N_5}"', "cannot be split"),
        ("colour-text", 'national = "R"', 'national = "{R} {G}"', "is no single text"),
    ],
)  # fmt: skip
def test_a_row_that_does_not_fit_is_told_with_file_and_line(
    tmp_path: Path, row: str, old: str, new: str, what: str
) -> None:
    tables = changed_tables(tmp_path, {VEHICLE: in_row(row, old, new)})
    told = [problem for problem in tables.check() if what in problem]
    assert told
    assert told[0].startswith("vehicle-registration.toml:")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (in_row("seats", "chapter", 'unit = { eu = "kg", nationl = "t" }\nchapter'), "no side 'nationl'; did you"),
        (replaced("directions =", 'repertoire = { nationl = "any" }\ndirections ='), "names no side 'nationl'"),
        (replaced("directions =", 'repertoire = { national = "greek" }\ndirections ='), "'latin' or 'any'"),
    ],
)  # fmt: skip
def test_a_side_that_there_is_not_is_told(
    tmp_path: Path, change: Callable[[str], str], what: str
) -> None:
    tables = changed_tables(tmp_path, {VEHICLE: change})
    assert [problem for problem in tables.check() if what in problem]


def test_a_long_text_into_a_short_field_says_that_it_is_cut(tmp_path: Path) -> None:
    change = in_row("category-text", 'eu = "Vehicle/CategoryDescription"', 'eu = "Vehicle/Type"')
    drop = in_row("type", 'eu = "Vehicle/Type"', 'eu = "Vehicle/CategoryDescription"')
    tables = changed_tables(tmp_path, {VEHICLE: lambda text: change(drop(text))})
    assert [p for p in tables.check() if "the target takes 250: say 'cut = true'" in p]


def test_a_wrong_path_is_told_with_line_and_column(tmp_path: Path) -> None:
    change = in_row("type", 'eu = "Vehicle/Type"', 'eu = "Vehicle/Tipe"')
    tables = changed_tables(tmp_path, {VEHICLE: change})
    lines = (tables.root / VEHICLE).read_text("utf-8").splitlines()
    line = next(n for n, text in enumerate(lines, 1) if "Tipe" in text)
    assert any(problem.endswith(f"(line {line}, column 7)") for problem in tables.check())


def test_a_procedure_that_receives_less_is_one_that_the_type_serves(tmp_path: Path) -> None:
    entry = '\n[[receives]]\nprocedure = "T1"\nfields = ["IssueDate"]\nreason = "x"\n'
    tables = changed_tables(tmp_path, {VEHICLE: lambda text: text + entry})
    told = tables.check()
    assert [problem for problem in told if "does not serve this procedure" in problem]
    assert [problem for problem in told if "would be cut" in problem]
