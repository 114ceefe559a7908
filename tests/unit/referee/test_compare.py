"""Both sides over the same message: what counts as a disagreement and what is only told."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from bridge.referee.artefacts import Artefacts
from bridge.referee.compare import Disagreement, What, compare
from bridge.referee.published_rules import PublishedRules
from bridge.referee.referee import RULES, SCHEMA, Referee
from bridge.rules.check import shipped
from bridge.rules.table import OpenRule
from bridge.xml.parse import parse
from tests.fixture_files import messages
from tests.unit.referee.schemata import failing, rule, schema
from tests.unit.referee.worlds import STANDARD, altered, published, referee, schemas, table

FIRED = "R-EDM-REQ-S006"
NS = (
    '<ns prefix="query" uri="urn:oasis:names:tc:ebxml-regrep:xsd:query:4.0"/>'
    '<ns prefix="rim" uri="urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0"/>'
)
ROOT = "query:QueryRequest"


def request() -> Path:
    return messages("edm", "1.2", "request-*")[0]


@functools.cache
def always() -> frozenset[str]:
    """Ids of severity info that a request in order fires: artefacts of one rule lack them."""
    engine = shipped().engine(STANDARD, "QueryRequest")
    assert engine is not None
    return frozenset(each.rule.id for each in engine(parse(request().read_bytes()).root))


def told(judge: Referee, octets: bytes | None = None) -> list[Disagreement]:
    found = judge("message", request().read_bytes() if octets is None else octets)
    assert found.fault is None
    return [each for each in found.disagreements if each.rule not in always()]


def judged(
    files: dict[str, bytes], octets: bytes | None = None, parts: str = RULES
) -> list[Disagreement]:
    return told(referee(files, frozenset({parts})), octets)


def without(slot: str) -> bytes:
    """The request without one slot."""
    root = parse(request().read_bytes()).root
    (found,) = [each for each in root if each.get("name") == slot]
    root.remove(found)
    return etree.tostring(root)


def theirs(*rules: str) -> dict[str, bytes]:
    return {"REQ.sch": schema(NS + "".join(rules))}


def test_a_rule_that_only_they_fire() -> None:
    files = theirs(rule(ROOT, failing(FIRED, text='Slot <value-of select="//rim:Value"/> missing')))
    (found,) = judged(files)
    assert (found.what, found.rule, found.file, found.line) == (What.THEIRS, FIRED, "REQ.sch", 1)
    assert (found.context, found.place) == (ROOT, "/query:QueryRequest[1]")
    assert found.text == "Slot … missing"
    assert found.counts


def test_a_rule_that_only_we_fire_names_their_silent_one() -> None:
    files = theirs(rule(ROOT, failing(FIRED, "true()")))
    (found,) = judged(files, without("IssueDateTime"))
    assert (found.what, found.rule, found.file, found.line) == (What.OURS, FIRED, "REQ.sch", 1)
    assert found.place == "/query:QueryRequest"
    assert found.counts


def test_a_rule_of_ours_that_they_do_not_have_counts_where_they_have_its_series() -> None:
    octets = without("IssueDateTime")
    of_series = theirs(rule(ROOT, failing("R-EDM-REQ-S001", "true()")))
    (found,) = judged(of_series, octets)
    assert (found.what, found.rule, found.file) == (What.OURS, FIRED, "")
    of_another = theirs(rule(ROOT, failing("R-EDM-REQ-C002", "true()")))
    assert judged(of_another, octets) == []


def test_a_rule_of_theirs_that_we_do_not_know_counts() -> None:
    (found,) = judged(theirs(rule(ROOT, failing("R-EDM-REQ-S999"))))
    assert (found.what, found.rule, found.counts) == (What.THEIRS, "R-EDM-REQ-S999", True)


def test_a_rule_that_both_fire_at_different_places_is_no_disagreement() -> None:
    files = theirs(rule("rim:Slot", failing(FIRED)))
    assert judged(files, without("IssueDateTime")) == []


def test_a_rule_in_two_assertions_fires_if_one_does() -> None:
    files = theirs(rule(ROOT, failing(FIRED, "true()"), failing(FIRED)))
    assert judged(files, without("IssueDateTime")) == []
    assert [each.what for each in judged(files)] == [What.THEIRS]


def test_a_departure_with_a_note_is_known_and_does_not_count() -> None:
    noted = next(r for r in table().select("QueryRequest") if r.note)
    (found,) = judged(theirs(rule(ROOT, failing(noted.id))))
    assert (found.known, found.counts) == (noted.note, False)


def test_a_rule_that_we_list_as_not_implemented_is_known() -> None:
    rules = table()
    row = OpenRule("R-EDM-REQ-S999", "QueryRequest", "the test is not published")
    files = theirs(rule(ROOT, failing(row.id)))
    (file,) = referee(files, frozenset({RULES})).files
    fired = PublishedRules(Artefacts(files), rules.namespaces)(request().read_bytes(), (file,))
    more = replace(rules, open=(*rules.open, row))
    (found,) = compare("message", theirs=fired, ours=(), files=(file,), table=more)
    assert (found.rule, found.known, found.counts) == (row.id, row.why, False)


def test_an_error_of_theirs_is_told_as_such_and_does_not_count() -> None:
    files = theirs(rule(ROOT, failing(FIRED, "xs:date(rim:Slot[1]/@name) = xs:date('2020-01-01')")))
    for octets in (request().read_bytes(), without("IssueDateTime")):
        (found,) = judged(files, octets)
        assert (found.what, found.rule, found.code) == (What.ERROR, FIRED, "FORG0001")
        assert not found.counts


def test_a_rule_without_id_is_compared_by_the_id_in_its_text() -> None:
    named = f'<assert test="false()">[{FIRED}] text</assert>'
    files = theirs(rule(ROOT, failing("R-EDM-REQ-S001", "true()"), named))
    assert judged(files, without("IssueDateTime")) == []
    assert [each.rule for each in judged(files)] == [FIRED]


def test_a_rule_without_any_id_is_told_and_does_not_count() -> None:
    nameless = '<assert test="false()">text</assert>'
    files = theirs(rule(ROOT, failing("R-EDM-REQ-S001", "true()"), nameless))
    (found,) = judged(files)
    assert (found.what, found.rule, found.line, found.counts) == (What.UNNAMED, "", 1, False)


def test_one_wrong_test_does_not_take_the_others_with_it() -> None:
    files = theirs(rule(ROOT, failing("R-EDM-REQ-S001", "no-such()"), failing(FIRED)))
    judge = referee(files, frozenset({RULES}))
    assert [each.rule for each in told(judge)] == [FIRED]
    assert judge.broken() == (("REQ.sch", 1, "R-EDM-REQ-S001"),)


def test_a_wrong_context_takes_its_file_only() -> None:
    files = {
        **theirs(rule("(((", failing("R-EDM-REQ-S001"))),
        "more.sch": schema(NS + rule(ROOT, failing(FIRED))),
    }
    judge = referee(files, frozenset({RULES}))
    assert [each.rule for each in told(judge)] == [FIRED]
    assert [file for file, _, _ in judge.broken()] == ["REQ.sch"]


def test_an_error_in_a_variable_of_the_schema_makes_every_rule_of_the_file_an_error() -> None:
    body = '<let name="v" value="xs:date(//rim:Slot[1]/@name)"/>'
    files = {"REQ.sch": schema(NS + body + rule(ROOT, failing(FIRED, "exists($v)")))}
    (found,) = judged(files)
    assert (found.what, found.code) == (What.ERROR, "VARIABLE")


def test_a_comment_in_the_message_is_seen_by_their_rules() -> None:
    files = theirs(rule(ROOT, failing(FIRED, "not(comment())")))
    assert judged(files) == []
    commented = request().read_bytes().replace(b"<rim:Slot", b"<!-- x --><rim:Slot", 1)
    assert [each.rule for each in judged(files, commented)] == [FIRED]


def test_files_of_other_kinds_are_not_asked() -> None:
    files = published(altered(table(), "R-EDM-RESP-S005", test="false()", context="/*"))
    assert judged(files) == []


def test_a_schema_that_only_refuses_on_their_side() -> None:
    files = {
        path: octets.replace(
            b'name="QueryRequest" type', b'name="QueryRequest" abstract="true" type'
        )
        for path, octets in schemas().items()
    }
    (found,) = judged(files, parts=SCHEMA)
    assert (found.what, found.rule, found.file) == (What.THEIRS, "XSD", "edm-1.2/xsd/query.xsd")
    assert found.text.startswith("cvc-")


def test_a_schema_that_only_refuses_on_our_side() -> None:
    octets = (
        request().read_bytes().replace(b"<query:QueryRequest ", b'<query:QueryRequest odd="1" ')
    )
    lenient = {
        path: each.replace(
            b'<xs:attribute name="federation"',
            b'<xs:attribute name="odd"/><xs:attribute name="federation"',
        )
        for path, each in schemas().items()
    }
    (found,) = judged(lenient, octets, parts=SCHEMA)
    assert (found.what, found.rule, found.place) == (What.OURS, "XSD", "/query:QueryRequest/@odd")
    assert judged(schemas(), octets, parts=SCHEMA) == []


@pytest.mark.parametrize("path", messages("edm", "1.2"), ids=lambda path: path.stem)
def test_our_own_schemas_as_artefacts_agree(path: Path) -> None:
    found = referee(schemas(), frozenset({SCHEMA}))(path.stem, path.read_bytes())
    assert found.files == ("edm-1.2/xsd/query.xsd",)
    assert found.disagreements == ()


UNREADABLE = {
    "no XML": (b"<a", "XML-MALFORMED"),
    "a document type": (b"<!DOCTYPE a><a/>", "XML-DTD"),
    "no message": (b"<a/>", "XML-UNKNOWN"),
}


@pytest.mark.parametrize(("octets", "code"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_message_is_told_and_not_raised(octets: bytes, code: str) -> None:
    found = referee(published())("message", octets)
    assert found.fault is not None
    assert found.fault.code == code


ENCODED = {
    "UTF-8 with a mark": ("utf-8", b"\xef\xbb\xbf"),
    "UTF-16": ("utf-16", b""),
}


@pytest.mark.parametrize(("encoding", "mark"), ENCODED.values(), ids=ENCODED)
def test_both_sides_read_every_encoding_that_is_allowed(encoding: str, mark: bytes) -> None:
    text = request().read_text("utf-8").partition("?>")[2].lstrip()
    found = referee(published())("message", mark + text.encode(encoding))
    assert found.fault is None
    assert found.files
    assert found.disagreements == ()


def test_no_text_of_a_disagreement_quotes_the_message() -> None:
    files = theirs(
        rule(
            "rim:Slot",
            failing(FIRED, text='<value-of select="."/> in <name/>'),
            failing("R-EDM-REQ-S001", "xs:date(.) = xs:date('2020-01-01')"),
        )
    )
    octets = (
        request()
        .read_bytes()
        .replace(
            b"<rim:Slot",
            b"<rim:Slot name='x'><rim:SlotValue>SECRET</rim:SlotValue></rim:Slot><rim:Slot",
            1,
        )
    )
    found = judged(files, octets)
    assert {each.rule for each in found} >= {FIRED, "R-EDM-REQ-S001"}
    assert "SECRET" not in repr(found)
    assert "SECRET" not in str([each.as_json() for each in found])
