"""Schemata in several files: what is included, extended and looked up, and what is refused."""

from __future__ import annotations

import pytest
from lxml import etree

from bridge.errors import UnreadableDocument
from bridge.referee.expand import NAMESPACE, beside, expanded, file_of, renamed
from bridge.referee.schematron import compiled
from tests.unit.referee.schemata import SCH, XSL, failing, fired, rule, schema


def part(text: str) -> bytes:
    """A file whose root is not a schema."""
    name = text[1:].replace(">", " ").split()[0]
    return text.replace(f"<{name}", f'<{name} xmlns="{SCH}"', 1).encode()


def of(files: dict[str, bytes], main: str = "sch/main.sch") -> list[str]:
    return fired(files[main], "<a><b/></a>", file=main, files=files.__getitem__)


INCLUDED = {
    "a pattern": {
        "sch/main.sch": schema('<include href="p.sch"/>'),
        "sch/p.sch": part(rule("a", failing("A"))),
    },
    "a pattern in the folder above": {
        "sch/main.sch": schema('<include href="../common/p.sch"/>'),
        "common/p.sch": part(rule("a", failing("A"))),
    },
    "a file that includes beside itself": {
        "sch/main.sch": schema('<include href="parts/p.sch"/>'),
        "sch/parts/p.sch": part('<pattern><include href="r.sch"/></pattern>'),
        "sch/parts/r.sch": part(f'<rule context="a">{failing("A")}</rule>'),
    },
    "an element by its id": {
        "sch/main.sch": schema('<include href="all.sch#p2"/>'),
        "sch/all.sch": schema(
            f'<pattern id="p1"><rule context="a">{failing("NO")}</rule></pattern>'
            f'<pattern id="p2"><rule context="a">{failing("A")}</rule></pattern>'
        ),
    },
    "an assertion among others": {
        "sch/main.sch": schema(rule("a", '<include href="x.sch"/>', failing("B", "true()"))),
        "sch/x.sch": part(failing("A")),
    },
    "the content of another schema": {
        "sch/main.sch": schema('<extends href="all.sch"/>'),
        "sch/all.sch": schema('<let name="v" value="1"/>' + rule("a", failing("A", "$v = 2"))),
    },
    "the content of another pattern, by its id": {
        "sch/main.sch": schema('<pattern><extends href="all.sch#p"/></pattern>'),
        "sch/all.sch": schema(f'<pattern id="p"><rule context="a">{failing("A")}</rule></pattern>'),
    },
    "an abstract rule": {
        "sch/main.sch": schema(
            '<pattern><include href="r.sch"/><rule context="a"><extends rule="r"/></rule></pattern>'
        ),
        "sch/r.sch": part(f'<rule abstract="true" id="r">{failing("A")}</rule>'),
    },
    "a stylesheet with functions, whose prefixes count": {
        "sch/main.sch": schema(
            '<ns prefix="f" uri="urn:f"/><xsl:include href="f.xsl"/>'
            + rule("a", failing("A", "f:no()"))
        ),
        "sch/f.xsl": (
            f'<xsl:stylesheet version="2.0" xmlns:xsl="{XSL}" xmlns:g="urn:f" '
            'xmlns:xsd="http://www.w3.org/2001/XMLSchema"><xsl:function name="g:no">'
            "<xsl:sequence select=\"xsd:boolean('false')\"/></xsl:function></xsl:stylesheet>"
        ).encode(),
    },
    "a name with a blank": {
        "sch/main.sch": schema('<include href="a%20b.sch"/>'),
        "sch/a b.sch": part(rule("a", failing("A"))),
    },
}


@pytest.mark.parametrize("files", INCLUDED.values(), ids=INCLUDED)
def test_a_schema_may_lie_in_several_files(files: dict[str, bytes]) -> None:
    assert of(files) == ["A"]


def test_the_same_part_may_be_included_twice() -> None:
    files = {
        "sch/main.sch": schema(
            '<pattern><rule context="a"><include href="x.sch"/></rule></pattern>'
            '<pattern><rule context="b"><include href="x.sch"/></rule></pattern>'
        ),
        "sch/x.sch": part(failing("A")),
    }
    assert of(files) == ["A", "A"]


def test_an_assertion_names_the_file_that_it_stands_in() -> None:
    files = INCLUDED["a file that includes beside itself"]
    made = compiled(files["sch/main.sch"], file="sch/main.sch", files=files.__getitem__)
    assert [each.file for each in made.assertions] == ["sch/parts/r.sch"]


def test_nothing_abstract_is_left() -> None:
    body = (
        f'<pattern abstract="true" id="p"><rule abstract="true" id="r">{failing("A")}</rule>'
        '<rule context="$c"><extends rule="r"/></rule></pattern>'
        '<pattern is-a="p"><param name="c" value="a"/></pattern>'
    )
    root, _ = expanded(schema(body), "x.sch")
    names = [etree.QName(each).localname for each in root.iter("*")]
    assert names == ["schema", "pattern", "rule", "assert"]
    assert root.find(f".//{{{NAMESPACE}}}rule").get("context") == "a"  # type: ignore[union-attr]
    assert {file_of(each) for each in root.iter("*")} == {"x.sch"}


REFUSED = {
    "a file that is not there": ('<include href="no.sch"/>', "no.sch is not among"),
    "a file outside of the artefacts": ('<include href="../../x.sch"/>', "outside"),
    "an absolute path": ('<include href="/etc/passwd"/>', "outside"),
    "an address": ('<include href="http://localhost/x.sch"/>', "outside"),
    "an id that is not there": ('<include href="main.sch#x"/>', "no element of that id"),
    "what is no part of a schema": ('<include href="other.sch"/>', "no part of a schema"),
    "itself": ('<include href="main.sch"/>', "includes itself"),
    "an element of another kind": (
        '<pattern id="p"><extends href="main.sch"/></pattern>',
        "another kind",
    ),
    "an abstract pattern that is not there": ('<pattern is-a="x"/>', "instance of a pattern"),
    "an abstract rule that is not there": (
        '<pattern><rule context="a"><extends rule="x"/></rule></pattern>',
        "extends an abstract rule",
    ),
    "an abstract rule that extends itself": (
        '<pattern><rule abstract="true" id="r"><extends rule="r"/></rule>'
        '<rule context="a"><extends rule="r"/></rule></pattern>',
        "extends itself",
    ),
}


@pytest.mark.parametrize(("body", "what"), REFUSED.values(), ids=REFUSED)
def test_a_reference_that_leads_nowhere_is_refused(body: str, what: str) -> None:
    with pytest.raises(UnreadableDocument, match=what) as caught:
        of({"sch/main.sch": schema(body), "sch/other.sch": b"<pattern/>"})
    assert caught.value.where == "sch/main.sch"


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("x.sch", "a/x.sch"),
        ("./x.sch#id", "a/x.sch"),
        ("../x.sch", "x.sch"),
        ("../../x.sch", ""),
        ("/x.sch", ""),
        ("file:///x.sch", ""),
        ("//host/x.sch", ""),
    ],
)
def test_a_reference_stays_within_the_artefacts(href: str, path: str) -> None:
    assert beside("a/main.sch", href) == path


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$v = 1", "$w = 1"),
        ("$vv = $v-x", "$vv = $v-x"),
        ("concat('$v', \"$v\", $v)", "concat('$v', \"$v\", $w)"),
        ("$p:v + $v", "$p:v + $w"),
    ],
)
def test_only_the_variable_itself_is_renamed(expression: str, expected: str) -> None:
    assert renamed(expression, {"v": "w"}) == expected
