"""The files of a new evidence type: its facts, and the table of its content with proposed rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from bridge.tables.proposals import MARK, Proposal, Proposed
from bridge.tables.values import toml

_OURS: Final = "taken from the example documents"


@dataclass(frozen=True, slots=True)
class Birth:
    """What a new type begins with: its name, the version of its files, the chapter of its rows."""

    kind: str
    version: str
    chapter: str


@dataclass(frozen=True, slots=True)
class Question:
    """One fact about the type: its key, what people are asked, and the answer if they give none."""

    key: str
    text: str
    default: str = ""
    listed: bool = False


QUESTIONS: Final = (
    Question("title.de", "Title in German"),
    Question("title.en", "Title in English"),
    Question("description.de", "What it shows, one German sentence"),
    Question("description.en", "What it shows, one English sentence"),
    Question("register.name", "Register, its German name"),
    Question("register.authority", "Authority that answers for the register"),
    Question("competence.rule", "Provider: federal, residence, place-of-birth, seat, institution",
             "federal"),
    Question("procedures", "Codes of the procedures that need it, like T1 V2", listed=True),
    Question("requirements", "Addresses of the requirements it proves", listed=True),
)  # fmt: skip
ASKED: Final = {
    "residence": ("In welcher Gemeinde wohnen Sie?", "In which municipality do you live?"),
    "place-of-birth": ("In welcher Gemeinde war die Geburt?", "In which place was the birth?"),
    "seat": ("In welcher Gemeinde ist der Sitz?", "In which municipality is the seat?"),
    "institution": ("Welche Einrichtung hat ihn ausgestellt?", "Which institution issued it?"),
}  # fmt: skip
"""By rule of competence, what the preview asks where the request does not tell: de, en."""


def evidence_text(
    birth: Birth, answers: Mapping[str, str], repository: str, structured: bool = True
) -> str:
    """The text of ``evidence/<kind>.toml``. ``repository`` is the host of the addresses."""
    kind, version = birth.kind, birth.version
    facts = {**{question.key: question.default for question in QUESTIONS}, **answers}
    made = uuid5(NAMESPACE_URL, f"urn:noots-bridge:evidence:{kind}")
    rule = facts["competence.rule"]
    lines = [
        f"#:schema {SCHEMA_OF['evidence']}",
        f"# {facts['title.en'] or kind}: written by 'bridge tables new'.",
        "",
        "[evidence]",
        f"id = {toml(kind)}",
        f"version = {toml(version)}",
        f"title = {toml(_languages(facts, 'title'))}",
        f"description = {toml(_languages(facts, 'description'))}",
        "# Made up: replace it by the classification that the Evidence Broker lists for Germany.",
        f"classification = {toml(f'{repository}evidencetypeclassifications/DE/{made}')}",
        f"register = {toml(_group(facts, 'register'))}",
        f"procedures = {toml(facts['procedures'].split())}",
        f"requirements = {toml(facts['requirements'].split())}",
    ]
    if structured:
        lines += [
            'formats = ["application/xml", "application/pdf"]',
            f"names = {toml({'eu': _OURS, 'national': _OURS})}",
            "# Made up: replace it by the address of the published data model.",
            f"conforms_to = {toml(f'{repository}datamodels/{kind}-{version}.0')}",
            'preview = "required"',
            f"payload = {toml(f'payloads/{kind}.toml')}",
            f"national_format = {toml(f'urn:noots-bridge:evidence:{kind}:national:{version}')}",
        ]
    else:
        lines += ['formats = ["application/pdf"]', 'preview = "required"']
    lines += [
        f"chapter = {toml(birth.chapter)}",
        "",
        "[evidence.competence]",
        f"rule = {toml(rule)}",
    ]
    if rule in ASKED:
        german, english = ASKED[rule]
        lines.append(f"question = {toml({'de': german, 'en': english})}")
    return "\n".join([*lines, ""])


SCHEMA_OF: Final = {
    "evidence": "../../docs/schema/evidence-type.schema.json",
    "payloads": "../../docs/schema/mapping-table.schema.json",
    "codes": "../../docs/schema/code-pairs.schema.json",
}
"""By folder below ``mappings/``: where editors find the schema."""


def _languages(facts: Mapping[str, str], key: str) -> dict[str, str]:
    return {language: facts[f"{key}.{language}"] for language in ("de", "en")}


def _group(facts: Mapping[str, str], key: str) -> dict[str, str]:
    return {name: facts[f"{key}.{name}"] for name in ("name", "authority")}


def payload_text(
    birth: Birth, titles: Mapping[str, str], kinds: Mapping[str, str], proposal: Proposal
) -> str:
    """The text of ``payloads/<kind>.toml``. ``kinds`` are the documents by side."""
    kind, version = birth.kind, birth.version
    rest = {"de": "Inhalt", "en": "content"}
    title = {language: f"{text}: {rest[language]}" for language, text in titles.items()}
    families = {side: f"{kind}-{side}" for side in kinds}
    lines = [
        f"#:schema {SCHEMA_OF['payloads']}",
        "# Rows marked as proposals come from names and example values: read each, mend it, and",
        "# delete its note. 'bridge tables check' tells which are left.",
        "",
        "[table]",
        f"id = {toml(f'{kind}.payload')}",
        f"version = {toml(version)}",
        f"title = {toml(title)}",
        "",
        "[[pair]]",
        'id = "payload"',
        *(f"{side} = {toml(name)}" for side, name in kinds.items()),
        f"families = {toml(families)}",
        'directions = ["to-eu", "to-national"]',
    ]
    lines += _rows(proposal.rows, "[[row]]", ('pairs = ["payload"]',), birth.chapter)
    for name, rows in proposal.parts.items():
        lines += ["", f"[part.{name}]", f"chapter = {toml(birth.chapter)}"]
        lines += _rows(rows, f"[[part.{name}.row]]", (), birth.chapter)
    return "\n".join([*lines, ""])


def _rows(
    rows: Sequence[Proposed], header: str, more: Sequence[str], chapter: str
) -> Iterator[str]:
    for row in rows:
        yield from ("", header, f"id = {toml(row.id)}", *more)
        entries: dict[str, Any] = {
            "eu": row.eu if row.eu is not None else "none",
            "national": row.national if row.national is not None else "none",
            "convert": "" if row.convert == "copy" else row.convert,
            "direction": "" if row.direction == "both" else row.direction,
            "part": row.part,
            "loss": row.loss,
            "chapter": chapter,
            "note": f"{MARK}: {row.why}" if row.why else "",
        }
        yield from (f"{key} = {toml(value)}" for key, value in entries.items() if value)
