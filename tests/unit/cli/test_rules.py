"""`bridge rules`: every rule can be listed, found and read whole, in every version."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.cli.rules import _wrapped
from bridge.resources import standards
from bridge.rules.catalogue import load_all
from tests.scenario.cli import Cli

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def bridge(capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(capsys)


# --- list ---------------------------------------------------------------------


def test_every_rule_and_every_open_row_is_listed(bridge: Cli) -> None:
    rows = bridge("rules", "list", "--json").json["rules"]
    tables = load_all(standards())
    listed = {(row["family"], row["id"]) for row in rows if row["implemented"]}
    assert listed == {(table.family, rule.id) for table in tables for rule in table.rules}
    opened = {row["id"] for row in rows if not row["implemented"]}
    assert opened == {row.id for table in tables for row in table.open}


def test_rules_of_one_version_kind_and_severity(bridge: Cli) -> None:
    words = ("--standard", "edm-2.0", "--kind", "QueryRequest", "--severity", "warning")
    rows = bridge("rules", "list", *words, "--json").json["rules"]
    assert rows
    assert {row["severity"] for row in rows} == {"warning"}
    assert {row["message"] for row in rows} <= {"QueryRequest", None}
    assert {tuple(row["versions"]) for row in rows} == {("2.0",)}


@pytest.mark.parametrize("text", ["preview", "PREVIEW", "PreviewLocation", "Vorschau"])
def test_rules_with_a_text_in_either_language_or_in_their_test(bridge: Cli, text: str) -> None:
    rows = bridge("rules", "list", "--grep", text, "--json").json["rules"]
    assert 0 < len(rows) < 60


def test_the_list_for_people_is_grouped_and_counted(bridge: Cli) -> None:
    ran = bridge("rules", "list", "--standard", "ebms-3.0")
    assert ran.out.startswith("ebms, every message\nid ")
    assert "fatal (warning)" in ran.out
    assert "\nnot implemented\n" in ran.out
    (header,) = [table for table in load_all(standards()) if table.family == "ebms"]
    rules = len({rule.id for rule in header.rules})
    assert ran.out.endswith(f"\n{rules} rules, {len(header.open)} not implemented\n")


def test_nothing_found_is_said(bridge: Cli) -> None:
    ran = bridge("rules", "list", "--grep", "no rule says this")
    assert (ran.code, ran.out.strip()) == (0, "0 rules, 0 not implemented")


# --- show ---------------------------------------------------------------------


def test_a_rule_is_shown_in_each_of_its_forms_with_where_it_is_stated(bridge: Cli) -> None:
    forms = bridge("rules", "show", "R-EDM-REQ-C003", "--json").json["forms"]
    assert [form["versions"] for form in forms] == [["1.0"], ["1.1", "1.2"], ["2.0"]]
    first, second, _ = forms
    assert first["stated_in"][0].startswith("edm/1.0/rules.toml:")
    assert first["stated_in"][1:] == second["stated_in"]
    file, _, line = second["stated_in"][0].partition(":")
    text = (standards() / file).read_text("utf-8").splitlines()
    assert text[int(line) - 1 : int(line) + 1] == ["[[rule]]", 'id = "R-EDM-REQ-C003"']


def test_a_rule_for_people_has_texts_context_test_and_note(bridge: Cli) -> None:
    ran = bridge("rules", "show", "R-EDM-REQ-C003")
    assert ran.out.startswith("R-EDM-REQ-C003 in edm 1.0\n")
    assert "  inherited by  1.1\n" in ran.out
    assert "  changes    edm/1.2/rules.toml:" in ran.out
    for part in ("what holds", "was gilt", "context", "test", "note"):
        assert f"\n{part}\n  " in ran.out
    assert "\n  in-list(., 'Procedures') or . = '00'\n" in ran.out


def test_a_severity_in_what_others_send_is_shown(bridge: Cli) -> None:
    ran = bridge("rules", "show", "R-EDM-ebMS-?H1")
    assert "  severity             fatal\n  in what others send  warning\n" in ran.out


def test_rows_of_a_header_are_told_apart_by_their_span(bridge: Cli) -> None:
    forms = bridge("rules", "show", "R-EDM-ebMS-018", "--json").json["forms"]
    assert [form["versions"] for form in forms] == [["from 2.0"], ["to 1.2"]]
    assert len({form["stated_in"][0] for form in forms}) == 2


def test_a_rule_that_is_not_implemented_says_why(bridge: Cli) -> None:
    ran = bridge("rules", "show", "R-EDM-REQ-C112")
    assert ran.code == 0
    assert "not implemented" in ran.out and "not established" in ran.out


def test_ids_may_be_written_in_lower_case(bridge: Cli) -> None:
    assert bridge("rules", "show", "r-edm-req-c032").code == 0


NEAREST = {
    "a letter wrong": ("R-EDM-REQ-CO32", "R-EDM-REQ-C032"),
    "the begin only": ("R-EDM-ebMS-01", "Near are R-EDM-ebMS-017, R-EDM-ebMS-018, R-EDM-ebMS-019."),
    "nothing like it": ("zzz", "See 'bridge rules list'."),
}


@pytest.mark.parametrize(("rule", "told"), NEAREST.values(), ids=NEAREST.keys())
def test_an_unknown_id_names_the_nearest(bridge: Cli, rule: str, told: str) -> None:
    ran = bridge("rules", "show", rule)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--standard", "edm-3.0"), "there is no version with rules edm-3.0"),
        (("--kind", "QueryRequst"), "did you mean QueryRequest"),
        (("--standards", "docs"), "the folder holds no rules"),
    ],
)
def test_what_cannot_be_listed_is_wrong_use(bridge: Cli, words: tuple[str, ...], told: str) -> None:
    ran = bridge("rules", "list", *words)
    assert (ran.code, told in ran.err) == (2, True)


def test_an_expression_is_broken_where_a_blank_changes_nothing() -> None:
    text = "a:one/" * 20 + "b:two[@name='some text / that stays as it is, however long it gets']"
    lines = _wrapped(text)
    assert len(lines) > 1
    assert "'some text / that stays as it is, however long it gets'" in "".join(lines)
    assert all(len(line) <= 78 for line in lines)
    assert "".join(line.strip() for line in lines) == text


# --- docs ---------------------------------------------------------------------


def test_the_page_is_the_one_in_docs(bridge: Cli, tmp_path: Path) -> None:
    page = (ROOT / "docs/rules.md").read_text("utf-8")
    assert bridge("rules", "docs").out == page
    ran = bridge("rules", "docs", "-o", tmp_path / "new/rules.md")
    assert ran.code == 0
    assert (tmp_path / "new/rules.md").read_text("utf-8") == page
