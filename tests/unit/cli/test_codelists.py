"""`bridge codelists`: lists are shown and compared, and an import breaks nothing unasked."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bridge.resources import standards
from bridge.standards.codelists import load_edition
from tests.scenario.cli import Cli, Ran
from tests.unit.standards.genericode_files import genericode

AGENTS = {
    "ER": "Evidence Requester",
    "IP": "Intermediary Platform",
    "EP": "Evidence Provider",
    "ERRP": "Error Provider",
}


@pytest.fixture
def bridge(capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(capsys)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of some versions, to import into."""
    for family in ("edm", "evidence/vehicle-registration", "xnachweis"):
        shutil.copytree(standards() / family, tmp_path / "xsd" / family)
    return tmp_path / "xsd"


def agents(path: Path, **codes: str) -> Path:
    """A published list of agents' roles: those of today, with changes; an empty name drops one."""
    rows = [
        {"Code": code, "name-Value": name} for code, name in {**AGENTS, **codes}.items() if name
    ]
    octets = genericode(["Code", "name-Value"], rows).replace(b"Colours<", b"AgentClassification<")
    path.write_bytes(octets.replace(b"urn:x-made-up:colours", b"urn:x-made-up:agents"))
    return path


def file_of(folder: Path) -> Path:
    return folder / "edm/2.0/codelists/agent_classification.csv"


# --- show ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["languages", "LanguageCode", "languagecode", "languages.csv"])
def test_a_list_is_found_by_file_binding_and_rules_in_any_case(bridge: Cli, name: str) -> None:
    shown = bridge("codelists", "show", name, "--standard", "edm-2.0", "--json").json
    assert (shown["standard"], shown["list"], shown["count"]) == ("edm-2.0", "LanguageCode", 184)
    assert {"code": "DE", "name": "German"} in shown["codes"]


def test_without_a_version_the_newest_is_shown_and_the_others_are_compared(bridge: Cli) -> None:
    ran = bridge("codelists", "show", "Gender")
    assert ran.out.startswith("Gender in edm-2.0\n")
    assert "also in edm-1.0 (other codes, 3), edm-1.1 (other codes, 3)" in ran.out


def test_a_list_that_only_rules_take_from_another_version_is_shown_from_there(bridge: Cli) -> None:
    ran = bridge("codelists", "show", "EAS", "--standard", "edm-2.0")
    assert "  file      1.2/eas.csv\n" in ran.out
    assert "Leitweg-ID" in ran.out


def test_all_lists_of_a_version_are_listed_with_who_uses_them(bridge: Cli) -> None:
    lists = bridge("codelists", "show", "--standard", "xnachweis-1.4", "--json").json["lists"]
    by_name = {each["list"]: each for each in lists}
    assert by_name["LoA"]["version"] == "2022-12"
    assert (by_name["LoA"]["read_by"], by_name["LoA"]["judged_by"]) == (
        ["LoA"],
        ["LevelsOfAssurance"],
    )
    ran = bridge("codelists", "show")
    assert "\nxnachweis-1.4\n" in ran.out


def test_codes_in_force_on_a_day_are_shown(bridge: Cli, folder: Path) -> None:
    path = file_of(folder)
    path.write_text("# source: x\ncode,name,valid_until\nER,a,\nIP,b,2025-12-31\n", "utf-8")

    def on(day: str) -> list[str]:
        words = ("codelists", "show", "AgentClassification", "--standard", "edm-2.0", "--at", day)
        return [
            row["code"] for row in bridge(*words, "--json", "--standards", folder).json["codes"]
        ]

    assert on("2025-12-31") == ["ER", "IP"]
    assert on("2026-01-01") == ["ER"]


