"""Does a row fit the bindings? Paths, kinds of value, converters, codes, conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bridge.mapping.account import Env
from bridge.mapping.codes import CodePairs
from bridge.mapping.convert import MESSAGES_ONLY, converters
from bridge.mapping.convert import converter as find_converter
from bridge.mapping.convert_measures import finite, minor_units, ratio, unit_converter
from bridge.mapping.convert_values import latin
from bridge.mapping.converter import Apply, national
from bridge.mapping.forms import Form, Forms
from bridge.mapping.joining import cut_to
from bridge.mapping.paths import Path, Select, parse_path, spell
from bridge.mapping.plan import Condition
from bridge.mapping.table import Pair, Row, Table, near, spot
from bridge.standards.binding import Binding
from bridge.xml.nodes import Field, Leaf, Shape

_AMOUNTS: Final = frozenset({"integer", "decimal", "token", "string", "text"})
_FREE: Final = frozenset({"string", "text", "token"})
_WORDED: Final = frozenset(
    {"upper", "lower", "text", "words", "name", "latin", "original", "gender"}
)
_WORDLESS: Final = frozenset({"date", "dateTime", "decimal", "uuid", "uuid-urn", "uri", "sr-uri"})
"""Converters of words, and kinds of value that hold none."""
_UNCODED: Final = _WORDLESS | {"text", "integer", "boolean", "base64"}
_CODED: Final = ("code", "company-number", "company-scheme")
_LENGTHENED: Final = frozenset({"copy", "text", "words", "name", "latin", "lower", "upper"})
"""Converters that take any text and leave its length as it is."""


@dataclass(slots=True)
class Place:
    """Where rows apply: the two shapes, and the target path from the message's root."""

    source: Shape | None
    target: Shape
    target_path: str = ""
    part: str = ""
    depth: int = 0
    source_path: str = ""


@dataclass(slots=True)
class Filled:
    """Which target places rows fill: spelled path to row name; ``whole`` are copied groups."""

    places: dict[str, str] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)


