from __future__ import annotations

import os
from pathlib import Path

from bridge.conform.case import Case
from bridge.conform.suite import BrokenCase, load_suite, name_of
from tests.unit.conform.desks import STANDARDS, written

CASE = 'input = "request.xml"\n[expected]\nverdict = "valid"\n'


def test_a_suite_has_its_cases_in_the_order_of_their_files(tmp_path: Path) -> None:
    for folder in ("b", "a"):
        (tmp_path / folder).mkdir()
        written(tmp_path / folder, CASE, "case.toml")
    written(tmp_path, CASE, "z.case.toml")
    suite = load_suite(tmp_path, STANDARDS)
    assert [case.name for case in suite.cases] == ["z", "a", "b"]
    assert all(isinstance(case, Case) for case in suite.cases)


def test_a_broken_case_stands_in_its_place(tmp_path: Path) -> None:
    written(tmp_path, CASE, "a.case.toml")
    written(tmp_path, "input = 3", "b.case.toml")
    good, bad = load_suite(tmp_path, STANDARDS).cases
    assert isinstance(good, Case)
    assert isinstance(bad, BrokenCase)
    assert (bad.name, bad.fault.code) == ("b", "CASE")


def test_a_suite_may_be_one_case(tmp_path: Path) -> None:
    path = written(tmp_path, CASE)
    (case,) = load_suite(path, STANDARDS).cases
    assert case.name == "a"


def test_files_that_no_case_uses_are_counted_and_used_ones_are_not(tmp_path: Path) -> None:
    translation = (
        f'to = "{STANDARDS[-1]}"\nfile = "answer.xml"\nseed = "x"\nwith = ["world.toml"]\n'
    )
    (tmp_path / "world.toml").write_text("[settings]\n")
    (tmp_path / "a.caze.toml").write_text(CASE)
    written(
        tmp_path,
        'now = 2026-02-03T09:15:00Z\ninput = "request.xml"\n[expected.translation]\n' + translation,
    )
    assert load_suite(tmp_path, STANDARDS).others == 1


def test_a_case_is_named_by_its_path_or_its_folder() -> None:
    root = Path("suite")
    assert name_of(root / "x" / "y.case.toml", root) == "x/y"
    assert name_of(root / "x" / "case.toml", root) == "x"
    assert name_of(root / "case.toml", root) == "case"


def test_a_pipe_that_calls_itself_a_case_is_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.case.toml")
    assert load_suite(tmp_path, STANDARDS).cases == ()
