from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridge import resources
from bridge.cli.bench import row
from bridge.cli.bench_core import Measure, Unmeasured
from bridge.cli.bench_rules import agree, conform, in_turns, schematron
from bridge.errors import LocalFault
from bridge.referee import saxon
from bridge.rules.check import Checker
from bridge.rules.engine import RuleEngine
from bridge.standards.catalogue import Catalogue
from bridge.xml.parse import parse

FIXTURES = resources.fixtures()
REQUEST = sorted(FIXTURES.glob("edm/*/request-small.xml"))[-1]


def test_a_measure_that_cannot_be_taken_says_why() -> None:
    cells = row(Unmeasured("rules over SaxonC", "SaxonC is missing"))
    assert cells == ("rules over SaxonC", "not measured", "", "", "", "SaxonC is missing")
    assert Unmeasured("a", "b").as_json() == {"name": "a", "measured": False, "why": "b"}


@pytest.mark.parametrize(("ours", "style"), [(5.0, "good"), (7.0, "bad")])
def test_a_ratio_is_marked_by_its_target(ours: float, style: str) -> None:
    cells = row(Measure("a", ours, 1.0, "µs", 6, "in words"))
    assert cells[1:3] == (f"{ours:.3f} µs", "1.000 µs")
    assert getattr(cells[3], "style", "") == style
    assert cells[4] == "at most 6"


def test_both_sides_take_turns_and_are_timed_alike() -> None:
    heard: list[str] = []
    mine, theirs = in_turns(lambda: heard.append("a"), lambda: heard.append("b"), 0.0, turns=3)
    assert len(mine) == len(theirs) == 3
    assert "".join(heard[-6:]) == "ababab"


@pytest.mark.skipif(not saxon.available(), reason="SaxonC is not installed")
@pytest.mark.parametrize("broken", [False, True], ids=["the same rows", "another row"])
def test_saxon_is_timed_only_if_it_gives_our_verdict(broken: bool) -> None:
    octets = REQUEST.read_bytes()
    document, checker = parse(octets), Checker(Catalogue(resources.standards()))
    binding, shape = checker.catalogue.identify(document)
    table = checker.table(binding.standard)
    assert table is not None
    first = next(rule for rule in table.rules if rule.applies_to(shape.kind))
    few = replace(table, rules=(first,))
    other = replace(table, rules=(replace(first, test="false()"),)) if broken else few
    told = schematron(other, shape.kind).run(saxon.parsed(octets))
    ours = RuleEngine(few, shape.kind)(document.root)
    if broken:
        with pytest.raises(LocalFault, match="do not agree"):
            agree(told, ours)
    else:
        agree(told, ours)


def test_a_run_tells_its_rate_and_its_peak(tmp_path: Path) -> None:
    (tmp_path / "request.xml").write_bytes(REQUEST.read_bytes())
    rate, peak = conform(str(tmp_path))
    assert rate > 0 and peak > 1_000_000
