"""The JSON Schemas for editors: fresh, named by each table file, and they allow what is shipped."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bridge.mapping.evidence import EvidenceType
from bridge.mapping.table import Model, Pair, Part, Receives, Row, When
from bridge.resources import mappings
from bridge.tables import editor_schema
from bridge.tables.editor_schema import LOADED, SCHEMAS, schema_for

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "schema"
FILES = {
    path.relative_to(mappings()).as_posix(): path
    for path in sorted(mappings().rglob("*.toml"))
    if schema_for(path.relative_to(mappings()).as_posix())
}
HOVER = {
    Row: editor_schema.ROW_KEYS,
    Pair: editor_schema.PAIR_KEYS,
    Part: {**editor_schema.PART_KEYS, "id": "the header"},
    Receives: editor_schema.RECEIVES_KEYS,
    When: editor_schema.WHEN_KEYS,
    EvidenceType: editor_schema.EVIDENCE_KEYS,
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_shipped_schema_is_fresh(name: str) -> None:
    shipped = json.loads((FOLDER / f"{name}.schema.json").read_text("utf-8"))
    assert shipped == SCHEMAS[name](), (
        f"run: bridge tables schema {name} > docs/schema/{name}.schema.json"
    )


@pytest.mark.parametrize("name", FILES)
def test_each_table_file_names_its_schema(name: str) -> None:
    first = FILES[name].read_text("utf-8").splitlines()[0]
    wanted = os.path.relpath(FOLDER / f"{schema_for(name)}.schema.json", FILES[name].parent)
    assert first == f"#:schema {wanted}"


@pytest.mark.parametrize("model", HOVER, ids=lambda model: model.__name__)
def test_every_key_has_a_hover_text_and_no_other(model: type[Model]) -> None:
    keys = {field.alias or name for name, field in model.model_fields.items()} - LOADED
    assert keys == set(HOVER[model])


@pytest.mark.parametrize("name", FILES)
def test_shipped_files_are_valid(name: str) -> None:
    schema = SCHEMAS[schema_for(name)]()
    assert list(broken(tomllib.loads(FILES[name].read_text("utf-8")), schema, schema)) == []


WRONG = {
    "an unknown key of a row": ({"row": [{"id": "a", "konvert": "x"}]}, "konvert"),
    "an unknown section": ({"rows": []}, "rows"),
    "a wrong direction": ({"row": [{"id": "a", "direction": "back"}]}, "direction"),
    "an unknown unit": ({"row": [{"id": "a", "unit": {"eu": "ell"}}]}, "eu"),
    "a list as id": ({"row": [{"id": ["a"]}]}, "id"),
    "a row without id": ({"row": [{"eu": "A"}]}, "id"),
}


@pytest.mark.parametrize(("data", "place"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_marked(data: dict[str, Any], place: str) -> None:
    schema = SCHEMAS["mapping-table"]()
    assert any(place in each for each in broken(data, schema, schema))


def broken(value: Any, schema: dict[str, Any], whole: dict[str, Any], path: str = "") -> Any:
    """The few words of JSON Schema that ours use, judged by hand: no library for a test."""
    if "$ref" in schema:
        schema = whole["definitions"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        if all(list(broken(value, each, whole, path)) for each in schema["anyOf"]):
            yield f"{path}: none fits"
        return
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
    wanted = schema.get("type")
    if wanted and (not isinstance(value, kinds[wanted]) or (wanted == "integer" and value is True)):
        yield f"{path}: no {wanted}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: not in the list"
    if isinstance(value, dict):
        yield from (
            f"{path}/{key}: missing" for key in schema.get("required", ()) if key not in value
        )
        for key, inner in value.items():
            known = schema.get("properties", {}).get(key)
            more = schema.get("additionalProperties", True)
            if known is not None:
                yield from broken(inner, known, whole, f"{path}/{key}")
            elif more is False:
                yield f"{path}/{key}: unknown"
            elif isinstance(more, dict):
                yield from broken(inner, more, whole, f"{path}/{key}")
    if isinstance(value, list):
        for inner in value:
            yield from broken(inner, schema.get("items", {}), whole, path)
