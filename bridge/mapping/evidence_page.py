"""The page of the evidence types, made of the tables: what ``docs/evidence-types.md`` holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bridge.mapping.evidence import EvidenceType
from bridge.mapping.table import Row, Table
from bridge.mapping.tables import Tables

_HEAD: Final = """# Evidence types

Made of `mappings/evidence/` and `mappings/payloads/` by `bridge.mapping.evidence_page`; a test
holds this page to them, so it is never edited by hand. Each type has a document form (PDF), which
passes octet by octet, and a structured form, which is translated field by field both ways. The
classifications and the addresses of the data models are made up until real ones are published.

German fields take the characters of String.Latin (NOOTS 3.3): what stands in Greek or Cyrillic
arrives transliterated, which the account of a translation says for each field. This loss is not
listed below. Data models with what each name rests on: `xsd/evidence/<type>/<version>/`. Examples:
`fixtures/payloads/<type>/`.
"""
_RULES: Final = {
    "federal": "one federal register",
    "place-of-birth": "by the municipality of birth (ARS)",
    "residence": "by the municipality of residence (ARS)",
    "seat": "by the municipality of the seat (ARS)",
    "institution": "by the institution that issued it",
}
_WAYS: Final = {"eu": "Lost towards the EU", "national": "Lost towards Germany"}


@dataclass(frozen=True, slots=True)
class Loss:
    """A field that does not reach the other side, wholly or ``partly``, and why."""

    path: str
    why: str
    partly: bool
    refuse: str = ""


def page(tables: Tables) -> str:
    """Give the page: what serves what, then a section per type with names and losses."""
    types = [evidence for evidence in tables.evidence_types.values() if not evidence.any]
    lines = [_HEAD, *_overview(types), ""]
    for evidence in types:
        lines += [*_section(evidence, tables), ""]
    return "\n".join(lines).rstrip() + "\n"


def _overview(types: list[EvidenceType]) -> Iterator[str]:
    yield "| type | title | procedures | register | competent provider | preview |"
    yield "|---|---|---|---|---|---|"
    for evidence in types:
        register = evidence.register_
        name = f"{register.name} ({register.authority})" if register else ""
        rule = _RULES[evidence.competence.rule] if evidence.competence else ""
        titles = f"{evidence.title['en']} / {evidence.title['de']}"
        link = f"[{evidence.id}](#{evidence.id})"
        cells = (link, titles, ", ".join(evidence.procedures), name, rule, evidence.preview)
        yield f"| {' | '.join(cells)} |"
    yield "\nFor any other evidence stands the type `document`: every format passes untouched."


def _section(evidence: EvidenceType, tables: Tables) -> Iterator[str]:
    yield f"## {evidence.id}\n"
    yield evidence.description["en"] + "\n"
    yield "| | |"
    yield "|---|---|"
    known = tables.requirements
    for address in evidence.requirements:
        yield f"| requirement | {known[address]['name']} (`{address.rpartition('/')[2]}`) |"
    yield f"| formats | {', '.join(evidence.formats)} |"
    if evidence.names:
        yield f"| EU names | {evidence.names.eu} |"
        yield f"| German names | {evidence.names.national} |"
    if evidence.competence and evidence.competence.question:
        yield f"| asked where unknown | {evidence.competence.question['en']} |"
    if evidence.chapter:
        yield f"| chapter | {evidence.chapter} |"
    table = tables.payload(evidence)
    if table is None:
        return
    for entry in table.receives:
        arrives = ", ".join(f"`{path}`" for path in entry.fields)
        yield f"| {entry.procedure} receives only | {arrives}: {entry.reason} |"
    for side, title in _WAYS.items():
        found = losses(table, side)
        if found:
            yield f"\n### {title}: {evidence.id}\n"
            yield from _losses(found)


def _losses(found: list[Loss]) -> Iterator[str]:
    yield "| field | why |"
    yield "|---|---|"
    for loss in found:
        partly = "in part: " if loss.partly else ""
        stops = f". **Stops the message** (`{loss.refuse}`)." if loss.refuse else ""
        yield f"| `{loss.path}` | {partly}{loss.why.replace('|', '&#124;')}{stops} |"


def losses(table: Table, side: str) -> list[Loss]:
    """Give what a content's table loses towards a side, in the order of the rows."""
    source = table.other(side)
    rows = list(_rows(table, source))
    carried = {path for path, row in rows if _carries(row, side)}
    found: dict[str, Loss] = {}
    for path, row in rows:
        # A one-way row that carries a field this way speaks of the other way in its loss.
        ours = row.direction == "both" or not _carries(row, side)
        if row.loss and ours and not row.control:
            found.setdefault(path, Loss(path, row.loss, path in carried, row.refuse))
    return list(found.values())


def _carries(row: Row, side: str) -> bool:
    return row.path(side) is not None and row.direction in ("both", f"to-{side}")


def _rows(table: Table, source: str) -> Iterator[tuple[str, Row]]:
    """Every row that has a field on the source side, with the whole path to it."""

    def walk(rows: tuple[Row, ...], prefix: str) -> Iterator[tuple[str, Row]]:
        for row in rows:
            path = row.path(source)
            if path is None:
                continue
            yield f"{prefix}{path}", row
            if row.part:
                yield from walk(table.parts[row.part].row, f"{prefix}{path}/")

    return walk(table.rows, "")
