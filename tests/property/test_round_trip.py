"""Back and forth: what a two-way row carries over comes back the same (NOOTS 9)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.mapping.account import Unmappable
from bridge.mapping.convert import CONVERTERS
from bridge.mapping.plan import LeafOp, Plan
from bridge.mapping.table import Pair, Row
from bridge.mapping.tables import plan_names
from bridge.mapping.compile import Compiler
from bridge.mapping.translate import Translation, translate
from bridge.message import Group, Message
from bridge.xml.nodes import Field, Leaf, Shape
from tests.fixture_files import CATALOGUE, messages, name_of
from tests.mapping_worlds import (
    TABLES,
    edm_versions,
    env_for,
    exchange,
    national_version,
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
    if CATALOGUE.binding(f"edm-{path.parent.name}").message(pair.kinds["edm"]).root
    and shipped(name_of(path)).head.kind == pair.kinds["edm"]
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


def two_way_rows() -> Iterator[Any]:
    """Every two-way row of every pair that goes both ways, once for each version of the EDM."""
    national = national_version()
    for pair in PAIRS:
        for edm in edm_versions():
            plans = [
                TABLES.route(TABLES.messages, pair, "to-xnachweis", edm, national),
                TABLES.route(TABLES.messages, pair, "to-edm", national, edm),
            ]
            shapes = [
                CATALOGUE.binding(edm).message(pair.kinds["edm"]).shape,
                CATALOGUE.binding(national).message(pair.kinds["xnachweis"]).shape,
            ]
            there, back = (
                {name: (field, owner, op) for name, field, owner, op in leaf_rows(r.plan, shape)}
                for r, shape in zip(plans, shapes, strict=True)
            )
            for name in sorted(there.keys() & back.keys()):
                if there[name][2].row.convert not in NEEDS_ITS_GROUP:
                    yield pytest.param(
                        edm, there[name], back[name], id=f"{pair.id} {edm} {name}"
                    )


def converted(op: LeafOp, value: Any, direction: str, target: str) -> tuple[Any, bool]:
    """The value on the other side, and whether anything of it was lost."""
    if op.apply is None:
        return value, False
    env = env_for(direction=direction, target=target)
    try:
        result = op.apply(value, env)
    except Unmappable:
        return None, True
    except ValueError:
        return None, True
    return result, result is None or bool(env.account.lost)


def spelled_alike(value: Any) -> Any:
    """Times compare as moments: the zone may be written in another way."""
    if isinstance(value, str) and len(value) > 19 and value[10] == "T":
        body, fraction = value[:19], value[19:].lstrip(".0123456789")
        digits = value[19 : len(value) - len(fraction)]
        zone = "+00:00" if fraction in ("", "Z") else fraction
        return datetime.fromisoformat(f"{body}{zone}"), digits
    return value


@pytest.mark.parametrize(("edm", "there", "back"), list(two_way_rows()))
@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_a_two_way_row_carries_over_whole_comes_back_the_same(
    edm: str, there: Any, back: Any, data: st.DataObject
) -> None:
    field, owner, op = there
    value = data.draw(value_of(field, owner))

    over, lost = converted(op, value, "to-xnachweis", national_version())
    if lost:
        return
    again, lost = converted(back[2], over, "to-edm", edm)

    if not lost:
        assert spelled_alike(again) == spelled_alike(value)


def test_two_way_rows_have_a_converter_with_an_inverse() -> None:
    seen = 0
    for _edm, there, _back in (param.values for param in two_way_rows()):
        row: Row = there[2].row
        if row.convert != "code" and row.direction == "both":
            seen += 1
            assert CONVERTERS[row.convert].two_way
    assert seen


# --- whole messages --------------------------------------------------------------------------


def there_and_back(message: Message) -> tuple[Translation, Translation]:
    edm = message.head.standard
    pair = next(pair for pair in PAIRS if pair.kinds["edm"] == message.head.kind)
    context = exchange(edm)
    if message.head.kind == "QueryRequest":
        context = context.with_messages(request=message)
    there = translate(
        message, TABLES, context, national_version(), kind=pair.kinds["xnachweis"], table="document"
    )
    back = translate(
        there.message, TABLES, context, edm, kind=pair.kinds["edm"], table="document"
    )
    return there, back


def lossless_rows(message: Message, there: Translation, back: Translation) -> set[str]:
    """The rows of which the two accounts say that they carried all they took, both ways."""
    carried = {entry.path: entry.row for entry in there.mapped if entry.target}
    in_part = {entry.row for entry in there.lost if entry.path in carried}
    rows = {entry.row for entry in there.mapped if entry.target}
    rows &= {row.name for row in all_rows(message.head.kind) if two_way(row.row, message, there)}
    return rows - in_part - {entry.row for entry in back.lost}


class Named:
    """A row and its name in the account."""

    def __init__(self, name: str, row: Row) -> None:
        self.name = name
        self.row = row


def all_rows(kind: str) -> list[Named]:
    table = TABLES.messages
    pair = next(pair for pair in PAIRS if pair.kinds["edm"] == kind)
    own = {id(row): row.id for row in table.rows_of(pair)}
    inner = {id(row): f"{part.id}.{row.id}" for part in table.parts.values() for row in part.row}
    edm, national = CATALOGUE.binding(edm_versions()[0]), CATALOGUE.binding(national_version())
    compiler = Compiler(table, pair, "to-edm", national, edm, TABLES.codes)
    return [Named({**inner, **own}[id(row)], row) for row in plan_names(compiler)]


def two_way(row: Row, message: Message, there: Translation) -> bool:
    if row.direction != "both" or not (row.path("edm") and row.path("xnachweis")):
        return False
    if row.convert == "code":
        pairs = TABLES.codes[row.codes]
        name = str(row.path("edm"))
        values = [v for p, v in message.fields.leaves() if p.rpartition("/")[2] == name]
        return all(pairs.two_way(str(value), *BOTH_WAYS) for value in values)
    return CONVERTERS[row.convert].two_way


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
        return [item for item in items if item is not None] or None
    return spelled_alike(value) if path in keep else None


def check_return(message: Message) -> set[str]:
    there, back = there_and_back(message)
    rows = lossless_rows(message, there, back)
    sent = {entry.path for entry in there.mapped if entry.row in rows}
    goals = {entry.target for entry in back.mapped if entry.row in rows and entry.target}
    returned = {
        path for goal in goals for path in resolved(back.message.fields, goal)
    }
    assert pruned(without_hrefs(back.message.fields), returned) == pruned(
        without_hrefs(message.fields), sent
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


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_message_comes_back_the_same_up_to_what_the_account_says(name: str) -> None:
    assert check_return(shipped(name))


@pytest.mark.parametrize("edm", edm_versions())
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.id)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_message_comes_back_the_same_up_to_what_the_account_says(
    pair: Pair, edm: str, data: st.DataObject
) -> None:
    kind = pair.kinds["edm"]
    fields = data.draw(fields_of(CATALOGUE.binding(edm).message(kind).shape))
    check_return(with_attachments(CATALOGUE.message(edm, kind, fields)))
