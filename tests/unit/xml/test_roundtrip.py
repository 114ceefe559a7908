"""Reader and writer are each other's inverse, for every kind of every version on disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from bridge.standards.catalogue import Catalogue
from bridge.xml.parse import parse
from tests.strategies import fields_of

ROOT = Path(__file__).resolve().parents[3]
CATALOGUE = Catalogue(ROOT / "xsd")
ANOTHER = Catalogue(ROOT / "xsd")
KINDS = [
    pytest.param(binding.standard, kind, id=f"{binding.standard}-{kind}")
    for binding in CATALOGUE.bindings()
    for kind in binding.messages
]
FIXTURES = sorted((ROOT / "fixtures").glob("*/*/*.xml"))
MESSAGES = [
    path
    for path in FIXTURES
    if f"{path.parent.parent.name}-{path.parent.name}" in CATALOGUE.standards
]
QUICK = settings(max_examples=50, suppress_health_check=list(HealthCheck))

_schemas: dict[str, etree.XMLSchema] = {}


def schema_of(standard: str) -> etree.XMLSchema:
    if standard not in _schemas:
        _schemas[standard] = etree.XMLSchema(etree.parse(CATALOGUE.binding(standard).schema))
    return _schemas[standard]


@pytest.mark.parametrize(("standard", "kind"), KINDS)
def test_what_is_written_is_read_back_the_same(standard: str, kind: str) -> None:
    shape = CATALOGUE.binding(standard).message(kind).shape

    @QUICK
    @given(fields_of(shape, wild=True))
    def holds(fields) -> None:
        message = CATALOGUE.message(standard, kind, fields)
        reading = CATALOGUE.read(parse(CATALOGUE.write(message)))
        assert reading.message == message
        assert reading.findings == ()

    holds()


@pytest.mark.parametrize(("standard", "kind"), KINDS)
def test_what_is_written_is_valid_and_the_same_each_time(standard: str, kind: str) -> None:
    shape = CATALOGUE.binding(standard).message(kind).shape
    schema = schema_of(standard)

    @QUICK
    @given(fields_of(shape))
    def holds(fields) -> None:
        message = CATALOGUE.message(standard, kind, fields)
        octets = CATALOGUE.write(message)
        schema.assertValid(etree.fromstring(octets))
        assert ANOTHER.write(message) == octets
        assert CATALOGUE.write(CATALOGUE.read(parse(octets)).message) == octets

    holds()


@pytest.mark.parametrize(("standard", "kind"), KINDS)
def test_the_order_in_which_fields_are_given_does_not_matter(standard: str, kind: str) -> None:
    shape = CATALOGUE.binding(standard).message(kind).shape

    @settings(max_examples=10, suppress_health_check=list(HealthCheck))
    @given(fields_of(shape), st.randoms(use_true_random=False))
    def holds(fields, random) -> None:
        shuffled = type(fields)(random.sample(list(fields.items()), len(fields)))
        written = [
            CATALOGUE.write(CATALOGUE.message(standard, kind, f)) for f in (fields, shuffled)
        ]
        assert written[0] == written[1]

    holds()


@pytest.mark.parametrize("path", MESSAGES, ids=lambda p: "/".join(p.parts[-3:]))
def test_a_shipped_message_is_canonical(path: Path) -> None:
    octets = path.read_bytes()
    assert CATALOGUE.write(CATALOGUE.read(parse(octets)).message) == octets
