"""`bridge`: help, wrong use, errors for people, what it costs to start, and its reference page."""

from __future__ import annotations

import tomllib

import pytest

from bridge.cli import check, tables
from bridge.cli.main import COMMANDS, main
from bridge.cli.reference import reference
from tests.scenario.cli import FIXTURES, REPOSITORY, Cli, process

REQUEST = FIXTURES / "edm" / "1.2" / "request-full.xml"
COMMAND_LINES = [
    *([name] for name in COMMANDS),
    *(["tables", each.name] for module in tables.MODULES for each in module.ACTIONS),
    ["seal", "sign"],
    ["seal", "verify"],
]


@pytest.mark.parametrize("words", COMMAND_LINES, ids=" ".join)
def test_the_help_of_every_command_has_an_example(bridge: Cli, words: list[str]) -> None:
    ran = bridge(*words, "--help")
    assert ran.code == 0
    assert f"bridge {' '.join(words)}" in ran.out.split("\nexample")[1]


def test_the_help_of_the_group_names_every_command(bridge: Cli) -> None:
    ran = bridge("--help")
    assert ran.code == 0
    assert [name for name in COMMANDS if name not in ran.out] == []


def test_the_version_is_that_of_the_package(bridge: Cli) -> None:
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
    assert bridge("--version").out == f"bridge {version}\n"


WRONG_USE = {
    "no command": [],
    "an unknown command": ["chekc"],
    "no file": ["check"],
    "an unknown option": ["check", "--jsno", "a.xml"],
    "no target": ["translate", "a.xml"],
    "a version nobody knows": ["translate", str(REQUEST), "--to", "edm-0.9"],
    "a family that is no message": ["translate", str(REQUEST), "--to", "vehicle-registration-eu-1.0"],
    "a kind nobody knows": ["translate", str(REQUEST), "--to", "xnachweis-1.4", "--message", "0301"],
    "an evidence type nobody knows": ["translate", str(REQUEST), "--to", "xnachweis-1.4", "--table", "x"],
    "a time that is none": ["translate", str(REQUEST), "--to", "xnachweis-1.4", "--now", "noon"],
    "a context that is not there": ["translate", str(REQUEST), "--to", "xnachweis-1.4", "--context", "nowhere.toml"],
    "a folder without standards": ["check", "--standards", "docs", str(REQUEST)],
    "a folder that is not there": ["tables", "check", "nowhere"],
    "a table nobody knows": ["tables", "show", "fule"],
    "an action nobody knows": ["tables", "sohw"],
    "a trust that is no certificate": ["seal", "verify", str(REQUEST), "--trust", str(REQUEST)],
}  # fmt: skip


@pytest.mark.parametrize("words", WRONG_USE.values(), ids=WRONG_USE)
def test_wrong_use_ends_with_2_and_one_paragraph(
    bridge: Cli, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)
    ran = bridge(*words)
    assert ran.code == 2
    assert ran.out == ""
    assert "Traceback" not in ran.err
    assert not words or len(ran.err.splitlines()) == 1


def test_a_misspelt_name_is_answered_with_the_nearest_right_one(bridge: Cli) -> None:
    assert "did you mean 'fuel'?" in bridge("tables", "show", "fule").err
    wrong = bridge("translate", REQUEST, "--to", "xnachweis-1.5").err
    assert "did you mean 'xnachweis-1.4'?" in wrong


def test_a_fault_of_ours_is_one_sentence_and_a_traceback_only_on_demand(
    bridge: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret value")

    monkeypatch.setattr(check, "judge", broken)
    ran = bridge("check", REQUEST)
    assert ran.code == 1
    assert "ZeroDivisionError" in ran.err and "--debug" in ran.err
    assert "secret value" not in ran.err and "Traceback" not in ran.err
    with pytest.raises(ZeroDivisionError):
        main(["check", str(REQUEST), "--debug"])


HEAVY = ("pydantic", "rich", "xmlschema", "signxml", "cryptography", "aiohttp")


def test_check_imports_nothing_that_it_does_not_need() -> None:
    code = (
        "import sys; from bridge.cli.main import main; main(sys.argv[1:]);"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    assert process("-c", code, "check", REQUEST).out.splitlines()[-1] == "[]"


def test_the_package_runs_as_a_module_and_reads_stdin() -> None:
    ran = process("-m", "bridge", "check", "-", stdin=REQUEST.read_bytes())
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("-: valid (QueryRequest, ")


def test_a_reader_that_leaves_early_is_no_error() -> None:
    code = (
        "import subprocess, sys;"
        "show = subprocess.Popen([sys.executable, '-m', 'bridge', 'show', sys.argv[1]],"
        " stdout=subprocess.PIPE, stderr=subprocess.PIPE);"
        "show.stdout.close(); print(show.stderr.read().decode(), show.wait())"
    )
    ran = process("-c", code, REQUEST)
    assert "Traceback" not in ran.out and "BrokenPipe" not in ran.out


def test_letters_that_the_terminal_cannot_show_do_not_stop_the_command() -> None:
    ran = process("-m", "bridge", "show", REQUEST, PYTHONIOENCODING="ascii")
    assert ran.code == 0
    assert "\\x" in ran.out


def test_the_reference_page_is_what_the_parsers_say() -> None:
    page = (REPOSITORY / "docs" / "cli.md").read_text("utf-8")
    assert page == reference(), "run: python -m bridge.cli.reference > docs/cli.md"
