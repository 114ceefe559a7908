"""A row in words: what it does, between which fields, with an example, and where it is used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bridge.errors import SettingsFault
from bridge.mapping.convert import converter as find_converter
from bridge.mapping.forms import ANY, Form
from bridge.mapping.table import Pair, Row, Table, near
from bridge.mapping.tables import Tables
from bridge.tables.samples import Sample, Samples, spelled
from bridge.tables.uses import (
    Model,
    Use,
    field_at,
    goes,
    kind_of,
    models_of,
    named_rows,
    occurs,
    uses_of,
)
from bridge.xml.nodes import Leaf

SIDE_NAMES = {
    "eu": "the EU side",
    "national": "the German side",
    "edm": "the EDM",
    "xnachweis": "XNachweis",
}
_TEXTUAL = frozenset({"text", "token", "string"})
_NEW = {
    "uuid": "a new identifier",
    "uuid-urn": "a new identifier as urn:uuid:",
    "content-id": "a new content id",
    "position": "its number in the list, where there are several",
}


@dataclass(frozen=True, slots=True)
class Ended:
    """One side of a row: path from the root, what stands there, how often, in which form."""

    side: str
    path: str
    kind: str
    occurs: str
    form: str
    note: str


@dataclass(frozen=True, slots=True)
class Explained:
    """A row at one place where it applies. ``sentences`` say what it does."""

    name: str
    place: str
    table: str
    pair: str
    kinds: tuple[str, ...]
    via: tuple[str, ...]
    sentences: tuple[str, ...]
    ends: tuple[Ended, ...]
    samples: tuple[Sample, ...]
    codes: str
    chapter: str
    note: str


def find_rows(tables: Tables, wanted: str) -> list[tuple[Table, str]]:
    """The rows that a name means: ``fuel``, ``emission.emission-value`` or ``TABLE:ROW``.

    Raises ``SettingsFault`` with the nearest name where there is none.
    """
    table_id, _, name = wanted.rpartition(":")
    found: list[tuple[Table, str]] = []
    known: list[str] = []
    for table in tables.every():
        aliases = {table.id, table.id.removesuffix(".payload"), *(p.stem for p in table.files)}
        if table_id and table_id not in aliases:
            continue
        for row_name, row in named_rows(table).items():
            known.append(row_name)
            if name in (row_name, row.id):
                found.append((table, row_name))
    exact = [each for each in found if each[1] == name]
    if not found:
        raise SettingsFault(
            f"there is no row '{wanted}'{near(name, known)}",
            remedy="'bridge tables show TABLE' lists the rows of a table.",
        )
    return exact or found


def explain(tables: Tables, table: Table, name: str) -> list[Explained]:
    """Explain a row at each place where it applies."""
    samples = Samples(tables)
    return [
        explained(tables, table, use, samples)
        for pair in table.pairs
        for use in uses_of(table, pair)
        if use.name == name
    ]


def explained(tables: Tables, table: Table, use: Use, samples: Samples) -> Explained:
    """Explain a row at one place."""
    row, pair = use.row, use.pair
    part = table.parts.get(use.name.rpartition(".")[0])
    ends = tuple(_ends(tables, table, pair, use))
    return Explained(
        name=use.name,
        place=f"{row.file}:{row.line}",
        table=table.id,
        pair=pair.id,
        kinds=tuple(pair.kinds.get(side, "-") for side in table.sides),
        via=use.via,
        sentences=(*sentences(row, table), *_repaired(pair, row, ends)),
        ends=ends,
        samples=samples.of_row(table, pair, row, use.name),
        codes=row.codes,
        chapter=row.chapter or (part.chapter if part else ""),
        note=row.note,
    )


def _repaired(pair: Pair, row: Row, ends: Sequence[Ended]) -> Iterator[str]:
    """What happens to letters that the other side's texts do not take."""
    for end in ends:
        latin = pair.families and pair.repertoire_of(end.side) == "latin"
        if latin and len(row.paths) == 2 and goes(row, f"to-{end.side}") and end.kind in _TEXTUAL:
            yield (
                f"Towards {SIDE_NAMES[end.side]} letters outside String.Latin are transliterated, "
                "and the report says so."
            )
            return


def _ends(tables: Tables, table: Table, pair: Pair, use: Use) -> Iterator[Ended]:
    for side in table.sides:
        models = models_of(tables, table, pair, side)
        for path in use.paths.get(side, ()):
            model = next((m for m in models if field_at(m, path) is not None), None)
            found = field_at(model, path)
            if found is None:
                yield Ended(side, path or ".", "the group itself" if not path else "?", "", "", "")
                continue
            form = _form(tables, model, path) if pair.families else ""
            yield Ended(side, path, kind_of(found), occurs(found), form, found.note)


def _form(tables: Tables, model: Model | None, path: str) -> str:
    """Length, bounds, pattern and codes of a value, in words."""
    found = field_at(model, path)
    if model is None or found is None or not isinstance(found.of, Leaf):
        return ""
    form = tables.forms(model.standard).at(model.kind, path) or ANY
    said = list(_facets(form))
    if found.of.codes:
        codes = sorted(found.of.codes)
        more = f" and {len(codes) - 8} more" if len(codes) > 8 else ""
        said.append(f"one of {', '.join(codes[:8])}{more}")
    return "; ".join(said)


