"""Tables as spreadsheets: lossless without changes, exact with them, comments and order stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.errors import SettingsFault
from bridge.resources import mappings
from bridge.tables.editor_schema import schema_for
from bridge.tables.sheet import Line, Sheet, merged, sheet_of
from bridge.tables.workbook import from_csv, from_xlsx, to_csv, to_xlsx

FILES = [
    path
    for path in sorted(mappings().rglob("*.toml"))
    if schema_for(path.relative_to(mappings()).as_posix())
]
ROADS: dict[str, Callable[[Sheet], Sheet]] = {
    "xlsx": lambda sheet: from_xlsx(to_xlsx(sheet)),
    "csv": lambda sheet: from_csv(to_csv(sheet)),
}
TEXT = """\
# a table
[table]
id = "t"

# one
[[row]]
id = "one"
eu = "A" # why A
national = "a"

[[row]]
id = "two"
eu = "B"
national = "b"
fallback = true
default = "1"
"""


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_shipped_table_comes_back_octet_by_octet(path: Path, road: str) -> None:
    text = path.read_text("utf-8")
    assert merged(text, ROADS[road](sheet_of(text))) == text


def edited(sheet: Sheet, number: int, **cells: str) -> Sheet:
    lines = [
        replace(line, cells={k: v for k, v in {**line.cells, **cells}.items() if v})
        if line.number == number
        else line
        for line in sheet.lines
    ]
    return Sheet(sheet.state, tuple(lines))


def number_of(sheet: Sheet, name: str) -> int:
    return next(line.number for line in sheet.lines if line.cells.get("id") == name)


@pytest.mark.parametrize("road", ROADS)
def test_a_changed_cell_changes_its_line_only(road: str) -> None:
    sheet = sheet_of(TEXT)
    done = merged(TEXT, ROADS[road](edited(sheet, number_of(sheet, "one"), eu="C/D[]")))
    assert done == TEXT.replace('eu = "A" # why A', 'eu = "C/D[]" # why A')


@pytest.mark.parametrize("road", ROADS)
def test_an_emptied_cell_takes_the_key_away_and_a_filled_one_adds_it(road: str) -> None:
    sheet = sheet_of(TEXT)
    sheet = edited(sheet, number_of(sheet, "two"), fallback="", loss="because")
    done = merged(TEXT, ROADS[road](sheet))
    assert done == TEXT.replace("fallback = true\n", "") + 'loss = "because"\n'


@pytest.mark.parametrize("road", ROADS)
def test_a_new_line_stands_behind_the_one_above_it(road: str) -> None:
    sheet = sheet_of(TEXT)
    at = [line.cells.get("id") for line in sheet.lines].index("one") + 1
    new = Line(0, "[[row]]", {"id": "new", "eu": "N", "national": "=1+1"})
    lines = (*sheet.lines[:at], new, *sheet.lines[at:])
    done = merged(TEXT, ROADS[road](Sheet(sheet.state, lines)))
    added = '\n[[row]]\nid = "new"\neu = "N"\nnational = "=1+1"\n'
    assert done == TEXT.replace('national = "a"\n', f'national = "a"\n{added}')


def test_a_line_taken_away_takes_its_block_away() -> None:
    sheet = sheet_of(TEXT)
    lines = tuple(line for line in sheet.lines if line.cells.get("id") != "two")
    done = merged(TEXT, Sheet(sheet.state, lines))
    assert "two" not in done and done.startswith("# a table\n[table]")


def test_sorting_the_sheet_does_no_harm() -> None:
    sheet = sheet_of(TEXT)
    assert merged(TEXT, Sheet(sheet.state, tuple(reversed(sheet.lines)))) == TEXT


def test_a_copied_line_is_a_new_one() -> None:
    sheet = sheet_of(TEXT)
    line = sheet.lines[-1]
    copied = replace(line, cells={**line.cells, "id": "three"})
    done = merged(TEXT, Sheet(sheet.state, (*sheet.lines, copied)))
    assert done.count("[[row]]") == 3 and 'id = "three"' in done


def test_a_sheet_of_another_state_of_the_file_is_refused() -> None:
    with pytest.raises(SettingsFault, match="changed since"):
        merged(TEXT.replace('"A"', '"Z"'), sheet_of(TEXT))


def test_a_page_that_somebody_added_is_passed_over() -> None:
    from io import BytesIO

    from openpyxl import load_workbook

    book = load_workbook(BytesIO(to_xlsx(sheet_of(TEXT))))
    book.create_sheet("notes")["A1"] = "to be discussed"
    out = BytesIO()
    book.save(out)
    assert merged(TEXT, from_xlsx(out.getvalue())) == TEXT


REFUSED = {
    "a sheet without the head": lambda sheet: Sheet(sheet.state, sheet.lines[1:]),
    "a line of another block": lambda sheet: Sheet(
        sheet.state, (replace(sheet.lines[0], block="[[row]]"), *sheet.lines[1:])
    ),
    "a number beyond the file": lambda sheet: Sheet(
        sheet.state, (replace(sheet.lines[0], number=99), *sheet.lines[1:])
    ),
    "a cell that its column does not take": lambda sheet: edited(
        sheet, number_of(sheet, "two"), fallback="maybe"
    ),
    "a block that is no header": lambda sheet: Sheet(
        sheet.state, (*sheet.lines, Line(0, "row]", {"id": "x"}))
    ),
}


@pytest.mark.parametrize("spoil", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_brought_back_is_told(spoil: Callable[[Sheet], Sheet]) -> None:
    with pytest.raises(SettingsFault):
        merged(TEXT, spoil(sheet_of(TEXT)))


@pytest.mark.parametrize("octets", [b"", b"no workbook", b"PK\x03\x04rest"])
def test_what_is_no_workbook_is_refused(octets: bytes) -> None:
    with pytest.raises(SettingsFault, match="workbook"):
        from_xlsx(octets)


def test_a_list_that_we_did_not_write_is_refused() -> None:
    with pytest.raises(SettingsFault, match="export"):
        from_csv("a,b\n1,2\n")


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_marks_between_columns_are_understood(mark: str) -> None:
    import csv
    import io

    sheet = sheet_of(TEXT)
    rows = list(csv.reader(io.StringIO(to_csv(sheet).removeprefix("\ufeff"))))
    out = io.StringIO()
    csv.writer(out, delimiter=mark).writerows(rows)
    assert merged(TEXT, from_csv(out.getvalue())) == TEXT


def test_formulas_are_only_texts() -> None:
    sheet = edited(sheet_of(TEXT), 2, national="=HYPERLINK(1)")
    assert "'=HYPERLINK" in to_csv(sheet)
    from io import BytesIO

    from openpyxl import load_workbook

    cells = [c for page in load_workbook(BytesIO(to_xlsx(sheet))) for row in page for c in row]
    assert {cell.data_type for cell in cells if cell.value} == {"s"}


def test_remarks_are_for_the_reader_only() -> None:
    sheet = sheet_of(TEXT)
    remarks = {line.number: {"(what it does)": "words"} for line in sheet.lines}
    assert "words" in to_csv(sheet, remarks)
    assert from_csv(to_csv(sheet, remarks)) == from_csv(to_csv(sheet))
    assert from_xlsx(to_xlsx(sheet, remarks)) == from_xlsx(to_xlsx(sheet))
