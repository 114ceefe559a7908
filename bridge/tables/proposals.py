"""Rows proposed for two data models: fields whose names, kinds and example values are alike.

Every row is marked as a proposal in its note; 'bridge tables check' keeps asking until a person has
read it and taken the mark away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from bridge.mapping.tables import Tables
from bridge.message import Group
from bridge.tables.likeness import Words
from bridge.tables.uses import named_rows
from bridge.xml.nodes import Field, Leaf, Shape

MARK: Final = "PROPOSAL"
"""What the note of a proposed row begins with."""
_LEAST: Final = 0.5
_SAME_VALUE: Final = 0.45
_TEXTUAL: Final = frozenset({"token", "text", "string"})
_GERMAN: Final = re.compile(r"\d{2}\.\d{2}\.\d{4}")
_COMMA: Final = re.compile(r"-?\d+,\d+")
_SELECTOR: Final = re.compile(r"\[[^\]]*\]")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Proposed:
    """One row: its paths (``None``: no counterpart), converter, loss and why it is proposed."""

    id: str
    eu: str | None
    national: str | None
    why: str
    convert: str = "copy"
    direction: str = "both"
    loss: str = ""
    part: str = ""
    score: float = 0.0


@dataclass(slots=True)
class Proposal:
    """All rows, and those of parts by the part's name."""

    rows: list[Proposed] = field(default_factory=list)
    parts: dict[str, list[Proposed]] = field(default_factory=dict)


def joined(
    proposal: Proposal, rows: Sequence[Proposed] | None = None, eu: str = "", national: str = ""
) -> Iterator[tuple[str, str]]:
    """The paths of all fields that rows join, from the roots, without selectors."""
    for row in proposal.rows if rows is None else rows:
        if row.eu is None or row.national is None:
            continue
        here = "/".join(filter(None, (eu, _SELECTOR.sub("", row.eu))))
        there = "/".join(filter(None, (national, _SELECTOR.sub("", row.national))))
        yield here, there
        if row.part:
            yield from joined(proposal, proposal.parts[row.part], here, there)


def anchors(proposal: Proposal) -> Iterator[tuple[str, str]]:
    """The paths of joined fields that stand directly in joined items of lists.

    Only these can be mandatory on both sides whatever else is in a document: what fills an item
    comes from the one item of the other side.
    """
    lists = {(row.eu, row.national) for row in _all_rows(proposal) if row.part and row.eu}
    parents = {(_last(eu or ""), _last(national or "")) for eu, national in lists}
    for eu, national in joined(proposal):
        above = (_last(eu.rpartition("/")[0]), _last(national.rpartition("/")[0]))
        if above in parents and above != ("", ""):
            yield eu, national


def _all_rows(proposal: Proposal) -> Iterator[Proposed]:
    yield from proposal.rows
    for rows in proposal.parts.values():
        yield from rows


def _last(path: str) -> str:
    return _SELECTOR.sub("", path).rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Spot:
    """A leaf or a list of groups below one group, down through single groups."""

    path: str
    row: Field
    values: tuple[object, ...]

    @property
    def leaf(self) -> bool:
        """Whether it is a value."""
        return isinstance(self.row.of, Leaf)

    @property
    def listed(self) -> str:
        """The path with ``[]`` where it is a list."""
        return f"{self.path}[]" if self.row.repeated else self.path


