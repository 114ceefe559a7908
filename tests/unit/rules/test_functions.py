from __future__ import annotations

import pytest
from lxml import etree

from bridge.rules import functions

LISTS = {
    "Land": frozenset({"DE", "FR", "A.B", "EL", "IT"}),
    "Codes": frozenset({"1", "22"}),
    "Pairs": frozenset({"AT", "BE", "BG", "CY", "CZ"}),
    "Quotes": frozenset({"o'clock", "a", "b", "c", "d"}),
}
LETTERS = " or ".join(f". = '{letter}'" for letter in "abcde")
KINDS = " or ".join(f"@kind = '{kind}'" for kind in ("one", "two", "three", "four"))


def value(expression: str, xml: str = "<a>DE</a>") -> object:
    xpath = etree.XPath(
        functions.compiled(expression, LISTS),
        namespaces={functions.PREFIX: functions.NAMESPACE},
        extensions=functions.extensions(),
    )
    return xpath(etree.fromstring(xml))


HOLDS = {
    "a code": ("in-list(., 'Land')", "<a>DE</a>"),
    "a code of an attribute": ("in-list(@x, 'Codes')", "<a x='22'/>"),
    "a macro in a macro": ("in-list(lower('22'), 'Codes')", "<a/>"),
    "two lists": ("in-list(., 'Codes') or in-list(., 'Land')", "<a>FR</a>"),
    "lower": ("lower(.) = 'https://x'", "<a>HTTPS://x</a>"),
    "a name of a function inside a text": ("'in-list(' = 'in-list('", "<a/>"),
    "a pattern somewhere": ("matches(string(.), '[0-9]{2}')", "<a>x12y</a>"),
    "any case": ("matches(string(.), '^abc$', 'i')", "<a>aBC</a>"),
    "codes inserted": ("matches(string(.), '^(${Land})/x$')", "<a>FR/x</a>"),
    "a nodeset": ("matches(., '^DE$')", "<a>D<b>E</b></a>"),
    "no-break space is no blank": (r"matches(string(.), '^\S{3}$')", "<a>a\u00a0b</a>"),
    "a later day": ("later(string(.), '2026-03-01T10:00:00Z')", "<a>2026-03-02</a>"),
    "a later zone": (
        "later(string(.), '2026-03-01T10:00:00+01:00')",
        "<a>2026-03-01T09:30:00Z</a>",
    ),
    "distinct texts": ("distinct(b)", "<a><b>1</b><b>2</b></a>"),
    "distinct nothing": ("distinct(b)", "<a/>"),
    "a code of one length": ("in-list(., 'Pairs')", "<a>BG</a>"),
    "a code with a quote": ("in-list(., 'Quotes')", "<a>o'clock</a>"),
    "one of many texts": (LETTERS, "<a>d</a>"),
    "one of many texts, an attribute": (KINDS, "<a kind='three'/>"),
}
FAILS = {
    "no code of one length": ("in-list(., 'Pairs')", "<a>DE</a>"),
    "half a code of one length": ("in-list(., 'Pairs')", "<a>B</a>"),
    "the seam of two codes": ("in-list(., 'Pairs')", f"<a>T{functions.SEPARATOR}</a>"),
    "a code that is nothing": ("in-list(@x, 'Pairs')", "<a/>"),
    "none of many texts": (LETTERS, "<a>f</a>"),
    "two of many texts": (LETTERS, f"<a>a{functions.SEPARATOR}b</a>"),
    "many texts and no attribute": (KINDS, "<a/>"),
    "another case": ("in-list(., 'Land')", "<a>de</a>"),
    "nothing": ("in-list(., 'Land')", "<a/>"),
    "half a code": ("in-list(., 'Codes')", "<a>2</a>"),
    "two neighbours of the list": ("in-list(., 'Codes')", f"<a>1{functions.SEPARATOR}22</a>"),
    "a dot in a code is a dot": ("matches(string(.), '^(${Land})$')", "<a>AxB</a>"),
    "a line end before the end": ("matches(string(.), '^x$')", "<a>x\n</a>"),
    "no such case": ("matches(string(.), '^abc$')", "<a>ABC</a>"),
    "the same moment": ("later(string(.), '2026-03-02T00:00:00Z')", "<a>2026-03-02</a>"),
    "no date": ("later(string(.), '2026-03-02')", "<a>tomorrow</a>"),
    "texts twice": ("distinct(b)", "<a><b>1</b><b>1</b></a>"),
}


