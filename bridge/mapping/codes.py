"""Pairs of code values: ``mappings/codes/*.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bridge.errors import MappingFault
from bridge.mapping.table import SIDES, near
from bridge.mapping.toml_file import read_toml, spot_of_key

_KEYS: Final = {"id", "title", "chapter", "sides", "fallback", "unpaired", "note"}
_FALLBACKS: Final = {"omit", "copy", "error"}


class UnknownCode(ValueError):
    """The code has no counterpart and the table states no fallback."""


@dataclass(frozen=True, slots=True)
class CodePairs:
    """One file: values by direction. ``fallback`` by direction is omit, copy, error or a value.

    ``lines`` gives the line of a pair by direction and source value. ``unpaired`` names, by
    direction, codes of the list that have no counterpart on purpose: the fallback is for them.
    """

    id: str
    title: Mapping[str, str]
    chapter: str
    file: str
    lines: Mapping[tuple[str, str], int]
    values: Mapping[str, Mapping[str, str]]
    fallback: Mapping[str, Any]
    unpaired: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def without(self, direction: str) -> frozenset[str]:
        """The codes that have no pair in a direction on purpose."""
        return self.unpaired.get(direction, frozenset())

    def replacement(self, direction: str) -> str | None:
        """The value that the fallback writes, if it writes one."""
        what = self.fallback.get(direction)
        return str(what["value"]) if isinstance(what, Mapping) else None

    def convert(self, direction: str, value: str) -> str | None:
        """Give the counterpart, ``None`` to leave it out. Raises ``UnknownCode``."""
        found = self.values.get(direction, {}).get(value)
        if found is not None:
            return found
        fallback = self.fallback.get(direction, "error")
        if fallback == "error":
            raise UnknownCode(f"the code has no counterpart in {self.id}")
        if isinstance(fallback, Mapping):
            return str(fallback["value"])
        return value if fallback == "copy" else None

    def two_way(self, value: str, direction: str, back: str) -> bool:
        """Whether a value comes back unchanged."""
        there = self.values.get(direction, {}).get(value)
        return there is not None and self.values.get(back, {}).get(there) == value


def load_code_pairs(folder: Path) -> dict[str, CodePairs]:
    """Load all code files of a folder, by id. Raises ``MappingFault`` with file and line."""
    found: dict[str, CodePairs] = {}
    for path in sorted(folder.glob("*.toml")):
        pairs = load_code_file(path)
        if pairs.id in found:
            raise MappingFault(f"the codes {pairs.id} stand in two files", where=str(path))
        found[pairs.id] = pairs
    return found


def load_code_file(path: Path) -> CodePairs:
    """Load one code file. Raises ``MappingFault`` with file and line."""
    data, text = read_toml(path)
    head = data.get("codes", {})
    unknown = (set(head) - _KEYS) | (set(data) - {"codes", "pair"})
    if unknown:
        key = sorted(unknown)[0]
        hint = f"{near(key, _KEYS)}{spot_of_key(text, key)}"
        raise MappingFault(f"unknown key '{key}'{hint}", where=str(path))
    lines = [n for n, row in enumerate(text.splitlines(), 1) if row.strip() == "[[pair]]"]
    sides = _sides(head, data, path)
    first, second = f"to-{sides[0]}", f"to-{sides[1]}"
    values: dict[str, dict[str, str]] = {first: {}, second: {}}
    places: dict[tuple[str, str], int] = {}
    for number, row in enumerate(data.get("pair", [])):
        line = lines[number] if number < len(lines) else None
        what = _stranger(row, sides, text, line or 0)
        if what:
            raise MappingFault(f"a code pair: {what}", where=str(path), line=line)
        if not all(isinstance(row[side], str) for side in sides):
            raise MappingFault("a code pair: a code is a text", where=str(path), line=line)
        direction = row.get("direction", "both")
        if direction not in ("both", first, second):
            raise MappingFault("a code pair: unknown direction", where=str(path), line=line)
        for way, source, target in ((second, sides[0], sides[1]), (first, sides[1], sides[0])):
            if direction in ("both", way):
                if row[source] in values[way]:
                    raise MappingFault(
                        f"the code {row[source]} has two counterparts {way}; make one of the "
                        "pairs one-way",
                        where=str(path),
                        line=line,
                    )
                values[way][row[source]] = row[target]
                places[way, row[source]] = line or 0
    fallback, unpaired = _beyond(head, values, path)
    return CodePairs(
        id=str(head.get("id", path.stem)),
        title=dict(head.get("title", {})),
        chapter=str(head.get("chapter", "")),
        file=f"{path.parent.name}/{path.name}",
        lines=places,
        values=values,
        fallback=fallback,
        unpaired=unpaired,
    )


def _stranger(row: Mapping[str, Any], sides: tuple[str, str], text: str, line: int) -> str:
    """A key of a pair that nobody knows, or a side that it lacks; empty where neither is so."""
    known = (*sides, "direction", "note")
    for key in sorted(set(row) - set(known)):
        return f"unknown key '{key}'{near(key, known)}{spot_of_key(text, key, line)}"
    return "" if all(side in row for side in sides) else "a side is missing"


def _beyond(
    head: Mapping[str, Any], values: Mapping[str, Mapping[str, str]], path: Path
) -> tuple[dict[str, Any], dict[str, frozenset[str]]]:
    """What becomes of codes without a pair, and which of the list have none on purpose."""
    fallback = dict(head.get("fallback", {}))
    for direction, what in fallback.items():
        stated = what in _FALLBACKS if isinstance(what, str) else set(what) == {"value"}
        if direction not in values or not stated:
            raise MappingFault("a fallback is omit, copy, error or a value", where=str(path))
    unpaired = {way: frozenset(map(str, c)) for way, c in head.get("unpaired", {}).items()}
    for direction, codes in unpaired.items():
        if direction not in values or fallback.get(direction, "error") == "error":
            raise MappingFault(
                "'unpaired' names codes for a direction with a fallback", where=str(path)
            )
        for code in sorted(codes & values[direction].keys()):
            raise MappingFault(f"the code {code} is in 'unpaired' and has a pair", where=str(path))
    return fallback, unpaired


def _sides(head: Mapping[str, Any], data: Mapping[str, Any], path: Path) -> tuple[str, str]:
    stated = head.get("sides")
    if stated:
        return str(stated[0]), str(stated[1])
    rows = data.get("pair", [])
    for both in SIDES:
        if rows and all(side in rows[0] for side in both):
            return both
    raise MappingFault("the code file does not say its sides", where=str(path))
