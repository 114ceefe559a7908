"""Export, edit, import over all shipped tables: what was edited changes, and nothing else."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.resources import mappings
from bridge.tables.blocks import split
from bridge.tables.editor_schema import schema_for
from bridge.tables.sheet import Sheet, merged, sheet_of
from bridge.tables.values import MIXED, NUMBERS, TRUTHS, cell, value_of
from bridge.tables.workbook import from_csv, from_xlsx, to_csv, to_xlsx

TEXTS = {
    path.name: path.read_text("utf-8")
    for path in sorted(mappings().rglob("*.toml"))
    if schema_for(path.relative_to(mappings()).as_posix())
}
ROADS: dict[str, Callable[[Sheet], Sheet]] = {
    "plain": lambda sheet: sheet,
    "csv": lambda sheet: from_csv(to_csv(sheet)),
    "xlsx": lambda sheet: from_xlsx(to_xlsx(sheet)),
}
# What a workbook cannot hold at all: control characters, and line ends it spells its own way.
LETTERS = st.characters(blacklist_categories=("Cs", "Cc", "Cn"), blacklist_characters="\ufeff")
VALUES = st.text(LETTERS, min_size=1, max_size=12)


def blocks_of(text: str) -> list[tuple[str, dict[str, Any]]]:
    return [(block.name, dict(block.data)) for block in split(text) if block.name]


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(sorted(TEXTS)), st.sampled_from(["plain", "csv"]))
def test_an_edited_cell_is_the_only_difference(data: st.DataObject, name: str, road: str) -> None:
    one_edit(data, TEXTS[name], ROADS[road])


@settings(max_examples=12, deadline=None)
@given(st.data(), st.sampled_from([name for name in sorted(TEXTS) if len(TEXTS[name]) < 6000]))
def test_so_it_is_in_a_workbook(data: st.DataObject, name: str) -> None:
    one_edit(data, TEXTS[name], ROADS["xlsx"])


def one_edit(data: st.DataObject, text: str, road: Callable[[Sheet], Sheet]) -> None:
    sheet = sheet_of(text)
    number = data.draw(st.integers(0, len(sheet.lines) - 1))
    line = sheet.lines[number]
    free = TRUTHS | NUMBERS | MIXED
    key = data.draw(st.sampled_from(sorted({*line.cells, "note"} - free)))
    written = cell(key, data.draw(VALUES))
    lines = (
        *sheet.lines[:number],
        replace(line, cells={**line.cells, key: written}),
        *sheet.lines[number + 1 :],
    )
    done = merged(text, road(Sheet(sheet.state, lines)))
    before, after = blocks_of(text), blocks_of(done)
    wanted = [dict(block) for _name, block in before]
    wanted[number][key] = value_of(key, written)
    assert [block for _name, block in after] == wanted
    assert [name for name, _block in after] == [name for name, _block in before]
    tomllib.loads(done)


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(sorted(TEXTS)))
def test_order_of_the_sheet_and_lines_left_alone_do_not_matter(
    data: st.DataObject, name: str
) -> None:
    text = TEXTS[name]
    sheet = sheet_of(text)
    shuffled = data.draw(st.permutations(sheet.lines))
    assert merged(text, ROADS["csv"](Sheet(sheet.state, tuple(shuffled)))) == text