WRONG = {
    "a list": (("show", "LangaugeCode"), "did you mean 'LanguageCode'", 2),
    "a version": (("show", "EAS", "--standard", "edm-2.1"), "did you mean 'edm-", 2),
    "a version of all lists": (("show", "--standard", "edm-2.1"), "did you mean 'edm-", 2),
    "a day": (("show", "EAS", "--at", "2026-02-30"), "'2026-02-30' is no date", 2),
    "no folder of versions": (("show", "--standards", "docs"), "holds no code list", 2),
    "a file": (("diff", "eas@edm-1.0", "nowhere.gc"), "nowhere.gc", 3),
}


@pytest.mark.parametrize(("words", "told", "code"), WRONG.values(), ids=WRONG.keys())
def test_what_is_not_there_is_told(
    bridge: Cli, words: tuple[str, ...], told: str, code: int
) -> None:
    ran = bridge("codelists", *words)
    assert (ran.code, ran.out) == (code, "")
    assert told in ran.err


# --- diff ---------------------------------------------------------------------


def test_two_versions_of_a_list_are_compared(bridge: Cli) -> None:
    found = bridge("codelists", "diff", "eas@edm-1.0", "eas@edm-1.2", "--json").json
    kinds = [change["kind"] for change in found["changes"]]
    assert (kinds.count("added"), kinds.count("removed")) == (12, 4)
    assert found["head"]["version"] == ["2022-03-04", "1.2.5"]
    ran = bridge("codelists", "diff", "eas@edm-1.0", "eas@edm-1.2")
    assert ran.code == 0
    assert ran.out.endswith("12 added, 4 removed\n")


def test_a_published_file_is_compared_with_a_list(bridge: Cli, tmp_path: Path) -> None:
    file = agents(tmp_path / "agents.gc", ERRP="", XX="Another")
    found = bridge("codelists", "diff", "AgentClassification@edm-2.0", file, "--json").json
    assert {(c["kind"], c["code"]) for c in found["changes"]} == {
        ("added", "XX"),
        ("removed", "ERRP"),
    }


def test_a_list_is_the_same_as_itself(bridge: Cli) -> None:
    ran = bridge("codelists", "diff", "eas@edm-1.2", "eas@edm-2.0")
    assert ran.out == "the codes are the same\n"


# --- import -------------------------------------------------------------------


def take(bridge: Cli, folder: Path, file: Path, *words: object) -> Ran:
    return bridge(
        "codelists", "import", file, "--standard", "edm-2.0", "--standards", folder, *words
    )


def test_a_new_code_is_taken_in_and_what_we_know_of_the_others_stays(
    bridge: Cli, folder: Path, tmp_path: Path
) -> None:
    ran = take(bridge, folder, agents(tmp_path / "agents.gc", XX="Another"))
    assert ran.code == 0
    assert ran.out.endswith(f"written: {file_of(folder)}\n")
    edition = load_edition(file_of(folder))
    assert list(edition.rows) == ["ER", "IP", "EP", "ERRP", "XX"]
    assert edition.rows["ER"]["used_in"] == "EvidenceRequest/EvidenceRequester"
    assert (edition.head.name, edition.head.version) == ("AgentClassification", "3.1")
    assert edition.head.source.endswith("file agents.gc")
    again = take(bridge, folder, agents(tmp_path / "agents.gc", XX="Another"), "--json").json
    assert (again["changes"], again["head"]) == ([], {})


def test_a_dry_run_tells_the_same_and_writes_nothing(
    bridge: Cli, folder: Path, tmp_path: Path
) -> None:
    before = file_of(folder).read_bytes()
    ran = take(bridge, folder, agents(tmp_path / "agents.gc", ER="Requester"), "--dry-run")
    assert ran.code == 0
    assert "renamed" in ran.out and "Requester" in ran.out
    assert ran.out.endswith("dry run, nothing is written\n")
    assert file_of(folder).read_bytes() == before


