"""`bridge bench core` measures ratios; no test judges a time."""

from __future__ import annotations

from tests.scenario.cli import Cli


def test_every_measure_stands_beside_its_floor_and_target(bridge: Cli) -> None:
    ran = bridge("bench", "core", "--seconds", "0.1", "--json")
    assert ran.code == 0
    measures = ran.json["measures"]
    assert [measure["target"] for measure in measures] == [6, 3, 3]
    for measure in measures:
        assert measure["ours"] > 0 and measure["floor"] > 0
        assert measure["met"] is (measure["ours"] / measure["floor"] <= measure["target"])


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
