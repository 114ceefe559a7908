"""Our compiler beside the XSLT 1.0 skeleton of ISO Schematron that comes with lxml.

Random small schemata in XPath 1.0 over random documents: the same assertions must fire, as often.
"""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, isoschematron

from bridge.referee.schematron import SVRL
from tests.unit.referee.schemata import fired, schema

NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.sampled_from(["", "1", "2", "x", "x y"])


@st.composite
def elements(draw: st.DrawFn, depth: int = 3) -> etree._Element:
    element = etree.Element(draw(NAMES))
    if draw(st.booleans()):
        element.set("k", draw(VALUES))
    element.text = draw(VALUES)
    if depth:
        element.extend(draw(st.lists(elements(depth - 1), max_size=3)))
    return element


STEPS = st.sampled_from(["a", "b", "c", "*", "a/b", "b//c", "//c", "a[@k]", "*[b]", "b[. = 'x']"])
CONTEXTS = st.lists(STEPS, min_size=1, max_size=2).map(" | ".join)
NODES = st.sampled_from(["a", "b", "*", "..", ".", "@k", "../*/@k", ".//c", "$v"])
SIMPLE = st.one_of(
    NODES,
    st.builds("count({})={}".format, NODES, st.integers(0, 3)),
    st.builds("{} = '{}'".format, NODES, VALUES),
    st.builds("{} != {}".format, NODES, NODES),
    st.builds("{} < 2".format, NODES),
    st.builds("contains({}, 'x')".format, NODES),
    st.builds("string-length(normalize-space({})) > 1".format, NODES),
    st.builds("name() = '{}'".format, NAMES),
    st.builds("number({}) = 1".format, NODES),
)
TESTS = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("({}) or ({})".format, inner, inner),
        st.builds("not({})".format, inner),
    ),
    max_leaves=3,
)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


@st.composite
def schemata(draw: st.DrawFn) -> bytes:
    count = 0
    body = f'<let name="v" value="{draw(st.sampled_from(["/*", "//b", "/*/@k"]))}"/>'
    for _ in range(draw(st.integers(1, 3))):
        rules = ""
        for _ in range(draw(st.integers(1, 2))):
            inner = ""
            for _ in range(draw(st.integers(1, 2))):
                name = draw(st.sampled_from(["assert", "report"]))
                inner += f'<{name} id="r{count}" test="{escaped(draw(TESTS))}">t</{name}>'
                count += 1
            rules += f'<rule context="{escaped(draw(CONTEXTS))}">{inner}</rule>'
        body += f"<pattern>{rules}</pattern>"
    return schema(body, "xslt")


def by_the_skeleton(octets: bytes, document: etree._Element) -> Counter[str]:
    judge = isoschematron.Schematron(etree.fromstring(octets), store_report=True)
    judge.validate(document)
    report = judge.validation_report
    names = ("failed-assert", "successful-report")
    return Counter(
        each.get("id", "") for name in names for each in report.iter(f"{{{SVRL}}}{name}")
    )


@settings(max_examples=60)
@given(schemata(), elements())
def test_both_compilers_fire_the_same_assertions(octets: bytes, document: etree._Element) -> None:
    ours = Counter(fired(octets, etree.tostring(document, encoding="unicode")))
    assert ours == by_the_skeleton(octets, document)
