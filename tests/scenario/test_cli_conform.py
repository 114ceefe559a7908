"""`bridge conform`: suites and folders, reports, exit codes."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from lxml import etree

from tests.scenario.cli import FIXTURES, REPOSITORY, Cli, process

SUITE = FIXTURES / "conformance"
GOOD = FIXTURES / "edm" / "1.2" / "request-full.xml"
BAD = SUITE / "broken-rule" / "no-possibility-for-preview.xml"
TORN = FIXTURES / "hostile" / "truncated.xml"
VALID = '[expected]\nverdict = "valid"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A good message, one that breaks a rule, and one that is torn."""
    place = tmp_path / "messages"
    place.mkdir()
    for name, source in {"a": GOOD, "b": BAD, "c": TORN}.items():
        shutil.copy(source, place / f"{name}.xml")
    return place


def test_the_shipped_suite_is_as_expected(bridge: Cli) -> None:
    ran = bridge("conform", SUITE)
    assert (ran.code, ran.err) == (0, "")
    for kind in ("broken rule", "error answer", "translation", "unreadable", "valid"):
        assert re.search(rf"^{kind} +\d+$", ran.out, re.MULTILINE), kind
    assert "messages a second and core, 1 process" in ran.out


def test_every_shipped_message_is_valid(bridge: Cli) -> None:
    ran = bridge("conform", FIXTURES / "edm", FIXTURES / "xnachweis", FIXTURES / "payloads")
    assert ran.code == 0, ran.out


def test_what_is_not_as_expected_is_told_by_case(bridge: Cli, folder: Path) -> None:
    ran = bridge("conform", folder)
    assert ran.code == 3
    assert ran.out.startswith(f"{folder}: 1 as expected, 1 not as expected, 1 unreadable\n")
    told = ran.out.partition("not as expected\ncase")[2]
    assert "b.xml" in told and "R-EDM-REQ-S009 fired" in told
    assert "c.xml" in told and "XML-MALFORMED fired" in told
    (folder / "c.xml").unlink()
    assert bridge("conform", folder).code == 1
    (folder / "b.xml").unlink()
    assert bridge("conform", folder).code == 0


def test_a_broken_case_is_told_with_file_and_line_and_the_others_are_judged(
    bridge: Cli, folder: Path
) -> None:
    (folder / "good.case.toml").write_text(f'input = "a.xml"\n{VALID}')
    (folder / "wrong.case.toml").write_text(f'input = "a.xml"\nversoin = "x"\n{VALID}')
    ran = bridge("conform", folder)
    assert ran.code == 3
    assert "1 as expected, 1 unreadable" in ran.out
    assert "unknown key 'versoin'; did you mean 'version'?" in ran.out
    assert f"{folder / 'wrong.case.toml'}, line 2" in ran.out
    assert "no case names, not judged: 2" in ran.out


def test_an_archive_a_single_case_and_stdin_are_judged(bridge: Cli, folder: Path) -> None:
    archive = folder / "box.zip"
    with zipfile.ZipFile(archive, "w") as box:
        box.write(GOOD, "x/a.xml")
        box.write(BAD, "x/b.xml")
    told = bridge("conform", archive, "--json").json
    assert [each["name"] for each in told["outcomes"]] == [
        f"{archive}!/x/a.xml",
        f"{archive}!/x/b.xml",
    ]
    assert bridge("conform", SUITE / "valid" / "request.case.toml").code == 0
    ran = process("-m", "bridge", "conform", "-", stdin=BAD.read_bytes())
    assert ran.code == 1 and "R-EDM-REQ-S009 fired" in ran.out


UNREADABLE = {
    "a path that is not there": lambda tmp: tmp / "nowhere",
    "a folder without messages": lambda tmp: tmp,
    "a torn message": lambda _: TORN,
}


