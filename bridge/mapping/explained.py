"""Nothing appears from nowhere: which leaves of a target the account explains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bridge.mapping.paths import Select, parse_path
from bridge.message import Group


def unexplained(fields: Group, goals: Iterable[str]) -> list[str]:
    """The leaves of a target that no goal of the account names, nor a group above them."""
    named: set[str] = set()
    for goal in set(goals):
        named.update(resolved(fields, goal))
        named.update(_selector_values(fields, goal))

    def explained(path: str) -> bool:
        steps = path.split("/")
        return any("/".join(steps[:count]) in named for count in range(1, len(steps) + 1))

    return [path for path, _value in fields.leaves() if not explained(path)]


def resolved(fields: Group, goal: str) -> Iterator[str]:
    """The places of a message that a goal of the account names: ``A[]/b`` is ``A[1]/b`` and on."""
    found: list[tuple[str, Any]] = [("", fields)]
    for step in parse_path(goal):
        following: list[tuple[str, Any]] = []
        for path, value in found:
            if not isinstance(value, Group) or step.name not in value:
                continue
            inner = value[step.name]
            here = f"{path}/{step.name}" if path else step.name
            if not isinstance(inner, tuple):
                following.append((here, inner))
                continue
            for number, item in enumerate(inner, 1):
                if step.select is Select.FIRST and number > 1:
                    break
                if step.selects_by_value and not step.chooses(item):
                    continue
                following.append((f"{here}[{number}]", item))
        found = following
    return (path for path, _value in found)


def _selector_values(fields: Group, goal: str) -> Iterator[str]:
    """The leaves that a goal's selectors by value fill."""
    steps = parse_path(goal)
    for count, step in enumerate(steps, 1):
        if step.selects_by_value:
            for path in resolved(fields, "/".join(map(str, steps[:count]))):
                yield f"{path}/{'/'.join(step.field)}"
