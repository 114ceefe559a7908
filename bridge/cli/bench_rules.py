"""The measures of the rules: against the schema check, against parsing, and against SaxonC.

Both sides take turns in one process. SaxonC runs our own rows, composed as Schematron in XPath 2.0
and compiled by ``bridge.referee``; it has the parsed document already, as our rows have. Before
anything is timed both must find the same rows broken.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Collection
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from lxml import etree

from bridge import resources
from bridge.cli.bench_core import MEGABYTE, Measure, Unmeasured, peak, python
from bridge.errors import LocalFault
from bridge.rules.check import Checker, Circumstances
from bridge.rules.engine import Broken, RuleEngine
from bridge.rules.table import RuleTable
from bridge.standards.catalogue import Catalogue
from bridge.xml.parse import Document, parse

if TYPE_CHECKING:
    from bridge.referee.saxon import Transform

_BATCHES: Final = 40
_REQUEST: Final = "request-full.xml"
_WARM: Final = 200
"""Runs of SaxonC before it is timed; it gets faster for so long."""
_TURNS: Final = 10
_FAILED: Final = "{http://purl.oclc.org/dsdl/svrl}failed-assert"
_MESSAGES: Final = 1000
_AT_LEAST: Final = 700
_GROWTH: Final = 1.1


def measure_rules(seconds: float) -> Measure:
    """All rules of a request on a parsed tree, over the schema check of that tree."""
    document, checker, engine, _ = _engine()
    binding, _ = checker.catalogue.identify(document)
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


def measure_saxon(seconds: float) -> Measure | Unmeasured:
    """All rules of a request on a parsed tree, over the same rows in SaxonC."""
    from bridge.referee import saxon

    document, _, engine, table = _engine()
    name = f"{len(engine.rules)} rules of a request over SaxonC"
    if not saxon.available():
        return Unmeasured(name, "SaxonC is missing: pip install 'bridge[referee]'")
    octets, _ = _request()
    transform, tree = schematron(table, engine.kind), saxon.parsed(octets)
    agree(transform.run(tree), engine(document.root))
    for _ in range(_WARM):
        transform.run(tree)
    mine, theirs = in_turns(
        lambda: engine(document.root), lambda: transform.run(tree), seconds, turns=_TURNS
    )
    return _measure(name, mine, theirs, 0.2)


def schematron(table: RuleTable, kind: str) -> Transform:
    """Our rows as Schematron, compiled for SaxonC. Raises ``SettingsFault`` without SaxonC."""
    from bridge.referee.compose import compose
    from bridge.referee.saxon import compile_stylesheet
    from bridge.referee.schematron import compile_schematron

    # Without texts, as ours: number, id and place only.
    return compile_stylesheet(compile_schematron(compose(table, kind), texts=False))


def agree(told: str, ours: Collection[Broken]) -> None:
    """Raise ``LocalFault`` unless a report of SaxonC (SVRL) names the rows that ours found."""
    theirs = [str(row.get("id")) for row in etree.fromstring(told.encode()).iter(_FAILED)]
    if sorted(theirs) != sorted(each.rule.id for each in ours):
        raise LocalFault("SaxonC and our rules do not agree on the request of the benchmark")


def measure_conform(_seconds: float) -> Measure:
    """The time that ``bridge conform`` takes for a message, over the longest allowed."""
    rate, _ = _conform(_MESSAGES)
    return Measure(
        f"bridge conform, {_MESSAGES} messages, each",
        1000 / rate,
        1000 / _AT_LEAST,
        "ms",
        1,
        f"{rate:.0f} a second and core, at least {_AT_LEAST}",
    )


def measure_conform_memory(_seconds: float) -> Measure:
    """Peak memory of ``bridge conform`` over many messages, over that of a quarter of them."""
    _, few = _conform(_MESSAGES)
    _, many = _conform(4 * _MESSAGES)
    name = f"bridge conform, memory, {4 * _MESSAGES} messages over {_MESSAGES}"
    return Measure(name, many / MEGABYTE, few / MEGABYTE, "MB", _GROWTH, "peak of a process")


def _conform(count: int) -> tuple[float, int]:
    """Messages a second and core, and the peak in octets, of a process that judges so many."""
    root = resources.fixtures()
    shipped = sorted([*root.glob("edm/*/*.xml"), *root.glob("xnachweis/*/*.xml")])
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(islice(cycle(shipped), count)):
            shutil.copyfile(path, Path(folder, f"{number:05}.xml"))
        rate, most = json.loads(python("-m", __name__, folder).stdout)
    return float(rate), int(most)


def conform(folder: str) -> tuple[float, int]:
    """Judge all messages of a folder in this process; rate and peak as the run reports them."""
    from bridge.cli.conform_run import Setup, perform, plan

    setup = Setup(resources.standards(), resources.mappings())
    todo = plan([folder], Catalogue(setup.standards).standards)
    run = perform([folder], setup, 1, lambda _: None, todo)
    return run.per_second_and_core, peak()


def _request() -> tuple[bytes, Checker]:
    """The newest full request that is shipped."""
    path = sorted(resources.fixtures().glob(f"edm/*/{_REQUEST}"))[-1]
    return path.read_bytes(), Checker(Catalogue(resources.standards()))


def _engine() -> tuple[Document, Checker, RuleEngine, RuleTable]:
    """The request, parsed, and its rules, compiled."""
    octets, checker = _request()
    document = parse(octets)
    binding, shape = checker.catalogue.identify(document)
    engine = checker.engine(binding.standard, shape.kind)
    table = checker.table(binding.standard)
    if engine is None or table is None:
        raise LocalFault("the request of the benchmark has no rules")
    return document, checker, engine, table


def _measure(name: str, mine: list[float], theirs: list[float], target: float) -> Measure:
    words = f"{median(mine) * 1e6:.0f} over {median(theirs) * 1e6:.0f} µs"
    return Measure(name, min(mine) * 1e6, min(theirs) * 1e6, "µs", target, words)


def in_turns(
    ours: Callable[[], object], floor: Callable[[], object], seconds: float, turns: int = _BATCHES
) -> tuple[list[float], list[float]]:
    """Seconds a call, batch by batch in turns, so that both meet the same machine."""
    mine: list[float] = []
    theirs: list[float] = []
    for work in (ours, floor):
        work()
    begin = time.perf_counter()
    ours()
    floor()
    count = max(int(seconds / turns / (time.perf_counter() - begin)), 1)
    for _ in range(turns):
        for work, into in ((ours, mine), (floor, theirs)):
            begin = time.perf_counter()
            for _ in range(count):
                work()
            into.append((time.perf_counter() - begin) / count)
    return mine, theirs


MEASURES: Final[dict[str, Callable[[float], Measure | Unmeasured]]] = {
    "rules and schema": measure_rules,
    "a full check": measure_check,
    "rules and SaxonC": measure_saxon,
    "a conformance run": measure_conform,
    "its memory": measure_conform_memory,
}

if __name__ == "__main__":
    print(json.dumps(conform(sys.argv[1])))
