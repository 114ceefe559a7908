"""`bridge tables`: the tables are sound, readable, and what is wrong in them is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bridge.resources import mappings
from tests.evidence_types import EVIDENCE
from tests.scenario.cli import Cli


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the mapping tables to spoil."""
    shutil.copytree(mappings(), tmp_path / "mappings")
    return tmp_path / "mappings"


def spoil(path: Path, old: str, new: str) -> int:
    """Replace a text once and give its line."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_shipped_tables_are_sound(bridge: Cli) -> None:
    ran = bridge("tables", "check")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("no problem: ")
    assert bridge("tables", "check", "--json").json["problems"] == []


def test_a_problem_names_file_and_row_and_the_nearest_right_name(bridge: Cli, copy: Path) -> None:
    spoil(copy / "payloads/vehicle-registration.toml", 'eu = "Vehicle/Type"', 'eu = "Vehicle/Tipe"')
    ran = bridge("tables", "check", copy)
    assert ran.code == 1
    assert "vehicle-registration.toml:" in ran.out and "row type" in ran.out
    assert "did you mean 'Type'?" in ran.out
    assert bridge("tables", "check", copy, "--json").json["problems"]


def test_of_one_file_only_its_own_problems_are_told(bridge: Cli, copy: Path) -> None:
    spoil(copy / "payloads/vehicle-registration.toml", 'eu = "Vehicle/Type"', 'eu = "Vehicle/Tipe"')
    assert bridge("tables", "check", copy / "payloads/vehicle-registration.toml").code == 1
    assert bridge("tables", "check", copy / "payloads/company-register-extract.toml").code == 0


def test_a_spoilt_code_file_is_told(bridge: Cli, copy: Path) -> None:
    line = spoil(copy / "codes/colour.toml", 'eu = "red"', 'uE = "red"')
    ran = bridge("tables", "check", copy)
    assert ran.code == 1
    assert "colour.toml" in ran.out and f"line {line - 1}" in ran.out


def test_rows_are_shown_with_both_fields_converter_and_losses(bridge: Cli) -> None:
    lines = bridge("tables", "show", "vehicle-registration").out.splitlines()
    fuel = next(line for line in lines if line.startswith("fuel "))
    assert fuel.split()[1:6] == ["Vehicle/FuelType", "↔", "N_10", "code", "fuel"]
    owner = next(line for line in lines if line.startswith("owner "))
    assert owner.count("✗") == 2 and "names the holder only" in owner


def test_an_evidence_type_is_shown_with_register_provider_and_requirements(bridge: Cli) -> None:
    shown = bridge("tables", "show", "birth-certificate").out
    facts = dict(line.strip().split("  ", 1) for line in shown.splitlines()[1:11])
    assert facts["register"].strip() == "Geburtenregister, Standesamt"
    assert facts["provider"].strip() == "place-of-birth, needs ars"
    assert facts["requirements"].strip() == "Proof of birth; Proof of birth of child"


@pytest.mark.parametrize("name", ["common", "errors", *EVIDENCE])
def test_every_table_can_be_shown(bridge: Cli, name: str) -> None:
    assert bridge("tables", "show", name).code == 0
    assert bridge("tables", "show", name, "--json").json


def test_common_and_errors_are_shown_apart(bridge: Cli) -> None:
    common = {row["id"] for row in bridge("tables", "show", "common", "--json").json["rows"]}
    errors = {row["id"] for row in bridge("tables", "show", "errors", "--json").json["rows"]}
    assert common and errors and not common & errors


@pytest.mark.parametrize(
    "path", sorted((mappings() / "codes").glob("*.toml")), ids=lambda p: p.stem
)
def test_every_list_of_codes_can_be_shown(bridge: Cli, path: Path) -> None:
    told = bridge("tables", "show", f"codes/{path.stem}", "--json").json
    assert told["id"] == path.stem
    assert told["pairs"]


def test_a_code_that_does_not_come_back_is_marked(bridge: Cli, copy: Path) -> None:
    path = copy / "codes/colour.toml"
    more = '\n[[pair]]\neu = "silver"\nnational = "7"\ndirection = "to-national"\n'
    path.write_text(path.read_text("utf-8") + more, "utf-8")
    shown = bridge("tables", "show", "colour", "--mappings", copy).out
    silver = next(line for line in shown.splitlines() if line.startswith("silver"))
    assert silver.split()[:3] == ["silver", "→", "7"] and "✗" in silver
    assert "silver" not in bridge("tables", "show", "colour").out


def test_converters_are_listed_with_their_way(bridge: Cli) -> None:
    told = bridge("tables", "converters", "--json").json["converters"]
    assert {"name", "about", "two_way"} == set(told[0])
    shown = bridge("tables", "converters").out
    assert [each["name"] for each in told if each["name"] not in shown] == []