def test_codes_in_use_are_not_dropped_and_every_use_is_named(
    bridge: Cli, folder: Path, tmp_path: Path
) -> None:
    before = file_of(folder).read_bytes()
    ran = take(bridge, folder, agents(tmp_path / "agents.gc", ERRP=""), "--json")
    assert ran.code == 1
    assert (ran.json["refused"], ran.json["written"], ran.json["gone"]) == (True, False, ["ERRP"])
    assert {use["code"] for use in ran.json["uses"]} == {"ERRP"}
    assert any(use["place"].startswith("mappings/errors.toml:") for use in ran.json["uses"])
    assert file_of(folder).read_bytes() == before


def test_codes_in_use_are_dropped_by_force(bridge: Cli, folder: Path, tmp_path: Path) -> None:
    ran = take(bridge, folder, agents(tmp_path / "agents.gc", ERRP=""), "--force")
    assert ran.code == 0
    assert "codes that would go and are in use" in ran.out
    assert "ERRP" not in load_edition(file_of(folder)).rows


def test_codes_that_are_gone_are_kept_up_to_a_day(
    bridge: Cli, folder: Path, tmp_path: Path
) -> None:
    file = agents(tmp_path / "agents.gc", ERRP="")
    ran = take(bridge, folder, file, "--retire", "2026-12-31")
    assert ran.code == 0
    assert load_edition(file_of(folder)).rows["ERRP"]["valid_until"] == "2026-12-31"
    assert [c["kind"] for c in take(bridge, folder, file, "--json").json["changes"]] == ["removed"]


def test_a_retirement_before_the_begin_is_wrong_use(
    bridge: Cli, folder: Path, tmp_path: Path
) -> None:
    file_of(folder).write_text("# source: x\ncode,valid_from\nER,\nZZ,2025-01-01\n", "utf-8")
    ran = take(bridge, folder, agents(tmp_path / "agents.gc"), "--retire", "2024-12-31")
    assert ran.code == 2
    assert "the code ZZ would end before it begins" in ran.err


