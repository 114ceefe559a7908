"""Our rules beside the published ones in XPath 2.0, run by elementpath over messages and mutants.

Both sides share the numbers only. Where they differ, the reason is in `DIFFERENT`.
"""

from __future__ import annotations

import functools
import random
from pathlib import Path

import pytest
from lxml import etree

from bridge.resources import standards
from bridge.rules.engine import RuleEngine
from bridge.rules.table import load_rules
from tests.fixture_files import messages, name_of, versions
from tests.mutations import mutations
from tests.published_rules import fired, rules

KINDS = {
    "request": "QueryRequest",
    "response": "QueryResponse",
    "exception": "ExceptionResponse",
}
MUTANTS = 3
"""Mutants of each message, chosen by a fixed seed; the referee needs a tenth of a second each."""

DIFFERENT = {
    "double": "an element doubled where one is meant is a type error in XPath 2.0 and the first one "
    "in 1.0; the schema refuses it (EDM 9.5)",
    "stray": "text() beside a stray child is several nodes in XPath 2.0, an error there; we join "
    "the text (EDM 9.3)",
}
"""First word of the mutations after which the two sides may differ, and why."""


@functools.cache
def engine(version: str, kind: str) -> RuleEngine:
    return RuleEngine(load_rules(standards() / "edm" / version), kind)


def disagreement(root: etree._Element, version: str, kind: str) -> set[str]:
    judged = {row["id"] for row in rules(kind, version)}
    ours = {each.rule.id for each in engine(version, kind)(root)} & judged
    return ours ^ fired(root, kind, version)


def kind_of(path: Path) -> str:
    return KINDS[path.stem.partition("-")[0]]


@pytest.mark.parametrize("path", messages("edm"), ids=name_of)
def test_both_sides_give_the_same_verdict_on_a_message(path: Path) -> None:
    root = etree.fromstring(path.read_bytes())
    assert disagreement(root, path.parent.name, kind_of(path)) == set()


@pytest.mark.parametrize("version", versions("edm"))
def test_both_sides_give_the_same_verdict_on_mutants(version: str) -> None:
    chance = random.Random(20260302)
    found = []
    for path in messages("edm", version):
        mutants = list(mutations(etree.fromstring(path.read_bytes())))
        for name, mutant in chance.sample(mutants, MUTANTS):
            if name.split()[0] in DIFFERENT:
                continue
            root = etree.fromstring(etree.tostring(mutant))
            differing = disagreement(root, version, kind_of(path))
            found += [f"{path.stem}: {name}: {rule}" for rule in sorted(differing)]
    assert found == []


def test_the_referee_sees_what_we_do_not_when_a_value_is_doubled() -> None:
    """The difference is real: without it `DIFFERENT` would be an excuse."""
    (path,) = messages("edm", "2.0", "request-second")
    root = etree.fromstring(path.read_bytes())
    namespaces = {"rim": "urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0"}
    place = "rim:Slot[@name='ReturnLocation']/rim:SlotValue"
    (slot,) = root.xpath(place, namespaces=namespaces)
    slot.append(etree.fromstring(etree.tostring(slot[0])))
    assert disagreement(root, "2.0", "QueryRequest") == {"R-EDM-REQ-C120"}
