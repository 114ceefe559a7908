"""One payload tried: each value of the target is explained, and each of the source is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import SettingsFault
from bridge.mapping.table import Table
from bridge.tables.samples import context_of, made_up
from bridge.tables.tried import Try, try_out
from bridge.xml.parse import parse
from tests.evidence_types import SIDES, SIZES, TYPES, fixture
from tests.fixture_files import CATALOGUE
from tests.mapping_worlds import TABLES

CASES = [(kind, side, size) for kind in TYPES for side in SIDES for size in SIZES]


def content(kind: str) -> Table:
    found = TABLES.payload(TABLES.evidence_types[kind])
    assert found is not None
    return found


def tried(kind: str, path: Path, procedure: str = "") -> Try:
    message = CATALOGUE.read(parse(path.read_bytes())).message
    return try_out(TABLES, content(kind), message, context_of(TABLES), procedure)


@pytest.mark.parametrize(("kind", "side", "size"), CASES)
def test_every_value_has_its_row_and_every_source_its_fate(kind: str, side: str, size: str) -> None:
    found = tried(kind, fixture(kind, side, size))
    assert [made.path for made in found.made if not made.row or not made.place] == []
    assert [made.path for made in found.made if not made.sources and not made.origin] == []
    told = {path for made in found.made for path in made.sources}
    told |= {gone.path for gone in found.gone} | {path for path, _row in found.used}
    assert {path for path, _value in found.source.fields.leaves()} - told == set()


@pytest.mark.parametrize("kind", TYPES)
def test_what_is_made_is_what_the_document_holds(kind: str) -> None:
    found = tried(kind, fixture(kind, "national", "full"))
    written = CATALOGUE.read(parse(found.octets)).message.fields
    assert dict(written.leaves()) == {made.path: made.value for made in found.made}


def test_a_value_names_its_source_its_row_and_the_rows_place() -> None:
    found = tried("vehicle-registration", fixture("vehicle-registration", "national", "full"))
    by_path = {made.path: made for made in found.made}
    fuel = by_path["Vehicle/FuelType"]
    assert (fuel.sources, fuel.row) == (("N_10",), "fuel")
    file, line = fuel.place.split(":")
    text = (TABLES.root / "payloads" / file).read_text("utf-8").splitlines()
    assert text[int(line) - 1] == "[[row]]" and text[int(line)] == 'id = "fuel"'
    assert by_path["RegistrationNumber/schemeID"].origin == "constant"


def test_items_of_lists_are_told_one_by_one() -> None:
    found = tried("proof-of-residence", fixture("proof-of-residence", "national", "full"))
    names = [m for m in found.made if m.path.startswith("Resident/GivenName")]
    assert [made.sources for made in names] == [
        ("einwohner/vorname[1]",),
        ("einwohner/vorname[2]",),
    ]


def test_what_a_procedure_may_not_receive_is_told_as_cut() -> None:
    entries = [
        (kind, entry) for kind in TYPES for entry in content(kind).receives if entry.side == "eu"
    ]
    assert entries, "no shipped table cuts anything: this test proves nothing"
    kind, entry = entries[0]
    path = fixture(kind, "national", "full")
    cut = [gone for gone in tried(kind, path, entry.procedure).gone if gone.cut]
    assert cut and all(entry.reason in gone.reason for gone in cut)
    assert not [gone for gone in tried(kind, path).gone if gone.cut]


def test_a_document_of_another_type_is_refused() -> None:
    message = CATALOGUE.read(parse(fixture("birth-certificate", "eu", "full").read_bytes())).message
    with pytest.raises(SettingsFault, match="does not"):
        try_out(TABLES, content("system-check"), message, context_of(TABLES))


def test_made_up_documents_are_always_the_same() -> None:
    table = content("system-check")
    assert made_up(TABLES, table, table.pairs[0], "to-eu") == made_up(
        TABLES, table, table.pairs[0], "to-eu"
    )
