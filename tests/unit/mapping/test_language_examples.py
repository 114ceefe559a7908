"""The examples of docs/mapping-language.md do what the page says, and keep the laws."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bridge.message import group
from tests.example_world import World, world

PAGE = Path(__file__).parents[3] / "docs" / "mapping-language.md"
SECTION = re.compile(r"^### (.+?)\n(.*?)(?=^##)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CASE = re.compile(r"^(to-\w+)(?: for (\w+))? (\{.*\})\n→ (\{.*\})(?:\nlost (.+))?$", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """One section of the page: its rows, its codes, and what becomes of what."""

    name: str
    rows: str
    codes: str
    cases: tuple[tuple[str, str, dict[str, Any], dict[str, Any], tuple[str, ...]], ...]


def examples() -> list[Example]:
    """The sections of "Contents by example"."""
    text = PAGE.read_text("utf-8")
    part = text[text.index("## Contents by example") : text.index("## Code files")] + "##"
    found = []
    for name, body in SECTION.findall(part):
        toml = [inside for kind, inside in BLOCK.findall(body) if kind == "toml"]
        told = [inside for kind, inside in BLOCK.findall(body) if kind == "text"]
        rows = "\n".join(t for t in toml if not t.startswith("[codes]"))
        cases = tuple(
            (
                way,
                procedure,
                json.loads(given),
                json.loads(wanted),
                tuple(filter(None, lost.split(", "))),
            )
            for inside in told
            for way, procedure, given, wanted, lost in CASE.findall(inside)
        )
        assert len(cases) == sum(inside.count("→") for inside in told), name
        codes = next((t for t in toml if t.startswith("[codes]")), "")
        found.append(Example(name, rows, codes, cases))
    return found


EXAMPLES = {example.name: example for example in examples()}


def made(example: Example, folder: Path) -> World:
    rows = re.sub(
        r"^\[\[row\]\]\n(id = .*)$", r'[[row]]\n\1\npairs = ["payload"]', example.rows, flags=re.M
    )
    parts = sorted(set(re.findall(r"^\[\[part\.(\w+)\.row\]\]", rows, re.M)))
    heads = "".join(f'[part.{name}]\nchapter = "x"\n\n' for name in parts)
    return world(folder, f"{heads}{rows}", example.codes)


def test_the_page_has_examples_of_every_feature() -> None:
    assert len(EXAMPLES) == 10
    assert all(example.cases for example in EXAMPLES.values())


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_does_what_the_page_says(name: str, tmp_path: Path) -> None:
    example = EXAMPLES[name]
    there = made(example, tmp_path)
    assert there.static() == []
    for direction, procedure, given, wanted, lost in example.cases:
        fields, account = there.translate(direction, given, procedure)
        assert fields == group(wanted), given
        stated = {entry.path for entry in account.lost if entry.reason != "not in this example"}
        assert stated == set(lost), given


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_rows_of_an_example_keep_the_laws(name: str, tmp_path: Path) -> None:
    assert made(EXAMPLES[name], tmp_path).tried(60) == []
