"""Contexts laid over one another, and the names under which messages of an exchange stand there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bridge.errors import MappingFault
from bridge.mapping.context import Context
from bridge.mapping.table import Pair, Row, Table
from bridge.message import Group, Message

MESSAGES: Final = {"QueryRequest": "request", "0301": "inquiry", "0401": "order", "0411": "get"}
"""Name in the context by the end of the kind (docs/mapping-language.md, Context)."""
_ALWAYS: Final = frozenset({"now", "evidence"})


def name_in_context(message: Message) -> str:
    """Give the name under which a message supplies others. Raises ``MappingFault``."""
    name = MESSAGES.get(message.head.kind.rpartition(".")[2])
    if name is None:
        raise MappingFault(
            f"{message.head.kind} supplies nothing to a translation",
            remedy=f"Messages that do: {', '.join(MESSAGES)}.",
        )
    return name


def overlaid(below: Mapping[str, Any], above: Mapping[str, Any]) -> Group:
    """Lay named groups over others: values and lists replace, groups merge field by field."""
    merged = dict(below)
    for name, value in above.items():
        known = merged.get(name)
        both = isinstance(known, Group) and isinstance(value, Group)
        merged[name] = overlaid(known, value) if both else value
    return Group(merged)


def drawn_upon(table: Table, pair: Pair, direction: str) -> Iterator[tuple[str, Row]]:
    """Name each context that the rows of a pair draw upon in a direction, with its row."""
    for row in table.rows_of(pair):
        name = row.from_.partition(":")[0]
        if name and row.direction in ("both", direction) and row.path(direction[3:]) is not None:
            yield name, row


def absent(table: Table, pair: Pair, direction: str, context: Context) -> dict[str, tuple[str, ...]]:
    """Give the contexts that a pair draws upon and nobody supplied, with the paths they fill."""
    lacking: dict[str, tuple[str, ...]] = {}
    for name, row in drawn_upon(table, pair, direction):
        if name not in _ALWAYS and name not in context.values and name not in context.messages:
            path = row.path(direction[3:]) or ""
            lacking[name] = (*lacking.get(name, ()), path)
    return lacking
