"""JUnit XML as build servers read it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bridge.conform.junit import junit
from bridge.conform.outcome import Excerpt, State
from bridge.conform.tally import Run
from tests.unit.conform.desks import outcome, run_of, told

NOW = datetime(2026, 2, 3, 9, 15, tzinfo=UTC)
SCHEMA = etree.XMLSchema(etree.parse(str(Path(__file__).with_name("junit.xsd"))))


def document(run: Run) -> etree._Element:
    root = etree.fromstring("".join(junit(run, NOW)).encode())
    SCHEMA.assertValid(root)
    return root


def test_a_case_is_a_test_and_its_folder_the_class() -> None:
    root = document(run_of(outcome("x/y/z", title="A title"), outcome("top")))
    first, second = root.iter("testcase")
    assert (first.get("classname"), first.get("name")) == ("x.y", "A title")
    assert (second.get("classname"), second.get("name")) == ("suite", "top")
    assert (first.get("file"), first.get("time")) == ("x/y/z.case.toml", "0.250000")
    assert len(first) == 0


def test_not_as_expected_is_a_failure_and_unreadable_an_error() -> None:
    missed = outcome("a", State.FAILED, [told()], misses=["R fired", "S did not fire"])
    root = document(run_of(missed, outcome("b", State.UNREADABLE, misses=["torn"]), outcome("c")))
    suite = root[0]
    for element in (root, suite):
        counts = [element.get(name) for name in ("tests", "failures", "errors")]
        assert counts == ["3", "1", "1"]
    failure, error = suite.find(".//failure"), suite.find(".//error")
    assert failure is not None and error is not None
    assert failure.get("message") == "R fired"
    assert (failure.text or "").splitlines() == [
        "R fired",
        "S did not fire",
        "a.xml:3: fatal R-EDM-REQ-C003 at /query:QueryRequest: The procedure code is in the list.",
    ]
    assert (error.get("type"), error.get("message")) == ("unreadable", "torn")


def test_excerpts_stay_out() -> None:
    excerpt = Excerpt(1, ("<Name>Mustermann</Name>",), 0)
    run = run_of(outcome("a", State.FAILED, [told(excerpt=excerpt)], misses=["x"]))
    assert "Mustermann" not in "".join(junit(run, NOW))


@given(
    st.text(st.characters(), min_size=1, max_size=20),
    st.text(st.characters(), min_size=1, max_size=20),
)
def test_any_name_and_sentence_gives_well_formed_xml(name: str, sentence: str) -> None:
    finding = told("R&<\x00", message=sentence, location=name)
    missed = outcome(name, State.FAILED, [finding], misses=[sentence], file=name)
    root = document(run_of(missed, suite=name))
    assert root[0].get("tests") == "1"