class Proposer:
    """Compares two data models. ``never`` says why a national field must not leave, or nothing."""

    def __init__(self, words: Words, never: Callable[[str], str]) -> None:
        self._words = words
        self._never = never
        self.found = Proposal()
        self._ids: set[str] = set()

    def propose(
        self, eu: Shape, national: Shape, one: Sequence[Group], other: Sequence[Group]
    ) -> Proposal:
        """Propose rows for two kinds of document; ``one`` and ``other`` are the examples."""
        self.found.rows += self._between(eu, national, one, other, "", "")
        return self.found

    def _between(
        self,
        eu: Shape,
        national: Shape,
        one: Sequence[Any],
        other: Sequence[Any],
        above: str,
        beside: str,
    ) -> list[Proposed]:
        left, right = list(spots(eu, one)), list(spots(national, other))
        guarded = [spot for spot in right if self._never(spot.path)]
        right = [spot for spot in right if spot not in guarded]
        pairs = self._matched(left, right, above, beside)
        rows = []
        for spot, partner, score in pairs:
            rows.append(self._joined(spot, partner, score, above, beside))
        taken = {id(spot) for pair in pairs for spot in pair[:2]}
        rows += [self._lost(spot, "eu") for spot in left if id(spot) not in taken]
        rows += [self._lost(spot, "national") for spot in right if id(spot) not in taken]
        rows += [self._held(spot) for spot in guarded]
        return rows

    def _matched(
        self, left: list[Spot], right: list[Spot], above: str, beside: str
    ) -> list[tuple[Spot, Spot, float]]:
        """The best pairs, each spot in one only; in the order of the EU side."""
        scored = []
        for number, spot in enumerate(left):
            for place, partner in enumerate(right):
                score = self._score(spot, partner, above, beside)
                if score >= _LEAST:
                    scored.append((score, -number, -place))
        chosen: dict[int, tuple[int, float]] = {}
        taken: set[int] = set()
        for score, number, place in sorted(scored, reverse=True):
            if -number not in chosen and -place not in taken:
                chosen[-number] = (-place, score)
                taken.add(-place)
        return [(left[n], right[chosen[n][0]], chosen[n][1]) for n in sorted(chosen)]

    def _score(self, one: Spot, other: Spot, above: str, beside: str) -> float:
        if one.leaf != other.leaf:
            return 0.0
        if one.leaf and converter_for(one, other) is None:
            return 0.0
        names = self._words.likeness(
            "/".join(filter(None, (above, one.path))), "/".join(filter(None, (beside, other.path)))
        )
        same = one.leaf and _same_values(one, other)
        return min(1.0, names + (_SAME_VALUE if same else 0.0))

    # --- rows ----------------------------------------------------------------------------

    def _joined(self, one: Spot, other: Spot, score: float, above: str, beside: str) -> Proposed:
        both = one.row.repeated and other.row.repeated
        eu, national = one.listed, other.listed
        loss = ""
        if not both and (one.row.repeated or other.row.repeated):
            eu = f"{one.path}[1]" if one.row.repeated else one.path
            national = f"{other.path}[1]" if other.row.repeated else other.path
            where = "Germany" if one.row.repeated else "the EU"
            loss = f"towards {where}: every one after the first"
        percent = round(100 * score)
        if one.leaf:
            why = f"{percent} per cent alike"
            if _same_values(one, other):
                why += ", with the same values in the examples"
            elif one.values and other.values:
                why += "; the values in the examples differ: perhaps a list of codes is needed"
            convert = converter_for(one, other) or "copy"
            name = self._id(one.path)
            return Proposed(name, eu, national, why, convert, loss=loss, score=score)
        row_id = self._id(one.path)
        part = row_id
        inner = self._between(
            _shape(one.row), _shape(other.row), one.values, other.values, one.path, other.path
        )
        self.found.parts[part] = inner
        why = f"{percent} per cent alike"
        return Proposed(row_id, eu, national, why, loss=loss, part=part, score=score)

    def _lost(self, spot: Spot, side: str) -> Proposed:
        direction = "to-national" if side == "eu" else "to-eu"
        there = "German" if side == "eu" else "EU"
        return Proposed(
            id=self._id(spot.path),
            eu=spot.listed if side == "eu" else None,
            national=spot.listed if side == "national" else None,
            why="no field of the other side looks like it",
            direction=direction,
            loss=f"the {there} data model has no field for it",
        )

    def _held(self, spot: Spot) -> Proposed:
        lost = self._lost(spot, "national")
        return replace(lost, why="guard.toml", loss=self._never(spot.path))

    def _id(self, path: str) -> str:
        """A name for a row, unlike all others: words with hyphens."""
        steps = path.split("/")
        name = ""
        for count in range(1, len(steps) + 1):
            name = kebab("-".join(steps[-count:]))
            if name not in self._ids:
                break
        base, number = name, 2
        while name in self._ids:
            name, number = f"{base}-{number}", number + 1
        self._ids.add(name)
        return name


def kebab(text: str) -> str:
    """``DateOfBirth`` as ``date-of-birth``; what is no ASCII letter or digit becomes a hyphen."""
    for letter, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = text.replace(letter, plain)
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", text)
    return re.sub(r"[^a-z0-9]+", "-", spaced.lower()).strip("-") or "field"


def spots(shape: Shape, values: Sequence[Any], prefix: str = "") -> Iterator[Spot]:
    """The leaves and lists of groups of a shape, through single groups, with example values."""
    for row in shape.named_fields():
        path = f"{prefix}{row.name}"
        found: list[Any] = []
        for group in values:
            value = group.get(row.name) if isinstance(group, Group) else None
            found += value if isinstance(value, tuple) else [] if value is None else [value]
        if isinstance(row.of, Leaf) or row.repeated:
            if row.constant is None:
                yield Spot(path, row, tuple(found))
        else:
            yield from spots(row.of, found, f"{path}/")


def converter_for(one: Spot, other: Spot) -> str | None:
    """The converter between two values by their kinds and examples; ``None`` where none fits."""
    eu, national = one.row.of, other.row.of
    assert isinstance(eu, Leaf) and isinstance(national, Leaf)
    if eu.codes or national.codes:
        return "copy" if eu.codes == national.codes else None
    if _all(other.values, _GERMAN) and (eu.kind == "date" or _all(one.values, _DATE)):
        return "date-german"
    if eu.kind == "boolean" and national.kind in _TEXTUAL and set(other.values) <= {"ja", "nein"}:
        return "ja-nein"
    if _all(other.values, _COMMA) and eu.kind == "decimal":
        return "decimal-comma"
    alike = eu.kind == national.kind or {eu.kind, national.kind} <= _TEXTUAL
    return "copy" if alike and eu.type is national.type else None


def _all(values: Sequence[object], form: re.Pattern[str]) -> bool:
    return bool(values) and all(form.fullmatch(str(value)) for value in values)


def _same_values(one: Spot, other: Spot) -> bool:
    """Whether the examples agree, however dates, decimals and truth values are spelt."""
    first = {_plain(value) for value in one.values}
    return bool(first) and first == {_plain(value) for value in other.values}


def _plain(value: object) -> str:
    text = {"ja": "true", "nein": "false"}.get(str(value), str(value).strip().casefold())
    if _GERMAN.fullmatch(text):
        day, month, year = text.split(".")
        return f"{year}-{month}-{day}"
    try:
        return str(Decimal(text.replace(",", ".", 1)).normalize())
    except InvalidOperation:
        return text


def _shape(row: Field) -> Shape:
    assert isinstance(row.of, Shape)
    return row.of


def left_open(tables: Tables) -> Iterator[str]:
    """Rows that are still marked as proposals, a line each."""
    for table in tables.every():
        for name, row in named_rows(table).items():
            if row.note.startswith(MARK):
                yield (
                    f"{row.file}:{row.line}: row {name}: still a proposal; read it, mend it, and "
                    "delete its note"
                )
