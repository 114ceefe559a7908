"""Rows at every place where they apply: those of a part once for each group that it joins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from bridge.mapping.paths import parse_path
from bridge.mapping.pattern import is_pattern, parse_pattern
from bridge.mapping.table import Pair, Row, Table
from bridge.mapping.tables import Tables
from bridge.standards.binding import MessageShape
from bridge.xml.nodes import UNBOUNDED, Field, Leaf

_DEEPEST: Final = 6


@dataclass(frozen=True, slots=True)
class Use:
    """A row where it applies.

    ``name`` is the row's name in accounts (``part.row`` inside a part), ``paths`` its paths from
    the root of each side, without selectors; a pattern has several. ``via`` are the rows whose
    parts lead there, outermost first.
    """

    name: str
    row: Row
    pair: Pair
    paths: Mapping[str, tuple[str, ...]]
    via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """The newest data model of one side of a pair: its version and the kind's shape."""

    standard: str
    kind: MessageShape


def uses_of(table: Table, pair: Pair) -> Iterator[Use]:
    """All rows of a pair, in order, those of parts after the row that leads to them."""
    prefixes = dict.fromkeys(table.sides, "")
    yield from _uses(table, pair, table.rows_of(pair), "", prefixes, ())


def _uses(
    table: Table,
    pair: Pair,
    rows: Iterable[Row],
    part: str,
    prefixes: Mapping[str, str],
    via: tuple[str, ...],
) -> Iterator[Use]:
    for row in rows:
        name = f"{part}.{row.id}" if part else row.id
        paths = {
            side: tuple(_joined(prefixes[side], path) for path in plain_paths(row.path(side) or ""))
            for side in row.paths
        }
        yield Use(name, row, pair, paths, via)
        inner = table.parts.get(row.part)
        if inner is not None and len(via) < _DEEPEST:
            deeper = {side: next(iter(paths.get(side, ())), "?") for side in table.sides}
            yield from _uses(table, pair, inner.row, inner.id, deeper, (*via, name))


def _joined(prefix: str, path: str) -> str:
    return "/".join(filter(None, (prefix, path)))


def plain_paths(text: str) -> tuple[str, ...]:
    """The paths that a row's text names, without selectors; those in a pattern one by one."""
    try:
        texts = [m.path for m in parse_pattern(text).members] if is_pattern(text) else [text]
        return tuple("/".join(step.name for step in parse_path(each)) for each in texts)
    except ValueError:
        return (text,)  # which the check tells; tools still show it as it stands


def models_of(tables: Tables, table: Table, pair: Pair, side: str) -> list[Model]:
    """The data models of a side, newest first; none where the pair has nothing on that side."""
    kind = pair.kinds.get(side, "")
    family = pair.families.get(side, side)
    standards = [s for s in tables.catalogue.standards if s.rpartition("-")[0] == family]
    found = []
    for standard in sorted(standards, reverse=True):
        known = tables.catalogue.binding(standard).messages.get(kind)
        if known is not None:
            found.append(Model(standard, known))
    return found


def model_of(tables: Tables, table: Table, pair: Pair, side: str) -> Model | None:
    """The newest data model of a side."""
    return next(iter(models_of(tables, table, pair, side)), None)


def field_at(model: Model | None, path: str) -> Field | None:
    """The field at a path without selectors."""
    return model.kind.shape.find(path) if model is not None and path else None


def occurs(row: Field) -> str:
    """How often a field stands in its group: ``1``, ``0..1``, ``1..n``, ``one of a choice``."""
    if row.choice:
        return "one of a choice"
    most = "n" if row.most >= UNBOUNDED else str(row.most)
    return most if str(row.least) == most else f"{row.least}..{most}"


def kind_of(row: Field) -> str:
    """What stands in a field: the kind of value, the code list, or ``group NAME``."""
    if not isinstance(row.of, Leaf):
        return f"group {row.of.name}"
    return f"code of {row.of.code_list}" if row.of.code_list else row.of.kind


def way_of(row: Row, sides: tuple[str, str]) -> str:
    """``↔``, ``→`` or ``←`` between the two sides."""
    left, right = sides
    return {"both": "↔", f"to-{left}": "←", f"to-{right}": "→"}.get(row.direction, "?")


def goes(row: Row, direction: str) -> bool:
    """Whether a row works in a direction."""
    return row.direction in ("both", direction)


def named_rows(table: Table) -> Mapping[str, Row]:
    """All rows of a table by the name that accounts call them."""
    rows = {row.id: row for row in table.rows}
    for part in table.parts.values():
        rows |= {f"{part.id}.{row.id}": row for row in part.row}
    return rows


def for_version(row: Row, side: str, version: str) -> bool:
    """Whether a row holds for a version of a side."""
    patterns = row.versions.get(side, ())
    return not patterns or any(
        not fnmatchcase(version, p[1:]) if p.startswith("!") else fnmatchcase(version, p)
        for p in patterns
    )
