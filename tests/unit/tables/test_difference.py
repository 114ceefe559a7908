"""Differences in words: none where nothing changed, each change by name, with its messages."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.mapping.tables import Tables
from bridge.resources import mappings
from bridge.tables.difference import Change, differences
from tests.fixture_files import CATALOGUE
from tests.mapping_worlds import TABLES

PAYLOAD = "payloads/vehicle-registration.toml"
ROADS = (
    "VehicleRegisterEntry → VehicleRegistrationEvidence",
    "VehicleRegistrationEvidence → VehicleRegisterEntry",
)
Differ = Callable[[str, str, str], list[Change]]


@pytest.fixture
def differ(tmp_path: Path) -> Differ:
    root = tmp_path / "mappings"
    shutil.copytree(mappings(), root)

    def change(name: str, old: str, new: str) -> list[Change]:
        path = root / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
        return differences(TABLES, Tables(root, CATALOGUE))

    return change


def test_the_same_tables_do_not_differ() -> None:
    assert differences(TABLES, Tables(mappings(), CATALOGUE)) == []


CHANGES = {
    "a path": (PAYLOAD, 'eu = "Vehicle/Type"', 'eu = "Vehicle/Variant2"', "type",
               "the field of the EU side is now 'Vehicle/Variant2', was 'Vehicle/Type'", True),
    "a converter": (PAYLOAD, 'codes = "fuel"', 'codes = "colour"', "fuel",
                    "the list of codes is now 'colour', was 'fuel'", True),
    "a reason": (PAYLOAD, "a German short name; the make travels", "x", "maker-short-name",
                 "the reason of the loss is now 'x', was 'a German short name; the make travels'", False),
    "a default gone": (PAYLOAD, 'default = "DE"\n', "", "address.address-country",
                       "the default is gone; it was 'DE'", True),
}  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "name", "what", "moves"), CHANGES.values(), ids=CHANGES
)
def test_a_changed_row_is_told_in_words(
    differ: Differ, file: str, old: str, new: str, name: str, what: str, moves: bool
) -> None:
    (change,) = differ(file, old, new)
    assert (change.table, change.name, change.what) == ("vehicle-registration.payload", name, what)
    assert change.messages == (ROADS if moves else ())


def test_a_row_more_and_a_row_less_are_told(differ: Differ) -> None:
    gone, new = differ(PAYLOAD, '[[row]]\nid = "type"\n', '[[row]]\nid = "sort"\n')
    assert (gone.name, gone.what, gone.messages) == ("type", "the row is gone", ROADS)
    assert new.name == "sort" and new.what.startswith("the row is new: Vehicle/Type of the EU side")


def test_a_changed_code_says_what_becomes_of_it_and_for_whom(differ: Differ) -> None:
    found = differ("codes/fuel.toml", 'national = "0020"', 'national = "0099"')
    told = {(change.name, change.what) for change in found}
    assert (
        "biogas",
        "towards the German side the code 'biogas' becomes '0099'; before, it becomes '0020'",
    ) in told
    assert (
        "0020",
        "towards the EU side the code '0020' stays as it is; before, it becomes 'biogas'",
    ) in told
    assert all(change.messages == ROADS for change in found)


def test_a_changed_fallback_is_told(differ: Differ) -> None:
    (change,) = differ("codes/fuel.toml", 'to-eu = "copy"', 'to-eu = "omit"')
    assert change.what == (
        "towards the EU side a code that is not listed is left out; before, it stays as it is"
    )


def test_a_changed_evidence_type_is_told(differ: Differ) -> None:
    (change,) = differ("evidence/vehicle-registration.toml", 'version = "1.0"', 'version = "1.1"')
    assert change.what == "'version' is now '1.1', was '1.0'"


def test_another_order_of_rows_is_told(differ: Differ) -> None:
    text = (mappings() / PAYLOAD).read_text("utf-8")
    blocks = text.split("\n[[row]]\n")
    swapped = f"{blocks[2]}\n[[row]]\n{blocks[1]}"
    (change,) = differ(PAYLOAD, f"{blocks[1]}\n[[row]]\n{blocks[2]}", swapped)
    assert "another order" in change.what


def test_new_and_gone_files_are_told(differ: Differ, tmp_path: Path) -> None:
    (tmp_path / "mappings/codes/colour.toml").rename(tmp_path / "mappings/codes/paint.toml")
    found = differ("codes/paint.toml", 'id = "colour"', 'id = "paint"')
    assert {(c.table, c.what) for c in found} == {
        ("colour", "the list of codes is gone"),
        ("paint", "the list of codes is new"),
    }
