"""The table of attacks in docs/transport.md names tests that are there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PAGE = TESTS.parent / "docs" / "transport.md"
SECTION = re.compile(r"^## Attacks\n(.*?)^## ", re.DOTALL | re.MULTILINE)
ROW = re.compile(r"^\| (?!attack |---)(.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
ERROR_OR_STATUS = re.compile(r"\b(\d{4}|4\d\d|5\d\d)\b")

# What issue and reference ask for at the least; a row that is lost is seen here.
LEAST_ROWS = 50
LEAST_WRAPPINGS = 12


def rows() -> list[tuple[str, str, str]]:
    section = SECTION.search(PAGE.read_text(encoding="utf-8"))
    assert section is not None
    return ROW.findall(section[1])


@cache
def names(path: Path) -> frozenset[str]:
    """The tests of a file and the names of their cases: keys of its tables."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        if isinstance(node, ast.Dict):
            found |= {each.value for each in node.keys if isinstance(each, ast.Constant)}
    return frozenset(map(str, found))


def file_of(name: str) -> Path:
    [path] = (each for each in TESTS.rglob(name) if "as4" in str(each.relative_to(TESTS)))
    return path


@pytest.mark.parametrize("row", rows(), ids=[row[0] for row in rows()])
def test_every_attack_is_shown_by_tests_that_are_there(row: tuple[str, str, str]) -> None:
    _, answer, shown = row
    file, *named = re.findall(r"`([^`]+)`", shown)
    assert named, "no test is named"
    assert [each for each in named if each not in names(file_of(file))] == []
    assert answer


def test_the_table_is_whole() -> None:
    text = PAGE.read_text(encoding="utf-8")
    wrapping = text.split("### Signature wrapping", 1)[1].split("###", 1)[0]
    assert len(rows()) >= LEAST_ROWS
    assert len(ROW.findall(wrapping)) >= LEAST_WRAPPINGS


def test_the_codes_of_the_table_are_those_that_the_tests_ask_for() -> None:
    for attack, answer, shown in rows():
        file, *named = re.findall(r"`([^`]+)`", shown)
        asked = {code for name in named for code in codes(file_of(file)).get(name, ())}
        told = set(ERROR_OR_STATUS.findall(answer))
        assert {code.removeprefix("EBMS:") for code in asked} <= told, attack


@cache
def codes(path: Path) -> dict[str, tuple[str, ...]]:
    """The ebMS codes that stand in the row of a case."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(value, ast.Tuple):
                    texts = [e.value for e in value.elts if isinstance(e, ast.Constant)]
                    found[str(key.value)] = tuple(
                        e for e in texts if isinstance(e, str) and e.startswith("EBMS:")
                    )
    return found
