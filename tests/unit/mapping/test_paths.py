"""Paths of mapping tables and their selectors (docs/mapping-language.md, Paths)."""

from __future__ import annotations

import pytest

from bridge.mapping.paths import Select, Step, parse_path, spell


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        (".", ()),
        ("id", (Step("id"),)),
        ("Query/Person", (Step("Query"), Step("Person"))),
        ("nachrichtenkopf/identifikation.nachricht", (Step("nachrichtenkopf"), Step("identifikation.nachricht"))),
        ("Name[]", (Step("Name", Select.ALL),)),
        ("Name[1]/value", (Step("Name", Select.FIRST), Step("value"))),
        ("Agent[Classification=ER]", (Step("Agent", Select.BY_VALUE, ("Classification",), "ER"),)),
        ("Agent[Identifier/schemeID=x]", (Step("Agent", Select.BY_VALUE, ("Identifier", "schemeID"), "x"),)),
        ("D[Format=application/xml]/ConformsTo", (Step("D", Select.BY_VALUE, ("Format",), "application/xml"), Step("ConformsTo"))),
        ("A[U=http://e.test/a/b?c]/V", (Step("A", Select.BY_VALUE, ("U",), "http://e.test/a/b?c"), Step("V"))),
    ],
)  # fmt: skip
def test_a_path_is_read_step_by_step_and_spelled_the_same(
    text: str, steps: tuple[Step, ...]
) -> None:
    assert parse_path(text) == steps
    assert spell(steps) == text


@pytest.mark.parametrize(
    "text", ["", "a//b", "/a", "a/", "a[", "a]", "a[2]", "a[0]", "a[b]", "a[=b]", "a[b=]", "a[][]", "a[1]b"]
)  # fmt: skip
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no step of a path"):
        parse_path(text)