@pytest.mark.parametrize("path", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_ends_with_3(bridge: Cli, tmp_path: Path, path) -> None:
    assert bridge("conform", path(tmp_path)).code == 3


WRONG_USE = {
    "no path": [],
    "no process": [GOOD, "--jobs", "0"],
    "not a number": [GOOD, "--jobs", "two"],
    "excerpts of nothing": [GOOD, "--no-excerpts"],
    "no folder for a report": [GOOD, "--html", "nowhere/at/all.html"],
    "a folder as a report": [GOOD, "--junit", "."],
    "one file for two reports": [GOOD, "--html", "a", "--junit", "./a"],
    "a name for a report that nothing can have": [GOOD, "--html", "a" * 300],
    "watching stdin": ["-", "--watch"],
    "no versions": [GOOD, "--standards", "nowhere"],
}


@pytest.mark.parametrize("words", WRONG_USE.values(), ids=WRONG_USE)
def test_wrong_use_ends_with_2(
    bridge: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[object]
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = bridge("conform", *words)
    assert (ran.code, ran.out.count("Traceback")) == (2, 0)
    assert ran.err.startswith("bridge: ")
    assert list(tmp_path.iterdir()) == []


def test_reports_are_written_beside_one_another(bridge: Cli, folder: Path, tmp_path: Path) -> None:
    page, junit = tmp_path / "r.html", tmp_path / "r.xml"
    ran = bridge("conform", folder, "--html", page, "--junit", junit, "--json")
    assert ran.code == 3
    told = ran.json
    assert (told["as_expected"], told["not_as_expected"], told["unreadable"]) == (1, 1, 1)
    assert told["messages"] == 3 and told["messages_per_second_and_core"] > 0
    root = etree.parse(str(junit)).getroot()
    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["3", "1", "1"]
    assert "R-EDM-REQ-S009" in page.read_text("utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["messages", "r.html", "r.xml"]


def test_excerpts_show_the_message_only_in_the_page_and_only_if_wanted(
    bridge: Cli, tmp_path: Path
) -> None:
    text = GOOD.read_text("utf-8").replace("<sdg:DateOfBirth>1988-04-17", "<sdg:DateOfBirth>Geheim")
    (tmp_path / "a.xml").write_text(text, "utf-8")
    page, junit = tmp_path / "r.html", tmp_path / "r.junit"
    words = ("conform", tmp_path / "a.xml", "--html", page, "--junit", junit)
    plain, as_json = bridge(*words), bridge(*words, "--json")
    assert "Geheim" in page.read_text("utf-8")
    for other in (plain.out, as_json.out, junit.read_text("utf-8")):
        assert "DateOfBirth" in other or other is plain.out
        assert "Geheim" not in other
    bridge(*words, "--no-excerpts")
    assert "Geheim" not in page.read_text("utf-8")
    assert "DateOfBirth" in page.read_text("utf-8")


def test_processes_judge_what_one_judges(folder: Path) -> None:
    for number in range(70):
        shutil.copy(folder / f"{'abc'[number % 3]}.xml", folder / f"{number:03}.xml")
    runs = [
        process("-m", "bridge", "conform", folder, SUITE, "--json", "--jobs", jobs).json
        for jobs in (1, 2)
    ]
    for run in runs:
        for outcome in run["outcomes"]:
            del outcome["seconds"]
    assert [run["jobs"] for run in runs] == [1, 2]
    assert runs[0]["outcomes"] == runs[1]["outcomes"]
    assert runs[0]["rules"] == runs[1]["rules"]


def test_no_hostile_document_gets_more_than_a_finding(bridge: Cli) -> None:
    told = bridge("conform", FIXTURES / "hostile", "--json").json
    documents = list((FIXTURES / "hostile").glob("*.xml"))
    assert len(told["outcomes"]) == told["messages"] == len(documents) > 50
    for outcome in told["outcomes"]:
        (message,) = outcome["messages"]
        assert message["verdict"] == "valid" or message["findings"]


def test_the_time_and_the_environment_may_be_given(bridge: Cli) -> None:
    told = bridge("conform", GOOD, "--now", "2020-01-01T00:00:00Z", "--json").json
    assert "BRIDGE-PLAUSIBLE-001" in {rule["id"] for rule in told["rules"]}
    told = bridge("conform", GOOD, "--environment", "acceptance", "--json").json
    assert "BRIDGE-PLAUSIBLE-005" in {rule["id"] for rule in told["rules"]}


def test_a_terminal_sees_how_far_it_is_and_stdout_stays_clean() -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bridge", "conform", str(SUITE), "--json"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "TERM": "xterm"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=theirs, env=environment
    ) as running:
        os.close(theirs)
        assert running.stdout is not None
        told = json.loads(running.stdout.read())
    seen = b""
    try:
        while chunk := os.read(ours, 65536):
            seen += chunk
    except OSError:
        pass  # the other end is closed
    os.close(ours)
    assert told["state"] == "as expected"
    assert b"judging" in seen
