"""Code files: pairs by direction, fallbacks, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import MappingFault
from bridge.mapping.codes import CodePairs, UnknownCode, load_code_pairs
from tests.mapping_worlds import TABLES

HEAD = '[codes]\nid = "x"\nsides = ["eu", "national"]\n'
PAIRS = (
    '[[pair]]\neu = "a"\nnational = "1"\n[[pair]]\neu = "a"\nnational = "2"\ndirection = "to-eu"\n'
)


def loaded(folder: Path, text: str) -> CodePairs:
    (folder / "x.toml").write_text(text, "utf-8")
    return load_code_pairs(folder)["x"]


def test_pairs_go_both_ways_unless_they_name_a_direction(tmp_path: Path) -> None:
    codes = loaded(tmp_path, HEAD + PAIRS)
    assert [codes.convert("to-eu", value) for value in "12"] == ["a", "a"]
    assert codes.convert("to-national", "a") == "1"
    assert codes.two_way("1", "to-eu", "to-national")
    assert not codes.two_way("2", "to-eu", "to-national")


@pytest.mark.parametrize(
    ("fallback", "result"),
    [('"omit"', None), ('"copy"', "9"), ('{ value = "z" }', "z")],
    ids=["omit", "copy", "value"],
)
def test_an_unknown_code_takes_the_fallback_of_its_direction(
    fallback: str, result: str | None, tmp_path: Path
) -> None:
    codes = loaded(tmp_path, f"{HEAD}fallback = {{ to-eu = {fallback} }}\n{PAIRS}")
    assert codes.convert("to-eu", "9") == result
    with pytest.raises(UnknownCode) as caught:
        codes.convert("to-national", "secret")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        pytest.param(HEAD + PAIRS.replace("to-eu", "to-edm"), "unknown direction", 7, id="direction"),
        pytest.param(HEAD + '[[pair]]\neu = "a"\n', "a side is missing", 4, id="side"),
        pytest.param(HEAD + '[[pair]]\neu = "a"\nnational = "1"\nwhy = "x"\n', "unknown key 'why'", 4, id="key"),
        pytest.param(HEAD + PAIRS.replace('direction = "to-eu"\n', ""), "two counterparts to-national", 7, id="two counterparts"),
        pytest.param(HEAD + 'fallback = { to-eu = "drop" }\n' + PAIRS, "a fallback is", None, id="fallback"),
        pytest.param(HEAD + 'fallback = { to-edm = "omit" }\n' + PAIRS, "a fallback is", None, id="fallback direction"),
        pytest.param(HEAD + "colour = 1\n" + PAIRS, "unknown key 'colour'", None, id="key of the head"),
        pytest.param("[[pair]\n", "not valid TOML", 1, id="no TOML"),
        pytest.param('[codes]\nid = "x"\n', "does not say its sides", None, id="sides"),
    ],
)  # fmt: skip
def test_a_wrong_code_file_is_refused_with_file_and_line(
    text: str, said: str, line: int | None, tmp_path: Path
) -> None:
    with pytest.raises(MappingFault, match=said) as caught:
        loaded(tmp_path, text)
    assert caught.value.where == str(tmp_path / "x.toml")
    assert caught.value.line == line


def test_codes_that_stand_in_two_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(HEAD + PAIRS, "utf-8")
    (tmp_path / "b.toml").write_text(HEAD + PAIRS, "utf-8")
    with pytest.raises(MappingFault, match="stand in two files"):
        load_code_pairs(tmp_path)


@pytest.mark.parametrize("name", sorted(TABLES.codes))
def test_every_shipped_pair_has_its_counterpart(name: str) -> None:
    codes = TABLES.codes[name]
    assert any(codes.values.values())
    for direction, pairs in codes.values.items():
        assert all(codes.convert(direction, value) == to for value, to in pairs.items())
