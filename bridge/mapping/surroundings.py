"""Contexts laid over one another, and the names under which messages of an exchange stand there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bridge.errors import MappingFault
from bridge.mapping.context import Context
from bridge.mapping.table import Pair, Table
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
        if isinstance(known, Group) and isinstance(value, Group):
            merged[name] = overlaid(known, value)
        else:
            merged[name] = value
    return Group(merged)


def absent(table: Table, pair: Pair, direction: str, context: Context) -> tuple[str, ...]:
    """Name the contexts that a pair draws upon in a direction and that nobody supplied."""
    supplied = {*_ALWAYS, *context.values, *context.messages}
    side = direction.removeprefix("to-")
    drawn = [
        row.from_.partition(":")[0]
        for row in table.rows_of(pair)
        if row.from_ and row.direction in ("both", direction) and row.path(side) is not None
    ]
    return tuple(name for name in dict.fromkeys(drawn) if name not in supplied)
