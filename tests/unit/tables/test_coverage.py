"""Coverage counts every leaf once, by what the rows say of it; the picture shows the same."""

from __future__ import annotations

import pytest
from lxml import etree

from bridge.mapping.table import Table
from bridge.tables.coverage import Coverage, Side, coverage
from bridge.tables.picture import picture
from bridge.tables.samples import context_of, made_up
from bridge.tables.tried import try_out
from tests.mapping_worlds import TABLES

CONTENTS = [table for table in TABLES.every() if table.id != TABLES.messages.id]


def side(table: Table, name: str) -> Side:
    return next(each for each in coverage(TABLES, table)[0].sides if each.side == name)


@pytest.mark.parametrize("table", TABLES.every(), ids=lambda table: table.id)
def test_no_leaf_of_a_shipped_table_is_without_row(table: Table) -> None:
    for found in coverage(TABLES, table):
        for each in found.sides:
            assert [leaf.path for leaf in each.leaves if leaf.leaving == "unmapped"] == []
            assert [
                leaf.path for leaf in each.leaves if leaf.leaving == "lost" and not leaf.reason
            ] == []


@pytest.mark.parametrize("table", CONTENTS, ids=lambda table: table.id)
def test_the_sums_are_those_of_the_leaves(table: Table) -> None:
    for name in table.sides:
        found = side(table, name)
        for way in ("leaving", "arriving"):
            assert sum(found.count(way).values()) == len(found.leaves)
        assert found.kept is not None and 0 <= found.kept <= 100


@pytest.mark.parametrize("table", CONTENTS, ids=lambda table: table.id)
@pytest.mark.parametrize("direction", ["to-eu", "to-national"])
def test_translations_agree_with_what_is_said(table: Table, direction: str) -> None:
    target = direction.removeprefix("to-")
    leaving = {leaf.path: leaf.leaving for leaf in side(table, table.other(target)).leaves}
    arriving = {leaf.path: leaf.arriving for leaf in side(table, target).leaves}
    for source in made_up(TABLES, table, table.pairs[0], direction):
        tried = try_out(TABLES, table, source, context_of(TABLES))
        for made in tried.made:
            assert arriving[plain(made.path)] in ("filled", "supplied")
            assert all(leaving[plain(path)] == "mapped" for path in made.sources)


def plain(path: str) -> str:
    return "/".join(step.partition("[")[0] for step in path.split("/"))


def test_fates_of_known_fields() -> None:
    vehicle = next(table for table in CONTENTS if table.id.startswith("vehicle"))
    eu = {leaf.path: leaf for leaf in side(vehicle, "eu").leaves}
    assert eu["Vehicle/FuelType"].leaving == "mapped"
    assert eu["Vehicle/FuelType"].partners == ("N_10",)
    assert (
        eu["RegistrationNumber/schemeID"].leaving,
        eu["RegistrationNumber/schemeID"].arriving,
    ) == (
        "lost",
        "supplied",
    )
    owner = next(leaf for path, leaf in eu.items() if path.startswith("Owner/"))
    assert owner.leaving == "lost" and "holder only" in owner.reason and owner.arriving == "empty"


def first(table: Table) -> Coverage:
    return coverage(TABLES, table)[0]


@pytest.mark.parametrize("table", TABLES.every(), ids=lambda table: table.id)
def test_the_picture_names_every_leaf_and_is_a_drawing(table: Table) -> None:
    for found in coverage(TABLES, table):
        drawn = etree.fromstring(picture(found))
        assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
        texts = "".join(drawn.itertext())
        for each in found.sides:
            for leaf in each.leaves:
                assert leaf.path[-40:] in texts


def test_the_picture_has_a_line_for_each_joined_pair() -> None:
    table = next(table for table in CONTENTS if table.id.startswith("system-check"))
    drawn = etree.fromstring(picture(first(table)))
    lines = drawn.findall("{http://www.w3.org/2000/svg}path")
    assert len(lines) == sum(len(leaf.partners) for leaf in side(table, "eu").leaves)
