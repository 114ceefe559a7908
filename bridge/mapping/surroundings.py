"""Contexts laid over one another, and the names under which messages of an exchange stand there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bridge.errors import MappingFault
from bridge.mapping.context import Context
from bridge.mapping.table import Pair, Table
from bridge.message import Group, Message

MESSAGES: Final = {"QueryRequest": "request", "0301": "inquiry", "0401": "order", "0411": "get"}
"""Name in the context by the end of the kind (docs/mapping-language.md, Context)."""
_UNSET: Final = Group(
    {
        "settings": Group({"repository_host": ""}),
        "receiver": Group({"country": ""}),
        "choice": Group(
            {"EvidenceProvider": Group(), "EvidenceRequest": Group(), "Requirement": ()}
        ),
        "preview": Group(),
        "session": Group(),
        "reader": Group({"Behoerde": Group()}),
    }
)
"""Kinds of entries that converters and rows draw upon and that the defaults leave open."""
_PLACE: Final = re.compile(r"\[[^\]]*\]")
_KINDS: Final = {str: "text", bool: "true or false", tuple: "a list", Group: "a table"}
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


def with_sources(context: Context, sources: Sequence[Message]) -> Context:
    """Put messages that are translated under their own names; what stands there already stays."""
    own = {
        name_in_context(source): source
        for source in sources
        if source.head.kind.rpartition(".")[2] in MESSAGES
    }
    return context.with_messages(**{**own, **context.messages})


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


def misshapen(below: Mapping[str, Any], above: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the entries of ``above`` that are of another kind than those they are laid over."""
    return (*_misshapen(below, above, ""), *_misshapen(_UNSET, above, ""))


def _misshapen(below: Mapping[str, Any], above: Mapping[str, Any], path: str) -> list[str]:
    found: list[str] = []
    for name, value in above.items():
        known = below.get(name)
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            found += _misshapen(known, value, f"{path}{name}.")
        elif known is not None and type(known) is not type(value):
            found.append(f"'{path}{name}' must be {_KINDS[type(known)]}")
    return found


def lacking(
    table: Table, pair: Pair, side: str, context: Context, places: Sequence[str]
) -> tuple[str, ...]:
    """Name the contexts that nobody supplied and that rows draw upon to fill ``places``.

    ``side`` is the target's; ``places`` are sentences that begin with a field path, as in
    ``IncompleteMessage.problems``.
    """
    supplied = {*_ALWAYS, *context.values, *context.messages}
    wanted = [_PLACE.sub("", place.split(" ", 1)[0]) for place in places]
    drawn: dict[str, None] = {}
    for row in table.rows_of(pair):
        name, path = row.from_.partition(":")[0], row.path(side)
        if not name or path is None or name in supplied:
            continue
        filled = _PLACE.sub("", path)
        if any(f"{w}/".startswith(f"{filled}/") or filled.startswith(f"{w}/") for w in wanted):
            drawn[name] = None
    return tuple(drawn)
