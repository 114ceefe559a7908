"""The Schematron compiler, construct by construct, run by SaxonC."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from lxml import etree

from bridge.errors import UnreadableDocument
from bridge.referee.saxon import RunFault, StylesheetFault, compile_stylesheet
from bridge.referee.schematron import compile_schematron, compiled
from tests.mutations import mutations
from tests.unit.referee.schemata import SCH, failing, fired, rule, schema, told

DOCUMENT = "<a k='1'><b>x</b><b>y</b><c/><!--note--><?go on?></a>"

CONSTRUCTS = {
    "an assertion fires where its test is false": (
        rule("b", failing("A", ". = 'x'"), failing("B", ". != ''")),
        ["A"],
    ),
    "a report fires where its test is true": (
        rule("b", '<report id="R" test=". = \'x\'">t</report>'),
        ["R"],
    ),
    "the first rule of a pattern that matches is the only one": (
        f"<pattern><rule context=\"b[. = 'x']\">{failing('FIRST')}</rule>"
        f'<rule context="b">{failing("SECOND")}</rule></pattern>',
        ["FIRST", "SECOND"],
    ),
    "every pattern is asked": (rule("a", failing("A")) + rule("a", failing("B")), ["A", "B"]),
    "alternatives in a context": (rule("a | c", failing("A")), ["A", "A"]),
    "an attribute as context": (rule("a/@k", failing("A", ". = '2'")), ["A"]),
    "the document as context": (rule("/", failing("A")), ["A"]),
    "a text as context": (rule("b/text()", failing("A", ". = 'x'")), ["A"]),
    "a comment as context": (rule("comment()", failing("A", ". = 'x'")), ["A"]),
    "a processing instruction as context": (
        rule("processing-instruction('go')", failing("A", ". = 'x'")),
        ["A"],
    ),
    "a variable of the schema": (
        '<let name="v" value="count(//b)"/>' + rule("a", failing("A", "$v = 3")),
        ["A"],
    ),
    "a variable of the schema in a context": (
        '<let name="v" value="\'x\'"/>' + rule("b[. = $v]", failing("A")),
        ["A"],
    ),
    "a variable of a pattern": (
        f'<pattern><let name="v" value="count(//b)"/><rule context="a">{failing("A", "$v = 3")}'
        "</rule></pattern>",
        ["A"],
    ),
    "variables of one name in two patterns": (
        f'<pattern><let name="v" value="1"/><rule context="a[$v = 1]">{failing("A", "$v = 2")}'
        '</rule></pattern><pattern><let name="v" value="2"/>'
        f'<rule context="a[$v = 2]">{failing("B", "$v = 1")}</rule></pattern>',
        ["A", "B"],
    ),
    "a variable of a pattern hides that of the schema": (
        '<let name="v" value="1"/><pattern><let name="v" value="2"/>'
        f'<rule context="a">{failing("A", "$v = 1")}</rule></pattern>'
        + rule("a", failing("B", "$v = 2")),
        ["A", "B"],
    ),
    "a renamed variable leaves quoted texts alone": (
        '<let name="v" value="1"/><pattern><let name="v" value="2"/>'
        f'<rule context="a">{failing("A", "concat($v, &apos;$v&apos;) != &apos;2$v&apos;")}'
        "</rule></pattern>",
        ["A"],
    ),
    "a variable of a rule is made at each node": (
        rule("b", '<let name="v" value="string(.)"/>', failing("A", "$v = 'x'")),
        ["A"],
    ),
    "a variable with a tree as its value": (
        '<let name="v"><item xmlns="">x</item></let>' + rule("b", failing("A", ". = $v//item")),
        ["A"],
    ),
    "a variable with a type": (
        '<let name="v" value="1" as="xs:integer"/>'
        + rule("a", failing("A", "$v instance of xs:string")),
        ["A"],
    ),
    "current() is the node of the context": (
        rule("c", failing("A", "../b[. = name(current())]")),
        ["A"],
    ),
    "abstract rules, one extending another": (
        f'<pattern><rule abstract="true" id="r"><let name="v" value="3"/>{failing("A", "$v = 4")}'
        f'</rule><rule abstract="true" id="s"><extends rule="r"/>{failing("B")}</rule>'
        f'<rule context="a"><extends rule="s"/>{failing("C", "$v = 4")}</rule></pattern>',
        ["A", "B", "C"],
    ),
    "an abstract pattern and two instances": (
        '<pattern abstract="true" id="p"><rule context="$where">'
        f"{failing('A', '. = $what and $whatever')}</rule></pattern>"
        '<pattern is-a="p"><param name="where" value="b"/><param name="what" value="\'x\'"/>'
        '<param name="whatever" value="true()"/></pattern>'
        '<pattern is-a="p"><param name="where" value="c"/><param name="what" value="\'\'"/>'
        '<param name="whatever" value="false()"/></pattern>',
        ["A", "A"],
    ),
    "an abstract pattern without an instance says nothing": (
        f'<pattern abstract="true" id="p"><rule context="a">{failing("A")}</rule></pattern>',
        [],
    ),
    "a function of XSLT": (
        '<ns prefix="f" uri="urn:f"/><xsl:function name="f:is" xmlns:f="urn:f">'
        '<xsl:param name="v"/><xsl:sequence select="$v = \'x\'"/></xsl:function>'
        + rule("b", failing("A", "f:is(.)")),
        ["A"],
    ),
    "a key of XSLT": (
        '<xsl:key name="k" match="b" use="string(.)"/>'
        + rule("a", failing("A", "key('k', 'z')"), failing("B", "key('k', 'y')")),
        ["A"],
    ),
    "variables of XSLT at the top and in a rule": (
        '<xsl:variable name="v" select="1"/>'
        + rule("a", '<xsl:variable name="w" select="$v + 1"/>', failing("A", "$w = 3")),
        ["A"],
    ),
    "a test with a comma is one sequence": (rule("a", failing("A", "d, e")), ["A"]),
    "titles, paragraphs and foreign elements are passed over": (
        "<title>t</title><p>p</p><html:p>h</html:p>"
        f'<pattern><title>t</title><p>p</p><rule context="a"><html:p/>{failing("A")}</rule>'
        "</pattern>",
        ["A"],
    ),
}


@pytest.mark.parametrize(("body", "expected"), CONSTRUCTS.values(), ids=CONSTRUCTS)
def test_a_construct_means_what_the_standard_says(body: str, expected: list[str]) -> None:
    assert fired(schema(body), DOCUMENT) == expected


def test_a_place_is_that_of_the_context_node() -> None:
    octets = schema(rule("b", failing("A", ". = 'x'")))
    assert [each.place for each in told(octets, DOCUMENT)] == ["/Q{}a[1]/Q{}b[2]"]


BINDINGS = {
    "none, which means XPath 1.0": ("", "normalize-space(b) = 'x'", []),
    "xslt, where several nodes mean the first": ("xslt", "normalize-space(b) = 'x'", []),
    "xslt, where a text is compared as a number": ("xslt", "@k &lt; '02'", []),
    "xslt2, where several nodes are an error": ("xslt2", "normalize-space(b) = 'x'", ["XPTY0004"]),
    "xslt2, where texts are compared as texts": ("xslt2", "@k &lt; '02'", ["A"]),
    "xslt2 with its functions": ("xslt2", "every $b in b satisfies matches($b, '^x')", ["A"]),
    "xslt3 with its operators": ("xslt3", "(b => string-join()) || '' = 'xz'", ["A"]),
    "in capitals": ("XSLT2", "true()", []),
}


@pytest.mark.parametrize(("binding", "test", "expected"), BINDINGS.values(), ids=BINDINGS)
def test_the_query_binding_says_which_xpath_is_meant(
    binding: str, test: str, expected: list[str]
) -> None:
    assert fired(schema(rule("a", failing("A", test)), binding), DOCUMENT) == expected


NAMESPACES = {
    "declared by ns": ('<ns prefix="n" uri="urn:n"/>', "", "n:a"),
    "declared by the XML alone": ("", 'xmlns:n="urn:n"', "n:a"),
    "ns before the XML": ('<ns prefix="n" uri="urn:n"/>', 'xmlns:n="urn:other"', "n:a"),
    "a default for names without prefix": ('<ns prefix="" uri="urn:n"/>', "", "a"),
    "a prefix that the stylesheet has itself": ('<ns prefix="svrl" uri="urn:n"/>', "", "svrl:a"),
}


@pytest.mark.parametrize(("ns", "attributes", "context"), NAMESPACES.values(), ids=NAMESPACES)
def test_prefixes_are_bound(ns: str, attributes: str, context: str) -> None:
    octets = schema(ns + rule(context, failing("A")), attributes=attributes)
    assert fired(octets, "<x:a xmlns:x='urn:n'/>") == ["A"]
    assert fired(octets, "<x:a xmlns:x='urn:different'/>") == []


PHASES = (
    '<phase id="one"><active pattern="p"/><let name="v" value="1"/></phase>'
    '<phase id="two"><active pattern="q"/><let name="v" value="2"/></phase>'
    f'<let name="v" value="0"/><pattern id="p"><rule context="a">{failing("P", "$v = 0")}</rule>'
    f'</pattern><pattern id="q"><rule context="a">{failing("Q", "$v = 2")}</rule></pattern>'
)


def phases(default: str = "") -> bytes:
    return schema(PHASES.replace('<let name="v" value="0"/>', ""), attributes=default)


def test_a_phase_chooses_patterns_and_brings_its_variables() -> None:
    assert fired(phases(), DOCUMENT, phase="one") == ["P"]
    assert fired(phases(), DOCUMENT, phase="two") == []


def test_the_default_phase_is_the_schemas() -> None:
    assert fired(phases('defaultPhase="one"'), DOCUMENT) == ["P"]


def test_without_a_default_phase_every_pattern_is_active() -> None:
    octets = schema(PHASES.replace('<let name="v" value="1"/>', ""))
    assert fired(octets, DOCUMENT) == ["Q"]
    assert fired(octets, DOCUMENT, phase="#ALL") == ["Q"]


def test_numbers_of_assertions_count_inactive_patterns_too() -> None:
    made = compiled(phases(), phase="two")
    assert [(each.number, each.id) for each in made.assertions] == [(0, "P"), (1, "Q")]


MESSAGES = {
    "a computed value": ('is <value-of select="."/>!', "is x!"),
    "the name of the node": ("in <name/>", "in b"),
    "the name of another node": ('in <name path=".."/>', "in a"),
    "marked text": (
        "<emph>one</emph> <dir>two</dir> <span class='s'>three</span>",
        "one two three",
    ),
    "marked text of another namespace": ("<html:b>one</html:b> two", "one two"),
    "instructions of XSLT": ("<xsl:if test='true()'>one</xsl:if>", "one"),
    "signs that XSLT would read": ("{one} &lt;two>", "{one} <two>"),
    "a value that raises an error": ('is <value-of select="xs:date(.)"/>', ""),
}


@pytest.mark.parametrize(("message", "expected"), MESSAGES.values(), ids=MESSAGES)
def test_a_message_is_written(message: str, expected: str) -> None:
    octets = schema(rule("b[1]", failing("A", text=message)))
    assert [(each.what, each.text) for each in told(octets, DOCUMENT)] == [("A", expected)]


def test_several_values_in_a_message_are_the_first_in_xpath_1_and_all_in_2() -> None:
    body = rule("a", failing("A", text='<value-of select="b"/>'))
    assert [each.text for each in told(schema(body, "xslt"), DOCUMENT)] == ["x"]
    assert [each.text for each in told(schema(body, "xslt2"), DOCUMENT)] == ["x y"]


def test_diagnostics_and_properties_are_written_with_their_values() -> None:
    body = (
        '<pattern><rule context="c"><assert id="A" test="false()" diagnostics="d e" '
        'properties="p">t</assert></rule></pattern>'
        '<diagnostics><diagnostic id="d">in <name/></diagnostic><diagnostic id="e">e</diagnostic>'
        '</diagnostics><properties><property id="p"><value-of select="1 + 1"/></property>'
        "</properties>"
    )
    assert told(schema(body), DOCUMENT)[0].references == ("in c", "e", "2")


def test_the_static_text_of_an_assertion_holds_no_value() -> None:
    message = 'Value <value-of select="."/> of <name/> is <emph>not</emph>\n  allowed.'
    (made,) = compiled(schema(rule("b", failing("A", text=message)))).assertions
    assert made.text == "Value … of … is not allowed."


def test_an_assertion_knows_its_place_and_role() -> None:
    body = (
        '\n<pattern>\n<rule context="b" role="warning"><assert id="A" test="1">t</assert>\n'
        '<report id="B" test="2" flag="fatal">t</report></rule></pattern>'
    )
    made = compiled(schema(body), file="x.sch").assertions
    found = [(each.id, each.role, each.context, each.test, each.file, each.line) for each in made]
    assert found == [("A", "warning", "b", "1", "x.sch", 3), ("B", "fatal", "b", "2", "x.sch", 4)]


ERRORS = {
    "in a test": (failing("A", "xs:date(.) = xs:date('2020-01-01')"), ["FORG0001"]),
    "in a variable of the rule": (
        '<let name="v" value="xs:date(.)"/>' + failing("A", "$v = xs:date('2020-01-01')"),
        ["FORG0001"],
    ),
    "in one of two tests": (
        failing("A", "xs:integer(.) = 1") + failing("B"),
        ["B", "FORG0001"],
    ),
    "of the number of nodes": (failing("A", "string-length(../b) = 1"), ["XPTY0004"]),
}


@pytest.mark.parametrize(("inner", "expected"), ERRORS.values(), ids=ERRORS)
def test_an_error_is_a_result_of_its_own(inner: str, expected: list[str]) -> None:
    assert fired(schema(rule("b[1]", inner)), DOCUMENT) == expected


def test_an_error_in_a_variable_of_the_schema_ends_the_run_without_quoting_the_document(
    capfd: pytest.CaptureFixture[str],
) -> None:
    body = '<let name="v" value="xs:date(//b[1])"/>' + rule("a", failing("A", "exists($v)"))
    run = compile_stylesheet(compile_schematron(schema(body)))
    with pytest.raises(RunFault) as caught:
        run(b"<a><b>SECRET</b></a>")
    assert "SECRET" not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_an_error_in_a_context_means_no_match_and_prints_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    octets = schema(rule("b[xs:integer(.) = 1]", failing("A")))
    assert fired(octets, "<a><b>SECRET</b><b>1</b></a>") == ["A"]
    assert capfd.readouterr().err == ""


def test_wrong_xpath_comes_to_light_when_the_stylesheet_is_compiled() -> None:
    sheet = compile_schematron(schema(rule("a", failing("A", "nothing-like-it()"))))
    with pytest.raises(StylesheetFault, match="nothing-like-it"):
        compile_stylesheet(sheet)


def test_an_assertion_can_be_left_out_and_keeps_its_number() -> None:
    octets = schema(rule("a", failing("A", "nothing-like-it()"), failing("B")))
    made = compiled(octets, leave_out=frozenset({0}))
    output = etree.fromstring(compile_stylesheet(made.stylesheet)(b"<a/>").encode())
    assert [each.get("{urn:x-bridge:referee}number") for each in output] == ["1"]


def test_without_texts_only_number_id_and_place_are_written() -> None:
    octets = schema(rule("b[1]", failing("A", text='<value-of select="."/>')))
    sheet = compile_schematron(octets, texts=False)
    (only,) = etree.fromstring(compile_stylesheet(sheet)(DOCUMENT.encode()).encode())
    assert sorted(only.keys()) == ["id", "location", "{urn:x-bridge:referee}number"]
    assert len(only) == 0


def test_a_document_beside_the_schema_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "codes.xml").write_text("<list><code>x</code></list>")
    test = "document('lists/codes.xml')//code = ."
    octets = schema(rule("b", failing("A", test)))
    base = tmp_path.as_uri() + "/"
    assert fired(octets, DOCUMENT, file="main.sch", base=base) == ["A"]


LOADING = {
    "a document": "doc('{}')//code",
    "a document in the manner of XSLT": "document('{}')//code",
    "a text": "unparsed-text('{}') = ''",
    "JSON": "json-doc('{}')?x",
    "a collection": "collection('{}')//code",
    "a stylesheet": "transform(map {{ 'stylesheet-location': '{}', 'source-node': / }})?output//x",
}


@pytest.mark.parametrize("test", LOADING.values(), ids=LOADING)
def test_nothing_is_loaded_from_the_network(test: str) -> None:
    asked: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    with HTTPServer(("127.0.0.1", 0), Server) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        uri = f"http://127.0.0.1:{server.server_port}/x.xml"
        (error,) = fired(schema(rule("a", failing("A", test.format(uri))), "xslt3"), DOCUMENT)
        server.shutdown()
        thread.join()
    assert error != "A"
    assert asked == []


def test_a_document_is_looked_for_beside_the_included_file(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "codes.xml").write_text("<list><code>x</code></list>")
    test = "document('codes.xml')//code = ."
    part = rule("b", failing("A", test)).replace("<pattern", f'<pattern xmlns="{SCH}"')
    files = {"parts/part.sch": part.encode()}
    found = fired(
        schema('<include href="parts/part.sch"/>'),
        DOCUMENT,
        file="main.sch",
        files=files.__getitem__,
        base=tmp_path.as_uri() + "/",
    )
    assert found == ["A"]


REFUSED = {
    "no schema": (b"<a/>", "no ISO Schematron schema"),
    "a document type": (b"<!DOCTYPE a []><a/>", "document type"),
    "an unknown query binding": (schema("", "stx"), "query binding"),
    "subordinate documents": (
        schema('<pattern documents="x"><rule context="a"/></pattern>'),
        "documents",
    ),
    "a rule without context": (schema("<pattern><rule/></pattern>"), "no context"),
    "an assertion without test": (schema(rule("a", '<assert id="A">t</assert>')), "no test"),
    "an element of a newer edition": (schema("<group/>"), "group is not supported in schema"),
    "an unknown element in a rule": (schema(rule("a", "<verify/>")), "verify is not supported"),
    "an unknown element in a message": (
        schema(rule("a", failing("A", text="<code/>"))),
        "code is not supported in a message",
    ),
    "a stylesheet that is imported": (schema('<xsl:import href="x"/>'), "xsl:import"),
    "a template of XSLT": (schema('<xsl:template match="a"/>'), "xsl:template"),
    "an instruction that writes files": (
        schema(rule("a", failing("A", text='<xsl:result-document href="x"/>'))),
        "xsl:result-document",
    ),
    "an instruction that evaluates texts": (
        schema(rule("a", '<xsl:variable name="v"><xsl:evaluate xpath="."/></xsl:variable>')),
        "xsl:evaluate",
    ),
    "a diagnostic that is not there": (
        schema(rule("a", '<assert test="1" diagnostics="d">t</assert>')),
        "diagnostic",
    ),
    "an unknown default phase": (schema("", attributes='defaultPhase="x"'), "phase"),
}


@pytest.mark.parametrize(("octets", "what"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_understood_is_refused_by_name(octets: bytes, what: str) -> None:
    with pytest.raises(UnreadableDocument, match=what):
        compile_schematron(octets, file="x.sch")


def test_a_refusal_names_file_and_line() -> None:
    with pytest.raises(UnreadableDocument) as caught:
        compile_schematron(schema("\n\n<group/>"), file="rules/x.sch")
    assert (caught.value.where, caught.value.line) == ("rules/x.sch", 3)


@pytest.mark.parametrize("body", [body for body, _ in CONSTRUCTS.values()], ids=CONSTRUCTS)
def test_a_damaged_schema_is_compiled_or_refused_and_nothing_else(body: str) -> None:
    outcomes = set()
    whole = '<ns prefix="n" uri="urn:n"/>' + body
    for _, damaged in mutations(etree.fromstring(schema(whole))):
        try:
            compile_schematron(etree.tostring(damaged), file="x.sch", files={}.__getitem__)
            outcomes.add("compiled")
        except UnreadableDocument as error:
            assert error.where == "x.sch"
            outcomes.add("refused")
    assert outcomes == {"compiled", "refused"}
