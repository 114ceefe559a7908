"""Compiling rows with a pattern: several fields of one side are one text of the other."""

from __future__ import annotations

from bridge.mapping.convert_values import latin
from bridge.mapping.fitting import Fitting, Place
from bridge.mapping.joining import Join, Split
from bridge.mapping.paths import Path, Select, parse_path
from bridge.mapping.pattern import Pattern, is_pattern, parse_pattern
from bridge.mapping.plan import Branch, LeafOp, Plan, Supply, hang
from bridge.mapping.table import Row
from bridge.xml.nodes import Leaf, Shape


class Weaving(Fitting):
    """Joins and splits."""

    def _woven(self, row: Row, place: Place, plan: Plan, here: bool) -> bool:
        """Compile a row if one of its paths is a pattern, and tell whether one is."""
        source, target = row.path(self.source_side), row.path(self.target_side)
        both = [path for path in (source, target) if path is not None and is_pattern(path)]
        if not both:
            return False
        if len(both) > 1 or source is None or target is None or place.source is None:
            self._problem(row, place, "a pattern stands on one side, one field on the other")
            return True
        if row.convert != "copy" or row.part or row.default is not None or row.from_ or row.new:
            self._problem(row, place, "a row with a pattern has no converter, part or default")
            return True
        try:
            pattern = parse_pattern(both[0])
            single = parse_path(target if both[0] is source else source)
        except ValueError as error:
            self._problem(row, place, str(error), both[0])
            return True
        if not here:
            self._unwoven(row, place, plan, pattern if both[0] is source else None, single)
        elif both[0] is source:
            self._join(row, place, plan, pattern, single)
        else:
            self._split(row, place, plan, pattern, single)
        return True

    def _unwoven(
        self, row: Row, place: Place, plan: Plan, pattern: Pattern | None, single: Path
    ) -> None:
        """The direction in which the row does not go: its source is lost."""
        if not row.loss:
            self._problem(row, place, "nothing says why the field is lost: 'loss' or 'control'")
        paths = [parse_path(member.path) for member in pattern.members] if pattern else [single]
        for path in paths:
            if self._member(row, place, path, source=True) is not None:
                branch = Branch(row, self._name(row, place), whole=True)
                hang(plan, path, branch)

    def _join(self, row: Row, place: Place, plan: Plan, pattern: Pattern, target: Path) -> None:
        found = self._target(row, place, target)
        if found is None:
            return
        if not (isinstance(found.of, Leaf) and found.of.type is str and not found.of.code_list):
            self._problem(row, place, "several fields become one text; this is none")
            return
        self._ends_in_list(row, place, target, found, self.target_side)
        name, goal = self._name(row, place), self._absolute(place, target)
        repair = self._repaired(found.of)
        form = self._form_at(goal, source=False)
        limit = form.most if form is not None and (row.cut or repair) else -1
        join = Join(pattern, limit, row.direction == "both", repair)
        condition = self._condition(row, place)
        self._fill(row, place, target)
        for member in pattern.members:
            path = parse_path(member.path)
            if self._member(row, place, path, source=True) is None:
                continue
            op = LeafOp(row, name, target, None, condition, goal, join=join)
            hang(plan, path, Branch(row, name, op=op, condition=condition))
        optional = tuple(self._optional(place.target, target))
        plan.supplies.append(
            Supply(row, name, target, optional, None, condition, goal=goal, join=join)
        )

    def _split(self, row: Row, place: Place, plan: Plan, pattern: Pattern, source: Path) -> None:
        if self._member(row, place, source, source=True) is None:
            return
        for sentence in pattern.untellable():
            self._problem(row, place, f"the text cannot be split: {sentence}", pattern.text)
        targets = tuple(parse_path(member.path) for member in pattern.members)
        if any(self._member(row, place, t, source=False) is None for t in targets):
            return
        for target in targets:
            self._fill(row, place, target)
        goals = tuple(self._absolute(place, target) for target in targets)
        name, condition = self._name(row, place), self._condition(row, place)
        split = Split(name, pattern, targets, goals)
        repair = any(
            self._repaired(field.of)
            for field in map(self._finder(place.target), targets)
            if field is not None and isinstance(field.of, Leaf)
        )
        apply = latin if repair else None
        op = LeafOp(row, name, targets[0], apply, condition, goals[0], split=split)
        hang(plan, source, Branch(row, name, op=op, condition=condition))

    def _member(self, row: Row, place: Place, path: Path, *, source: bool) -> Leaf | None:
        """The single text field that a pattern needs at a path; told where it is none."""
        shape = place.source if source else place.target
        side = self.source_side if source else self.target_side
        assert shape is not None
        found = self._find(row, place, shape, path, side)
        if found is None:
            return None
        listed = found.repeated or any(step.select is Select.ALL for step in path)
        if isinstance(found.of, Shape) or found.of.type is not str or listed:
            self._problem(row, place, f"'{path[-1].name}' is no single text ({side})")
            return None
        return found.of