@pytest.mark.parametrize(("expression", "xml"), HOLDS.values(), ids=HOLDS)
def test_a_function_holds(expression: str, xml: str) -> None:
    assert value(expression, xml) is True


@pytest.mark.parametrize(("expression", "xml"), FAILS.values(), ids=FAILS)
def test_a_function_does_not_hold(expression: str, xml: str) -> None:
    assert value(expression, xml) is False


REFUSED = {
    "an unknown list": ("in-list(., 'Nowhere')", "Nowhere"),
    "an unknown list in a pattern": ("matches(., '${Nowhere}')", "Nowhere"),
    "a list without quotes": ("in-list(., Land)", "in quotes"),
    "lower of two": ("lower('a', 'b')", "one value"),
    "a bracket left open": ("in-list(., 'Land'", "not closed"),
    "a pattern that two dialects read apart": (r"matches(., '\p{L}')", "not translated"),
    "flags that are not known": ("matches(., 'a', 'x')", "flags 'x'"),
    "a group without capture": ("matches(., '(?:a)')", "not translated"),
}


@pytest.mark.parametrize(("expression", "says"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_compiled_is_refused_when_loaded(expression: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        functions.compiled(expression, LISTS)


def test_a_list_whose_codes_hold_both_quotes_is_refused() -> None:
    lists = {"Odd": frozenset({"'", '"', "a", "b", "c"})}
    with pytest.raises(ValueError, match="both kinds of quotes"):
        functions.compiled("in-list(., 'Odd')", lists)


NUMBERED = {
    "a pattern": ("fn:matches(., 'a(b)')", "fn:fits(., 0)"),
    "with flags": ("fn:matches(string(@x), '^a', 'i')", "fn:fits(string(@x), 0)"),
    "two, one of them twice": (
        "fn:matches(., 'a') or fn:matches(.., 'b') or fn:matches(@c, 'a')",
        "fn:fits(., 0) or fn:fits(.., 1) or fn:fits(@c, 0)",
    ),
    "another case is another pattern": (
        "fn:matches(., 'a') or fn:matches(., 'a', 'i')",
        "fn:fits(., 0) or fn:fits(., 1)",
    ),
    "a pattern that a node gives": ("fn:matches(., string(@x))", "fn:matches(., string(@x))"),
    "the name inside a text": ("'fn:matches(' = '('", "'fn:matches(' = '('"),
}


@pytest.mark.parametrize(("expression", "numbered"), NUMBERED.values(), ids=NUMBERED)
def test_patterns_are_asked_by_number(expression: str, numbered: str) -> None:
    assert functions.Patterns().numbered(expression) == numbered


@pytest.mark.parametrize(("text", "expected"), [("Ab", True), ("ba", False)])
def test_a_numbered_pattern_judges_as_the_pattern_does(text: str, expected: bool) -> None:
    patterns = functions.Patterns()
    expression = patterns.numbered("fn:matches(., '^x') or fn:matches(., '^a', 'i')")
    xpath = etree.XPath(
        expression,
        namespaces={functions.PREFIX: functions.NAMESPACE},
        extensions=patterns.extension(),
    )
    assert xpath(etree.fromstring(f"<a>{text}</a>")) is expected


def test_unknown_flags_are_refused() -> None:
    with pytest.raises(ValueError, match="flags 'x'"):
        functions.translated("a", "x")