def test_codes_that_nobody_names_are_dropped(bridge: Cli, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "loa.csv"
    file.write_text("code;name\nLow;low\nHigh;high\n", "utf-8")
    ran = take(bridge, folder, file, "--list", "LevelsOfAssurance")
    assert ran.code == 0
    assert "removed  Substantial" in ran.out
    assert list(load_edition(folder / "edm/2.0/codelists/levels_of_assurance.csv").rows) == [
        "Low",
        "High",
    ]


USES = {
    "the test of a rule": ("edm-2.0", "Gender", "Male", "xsd/edm/2.0/rules.toml:", "rule R-"),
    "a default": ("edm-2.0", "Gender", "Unspecified", "mappings/common.toml:", "row gender-"),
    "a condition": ("edm-1.2", "Procedures", "00", "mappings/common.toml:", "when"),
    "an evidence type": ("edm-1.2", "Procedures", "V2", "mappings/evidence/", "vehicle-"),
    "a pair": ("edm-1.2", "EDMErrorCodes", "EDM:ERR:0005", "mappings/codes/errors.toml:", "codes"),
    "a fallback": ("edm-1.2", "EDMErrorCodes", "EDM:ERR:0008", "mappings/codes/", "fallback"),
    "a pair of evidence": (
        "vehicle-registration-national-1.0", "Fuel", "0001", "mappings/codes/fuel.toml:", "codes",
    ),
    "a constant of a binding": (
        "xnachweis-1.4", "MessageType", "DE.EvidenceRequest.0301",
        "xsd/xnachweis/1.4/binding.toml:", "nachrichtentyp",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("standard", "name", "code", "place", "what"), USES.values(), ids=USES.keys()
)
def test_a_use_of_a_code_is_found_in(
    bridge: Cli, folder: Path, tmp_path: Path, standard: str, name: str, code: str, place: str, what: str
) -> None:  # fmt: skip
    words = ("codelists", "show", name, "--standard", standard, "--standards", folder, "--json")
    rows = [row for row in bridge(*words).json["codes"] if row["code"] != code]
    file = tmp_path / "less.gc"
    file.write_bytes(
        genericode(["code", "name"], [{k: r[k] for k in ("code", "name")} for r in rows])
    )
    ran = bridge(
        "codelists", "import", file, "--list", name, "--standard", standard, "--standards", folder,
        "--json", "--dry-run",
    )  # fmt: skip
    uses = [(use["place"], use["by"]) for use in ran.json["uses"] if use["code"] == code]
    assert any(there.startswith(place) and what in by for there, by in uses), uses
    assert {use["code"] for use in ran.json["uses"]} == {code}


def test_a_field_of_another_list_is_no_use(bridge: Cli, folder: Path, tmp_path: Path) -> None:
    """Colours and genders are both written with digits; only the colours are in colour.toml."""
    file = tmp_path / "gender.csv"
    file.write_text("code,name\nMale,m\nFemale,f\nUnspecified,u\n", "utf-8")
    ran = bridge(
        "codelists", "import", file, "--list", "Gender", "--standard", "edm-2.0",
        "--standards", folder, "--json", "--dry-run",
    )  # fmt: skip
    assert {use["place"].partition(":")[0] for use in ran.json["uses"]} == {
        "xsd/edm/2.0/rules.toml"
    }


def test_a_list_of_another_uri_is_refused(bridge: Cli, folder: Path, tmp_path: Path) -> None:
    file = agents(tmp_path / "agents.gc")
    words = ("codelists", "import", file, "--standard", "xnachweis-1.4", "--standards", folder)
    ran = bridge(*words)
    assert ran.code == 1
    assert "it is another list: urn:x-made-up:agents is not urn:xoev-de:" in ran.out
    forced = bridge(*words, "--force")
    assert forced.code == 0
    assert "note: messages name version 2022-12 of this list" in forced.out


def test_a_list_of_its_own_goes_to_a_file_with_what_is_said_of_it(
    bridge: Cli, tmp_path: Path
) -> None:
    file, there = tmp_path / "colours.csv", tmp_path / "out/colours.csv"
    file.write_text("Schlüssel;Bezeichnung\nR;rot\n", "utf-8")
    ran = bridge(
        "codelists", "import", file, "-o", there, "--source", "an authority", "--edition", "7",
        "--valid-from", "2026-01-01", "--valid-until", "2026-12-31",
    )  # fmt: skip
    assert ran.code == 0
    assert there.read_text("utf-8") == (
        "# source: an authority\n# version: 7\n# valid-from: 2026-01-01\n"
        "# valid-until: 2026-12-31\ncode,name\nR,rot\n"
    )


def test_a_list_that_is_new_to_a_version_says_that_nothing_reads_it_yet(
    bridge: Cli, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "eas.csv"
    file.write_text("code,name\n0204,Leitweg-ID\n", "utf-8")
    ran = take(bridge, folder, file, "--list", "EAS")
    assert "nothing reads the file yet" in ran.out
    assert list(load_edition(folder / "edm/2.0/codelists/eas.csv").rows) == ["0204"]


def test_where_a_list_goes_must_be_said(bridge: Cli, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("code\nR\n", "utf-8")
    nowhere = bridge("codelists", "import", file)
    assert (nowhere.code, "it is not said where the list goes" in nowhere.err) == (2, True)
    nameless = bridge("codelists", "import", file, "--standard", "edm-2.0")
    assert (nameless.code, "does not say its name" in nameless.err) == (2, True)
    unknown = bridge("codelists", "import", file, "--standard", "edm-9", "--list", "Gender")
    assert (unknown.code, "no version folder of edm-9" in unknown.err) == (2, True)


def test_a_file_that_is_no_list_is_unreadable_with_its_line(bridge: Cli, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("code,name\nR,red\nR,rouge\n", "utf-8")
    ran = bridge("codelists", "import", file, "-o", tmp_path / "y.csv")
    assert ran.code == 3
    assert f"the code R stands twice, with different rows ({file}, line 3)" in ran.err
    assert not (tmp_path / "y.csv").exists()
