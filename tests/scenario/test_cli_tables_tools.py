"""The tools of `bridge tables` at work: what they print, write, and refuse."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path

import pytest
from lxml import etree, html

from bridge.resources import fixtures, mappings, standards
from tests.evidence_types import SIDES, SIZES, TYPES, fixture
from tests.scenario.cli import Cli

PAYLOADS = fixtures() / "payloads"
VEHICLE = PAYLOADS / "vehicle-registration" / "national-full.xml"
DOG = fixtures() / "new-type" / "dog-licence"
ANSWERS = {
    "title.de": "Hundesteuerbescheinigung",
    "title.en": "Dog licence",
    "description.de": "Zeigt, dass ein Hund angemeldet ist.",
    "description.en": "Shows that a dog is registered.",
    "register.name": "Hundesteuerregister",
    "register.authority": "Steueramt",
    "competence.rule": "residence",
    "procedures": "T1",
    "requirements": "https://sr.acc.oots.tech.ec.europa.eu/requirements/00000000-0000-0000-0000-000000000000",
}


@pytest.fixture
def world(tmp_path: Path) -> tuple[str, Path, str, Path]:
    """Options for a copy of tables and data models that may be changed."""
    shutil.copytree(mappings(), tmp_path / "mappings")
    shutil.copytree(standards(), tmp_path / "xsd")
    return ("--mappings", tmp_path / "mappings", "--standards", tmp_path / "xsd")


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


# --- explain, coverage, try -------------------------------------------------------------------


def test_explain_tells_sentences_fields_example_codes_and_chapter(bridge: Cli) -> None:
    said = bridge("tables", "explain", "vehicle-registration:fuel").out
    for words in (
        "are the same, both ways", "Vehicle/FuelType", "occurs 1", "example towards eu",
        "fuel: 21 pairs (codes/fuel.toml", "noots 10.1",
    ):  # fmt: skip
        assert words in said
    told = bridge("tables", "explain", "emission-value", "--json").json["rows"]
    assert len(told) == 5 and {row["name"] for row in told} == {"emission.emission-value"}


def test_explain_refuses_an_unknown_row_with_the_nearest(bridge: Cli) -> None:
    ran = bridge("tables", "explain", "fule")
    assert ran.code == 2 and "did you mean 'fuel'" in ran.err


def test_coverage_counts_lists_and_draws(bridge: Cli, tmp_path: Path) -> None:
    drawing = tmp_path / "a.svg"
    ran = bridge("tables", "coverage", "vehicle-registration", "--svg", drawing)
    assert ran.code == 0 and "VehicleRegisterEntry" in ran.out and "lost" in ran.out
    assert etree.parse(str(drawing)).getroot().tag.endswith("svg")
    told = bridge("tables", "coverage", "--json").json["coverage"]
    assert {"common", "errors"} & {each["table"] for each in told}
    assert all(side["leaving"]["unmapped"] == 0 for each in told for side in each["sides"])


def test_a_picture_shows_one_pair_and_says_which_there_are(bridge: Cli, tmp_path: Path) -> None:
    ran = bridge("tables", "coverage", "common", "--svg", tmp_path / "a.svg")
    assert ran.code == 2 and "--pair" in ran.err
    named = bridge("tables", "coverage", "common", "--pair", "request", "--svg", tmp_path / "a.svg")
    assert named.code == 0 and (tmp_path / "a.svg").is_file()
    assert bridge("tables", "coverage", "common", "--pair", "reqest").code == 2


def test_try_shows_values_rows_losses_and_writes_the_result(bridge: Cli, tmp_path: Path) -> None:
    out = tmp_path / "eu.xml"
    ran = bridge("tables", "try", "vehicle-registration", VEHICLE, "-o", out)
    assert ran.code == 0
    fuel = next(line for line in ran.out.splitlines() if line.startswith("Vehicle/FuelType"))
    assert "N_10" in fuel and " fuel " in fuel and "vehicle-registration.toml:" in fuel
    assert "the EU model has no attribute for it" in ran.out
    assert bridge("tables", "try", "vehicle-registration", out).code == 0


def test_try_ends_with_one_where_the_result_may_not_be_sent(bridge: Cli) -> None:
    path = PAYLOADS / "criminal-record-absence" / "national-extreme.xml"
    ran = bridge("tables", "try", "criminal-record-absence", path)
    assert ran.code == 1 and "findings" in ran.out


TRIES = {
    "an unknown table": (("vehicles", VEHICLE), 2, "there is no table 'vehicles'"),
    "a table of messages": (("common", VEHICLE), 2, "bridge translate"),
    "a type without content": (("document", VEHICLE), 2, "no structured content"),
    "a payload of another type": (("birth-certificate", VEHICLE), 2, "does not translate"),
    "no file": (("vehicle-registration", "no.xml"), 3, "cannot be read"),
}


@pytest.mark.parametrize(("words", "code", "told"), TRIES.values(), ids=TRIES)
def test_try_refuses(bridge: Cli, words: tuple[object, ...], code: int, told: str) -> None:
    ran = bridge("tables", "try", *words)
    assert ran.code == code and told in ran.err


# --- show, diff, fmt, schema ------------------------------------------------------------------


def test_show_finds_rows_and_losses(bridge: Cli) -> None:
    found = bridge("tables", "show", "vehicle-registration", "--find", "emission").out
    assert "emission-value" in found and "maker-key" not in found
    lost = bridge("tables", "show", "vehicle-registration", "--lost").out
    assert "maker-key" in lost and "\nvin " not in lost


def test_diff_tells_changes_in_words(bridge: Cli, world: tuple[str, Path, str, Path]) -> None:
    root = world[1]
    assert "no difference" in bridge("tables", "diff", mappings(), root).out
    change(root / "codes/fuel.toml", 'national = "0020"', 'national = "0099"')
    said = bridge("tables", "diff", mappings(), root)
    assert said.code == 0
    assert "the code 'biogas' becomes '0099'; before, it becomes '0020'" in said.out
    assert "changes VehicleRegisterEntry → VehicleRegistrationEvidence" in said.out
    files = bridge(
        "tables", "diff", mappings() / "codes/fuel.toml", root / "codes/fuel.toml", "--json"
    )
    assert len(files.json["changes"]) == 3


def test_diff_refuses_what_cannot_be_compared(bridge: Cli) -> None:
    assert bridge("tables", "diff", mappings(), mappings() / "common.toml").code == 2
    assert (
        bridge("tables", "diff", mappings() / "codes/fuel.toml", mappings() / "common.toml").code
        == 2
    )
    assert bridge("tables", "diff", "nowhere", mappings()).code == 2


def test_fmt_brings_files_into_one_look(bridge: Cli, world: tuple[str, Path, str, Path]) -> None:
    root = world[1]
    path = root / "codes/fuel.toml"
    text = path.read_text("utf-8")
    assert bridge("tables", "fmt", "--check", root).code == 0
    path.write_text(text.replace(" = ", "="), "utf-8")
    assert bridge("tables", "fmt", "--check", root).code == 1
    ran = bridge("tables", "fmt", root)
    assert ran.code == 0 and "fuel.toml" in ran.out
    assert path.read_text("utf-8").count("\n") == text.count("\n")
    assert bridge("tables", "diff", mappings(), root).out.startswith("no difference")


UNKNOWN = {
    "of a table's head": ("payloads/vehicle-registration.toml", "title = ", "titel = ", "titel", "title"),
    "of a row": ("payloads/vehicle-registration.toml", 'convert = "code"', 'konvert = "code"', "konvert", "convert"),
    "of a condition": ("payloads/vehicle-registration.toml", 'field = "P_1"', 'feild = "P_1"', "feild", ""),
    "of a code pair": ("codes/fuel.toml", 'note = "Diesel"', 'nota = "Diesel"', "nota", "note"),
    "of a list of codes": ("codes/fuel.toml", "chapter = ", "chaptre = ", "chaptre", "chapter"),
    "of an evidence type": ("evidence/vehicle-registration.toml", "formats = ", "format = ", "format", "formats"),
}  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "key", "right"), UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_key_is_told_with_line_column_and_the_right_one(
    bridge: Cli,
    world: tuple[str, Path, str, Path],
    file: str,
    old: str,
    new: str,
    key: str,
    right: str,
) -> None:
    path = world[1] / file
    change(path, old, new)
    text = path.read_text("utf-8")
    at = text.index(new) + new.index(key)
    line, column = text[:at].count("\n") + 1, at - text.rfind("\n", 0, at)
    said = bridge("tables", "check", world[1], "--examples", 0).out
    assert f"(line {line}, column {column})" in said and key in said
    assert not right or f"did you mean '{right}'" in said


def test_schema_prints_what_the_docs_have(bridge: Cli) -> None:
    told = bridge("tables", "schema", "code-pairs").json
    assert told["properties"]["pair"]["items"]["additionalProperties"] is False
    assert bridge("tables", "schema", "cods").code == 2


# --- spreadsheets -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sheet.xlsx", "sheet.csv"])
def test_a_table_goes_through_a_spreadsheet_unchanged(
    bridge: Cli, world: tuple[str, Path, str, Path], tmp_path: Path, name: str
) -> None:
    path, sheet = world[1] / "payloads/vehicle-registration.toml", tmp_path / name
    before = path.read_bytes()
    assert bridge("tables", "export", path, sheet).code == 0
    assert bridge("tables", "import", sheet, path).out.startswith("the spreadsheet changes nothing")
    assert path.read_bytes() == before


def test_an_edited_spreadsheet_changes_what_was_edited_and_diff_tells_it(
    bridge: Cli, world: tuple[str, Path, str, Path], tmp_path: Path
) -> None:
    from openpyxl import load_workbook

    path, sheet = world[1] / "payloads/vehicle-registration.toml", tmp_path / "sheet.xlsx"
    bridge("tables", "export", path, sheet)
    book = load_workbook(sheet)
    page = book["rows"]
    heads = [cell.value for cell in page[1]]
    assert "(what it does)" in heads
    row = next(
        line for line in page.iter_rows(min_row=2) if line[heads.index("id")].value == "maker-key"
    )
    row[heads.index("loss")].value = "a key of the Kraftfahrt-Bundesamt"
    book.save(sheet)
    assert "would change" in bridge("tables", "import", sheet, path, "--check").out
    assert bridge("tables", "import", sheet, path).code == 0
    (only,) = bridge("tables", "diff", mappings(), world[1], "--json").json["changes"]
    assert only["name"] == "maker-key" and "a key of the Kraftfahrt-Bundesamt" in only["what"]


def test_spreadsheets_of_something_else_are_refused(bridge: Cli, tmp_path: Path) -> None:
    sheet = tmp_path / "a.xlsx"
    assert bridge("tables", "export", mappings() / "guard.toml", sheet).code == 2
    assert bridge("tables", "export", mappings() / "codes/fuel.toml", tmp_path / "a.ods").code == 2
    sheet.write_bytes(b"no workbook")
    assert bridge("tables", "import", sheet, mappings() / "codes/fuel.toml").code == 2
    assert bridge("tables", "import", tmp_path / "no.csv", mappings() / "codes/fuel.toml").code == 2


# --- pages ------------------------------------------------------------------------------------


def test_pages_are_written_for_all_tables(bridge: Cli, tmp_path: Path) -> None:
    ran = bridge("tables", "docs", "-o", tmp_path / "pages", "--json")
    assert ran.code == 0
    for name in ran.json["pages"]:
        for link in html.parse(str(tmp_path / "pages" / name)).xpath("//a/@href"):
            assert link.startswith("#") or (tmp_path / "pages" / link).is_file()


# --- new --------------------------------------------------------------------------------------


def answers(**more: str) -> list[str]:
    return [
        word for key, text in {**ANSWERS, **more}.items() for word in ("--answer", f"{key}={text}")
    ]


def snapshot(world: tuple[str, Path, str, Path]) -> set[Path]:
    return {path for root in (world[1], world[3]) for path in root.rglob("*")}


def test_a_new_type_of_two_examples_passes_the_check_but_for_its_proposals(
    bridge: Cli, world: tuple[str, Path, str, Path]
) -> None:
    ran = bridge(
        "tables", "new", "dog-licence", "--eu", DOG / "eu.xml", "--national", DOG / "national.xml",
        *answers(), "--json", *world,
    )  # fmt: skip
    assert (ran.code, ran.json["problems"]) == (0, [])
    assert len(ran.json["proposals"]) == 14
    checked = bridge("tables", "check", world[1], "--standards", world[3], "--json").json[
        "problems"
    ]
    assert checked == ran.json["proposals"]
    for side in ("eu", "national"):
        assert bridge("tables", "try", "dog-licence", DOG / f"{side}.xml", *world).code == 0
    text = (world[1] / "payloads/dog-licence.toml").read_text("utf-8")
    assert "Bello" not in text and "Muster" not in text


@pytest.mark.parametrize("kind", TYPES)
def test_a_shipped_type_made_again_of_its_examples_is_sound(
    bridge: Cli, world: tuple[str, Path, str, Path], kind: str
) -> None:
    shutil.rmtree(world[3] / "evidence" / kind)
    (world[1] / "evidence" / f"{kind}.toml").unlink()
    (world[1] / "payloads" / f"{kind}.toml").unlink()
    examples = [
        word
        for side in SIDES
        for size in SIZES
        for word in (f"--{side}", fixture(kind, side, size))
    ]
    ran = bridge("tables", "new", kind, *examples, *answers(), "--json", *world)
    assert (ran.code, ran.json["problems"]) == (0, [])
    assert ran.json["proposals"]


def test_what_was_not_answered_is_told_as_left(
    bridge: Cli, world: tuple[str, Path, str, Path]
) -> None:
    ran = bridge(
        "tables", "new", "dog-licence", "--eu", DOG / "eu.xml", "--national", DOG / "national.xml",
        "--defaults", *world,
    )  # fmt: skip
    assert ran.code == 1 and "procedures: missing" in ran.out


def test_answers_on_the_terminal_make_a_type_with_its_fields(
    bridge: Cli, world: tuple[str, Path, str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = [*ANSWERS.values(), "CatLicence", "Katzenbescheinigung", "Number = nummer",
             "Cat/BirthDate = katze/geburtstag : date", "- = fellnummer", ""]  # fmt: skip
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(typed) + "\n"))
    ran = bridge("tables", "new", "cat-licence", "--json", *world)
    assert (ran.code, ran.json["problems"]) == (0, [])
    assert len(ran.json["proposals"]) == 1
    assert ran.json["proposals"][0].startswith("cat-licence.toml:")
    assert "Title in German" in ran.err


def test_a_type_without_fields_is_a_document(
    bridge: Cli, world: tuple[str, Path, str, Path]
) -> None:
    ran = bridge("tables", "new", "cat-licence", "--defaults", *answers(), "--json", *world)
    assert (ran.code, ran.json["problems"]) == (0, [])
    assert [Path(path).name for path in ran.json["files"]] == ["cat-licence.toml"]


REFUSED = {
    "a name that is none": ("Dog Licence", ["--defaults"], "no name of a type"),
    "a type that exists": ("vehicle-registration", ["--defaults"], "such a type already"),
    "one side only": ("dog-licence", ["--eu", DOG / "eu.xml"], "both sides"),
    "an unknown answer": ("dog-licence", ["--answer", "titel.de=x"], "did you mean 'title.de'"),
    "an example of another type": (
        "dog-licence", ["--defaults", "--eu", VEHICLE, "--national", VEHICLE], "another type",
    ),
    "a file that is not there": (
        "dog-licence", ["--defaults", "--eu", "no.xml", "--national", "no.xml"], "cannot be read",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "words", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_begun_is_refused_and_leaves_nothing_behind(
    bridge: Cli, world: tuple[str, Path, str, Path], name: str, words: list[object], told: str
) -> None:
    before = snapshot(world)
    ran = bridge("tables", "new", name, *words, *world)
    assert ran.code in (2, 3) and told in ran.err
    assert snapshot(world) == before


def test_an_installed_bridge_keeps_its_own_tables(
    bridge: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.resources.installed", lambda: True)
    ran = bridge("tables", "new", "dog-licence", "--defaults")
    assert ran.code == 2 and "--mappings and --standards" in ran.err


def test_a_broken_folder_takes_everything_back(
    bridge: Cli, world: tuple[str, Path, str, Path]
) -> None:
    (world[1] / "guard.toml").write_text("[guard", "utf-8")
    before = snapshot(world)
    ran = bridge(
        "tables", "new", "dog-licence", "--eu", DOG / "eu.xml", "--national", DOG / "national.xml",
        *answers(), *world,
    )  # fmt: skip
    assert ran.code != 0
    assert snapshot(world) == before


def test_reports_are_json_where_asked(bridge: Cli) -> None:
    told = json.loads(bridge("tables", "try", "vehicle-registration", VEHICLE, "--json").out)
    assert {"source", "target", "made", "lost", "used", "findings"} == set(told)