class Fitting:
    """The checks that compiling shares; every problem goes to ``problems`` with file and line."""

    table: Table
    pair: Pair
    direction: str
    source_side: str
    target_side: str
    source: Binding | None
    target: Binding
    forms: tuple[Forms, Forms] | None
    codes: Mapping[str, CodePairs]
    problems: list[str]
    codes_known: set[tuple[str, int, str]]
    codes_doubted: dict[tuple[str, int, str], str]
    filled: Filled

    def _problem(self, row: Row, place: Place, what: str, near_text: str = "") -> None:
        """Tell a problem of a row; ``near_text`` is what stands wrong in its lines."""
        name = f"{place.part}.{row.id}" if place.part else row.id
        text = f"{row.file}:{row.line}: row {name}: {what}{spot(self.table, row, near_text)}"
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
                what = f"{side} has no field '{step.name}'{where} in '{spell(path)}'{hint}"
                self._problem(row, place, what, spell(path))
                return None
            if step.select is not Select.NONE and not found.repeated:
                self._problem(row, place, f"'{step.name}' is no list ({side})")
                return None
            if step.select is Select.NONE and found.repeated and number < len(path) - 1:
                self._problem(row, place, f"'{step.name}' is a list: say which items ({side})")
                return None
            by_value = step.selects_by_value and found.shape is not None
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

    def _apply(self, row: Row, place: Place, source: Leaf | None, target: Leaf) -> Apply | None:
        """What a row does to a value; ``None`` to take it as it is, or where a problem was told."""
        self._strayed(row, place)
        if row.convert == "code":
            return self._code(row, place, source, target)
        if row.convert in ("unit", "minor-units"):
            return self._measured(row, place, source, target)
        if row.convert == "copy":
            if source is not None and source.type is not target.type:
                self._problem(row, place, f"a {source.kind} is copied into a {target.kind}")
            self._other_list(row, place, source, target)
            return None
        converter = find_converter(row.convert)
        if converter is None:
            known = near(row.convert, converters())
            self._problem(row, place, f"unknown converter '{row.convert}'{known}", row.convert)
            return None
        if self.pair.families and row.convert in MESSAGES_ONLY:
            self._problem(row, place, f"the converter '{row.convert}' is for messages only")
        if not converter.two_way:
            self._one_way(row, place, f"the converter '{row.convert}' is one-way, the row is not")
        apply = converter.towards(self.direction)
        if apply is None:
            self._problem(row, place, f"the converter '{row.convert}' does not go {self.direction}")
        for leaf, wanted in zip((source, target), converter.types(self.direction), strict=True):
            if leaf is None:
                continue
            strange = self.pair.families and row.convert in _WORDED and leaf.kind in _WORDLESS
            if strange or (wanted is not None and leaf.type is not wanted):
                what = f"the converter '{row.convert}' does not fit a {leaf.kind}"
                self._problem(row, place, what, row.convert)
        return apply

    def _other_list(self, row: Row, place: Place, source: Leaf | None, target: Leaf) -> None:
        """Codes are copied between lists of the same codes only; others need pairs."""
        if source is None or self.source is None or not self.pair.families:
            return
        one = self.source.lists.get(source.code_list)
        other = self.target.lists.get(target.code_list)
        if one is not None and other is not None and one.values - other.values:
            code = sorted(one.values - other.values)[0]
            what = f"the lists differ ('{code}' is in one only): convert = \"code\""
            self._problem(row, place, what)

    def _one_way(self, row: Row, place: Place, what: str) -> None:
        if row.direction == "both" and len(self.pair.directions) > 1:
            self._problem(row, place, what)

    def _strayed(self, row: Row, place: Place) -> None:
        """Keys that say something about another converter than the row's."""
        wanted = {"codes": _CODED, "unit": ("unit",), "currency": ("minor-units",)}
        for key, names in wanted.items():
            if getattr(row, key) and row.convert not in names:
                self._problem(row, place, f"'{key}' goes with convert = \"{names[0]}\"")
        sides = self.table.sides
        for side in sorted({*row.unit, *row.currency} - {*sides}):
            self._problem(row, place, f"there is no side '{side}'{near(side, sides)}", side)
        if row.places is not None and row.convert != "unit":
            self._problem(row, place, "'places' goes with convert = \"unit\"")

    def _code(self, row: Row, place: Place, source: Leaf | None, target: Leaf) -> Apply | None:
        pairs = self.codes.get(row.codes)
        if pairs is None:
            known = near(row.codes, self.codes)
            self._problem(row, place, f"unknown codes '{row.codes}'{known}", row.codes)
            return None
        direction = self.direction
        if direction not in pairs.values:
            self._problem(row, place, f"the codes '{row.codes}' do not go {direction}", row.codes)
        for leaf in (source, target):
            if self.pair.families and leaf is not None and leaf.kind in _UNCODED:
                self._problem(row, place, f"a {leaf.kind} holds no code", row.codes)
        self._check_codes(pairs, source, target)
        found_in = pairs.values.get(direction, {})

        def apply(value: str, _env: Env) -> str | None:
            found = found_in.get(value)
            return found if found is not None else pairs.convert(direction, value)

        return apply

    def _measured(self, row: Row, place: Place, source: Leaf | None, target: Leaf) -> Apply | None:
        """``unit`` and ``minor-units``: what the row says beside them decides what they do."""
        for leaf in (source, target):
            if leaf is not None and leaf.kind not in _AMOUNTS:
                self._problem(row, place, f"a {leaf.kind} is no amount")
        if row.convert == "minor-units":
            path = row.currency.get(self.source_side, "")
            start = place.source
            if not path or start is None or start.find(path) is None:
                what = f"'currency' names no field beside the amount ({self.source_side})"
                self._problem(row, place, what, path)
                return None
            return minor_units(path, national(self.direction), target.type)
        try:
            by = ratio(row.unit, self.source_side, self.target_side)
        except ValueError as error:
            self._problem(row, place, str(error), "unit")
            return None
        if not (finite(by) and finite(1 / by)) or row.places is not None:
            self._one_way(row, place, "a conversion that rounds is one-way, the row is not")
            if row.places is None and not finite(by):
                self._problem(row, place, "this conversion has no end: say how many 'places'")
        return unit_converter(by, row.places, target.type)

    def _repaired(self, leaf: Leaf) -> bool:
        """Whether texts of the target are brought into its repertoire."""
        repertoire = self.pair.repertoire_of(self.target_side)
        return repertoire == "latin" and leaf.kind in _FREE and not leaf.code_list

    def _kept_in(
        self, row: Row, place: Place, apply: Apply | None, target: Leaf, paths: tuple[str, str]
    ) -> Apply | None:
        """Keep a text in the target's repertoire and length, each with a loss that is told."""
        if self.forms is None or target.kind not in _FREE or target.code_list:
            return apply
        source, goal = self._form_at(paths[0], source=True), self._form_at(paths[1], source=False)
        most = goal.most if goal is not None else -1
        open_ended = source is not None and not (source.patterns or source.values)
        longer = open_ended and most >= 0 and not 0 <= source.most <= most  # type: ignore[union-attr]
        if longer and row.convert in _LENGTHENED and not row.cut:
            long = source.most if source is not None and source.most >= 0 else "any number of"
            what = f"a text may have {long} characters, the target takes {most}: say 'cut = true'"
            self._problem(row, place, what)
        foreign = apply is None and self._repaired(target)
        if foreign:
            apply = latin
        limited = most >= 0 and (row.cut or (foreign and open_ended))
        return cut_to(most, apply) if limited else apply

    def _form_at(self, path: str, *, source: bool) -> Form | None:
        binding = self.source if source else self.target
        side = self.source_side if source else self.target_side
        if self.forms is None or binding is None:
            return None
        kind = binding.message(self.pair.kinds[side])
        return self.forms[0 if source else 1].at(kind, plain(path))

    @staticmethod
    def _from(place: Place, path: Path) -> str:
        return f"{place.source_path}{'/'.join(map(str, path))}"

    @staticmethod
    def _finder(shape: Shape) -> Callable[[Path], Field | None]:
        return lambda path: shape.find("/".join(step.name for step in path))

    def _check_codes(self, pairs: CodePairs, source: Leaf | None, target: Leaf) -> None:
        """Note which codes of the pairs are in the lists of the fields that they join.

        A code may be younger than one version's list: it is wrong only if no version knows it.
        """
        self._covered(pairs, source, target)
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

    def _covered(self, pairs: CodePairs, source: Leaf | None, target: Leaf) -> None:
        """Every code of a list, closed or open, has a pair or is said to have none on purpose."""
        if self.source is None or source is None or not self.pair.families:
            return
        codes = self.source.lists.get(source.code_list)
        listed = codes.values if codes is not None else frozenset[str]()
        paired, unpaired = pairs.values.get(self.direction, {}), pairs.without(self.direction)
        problems = [
            f"{pairs.file}: the code '{code}' of the list {source.code_list} has no pair "
            f"{self.direction}; add one, or name it in 'unpaired' if the fallback is meant"
            for code in sorted(listed - paired.keys() - unpaired)
        ]
        if listed:
            problems += [
                f"{pairs.file}: '{code}' in 'unpaired' is not in the list {source.code_list}"
                f"{near(code, listed)}"
                for code in sorted(unpaired - listed)
            ]
        replacement = pairs.replacement(self.direction)
        if replacement is not None and target.codes and replacement not in target.codes:
            problems.append(
                f"{pairs.file}: the fallback '{replacement}' is not in the code list "
                f"{target.code_list}{near(replacement, target.codes)}"
            )
        self.problems += [problem for problem in problems if problem not in self.problems]

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
        if place.source is not None:
            self._tested(row, place, place.source.find(row.when.field), values)
        return Condition(row.when.field, frozenset(values), bool(row.when.is_))

    def _tested(self, row: Row, place: Place, found: Field | None, values: tuple[str, ...]) -> None:
        """A condition on a code asks for codes that there are; messages may hold others, too."""
        if found is None or not isinstance(found.of, Leaf):
            self._problem(row, place, f"'when' looks at a value, '{row.when.field}' is a group")  # type: ignore[union-attr]
            return
        for value in values if self.pair.families else ():
            if found.of.codes and value and value not in found.of.codes:
                hint = near(value, found.of.codes)
                what = f"'when': '{value}' is not in the code list {found.of.code_list}{hint}"
                self._problem(row, place, what, value)

    def _compare(self, row: Row, place: Place) -> None:
        if row.compare and ":" not in row.compare:
            self._problem(row, place, "'compare' is written NAME:path")

    @staticmethod
    def _name(row: Row, place: Place) -> str:
        return f"{place.part}.{row.id}" if place.part else row.id

    # --- bookkeeping ------------------------------------------------------------

    def _fill(self, row: Row, place: Place, target: Path) -> None:
        path = self._absolute(place, target)
        name = self._name(row, place)
        taken = self.filled.places.get(path)
        exempt = row.fallback or row.when or any(s.select is Select.ALL for s in target)
        if taken and taken != name and not exempt:
            self._problem(row, place, f"'{path}' is filled already by row {taken}")
        self.filled.places.setdefault(path, name)
        self._selected(target, place)

    def _selected(self, target: Path, place: Place) -> None:
        """A selector by value fills the field that it selects by."""
        for number, step in enumerate(target, 1):
            if step.selects_by_value:
                base = self._absolute(place, target[:number])
                self.filled.places.setdefault(f"{base}/{'/'.join(step.field)}", "selector")

    def _touch(self, path: str) -> None:
        self.filled.places.setdefault(f"{path}/", "group")

    @staticmethod
    def _absolute(place: Place, path: Path) -> str:
        text = "/".join(map(str, path))
        return f"{place.target_path}{text}" if text else place.target_path.rstrip("/")

    @staticmethod
    def _optional(shape: Shape, path: Path) -> Iterable[bool]:
        current: Shape | None = shape
        for step in path:
            row = current.field(step.name) if current else None
            yield row is None or row.least == 0 or bool(row.choice)
            current = row.shape if row else None


def plain(path: str) -> str:
    """A target path without its selectors."""
    return "/".join(step.name for step in parse_path(path)) if path else path
