"""The laws of tables that need no message: nothing vanishes, nothing is missing, all is sourced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bridge.mapping.fitting import Filled, plain
from bridge.mapping.plan import Plan
from bridge.mapping.table import Table
from bridge.xml.nodes import Leaf, Shape


def unnamed_sources(plans: Sequence[Plan], shape: Shape, prefix: str = "") -> Iterator[str]:
    """Leaves of the source kind that no row takes, uses or declares lost."""
    active = list(plans)
    for plan in active:  # grows while it is walked: parts of the group itself, and theirs
        active += [branch.plan for branch in plan.before if branch.plan is not None]
    for row in shape.named_fields():
        path = f"{prefix}{row.name}{'[]' if row.repeated else ''}"
        branches = [b for plan in active for b in plan.fields.get(row.name, ())]
        if isinstance(row.of, Leaf):
            if not branches and row.constant is None:
                yield path
            continue
        if not branches:
            yield from (found for found, _ in row.of.leaf_paths(f"{path}/"))
            continue
        if any(branch.whole for branch in branches):
            continue
        inner = [branch.plan for branch in branches if branch.plan is not None]
        yield from unnamed_sources(inner, row.of, f"{path}/")


def missing_targets(filled: Filled, shape: Shape) -> Iterator[str]:
    """Mandatory leaves of the target kind that no row fills.

    A leaf inside an optional group is mandatory as soon as some row fills something of the group.
    """
    places = {plain(place.rstrip("/")) for place in filled.places}
    whole = {plain(place) for place in filled.whole}
    touched: set[str] = set()
    for place in places:
        steps = place.split("/")
        touched.update("/".join(steps[:count]) for count in range(1, len(steps) + 1))
    yield from _missing(shape, "", places, touched, whole)


def _missing(
    shape: Shape, prefix: str, places: set[str], touched: set[str], whole: set[str]
) -> Iterator[str]:
    for row in shape.named_fields():
        path = f"{prefix}{row.name}"
        if path in whole or row.constant is not None:
            continue
        if isinstance(row.of, Leaf):
            if row.least and not row.choice and path not in places:
                yield path
        elif path in touched or (row.least and not row.choice):
            yield from _missing(row.of, f"{path}/", places, touched, whole)
    for label, members in shape.choices.items():
        first = shape.field(members[0])
        if first is not None and first.least:
            paths = [f"{prefix}{name}" for name in members]
            if not any(path in touched or path in whole for path in paths):
                yield f"{prefix}({'|'.join(members)})" if prefix else f"({label}: {members})"


def without_chapter(table: Table) -> Iterator[str]:
    """Rows of which neither they nor their part say which chapter of the reference they rest on."""
    named = [(row.id, row) for row in table.rows]
    named += [(f"{part.id}.{row.id}", row) for part in table.parts.values() for row in part.row]
    for name, row in named:
        if not row.chapter.strip():
            yield f"{row.file}:{row.line}: row {name}: the chapter is missing"
