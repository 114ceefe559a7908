"""One case to its outcome."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridge.conform.case import load_case
from bridge.conform.judge import HEADER_ALONE, broken_case, judge_case, judge_message
from bridge.conform.outcome import MOST_FINDINGS, Outcome, Standing, State
from bridge.conform.suite import BrokenCase, load_suite
from bridge.errors import UnreadableDocument
from tests.unit.conform.desks import DESK, DESK_WITH_EXCERPTS, FIXTURES, REQUEST, STANDARDS
from tests.unit.rules.headers import messaging, submission

TEXT = REQUEST.read_text("utf-8")
NO_PREVIEW = re.sub('<rim:Slot name="PossibilityForPreview">.*?</rim:Slot>', "", TEXT, flags=re.S)
MISSING = "R-EDM-REQ-S009"
RESPONSE = (FIXTURES / "edm" / "1.2" / "response-full.xml").read_text("utf-8")
FIRST = (FIXTURES / "edm" / "1.2" / "request-second.xml").read_text("utf-8")
MESSAGES = {
    "good": TEXT,
    "bad": NO_PREVIEW,
    "torn": TEXT[:400],
    "answer": RESPONSE,
    "first": FIRST,
    "german": (FIXTURES / "xnachweis" / "1.4" / "0301-full.xml").read_text("utf-8"),
    "header": messaging("ExecuteQueryResponse"),
    "packed-bad": submission(messaging(), NO_PREVIEW.encode()),
    "packed-good": submission(messaging(), TEXT.encode()),
    "packed-answer": submission(messaging("ExecuteQueryResponse"), RESPONSE.encode()),
}


def judged(folder: Path, text: str) -> Outcome:
    for name, message in MESSAGES.items():
        (folder / f"{name}.xml").write_text(message, "utf-8")
    path = folder / "a.case.toml"
    path.write_text(text, "utf-8")
    return judge_case(load_case(path, "a", STANDARDS), DESK)


def case(name: str, expected: str, more: str = "") -> str:
    return f'input = "{name}.xml"\n{more}\n[expected]\n{expected}\n'


PASSED = {
    "a good message is valid": case("good", 'verdict = "valid"'),
    "a bad one is invalid": case("bad", 'verdict = "invalid"'),
    "a torn one is unreadable": case("torn", 'verdict = "unreadable"'),
    "a rule that must fire fires": case("bad", f'must = ["{MISSING}"]'),
    "a pattern fits it": case("bad", 'must = ["R-EDM-REQ-S00*"]'),
    "a rule that may fire does": case("bad", f'may = ["{MISSING}"]'),
    "a rule that must not fire does not": case("good", f'must_not = ["{MISSING}", "XSD"]'),
    "all are allowed but one": case("bad", 'may = ["*"]\nmust_not = ["XSD"]'),
    "an unreadable message names its rule": case("torn", 'must = ["XML-MALFORMED"]'),
    "an answer belongs to its request": case(
        "answer", 'verdict = "valid"', '[beside]\nrequest = "first.xml"'
    ),
    "the request is found among the exchange": case(
        "answer", 'verdict = "valid"', '[beside]\ninquiry = "german.xml"\nrequest = "first.xml"'
    ),
    "a request in an envelope is taken out": case(
        "answer", 'must = ["BRIDGE-PAIR-001"]', '[beside]\nrequest = "packed-good.xml"'
    ),
    "so is an answer": case(
        "packed-answer",
        'must = ["BRIDGE-PAIR-001"]\nmay = ["BRIDGE-HEADER-*"]',
        '[beside]\nrequest = "good.xml"',
    ),
    "so is a request that is answered": case(
        "packed-bad", f'answer = {{ code = "EDM:ERR:0003", detail = ["{MISSING}"] }}'
    ),
    "another version is asked": case(
        "good", 'must = ["R-EDM-REQ-C001"]\nmay = ["*"]', 'version = "edm-2.0"'
    ),
    "a time makes a rule speak": case(
        "good", 'must = ["BRIDGE-PLAUSIBLE-001"]', "now = 2020-01-01T00:00:00Z"
    ),
    "a header stands beside": case(
        "good", 'must = ["BRIDGE-HEADER-001"]\nmay = ["*"]', '[beside]\nheader = "header.xml"'
    ),
    "a header alone": case("header", 'verdict = "valid"'),
    "an answer to what is broken": case(
        "bad", f'answer = {{ code = "EDM:ERR:0003", detail = ["{MISSING}"] }}'
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", PASSED.values(), ids=PASSED)
def test_as_expected(tmp_path: Path, text: str) -> None:
    outcome = judged(tmp_path, text)
    assert (outcome.misses, outcome.state) == ((), State.PASSED)


FAILED = {
    "a bad message is not valid": (
        case("bad", 'verdict = "valid"'), State.FAILED,
        ("the message is invalid, not valid", f"{MISSING} fired"),
    ),
    "a good one is not invalid": (
        case("good", 'verdict = "invalid"'), State.FAILED,
        ("the message is valid, not invalid",),
    ),
    "a rule stays silent": (
        case("good", f'must = ["{MISSING}"]'), State.FAILED, (f"{MISSING} did not fire",),
    ),
    "a fatal rule that nobody named": (
        case("bad", 'may = ["XSD"]'), State.FAILED, (f"{MISSING} fired",),
    ),
    "a warning that must not be": (
        case("bad", f'may = ["{MISSING}"]\nmust_not = ["READ-*"]'), State.FAILED,
        ("READ-REQUIRED fired",),
    ),
    "a torn message is not valid": (
        case("torn", 'verdict = "valid"'), State.UNREADABLE,
        ("the message is unreadable, not valid", "XML-MALFORMED fired"),
    ),
    "torn in another way than expected": (
        case("torn", 'verdict = "unreadable"\nmust = ["XML-DTD"]'), State.FAILED,
        ("XML-MALFORMED fired", "XML-DTD did not fire"),
    ),
    "an answer to another request": (
        case("answer", 'verdict = "valid"', '[beside]\nrequest = "good.xml"'), State.FAILED,
        ("the message is invalid, not valid", "BRIDGE-PAIR-001 fired"),
    ),
    "a good message is answered nothing": (
        case("good", 'answer = { code = "EDM:ERR:0003" }'), State.FAILED,
        ("the bridge accepts the message and does not answer EDM:ERR:0003",),
    ),
    "another code": (
        case("bad", f'answer = {{ code = "EDM:ERR:0004", detail = ["{MISSING}", "X"] }}'),
        State.FAILED,
        ("the bridge answers EDM:ERR:0003, not EDM:ERR:0004", "the answer does not name X"),
    ),
    "a German message has another answer": (
        case("answer", 'answer = { code = "EDM:ERR:0003" }', '[beside]\nrequest = "good.xml"'),
        State.FAILED,
        ("there is no answer: the bridge answers no QueryResponse with an error.",),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "state", "misses"), FAILED.values(), ids=FAILED)
def test_not_as_expected(tmp_path: Path, text: str, state: State, misses: tuple[str, ...]) -> None:
    outcome = judged(tmp_path, text)
    assert (outcome.state, outcome.misses) == (state, misses)


def test_of_several_inputs_each_is_named(tmp_path: Path) -> None:
    text = 'input = ["good.xml", "bad.xml"]\n[expected]\nverdict = "valid"\n'
    outcome = judged(tmp_path, text)
    assert outcome.misses == ("bad.xml is invalid, not valid", f"{MISSING} fired in bad.xml")
    assert [checked.verdict for checked in outcome.checked] == ["valid", "invalid"]


def test_a_file_that_is_gone_makes_the_case_unreadable(tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_text(TEXT)
    path = tmp_path / "a.case.toml"
    path.write_text(case("x", 'verdict = "valid"'))
    loaded = load_case(path, "a", STANDARDS)
    (tmp_path / "x.xml").unlink()
    outcome = judge_case(loaded, DESK)
    assert outcome.state is State.UNREADABLE
    assert "cannot be read" in outcome.misses[0]


def test_a_broken_case_says_where_it_is_broken() -> None:
    fault = UnreadableDocument("unknown key 'x'", where="a.case.toml", line=4, code="CASE")
    outcome = broken_case(BrokenCase("a", Path("a.case.toml"), fault))
    assert outcome.state is State.UNREADABLE
    assert outcome.misses == ("unknown key 'x' (a.case.toml, line 4).",)


def test_a_message_without_a_case_is_expected_to_be_valid() -> None:
    assert judge_message("a.xml", TEXT.encode(), DESK).state is State.PASSED
    outcome = judge_message("a.xml", NO_PREVIEW.encode(), DESK)
    assert outcome.state is State.FAILED
    standings = {told.finding.id: told.standing for told in outcome.told}
    assert standings[MISSING] is Standing.UNEXPECTED
    assert standings["READ-REQUIRED"] is Standing.ALLOWED
    assert outcome.checked[0].standard == "edm-1.2"


def test_a_header_without_a_document_is_called_what_it_is() -> None:
    (checked,) = judge_message("a.xml", messaging().encode(), DESK).checked
    assert (checked.kind, checked.verdict) == (HEADER_ALONE, "valid")


def test_findings_beyond_the_most_are_counted() -> None:
    slots = '<rim:Slot name="X"/>' * (MOST_FINDINGS + 50)
    octets = TEXT.replace("<query:ResponseOption", f"{slots}<query:ResponseOption").encode()
    (checked,) = judge_message("a.xml", octets, DESK).checked
    assert len(checked.told) == MOST_FINDINGS
    assert checked.more > 0


def test_excerpts_are_made_only_where_they_are_wanted() -> None:
    octets = NO_PREVIEW.encode()
    assert all(told.excerpt is None for told in judge_message("a.xml", octets, DESK).told)
    shown = judge_message("a.xml", octets, DESK_WITH_EXCERPTS)
    assert all(told.excerpt is not None for told in shown.told)


def test_no_sentence_holds_a_value_of_the_message(tmp_path: Path) -> None:
    secret = TEXT.replace("1988-04-17", "Geheimnis").replace('value="V2"', 'value="Geheimnis"')
    outcome = judge_message("a.xml", secret.encode(), DESK)
    assert outcome.misses
    assert "Geheimnis" not in str(outcome.as_json())


@pytest.mark.parametrize(
    "found",
    load_suite(FIXTURES / "conformance", STANDARDS).cases,
    ids=lambda case: case.name,
)
def test_the_shipped_suite_is_as_expected(found) -> None:
    outcome = judge_case(found, DESK)
    assert (outcome.misses, outcome.state) == ((), State.PASSED)


def test_an_environment_that_nobody_knows_ends_its_case_and_not_the_run(tmp_path: Path) -> None:
    outcome = judged(tmp_path, case("good", 'verdict = "valid"', 'environment = "moon"'))
    assert outcome.state is State.UNREADABLE
    assert "a.case.toml: there is no environment moon" in outcome.misses[0]
