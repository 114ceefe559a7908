from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from bridge.errors import DataFileFault
from bridge.finding import Severity
from bridge.rules.contexts import context_steps
from bridge.rules.engine import MANY, RuleEngine, findings
from bridge.rules.table import Rule, RuleTable

NAMESPACES = {"q": "urn:q", "r": "urn:r"}
XML = """<q:R xmlns:q="urn:q" xmlns:r="urn:r" id="7">
  <!-- comments do not count as places -->
  <r:S name="one"><r:V lang="DE">a</r:V><r:V lang="DE">b</r:V></r:S>
  <r:S name="two"><r:V lang="FR"/><r:W>long enough</r:W><r:X>x</r:X></r:S>
</q:R>"""


def rule(context: str, test: str, **more: object) -> Rule:
    text = {"en": "It holds.", "de": "Es gilt."}
    return Rule("A-1", Severity.FATAL, context, test, text, **more)  # type: ignore[arg-type]


def table(*rules: Rule, unless: str = "") -> RuleTable:
    return RuleTable(
        "f", "1", rules, (), NAMESPACES, ("q:R",), {"Land": frozenset({"DE"})}, unless, {}
    )


def places(*rules: Rule, xml: str = XML, unless: str = "") -> list[str]:
    broken = RuleEngine(table(*rules, unless=unless))(etree.fromstring(xml))
    return [finding.location for finding in findings(broken)]


FIRES = {
    "at the root": ("q:R", "false()", ["/q:R"]),
    "at a named slot": ("q:R/r:S[@name = 'two']", "r:Y", ["/q:R/r:S[2]"]),
    "anywhere": ("r:W", "false()", ["/q:R/r:S[2]/r:W"]),
    "at an attribute": ("q:R/@id", ". = '8'", ["/q:R/@id"]),
    "at attributes anywhere": ("@lang", "in-list(., 'Land')", ["/q:R/r:S[2]/r:V/@lang"]),
    "at any of several names": (
        "r:V | r:W | r:X",
        "string-length(.) > 0",
        ["/q:R/r:S[2]/r:V"],
    ),
    "below any depth": ("q:R//r:V", "@lang = 'DE'", ["/q:R/r:S[2]/r:V"]),
    "at a parent": ("r:W/..", "r:Z", ["/q:R/r:S[2]"]),
    "with a comparison below": ("q:R", "count(r:S) < 2", ["/q:R"]),
    "with the node under test": (
        "r:V",
        "not(preceding-sibling::*[@lang = current()/@lang])",
        ["/q:R/r:S[1]/r:V[2]"],
    ),
}


@pytest.mark.parametrize(("context", "test", "expected"), FIRES.values(), ids=FIRES)
def test_a_broken_row_is_told_with_its_place(context: str, test: str, expected: list[str]) -> None:
    assert places(rule(context, test)) == expected


SHARED = {
    "r:S": ["/q:R/r:S[1]", "/q:R/r:S[2]"],
    "r:S[@name = 'one']": ["/q:R/r:S[1]"],
    "r:S[@name='two']": ["/q:R/r:S[2]"],
    "r:S[@name = 'one']/r:V": ["/q:R/r:S[1]/r:V[1]", "/q:R/r:S[1]/r:V[2]"],
    "r:S[@name = 'two']/r:V/@lang": ["/q:R/r:S[2]/r:V/@lang"],
    "r:S[@name = 'two']/..": ["/q:R"],
    "r:S[@name = 'three']/r:V": [],
    "r:S[r:W or r:Z]": ["/q:R/r:S[2]"],
    "r:S[not(r:W)]": ["/q:R/r:S[1]"],
    "r:S[count(r:X)]": [],
    "r:S[count(r:V)]": [],
    "r:S[position() = 2]": ["/q:R/r:S[2]"],
    "r:S[2]": ["/q:R/r:S[2]"],
    "r:S[last()]/r:V": ["/q:R/r:S[2]/r:V"],
    "r:S[r:V[@lang = 'DE'][2]]": ["/q:R/r:S[1]"],
    "r:S[@name = 'one'][r:W]": [],
    "q:R/r:S[@name = 'one']": ["/q:R/r:S[1]"],
    "q:R/r:S/r:V": ["/q:R/r:S[1]/r:V[1]", "/q:R/r:S[1]/r:V[2]", "/q:R/r:S[2]/r:V"],
    "q:R//r:S[@name = 'two']//r:V": ["/q:R/r:S[2]/r:V"],
}
"""Contexts that share walks in one transform. A number as predicate is a position: the first slot
holds two values and is no second, the second holds one and is no first."""


