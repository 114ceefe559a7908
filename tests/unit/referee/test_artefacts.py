"""Which of a publisher's files are rules, and which messages they are meant for."""

from __future__ import annotations

import pytest

from bridge.referee.artefacts import Artefacts, RuleFile, Scope, rule_files, series
from tests.unit.referee.schemata import SCH, failing, rule, schema

ONE = Scope("edm-1", "Request", frozenset({"R-REQ-C", "R-REQ-S"}), "edm:v1", "urn:q")
TWO = Scope("edm-2", "Request", frozenset({"R-REQ-C", "R-REQ-S"}), "edm:v2", "urn:q")
ANSWER = Scope("edm-1", "Answer", frozenset({"R-RESP-C"}), "edm:v1", "urn:q")
NATIONAL = Scope("de-1", "0301", frozenset({"XN"}), "", "urn:de:1")
NATIONAL_NEXT = Scope("de-2", "0301", frozenset({"XN"}), "", "urn:de:2")
KNOWN = (ONE, TWO, ANSWER, NATIONAL, NATIONAL_NEXT)


def of(files: dict[str, bytes]) -> dict[str, RuleFile]:
    return {each.path: each for each in rule_files(Artefacts(files), KNOWN)}


def kinds(files: dict[str, bytes], path: str) -> list[str]:
    return sorted(f"{standard} {kind}" for standard, kind in of(files)[path].kinds)


@pytest.mark.parametrize(
    ("rule_id", "expected"),
    [
        ("R-EDM-REQ-C040", "R-EDM-REQ-C"),
        ("R-EDM-RESP-C044a", "R-EDM-RESP-C"),
        ("R-EDM-ebMS-001", "R-EDM-ebMS-"),
        ("RULE", "RULE"),
    ],
)
def test_the_series_of_an_id_is_what_stands_before_its_number(rule_id: str, expected: str) -> None:
    assert series(rule_id) == expected


def test_a_file_is_meant_for_the_kinds_that_know_its_ids() -> None:
    files = {"c.sch": schema(rule("a", failing("R-REQ-C099")))}
    assert kinds(files, "c.sch") == ["edm-1 Request", "edm-2 Request"]


def test_the_literal_of_a_version_narrows_it_for_the_whole_folder() -> None:
    literal = failing("R-REQ-C001", "Value = 'edm:v2'")
    files = {
        "v2/c.sch": schema(rule("a", literal)),
        "v2/s.sch": schema(rule("a", failing("R-REQ-S001"))),
        "v1/s.sch": schema(rule("a", failing("R-REQ-S001"))),
    }
    assert kinds(files, "v2/c.sch") == ["edm-2 Request"]
    assert kinds(files, "v2/s.sch") == ["edm-2 Request"]
    assert kinds(files, "v1/s.sch") == ["edm-1 Request", "edm-2 Request"]


def test_a_longer_literal_is_another_one() -> None:
    files = {"c.sch": schema(rule("a", failing("R-REQ-C001", "Value = 'x-edm:v2'")))}
    assert kinds(files, "c.sch") == ["edm-1 Request", "edm-2 Request"]


def test_where_nothing_is_declared_the_namespace_of_the_root_tells() -> None:
    body = '<ns prefix="n" uri="urn:de:2"/>' + rule("n:a", failing("XN001"))
    assert kinds({"x.sch": schema(body)}, "x.sch") == ["de-2 0301"]


def test_a_file_whose_ids_nobody_knows_is_meant_for_nothing() -> None:
    assert kinds({"x.sch": schema(rule("a", failing("R-DSD-C001")))}, "x.sch") == []


def test_a_part_that_others_include_is_no_file_of_its_own() -> None:
    files = {
        "main.sch": schema('<include href="part.sch"/>'),
        "part.sch": rule("a", failing("R-REQ-C001"))
        .replace("<pattern", f'<pattern xmlns="{SCH}"')
        .encode(),
    }
    assert list(of(files)) == ["main.sch"]
    assert kinds(files, "main.sch") == ["edm-1 Request", "edm-2 Request"]


def test_a_broken_file_is_told_and_the_others_are_used() -> None:
    files = {
        "broken.sch": b"<schema",
        "good.sch": schema(rule("a", failing("R-RESP-C001"))),
        "part.sch": schema('<include href="gone.sch"/>'),
    }
    found = of(files)
    faults = {path: each.fault for path, each in found.items() if each.fault}
    assert sorted(faults) == ["broken.sch", "part.sch"]
    assert faults["broken.sch"].where == "broken.sch"
    assert kinds(files, "good.sch") == ["edm-1 Answer"]


def test_compiled_forms_are_set_aside() -> None:
    artefacts = Artefacts({"a.sch": schema(""), "a.xsl": b"<x/>", "b/a.XSLT": b"<x/>"})
    assert artefacts.rules == ("a.sch",)
    assert artefacts.set_aside == ("a.xsl", "b/a.XSLT")
