"""Rows and bindings to a plan, with every check that needs no message (the laws of the tables)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bridge.mapping.codes import CodePairs
from bridge.mapping.fitting import Filled, Place
from bridge.mapping.forms import Forms
from bridge.mapping.paths import Path, Select, Step, parse_path
from bridge.mapping.plan import Branch, Condition, LeafOp, Plan, Supply, hang
from bridge.mapping.table import SIDES, Pair, Row, Table, near
from bridge.mapping.weave import Weaving
from bridge.message import Group
from bridge.standards.binding import Binding
from bridge.xml.nodes import Field, Leaf, Shape

_DEEPEST = 12
"""Parts may stand in parts to this depth; beyond it a part is taken to call itself."""


@dataclass(frozen=True, slots=True)
class Ends:
    """A row with both ends: its paths, and the fields they end at (``None`` for ``.``)."""

    row: Row
    place: Place
    plan: Plan
    source: Path
    target: Path
    last: Field | None
    found: Field | None
    condition: Condition | None


class Compiler(Weaving):
    """Compiles one direction of one pair. ``problems`` collects everything that is wrong."""

    def __init__(
        self,
        table: Table,
        pair: Pair,
        direction: str,
        source: Binding | None,
        target: Binding,
        codes: Mapping[str, CodePairs],
        forms: tuple[Forms, Forms] | None = None,
    ) -> None:
        self.table = table
        self.pair = pair
        self.direction = direction
        self.target_side = direction.removeprefix("to-")
        self.source_side = table.other(self.target_side)
        self.source = source
        self.target = target
        self.codes = codes
        self.forms = forms
        self.problems: list[str] = []
        self.codes_known: set[tuple[str, int, str]] = set()
        self.codes_doubted: dict[tuple[str, int, str], str] = {}
        self.filled = Filled()

    def compile(self) -> Plan:
        """Compile the pair's rows; look at ``problems`` afterwards."""
        self.problems += [
            f"{self.table.files[0].name}: pair {self.pair.id}: 'repertoire' names no side "
            f"'{side}'{near(side, self.table.sides)}"
            for side in self.pair.repertoire
            if side not in self.table.sides
        ]
        source = None
        if self.source is not None and self.source_side in self.pair.kinds:
            source = self.source.message(self.pair.kinds[self.source_side]).shape
        target = self.target.message(self.pair.kinds[self.target_side]).shape
        return self._rows(self.table.rows_of(self.pair), Place(source, target))

    def _rows(self, rows: Iterable[Row], place: Place) -> Plan:
        plan = Plan()
        for row in rows:
            if self._for_versions(row):
                self._row(row, place, plan)
            elif self._lacks(row):
                self._row(lost_here(row, self.source_side), place, plan)
        return plan

    def _lacks(self, row: Row) -> bool:
        """Whether a row says what becomes of its source where only the target has no such field."""
        stated = bool(row.lacking) and row.path(self.source_side) is not None
        return stated and self._fits(row, self.source, self.source_side)

    def _for_versions(self, row: Row) -> bool:
        source = self._fits(row, self.source, self.source_side)
        return source and self._fits(row, self.target, self.target_side)

    @staticmethod
    def _fits(row: Row, binding: Binding | None, side: str) -> bool:
        patterns = row.versions.get(side)
        if not patterns or binding is None:
            return True
        return any(fits(binding.version, pattern) for pattern in patterns)

    def _row(self, row: Row, place: Place, plan: Plan) -> None:
        here = row.direction in ("both", self.direction)
        if self._woven(row, place, plan, here):
            return
        source_text = row.path(self.source_side)
        target_text = row.path(self.target_side) if here else None
        try:
            source = parse_path(source_text) if source_text is not None else None
            target = parse_path(target_text) if target_text is not None else None
        except ValueError as error:
            self._problem(row, place, str(error))
            return
        if row.direction not in ("both", *(f"to-{side}" for side in self.table.sides)):
            self._problem(row, place, f"unknown direction '{row.direction}'")
            return
        supplied = bool(row.from_ or row.new or row.constant is not None)
        if source is not None and not (supplied and target is not None):
            self._take(row, place, plan, source, target)
        if target is not None and (supplied or row.default is not None):
            self._supply(row, place, plan, target, default_only=not supplied)
        if source is not None and supplied and target is not None and place.source is not None:
            self._problem(row, place, "a row has either a source or from, new, constant")
        if target is not None and source is None and not supplied and row.default is None:
            self._problem(row, place, "the target has no source")
        both_ways = row.direction == "both" and len(self.pair.directions) > 1
        if self.pair.families and supplied and both_ways and len(row.paths) < len(SIDES[0]):
            self._problem(row, place, "a row with one side says in which 'direction' it goes")

    # --- from the source -----------------------------------------------------------------

    def _take(self, row: Row, place: Place, plan: Plan, source: Path, target: Path | None) -> None:
        if place.source is None:
            return
        last = self._find(row, place, place.source, source, self.source_side)
        if source and last is None:
            return
        condition = self._condition(row, place)
        if target is None:
            if not source:
                return  # the group itself is nothing to lose; its fields have rows of their own
            if not row.loss and not row.control:
                self._problem(row, place, "nothing says why the field is lost: 'loss' or 'control'")
            if self.pair.families:
                self._ends_in_list(row, place, source, last, self.source_side)
            branch = Branch(row, self._name(row, place), condition=condition, whole=True)
            if row.control:
                self._compare(row, place)
                branch.op = LeafOp(row, branch.name, None, None, condition)
            hang(plan, source, branch)
            return
        found = self._target(row, place, target)
        if found is None and target:
            return
        ends = Ends(row, place, plan, source, target, last, found, condition)
        source_leaf = last is not None and isinstance(last.of, Leaf)
        target_leaf = found is not None and isinstance(found.of, Leaf)
        if source_leaf != target_leaf:
            self._problem(row, place, "one side is a value, the other a group")
            return
        self._ends_in_list(row, place, source, last, self.source_side)
        self._ends_in_list(row, place, target, found, self.target_side)
        self._chosen_by(row, place, plan, source)
        if source_leaf:
            self._leaf(ends)
        else:
            self._group(ends)

    def _chosen_by(self, row: Row, place: Place, plan: Plan, source: Path) -> None:
        """The field by which the best item is chosen is used with that, and needs no other row."""
        for number, step in enumerate(source):
            if step.select is Select.BEST:
                name = self._name(row, place)
                field_path = tuple(map(Step, step.field))
                branch = Branch(row, name, op=LeafOp(row, name, None, None, None))
                hang(plan, (*source[: number + 1], *field_path), branch)

    def _leaf(self, ends: Ends) -> None:
        row, place = ends.row, ends.place
        assert ends.last is not None and ends.found is not None
        if row.part:
            self._problem(row, place, "'part' joins groups, these are values")
        assert isinstance(ends.last.of, Leaf) and isinstance(ends.found.of, Leaf)
        self._one_for_one(ends)
        apply = self._apply(row, place, ends.last.of, ends.found.of)
        name = self._name(row, place)
        self._fill(row, place, ends.target)
        goal = self._absolute(place, ends.target)
        apply = self._kept_in(
            row, place, apply, ends.found.of, (self._from(place, ends.source), goal)
        )
        last = ends.target[-1]
        plain_name = len(ends.target) == 1 and last.select is Select.NONE and not row.fallback
        direct = last.name if plain_name else ""
        op = LeafOp(row, name, ends.target, apply, ends.condition, goal, direct)
        hang(ends.plan, ends.source, Branch(row, name, op=op, condition=ends.condition))

    def _one_for_one(self, ends: Ends) -> None:
        """Every item of a list needs a place: a single value would keep the last one only."""
        every = any(step.select is Select.ALL for step in ends.source)
        if every and not any(step.select is Select.ALL for step in ends.target):
            self._problem(
                ends.row, ends.place, "every item of a list goes into one value: say which, [1]"
            )

    def _group(self, ends: Ends) -> None:
        row, place = ends.row, ends.place
        if not row.part:
            self._problem(row, place, "two groups are joined by 'part'")
            return
        part = self.table.parts.get(row.part)
        if part is None or place.depth > _DEEPEST:
            self._problem(row, place, "the part calls itself without end")
            return
        inner_source = ends.last.shape if ends.last is not None else place.source
        inner_target = ends.found.shape if ends.found is not None else place.target
        assert inner_source is not None and inner_target is not None
        path = self._absolute(place, ends.target)
        self._selected(ends.target, place)
        prefix = f"{path}/" if path else ""
        inner = Place(
            inner_source,
            inner_target,
            prefix,
            part.id,
            place.depth + 1,
            f"{self._from(place, ends.source)}/" if ends.source else place.source_path,
        )
        branch = Branch(row, self._name(row, place), condition=ends.condition)
        branch.target = ends.target
        branch.plan = self._rows(part.row, inner)
        self._touch(path)
        if ends.source:
            hang(ends.plan, ends.source, branch)
        else:
            ends.plan.before.append(branch)

    # --- without source ------------------------------------------------------------------

    def _supply(
        self, row: Row, place: Place, plan: Plan, target: Path, *, default_only: bool
    ) -> None:
        found = self._target(row, place, target)
        if found is None:
            return
        inner: Plan | None = None
        apply = None
        path = self._absolute(place, target)
        if row.part and row.from_:
            part = self.table.parts.get(row.part)
            shape = found.shape
            if part is None or shape is None:
                self._problem(row, place, "'part' with 'from' fills a group")
                return
            inner_place = Place(None, shape, f"{path}/", part.id, place.depth + 1)
            inner = self._loose(part.row, inner_place)
            self._selected(target, place)
            self._touch(path)
        elif isinstance(found.of, Shape):
            self.filled.whole.add(path)
        else:
            self._check_value(row, place, found.of)
            if row.convert != "copy":
                apply = self._apply(row, place, None, found.of)
            if not default_only:
                self._fill(row, place, target)
            else:
                self.filled.places.setdefault(path, self._name(row, place))
        if not row.fallback:
            self._before_fallbacks(row, place, plan, path)
        optional = tuple(self._optional(place.target, target))
        plan.supplies.append(
            Supply(
                row=row,
                name=self._name(row, place),
                target=target,
                optional=optional,
                apply=apply,
                condition=self._condition(row, place),
                plan=inner,
                default_only=default_only,
                goal=path,
                wants=self._wanted(found, apply),
                many=found.repeated or inner is not None,
            )
        )

    def _before_fallbacks(self, row: Row, place: Place, plan: Plan, path: str) -> None:
        """Rows work in their order: a list would get both the fallback and what comes after it."""
        early = next((s for s in plan.supplies if s.row.fallback and s.goal == path), None)
        if early is not None:
            self._problem(row, place, f"the fallback {early.name} of '{path}' must stand after it")

    @staticmethod
    def _wanted(found: Field, apply: object) -> type | None:
        if apply is not None:
            return None
        return found.of.type if isinstance(found.of, Leaf) else Group

    def _loose(self, rows: Iterable[Row], place: Place) -> Plan:
        """Compile a part for a group of the context, whose shape no binding of ours checks."""
        plan = Plan()
        for row in rows:
            if not self._for_versions(row) or row.direction not in ("both", self.direction):
                continue
            source, target = row.path(self.source_side), row.path(self.target_side)
            if target is None:
                continue
            to = parse_path(target)
            found = place.target.find("/".join(step.name for step in to))
            if found is None:
                self._problem(row, place, f"{self.target_side} has no field '{target}'")
                continue
            if source is not None:
                branch = Branch(row, self._name(row, place))
                if isinstance(found.of, Leaf):
                    self._fill(row, place, to)
                    apply = self._apply(row, place, None, found.of)
                    goal = self._absolute(place, to)
                    branch.op = LeafOp(
                        row, branch.name, to, apply, self._condition(row, place), goal
                    )
                else:
                    part = self.table.parts[row.part]
                    path = self._absolute(place, to)
                    inner = Place(None, found.of, f"{path}/", part.id, place.depth + 1)
                    self._touch(path)
                    branch.target, branch.plan = to, self._loose(part.row, inner)
                hang(plan, parse_path(source), branch)
            if source is None or row.default is not None:
                self._supply(row, place, plan, to, default_only=source is not None)
        return plan


def fits(version: str, pattern: str) -> bool:
    """Tell whether a version matches a shell pattern; ``!`` in front turns it round."""
    if pattern.startswith("!"):
        return not fnmatchcase(version, pattern[1:])
    return fnmatchcase(version, pattern)


def lost_here(row: Row, source_side: str) -> Row:
    """The row for a target version that has no such field: its source is lost, and why."""
    paths = {source_side: row.path(source_side)}
    return row.model_copy(update={"paths": paths, "loss": row.lacking, "control": "", "when": None})
