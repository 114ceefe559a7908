"""JSON Schemas of the table files for editors: completion, hover texts, marks under wrong keys.

Made from the models that the loader itself uses, so that an editor allows what the loader takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bridge.mapping.convert import CONVERTERS
from bridge.mapping.convert_measures import UNITS
from bridge.mapping.evidence import PARAMETERS, Competence, EvidenceType, Names, Register
from bridge.mapping.table import SIDES, Model, Pair, Receives, Row
from bridge.tables.explain import SIDE_NAMES

DIALECT: Final = "http://json-schema.org/draft-07/schema#"
"""The dialect that editors of TOML understand best."""
LOADED: Final = frozenset({"paths", "kinds", "line", "file", "id_"})
"""Fields of the models that are no keys of the files."""
_TEXT: Final[dict[str, Any]] = {"type": "string"}
_TEXTS: Final[dict[str, Any]] = {"type": "object", "additionalProperties": {"type": "string"}}
_LIST: Final[dict[str, Any]] = {"type": "array", "items": {"type": "string"}}

ROW_KEYS: Final = {
    "id": "Name of the row; findings, reports and `bridge tables explain` use it.",
    "pairs": "Ids of the pairs of this file that the row belongs to.",
    "convert": "A converter of the closed set (`bridge tables converters`); default `copy`.",
    "codes": 'With `convert = "code"`: the list in `mappings/codes/`.',
    "unit": 'With `convert = "unit"`: the unit of each side, `{ eu = "kg", national = "t" }`.',
    "places": "How many digits stay behind the point; what is rounded away must be stated.",
    "currency": "Where the currency of an amount stands, or which one it is, by side.",
    "cut": "`true`: a text too long for the other side is cut, and reported as a loss.",
    "direction": "`both` (default), or the one direction in which the row works.",
    "versions": 'Only for versions that match: `{ edm = "1.*" }`; `!` in front: all but these.',
    "part": "Joins two groups; the rows of `[[part.NAME.row]]` apply to what is inside.",
    "when": "The row holds only if a field beside its source has such a value.",
    "default": "Written where nothing else filled the target; the report names it.",
    "constant": "Always written, in the row's direction.",
    "from": 'A value of the context, `"NAME:path"`.',
    "take": "With `from`: only these members of the group.",
    "new": "A generated value.",
    "fallback": "`true`: fills the target only where no earlier row did.",
    "control": "What the field is used for, instead of a counterpart. It counts as used, not lost.",
    "compare": 'With `control`: `"NAME:path"` in the context; another value there is fatal.',
    "loss": "Why nothing of it reaches the other side. People read this sentence.",
    "lacking": "With `versions`: why it is lost where only the other version has no such field.",
    "refuse": "With `loss`, on a group: id of the fatal finding where a message has it.",
    "chapter": "Chapter of the reference that the row rests on.",
    "note": "A word for the next reader.",
}
PAIR_KEYS: Final = {
    "id": "Name of the pair; rows name it in `pairs`.",
    "directions": "Directions in which the pair is translated, `to-eu` and so on.",
    "families": "Of contents: the data model of each side, folder below `xsd/evidence/`.",
    "collect": "`true`: several source messages become one.",
    "prepare": "A named step before the translation.",
    "evidence": "`false`: the type of evidence does not choose a table here.",
    "without": "Field of the target and the fatal sentence where no row filled it.",
    "at_most_one": "Field of the source and the fatal sentence where there are several.",
    "yields": "Which of two fields gives way where a version has room for one.",
    "repertoire": "Characters of texts by side: `latin` (String.Latin) or `any`.",
    "chapter": "Chapter of the reference.",
    "note": "A word for the next reader.",
}
PART_KEYS: Final = {
    "chapter": "Chapter of all rows of the part that have none.",
    "row": "Its rows.",
}
RECEIVES_KEYS: Final = {
    "procedure": "Code of the procedure.",
    "side": "The side that receives.",
    "fields": "Paths of that side that may arrive, without selectors; a group means all in it.",
    "reason": "Why the rest is cut. People read this sentence.",
    "chapter": "Chapter of the reference.",
}
WHEN_KEYS: Final = {
    "field": "Path from the group in which the row's paths start, on the source side.",
    "is": "The row holds if the field has one of these values.",
    "not": "The row holds if the field has none of these values.",
}
EVIDENCE_KEYS: Final = {
    "id": "Name of the type, as `--table` takes it.",
    "version": "Version of this table; each translation records it.",
    "title": "Title by language, `de` and `en` at least.",
    "description": "Description by language.",
    "classification": "Address of the evidence type in the Semantic Repository.",
    "any": "`true` for the one type that serves every evidence as a document.",
    "register": "National register and the authority that answers for it.",
    "competence": "How the competent provider is found.",
    "procedures": "Codes of the procedures it serves.",
    "requirements": "Addresses of the requirements it proves (`mappings/requirements.csv`).",
    "formats": "Media types it can have; the document form is always among them.",
    "conforms_to": "Address of the EU data model of its structured form.",
    "names": "Where the names of the two data models come from.",
    "preview": "Whether the citizen must see it before it is sent.",
    "payload": "Table of its structured content, path below `mappings/`.",
    "national_format": "Name of the national structured form.",
    "chapter": "Chapter of the reference.",
    "note": "A word for the next reader.",
}
CODES_KEYS: Final[Mapping[str, tuple[dict[str, Any], str]]] = {
    "id": (_TEXT, "Name of the list; rows name it in `codes`."),
    "title": (_TEXTS, "Title by language."),
    "chapter": (_TEXT, "Chapter of the reference."),
    "sides": (_LIST, 'The two sides, `["eu", "national"]`.'),
    "fallback": (
        {"type": "object"},
        "By direction, what an unlisted code becomes: omit, copy, error or a value.",
    ),
    "unpaired": ({"type": "object"}, "By direction, codes left without pair on purpose."),
    "note": (_TEXT, "A word for the next reader."),
}


def table_schema() -> dict[str, Any]:
    """The schema of ``common.toml``, ``errors.toml``, ``older.toml`` and ``payloads/*.toml``."""
    row = _row()
    rows = {"type": "array", "items": {"$ref": "#/definitions/row"}}
    head = {
        "id": {**_TEXT, "description": "Name of the table."},
        "title": {**_TEXTS, "description": "Title by language, `de` and `en` at least."},
        "version": {**_TEXT, "description": "Version of the table; each translation records it."},
    }
    part = _object({"chapter": _TEXT, "row": rows}, PART_KEYS)
    return {
        "$schema": DIALECT,
        "title": "Mapping table",
        "description": "Rows that say which field of one side is which of the other.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "table": _object(head, {}),
            "pair": _many(
                "#/definitions/pair", "Kinds of message that translate into one another."
            ),
            "row": {**rows, "description": "Which field is which, one row each."},
            "part": {
                "type": "object",
                "description": "Rows that apply inside a group, by the part's name.",
                "additionalProperties": part,
            },
            "receives": _many("#/definitions/receives", "What a procedure may receive."),
        },
        "definitions": {
            "row": row,
            "pair": _pair(),
            "receives": _model(Receives, RECEIVES_KEYS, {}, ("procedure", "fields", "reason")),
        },
    }


def codes_schema() -> dict[str, Any]:
    """The schema of ``codes/*.toml``."""
    sides = {
        side: {**_TEXT, "description": f"Code of {SIDE_NAMES[side]}."}
        for both in SIDES
        for side in both
    }
    pair = {
        **sides,
        "direction": {**_directions(), "description": "`both` (default), or the one direction."},
        "note": {**_TEXT, "description": "What the code means."},
    }
    head = {key: {**shape, "description": about} for key, (shape, about) in CODES_KEYS.items()}
    return {
        "$schema": DIALECT,
        "title": "Pairs of code values",
        "type": "object",
        "additionalProperties": False,
        "required": ["codes"],
        "properties": {
            "codes": _object(head, {}),
            "pair": {
                "type": "array",
                "items": _object(pair, {}),
                "description": "A code of one side and its counterpart.",
            },
        },
    }


def evidence_schema() -> dict[str, Any]:
    """The schema of ``evidence/*.toml``."""
    about = {
        "rule": "How the provider is found.",
        "question": "What the preview asks, by language.",
    }
    more = {
        "register": _model(Register, {"name": "Its name.", "authority": "Who answers for it."}, {}),
        "competence": _model(
            Competence, about, {"rule": {"enum": list(PARAMETERS)}, "question": _TEXTS}, ("rule",)
        ),
        "names": _model(Names, {"eu": "Of the EU side.", "national": "Of the German side."}, {}),
        "title": _TEXTS,
        "description": _TEXTS,
    }
    evidence = _model(EvidenceType, EVIDENCE_KEYS, more, ("id", "title", "formats"))
    return {
        "$schema": DIALECT,
        "title": "Evidence type",
        "type": "object",
        "additionalProperties": False,
        "required": ["evidence"],
        "properties": {"evidence": evidence},
    }


SCHEMAS: Final = {
    "mapping-table": table_schema,
    "code-pairs": codes_schema,
    "evidence-type": evidence_schema,
}
"""By name of the file below ``docs/schema/``, without ``.schema.json``."""


def schema_for(path: str) -> str:
    """The name of the schema of a file below ``mappings/``; empty where there is none."""
    folder, _, name = path.rpartition("/")
    if folder in ("codes", "evidence"):
        return {"codes": "code-pairs", "evidence": "evidence-type"}[folder]
    messages = ("common.toml", "errors.toml", "older.toml")
    return "mapping-table" if folder == "payloads" or name in messages else ""


# --- models to schemas -----------------------------------------------------------------------


def _row() -> dict[str, Any]:
    units = sorted({unit for kind in UNITS.values() for unit in kind})
    names = sorted({*CONVERTERS, "code", "unit", "minor-units"})
    more: dict[str, Any] = {
        "convert": {"anyOf": [{"enum": names}, {"type": "string"}]},
        "direction": _directions(),
        "versions": {"type": "object", "additionalProperties": {"anyOf": [_TEXT, _LIST]}},
        "unit": {"type": "object", "additionalProperties": {"enum": units}},
        "when": _object({"field": _TEXT, "is": _LIST, "not": _LIST}, WHEN_KEYS),
        "currency": _TEXTS,
    }
    schema = _model(Row, ROW_KEYS, more, ("id",))
    for both in SIDES:
        for side in both:
            text = f'Path among the fields of {SIDE_NAMES[side]}; "none": no counterpart there.'
            schema["properties"][side] = {**_TEXT, "description": text}
    return schema


def _pair() -> dict[str, Any]:
    more = dict.fromkeys(("families", "without", "at_most_one", "yields", "repertoire"), _TEXTS)
    schema = _model(Pair, PAIR_KEYS, more, ("id",))
    for both in SIDES:
        for side in both:
            text = f"Kind of message of {SIDE_NAMES[side]}."
            schema["properties"][side] = {**_TEXT, "description": text}
    return schema


def _directions() -> dict[str, Any]:
    return {"enum": ["both", *(f"to-{side}" for both in SIDES for side in both)]}


def _model(
    model: type[Model],
    about: Mapping[str, str],
    more: Mapping[str, Any],
    required: tuple[str, ...] = (),
) -> dict[str, Any]:
    """The keys of a model, in its order; ``more`` says it where the model's own words are wide."""
    made = model.model_json_schema(by_alias=True)
    found: dict[str, Any] = {}
    for key, value in made["properties"].items():
        if key not in LOADED:
            found[key] = more.get(key) or _plain(value)
    schema = _object(found, about)
    if required:
        schema["required"] = list(required)
    return schema


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    """A property of a model without what editors would only show as noise."""
    dropped = ("title", "default", "prefixItems", "maxItems")
    kept = {key: inner for key, inner in value.items() if key not in dropped}
    if "anyOf" in kept:
        options = [each for each in kept["anyOf"] if each.get("type") != "null"]
        kept = {**kept, "anyOf": options} if len(options) > 1 else dict(options[0])
    return kept


def _object(properties: Mapping[str, Any], about: Mapping[str, str]) -> dict[str, Any]:
    described = {
        key: {**value, **({"description": about[key]} if key in about else {})}
        for key, value in properties.items()
    }
    return {"type": "object", "additionalProperties": False, "properties": described}


def _many(reference: str, about: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": reference}, "description": about}
