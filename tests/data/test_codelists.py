"""The code lists that we ship are whole: every code of the reference, in every version, no other."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bridge.resources import standards
from bridge.standards.codelists import dump_edition, load_edition
from bridge.standards.list_files import ListFile, bound_lists, list_files
from tests.reference import reference

FILES = list(list_files(standards()))

# Which of our files a list of the reference is, and in which versions of the EDM.
OURS = {
    "agent_classification": ("agent_classification", ("1.0", "1.1", "1.2", "2.0")),
    "country_identification": ("country_identification", ("1.0", "1.1", "1.2", "2.0")),
    "eas": ("eas", ("1.2",)),
    "edm_error_codes": ("edm_error_codes", ("1.0", "1.1", "1.2", "2.0")),
    "error_severity": ("error_severity", ("1.1", "1.2", "2.0")),
    "gender": ("gender", ("2.0",)),
    "jurisdiction_levels": ("jurisdiction_levels", ("1.0", "1.1", "1.2")),
    "languages": ("languages", ("1.0", "1.1", "1.2", "2.0")),
    "legal_person_identifier_schemes": ("identifier_schemes", ("1.0", "1.1", "1.2", "2.0")),
    "levels_of_assurance": ("levels_of_assurance", ("1.0", "1.1", "1.2", "2.0")),
    "media_types": ("media_types", ("1.0", "1.1", "1.2", "2.0")),
    "oots_countries": ("oots_countries", ("1.2",)),
    "procedures": ("procedures", ("1.1", "1.2", "2.0")),
    "uid_suppression_countries": ("uid_suppression_countries", ("2.0",)),
}
ELSEWHERE = {
    "dsd_error_codes": "the Data Service Directory is not built yet",
    "eb_error_codes": "the Evidence Broker is not built yet",
    "lcm_error_codes": "we publish nothing in a directory",
    "eidas_attributes": "attributes of a login, which is not built yet; no code of a message",
    "requirements_acceptance": "a dated picture of a catalogue, not a code list",
}
EAS_NOT_YET = {
    "0154", "0158", "0177", "0217", "0218", "0221", "0225", "0230", "0235", "0240", "0244", "9959",
}  # fmt: skip
EAS_GONE = {"9901", "9906", "9907", "9955"}
PROCEDURES_OF_2022 = [
    "R1", "S1", "T1", "T2", "T3", "U1", "U2", "U3", "U4", "V1", "V2", "V3", "V4", "W1", "W2",
    "X1", "X2", "X3", "X4", "X5", "X6",
]  # fmt: skip


def published(stem: str) -> list[str]:
    lines = reference(f"data/codelists/{stem}.csv").read_text("utf-8").splitlines()
    return [row[0] for row in csv.reader(line for line in lines if not line.startswith("#"))][1:]


def shipped(stem: str, version: str) -> list[str]:
    return list(load_edition(standards() / f"edm/{version}/codelists/{stem}.csv").rows)


def test_every_list_of_the_reference_is_shipped_or_said_to_be_elsewhere() -> None:
    stems = {path.stem for path in reference("data/codelists").glob("*.csv")}
    assert stems == OURS.keys() | ELSEWHERE.keys()


@pytest.mark.parametrize(
    ("stem", "version"), [(stem, version) for stem, (_, all_) in OURS.items() for version in all_]
)
def test_a_list_of_the_edm_is_that_of_the_reference(stem: str, version: str) -> None:
    assert shipped(OURS[stem][0], version) == published(stem)


def test_lists_of_older_versions_differ_as_the_reference_says() -> None:
    assert set(shipped("eas", "1.0")) == set(published("eas")) - EAS_NOT_YET | EAS_GONE
    assert shipped("procedures", "1.0") == PROCEDURES_OF_2022
    for version in ("1.0", "1.1", "1.2"):
        assert shipped("gender", version) == ["Male", "Female", "Unspecified"]


# What XNachweis says otherwise than the list that it republishes (NOOTS 6).
XNACHWEIS = {
    "agent_classification": ("agent_classification", set(), set()),
    "countries": ("country_identification", {"GR", "QU", "XK"}, {"EL"}),
    "languages": ("languages", set(), {"BH"}),
    "loa": ("levels_of_assurance", set(), set()),
    "media_types": ("media_types", {"image/jpg"}, set()),
    "procedures": (
        "procedures",
        set(),
        {"00", "AK1", "AL1", "AM1", "V5", "X7", "X9", "X10", "X11"},
    ),
}


@pytest.mark.parametrize("version", ["1.2.0", "1.4"])
@pytest.mark.parametrize("stem", XNACHWEIS)
def test_a_list_of_xnachweis_is_that_of_the_edm_but_for_what_is_known(
    stem: str, version: str
) -> None:
    source, more, less = XNACHWEIS[stem]
    codes = load_edition(standards() / f"xnachweis/{version}/codelists/{stem}.csv").rows
    found = {code.upper() for code in codes} if stem == "languages" else set(codes)
    assert found == set(published(source)) - less | more


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.standard}-{file.path.stem}")
def test_a_list_file_is_written_as_we_write_it(file: ListFile) -> None:
    text = file.path.read_text("utf-8")
    assert dump_edition(load_edition(file.path)) == text


def test_uri_and_version_in_messages_are_those_of_the_list() -> None:
    """XNachweis writes both beside every code; the binding states them, the file knows them."""
    stated = [
        (folder, row) for folder in sorted(standards().glob("*/*/")) for row in bound_lists(folder).values()
    ]  # fmt: skip
    named = [(folder, row) for folder, row in stated if row.get("uri") and "file" in row]
    assert len(named) >= 20
    for folder, row in named:
        head = load_edition(folder / row["file"]).head
        assert (head.uri, head.version) == (row["uri"], row["version"]), row["file"]


def test_every_file_that_a_binding_names_is_there() -> None:
    for folder in sorted(standards().glob("*/*/")):
        for row in bound_lists(folder).values():
            assert (folder / row.get("file", "binding.toml")).is_file(), Path(folder)
