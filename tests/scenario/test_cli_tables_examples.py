"""`bridge tables check --examples N`: rows tried on made-up documents, the smallest failure shown."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bridge.resources import mappings
from tests.scenario.cli import Cli

FILE = "payloads/vehicle-registration.toml"


@pytest.fixture
def lossy(tmp_path: Path) -> Path:
    """Tables in which a two-way row loses what it carries: only documents can tell."""
    root = tmp_path / "mappings"
    shutil.copytree(mappings(), root)
    text = (root / FILE).read_text("utf-8")
    row = 'id = "variant"\n'
    assert row in text
    (root / FILE).write_text(text.replace(row, f'{row}convert = "lower"\n'), "utf-8")
    return root


def test_a_loss_that_only_documents_show_is_told_with_its_row_and_example(
    bridge: Cli, lossy: Path
) -> None:
    ran = bridge("tables", "check", lossy / FILE)
    assert ran.code == 1
    line = next(line for line in ran.out.splitlines() if "row variant" in line)
    assert line.startswith("vehicle-registration.toml:")
    assert "does not come back" in ran.out
    assert "example: " in ran.out


def test_without_examples_only_the_tables_themselves_are_looked_at(
    bridge: Cli, lossy: Path
) -> None:
    assert bridge("tables", "check", lossy / FILE, "--examples", "0").code == 0
    assert bridge("tables", "check", lossy / FILE, "--examples", "30", "--json").json["problems"]


@pytest.mark.parametrize("count", ["-1", "many", "1.5", "1000000"])
def test_a_number_of_examples_is_a_number(bridge: Cli, count: str) -> None:
    ran = bridge("tables", "check", f"--examples={count}")
    assert ran.code == 2
    assert "no number from 0" in ran.err