@pytest.mark.parametrize("context", SHARED)
def test_a_context_alone_is_met_where_it_says(context: str) -> None:
    assert sorted(places(rule(context, "false()"))) == SHARED[context]


def test_contexts_that_share_a_walk_are_told_apart_by_their_predicates() -> None:
    rules = [replace(rule(context, "false()"), id=context) for context in SHARED]
    broken = RuleEngine(table(*rules))(etree.fromstring(XML))
    found: dict[str, list[str]] = {context: [] for context in SHARED}
    for each in broken:
        found[each.rule.id].append(each.finding().location)
    assert {context: sorted(at) for context, at in found.items()} == SHARED


@pytest.mark.parametrize(
    ("xml", "expected"),
    {
        "below its root": ("<q:R><r:S><r:V/></r:S></q:R>", ["/q:R/r:S/r:V"]),
        "below another root": ("<q:O><r:S><r:V/></r:S></q:O>", ["/q:O/r:S/r:V"]),
        "deeper": ("<q:R><q:I><r:S><r:V/></r:S></q:I></q:R>", ["/q:R/q:I/r:S/r:V"]),
        "below an inner root": ("<q:R><q:R><r:S><r:V/></r:S></q:R></q:R>", ["/q:R/q:R/r:S/r:V"]),
        "at the top": ("<r:S><r:V/></r:S>", ["/r:S/r:V"]),
        "both": (
            "<q:R><r:S><r:V/><r:S><r:V/></r:S></r:S></q:R>",
            ["/q:R/r:S/r:S/r:V", "/q:R/r:S/r:V"],
        ),
    }.values(),
)
def test_what_may_stand_anywhere_is_met_once_also_where_another_context_leads(
    xml: str, expected: list[str]
) -> None:
    rules = (rule("q:R/r:S/r:W", "true()"), rule("r:S/r:V", "false()"))
    root = etree.fromstring(xml.replace(">", ' xmlns:q="urn:q" xmlns:r="urn:r">', 1))
    broken = RuleEngine(table(*rules))(root)
    assert sorted(each.finding().location for each in broken) == expected


def test_a_place_far_down_and_behind_many_is_found() -> None:
    values = "<r:V/><!-- -->" * 1233
    xml = f'<q:R xmlns:q="urn:q" xmlns:r="urn:r"><r:S/>{values}<r:V><r:W x="1"/></r:V></q:R>'
    assert places(rule("@x", "false()"), xml=xml) == ["/q:R/r:V[1234]/r:W/@x"]


def test_elements_are_counted_by_the_attribute_they_have() -> None:
    assert places(rule("q:R", "count(r:S[@name = 'one']) = 1"), xml=XML) == []
    twice = XML.replace('"two"', '"one"')
    assert places(rule("q:R", "count(r:S[@name = 'one']) = 1"), xml=twice) == ["/q:R"]


@pytest.mark.parametrize(
    ("context", "test"),
    [("q:R", "true()"), ("r:Nowhere", "false()"), ("r:S/q:R", "false()"), ("@none", "false()")],
)
def test_what_holds_or_is_not_met_is_silent(context: str, test: str) -> None:
    assert places(rule(context, test)) == []


def test_a_root_is_meant_only_at_the_top() -> None:
    inner = '<q:R xmlns:q="urn:q"><q:R/></q:R>'
    assert places(rule("q:R", "false()"), xml=inner) == ["/q:R"]
    assert len(places(rule("//q:R", "false()"), xml=inner)) == 2


