"""Two messages differ in places; how they are written does not matter."""

from __future__ import annotations

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bridge.conform.compare import MOST_DIFFERENCES, differences
from tests.unit.conform.desks import REQUEST

TREE = etree.fromstring(REQUEST.read_bytes())
ELEMENTS = len(list(TREE.iter("*")))
XSI = "http://www.w3.org/2001/XMLSchema-instance"

ALIKE = {
    "the same": ("<a x='1' y='2'><b>t</b></a>", "<a x='1' y='2'><b>t</b></a>"),
    "other prefixes": ("<p:a xmlns:p='u'><p:b/></p:a>", "<a xmlns='u'><q:b xmlns:q='u'/></a>"),
    "another order of attributes": ("<a x='1' y='2'/>", "<a y='2' x='1'/>"),
    "blanks between elements": ("<a><b/><c/></a>", "<a>\n  <b/>\n  <c/>\n</a>"),
    "an empty element": ("<a><b/></a>", "<a><b></b></a>"),
    "a type by another prefix": (
        f"<a xmlns:i='{XSI}' xmlns:p='u' i:type='p:T'/>",
        f"<a xmlns:i='{XSI}' xmlns:q='u' i:type='q:T'/>",
    ),
}
DIFFERENT = {
    "a text": ("<a><b>1</b></a>", "<a><b>2</b></a>", "/a/b: the text differs"),
    "blanks of a text": ("<a>1</a>", "<a> 1</a>", "/a: the text differs"),
    "blanks alone": ("<a/>", "<a> </a>", "/a: the text differs"),
    "a value": ("<a x='1'/>", "<a x='2'/>", "/a/@x: the value differs"),
    "an attribute too few": ("<a x='1'/>", "<a/>", "/a/@x: it is missing"),
    "an attribute too many": ("<a/>", "<a x='1'/>", "/a/@x: it is not expected"),
    "an element too few": ("<a><b/><c/></a>", "<a><b/></a>", "/a: c is missing"),
    "an element too many": ("<a/>", "<a><b/></a>", "/a/b: it is not expected"),
    "an element in between": (
        "<a><b/><d/></a>", "<a><b/><c/><d/></a>", "/a/c: d is expected here, not c",
    ),
    "another root": ("<a/>", "<b/>", "/b: a is expected here, not b"),
    "another namespace": ("<a xmlns='u'/>", "<a xmlns='v'/>", "/a: a is expected here, not a"),
    "text between elements": ("<a><b/>t</a>", "<a><b/></a>", "/a/b: the text behind it differs"),
    "another type": (
        f"<a xmlns:i='{XSI}' xmlns:p='u' i:type='p:T'/>",
        f"<a xmlns:i='{XSI}' xmlns:p='v' i:type='p:T'/>",
        "/a/@type: the value differs",
    ),
}  # fmt: skip


def compared(one: str, other: str) -> tuple[str, ...]:
    return differences(etree.fromstring(one), etree.fromstring(other))


@pytest.mark.parametrize(("one", "other"), ALIKE.values(), ids=ALIKE)
def test_what_means_the_same_is_no_difference(one: str, other: str) -> None:
    assert compared(one, other) == ()
    assert compared(other, one) == ()


@pytest.mark.parametrize(("one", "other", "sentence"), DIFFERENT.values(), ids=DIFFERENT)
def test_a_difference_is_told_by_its_place(one: str, other: str, sentence: str) -> None:
    assert compared(one, other) == (sentence,)


def test_no_more_differences_are_told_than_people_read() -> None:
    many = "".join(f"<b>{number}</b>" for number in range(50))
    assert len(compared(f"<a>{many}</a>", f"<a>{many.replace('<b>', '<b>x')}</a>")) == (
        MOST_DIFFERENCES
    )


@given(number=st.integers(0, ELEMENTS - 1), how=st.sampled_from(["text", "attribute", "remove"]))
def test_any_change_of_a_message_is_seen_and_no_value_is_told(number: int, how: str) -> None:
    changed = deepcopy(TREE)
    element = list(changed.iter("*"))[number]
    parent = element.getparent()
    if how == "text":
        element.text = f"{element.text or ''}Geheim"
    elif how == "attribute" or parent is None:
        element.set("geheim", "Geheim")
    else:
        parent.remove(element)
    found = differences(TREE, changed)
    assert found
    assert "Geheim" not in "".join(found)
