"""The page of the evidence types says what the tables say."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.mapping.evidence_page import losses, page
from tests.evidence_types import TYPES
from tests.mapping_worlds import TABLES, changed_tables, in_row

ROOT = Path(__file__).resolve().parents[3]
TABLE_OF = {name: TABLES.payload(TABLES.evidence_types[name]) for name in TYPES}


def lost(name: str, side: str) -> dict[str, str]:
    table = TABLE_OF[name]
    assert table is not None
    return {loss.path: loss.why for loss in losses(table, side)}


def test_the_page_in_docs_is_what_the_tables_say() -> None:
    assert (ROOT / "docs" / "evidence-types.md").read_text("utf-8") == page(TABLES)


def test_every_type_but_that_for_documents_has_a_section() -> None:
    text = page(TABLES)
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == TYPES


def test_a_field_inside_parts_is_named_with_its_whole_path() -> None:
    assert "elternteil[]/geburtsort/kreis" in lost("birth-certificate", "eu")


def test_a_one_way_row_is_a_loss_only_the_other_way() -> None:
    assert "unternehmensart" in lost("company-register-extract", "eu")
    assert "CompanyStatus" in lost("company-register-extract", "national")
    assert "LegalForm/Code" in lost("company-register-extract", "national")
    assert "CompanyStatus" not in lost("company-register-extract", "eu")


def test_what_is_lost_at_times_is_told_as_a_part() -> None:
    table = TABLE_OF["vehicle-registration"]
    assert table is not None
    found = {loss.path: loss.partly for loss in losses(table, "eu")}
    assert found["P_1"] is True
    assert found["L"] is False


def test_what_stops_a_message_says_so() -> None:
    assert "**Stops the message** (`BIRTH-BLOCKED`)" in page(TABLES)


@pytest.mark.parametrize("side", ["eu", "national"])
def test_a_changed_loss_changes_the_page(side: str, tmp_path: Path) -> None:
    change = in_row("birth-time", "the draft has the day of birth only", "another reason")
    tables = changed_tables(tmp_path, {"payloads/birth-certificate.toml": change})
    assert ("another reason" in page(tables)) is True
    assert page(tables) != page(TABLES)