def _facets(form: Form) -> Iterator[str]:
    if form.most >= 0:
        yield f"{form.least or 1} to {form.most} characters"
    if form.low or form.high:
        yield f"from {form.low or '…'} to {form.high or '…'}"
    if form.fraction:
        yield f"at most {form.fraction} digits behind the point"
    for pattern in form.patterns[:1]:
        if len(pattern) <= 60:
            yield f"looks like {pattern}"


# --- sentences -------------------------------------------------------------------------------


def sentences(row: Row, table: Table) -> Iterator[str]:
    """What a row does, a sentence each."""
    left, right = table.sides
    if row.part:
        yield from _joined_groups(row, left, right)
    elif row.control:
        yield f"{_said(row, table)} is used by bridge itself and not carried over: {row.control}."
    elif len(row.paths) == 2:
        yield from _carried(row, left, right)
    yield from _supplied(row, table)
    if row.when is not None:
        values = ", ".join(f"'{value}'" for value in row.when.is_ or row.when.not_)
        word = "is one of" if row.when.is_ else "is none of"
        yield f"The row holds only where the field {row.when.field} beside it {word} {values}."
    for side, patterns in row.versions.items():
        yield f"It holds only for versions {', '.join(patterns)} of {SIDE_NAMES[side]}."
    if row.default is not None and len(row.paths) == 2:
        yield f"Where the source has nothing, '{spelled(row.default)}' is written."
    if row.fallback:
        yield "It fills the field only where no earlier row did."
    if row.cut:
        yield "A text too long for the other side is cut, and the report says so."
    yield from _losses(row, table)
    if row.refuse:
        yield f"A message that has it is refused ({row.refuse})."


def _said(row: Row, table: Table) -> str:
    return " and ".join(
        f"{row.paths[side]} of {SIDE_NAMES[side]}" for side in table.sides if side in row.paths
    )


def _joined_groups(row: Row, left: str, right: str) -> Iterator[str]:
    a, b = row.path(left), row.path(right)
    if a is None or b is None:
        yield f"The group {a or b} is filled by the rows of the part {row.part}."
        return
    arrow = {"both": "and back", f"to-{left}": f"towards {SIDE_NAMES[left]}"}.get(
        row.direction, f"towards {SIDE_NAMES[right]}"
    )
    each = "Each item of the list" if "[]" in a else "The group"
    yield (
        f"{each} {a} of {SIDE_NAMES[left]} belongs to {b} of {SIDE_NAMES[right]}, {arrow}; what is "
        f"inside is told by the rows of the part {row.part}."
    )


def _carried(row: Row, left: str, right: str) -> Iterator[str]:
    a, b = row.paths[left], row.paths[right]
    if row.direction == "both":
        yield f"{a} of {SIDE_NAMES[left]} and {b} of {SIDE_NAMES[right]} are the same, both ways."
    else:
        to = row.direction.removeprefix("to-")
        start, end = (a, b) if to == right else (b, a)
        yield f"{start} becomes {end}, only towards {SIDE_NAMES.get(to, to)}."
    yield converted(row)


def converted(row: Row) -> str:
    """What happens to the value on the way."""
    if row.convert == "copy":
        return "The value is taken as it is."
    if row.convert == "code":
        return f"The code is exchanged by the list '{row.codes}'."
    if row.unit:
        units = ", ".join(f"{unit} on {SIDE_NAMES.get(s, s)}" for s, unit in row.unit.items())
        return f"The number is converted between units: {units}."
    known = find_converter(row.convert)
    about = f": {known.about}" if known is not None else ""
    way = "" if known is None or known.two_way else " (one way only)"
    return f"The value goes through the converter '{row.convert}'{about}{way}."


def _supplied(row: Row, table: Table) -> Iterator[str]:
    goal = next((f"{path} of {SIDE_NAMES[side]}" for side, path in row.paths.items()), "the field")
    if row.constant is not None:
        yield f"'{spelled(row.constant)}' is always written to {goal}."
    elif row.from_:
        name, _, path = row.from_.partition(":")
        yield f"{goal} is filled from the context: {path or 'all'} of '{name}'."
    elif row.new:
        yield f"{goal} gets {_NEW[row.new]}."
    elif row.default is not None and len(row.paths) == 1:
        yield f"'{spelled(row.default)}' is written to {goal} where nothing else filled it."


def _losses(row: Row, table: Table) -> Iterator[str]:
    if not row.loss:
        return
    for side in table.sides:
        direction = f"to-{table.other(side)}"
        if row.path(side) is not None and (len(row.paths) == 1 or not goes(row, direction)):
            if row.constant is not None or row.from_ or row.new or row.control:
                if goes(row, f"to-{side}") and row.direction != "both":
                    yield f"Lost towards {SIDE_NAMES[table.other(side)]}: {row.loss}."
                continue
            yield f"Lost towards {SIDE_NAMES[table.other(side)]}: {row.loss}."
            return
    if len(row.paths) == 2:
        yield f"Some of it may be lost: {row.loss}."
