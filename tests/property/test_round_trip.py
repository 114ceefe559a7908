"""Back and forth: what a two-way row carries over comes back the same (NOOTS 9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bridge.errors import IncompleteMessage
from bridge.mapping.convert import CONVERTERS
from bridge.mapping.plan import LeafOp, Plan
from bridge.mapping.prepare import PREPARATIONS
from bridge.mapping.table import Pair, Row
from bridge.mapping.translate import Translation, translate
from bridge.message import Group, Message
from bridge.xml.nodes import Field, Shape
from bridge.xml.parse import parse
from tests.fixture_files import CATALOGUE, messages, name_of
from tests.mapping_worlds import (
    TABLES,
    edm_versions,
    env_for,
    exchange,
    national_versions,
    resolved,
    shipped,
    with_attachments,
)
from tests.strategies import fields_of, value_of

BOTH_WAYS = ("to-xnachweis", "to-edm")
PAIRS = [pair for pair in TABLES.messages.pairs if set(pair.directions) == set(BOTH_WAYS)]
NEEDS_ITS_GROUP = {"company-number", "company-scheme", "attachment"}
"""Converters that look beside the value; whole messages and their own tests prove them."""
SHIPPED = [
    name_of(path)
    for pair in PAIRS
    for path in messages("edm")
    if shipped(name_of(path)).head.kind == pair.kinds["edm"]
]


# --- single rows -----------------------------------------------------------------------------


def leaf_rows(plan: Plan, shape: Shape) -> Iterator[tuple[str, Field, str, LeafOp]]:
    """The rows of a plan that take a value: row name, source field, its owner, what is done."""
    for branch in plan.before:
        if branch.plan is not None:
            yield from leaf_rows(branch.plan, shape)
    for name, branches in plan.fields.items():
        field = shape.field(name)
        assert field is not None
        for branch in branches:
            if branch.op is not None and branch.op.target is not None:
                yield branch.op.name, field, shape.name, branch.op
            elif branch.plan is not None and field.shape is not None:
                yield from leaf_rows(branch.plan, field.shape)


@dataclass(frozen=True)
class TwoWay:
    """A row that carries a value in both directions: what it is called, and what it does."""

    name: str
    edm: str
    national: str
    field: Field
    owner: str
    there: LeafOp
    back: LeafOp


def two_way_rows(pair: Pair, edm: str, national: str) -> tuple[TwoWay, ...]:
    """The rows of a pair that carry a value there and back between two versions."""
    there = TABLES.route(TABLES.messages, pair, "to-xnachweis", edm, national)
    back = TABLES.route(TABLES.messages, pair, "to-edm", national, edm)
    sides = (
        leaf_rows(there.plan, CATALOGUE.binding(edm).message(there.source_kind).shape),
        leaf_rows(back.plan, CATALOGUE.binding(national).message(back.source_kind).shape),
    )
    over, again = ({row[0]: row[1:] for row in side} for side in sides)
    return tuple(
        TwoWay(name, edm, national, *over[name][:2], over[name][2], again[name][2])
        for name in sorted(over.keys() & again.keys())
    )


ROWS = [
    pytest.param(row, id=f"{pair.id} {edm} {national} {row.name}")
    for pair in PAIRS
    for edm in edm_versions()
    for national in national_versions()
    for row in two_way_rows(pair, edm, national)
    if row.there.row.convert not in NEEDS_ITS_GROUP
]


def converted(op: LeafOp, value: Any, direction: str, target: str) -> tuple[Any, bool]:
    """The value on the other side, and whether anything of it was lost."""
    if op.apply is None:
        return value, False
    env = env_for(direction=direction, target=target)
    try:
        result = op.apply(value, env)
    except ValueError:
        return None, True
    return result, result is None or bool(env.account.lost)


def spelled_alike(value: Any) -> Any:
    """Times compare as moments: the zone may be written in another way.

    Addresses of the Semantic Repository compare without host and folder of data models, of which
    every version has one spelling.
    """
    if isinstance(value, str) and value.startswith("https://sr.oots.tech."):
        return value.partition(".europa.eu/")[2].replace("distributions/", "datamodels/", 1)
    if isinstance(value, str) and len(value) > 19 and value[10] == "T":
        body, fraction = value[:19], value[19:].lstrip(".0123456789")
        digits = value[19 : len(value) - len(fraction)]
        zone = "+00:00" if fraction in ("", "Z") else fraction
        return datetime.fromisoformat(f"{body}{zone}"), digits
    return value


@pytest.mark.parametrize("row", ROWS)
@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_a_two_way_row_carries_over_whole_comes_back_the_same(
    row: TwoWay, data: st.DataObject
) -> None:
    value = data.draw(value_of(row.field, row.owner))
    codes = TABLES.codes.get(row.there.row.codes)
    assume(codes is None or codes.two_way(value, *BOTH_WAYS))

    over, lost = converted(row.there, value, "to-xnachweis", row.national)
    if lost:
        return
    again, lost = converted(row.back, over, "to-edm", row.edm)

    if not lost:
        assert spelled_alike(again) == spelled_alike(value)


@pytest.mark.parametrize("row", ROWS)
def test_a_two_way_row_has_a_converter_with_an_inverse(row: TwoWay) -> None:
    stated = row.there.row
    assert stated is row.back.row
    assert stated.convert == "code" or CONVERTERS[stated.convert].two_way


# --- whole messages --------------------------------------------------------------------------


def pair_of(message: Message) -> Pair:
    return next(pair for pair in PAIRS if pair.kinds["edm"] == message.head.kind)


def there_and_back(message: Message, national: str) -> tuple[Translation, Translation]:
    edm = message.head.standard
    pair = pair_of(message)
    context = exchange(edm, national=national)
    if message.head.kind == "QueryRequest":
        context = context.with_messages(request=message)
    there = translate(
        message, TABLES, context, national, kind=pair.kinds["xnachweis"], table="document"
    )
    back = translate(
        received(there.message), TABLES, context, edm, kind=pair.kinds["edm"], table="document"
    )
    return there, back


def received(message: Message) -> Message:
    """The message as the other side reads it: fields in the order of its schema."""
    try:
        octets = CATALOGUE.write(message)
    except IncompleteMessage:  # generated answers may lack what the other side demands
        return message
    return replace(CATALOGUE.read(parse(octets)).message, attachments=message.attachments)


def lossless_rows(
    message: Message, national: str, there: Translation, back: Translation
) -> set[str]:
    """The rows of which the two accounts say that they carried all they took, both ways."""
    rows = {
        row.name
        for row in two_way_rows(pair_of(message), message.head.standard, national)
        if values_come_back(row.there.row, message)
    }
    carried = {entry.path for entry in there.mapped if entry.target}
    in_part = {entry.row for entry in there.lost if entry.path in carried}
    supplied = {
        path for entry in there.given for path in resolved(there.message.fields, entry.path)
    }
    given_back = {entry.path for entry in back.given}
    not_ours = {
        entry.row for entry in back.mapped if entry.path in supplied or entry.target in given_back
    }
    lost_later = {entry.path for entry in back.lost}
    not_back = {
        entry.row
        for entry in there.mapped
        if entry.target and lost_later & set(resolved(there.message.fields, entry.target))
    }
    return rows - in_part - not_ours - not_back - {entry.row for entry in back.lost}


def values_come_back(row: Row, message: Message) -> bool:
    """Whether the code pairs of a row are two-way for all values of its field in the message."""
    if row.convert != "code":
        return True
    pairs, name = TABLES.codes[row.codes], str(row.path("edm"))
    values = [value for path, value in message.fields.leaves() if path.rpartition("/")[2] == name]
    return all(pairs.two_way(str(value), *BOTH_WAYS) for value in values)


def pruned(value: Any, keep: set[str], path: str = "") -> Any:
    """What remains of fields when only some leaves are kept; items of lists close up."""
    if isinstance(value, Group):
        inner = {
            name: kept
            for name, item in value.items()
            if (kept := pruned(item, keep, f"{path}/{name}" if path else name)) is not None
        }
        return inner or None
    if isinstance(value, tuple):
        items = [pruned(item, keep, f"{path}[{n}]") for n, item in enumerate(value, 1)]
        kept = [item for item in items if item is not None]
        if path.endswith("RegistryPackage"):  # one package each on the way back (NOOTS 9.3)
            kept = [{"RegistryObject": [inner]} for p in kept for inner in p["RegistryObject"]]
        return kept or None
    return spelled_alike(value) if path in keep else None


def check_return(message: Message, national: str) -> set[str]:
    there, back = there_and_back(message, national)
    rows = lossless_rows(message, national, there, back)
    sent = {entry.path for entry in there.mapped if entry.row in rows}
    goals = {entry.target for entry in back.mapped if entry.row in rows and entry.target}
    returned = {path for goal in goals for path in resolved(back.message.fields, goal)}
    prepared = PREPARATIONS[pair_of(message).prepare](message).fields
    assert pruned(without_hrefs(back.message.fields), returned) == pruned(
        without_hrefs(prepared), sent
    )
    assert [a.content for a in back.message.attachments] == [
        message.attachment(ref).content for ref in references(message.fields)
    ]
    return rows


def references(fields: Group) -> list[str]:
    return [v for p, v in fields.leaves() if p.endswith("RepositoryItemRef/href")]


def without_hrefs(value: Any) -> Any:
    """Content ids are new on every way; the octets behind them are compared instead."""
    if isinstance(value, Group):
        return Group(
            (name, without_hrefs(inner)) for name, inner in value.items() if name != "href"
        )
    return tuple(map(without_hrefs, value)) if isinstance(value, tuple) else value


@pytest.mark.parametrize("national", national_versions())
@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_message_comes_back_the_same_up_to_what_the_account_says(
    name: str, national: str
) -> None:
    assert check_return(shipped(name), national)


@pytest.mark.parametrize("national", national_versions())
@pytest.mark.parametrize("edm", edm_versions())
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.id)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_message_comes_back_the_same_up_to_what_the_account_says(
    pair: Pair, edm: str, national: str, data: st.DataObject
) -> None:
    kind = pair.kinds["edm"]
    fields = data.draw(fields_of(CATALOGUE.binding(edm).message(kind).shape))
    check_return(with_attachments(CATALOGUE.message(edm, kind, fields)), national)
