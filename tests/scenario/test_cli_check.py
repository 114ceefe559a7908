"""`bridge check`: verdicts, findings and exit codes, for people and as JSON."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.resources import standards
from tests.scenario.cli import FIXTURES, Cli

REQUEST = FIXTURES / "edm" / "1.2" / "request-full.xml"
EXTERNAL_ENTITY = FIXTURES / "hostile" / "external-entity-file.xml"
KEYS = ["file", "family", "version", "kind", "schema_valid", "verdict", "findings", "policy"]


def altered(tmp_path: Path, old: str, new: str, name: str = "altered.xml") -> Path:
    """The full request with one text replaced."""
    text = REQUEST.read_text("utf-8")
    assert old in text
    path = tmp_path / name
    path.write_text(text.replace(old, new), "utf-8")
    return path


def test_a_good_message_is_valid(bridge: Cli) -> None:
    ran = bridge("check", REQUEST)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"{REQUEST}: valid (QueryRequest, edm 1.2, schema valid)\n"


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*/*/*-full.xml")), ids=lambda p: p.stem)
def test_the_kind_and_version_of_every_full_fixture_are_told(bridge: Cli, path: Path) -> None:
    (told,) = bridge("check", path, "--json").json["files"]
    assert list(told) == KEYS
    assert (told["verdict"], told["schema_valid"]) == ("valid", True)
    assert told["kind"]
    if path.parent.parent.name != "payloads":
        assert (told["family"], told["version"]) == (path.parent.parent.name, path.parent.name)


def test_what_is_tolerated_keeps_the_message_valid(bridge: Cli, tmp_path: Path) -> None:
    path = altered(tmp_path, 'value="V2"', 'value=" V2 "')
    ran = bridge("check", path, "--only", "schema", "--json")
    (told,) = ran.json["files"]
    assert (ran.code, told["verdict"], told["schema_valid"]) == (0, "valid", True)
    (finding,) = told["findings"]
    assert (finding["id"], finding["severity"]) == ("READ-BLANKS", "warning")


def test_what_the_schema_refuses_is_told_with_its_place(bridge: Cli, tmp_path: Path) -> None:
    path = altered(tmp_path, "<sdg:DateOfBirth>1988-04-17", "<sdg:DateOfBirth>1988-04-171")
    ran = bridge("check", path, "--json")
    (told,) = ran.json["files"]
    assert (ran.code, told["verdict"], told["schema_valid"]) == (1, "invalid", False)
    finding = next(f for f in told["findings"] if f["id"] == "XSD")
    line = next(
        n for n, text in enumerate(path.read_text("utf-8").splitlines(), 1) if "1988-04-171" in text
    )
    assert list(finding) == ["id", "severity", "location", "line", "message"]
    assert (finding["severity"], finding["line"]) == ("fatal", line)
    assert finding["location"].startswith("/query:QueryRequest/")
    assert "1988" not in finding["message"]


def test_a_finding_for_people_names_id_line_and_place(bridge: Cli, tmp_path: Path) -> None:
    path = altered(tmp_path, "<sdg:DateOfBirth>1988-04-17", "<sdg:DateOfBirth>1988-04-171")
    ran = bridge("check", path)
    assert "invalid (QueryRequest, edm 1.2, schema not valid)" in ran.out
    assert "fatal" in ran.out and "XSD" in ran.out and "DateOfBirth" in ran.out


UNREADABLE = {
    "a file that is not there": (lambda _: "nowhere.xml", "FILE"),
    "a folder without messages": (lambda tmp: tmp, "FILE"),
    "an external entity": (lambda _: EXTERNAL_ENTITY, "XML-DTD"),
    "a version that nobody speaks": (
        lambda tmp: altered(tmp, "oots-edm:v1.2", "oots-edm:v7.7"),
        "VERSION-UNKNOWN",
    ),
    "a document of another world": (
        lambda tmp: altered(tmp, "query:QueryRequest", "query:Nothing"),
        "XML-UNKNOWN",
    ),
}


@pytest.mark.parametrize(("name", "code"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_a_verdict_with_the_reason(
    bridge: Cli, tmp_path: Path, name, code: str
) -> None:
    ran = bridge("check", name(tmp_path), "--json")
    (told,) = ran.json["files"]
    assert ran.code == 3
    assert (told["verdict"], told["kind"], told["schema_valid"]) == ("unreadable", None, None)
    (finding,) = told["findings"]
    assert (finding["id"], finding["severity"]) == (code, "fatal")


def test_one_bad_file_does_not_stop_the_run_and_the_worst_decides(
    bridge: Cli, tmp_path: Path
) -> None:
    invalid = altered(tmp_path, "<sdg:DateOfBirth>1988-04-17", "<sdg:DateOfBirth>1988-04-171")
    ran = bridge("check", EXTERNAL_ENTITY, REQUEST, invalid, "--json")
    assert ran.code == 3
    verdicts = [told["verdict"] for told in ran.json["files"]]
    assert verdicts == ["unreadable", "valid", "invalid"]
    assert bridge("check", REQUEST, invalid).code == 1


@pytest.mark.parametrize("path", sorted((FIXTURES / "hostile").glob("*.xml")), ids=lambda p: p.stem)
def test_no_hostile_document_gets_more_than_a_finding(bridge: Cli, path: Path) -> None:
    ran = bridge("check", path, "--json")
    assert ran.code in (0, 1, 3)
    assert ran.err == ""
    (told,) = ran.json["files"]
    assert ran.code == {"valid": 0, "invalid": 1, "unreadable": 3}[told["verdict"]]


def test_standards_come_from_another_folder_on_demand(bridge: Cli, tmp_path: Path) -> None:
    only = tmp_path / "xsd" / "edm"
    only.mkdir(parents=True)
    (only / "2.0").symlink_to(standards() / "edm" / "2.0")
    ran = bridge("check", REQUEST, "--standards", tmp_path / "xsd")
    assert ran.code == 3
    assert "VERSION-UNKNOWN" in ran.out


def test_what_cannot_be_read_is_refused_under_every_policy(bridge: Cli, tmp_path: Path) -> None:
    lax = tmp_path / "lax.toml"
    lax.write_text('[[receiving]]\nrules = ["*"]\ndo = "ignore"\n')
    for name in (
        tmp_path / "nowhere.xml",
        tmp_path / ("a" * 300),
        FIXTURES / "hostile" / "empty.xml",
    ):
        for words in ((), ("--policy", lax)):
            ran = bridge("check", name, "--json", *words)
            assert ran.code == 3
            [told] = ran.json["files"]
            assert (told["verdict"], told["policy"]["verdict"]) == ("unreadable", "refused")
