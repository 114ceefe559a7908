"""What is different between two folders of tables, in words, and which messages it changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bridge.mapping.codes import CodePairs
from bridge.mapping.evidence import EvidenceType
from bridge.mapping.table import Model, Pair, Row, Table
from bridge.mapping.tables import Tables
from bridge.tables.explain import SIDE_NAMES, sentences
from bridge.tables.uses import Use, uses_of

_PLACES: Final = frozenset({"line", "file"})
_WORDS: Final = {
    "convert": "the converter",
    "codes": "the list of codes",
    "direction": "the direction",
    "versions": "the versions",
    "part": "the part",
    "when": "the condition",
    "default": "the default",
    "constant": "the constant",
    "from": "the source in the context",
    "take": "the members taken of the context",
    "new": "the generated value",
    "fallback": "whether it is a fallback",
    "control": "what the field is used for",
    "compare": "the comparison",
    "loss": "the reason of the loss",
    "lacking": "the reason where the other version lacks it",
    "refuse": "the refusal",
    "chapter": "the chapter",
    "note": "the note",
    "unit": "the units",
    "places": "the number of digits",
    "currency": "the currencies",
    "cut": "whether a text is cut",
    "pairs": "the pairs it belongs to",
}
_SILENT: Final = frozenset({"chapter", "note", "loss", "lacking"})
"""Keys that change what people read, not what messages hold."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    ``what`` is a sentence; ``messages`` are the translations whose result it may change, empty
    where only texts for people differ.
    """

    table: str
    name: str
    what: str
    messages: tuple[str, ...] = ()


def differences(old: Tables, new: Tables) -> list[Change]:
    """Every difference of two folders, in the order of the new tables."""
    found = list(_between(_by_id(old.every()), _by_id(new.every()), "table", _tables))
    users = {**_users(old), **_users(new)}

    def codes(one: CodePairs, other: CodePairs) -> Iterator[Change]:
        yield from _codes(one, other, users.get(other.id, ()))

    found += _between(old.codes, new.codes, "list of codes", codes)
    found += _between(old.evidence_types, new.evidence_types, "evidence type", _evidence)
    return found


def table_differences(old: Table, new: Table) -> list[Change]:
    """Every difference of two versions of one table."""
    return list(_tables(old, new))


def code_differences(old: CodePairs, new: CodePairs) -> list[Change]:
    """Every difference of two versions of one list of code pairs."""
    return list(_codes(old, new, ()))


def _by_id(tables: Iterable[Table]) -> Mapping[str, Table]:
    return {table.id: table for table in tables}


def _between(
    old: Mapping[str, Any], new: Mapping[str, Any], what: str, inner: Any
) -> Iterator[Change]:
    for name in old.keys() - new.keys():
        yield Change(name, "", f"the {what} is gone")
    for name, value in new.items():
        if name not in old:
            yield Change(name, "", f"the {what} is new")
        else:
            yield from inner(old[name], value)


# --- tables ----------------------------------------------------------------------------------


def _tables(old: Table, new: Table) -> Iterator[Change]:
    for key in ("version", "title", "sides"):
        if getattr(old, key) != getattr(new, key):
            before, after = spell(getattr(old, key)), spell(getattr(new, key))
            yield Change(new.id, "", f"the {key} is {after}, was {before}")
    yield from _models(new.id, "pair", _ids(old.pairs), _ids(new.pairs), {})
    touched = _touched(old) | _touched(new)
    yield from _models(new.id, "row", _rows(old), _rows(new), touched, new)
    yield from _order(old, new)
    yield from _models(new.id, "part", _parts(old), _parts(new), {})
    cuts = [{f"{e.procedure} ({e.side})": e for e in table.receives} for table in (old, new)]
    yield from _models(new.id, "receives", cuts[0], cuts[1], {})


def _ids(pairs: Iterable[Pair]) -> Mapping[str, Pair]:
    return {pair.id: pair for pair in pairs}


def _rows(table: Table) -> Mapping[str, Row]:
    found = {row.id: row for row in table.rows}
    for part in table.parts.values():
        found |= {f"{part.id}.{row.id}": row for row in part.row}
    return found


def _parts(table: Table) -> Mapping[str, Model]:
    return {name: part.model_copy(update={"row": ()}) for name, part in table.parts.items()}


def _order(old: Table, new: Table) -> Iterator[Change]:
    """Rows work in their order: the first one that fills a field wins over a fallback."""
    one = [name for name in _rows(old) if name in _rows(new)]
    other = [name for name in _rows(new) if name in _rows(old)]
    moved = next((name for name, was in zip(other, one, strict=True) if name != was), None)
    if moved is not None:
        touched = _touched(new)
        yield Change(
            new.id, moved, "the rows stand in another order from here on", touched.get(moved, ())
        )


def _touched(table: Table) -> dict[str, tuple[str, ...]]:
    """For each row the translations that it takes part in."""
    found: dict[str, dict[str, None]] = {}
    for pair in table.pairs:
        for use in uses_of(table, pair):
            found.setdefault(use.name, {}).update(dict.fromkeys(_roads(table, use)))
    return {name: tuple(roads) for name, roads in found.items()}


def _roads(table: Table, use: Use) -> Iterator[str]:
    for direction in use.pair.directions:
        target = direction.removeprefix("to-")
        kinds = use.pair.kinds
        source = kinds.get(table.other(target), "")
        yield f"{source} → {kinds[target]}" if source else f"{kinds[target]} (of context)"


def _models(
    table: str,
    what: str,
    old: Mapping[str, Model],
    new: Mapping[str, Model],
    touched: Mapping[str, tuple[str, ...]],
    owner: Table | None = None,
) -> Iterator[Change]:
    for name in old:
        if name not in new:
            yield Change(table, name, f"the {what} is gone", touched.get(name, ()))
    for name, model in new.items():
        before = old.get(name)
        if before is None:
            said = ""
            if isinstance(model, Row) and owner is not None:
                said = ": " + " ".join(sentences(model, owner))
            yield Change(table, name, f"the {what} is new{said}", touched.get(name, ()))
            continue
        for key, one, other in _keys(before, model):
            roads = () if key in _SILENT else touched.get(name, ())
            yield Change(table, name, _changed(key, one, other), roads)


def _keys(old: Model, new: Model) -> Iterator[tuple[str, Any, Any]]:
    one, other = _plain(old), _plain(new)
    for key in dict.fromkeys([*one, *other]):
        if one.get(key) != other.get(key):
            yield key, one.get(key), other.get(key)


def _plain(model: Model) -> dict[str, Any]:
    data = model.model_dump(by_alias=True, exclude_defaults=True)
    data = {key: value for key, value in data.items() if key not in _PLACES}
    for group in ("paths", "kinds"):
        for side, value in data.pop(group, {}).items():
            data[side] = value
    return data


def _changed(key: str, one: Any, other: Any) -> str:
    words = _WORDS.get(key) or (
        f"the field of {SIDE_NAMES[key]}" if key in SIDE_NAMES else f"'{key}'"
    )
    if one is None:
        return f"{words} is now {spell(other)}; there was none"
    if other is None:
        return f"{words} is gone; it was {spell(one)}"
    return f"{words} is now {spell(other)}, was {spell(one)}"


def spell(value: Any) -> str:
    """A value of a table as people read it."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key}: {spell(each)}" for key, each in value.items() if each != ())
        return f"({inner})"
    if isinstance(value, list | tuple):
        return ", ".join(map(spell, value)) or "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"'{value}'" if isinstance(value, str) else str(value)


