"""Payload forms: schemas, bindings, code lists, fixtures and tables agree (NOOTS 10)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from lxml import etree

from bridge.xml.nodes import Place, Shape
from tests.evidence_types import (
    EVIDENCE,
    FAMILIES,
    SIDES,
    SIZES,
    TYPES,
    binding,
    code_file,
    evidence_file,
    fixture,
    payload_file,
)
from tests.mapping_worlds import TABLES

ROOT = Path(__file__).parents[2]
XS = "{http://www.w3.org/2001/XMLSchema}"
MEDIA_TYPES = {
    "application/json",
    "application/xml",
    "application/pdf",
    "image/jpeg",
    "image/png",
    "image/svg+xml",
}
PDF_LIMIT = 10_000


def schema_text(family: str) -> etree._ElementTree:
    return etree.parse(str(binding(family).schema))


CODE_FILES = sorted(
    {
        name
        for kind in TYPES
        for name in re.findall(
            r'codes = "([^"]+)"',
            (ROOT / "mappings" / "payloads" / f"{kind}.toml").read_text("utf-8"),
        )
    }
)


# --- schemas and fixtures ------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_a_schema_compiles_in_both_engines(family: str) -> None:
    path = binding(family).schema
    kind = next(iter(binding(family).messages.values()))
    assert etree.XMLSchema(etree.parse(str(path))) is not None
    assert kind.root_qname.split(":")[1] in xmlschema.XMLSchema(str(path)).elements


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", TYPES)
def test_a_fixture_is_valid_in_both_engines(kind: str, side: str, size: str) -> None:
    path = fixture(kind, side, size)
    schema = binding(f"{kind}-{side}").schema
    etree.XMLSchema(etree.parse(str(schema))).assertValid(etree.parse(str(path)))
    xmlschema.XMLSchema(str(schema)).validate(str(path))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", TYPES)
def test_a_missing_mandatory_field_is_refused(kind: str, side: str) -> None:
    document = etree.parse(str(fixture(kind, side, "small")))
    schema = etree.XMLSchema(etree.parse(str(binding(f"{kind}-{side}").schema)))
    for child in document.getroot():
        shorter = etree.fromstring(etree.tostring(document))
        shorter.remove(shorter[document.getroot().index(child)])
        assert not schema.validate(shorter), f"{child.tag} can be left out of the small fixture"


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", TYPES)
def test_full_and_extreme_fixtures_together_show_every_element(kind: str, side: str) -> None:
    shape = next(iter(binding(f"{kind}-{side}").messages.values())).shape
    present = {
        element.tag
        for size in ("full", "extreme")
        for element in etree.parse(str(fixture(kind, side, size))).iter()
    }
    absent = {row.tag for row in elements(shape, set()) if row.tag not in present}
    assert absent == set()


def elements(shape: Shape, seen: set[str]) -> Iterator[Any]:
    if shape.name in seen:
        return
    seen.add(shape.name)
    for row in shape.fields:
        if row.place is Place.ELEMENT:
            yield row
            if row.shape is not None:
                yield from elements(row.shape, seen)


@pytest.mark.parametrize("kind", TYPES)
def test_the_document_form_is_a_small_pdf_whose_cross_references_hold(kind: str) -> None:
    octets = (ROOT / "fixtures" / "payloads" / kind / "extract.pdf").read_bytes()
    assert octets.startswith(b"%PDF-1.4")
    assert octets.endswith(b"%%EOF\n")
    assert len(octets) < PDF_LIMIT
    start = int(octets.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    offsets = re.findall(rb"(\d{10}) 00000 n", octets[start:])
    assert octets[start : start + 4] == b"xref"
    assert offsets
    for number, offset in enumerate(offsets, 1):
        assert octets[int(offset) :].startswith(b"%d 0 obj" % number)


# --- bindings ------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_a_binding_says_the_same_as_its_schema(family: str) -> None:
    tree = schema_text(family)
    found = binding(family)
    uri = tree.getroot().get("targetNamespace")
    for shape in (*found.types.values(), *(m.shape for m in found.messages.values())):
        declared = tree.find(f"{XS}complexType[@name='{shape.name}Type']")
        assert declared is not None, shape.name
        assert list(of_binding(shape)) == list(of_schema(declared, str(uri))), shape.name


def of_binding(shape: Shape) -> Iterator[tuple[str, bool, bool, bool]]:
    for row in shape.fields:
        if row.place is not Place.TEXT:
            yield row.tag, row.least > 0, row.repeated, bool(row.choice)


def of_schema(declared: etree._Element, uri: str) -> Iterator[tuple[str, bool, bool, bool]]:
    for node in declared.iter(f"{XS}element", f"{XS}attribute"):
        parent = node.getparent()
        inside = parent is not None and parent.tag == f"{XS}choice"
        if node.tag == f"{XS}attribute":
            yield str(node.get("name")), node.get("use") == "required", False, False
        else:
            yield (
                f"{{{uri}}}{node.get('name')}",
                node.get("minOccurs") != "0",
                node.get("maxOccurs", "1") != "1",
                inside,
            )


@pytest.mark.parametrize("family", FAMILIES)
def test_closed_code_lists_are_the_enumerations_of_the_schema(family: str) -> None:
    tree = schema_text(family)
    for name, codes in binding(family).lists.items():
        declared = tree.find(f"{XS}simpleType[@name='{name}Code']")
        assert declared is not None, name
        values = {str(node.get("value")) for node in declared.iter(f"{XS}enumeration")}
        assert values == (codes.values if codes.closed else set()), name


@pytest.mark.parametrize("family", FAMILIES)
def test_the_folder_says_what_it_rests_on(family: str) -> None:
    found = binding(family)
    source = (found.folder / "SOURCE.md").read_text("utf-8")
    assert "Decisions" in source
    assert found.lists
    named = set(re.findall(r"\b[a-z_]+\.csv", source))
    assert named == {path.name for path in (found.folder / "codelists").glob("*.csv")}


# --- code pairs ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", CODE_FILES)
def test_code_pairs_are_one_to_one_in_each_direction(name: str) -> None:
    for direction, source in (("to-eu", "national"), ("to-national", "eu")):
        values = [
            row[source]
            for row in code_file(name)["pair"]
            if row.get("direction", direction) == direction
        ]
        assert sorted(values) == sorted(set(values)), direction


@pytest.mark.parametrize("kind", TYPES)
def test_code_pairs_hold_only_values_of_the_lists_of_their_fields(kind: str) -> None:
    checked = 0
    for row, shapes in rows_with_shapes(kind):
        if row.get("convert") != "code":
            continue
        pairs = code_file(row["codes"])["pair"]
        for side in SIDES:
            field = shapes[side].find(plain(row[side]))
            assert field is not None
            name = getattr(field.of, "code_list", "")
            known = binding(f"{kind}-{side}").lists[name].values if name else None
            for pair in pairs:
                assert known is None or pair[side] in known, (row["id"], pair)
                checked += 1
    assert checked


# --- tables --------------------------------------------------------------------------------


def plain(path: str) -> str:
    return re.sub(r"\[[^\]]*\]", "", path)


def root_shapes(kind: str) -> dict[str, Shape]:
    return {side: next(iter(binding(f"{kind}-{side}").messages.values())).shape for side in SIDES}


def rows_with_shapes(kind: str) -> Iterator[tuple[dict[str, Any], dict[str, Shape]]]:
    """Every row, with the two shapes that its paths start in."""
    content = payload_file(kind)

    def walk(
        rows: list[dict[str, Any]], shapes: dict[str, Shape]
    ) -> Iterator[tuple[dict[str, Any], dict[str, Shape]]]:
        for row in rows:
            yield row, shapes
            if "part" in row:
                inner = {side: shapes[side].find(plain(row[side])) for side in SIDES}
                groups = {s: f.shape for s, f in inner.items() if f and f.shape}
                yield from walk(content["part"][row["part"]]["row"], groups)

    yield from walk(content["row"], root_shapes(kind))


def named_leaves(kind: str, side: str, direction: str) -> set[str]:
    """Leaves of one side that rows name; a row that says none names all that is in its group."""
    content = payload_file(kind)

    def walk(rows: list[dict[str, Any]], shape: Shape, prefix: str) -> Iterator[str]:
        for row in rows:
            if row[side] == "none":
                continue
            field = shape.find(plain(row[side]))
            assert field is not None, (row["id"], row[side])
            path = f"{prefix}{plain(row[side])}"
            one_way = row.get("direction", "both") not in ("both", direction)
            other = SIDES[1 - SIDES.index(side)]
            lost = one_way or row[other] == "none"
            if lost and "constant" not in row:
                assert row.get("loss"), f"{row['id']} does not say why"
            if "part" in row:
                inner = field.shape
                assert inner is not None
                yield from walk(content["part"][row["part"]]["row"], inner, f"{path}/")
            elif field.shape is not None:
                assert lost, f"{row['id']} names a group without part"
                yield from (plain(leaf) for leaf, _ in field.shape.leaf_paths(f"{path}/"))
            else:
                yield path

    return set(walk(content["row"], root_shapes(kind)[side], ""))


@pytest.mark.parametrize(("direction", "side"), [("to-eu", "national"), ("to-national", "eu")])
@pytest.mark.parametrize("kind", TYPES)
def test_every_field_is_mapped_or_declared_lost(kind: str, direction: str, side: str) -> None:
    leaves = {plain(path) for path, _ in root_shapes(kind)[side].leaf_paths()}
    assert named_leaves(kind, side, direction) == leaves


@pytest.mark.parametrize("kind", TYPES)
def test_what_the_guard_guards_has_no_row_towards_the_eu(kind: str) -> None:
    for row, _ in rows_with_shapes(kind):
        if TABLES.guard.guards(row["national"]):
            assert row["eu"] == "none"


def test_the_guard_knows_the_numbers_that_the_national_forms_hold() -> None:
    guarded = {
        path.rpartition("/")[2]
        for kind in TYPES
        for path, _ in root_shapes(kind)["national"].leaf_paths()
        if TABLES.guard.guards(plain(path))
    }
    assert guarded == {"IDNr", "bundeseinheitlicheWirtschaftsnummer"}


@pytest.mark.parametrize("name", EVIDENCE)
def test_an_evidence_type_says_what_it_is(name: str) -> None:
    evidence = evidence_file(name)
    assert evidence["id"] == name
    assert set(evidence["title"]) == set(evidence["description"]) == {"de", "en"}
    assert set(evidence["formats"]) <= MEDIA_TYPES
    if name == "document":
        assert set(evidence["formats"]) == MEDIA_TYPES
        assert evidence["any"] is True
        assert not {"classification", "payload", "conforms_to"} & set(evidence)
    else:
        assert re.fullmatch(
            r"https://sr\.oots\.tech\.ec\.europa\.eu/evidencetypeclassifications/DE/"
            r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
            evidence["classification"],
        )
        assert (ROOT / "mappings" / evidence["payload"]).is_file()
        families = payload_file(name)["pair"][0]["families"]
        national = binding(families["national"])
        assert evidence["national_format"] in national.namespaces.values()
