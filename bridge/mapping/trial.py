"""The laws that only documents can prove: tables tried on made-up ones, with the smallest failure.

For each pair and direction of a content's table: the output is complete and valid by the target's
schema, every leaf of the source is accounted for with a stated loss, nothing appears from nowhere,
and what two-way rows carry comes back. A failure is made as small as it gets before it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from bridge.errors import BridgeError, IncompleteMessage
from bridge.mapping.account import Account, Lost
from bridge.mapping.context import Context, seeded_ids
from bridge.mapping.convert import converter as converter_named
from bridge.mapping.convert_values import TRANSLITERATED
from bridge.mapping.draw import Draw, shrink
from bridge.mapping.explained import unexplained
from bridge.mapping.instances import End
from bridge.mapping.joining import LONG
from bridge.mapping.plan import Route
from bridge.mapping.receive import cut
from bridge.mapping.table import Pair, Row, Table
from bridge.mapping.walk import Walk
from bridge.message import Group, Message
from bridge.xml.parse import parse

if TYPE_CHECKING:
    from bridge.mapping.tables import Tables

_NOW: Final = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_SHRINKS: Final = 250
_MOST_PROBLEMS: Final = 6
"""How many problems of one route are told: the first ones lead to the cause."""
_MOST_LEAVES: Final = 8
_NUMBERS: Final = re.compile(r"\[\d+\]")
_ELEMENT: Final = re.compile(r"Element '(?:\{[^}]*\})?([^']+)'")


@dataclass(frozen=True, slots=True)
class Broken:
    """One broken law. ``key`` tells it from others; ``row`` and ``path`` are as near as known."""

    key: tuple[str, ...]
    what: str
    row: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one source: the target's fields and the account."""

    fields: Group
    account: Account


