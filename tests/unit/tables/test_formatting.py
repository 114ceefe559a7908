"""`fmt` changes the look and nothing else: data, comments and order stay."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import MappingFault
from bridge.resources import mappings
from bridge.tables.editor_schema import schema_for
from bridge.tables.formatting import formatted

TABLES = [
    path
    for path in sorted(mappings().rglob("*.toml"))
    if schema_for(path.relative_to(mappings()).as_posix())
]

LOOKS = {
    "spaces around the equals sign": ('a="x"\n', 'a = "x"\n'),
    "indentation": ('[[row]]\n    a = 1\n', '[[row]]\na = 1\n'),
    "blanks at line ends": ('a = 1   \n', 'a = 1\n'),
    "several blank lines": ('[a]\nx = 1\n\n\n\n[b]\n', '[a]\nx = 1\n\n[b]\n'),
    "no blank line": ('[a]\nx = 1\n[b]\n', '[a]\nx = 1\n\n[b]\n'),
    "no line end": ('a = 1', 'a = 1\n'),
    "line ends of another system": ('a = 1\r\nb = 2\r\n', 'a = 1\nb = 2\n'),
    "comments keep their place": ('# one\n\n# two\n[a]\n# in\nx = 1   # at the end\n',
                                  '# one\n\n# two\n[a]\n# in\nx = 1   # at the end\n'),
    "long values stay": ('a = [\n  "x", # why\n  "y",\n]\n', 'a = [\n  "x", # why\n  "y",\n]\n'),
    "a key in quotes": ('"a = b"="c"\n', '"a = b"="c"\n'),
}  # fmt: skip


@pytest.mark.parametrize(("given_text", "wanted"), LOOKS.values(), ids=LOOKS)
def test_one_look(given_text: str, wanted: str) -> None:
    assert formatted(given_text) == wanted
    assert formatted(wanted) == wanted


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name)
def test_shipped_tables_have_the_look(path: Path) -> None:
    text = path.read_text("utf-8")
    assert formatted(text) == text


def test_what_is_no_toml_is_refused_with_its_place() -> None:
    with pytest.raises(MappingFault, match=r"line 2.*file\.toml"):
        formatted("a = 1\nb =\n", "file.toml")


LINES = st.sampled_from(
    [
        "",
        "  ",
        "# c",
        "   # d",
        "[[row]]",
        "[a.b]",
        'x="1"',
        "  y =  [1,",
        " 2 ]  # e",
        'z = """',
        '"""',
        "w = '#'",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(LINES, max_size=12))
def test_data_and_comments_survive_any_file(lines: list[str]) -> None:
    text = "\n".join(lines) + "\n"
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    done = formatted(text)
    assert tomllib.loads(done) == before
    assert formatted(done) == done
    assert done.count("#") == text.count("#")
