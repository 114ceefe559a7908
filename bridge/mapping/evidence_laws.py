"""The laws of an evidence type beyond its shape: whole, in both languages, known to the lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bridge.mapping.evidence import EvidenceType
from bridge.mapping.latin import Latin
from bridge.mapping.table import near
from bridge.standards.binding import Binding

LANGUAGES: Final = ("de", "en")
LEAST_TEXT: Final = 2
MOST_TEXT: Final = 256
"""Texts reach slots of the EDM, whose string values end at 256 characters (EDM 2.2, C092)."""
_SR: Final = r"https://sr(\.[a-z]+)?\.oots\.tech\.ec\.europa\.eu"
_UUID: Final = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_CLASSIFICATION: Final = re.compile(f"{_SR}/evidencetypeclassifications/([A-Z]{{2}}|oots)/{_UUID}")
_MODEL: Final = re.compile(f"{_SR}/datamodels/[a-z0-9][a-z0-9._-]*")
_STRUCTURED: Final = ("application/xml", "application/json")


@dataclass(frozen=True, slots=True)
class Lists:
    """What the lists know: codes of procedures, addresses of requirements, media types."""

    procedures: frozenset[str]
    requirements: frozenset[str]
    media_types: frozenset[str]


def known_lists(bindings: Iterable[Binding], requirements: Iterable[str]) -> Lists:
    """Gather the lists of all versions; a procedure is known if any version of the EDM has it."""
    every = list(bindings)

    def codes(name: str) -> frozenset[str]:
        found = (binding.lists[name].values for binding in every if name in binding.lists)
        return frozenset().union(*found)

    return Lists(codes("Procedures"), frozenset(requirements), codes("OOTSMediaTypes"))


def problems_of(types: Iterable[EvidenceType], lists: Lists, latin: Latin) -> Iterator[str]:
    """Give every problem of the types, a line each, beginning with the file."""
    owners: dict[str, str] = {}
    for evidence in types:
        where = f"{evidence.file}: [evidence]"
        for problem in _problems(evidence, lists, latin):
            yield f"{where} {problem}"
        address = evidence.classification.lower()
        if address and address in owners:
            yield f"{where} classification: also that of {owners[address]}"
        owners.setdefault(address, evidence.id)


def _problems(evidence: EvidenceType, lists: Lists, latin: Latin) -> Iterator[str]:
    yield from _texts(evidence, latin)
    yield from _known("procedures", evidence.procedures, lists.procedures)
    yield from _known("requirements", evidence.requirements, lists.requirements)
    yield from _known("formats", evidence.formats, lists.media_types)
    yield from _forms(evidence)
    if not evidence.any:
        yield from _identity(evidence)


def _texts(evidence: EvidenceType, latin: Latin) -> Iterator[str]:
    question = evidence.competence.question if evidence.competence else {}
    groups: dict[str, Mapping[str, str]] = {
        "title": evidence.title,
        "description": evidence.description,
    }
    if question:
        groups["competence.question"] = question
    for key, texts in groups.items():
        for language in LANGUAGES:
            if language not in texts:
                yield f"{key}: there is no text in '{language}'"
        for language, text in texts.items():
            if not LEAST_TEXT <= len(text) <= MOST_TEXT:
                yield f"{key}.{language}: a text has {LEAST_TEXT} to {MOST_TEXT} characters"
            if latin.repair(text)[1]:
                yield f"{key}.{language}: a letter is outside String.Latin (NOOTS 3.3)"


def _known(key: str, values: tuple[str, ...], known: frozenset[str]) -> Iterator[str]:
    for value in values:
        if value not in known:
            yield f"{key}: '{value}' is in no list{near(value, known)}"
    if len(set(values)) < len(values):
        yield f"{key}: a value stands twice"


def _forms(evidence: EvidenceType) -> Iterator[str]:
    structured = [name for name in evidence.formats if name in _STRUCTURED]
    if len(structured) == len(evidence.formats):
        yield "formats: the document form is missing"
    if evidence.payload:
        if not structured:
            yield "formats: the type has a content table but no structured format"
        if not _MODEL.fullmatch(evidence.conforms_to):
            yield "conforms_to: no address of a data model"
        if not evidence.national_format:
            yield "national_format: missing beside a content table"
        if evidence.names is None:
            yield "names: missing beside a content table"


def _identity(evidence: EvidenceType) -> Iterator[str]:
    if not _CLASSIFICATION.fullmatch(evidence.classification):
        yield "classification: no address of an evidence type"
    for key, value in (
        ("register", evidence.register_),
        ("competence", evidence.competence),
        ("procedures", evidence.procedures),
        ("requirements", evidence.requirements),
    ):
        if not value:
            yield f"{key}: missing"