def test_documents_that_no_row_is_meant_for_are_silent() -> None:
    assert places(rule("q:R", "false()"), unless="/q:R/@id = '7'") == []
    assert places(rule("q:R", "false()"), unless="/q:R/@id = '8'") == ["/q:R"]


def test_a_place_that_several_rows_ask_is_told_for_each() -> None:
    rules = (rule("r:S[@name = 'one']", "false()"), rule("r:S[@name = 'one']/r:V", "@lang = 'FR'"))
    assert len(places(*rules)) == 3


def test_the_tree_stays_as_it_is() -> None:
    root = etree.fromstring(XML)
    before = etree.tostring(root)
    RuleEngine(table(rule("r:V", "false()")))(root)
    assert etree.tostring(root) == before


def test_a_finding_speaks_the_language_asked_for_and_has_its_line() -> None:
    (broken,) = RuleEngine(table(rule("r:W", "false()")))(etree.fromstring(XML))
    finding = broken.finding(language="de")
    assert (finding.message, finding.line, finding.id) == ("Es gilt.", 4, "A-1")


@pytest.mark.parametrize(("sending", "severity"), [(True, "fatal"), (False, "warning")])
def test_an_inferred_row_binds_only_us(sending: bool, severity: str) -> None:
    row = rule("q:R", "false()", received=Severity.WARNING)
    (broken,) = RuleEngine(table(row))(etree.fromstring(XML))
    assert broken.finding(sending=sending).severity == severity


def test_rows_of_another_kind_and_rows_in_need_are_left_out() -> None:
    rows = (rule("q:R", "false()", message="Other"), rule("q:R", "false()", needs="now"))
    assert RuleEngine(table(*rows), "R")(etree.fromstring(XML)) == ()


def test_a_large_document_is_judged_in_one_walk() -> None:
    many = "".join(f'<r:V lang="{"DE" if n else "XX"}">{n}</r:V>' for n in range(3000))
    xml = f'<q:R xmlns:q="urn:q" xmlns:r="urn:r">{many}</q:R>'
    assert places(rule("@lang", "in-list(., 'Land')"), xml=xml) == ["/q:R/r:V[1]/@lang"]


@pytest.mark.parametrize(
    "test", ["count(", "q:x and", "x:y", "@x:y", "frobnicate(.)", "in-list(., 'Nowhere')"]
)
def test_a_test_that_does_not_compile_is_a_fault_of_the_file(test: str) -> None:
    with pytest.raises(DataFileFault):
        RuleEngine(table(rule("q:R", test)))


STEPS = {
    "root": ("q:R/r:S", [["/q:R", "r:S"]]),
    "absolute": ("/*/r:S", [["/*", "r:S"]]),
    "anywhere": ("r:S/r:V", [["//r:S", "r:V"]]),
    "inner depth": ("q:R//r:V/@x", [["/q:R", ".//r:V", "@x"]]),
    "slash in a text": ("r:S[@a='b/c|d']/r:V", [["//r:S[@a='b/c|d']", "r:V"]]),
    "two names": ("r:A | r:B", [["//r:A"], ["//r:B"]]),
    "three names": ("r:A|r:B|r:C|@d", [["//@d"], ["names r:A|r:B|r:C"]]),
}


@pytest.mark.parametrize(("context", "steps"), STEPS.values(), ids=STEPS)
def test_a_context_is_taken_apart_into_steps(context: str, steps: list[list[str]]) -> None:
    assert context_steps(context, ("q:R",)) == steps


def test_many_broken_places_are_told_as_few_are() -> None:
    values = [f"<r:V>{number}</r:V>" for number in range(2 * MANY)]
    few, many = (
        f'<q:R xmlns:q="urn:q" xmlns:r="urn:r"><!-- 1 --><r:S>{"".join(some)}</r:S></q:R>'
        for some in (values[:3], values)
    )
    at_values = rule("r:V", "false()")
    assert places(at_values, xml=few) == [f"/q:R/r:S/r:V[{n}]" for n in (1, 2, 3)]
    assert set(places(at_values, xml=many)) == {f"/q:R/r:S/r:V[{n + 1}]" for n in range(2 * MANY)}
