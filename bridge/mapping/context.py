"""What a translation needs beside the message: the rest of the exchange, who we are, time, ids."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from bridge.mapping.paths import Select, parse_path
from bridge.message import Group, Message, group

Ids = Callable[[], uuid.UUID]


def seeded_ids(seed: str) -> Ids:
    """Identifiers that are the same again for the same seed (tests, demo, reproducible output)."""
    numbers: Iterator[int] = iter(range(1 << 62))
    namespace = uuid.uuid5(uuid.NAMESPACE_URL, seed)

    def fresh() -> uuid.UUID:
        raw = bytearray(uuid.uuid5(namespace, str(next(numbers))).bytes)
        raw[6] = raw[6] & 0x0F | 0x40  # a random UUID by its look: receivers may check the version
        return uuid.UUID(bytes=bytes(raw))

    return fresh


@dataclass(frozen=True, slots=True)
class Context:
    """Named groups of fields (docs/mapping-language.md, Context), the time, and fresh ids.

    ``messages`` are the other messages of the exchange by name (``request``, ``order``, ``get``,
    ``inquiry``); their fields are reached by the same path language as ``values``.
    """

    now: datetime
    ids: Ids
    values: Mapping[str, Group] = field(default_factory=dict)
    messages: Mapping[str, Message] = field(default_factory=dict)

    def with_values(self, **values: Mapping[str, Any]) -> Context:
        """The same context with more, or other, named groups."""
        more = {name: group(value) for name, value in values.items()}
        return Context(self.now, self.ids, {**self.values, **more}, self.messages)

    def with_messages(self, **messages: Message) -> Context:
        """The same context with more messages of the exchange."""
        return Context(self.now, self.ids, self.values, {**self.messages, **messages})

    def find(self, reference: str) -> Any:
        """Give the value at ``NAME:path``; ``None`` where there is none."""
        name, _, path = reference.partition(":")
        if name == "now":
            return clock(self.now).get(path)
        message = self.messages.get(name)
        start = message.fields if message is not None else self.values.get(name)
        return None if start is None else lookup(start, path)


@lru_cache(maxsize=16)
def clock(now: datetime) -> Group:
    """The group ``now`` of a context: ``utc``, ``utc-millis``, ``date``."""
    moment = now.astimezone(UTC)
    return Group(
        {
            "utc": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "utc-millis": f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z",
            "date": moment.strftime("%Y-%m-%d"),
        }
    )


def count(start: Group, path: str) -> int:
    """How many items of a list of the group a path means: ``Agent[Classification=EP]``."""
    step = parse_path(path)[0]
    items = start.get(step.name, ())
    if step.select is not Select.BY_VALUE:
        return len(items)
    return sum(1 for item in items if item.at("/".join(step.field)) == step.value)


def lookup(start: Group, path: str) -> Any:
    """Follow a path with selectors; of a list without selector the whole list."""
    value: Any = start
    for step in parse_path(path):
        if isinstance(value, tuple):
            value = value[0] if value else None
        if not isinstance(value, Group):
            return None
        value = value.get(step.name)
        if isinstance(value, tuple) and step.select is not Select.ALL:
            if step.select is Select.FIRST:
                value = value[0] if value else None
            elif step.select is Select.BY_VALUE:
                field_path = "/".join(step.field)
                value = next((v for v in value if v.at(field_path) == step.value), None)
    return value
