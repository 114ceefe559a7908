from __future__ import annotations

import json
from typing import Any

import pytest

from bridge.cli.sarif import sarif
from bridge.finding import Finding, Severity
from bridge.resources import standards
from bridge.rules.table import load_rules

RULE = load_rules(standards() / "edm" / "2.0").rule("R-EDM-REQ-S005")
assert RULE is not None
BROKEN = Finding(RULE.id, Severity.FATAL, "/query:QueryRequest", RULE.text["en"], 2)
SCHEMA = Finding("XSD", Severity.FATAL, "/a/rim:Slot[3]/@name", "a mandatory attribute is missing")
NOTE = Finding("XML-BOM", Severity.INFO, "/", "a byte order mark stands before the document", 1)
FILES = [("in/a b.xml", [BROKEN, SCHEMA]), ("./c.xml", [BROKEN, NOTE]), ("-", [])]

# The part of the published schema that we fill, written by hand: type, or a mapping of keys to
# their shape ("?" after a key: may be absent), or a list with the shape of its items.
LEVEL = {"none", "note", "warning", "error"}
TEXT = {"text": str}
DESCRIPTOR = {
    "id": str,
    "shortDescription": TEXT,
    "fullDescription?": TEXT,
    "help?": TEXT,
    "helpUri?": str,
    "defaultConfiguration?": {"level": LEVEL},
    "properties?": {"stage": str, "chapter": str},
}
LOCATION = {
    "physicalLocation": {
        "artifactLocation": {"uri": str, "index": int},
        "region?": {"startLine": int},
    },
    "logicalLocations?": [{"fullyQualifiedName": str, "kind": {"element", "attribute"}}],
}
LOG = {
    "$schema": str,
    "version": {"2.1.0"},
    "runs": [
        {
            "tool": {
                "driver": {
                    "name": str,
                    "version": str,
                    "semanticVersion?": str,
                    "rules": [DESCRIPTOR],
                }
            },
            "language": {"en-US", "de-DE"},
            "artifacts": [{"location": {"uri": str}}],
            "results": [
                {
                    "ruleId": str,
                    "ruleIndex": int,
                    "level": LEVEL,
                    "message": TEXT,
                    "locations": [LOCATION],
                }
            ],
        }
    ],
}


def departures(value: Any, shape: Any, at: str = "") -> list[str]:
    """Where a value is not of a shape."""
    if isinstance(shape, type):
        return [] if type(value) is shape else [f"{at}: no {shape.__name__}"]
    if isinstance(shape, set):
        return [] if value in shape else [f"{at}: {value}"]
    if isinstance(shape, list):
        return [d for n, each in enumerate(value) for d in departures(each, shape[0], f"{at}/{n}")]
    keys = {key.rstrip("?"): inner for key, inner in shape.items()}
    needed = {key for key in shape if not key.endswith("?")}
    wrong = [f"{at}: {key}" for key in (value.keys() - keys.keys()) | (needed - value.keys())]
    return wrong + [
        d for key in value.keys() & keys for d in departures(value[key], keys[key], f"{at}/{key}")
    ]


def run_of(**how: Any) -> dict[str, Any]:
    return sarif(FILES, [RULE], "0.1.0", **how)["runs"][0]  # type: ignore[no-any-return]


@pytest.mark.parametrize("docs", ["", "https://example.org/rules.md"])
def test_the_log_has_the_published_structure(docs: str) -> None:
    assert departures(sarif(FILES, [RULE], "0.1.0", docs=docs), LOG) == []


@pytest.mark.parametrize(
    "broken", [{}, {**sarif([], [], "1"), "version": "2.0.0"}, {**sarif([], [], "1"), "more": 1}]
)
def test_a_log_of_another_structure_is_seen(broken: dict[str, Any]) -> None:
    assert departures(broken, LOG)


def test_results_point_at_their_rule_and_file() -> None:
    run = run_of()
    rules, files = run["tool"]["driver"]["rules"], run["artifacts"]
    assert len(run["results"]) == 4
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert files[artifact["index"]]["location"]["uri"] == artifact["uri"]


def test_rules_stand_once_in_order_also_those_without_a_row() -> None:
    assert [each["id"] for each in run_of()["tool"]["driver"]["rules"]] == [
        "R-EDM-REQ-S005",
        "XML-BOM",
        "XSD",
    ]


def test_severities_are_levels() -> None:
    assert [each["level"] for each in run_of()["results"]] == ["error", "error", "error", "note"]


def test_a_place_is_a_line_and_an_xpath() -> None:
    first, second = (each["locations"][0] for each in run_of()["results"][:2])
    assert first["physicalLocation"]["region"] == {"startLine": 2}
    assert first["logicalLocations"] == [
        {"fullyQualifiedName": "/query:QueryRequest", "kind": "element"}
    ]
    assert "region" not in second["physicalLocation"]
    assert second["logicalLocations"][0]["kind"] == "attribute"


FILE_NAMES = {
    "in/a b.xml": "in/a%20b.xml",
    "./c.xml": "c.xml",
    "-": "stdin",
    "captured.zip!/x.xml": "captured.zip!/x.xml",
    "/tmp/ä.xml": "file:///tmp/%C3%A4.xml",
    "in\\a.xml": "in/a.xml",
    "a:b.xml": "a%3Ab.xml",
}


@pytest.mark.parametrize(("file", "uri"), FILE_NAMES.items(), ids=FILE_NAMES)
def test_a_file_is_a_uri(file: str, uri: str) -> None:
    (artifact,) = sarif([(file, [])], [], "1")["runs"][0]["artifacts"]
    assert artifact["location"]["uri"] == uri


def test_a_rule_leads_to_its_section_of_the_published_page() -> None:
    (rule, *_) = run_of(docs="https://example.org/rules.md")["tool"]["driver"]["rules"]
    assert rule["helpUri"] == "https://example.org/rules.md#queryrequest"
    assert rule["help"]["text"].endswith("See docs/rules.md#queryrequest")
    assert rule["shortDescription"]["text"] == RULE.text["en"]  # type: ignore[union-attr]


def test_the_log_is_json() -> None:
    log = sarif(FILES, [RULE], "0.1.0", language="de")
    assert json.loads(json.dumps(log)) == log


def test_a_name_that_is_no_utf_8_is_quoted_by_its_octets() -> None:
    name = b"in/\xff\xc3\xa4.xml".decode("utf-8", "surrogateescape")
    log = sarif([(name, [BROKEN])], [RULE], "1.0")
    assert log["runs"][0]["artifacts"][0]["location"]["uri"] == "in/%FF%C3%A4.xml"
