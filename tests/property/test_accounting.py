"""Nothing vanishes, nothing appears from nowhere (NOOTS 9): every leaf stands in the account."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bridge.mapping.account import Account, Lost, Mapped
from bridge.mapping.prepare import PREPARATIONS
from bridge.mapping.translate import Translation, compose, translate
from bridge.mapping.walk import Walk
from bridge.message import Message
from tests.fixture_files import CATALOGUE
from tests.mapping_worlds import (
    MESSAGE_ROUTES,
    PAYLOAD_ROUTES,
    TABLES,
    bare_context,
    edm_versions,
    exchange,
    goals_of,
    route_id,
    unexplained,
    with_attachments,
)
from tests.strategies import fields_of

EXAMPLES = settings(
    max_examples=12,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
TRANSLATED = [route for route in MESSAGE_ROUTES if route[3]]
COMPOSED = [route for route in MESSAGE_ROUTES if not route[3]]
BORDER = "border-guard"
COLLECTED = re.compile(r"(\[\d+\])?")


def messages_of(standard: str, kind: str) -> st.SearchStrategy[Message]:
    shape = CATALOGUE.binding(standard).message(kind).shape
    return fields_of(shape).map(
        lambda fields: with_attachments(CATALOGUE.message(standard, kind, fields))
    )


def sources_of(route: tuple[Any, ...]) -> st.SearchStrategy[list[Message]]:
    table, pair, direction, source, _target = route
    kind = pair.kinds[table.other(direction.removeprefix("to-"))]
    most = 2 if pair.collect else 1
    return st.lists(messages_of(source, kind), min_size=1, max_size=most)


def translated(route: tuple[Any, ...], sources: Sequence[Message]) -> Translation:
    _table, pair, direction, source, target = route
    edm = next((s for s in (source, target) if s.startswith("edm-")), edm_versions()[-1])
    national = next(s for s in (source, target) if s.startswith("xnachweis-"))
    kind = pair.kinds[direction.removeprefix("to-")]
    context = exchange(edm, national=national)
    return translate(sources, TABLES, context, target, kind=kind, table="document")


def leaves_of(sources: Sequence[Message], prepare: str) -> list[str]:
    found = []
    for number, source in enumerate(sources, 1):
        prefix = f"[{number}]" if len(sources) > 1 else ""
        fields = PREPARATIONS[prepare](source).fields
        found += [f"{prefix}{path}" for path, _value in fields.leaves()]
    return found


def check_account(leaves: Sequence[str], mapped: Sequence[Mapped], lost: Sequence[Lost]) -> None:
    own = [entry for entry in lost if "!" not in entry.path and entry.row != BORDER]
    rows: dict[str, set[str]] = {}
    for entry in mapped:
        rows.setdefault(entry.path, set()).add(entry.row)
    gone: dict[str, list[Lost]] = {}
    for entry in own:
        gone.setdefault(entry.path, []).append(entry)
    known = set(leaves)
    assert {*rows, *gone} <= known, "the account names what the source does not have"
    assert known <= {*rows, *gone}, "a leaf of the source vanished"
    single = [  # several answers may agree on one field of the message that collects them
        (entry.target, COLLECTED.match(entry.path)[0])
        for entry in mapped
        if entry.target and "[]" not in entry.target
    ]
    assert len(single) == len(set(single)), "one value of the source overwrote another"
    for path, entries in gone.items():
        assert all(entry.reason for entry in entries)
        if path in rows:  # carried over in part: the row that carries it says what it leaves
            assert {entry.row for entry in entries} <= rows[path]
        else:
            assert len(entries) == 1


@pytest.mark.parametrize("route", TRANSLATED, ids=route_id)
@EXAMPLES
@given(data=st.data())
def test_every_leaf_of_a_message_is_mapped_or_lost_and_every_leaf_of_the_target_is_explained(
    route: tuple[Any, ...], data: st.DataObject
) -> None:
    _table, pair, _direction, _source, _target = route
    sources = data.draw(sources_of(route))

    result = translated(route, sources)

    check_account(leaves_of(sources, pair.prepare), result.mapped, result.lost)
    assert unexplained(result.message.fields, goals_of(result)) == []
    for entry in result.lost:
        if entry.row == BORDER:
            assert entry.path in dict(result.message.fields.leaves())
    assert translated(route, sources) == result


@pytest.mark.parametrize("route", COMPOSED, ids=route_id)
def test_every_leaf_of_a_composed_message_comes_from_the_context(route: tuple[Any, ...]) -> None:
    _table, pair, _direction, _source, target = route
    edm = target if target.startswith("edm-") else edm_versions()[-1]
    national = target if target.startswith("xnachweis-") else ""

    result = compose(pair.id, TABLES, exchange(edm, national=national), target)

    assert result.mapped == ()
    assert result.lost == ()
    assert result.given
    assert unexplained(result.message.fields, goals_of(result)) == []
    assert compose(pair.id, TABLES, exchange(edm, national=national), target) == result


@pytest.mark.parametrize("route", PAYLOAD_ROUTES, ids=route_id)
@EXAMPLES
@given(data=st.data())
def test_every_leaf_of_a_content_is_mapped_or_lost_and_every_leaf_of_the_target_is_explained(
    route: tuple[Any, ...], data: st.DataObject
) -> None:
    table, pair, direction, source, target = route
    [message] = data.draw(sources_of(route))
    compiled = TABLES.route(table, pair, direction, source, target)

    def run() -> tuple[Any, Account]:
        walk = Walk(compiled, bare_context(), TABLES.shelf(target))
        return walk.run([message]), walk.account

    fields, account = run()

    check_account(leaves_of([message], ""), account.mapped, account.lost)
    goals = [entry.target for entry in account.mapped if entry.target]
    goals += [entry.path for entry in account.given]
    assert unexplained(fields, goals) == []
    assert run() == (fields, account)


@pytest.mark.parametrize("standard", edm_versions())
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_preparing_an_answer_changes_no_leaf_that_it_has(
    standard: str, data: st.DataObject
) -> None:
    message = data.draw(messages_of(standard, "QueryResponse"))

    prepared = dict(PREPARATIONS["inherit-metadata"](message).fields.leaves())

    assert dict(message.fields.leaves()).items() <= prepared.items()
