"""`bridge bench tables` measures ratios; no test judges a time."""

from __future__ import annotations

from tests.scenario.cli import Cli


def test_the_measures_of_the_tables_stand_beside_their_targets(bridge: Cli) -> None:
    ran = bridge("bench", "tables", "--seconds", "0.1", "--json")
    assert ran.code == 0
    measures = ran.json["measures"]
    assert [measure["target"] for measure in measures] == [4, 1, 5]
    assert measures[0]["name"].startswith("200 leaves, 40 codes")
    for measure in measures:
        assert measure["ours"] > 0 and measure["floor"] > 0
        assert measure["met"] is (measure["ours"] / measure["floor"] <= measure["target"])
