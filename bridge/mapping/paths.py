"""Paths in mapping tables: names with selectors, ``Agent[Classification=ER]/Name[]``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final


class Select(Enum):
    """Which items of a list a step means."""

    NONE = ""
    ALL = "[]"
    FIRST = "[1]"
    BY_VALUE = "[=]"


@dataclass(frozen=True, slots=True)
class Step:
    """One name of a path. ``field`` and ``value`` belong to ``Select.BY_VALUE``."""

    name: str
    select: Select = Select.NONE
    field: tuple[str, ...] = ()
    value: str = ""

    def __str__(self) -> str:
        if self.select is Select.BY_VALUE:
            return f"{self.name}[{'/'.join(self.field)}={self.value}]"
        return f"{self.name}{self.select.value}"


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
            steps.append(Step(name, Select.BY_VALUE, tuple(field.split("/")), value))
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
