"""What of either side a table maps, fills, uses or loses: each leaf with its fate, and the sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bridge.mapping.table import Pair, Table
from bridge.mapping.tables import Tables
from bridge.tables.uses import Model, Use, goes, kind_of, model_of, occurs, uses_of

MAPPED: Final = "mapped"
USED: Final = "used"
LOST: Final = "lost"
UNMAPPED: Final = "unmapped"
FILLED: Final = "filled"
SUPPLIED: Final = "supplied"
EMPTY: Final = "empty"
LEAVING: Final = (MAPPED, USED, LOST, UNMAPPED)
"""What becomes of a leaf on its way to the other side."""
ARRIVING: Final = (FILLED, SUPPLIED, EMPTY)
"""Where a leaf gets its value from when a message comes from the other side."""


@dataclass(frozen=True, slots=True)
class Covered:
    """One leaf of a side.

    ``leaving`` is empty where nothing goes that way (the pair has no such direction), ``arriving``
    alike. ``partners`` are the leaves of the other side that it is joined with. ``versions`` says
    that only some versions of a side have a row for it.
    """

    path: str
    kind: str
    occurs: str
    leaving: str = ""
    arriving: str = ""
    rows: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a pair with all its leaves."""

    side: str
    standard: str
    kind: str
    leaves: tuple[Covered, ...]

    def count(self, way: str) -> Mapping[str, int]:
        """How many leaves have each fate; ``way`` is ``leaving`` or ``arriving``."""
        found = Counter(getattr(leaf, way) for leaf in self.leaves)
        return {fate: found[fate] for fate in (LEAVING if way == "leaving" else ARRIVING)}

    @property
    def kept(self) -> int | None:
        """Per cent of the leaves that reach the other side or are used, rounded down.

        ``None`` where nothing of this side leaves.
        """
        counted = self.count("leaving")
        every = sum(counted.values())
        return 100 * (counted[MAPPED] + counted[USED]) // every if every else None


@dataclass(frozen=True, slots=True)
class Coverage:
    """A pair's two sides (one, for a message that is made of context alone)."""

    table: str
    pair: str
    sides: tuple[Side, ...]


def coverage(tables: Tables, table: Table) -> tuple[Coverage, ...]:
    """The coverage of each pair of a table, between the newest versions of its data models."""
    return tuple(_of_pair(tables, table, pair) for pair in table.pairs)


def _of_pair(tables: Tables, table: Table, pair: Pair) -> Coverage:
    uses = [use for use in uses_of(table, pair) if not use.row.part or use.row.from_]
    sides = []
    for side in table.sides:
        model = model_of(tables, table, pair, side)
        if model is not None:
            leaves = tuple(_leaves(table, pair, side, model, uses))
            sides.append(Side(side, model.standard, model.kind.kind, leaves))
    return Coverage(table.id, pair.id, tuple(sides))


def _leaves(
    table: Table, pair: Pair, side: str, model: Model, uses: list[Use]
) -> Iterator[Covered]:
    other = table.other(side)
    away, here = f"to-{other}", f"to-{side}"
    for listed, row in model.kind.shape.leaf_paths():
        path = listed.replace("[]", "")
        touching = [use for use in uses if _touches(use, side, path)]
        leaving, reason = _leaving(touching, other, away) if away in pair.directions else ("", "")
        arriving = _arriving(touching, other, here) if here in pair.directions else ""
        joined = [use for use in touching if len(use.row.paths) == 2]
        yield Covered(
            path=path,
            kind=kind_of(row),
            occurs=occurs(row),
            leaving=leaving,
            arriving=arriving,
            rows=tuple(dict.fromkeys(use.name for use in touching)),
            partners=tuple(dict.fromkeys(p for use in joined for p in use.paths.get(other, ()))),
            reason=reason,
        )


def _touches(use: Use, side: str, path: str) -> bool:
    return any(path == own or path.startswith(f"{own}/") for own in use.paths.get(side, ()) if own)


def _leaving(uses: list[Use], other: str, away: str) -> tuple[str, str]:
    if any(len(u.row.paths) == 2 and goes(u.row, away) for u in uses):
        reasons = [u.row.loss for u in uses if u.row.loss]
        return MAPPED, "; ".join(dict.fromkeys(reasons))
    if any(u.row.control for u in uses):
        return USED, "; ".join(dict.fromkeys(u.row.control for u in uses if u.row.control))
    reasons = [u.row.loss or u.row.lacking for u in uses if u.row.loss or u.row.lacking]
    if reasons:
        return LOST, "; ".join(dict.fromkeys(reasons))
    return UNMAPPED, ""


def _arriving(uses: list[Use], other: str, here: str) -> str:
    filling = [use for use in uses if goes(use.row, here)]
    if any(len(use.row.paths) == 2 and not _supplies(use) for use in filling):
        return FILLED
    if any(_supplies(use) for use in filling):
        return SUPPLIED
    return EMPTY


def _supplies(use: Use) -> bool:
    row = use.row
    if row.constant is not None or row.from_ or row.new:
        return True
    return row.default is not None and len(row.paths) == 1
