"""Laws of an evidence type: complete, in both languages, within the lists and the repertoire."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.mapping.evidence_laws import LEAST_TEXT, MOST_TEXT, known_lists, problems_of
from tests.mapping_worlds import TABLES, changed_tables

FILE = "evidence/birth-certificate.toml"
LISTS = known_lists(TABLES.catalogue.bindings(), TABLES.requirements)


def replaced(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


@pytest.mark.parametrize("name", TABLES.evidence_types)
def test_a_shipped_type_keeps_the_laws(name: str) -> None:
    assert list(problems_of([TABLES.evidence_types[name]], LISTS, TABLES.latin)) == []


def test_the_lists_know_the_test_procedure_and_the_captured_requirements() -> None:
    assert {"00", "R1", "X1"} <= LISTS.procedures
    assert LISTS.requirements == set(TABLES.requirements)
    assert "application/pdf" in LISTS.media_types


BROKEN = {
    "no title in English": (
        replaced('en = "Birth certificate" }', 'fr = "Acte de naissance" }'),
        "title: there is no text in 'en'",
    ),
    "an empty title": (
        replaced('en = "Birth certificate" }', 'en = "B" }'),
        f"title.en: a text has {LEAST_TEXT} to {MOST_TEXT} characters",
    ),
    "a long description": (
        replaced('description = { de = "', 'description = { de = "' + "x" * MOST_TEXT),
        f"description.de: a text has {LEAST_TEXT} to {MOST_TEXT} characters",
    ),
    "a letter that German fields do not take": (
        replaced('de = "Geburtsurkunde"', 'de = "Γέννηση"'),
        "title.de: a letter is outside String.Latin (NOOTS 3.3)",
    ),
    "a question in one language": (
        replaced("question = { de", "question = { fr"),
        "competence.question: there is no text in 'de'",
    ),
    "a procedure in no list": (
        replaced('"R1"', '"R9"'),
        "procedures: 'R9' is in no list",
    ),
    "a procedure twice": (replaced('"R1"', '"S1"'), "procedures: a value stands twice"),
    "a requirement in no list": (
        replaced("requirements/df81cba1", "requirements/ef81cba1"),
        "requirements: 'https://sr.acc.oots.tech.ec.europa.eu/requirements/ef81cba1",
    ),
    "an unknown format": (
        replaced('"application/pdf"]', '"application/pdf", "text/plain"]'),
        "formats: 'text/plain' is in no list",
    ),
    "no document form": (
        replaced(', "application/pdf"]', "]"),
        "formats: the document form is missing",
    ),
    "a content table without a structured format": (
        replaced('"application/xml", ', ""),
        "formats: the type has a content table but no structured format",
    ),
    "no data model": (
        replaced("/datamodels/", "/models/"),
        "conforms_to: no address of a data model",
    ),
    "no national format": (
        replaced("national_format", "#"),
        "national_format: missing beside a content table",
    ),
    "no word on where the names come from": (
        replaced("names =", "#"),
        "names: missing beside a content table",
    ),
    "another host": (
        replaced("sr.oots.tech.ec.europa.eu/evidence", "example.org/evidence"),
        "classification: no address of an evidence type",
    ),
    "no register": (replaced("register =", "#"), "register: missing"),
    "no procedures": (replaced("procedures =", "#"), "procedures: missing"),
    "no competence": (
        lambda text: text[: text.index("[evidence.competence]")],
        "competence: missing",
    ),
}


@pytest.mark.parametrize(("change", "said"), BROKEN.values(), ids=BROKEN)
def test_a_type_that_breaks_a_law_is_told_with_its_file(
    change: Callable[[str], str], said: str, tmp_path: Path
) -> None:
    [problem, *_more] = changed_tables(tmp_path, {FILE: change}).check()
    assert problem.startswith(f"birth-certificate.toml: [evidence] {said}")


def test_two_types_of_one_classification_are_told(tmp_path: Path) -> None:
    theirs = TABLES.evidence_types["system-check"].classification
    ours = TABLES.evidence_types["birth-certificate"].classification
    tables = changed_tables(tmp_path, {FILE: replaced(ours, theirs)})
    assert tables.check() == [
        "system-check.toml: [evidence] classification: also that of birth-certificate"
    ]


def test_a_national_number_in_a_row_of_a_content_table_is_told(tmp_path: Path) -> None:
    change = replaced(
        'eu = "none"\nnational = "kind/IDNr"',
        'eu = "Identifier"\nnational = "kind/IDNr"\nfallback = true',
    )
    tables = changed_tables(tmp_path, {"payloads/birth-certificate.toml": change})
    assert any("'IDNr' never leaves towards the EU" in problem for problem in tables.check())


def test_missing_requirements_are_told(tmp_path: Path) -> None:
    tables = changed_tables(tmp_path, {FILE: replaced('"R1", ', "")})
    (tables.root / "requirements.csv").unlink()
    assert tables.check() == [f"a code list cannot be read ({tables.root / 'requirements.csv'})."]
