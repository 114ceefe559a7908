"""Laws of the contents of evidence, judged on generated documents (NOOTS 3.3, 8.2, 9, 10).

Each table is tried in each direction on ``SHARDS * EXAMPLES`` documents drawn from its binding. A
shard is one test of about a second, so that a run may spread them. A failure names row and path.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from bridge.mapping.account import Account
from bridge.mapping.table import Row
from bridge.mapping.trial import Trial
from bridge.mapping.walk import Walk
from bridge.message import Group, group
from bridge.standards.binding import Binding
from bridge.xml.parse import parse
from tests.evidence_types import TYPES, fixture
from tests.fixture_files import CATALOGUE
from tests.mapping_worlds import PAYLOAD_ROUTES, SCHEMA, TABLES, bare_context, route_id
from tests.strategies import fields_of

SHARDS, EXAMPLES = 5, 40
LEAST = 200
"""Documents a table and direction is tried on at least in every run."""
TO_EU, TO_NATIONAL = "to-eu", "to-national"
NUMBERS = re.compile(r"\[\d*\]")
SMALL = settings(
    max_examples=EXAMPLES,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)


@dataclass(frozen=True)
class Road:
    """One table in one direction between two data models."""

    table: Any
    pair: Any
    direction: str
    source: str
    target: str

    def __repr__(self) -> str:
        return f"{self.table.id} {self.direction}"

    def back(self) -> Road:
        other = TO_EU if self.direction == TO_NATIONAL else TO_NATIONAL
        return Road(self.table, self.pair, other, self.target, self.source)

    @property
    def kind(self) -> str:
        """The kind of the source."""
        return str(self.pair.kinds[self.table.other(self.direction.removeprefix("to-"))])

    @property
    def rows(self) -> dict[str, Row]:
        """The rows by the names that the account gives them."""
        parts = self.table.parts.values()
        inner = {f"{part.id}.{row.id}": row for part in parts for row in part.row}
        return {row.id: row for row in self.table.rows} | inner

    @property
    def refused(self) -> set[str]:
        """The groups of the national side that stop a document."""
        return {
            str(row.path("national")).removesuffix("[]") for row in self.table.rows if row.refuse
        }

    def walk(self, fields: Group) -> tuple[Group, Account]:
        route = TABLES.route(self.table, self.pair, self.direction, self.source, self.target)
        walk = Walk(route, bare_context(), TABLES.shelf(self.target))
        message = CATALOGUE.message(self.source, self.kind, fields)
        return group(walk.run([message])), walk.account


ROADS = [Road(*route) for route in PAYLOAD_ROUTES]
IDS = [route_id(route) for route in PAYLOAD_ROUTES]
PLACES = [
    pytest.param(road, id=f"{name} shard {shard}")
    for road, name in zip(ROADS, IDS, strict=True)
    for shard in range(1, SHARDS + 1)
]


def octets_of(standard: str, kind: str, fields: Group) -> bytes:
    """The document, valid by its schema and read without a finding."""
    octets = CATALOGUE.write(CATALOGUE.message(standard, kind, fields))
    document = parse(octets)
    binding: Binding = CATALOGUE.binding(standard)
    assert SCHEMA(document, binding) == ()
    assert CATALOGUE.read(document).findings == ()
    return octets


def drawn(road: Road, data: st.DataObject) -> Group:
    """A valid document that the table does not refuse."""
    shape = CATALOGUE.binding(road.source).message(road.kind).shape
    fields = data.draw(fields_of(shape))
    assume(not road.refused & set(fields))
    octets_of(road.source, road.kind, fields)
    return fields


def values(fields: Group, paths: set[str] | None = None) -> Counter[tuple[str, Any]]:
    """Values by path without numbers: items of a list may close up."""
    leaves = [leaf for leaf in fields.leaves() if paths is None or leaf[0] in paths]
    return Counter((NUMBERS.sub("", path), value) for path, value in leaves)


def carried_whole(road: Road, fields: Group, there: Account, back: Account) -> set[str]:
    """The leaves that two-way rows carried, where neither account says that something was lost."""
    rows, source = road.rows, dict(fields.leaves())
    lost = {entry.path for entry in there.lost}
    lost_back = {entry.row for entry in back.lost}

    def returns(name: str, value: Any) -> bool:
        row = rows[name]
        if row.direction != "both" or name in lost_back:
            return False
        codes = TABLES.codes.get(row.codes)
        return codes is None or codes.two_way(str(value), road.direction, road.back().direction)

    return {
        entry.path
        for entry in there.mapped
        if entry.path not in lost and returns(entry.row, source[entry.path])
    }


def test_the_shards_make_enough_documents() -> None:
    assert SHARDS * EXAMPLES >= LEAST
    assert {road.direction for road in ROADS} == {TO_EU, TO_NATIONAL}
    assert {road.table.id for road in ROADS} == {f"{kind}.payload" for kind in TYPES}


@pytest.mark.parametrize("road", PLACES)
@SMALL
@given(data=st.data())
def test_a_valid_document_becomes_a_valid_one_and_what_two_way_rows_carry_comes_back(
    road: Road, data: st.DataObject
) -> None:
    fields = drawn(road, data)

    over, there = road.walk(fields)
    again, back = road.back().walk(over)

    assert there.findings == []
    octets = octets_of(road.target, road.back().kind, over)
    if road.direction == TO_EU:
        secrets = TABLES.guard.secrets([CATALOGUE.message(road.source, road.kind, fields)])
        assert not [secret for secret in secrets if secret.encode() in octets]
    else:
        assert [path for path, text in over.leaves() if TABLES.latin.repair(str(text))[1]] == []

    whole = carried_whole(road, fields, there, back)
    missing = values(fields, whole) - values(again)
    rows = {entry.path: entry.row for entry in there.mapped}
    assert not missing, {rows[p] for p in whole if (NUMBERS.sub("", p)) in {m[0] for m in missing}}


@pytest.mark.parametrize("road", ROADS, ids=IDS)
def test_the_trial_of_the_tables_finds_nothing(road: Road) -> None:
    trial = Trial(TABLES, road.table, road.pair, road.direction, road.source, road.target)
    assert list(trial.problems(LEAST)) == []


IDNR_SHAPED = "99000000008"
"""Made up; passes the form check of NOOTS 8.4."""


def free_texts(road: Road, fields: Group) -> list[str]:
    """The leaves of a national document whose words reach the EU as they are."""
    _over, account = road.walk(fields)
    copied = {name for name, row in road.rows.items() if row.convert in ("copy", "latin")}
    shape = CATALOGUE.binding(road.source).message(road.kind).shape
    kinds = {NUMBERS.sub("", path): field.of.kind for path, field in shape.leaf_paths()}
    return [
        entry.path
        for entry in account.mapped
        if entry.target
        and entry.row in copied
        and kinds[NUMBERS.sub("", entry.path)] in ("token", "text")
    ]


def with_value(value: Any, steps: list[str], new: str) -> Any:
    """Fields with one leaf replaced, found by its path in steps."""
    name, _, number = steps[0].partition("[")
    inner = value[name]
    if number:
        place = int(number.rstrip("]")) - 1
        item = with_value(inner[place], steps[1:], new) if steps[1:] else new
        changed: Any = (*inner[:place], item, *inner[place + 1 :])
    else:
        changed = with_value(inner, steps[1:], new) if steps[1:] else new
    return group({**value, name: changed})


@pytest.mark.parametrize("road", [road for road in ROADS if road.direction == TO_EU], ids=repr)
def test_a_number_of_the_form_of_an_idnr_in_any_free_text_stops_the_document(road: Road) -> None:
    kind = road.table.id.removesuffix(".payload")
    octets = fixture(kind, "national", "full").read_bytes()
    fields = CATALOGUE.read(parse(octets)).message.fields
    places = free_texts(road, fields)
    assert places
    for path in places:
        over, account = road.walk(with_value(fields, path.split("/"), IDNR_SHAPED))
        assert account.findings == []
        document = CATALOGUE.write(CATALOGUE.message(road.target, road.back().kind, over))
        found = TABLES.guard.inspect_document(
            "content", "application/xml", document, frozenset(), ours=True
        )
        assert [str(finding.severity) for finding in found] == ["fatal"], path


REFUSING = [
    (road, name) for road in ROADS if road.direction == TO_EU for name in sorted(road.refused)
]


@pytest.mark.parametrize(("road", "name"), REFUSING, ids=[f"{r.table.id} {n}" for r, n in REFUSING])
@SMALL
@given(data=st.data())
def test_a_document_with_a_group_that_stops_it_is_always_stopped(
    road: Road, name: str, data: st.DataObject
) -> None:
    shape = CATALOGUE.binding(road.source).message(road.kind).shape
    fields = data.draw(fields_of(shape))
    assume(name in fields)

    _over, account = road.walk(fields)

    rules = {row.refuse for row in road.table.rows if row.path("national") in (name, f"{name}[]")}
    assert {str(finding.severity) for finding in account.findings} == {"fatal"}
    assert {finding.id for finding in account.findings} == rules


@pytest.mark.parametrize("size", ["small", "full"])
@pytest.mark.parametrize("kind", TYPES)
def test_a_shipped_national_content_is_within_string_latin(kind: str, size: str) -> None:
    fields = CATALOGUE.read(parse(fixture(kind, "national", size).read_bytes())).message.fields
    assert [path for path, text in fields.leaves() if TABLES.latin.repair(str(text))[1]] == []