# --- codes -----------------------------------------------------------------------------------


def _users(tables: Tables) -> dict[str, tuple[str, ...]]:
    """For each list of codes the translations whose rows look things up in it."""
    found: dict[str, dict[str, None]] = {}
    for table in tables.every():
        for pair in table.pairs:
            for use in uses_of(table, pair):
                if use.row.codes:
                    roads = dict.fromkeys(_roads(table, use))
                    found.setdefault(use.row.codes, {}).update(roads)
    return {name: tuple(roads) for name, roads in found.items()}


def _codes(old: CodePairs, new: CodePairs, users: tuple[str, ...]) -> Iterator[Change]:
    for direction in dict.fromkeys([*old.values, *new.values]):
        side = SIDE_NAMES.get(direction.removeprefix("to-"), direction)
        one, other = old.values.get(direction, {}), new.values.get(direction, {})
        kind = direction.removeprefix("to-")
        roads = tuple(road for road in users if road) if kind else ()
        for code in dict.fromkeys([*one, *other]):
            before, after = _code(old, direction, code), _code(new, direction, code)
            if before != after:
                what = f"towards {side} the code '{code}' {after}; before, it {before}"
                yield Change(new.id, code, what, roads)
        if old.fallback.get(direction, "error") != new.fallback.get(direction, "error"):
            before, after = _fallback(old, direction), _fallback(new, direction)
            what = f"towards {side} a code that is not listed {after}; before, it {before}"
            yield Change(new.id, "", what, roads)
        if old.without(direction) != new.without(direction):
            codes = ", ".join(sorted(new.without(direction))) or "none"
            yield Change(new.id, "", f"towards {side} the codes left without pair are {codes}")
    for key in ("title", "chapter"):
        if getattr(old, key) != getattr(new, key):
            yield Change(new.id, "", f"the {key} is {spell(getattr(new, key))}")


def _code(codes: CodePairs, direction: str, code: str) -> str:
    found = codes.values.get(direction, {}).get(code)
    return f"becomes '{found}'" if found is not None else _fallback(codes, direction)


def _fallback(codes: CodePairs, direction: str) -> str:
    what = codes.fallback.get(direction, "error")
    if isinstance(what, Mapping):
        return f"becomes '{what['value']}'"
    return {"omit": "is left out", "copy": "stays as it is"}.get(what, "is lost with a reason")


# --- evidence types --------------------------------------------------------------------------


def _evidence(old: EvidenceType, new: EvidenceType) -> Iterator[Change]:
    for key, one, other in _keys(old, new):
        yield Change(new.id, "", _changed(key, one, other), (f"all messages of {new.id}",))
