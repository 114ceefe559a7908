"""Evidence types: what ``mappings/evidence/*.toml`` says about each, apart from its content."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from bridge.errors import MappingFault
from bridge.mapping.table import Model
from bridge.mapping.toml_file import read_toml
from bridge.message import Group, group


class EvidenceType(Model):
    """One evidence type: classification, texts, procedures, formats, preview duty, content table.

    ``version`` and ``file`` are those of its table. ``any`` marks the type that serves every
    evidence in document form; it is used only where it is named or allowed. ``payload`` is the
    table of the structured content below ``mappings/``, empty for pure documents.
    """

    id: str
    version: str = ""
    file: str = ""
    title: Mapping[str, str]
    description: Mapping[str, str] = {}
    classification: str = ""
    any: bool = False
    register_: Mapping[str, Any] = Field(default={}, alias="register")
    procedures: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    formats: tuple[str, ...]
    conforms_to: str = ""
    preview: Literal["required", "optional", "none"] = "required"
    payload: str = ""
    national_format: str = ""
    chapter: str = ""
    note: str = ""

    def as_context(self) -> Group:
        """The group ``evidence`` of the context; languages in EDM spelling."""
        return group(
            {
                "classification": self.classification,
                "conforms_to": self.conforms_to,
                "Title": [{"value": t, "lang": lang.upper()} for lang, t in self.title.items()],
                "Description": [
                    {"value": t, "lang": lang.upper()} for lang, t in self.description.items()
                ],
            }
        )


def load_evidence_types(folder: Path) -> dict[str, EvidenceType]:
    """Load all evidence types of a folder by id. Raises ``MappingFault`` with file and key."""
    found: dict[str, EvidenceType] = {}
    for path in sorted(folder.glob("*.toml")):
        data, _text = read_toml(path)
        unknown = set(data) - {"evidence"}
        if unknown:
            raise MappingFault(f"unknown section '{sorted(unknown)[0]}'", where=str(path))
        if not isinstance(data.get("evidence"), Mapping):
            raise MappingFault("the section [evidence] is missing", where=str(path))
        if "file" in data["evidence"]:
            raise MappingFault("unknown key 'file'", where=str(path))
        try:
            evidence = EvidenceType(**data["evidence"], file=path.name)
        except ValidationError as error:
            problem = error.errors()[0]
            key = ".".join(map(str, problem["loc"]))
            raise MappingFault(f"[evidence] {key}: {problem['msg']}", where=str(path)) from error
        if evidence.id in found:
            raise MappingFault(f"the evidence type {evidence.id} stands twice", where=str(path))
        if evidence.payload and not (folder.parent / evidence.payload).is_file():
            raise MappingFault(f"there is no table {evidence.payload}", where=str(path))
        found[evidence.id] = evidence
    return found
