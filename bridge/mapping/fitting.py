"""Does a row fit the bindings? Paths, kinds of value, converters, codes, conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridge.mapping.codes import CodePairs
from bridge.mapping.convert import CONVERTERS
from bridge.mapping.paths import Path, Select, spell
from bridge.mapping.plan import Condition
from bridge.mapping.table import Pair, Row, near
from bridge.xml.nodes import Field, Leaf, Shape


@dataclass(slots=True)
class Place:
    """Where rows apply: the two shapes, and the target path from the message's root."""

    source: Shape | None
    target: Shape
    target_path: str = ""
    part: str = ""
    depth: int = 0


class Fitting:
    """The checks that compiling shares; every problem goes to ``problems`` with file and line."""

    pair: Pair
    direction: str
    target_side: str
    codes: Mapping[str, CodePairs]
    problems: list[str]
    codes_known: set[tuple[str, int, str]]
    codes_doubted: dict[tuple[str, int, str], str]

    def _problem(self, row: Row, place: Place, what: str) -> None:
        name = f"{place.part}.{row.id}" if place.part else row.id
        text = f"{row.file}:{row.line}: row {name}: {what}"
        if text not in self.problems:
            self.problems.append(text)

    def _find(self, row: Row, place: Place, shape: Shape, path: Path, side: str) -> Field | None:
        current: Shape | None = shape
        found: Field | None = None
        for number, step in enumerate(path):
            if current is None:
                self._problem(row, place, f"'{spell(path)}' goes on below a value ({side})")
                return None
            found = current.field(step.name)
            if found is None:
                names = sorted(current.names)
                hint = near(step.name, names)
                where = f" of {current.name}" if current.name else ""
                self._problem(
                    row, place, f"{side} has no field '{step.name}'{where} in '{spell(path)}'{hint}"
                )
                return None
            if step.select is not Select.NONE and not found.repeated:
                self._problem(row, place, f"'{step.name}' is no list ({side})")
                return None
            if step.select is Select.NONE and found.repeated and number < len(path) - 1:
                self._problem(row, place, f"'{step.name}' is a list: say which items ({side})")
                return None
            by_value = step.select is Select.BY_VALUE and found.shape is not None
            if by_value and found.shape.find("/".join(step.field)) is None:  # type: ignore[union-attr]
                self._problem(row, place, f"'{step}' selects by an unknown field ({side})")
                return None
            current = found.shape
        return found

    def _target(self, row: Row, place: Place, path: Path) -> Field | None:
        return self._find(row, place, place.target, path, self.target_side)

    def _ends_in_list(
        self, row: Row, place: Place, path: Path, found: Field | None, side: str
    ) -> None:
        if found is None or not path:
            return
        if found.repeated and path[-1].select is Select.NONE:
            self._problem(row, place, f"'{path[-1].name}' is a list: write [] or [1] ({side})")

    def _apply(self, row: Row, place: Place, source: Any, target: Any) -> Any:
        if row.convert == "code":
            pairs = self.codes.get(row.codes)
            if pairs is None:
                self._problem(
                    row, place, f"unknown codes '{row.codes}'{near(row.codes, self.codes)}"
                )
                return None
            direction = self.direction
            self._check_codes(row, place, pairs, source, target)
            return lambda value, _env: pairs.convert(direction, value)
        if row.convert == "copy":
            if source is not None and source.type is not target.type:
                self._problem(row, place, f"a {source.kind} is copied into a {target.kind}")
            return None
        converter = CONVERTERS.get(row.convert)
        if converter is None:
            self._problem(
                row, place, f"unknown converter '{row.convert}'{near(row.convert, CONVERTERS)}"
            )
            return None
        if row.direction == "both" and len(self.pair.directions) > 1 and not converter.two_way:
            self._problem(row, place, f"the converter '{row.convert}' is one-way, the row is not")
        apply = converter.towards(self.direction)
        if apply is None:
            self._problem(row, place, f"the converter '{row.convert}' does not go {self.direction}")
        return apply

    def _check_codes(
        self, row: Row, place: Place, pairs: CodePairs, source: Any, target: Any
    ) -> None:
        """Note which codes of the pairs are in the closed lists of the fields that they join.

        A code may be younger than one version's list: it is wrong only if no version knows it.
        """
        for value, counterpart in pairs.values.get(self.direction, {}).items():
            for code, leaf in ((value, source), (counterpart, target)):
                if leaf is None or not leaf.codes:
                    continue
                line = pairs.lines.get((self.direction, value), 0)
                key = (pairs.file, line, code)
                if code in leaf.codes:
                    self.codes_known.add(key)
                    continue
                self.codes_doubted[key] = (
                    f"{pairs.file}:{line}: '{code}' is not in the code list {leaf.code_list}"
                    f"{near(code, leaf.codes)}"
                )

    def _check_value(self, row: Row, place: Place, leaf: Leaf) -> None:
        for value in (row.constant, row.default):
            if value is None:
                continue
            if type(value) is not leaf.type:
                self._problem(row, place, f"the value is no {leaf.kind}")
            elif leaf.codes and value not in leaf.codes:
                hint = near(str(value), leaf.codes)
                self._problem(
                    row, place, f"'{value}' is not in the code list {leaf.code_list}{hint}"
                )

    def _condition(self, row: Row, place: Place) -> Condition | None:
        if row.when is None:
            return None
        if place.source is not None and place.source.find(row.when.field) is None:
            # A condition may name a field of the other direction's source: then it never applies.
            side_shape = place.target.find(row.when.field)
            if side_shape is None:
                self._problem(row, place, f"'when' names an unknown field '{row.when.field}'")
            return None
        values = row.when.is_ or row.when.not_
        return Condition(row.when.field, frozenset(values), bool(row.when.is_))

    def _compare(self, row: Row, place: Place) -> None:
        if row.compare and ":" not in row.compare:
            self._problem(row, place, "'compare' is written NAME:path")

    @staticmethod
    def _name(row: Row, place: Place) -> str:
        return f"{place.part}.{row.id}" if place.part else row.id
