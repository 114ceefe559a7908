"""Paths in mapping tables: names with selectors, ``Agent[Classification=ER]/Name[]``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final

from bridge.message import Group


class Select(Enum):
    """Which items of a list a step means."""

    NONE = ""
    ALL = "[]"
    FIRST = "[1]"
    BY_VALUE = "[=]"
    BEST = "[=|]"


ANY_VALUE: Final = "*"
"""Among the values of ``Select.BEST``: whatever the field says, or says nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """One name of a path.

    ``field`` and ``value`` belong to ``Select.BY_VALUE`` and ``Select.BEST``; the latter has
    several ``values``, the best first, and makes an item with the first.
    """

    name: str
    select: Select = Select.NONE
    field: tuple[str, ...] = ()
    value: str = ""
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.selects_by_value:
            return f"{self.name}[{'/'.join(self.field)}={'|'.join(self.values) or self.value}]"
        return f"{self.name}{self.select.value}"

    @property
    def selects_by_value(self) -> bool:
        """Whether a field of the item decides."""
        return self.select is Select.BY_VALUE or self.select is Select.BEST

    def chooses(self, item: Group) -> bool:
        """Whether the item has the value with which a target's item is made."""
        return bool(item.at("/".join(self.field)) == self.value)


Path = tuple[Step, ...]

_STEP: Final = re.compile(r"([^\[\]/=]+)(?:\[(1|[^\[\]=]+=[^\[\]]+)?\])?")


@lru_cache(maxsize=4096)
def parse_path(text: str) -> Path:
    """Parse a path; ``.`` is the empty path. ``ValueError`` says what is wrong with it."""
    if text == ".":
        return ()
    steps: list[Step] = []
    for part in _split(text):
        match = _STEP.fullmatch(part)
        if not match:
            raise ValueError(f"'{part}' is no step of a path")
        name, inside = match.groups()
        if not part.endswith("]"):
            steps.append(Step(name))
        elif inside is None:
            steps.append(Step(name, Select.ALL))
        elif inside == "1":
            steps.append(Step(name, Select.FIRST))
        else:
            field, _, value = inside.partition("=")
            values = tuple(value.split("|"))
            select = Select.BY_VALUE if len(values) == 1 else Select.BEST
            best = values if len(values) > 1 else ()
            steps.append(Step(name, select, tuple(field.split("/")), values[0], best))
    return tuple(steps)


def _split(text: str) -> list[str]:
    # A selector's field and value may hold slashes: Format=application/xml.
    parts: list[str] = []
    depth = 0
    current = ""
    for character in text:
        depth += (character == "[") - (character == "]")
        if character == "/" and not depth:
            parts.append(current)
            current = ""
        else:
            current += character
    return [*parts, current]


def spell(path: Path) -> str:
    """Spell a path as tables do."""
    return "/".join(map(str, path)) or "."
