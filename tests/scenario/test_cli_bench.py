"""`bridge bench` measures ratios; no test judges a time."""

from __future__ import annotations

from bridge.referee.saxon import available
from tests.scenario.cli import Cli


def test_every_measure_stands_beside_its_floor_and_target(bridge: Cli) -> None:
    ran = bridge("bench", "core", "--seconds", "0.1", "--json")
    assert ran.code == 0
    measures = ran.json["measures"]
    assert [measure["target"] for measure in measures] == [6, 3, 3]
    for measure in measures:
        assert measure["ours"] > 0 and measure["floor"] > 0
        assert measure["met"] is (measure["ours"] / measure["floor"] <= measure["target"])


def test_the_rules_stand_beside_schema_parse_saxon_and_the_rate_of_a_conformance_run(
    bridge: Cli,
) -> None:
    ran = bridge("bench", "rules", "--seconds", "0.1", "--json")
    assert ran.code == 0
    rules, check, saxon, conform, memory = ran.json["measures"]
    assert [each["target"] for each in (rules, check, conform, memory)] == [6, 10, 1, 1.1]
    for measure in (rules, check, conform, memory):
        assert measure["ours"] > 0 and measure["floor"] > 0
    if available():
        assert saxon["target"] == 0.2 and saxon["ours"] > 0
    else:
        assert saxon["measured"] is False and "pip install" in saxon["why"]


def test_people_see_a_table(bridge: Cli) -> None:
    ran = bridge("bench", "core", "--seconds", "0.1")
    assert ran.out.splitlines()[0].split() == [
        "measure",
        "ours",
        "floor",
        "ratio",
        "target",
        "medians",
    ]
    assert len(ran.out.splitlines()) == 4
