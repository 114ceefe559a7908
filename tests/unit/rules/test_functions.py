from __future__ import annotations

import pytest
from lxml import etree

from bridge.rules import functions

LISTS = {"Land": frozenset({"DE", "FR", "A.B"}), "Codes": frozenset({"1", "22"})}


def value(expression: str, xml: str = "<a>DE</a>") -> object:
    xpath = etree.XPath(
        functions.compiled(expression, LISTS),
        namespaces={functions.PREFIX: functions.NAMESPACE},
        extensions=functions.extensions(),
    )
    return xpath(etree.fromstring(xml), **functions.variables(LISTS))


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
}
FAILS = {
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
    "a group without capture": ("matches(., '(?:a)')", "not translated"),
}


@pytest.mark.parametrize(("expression", "says"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_compiled_is_refused_when_loaded(expression: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        functions.compiled(expression, LISTS)


def test_unknown_flags_are_refused() -> None:
    with pytest.raises(ValueError, match="flags 'x'"):
        functions.translated("a", "x")
