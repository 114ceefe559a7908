"""HTML pages: whole, self-contained, escaped, and they say what the tables say."""

from __future__ import annotations

import re
from functools import cache

import pytest
from lxml import html

from bridge.mapping.table import Table
from bridge.tables.pages import Subject, index_page, subject_page, subjects
from bridge.tables.samples import context_of
from bridge.tables.tried import try_out
from bridge.tables.uses import named_rows
from bridge.xml.parse import parse
from tests.evidence_types import TYPES, fixture
from tests.fixture_files import CATALOGUE
from tests.mapping_worlds import TABLES

SUBJECTS = subjects(TABLES)


@cache
def page(name: str) -> str:
    subject = next(each for each in SUBJECTS if each.name == name)
    example = None
    if name in TYPES:
        message = CATALOGUE.read(parse(fixture(name, "national", "full").read_bytes())).message
        assert subject.content is not None
        example = try_out(TABLES, subject.content, message, context_of(TABLES))
    return subject_page(TABLES, subject, example)


def rows_of(content: Table | None, file: str) -> list[str]:
    if content is None:
        return []
    return [name for name, row in named_rows(content).items() if not file or row.file == file]


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
def test_a_page_names_every_row_and_every_reason(subject: Subject) -> None:
    text = " ".join(html.fromstring(page(subject.name)).itertext())
    for name in rows_of(subject.content, subject.file):
        assert name in text
        row = named_rows(subject.content)[name]  # type: ignore[arg-type]
        assert row.loss in text


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
def test_a_page_needs_nothing_from_elsewhere_and_its_links_lead_somewhere(subject: Subject) -> None:
    text = page(subject.name)
    assert text.startswith("<!DOCTYPE html>") and "<script" not in text
    assert not re.search(r"(?:src|href)=.(?:https?:|//)|@import|url\(", text)
    tree = html.fromstring(text)
    ids = set(tree.xpath("//@id"))
    for link in tree.xpath("//a/@href"):
        assert link[1:] in ids if link.startswith("#") else link == "index.html"


@pytest.mark.parametrize("kind", TYPES)
def test_the_page_of_a_type_has_models_codes_and_an_example(kind: str) -> None:
    tree = html.fromstring(page(kind))
    assert {"sums", "rows", "example", "models"} <= set(tree.xpath("//section/@id"))
    assert tree.xpath("//*[local-name()='svg']")
    subject = next(each for each in SUBJECTS if each.name == kind)
    lists = {row.codes for row in named_rows(subject.content).values() if row.codes}  # type: ignore[arg-type]
    assert {f"codes-{name}" for name in lists} <= set(tree.xpath("//h3/@id"))


def test_losses_are_marked_by_a_sign_too() -> None:
    tree = html.fromstring(page("vehicle-registration"))
    lost = tree.xpath("//section[@id='rows']//tr[@class='lost']")
    assert lost and all(row.xpath(".//span[@class='why']") for row in lost)
    assert '.why::before { content: "✗ "; }' in page("vehicle-registration")


def test_the_index_leads_to_every_page() -> None:
    links = set(html.fromstring(index_page(TABLES, SUBJECTS)).xpath("//a/@href"))
    assert links == {f"{subject.name}.html" for subject in SUBJECTS}


def test_texts_of_tables_are_escaped() -> None:
    subject = next(each for each in SUBJECTS if each.name == "document")
    spoilt = Subject("<b>", {"en": "<script>x</script>"}, subject.evidence, None)
    assert "<script>" not in subject_page(TABLES, spoilt)
    assert "<script>" not in index_page(TABLES, [spoilt])
