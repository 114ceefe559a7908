"""The lines of a message around a finding."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.conform.excerpt import AROUND, MOST_EXCERPTS, MOST_LETTERS, MOST_OCTETS, excerpts
from bridge.conform.outcome import Excerpt
from bridge.finding import Finding, Severity
from tests.unit.conform.desks import DESK, REQUEST

TEXT = REQUEST.read_text("utf-8")
LINES = TEXT.splitlines()
ROOT = "/query:QueryRequest"


def at(location: str, line: int | None = None) -> Finding:
    return Finding("R", Severity.FATAL, location, "", line)


def one(octets: bytes, finding: Finding) -> Excerpt | None:
    return excerpts(octets, [finding]).get(finding)


def marked(excerpt: Excerpt | None) -> str:
    assert excerpt is not None
    return excerpt.lines[excerpt.marked]


def test_the_line_of_the_place_is_marked_between_its_neighbours() -> None:
    finding = at(f"{ROOT}/rim:Slot[@name='IssueDateTime']")
    line = next(n for n, text in enumerate(LINES, 1) if 'name="IssueDateTime"' in text)
    found = one(REQUEST.read_bytes(), finding)
    assert found is not None
    assert (found.first, found.marked, len(found.lines)) == (line - AROUND, AROUND, 2 * AROUND + 1)
    assert marked(found) == LINES[line - 1].strip()
    assert not found.laid_out


@pytest.mark.parametrize("asked", [{}, {"line": 5}], ids=["no line", "a line"])
def test_a_place_is_found_with_and_without_a_line(asked: dict[str, int]) -> None:
    location = f"{ROOT}/rim:Slot[@name='SpecificationIdentifier']/rim:SlotValue/rim:Value"
    finding = Finding("R", Severity.FATAL, location, "", **asked)
    assert marked(one(REQUEST.read_bytes(), finding)).strip().startswith("<rim:Value>oots-edm:")


def test_the_common_indentation_is_taken_away() -> None:
    found = one(REQUEST.read_bytes(), at(f"{ROOT}/query:Query/rim:Slot[@name='NaturalPerson']"))
    assert found is not None
    assert min(len(line) - len(line.lstrip()) for line in found.lines) == 0


def test_an_attribute_stands_where_its_element_does() -> None:
    element = at(f"{ROOT}/rim:Slot[@name='IssueDateTime']")
    attribute = at(f"{ROOT}/rim:Slot[@name='IssueDateTime']/@name")
    found = excerpts(REQUEST.read_bytes(), [element, attribute])
    assert found[element] == found[attribute]


def test_a_message_in_one_line_is_laid_out() -> None:
    octets = re.sub(r">\s+<", "><", TEXT).encode()
    found = one(octets, at(f"{ROOT}/rim:Slot[@name='IssueDateTime']", 1))
    assert found is not None and found.laid_out
    assert marked(found) == '<rim:Slot name="IssueDateTime">'


def test_what_is_not_well_formed_is_shown_by_line() -> None:
    found = one(b"<a>\n<b>\n</a>", at("/", 3))
    assert marked(found) == "</a>"


def test_octets_in_utf_16_are_shown_as_letters() -> None:
    octets = TEXT.replace("UTF-8", "UTF-16").encode("utf-16")
    found = one(octets, at(f"{ROOT}/rim:Slot[@name='IssueDateTime']"))
    assert 'name="IssueDateTime"' in marked(found)


def test_a_place_in_another_document_has_no_excerpt() -> None:
    assert one(REQUEST.read_bytes(), at("/eb:Messaging/eb:UserMessage", 2)) is None


def test_a_long_line_is_cut_and_a_large_message_left_out() -> None:
    octets = f"<a>\n<b x='{'y' * 300}'/>\n</a>".encode()
    found = one(octets, at("/a/b"))
    assert len(marked(found)) == MOST_LETTERS and marked(found).endswith("…")
    assert one(b"<a>" + b" " * MOST_OCTETS + b"</a>", at("/a")) is None


def test_only_so_many_findings_have_an_excerpt() -> None:
    findings = [Finding(f"R-{number}", Severity.FATAL, ROOT, "") for number in range(90)]
    assert len(excerpts(REQUEST.read_bytes(), findings)) == MOST_EXCERPTS


@given(octets=st.binary(max_size=60), cut=st.integers(0, len(TEXT)))
def test_no_octets_make_it_raise(octets: bytes, cut: int) -> None:
    damaged = TEXT[:cut].encode() + octets
    for each in (octets, damaged):
        report = DESK.checker(each)
        for excerpt in excerpts(each, report.findings).values():
            assert 0 <= excerpt.marked < len(excerpt.lines)
