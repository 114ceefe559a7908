"""What surrounds a run: finding what to judge, portions, watching."""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bridge.cli.conform import _again, _write, configure, snapshot, watch
from bridge.cli.conform_run import EACH, Setup, _fitting, _portions, perform, plan
from bridge.cli.intake import Given
from bridge.cli.output import Output
from bridge.errors import DataFileFault, LocalFault
from bridge.resources import fixtures, mappings, standards
from bridge.standards.catalogue import Catalogue

FIXTURES = fixtures()
STANDARDS = Catalogue(standards()).standards
CASE = 'input = "a.xml"\n[expected]\nverdict = "valid"\n'


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    """A folder with two messages."""
    for name in ("a", "b"):
        shutil.copy(FIXTURES / "edm" / "1.2" / "request-small.xml", tmp_path / f"{name}.xml")
    return tmp_path


def arguments(*words: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    configure(parser)
    return parser.parse_args([str(word) for word in words])


# --- watching -----------------------------------------------------------------


def watched(changes: list[Callable[[], object]], look: Callable[[], object]) -> tuple[int, int]:
    """Watch while a change is made at every wait; give the code and how often it was worked."""
    runs: list[int] = []
    waiting = iter(changes)

    def work() -> int:
        runs.append(len(runs))
        return len(runs)

    def wait() -> bool:
        change = next(waiting, None)
        if change is not None:
            change()
        return change is not None

    return watch(work, look, wait), len(runs)


def test_it_runs_again_after_a_change_and_only_then(messages: Path) -> None:
    told = arguments(messages)
    changes: list[Callable[[], object]] = [
        lambda: None,
        lambda: (messages / "c.xml").write_text("<a/>"),
        lambda: None,
        lambda: (messages / "c.xml").unlink(),
        lambda: os.utime(messages / "a.xml", (1, 1)),
    ]
    assert watched(changes, lambda: snapshot(told)) == (4, 4)


def test_a_change_while_it_runs_is_not_missed() -> None:
    seen = iter([0, 1, 1, 1, 1])
    assert watched([], lambda: next(seen)) == (2, 2)


def test_it_sees_rules_mappings_and_files_beside_a_case(messages: Path, tmp_path: Path) -> None:
    suite, data = tmp_path / "suite", tmp_path / "data"
    suite.mkdir()
    shutil.copytree(standards() / "edm" / "1.2", data / "xsd" / "edm" / "1.2")
    (data / "mappings").mkdir()
    (suite / "a.case.toml").write_text(CASE.replace("a.xml", "../a.xml"))
    told = arguments(suite, "--standards", data / "xsd", "--mappings", data / "mappings")
    before = snapshot(told)
    for path in (
        messages / "a.xml",
        data / "xsd" / "edm" / "1.2" / "binding.toml",
        data / "mappings" / "x.toml",
    ):
        path.write_text(path.read_text() + " " if path.exists() else "")
        after = snapshot(told)
        assert after != before
        before = after
    (messages / "b.xml").write_text("beside the suite, and named by no case")
    assert snapshot(told) == before


def test_reports_that_it_writes_itself_are_no_change(messages: Path) -> None:
    told = arguments(messages, "--html", messages / "r.html", "--junit", messages / "j.xml")
    before = snapshot(told)
    (messages / "r.html").write_text("x")
    (messages / "j.xml").write_text("x")
    assert snapshot(told) == before


# --- what is judged -----------------------------------------------------------


def test_without_a_case_every_message_is_judged(messages: Path) -> None:
    found = plan([str(messages)], STANDARDS)
    assert [Path(item.name).name for item in found.items if isinstance(item, Given)] == [
        "a.xml",
        "b.xml",
    ]
    assert (found.count, found.notes) == (2, ())


def test_with_a_case_only_cases_are_judged_and_the_rest_is_told(messages: Path) -> None:
    (messages / "x.case.toml").write_text(CASE)
    (messages / "y.caze.toml").write_text(CASE)
    found = plan([str(messages)], STANDARDS)
    assert found.count == 1
    assert found.notes == (
        f"{messages}: TOML files that are no cases (*.case.toml): 1",
        f"{messages}: messages and archives that no case names, not judged: 1",
    )


def test_several_paths_are_judged_in_their_order(messages: Path) -> None:
    (messages / "x.case.toml").write_text(CASE)
    found = plan([str(messages / "b.xml"), str(messages), "-"], STANDARDS)
    assert found.count == 3


def test_how_many_an_archive_holds_is_not_known(messages: Path) -> None:
    (messages / "c.zip").write_bytes(b"PK\x03\x04")
    assert plan([str(messages)], STANDARDS).count is None
    assert plan([str(messages / "c.zip")], STANDARDS).count is None


# --- portions and processes ---------------------------------------------------


def test_a_portion_is_full_by_number_or_by_octets() -> None:
    small = [Given(str(number), b"x") for number in range(70)]
    assert [len(portion) for portion in _portions(small)] == [32, 32, 6]
    large = [Given(str(number), bytes(3 << 20)) for number in range(5)]
    assert [len(portion) for portion in _portions(large)] == [2, 2, 1]
    assert list(_portions([])) == []


@pytest.mark.parametrize(
    ("count", "most"), [(0, 1), (1, 1), (EACH, 1), (2 * EACH, 2), (1000 * EACH, 1000)]
)
def test_processes_are_started_only_where_they_pay(count: int, most: int) -> None:
    assert 1 <= _fitting(count) <= most


@pytest.mark.parametrize("jobs", [1, 2])
def test_messages_are_read_while_others_are_judged(messages: Path, jobs: int) -> None:
    octets = (messages / "a.xml").read_bytes()
    drawn = done = ahead = 0

    def items():
        nonlocal drawn
        for number in range(20 * 32):
            drawn += 1
            yield Given(str(number), octets)

    def told(count: int) -> None:
        nonlocal done, ahead
        done += count
        ahead = max(ahead, drawn - done)

    todo = plan([], STANDARDS)
    many = type(todo)(items(), None, (), ())
    run = perform(["x"], Setup(standards(), mappings()), jobs, told, many)
    assert (run.tally.cases, done, run.jobs) == (640, 640, jobs)
    assert ahead <= (3 * jobs + 1) * 32
    assert [outcome.name for outcome in run.outcomes] == [str(n) for n in range(640)]
    assert run.cpu_seconds > 0


class Bomb:
    """Ends the process that unpacks it."""

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (1,)


def test_a_process_that_dies_ends_the_run_with_a_reason() -> None:
    todo = plan([], STANDARDS)
    bombs = type(todo)([Bomb()], 1, (), ())  # type: ignore[list-item]
    with pytest.raises(LocalFault, match="try fewer processes"):
        perform(["x"], Setup(standards(), mappings()), 2, lambda _: None, bombs)


def test_while_it_watches_a_broken_data_file_is_told_and_survived(
    messages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(standards() / "edm" / "1.2", tmp_path / "xsd" / "edm" / "1.2")
    rules = tmp_path / "xsd" / "edm" / "1.2" / "rules.toml"
    good = rules.read_text("utf-8")
    told = arguments(messages, "--standards", tmp_path / "xsd")
    assert _again(told, Output(fancy=False)) == 0
    rules.write_text("[[rule]]\n", "utf-8")
    assert _again(told, Output(fancy=False)) == 1
    rules.write_text(good, "utf-8")
    assert _again(told, Output(fancy=False)) == 0
    said = capsys.readouterr().err
    assert said.count("waiting for a change") == 3
    assert "rules.toml" in said


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_broken_data_file_is_told_whoever_loads_it(
    messages: Path, tmp_path: Path, jobs: int
) -> None:
    shutil.copytree(standards() / "edm" / "1.2", tmp_path / "xsd" / "edm" / "1.2")
    rules = tmp_path / "xsd" / "edm" / "1.2" / "rules.toml"
    rules.write_text("unknown = 1\n", "utf-8")
    setup = Setup(tmp_path / "xsd", mappings())
    with pytest.raises(DataFileFault) as caught:
        perform(["x"], setup, jobs, lambda _: None, plan([str(messages)], STANDARDS))
    assert caught.value.where == str(rules)
    assert "unknown key 'unknown'" in caught.value.what


def test_a_report_of_an_earlier_run_is_no_message(messages: Path) -> None:
    report = messages / "junit.xml"
    report.write_text("<testsuites/>")
    told = plan([str(messages)], STANDARDS, [report])
    assert ([Path(each.name).name for each in told.items], told.count) == (["a.xml", "b.xml"], 2)
    assert plan([str(messages)], STANDARDS).count == 3
    (messages / "case.toml").write_text(CASE)
    assert "not judged: 1" in plan([str(messages)], STANDARDS, [report]).notes[0]


def test_a_report_goes_through_a_link_and_into_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    _write(tmp_path / "link", ["a", "b"])
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "ab"
    os.mkfifo(tmp_path / "pipe")
    with ThreadPoolExecutor(1) as other:
        read = other.submit((tmp_path / "pipe").read_text)
        _write(tmp_path / "pipe", ["c", "d"])
        assert read.result(10) == "cd"
    assert (tmp_path / "pipe").is_fifo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link", "pipe"]
