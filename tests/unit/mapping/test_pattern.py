"""Patterns: several fields become one text, and one text several fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mapping.pattern import is_pattern, parse_pattern
from bridge.message import group

ADDRESS = "{street}[ {number:number}], {code:5} {place}"


@pytest.mark.parametrize(
    ("pattern", "values", "text"),
    [
        ("{a}", {"a": "x"}, "x"),
        ("{a}, {b}", {"a": "x", "b": "y"}, "x, y"),
        (ADDRESS, {"street": "Am Weg", "number": "7", "code": "99999", "place": "Bad M"}, "Am Weg 7, 99999 Bad M"),
        (ADDRESS, {"street": "Am Weg", "code": "99999", "place": "Bad M"}, "Am Weg, 99999 Bad M"),
        ("{hsn:4}{tsn:3}", {"hsn": "0603", "tsn": "ABC"}, "0603ABC"),
        ("{year:digits}{letter:letters}", {"year": "2026", "letter": "b"}, "2026b"),
        (r"\[{a}\] \{x\}", {"a": "1"}, "[1] {x}"),
        ("{g/a} / {g/b:digits}", {"g/a": "x y", "g/b": "12"}, "x y / 12"),
    ],
)  # fmt: skip
def test_fields_become_a_text_and_the_text_the_fields(
    pattern: str, values: dict[str, str], text: str
) -> None:
    parsed = parse_pattern(pattern)
    assert parsed.join(values) == text
    assert parsed.split(text) == values


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("{a}, {b}", "x"),
        ("{a:digits}", "x1"),
        ("{a:word} {b}", "x"),
        ("{a:4}", "abc"),
        ("{a}-{b}", "x - y"),
        (ADDRESS, "Am Weg 7, 999 Bad M"),
    ],
)
def test_a_text_of_another_form_has_no_fields(pattern: str, text: str) -> None:
    assert parse_pattern(pattern).split(text) is None


def test_a_field_that_is_needed_and_absent_leaves_no_text() -> None:
    assert parse_pattern(ADDRESS).join({"street": "Am Weg", "place": "M"}) is None


def test_fields_are_gathered_from_groups() -> None:
    parsed = parse_pattern("{g/a} {b}[ {c}]")
    assert parsed.gather(group({"g": {"a": "x"}, "b": "y"})) == {"g/a": "x", "b": "y"}


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("{a", "cannot be read"),
        ("a}", "cannot be read"),
        ("{a:colour}", "'colour' is no form"),
        ("{a:0}", "'0' is no form"),
        ("{a}[{b}", "not closed"),
        ("[{a}[{b}]]", "do not nest"),
        ("{a}]", "do not nest"),
        ("{a}[ x]", "hold a field"),
        ("{a} {a}", "stands twice"),
        ("{a[b}", "cannot be read|no step"),
    ],
)
def test_what_is_wrong_with_a_pattern_is_told(pattern: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        parse_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "neighbours"),
    [
        ("{a}{b}", ["nothing stands between 'a' and 'b'"]),
        ("{a:3}{b}", []),
        ("{a} {b}", []),
        ("{a}[{b:word}]", ["nothing stands between 'a' and 'b'"]),
    ],
)
def test_neighbours_that_cannot_be_told_apart_are_found(
    pattern: str, neighbours: list[str]
) -> None:
    assert list(parse_pattern(pattern).untellable()) == neighbours


@pytest.mark.parametrize(("text", "yes"), [("a/b", False), ("Name[]", False), ("{a} {b}", True)])
def test_braces_make_a_pattern(text: str, yes: bool) -> None:
    assert is_pattern(text) is yes


WORDS = st.text(st.characters(categories=("L", "N", "P", "Zs")), min_size=1, max_size=12)


@given(street=WORDS, number=st.none() | WORDS, code=WORDS, place=WORDS)
def test_what_is_split_comes_together_again_whatever_the_text(
    street: str, number: str | None, code: str, place: str
) -> None:
    parsed = parse_pattern(ADDRESS)
    values = {"street": street, "code": code, "place": place}
    joined = parsed.join(values if number is None else {**values, "number": number})
    assert joined is not None
    apart = parsed.split(joined)
    assert apart is None or parsed.join(apart) == joined