@dataclass(slots=True)
class Trial:
    """One direction of one pair between two versions, tried on made-up documents."""

    tables: Tables
    table: Table
    pair: Pair
    direction: str
    source: str
    target: str
    _context: Context = field(init=False)
    _rows: Mapping[str, Row] = field(init=False)
    _refusals: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """The context is that of the shipped defaults, with a fixed time."""
        self._context = Context(_NOW, seeded_ids("trial"), self.tables.defaults)
        self._rows = rows_by_name(self.table)
        self._refusals = frozenset(row.refuse for row in self._rows.values() if row.refuse)

    def problems(self, examples: int, *, smallest: bool = True) -> Iterator[str]:
        """Try so many documents; give each broken law once, by its smallest example.

        Without ``smallest`` by the first one that is found, which is much faster.
        """
        told: set[tuple[str, ...]] = set()
        made = self._end(self.source)
        for draw, fields in made.instances.several(examples):
            for broken in self._broken(fields):
                if broken.key in told or len(told) >= _MOST_PROBLEMS:
                    continue
                told.add(broken.key)
                example = self._smallest(broken, draw, fields) if smallest else (broken, fields)
                yield self._told(*example)

    # --- one document --------------------------------------------------------------------

    def _broken(self, fields: Group) -> Iterator[Broken]:
        source, target = self._end(self.source), self._end(self.target)
        message = self._message(self.source, source, fields)
        try:
            invalid = source.invalid(self.tables.catalogue.write(message))
        except BridgeError as error:
            invalid = str(error)
        if invalid:
            yield Broken(("made", invalid), f"binding and schema of the source differ: {invalid}")
            return
        outcome = self._translated(self.direction, message, self.target)
        yield from self._accounted(fields, outcome)
        if any(finding.id in self._refusals for finding in outcome.account.findings):
            return  # the table refuses such a source, and says so
        octets, incomplete = self._written(target, outcome)
        yield from incomplete
        if incomplete:
            return
        invalid = target.invalid(octets)
        if invalid:
            found = _ELEMENT.search(invalid)
            name = found.group(1) if found else ""
            row = self._row_behind(outcome.account, name)
            yield Broken(("valid", name), f"the output is not valid: {invalid}", row, name)
        yield from self._received(target, outcome)
        yield from self._returned(fields, outcome, octets)

    def _translated(self, direction: str, message: Message, target: str) -> Outcome:
        route = self._route(direction, message.head.standard, target)
        walk = Walk(route, self._context, self.tables.shelf(target))
        return Outcome(walk.run([message]), walk.account)

    def _written(self, target: End, outcome: Outcome) -> tuple[bytes, list[Broken]]:
        """Write the target; give the octets, or tell what mandatory field stayed empty."""
        message = self._message(self.target, target, outcome.fields)
        incomplete = []
        try:
            return self.tables.catalogue.write(message), []
        except IncompleteMessage as error:
            for problem in error.problems:
                path = _NUMBERS.sub("", problem.split(" ", 1)[0]).rstrip(":")
                what = f"a valid source leaves the target incomplete: {_NUMBERS.sub('', problem)}"
                row = self._row_filling(path)
                key = ("filled", path, problem.rpartition(" ")[2])
                incomplete.append(Broken(key, what, row, path))
        return b"", incomplete

    def _received(self, target: End, outcome: Outcome) -> Iterator[Broken]:
        """What a procedure may receive is a whole document, too."""
        side = self.direction.removeprefix("to-")
        for entry in self.table.receives:
            if entry.side != side:
                continue
            account = Account(mapped=list(outcome.account.mapped))
            message = self._message(self.target, target, cut(outcome.fields, entry, account))
            try:
                invalid = target.invalid(self.tables.catalogue.write(message))
            except IncompleteMessage as error:
                invalid = _NUMBERS.sub("", error.problems[0])
            if invalid:
                what = f"what procedure {entry.procedure} may receive is not valid: {invalid}"
                yield Broken(("received", entry.procedure, invalid), what)

    def _accounted(self, fields: Group, outcome: Outcome) -> Iterator[Broken]:
        account = outcome.account
        known = {entry.path for entry in account.mapped} | {entry.path for entry in account.lost}
        for path, _value in fields.leaves():
            if path not in known:
                plain = _NUMBERS.sub("", path)
                yield Broken(("vanished", plain), f"'{plain}' vanishes unaccounted", "", plain)
        values = dict(fields.leaves())
        taken = [(entry.row, entry.path) for entry in account.mapped]
        taken += [(entry.row, entry.path) for entry in account.lost]
        for name, path in taken:
            yield from self._understood(name, path, values[path])
        for entry in account.lost:
            row = self._rows.get(entry.row)
            converter = converter_named(row.convert) if row is not None else None
            usual = converter is None or converter.returns(values[entry.path], self.direction)
            if usual and (row is None or not row.loss):
                yield from self._unstated(entry)
        for finding in account.findings:
            if finding.id in self._refusals:
                continue
            where = _NUMBERS.sub("", finding.location)
            yield Broken(
                ("finding", finding.id, where), f"{finding.id}: {finding.message}", "", where
            )
        goals = [e.target for e in account.mapped if e.target] + [e.path for e in account.given]
        for path in unexplained(outcome.fields, goals):
            plain = _NUMBERS.sub("", path)
            yield Broken(("nowhere", plain), f"'{plain}' appears from nowhere", "", plain)

    def _understood(self, name: str, path: str, value: Any) -> Iterator[Broken]:
        """A converter is asked for what it understands only."""
        row = self._rows.get(name)
        converter = converter_named(row.convert) if row is not None else None
        form = converter.takes(self.direction) if converter is not None else ""
        if row is None or row.direction not in ("both", self.direction):
            return
        if not form or re.fullmatch(form, str(value)):
            return
        plain = _NUMBERS.sub("", path)
        what = f"'{plain}' may have values that the converter '{row.convert}' does not understand"
        yield Broken(("form", name), what, name, plain)

    def _unstated(self, entry: Lost) -> Iterator[Broken]:
        if entry.reason in (TRANSLITERATED, LONG):  # which a repertoire or `cut` states
            return
        plain = _NUMBERS.sub("", entry.path)
        what = f"'{plain}' is lost ({entry.reason}) and the row states no 'loss'"
        yield Broken(("stated", entry.row, plain), what, entry.row, plain)

    # --- there and back -------------------------------------------------------------------

    def _returned(self, fields: Group, outcome: Outcome, octets: bytes) -> Iterator[Broken]:
        back = next((d for d in self.pair.directions if d != self.direction), "")
        if not back:
            return
        catalogue, document = self.tables.catalogue, parse(octets)
        reading = catalogue.read_as(document, *catalogue.identify(document, self.target))
        if reading.message.fields != outcome.fields:
            path = _difference(outcome.fields, reading.message.fields)
            what = f"'{path}' is read otherwise than it was written"
            yield Broken(("read", path), what, self._row_behind(outcome.account, path), path)
            return
        again = self._translated(back, reading.message, self.source)
        values = dict(again.fields.leaves())
        shaken = _shaken(outcome.account) | _shaken(again.account)
        for path, value in fields.leaves():
            name = self._carrier(path, value, outcome)
            if not name or name in {entry.row for entry in again.account.lost}:
                continue
            if _same(value, values.get(path)):
                continue
            plain = _NUMBERS.sub("", path)
            if any(plain.startswith(prefix) for prefix in shaken) and _moved(plain, value, values):
                continue
            came = "nothing" if values.get(path) is None else repr(values[path])
            what = f"'{plain}' does not come back: {value!r} there, {came} back"
            yield Broken(("back", name, plain), what, name, plain)

    def _carrier(self, path: str, value: Any, outcome: Outcome) -> str:
        """The two-way row that carried a leaf whole; nothing where none did."""
        account = outcome.account
        if any(entry.path == path for entry in account.lost):
            return ""
        for entry in account.mapped:
            row = self._rows.get(entry.row)
            if entry.path != path or not entry.target or row is None:
                continue
            if row.direction != "both" or len(row.paths) < len(self.table.sides):
                continue
            converter = converter_named(row.convert)
            if converter is not None and not converter.returns(value, self.direction):
                return ""
            codes = self.tables.codes.get(row.codes)
            if codes is not None:
                back = next(d for d in codes.values if d != self.direction)
                if not codes.two_way(str(value), self.direction, back):
                    continue
            return entry.row
        return ""

    # --- the smallest example -------------------------------------------------------------

    def _smallest(self, broken: Broken, draw: Draw, fields: Group) -> tuple[Broken, Group]:
        made = self._end(self.source)
        best = broken, fields

        def fails(choices: Sequence[int]) -> Sequence[int] | None:
            nonlocal best
            again = Draw(replay=choices)
            smaller = made.instances.make(again)
            for other in self._broken(smaller):
                if other.key == broken.key:
                    best = other, smaller
                    return again.taken
            return None

        choices = shrink(draw.taken, fails, _SHRINKS)
        fails(choices)
        return best

    def _told(self, broken: Broken, fields: Group) -> str:
        row = self._rows.get(broken.row)
        files = ", ".join(path.name for path in self.table.files)
        place = (
            f"{row.file}:{row.line}: row {broken.row}" if row else f"{files}: pair {self.pair.id}"
        )
        plain = dict(self._end(self.source).instances.make(Draw(replay=())).leaves())
        shown = [
            f"{path} = {value!r}" for path, value in fields.leaves() if plain.get(path) != value
        ]
        near = [line for line in shown if broken.path and broken.path in _NUMBERS.sub("", line)]
        shown = [*near, *(line for line in shown if line not in near)]
        more = ", …" if len(shown) > _MOST_LEAVES else ""
        example = ", ".join(shown[:_MOST_LEAVES]) or "the plainest document"
        return f"{place}: {broken.what} ({self.direction}; example: {example}{more})"

    # --- what is looked up ------------------------------------------------------------------

    def _row_behind(self, account: Account, name: str) -> str:
        """The row that filled a target's element, by the last name of its path."""
        for entry in account.mapped:
            if entry.target and entry.target.split("/")[-1].split("[")[0] == name.split("/")[-1]:
                return entry.row
        return next((entry.row for entry in account.given if entry.path.split("/")[-1] == name), "")

    def _row_filling(self, path: str) -> str:
        side = self.direction.removeprefix("to-")
        last = path.split("/")[-1]
        for name, row in self._rows.items():
            goal = row.path(side)
            if goal is not None and goal.split("/")[-1].split("[")[0] == last:
                return name
        return ""

    def _route(self, direction: str, source: str, target: str) -> Route:
        return self.tables.route(self.table, self.pair, direction, source, target)

    def _end(self, standard: str) -> End:
        side = self.direction.removeprefix("to-")
        if standard == self.source:
            side = self.table.other(side)
        return self.tables.end(standard, self.pair.kinds[side], side)

    def _message(self, standard: str, end: End, fields: Group) -> Message:
        return self.tables.catalogue.message(standard, end.kind.kind, fields)


