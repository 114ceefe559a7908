from __future__ import annotations

import pytest

from bridge.rules.contexts import apart, selected, split_outside

APART = {
    "no predicate": ("r:S", ("r:S", "")),
    "a comparison": ("r:S[@a = 'x']", ("r:S", "@a = 'x'")),
    "a bracket in a text": ("r:S[@a = 'x]y[']", ("r:S", "@a = 'x]y['")),
    "an element": ("r:S[r:V]", ("r:S", "r:V")),
    "a path": ("r:S[r:V/@lang]", ("r:S", "r:V/@lang")),
    "an inner predicate": ("r:S[r:V[2]/r:W]", ("r:S", "r:V[2]/r:W")),
    "either": ("r:S[r:V or count(r:W)]", ("r:S", "r:V or count(r:W)")),
    "denied": ("r:S[not(count(r:V) = 2)]", ("r:S", "not(count(r:V) = 2)")),
    "a comparison of numbers": ("r:S[count(r:V) < 2]", ("r:S", "count(r:V) < 2")),
    "anywhere": ("//r:S[@a]", ("//r:S", "@a")),
}
KEPT = {
    "a position": "r:S[2]",
    "a position with a point": "r:S[.5]",
    "a function of the position": "r:S[position() > 1]",
    "the last": "r:S[last()]",
    "a number that a function gives": "r:S[count(r:V)]",
    "a number of texts": "r:S[string-length(@a)]",
    "a product": "r:S[r:V*r:W]",
    "a difference": "r:S[r:V - 1]",
    "two predicates": "r:S[@a][@b]",
    "the node that another loop stands at": "r:S[@a = current()/@a]",
}


@pytest.mark.parametrize(("step", "expected"), APART.values(), ids=APART)
def test_a_condition_is_set_apart_from_its_step(step: str, expected: tuple[str, str]) -> None:
    assert apart(step) == expected


@pytest.mark.parametrize("step", KEPT.values(), ids=KEPT)
def test_what_is_or_might_be_a_position_stays_with_its_step(step: str) -> None:
    assert apart(step) == (step, "")


SELECTED = {
    "a child": ("r:S", "", "r:S"),
    "a child with a condition": ("r:S", "@a", "r:S[@a]"),
    "anywhere": ("//r:S", "", "//r:S"),
    "anywhere with a condition": ("//r:S", "@a", "/descendant::r:S[@a]"),
    "deep with a condition": (".//r:S", "@a", "descendant::r:S[@a]"),
    "an attribute anywhere": ("//@a", "", "/descendant::*/@a"),
    "an attribute anywhere with a condition": ("//@a", ". = 'x'", "/descendant::*/@a[. = 'x']"),
}


@pytest.mark.parametrize(("name", "condition", "walk"), SELECTED.values(), ids=SELECTED)
def test_a_walk_takes_the_axis_that_is_fast(name: str, condition: str, walk: str) -> None:
    assert selected(name, condition) == walk


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a|b", ["a", "b"]),
        ("a", ["a"]),
        ("a[b|c]|d", ["a[b|c]", "d"]),
        ("f('|')|\"|\"", ["f('|')", '"|"']),
        ("|", ["", ""]),
    ],
)
def test_a_text_is_split_only_outside_brackets_and_quotes(text: str, parts: list[str]) -> None:
    assert split_outside(text, "|") == parts
