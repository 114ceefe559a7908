"""A file is what a reader can hold, a function what a screen can show (house rule 4)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "bridge").rglob("*.py"))
MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60


def long_functions(source: str) -> list[str]:
    """Functions and methods beyond the limit, docstring included, decorators not."""
    return [
        f"line {node.lineno}: {node.name} has {length} lines"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1)
        > MOST_LINES_OF_A_FUNCTION
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_and_its_functions_can_be_held_in_mind(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= MOST_LINES_OF_A_FILE
    assert long_functions(source) == []


@pytest.mark.parametrize(("lines", "seen"), [(60, 0), (61, 1)])
def test_a_function_is_counted_from_def_to_its_last_line(lines: int, seen: int) -> None:
    source = "@cache\ndef f():\n" + "    x = 1\n" * (lines - 1)
    assert len(long_functions(source)) == seen