def rows_by_name(table: Table) -> Mapping[str, Row]:
    """The rows of a table by the name that the account calls them."""
    rows = {row.id: row for row in table.rows}
    for part in table.parts.values():
        rows |= {f"{part.id}.{row.id}": row for row in part.row}
    return rows


def _shaken(account: Account) -> set[str]:
    """Lists of which something was lost: the places of what is left may differ."""
    return {
        _NUMBERS.sub("", entry.path[: match.start()])
        for entry in account.lost
        for match in _NUMBERS.finditer(entry.path)
    }


def _moved(plain: str, value: Any, values: Mapping[str, Any]) -> bool:
    return any(
        _NUMBERS.sub("", path) == plain and _same(value, other) for path, other in values.items()
    )


def _same(value: Any, other: Any) -> bool:
    if value == other:
        return True
    if other is None:
        return False
    try:  # 1.50 and 1.5 are the same amount, 12:00+02:00 and 10:00Z the same moment
        if "T" in str(value):
            return datetime.fromisoformat(str(value)) == datetime.fromisoformat(str(other))
        return Decimal(str(value)) == Decimal(str(other))
    except (ValueError, TypeError, InvalidOperation):
        return False


def _difference(one: Group, other: Group) -> str:
    first, second = dict(one.leaves()), dict(other.leaves())
    paths = [p for p in {**first, **second} if first.get(p) != second.get(p)]
    return _NUMBERS.sub("", paths[0]) if paths else ""
