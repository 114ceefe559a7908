"""No version of a standard is named in code: a new version is a folder below xsd/.

Docstrings and comments may give examples; identifiers and all other strings may not.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "bridge").rglob("*.py"))

FOLDERS = {path.name for path in (ROOT / "xsd").rglob("[0-9]*") if path.is_dir()}
IN_TEXT = re.compile(
    r"oots-(?:edm|cs):v?\d|(?:edm|xnachweis|regrep)[-_/ ]?v?\d+[._]\d|_\d\.\d$|schema:xnachweis",
    re.IGNORECASE,
)
IN_NAMES = re.compile(r"(?:edm|xnachweis)_?v?\d|(?:^|_)v\d+_\d+", re.IGNORECASE)


def docstrings(tree: ast.AST) -> set[int]:
    """The identity of every string that stands alone as a statement, so of every docstring."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def literals(source: str, folders: set[str]) -> list[str]:
    """Every version literal of a module, with its line."""
    tree = ast.parse(source)
    described = docstrings(tree)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if id(node) not in described and (text in folders or IN_TEXT.search(text)):
                found.append(f"line {node.lineno}: {text!r}")
        name = getattr(node, "id", None) or getattr(node, "name", None) or getattr(node, "arg", "")
        if isinstance(name, str) and IN_NAMES.search(name):
            found.append(f"line {getattr(node, 'lineno', 0)}: {name}")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_names_no_version(path: Path) -> None:
    assert literals(path.read_text(encoding="utf-8"), FOLDERS) == []


REFUSED = {
    "an identifier of the specification": 'x = "oots-edm:v1.2"',
    "inside an f-string": 'x = f"{a}oots-edm:v{b}1"\ny = f"oots-edm:v2.0{a}"',
    "a namespace": 'x = "urn:xoev-de:bva:standard:xnachweis:schema:xnachweis-baukasten_1.4"',
    "a target of the command line": 'x = "edm-2.0"',
    "a folder": 'if version == "1.4": pass',
    "a function": "def write_edm2(): pass",
    "a variable": "edm_v1 = 1",
    "a path": 'x = "xsd/xnachweis/1.4/binding.toml"',
}


@pytest.mark.parametrize("source", REFUSED.values(), ids=REFUSED)
def test_a_version_literal_is_seen(source: str) -> None:
    assert literals(source, {"1.2", "1.4", "2.0"})


ALLOWED = {
    "a docstring": '"""As in ``oots-edm:v1.2``."""',
    "a number": "timeout = 2.0",
    "another string": 'x = "1.25"',
    "a URI that is no standard of ours": 'x = "http://www.w3.org/2001/04/xmlenc#sha256"',
}


@pytest.mark.parametrize("source", ALLOWED.values(), ids=ALLOWED)
def test_other_text_is_left_alone(source: str) -> None:
    assert literals(source, {"1.2", "1.4", "2.0"}) == []
