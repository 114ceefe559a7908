"""Evidence types: what ``mappings/evidence/*.toml`` says about each, apart from its content."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, ValidationError, model_validator

from bridge.errors import MappingFault
from bridge.mapping.table import Model, near
from bridge.mapping.toml_file import read_toml, spot_of_key
from bridge.message import Group, group

PARAMETERS: Final = {
    "federal": "",
    "place-of-birth": "ars",
    "residence": "ars",
    "seat": "ars",
    "institution": "institution",
}
"""What a look-up of the competent provider needs beside the evidence type (NOOTS 1.2, 7.3).

By the rule of competence: nothing, the regional key of a municipality (ARS), or which institution.
"""


class Register(Model):
    """The national register: its name and the authority that answers for it, in German."""

    name: str
    authority: str


class Competence(Model):
    """Which provider is competent: the one federal register, or one found by place or institution.

    ``question`` is asked in the preview where the request does not tell (NOOTS 1.2 step 7), by
    language; a federal register needs none.
    """

    rule: Literal["federal", "place-of-birth", "residence", "seat", "institution"]
    question: Mapping[str, str] = {}

    @model_validator(mode="after")
    def _asks(self) -> Competence:
        if bool(self.question) != bool(self.parameter):
            raise ValueError("a rule other than 'federal' has a question, and 'federal' has none")
        return self

    @property
    def parameter(self) -> str:
        """What the look-up needs: ``ars``, ``institution`` or nothing."""
        return PARAMETERS[self.rule]


class Names(Model):
    """Where the names of the two data models come from: which are published, which are ours."""

    eu: str
    national: str


class EvidenceType(Model):
    """One evidence type: classification, texts, procedures, formats, preview duty, content table.

    ``version`` and ``file`` are those of its table. ``any`` marks the type that serves every
    evidence in document form; it is used only where it is named or allowed. ``payload`` is the
    table of the structured content below ``mappings/``, empty for pure documents. What the laws
    want beyond this shape is said in ``evidence_laws``.
    """

    id: str
    version: str = ""
    file: str = ""
    title: Mapping[str, str]
    description: Mapping[str, str] = {}
    classification: str = ""
    any: bool = False
    register_: Register | None = Field(default=None, alias="register")
    competence: Competence | None = None
    procedures: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    formats: tuple[str, ...]
    conforms_to: str = ""
    names: Names | None = None
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
        data, text = read_toml(path)
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
            every = error.errors()  # a mistyped key also makes the right one missing
            strange = [each for each in every if each["type"] == "extra_forbidden"]
            problem = (strange or every)[0]
            key = ".".join(map(str, problem["loc"]))
            what = f"{key}: {problem['msg']}"
            if problem["type"] == "extra_forbidden":
                name = str(problem["loc"][-1])
                known = [f.alias or n for n, f in EvidenceType.model_fields.items()]
                what = f"unknown key '{key}'{near(name, known)}{spot_of_key(text, name)}"
            raise MappingFault(f"[evidence] {what}", where=str(path)) from error
        if evidence.id in found:
            raise MappingFault(f"the evidence type {evidence.id} stands twice", where=str(path))
        if evidence.payload and not (folder.parent / evidence.payload).is_file():
            raise MappingFault(f"there is no table {evidence.payload}", where=str(path))
        found[evidence.id] = evidence
    return found
