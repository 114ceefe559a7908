"""Who names a code of a list: rows of mapping tables, pairs of codes, tests of rules, constants.

A row of a mapping table concerns a list if its path ends like the path of a field of that list. So
it need not be known where in a message the row is applied.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.cli.list_shelf import Shelf
from bridge.mapping.evidence import EvidenceType
from bridge.mapping.paths import parse_path
from bridge.mapping.table import Row, Table
from bridge.rules.catalogue import load_all
from bridge.rules.table import FILE
from bridge.xml.nodes import Leaf, Shape

if TYPE_CHECKING:
    from bridge.mapping.tables import Tables
    from bridge.standards.catalogue import Catalogue

_LITERAL = re.compile(r"'([^']*)'|\"([^\"]*)\"")


@dataclass(frozen=True, slots=True)
class Use:
    """A place that names a code: its file with the line, and the row, pair or rule there."""

    code: str
    place: str
    what: str


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields of a list in one version, by the family that mapping tables call a side."""

    family: str
    paths: frozenset[str]

    def has(self, path: str | None) -> bool:
        """Whether a path of a row, seen from wherever, may lead to a field of the list."""
        if not path:
            return False
        bare = "/".join(step.name for step in parse_path(path))
        return bool(bare) and any(f"/{each}".endswith(f"/{bare}") for each in self.paths)


def uses(
    codes: Collection[str], file: Path, shelf: Shelf, catalogue: Catalogue, tables: Tables
) -> list[Use]:
    """Give every use of codes of a list file, rules first. Raises ``BridgeError``."""
    if not codes:
        return []
    found = list(_in_rules(codes, file, shelf))
    for each in shelf.lists:
        if each.path == file and each.read_by and each.standard in catalogue.standards:
            binding = catalogue.binding(each.standard)
            shapes = [message.shape for message in binding.messages.values()]
            place = f"{shelf.root.name}/{binding.family}/{binding.version}/binding.toml"
            found += _constants(codes, each.read_by, shapes, place)
            fields = _Fields(binding.family, _paths_of(each.read_by, shapes))
            found += _in_tables(codes, fields, tables)
    return list(dict.fromkeys(found))


def _in_rules(codes: Collection[str], file: Path, shelf: Shelf) -> Iterator[Use]:
    judging = shelf.judges_with(file)
    for table in load_all(shelf.root):
        if f"{table.family}-{table.version}" not in judging:
            continue
        for rule in table.rules:
            named = {one or other for one, other in _LITERAL.findall(rule.test + rule.context)}
            for code in codes:
                if code in named:
                    place = f"{shelf.root.name}/{rule.file}/{FILE}:{rule.line}"
                    yield Use(code, place, f"rule {rule.id}")


def _paths_of(names: Collection[str], shapes: list[Shape]) -> frozenset[str]:
    return frozenset(
        path.replace("[]", "")
        for shape in shapes
        for path, field in shape.leaf_paths()
        if isinstance(field.of, Leaf) and field.of.code_list in names
    )


def _constants(
    codes: Collection[str], names: Collection[str], shapes: list[Shape], file: str
) -> Iterator[Use]:
    for shape in shapes:
        for field in shape.fields:
            leaf = field.of
            of_list = isinstance(leaf, Leaf) and leaf.code_list in names
            if of_list and field.constant in codes:
                what = f"{shape.name} {field.name}"
                yield Use(str(field.constant), f"{file}:{field.line}", what)
            if isinstance(leaf, Shape) and not field.repeated:
                yield from _constants(codes, names, [leaf], file)


def _in_tables(codes: Collection[str], fields: _Fields, tables: Tables) -> Iterator[Use]:
    evidence_types = tables.evidence_types.values()
    every = [tables.messages, *filter(None, map(tables.payload, evidence_types))]
    for table in {each.id: each for each in every}.values():
        for side in _sides(table, fields.family):
            for row in _rows(table):
                yield from _in_row(codes, fields, row, side, tables)
    for evidence in evidence_types:
        yield from _in_evidence(codes, fields, evidence, tables.root.name)


def _sides(table: Table, family: str) -> Iterator[str]:
    for side in table.sides:
        if family in {pair.families.get(side, side) for pair in table.pairs}:
            yield side


def _rows(table: Table) -> Iterator[Row]:
    yield from table.rows
    for part in table.parts.values():
        yield from part.row


def _in_row(
    codes: Collection[str], fields: _Fields, row: Row, side: str, tables: Tables
) -> Iterator[Use]:
    place, what = f"{tables.root.name}/{row.file}:{row.line}", f"row {row.id}"
    if fields.has(row.path(side)):
        for value in (row.constant, row.default):
            if value in codes:
                yield Use(str(value), place, what)
        if row.codes in tables.codes:
            yield from _in_pairs(codes, tables, row.codes, side)
    if row.when is not None and fields.has(row.when.field):
        for value in (*row.when.is_, *row.when.not_):
            if value in codes:
                yield Use(value, place, f"{what}, when")
    for path in row.paths.values():
        for step in parse_path(path):
            if step.value in codes and fields.has("/".join(step.field)):
                yield Use(step.value, place, f"{what}, path")


def _in_pairs(codes: Collection[str], tables: Tables, name: str, side: str) -> Iterator[Use]:
    pairs = tables.codes[name]
    file = f"{tables.root.name}/{pairs.file}"
    for direction, values in pairs.values.items():
        for value, counterpart in values.items():
            code = counterpart if direction == f"to-{side}" else value
            if code in codes:
                line = pairs.lines.get((direction, value), 0)
                yield Use(code, f"{file}:{line}", f"codes {pairs.id}")
    fallback = pairs.fallback.get(f"to-{side}")
    if isinstance(fallback, Mapping) and fallback.get("value") in codes:
        yield Use(str(fallback["value"]), file, f"codes {pairs.id}, fallback")


def _in_evidence(
    codes: Collection[str], fields: _Fields, evidence: EvidenceType, folder: str
) -> Iterator[Use]:
    """Procedures and formats of an evidence type are compared with the fields of those names."""
    for name, values in (("Procedure", evidence.procedures), ("Format", evidence.formats)):
        if fields.has(name):
            for code in values:
                if code in codes:
                    place = f"{folder}/evidence/{evidence.file}"
                    yield Use(code, place, f"evidence type {evidence.id}")
