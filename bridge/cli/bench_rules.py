"""The measures of the rules: against the schema check of the same tree, and against parsing."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Final

from lxml import etree

from bridge import resources
from bridge.cli.bench_core import Measure
from bridge.errors import LocalFault
from bridge.rules.check import Checker, Circumstances
from bridge.standards.catalogue import Catalogue
from bridge.xml.parse import parse

_BATCHES: Final = 40
_REQUEST: Final = "request-full.xml"


def measure_rules(seconds: float) -> Measure:
    """All rules of a request on a parsed tree, over the schema check of that tree."""
    octets, checker = _request()
    document = parse(octets)
    binding, shape = checker.catalogue.identify(document)
    engine = checker.engine(binding.standard, shape.kind)
    if engine is None:
        raise LocalFault("the request of the benchmark has no rules")
    schema = etree.XMLSchema(etree.parse(str(binding.schema)))
    mine, theirs = in_turns(
        lambda: engine(document.root), lambda: schema.validate(document.root), seconds
    )
    return _measure(f"{len(engine.rules)} rules of a request over its schema", mine, theirs, 6)


def measure_check(seconds: float) -> Measure:
    """The full check of a request from its octets, over parsing it."""
    octets, checker = _request()
    beside = Circumstances()
    mine, theirs = in_turns(lambda: checker(octets, beside), lambda: parse(octets), seconds)
    return _measure("full check of a request over its parse", mine, theirs, 10)


def _request() -> tuple[bytes, Checker]:
    """The newest full request that is shipped."""
    path = sorted(resources.fixtures().glob(f"edm/*/{_REQUEST}"))[-1]
    return path.read_bytes(), Checker(Catalogue(resources.standards()))


def _measure(name: str, mine: list[float], theirs: list[float], target: float) -> Measure:
    words = f"{median(mine) * 1e6:.0f} over {median(theirs) * 1e6:.0f} µs"
    return Measure(name, min(mine) * 1e6, min(theirs) * 1e6, "µs", target, words)


def in_turns(
    ours: Callable[[], object], floor: Callable[[], object], seconds: float
) -> tuple[list[float], list[float]]:
    """Seconds a call, batch by batch in turns, so that both meet the same machine."""
    mine: list[float] = []
    theirs: list[float] = []
    for work in (ours, floor):
        work()
    begin = time.perf_counter()
    ours()
    count = max(int(seconds / _BATCHES / (time.perf_counter() - begin) / 1.3), 1)
    for _ in range(_BATCHES):
        for work, into in ((ours, mine), (floor, theirs)):
            begin = time.perf_counter()
            for _ in range(count):
                work()
            into.append((time.perf_counter() - begin) / count)
    return mine, theirs


MEASURES: Final[dict[str, Callable[[float], Measure]]] = {
    "rules and schema": measure_rules,
    "a full check": measure_check,
}
