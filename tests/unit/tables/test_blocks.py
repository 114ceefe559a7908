"""A table file in blocks: put together again it is the same, whatever stands in its values."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.resources import mappings
from bridge.tables.blocks import entries, join, split
from bridge.tables.values import toml

FILES = sorted(mappings().rglob("*.toml"))

TRICKY = '''\
# the file's own comment

[table]
id = "x" # a comment with [brackets]

# about the first row
[[row]]
id = "one"
loss = "not [[row]] and not # a comment"
take = [
  "a", # [[row]]
  "b",
]
note = """
[[row]]
id = "no"
"""
[part.inner] # a part
chapter = 'c'
'''


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_shipped_files_come_back_octet_by_octet(path: Path) -> None:
    text = path.read_text("utf-8")
    assert join(split(text)) == text


def test_headers_inside_values_are_no_headers() -> None:
    blocks = split(TRICKY)
    assert join(blocks) == TRICKY
    assert [(block.name, block.listed) for block in blocks if block.name] == [
        ("table", False),
        ("row", True),
        ("part.inner", False),
    ]


def test_comments_before_a_header_belong_to_its_block() -> None:
    row = next(block for block in split(TRICKY) if block.name == "row")
    assert row.lead == ("", "# about the first row")
    assert TRICKY.splitlines()[row.line - 1] == "[[row]]"


def test_entries_span_all_lines_of_their_value() -> None:
    row = next(block for block in split(TRICKY) if block.name == "row")
    spans = {key: "\n".join(row.lines[start:end]) for key, start, end in entries(row)}
    assert list(spans) == ["id", "loss", "take", "note"]
    for key, lines in spans.items():
        assert tomllib.loads(lines)[key] == row.data[key]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.text(), min_size=1), max_size=4))
def test_any_texts_stay_in_their_blocks(rows: list[dict[str, str]]) -> None:
    lines = [
        line for row in rows for line in ("[[row]]", *(f"{k} = {toml(v)}" for k, v in row.items()))
    ]
    text = "\n".join([*lines, ""]) if lines else "\n"
    blocks = [block for block in split(text) if block.name]
    assert [dict(block.data) for block in blocks] == rows
