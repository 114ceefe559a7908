"""Rows compiled for one direction of one pair between two versions: what translation walks.

A plan mirrors the source: for each field the branches that take it, each with where its value
goes in the target. Walking the source once and finding each leaf's branch is what makes the
accounting exact: a leaf without a branch is lost, by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.mapping.joining import Join, Split
from bridge.mapping.paths import Path, Select, Step
from bridge.mapping.table import Row
from bridge.message import Group

Apply = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """``when``: a field beside the source must, or must not, have one of the values."""

    path: str
    values: frozenset[str]
    wanted: bool

    def holds(self, group: Group) -> bool:
        """Judge it on the group in which the row's paths start."""
        found: list[Any] = [group]  # of lists any item counts, an absent field as the empty value
        for name in self.path.split("/"):
            steps = [item.get(name) for item in found if isinstance(item, dict)]
            found = [v for step in steps for v in (step if isinstance(step, tuple) else (step,))]
        values = {value for value in found if value is not None} or {""}
        return bool(values & self.values) is self.wanted


@dataclass(frozen=True, slots=True)
class LeafOp:
    """Takes one leaf to its target, or uses it as control data (``target`` is ``None``).

    ``goal`` is the target's path from the root, spelled for the account; ``direct`` the name of a
    target that is simply set in the group at hand, as most are. With ``join`` the leaf is one of
    several that become one text (written by a ``Supply``), with ``split`` its text becomes several.
    """

    row: Row
    name: str
    target: Path | None
    apply: Apply | None
    condition: Condition | None
    goal: str = ""
    direct: str = ""
    join: Join | None = None
    split: Split | None = None

    @property
    def quick(self) -> bool:
        """Whether it only ever sets one target: no condition, no pattern, no other row before."""
        special = self.condition or self.join or self.split or self.row.fallback
        return self.target is not None and not special


@dataclass(slots=True)
class Branch:
    """One row's way through one field of the source.

    ``plan`` leads into a group; ``target`` is set where the row joins two groups: a new place in
    the target that ``plan``'s own targets are relative to. ``whole`` says that the row takes the
    group with all that is in it, as control data or as lost.
    """

    row: Row
    name: str
    select: Select = Select.NONE
    field: tuple[str, ...] = ()
    value: str = ""
    values: tuple[str, ...] = ()
    op: LeafOp | None = None
    plan: Plan | None = None
    target: Path | None = None
    condition: Condition | None = None
    whole: bool = False
    quick: bool = False

    def __post_init__(self) -> None:
        """Look once at what the walk would ask at every leaf."""
        self.quick = self.op is not None and self.op.quick and self.condition is None

    @property
    def reason(self) -> str:
        """Why what this branch does not take along is lost."""
        return self.row.loss

    def means(self, step: Step) -> None:
        """Take over which items of a list a step means."""
        self.select, self.field = step.select, step.field
        self.value, self.values = step.value, step.values


@dataclass(frozen=True, slots=True)
class Supply:
    """A row without source in this direction: constant, default, context or generated value.

    ``wants`` is the kind of value that the context must give (``None``: a converter looks at it),
    ``many`` says that a list of it fits too.
    """

    row: Row
    name: str
    target: Path
    optional: tuple[bool, ...]
    apply: Apply | None
    condition: Condition | None
    plan: Plan | None = None
    default_only: bool = False
    goal: str = ""
    wants: type | None = None
    many: bool = False
    join: Join | None = None

    def fits(self, value: Any) -> bool:
        """Whether a value of the context is of the kind that the row wants."""
        if self.wants is None:
            return True
        if isinstance(value, tuple):
            return self.many and all(isinstance(item, self.wants) for item in value)
        return isinstance(value, self.wants)


@dataclass(slots=True)
class Plan:
    """What to do inside one group of the source."""

    fields: dict[str, list[Branch]] = field(default_factory=dict)
    supplies: list[Supply] = field(default_factory=list)
    before: list[Branch] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Route:
    """A compiled pair: which kinds it joins, in which direction, by which plan."""

    pair: str
    direction: str
    source_kind: str
    target_kind: str
    target_standard: str
    plan: Plan
    collect: bool
    prepare: str
    without: Mapping[str, str]
    at_most_one: Mapping[str, str]
    yields: Mapping[str, str]
    empty_groups: Mapping[str, Any]


def hang(plan: Plan, path: Path, branch: Branch) -> None:
    """Put a branch at the end of its path, with plain branches on the way."""
    *way, last = path
    for step in way:
        branches = plan.fields.setdefault(step.name, [])
        on = next((b for b in branches if _leads_on(b, step)), None)
        if on is None:
            on = Branch(branch.row, branch.name, plan=Plan())
            on.means(step)
            branches.append(on)
        assert on.plan is not None
        plan = on.plan
    branch.means(last)
    plan.fields.setdefault(last.name, []).append(branch)


def _leads_on(branch: Branch, step: Step) -> bool:
    chosen = (branch.select, branch.field, branch.value, branch.values)
    alike = chosen == (step.select, step.field, step.value, step.values)
    return alike and branch.target is None and not branch.whole and branch.op is None
