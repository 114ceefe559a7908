"""A publisher's artefacts composed for tests, and the referee over them."""

from __future__ import annotations

from dataclasses import replace

from bridge.referee.artefacts import Artefacts
from bridge.referee.compose import compose
from bridge.referee.referee import PARTS, Referee
from bridge.rules.check import shipped
from bridge.rules.table import RuleTable

STANDARD = "edm-1.2"
KINDS = ("QueryRequest", "QueryResponse", "ExceptionResponse")


def table(standard: str = STANDARD) -> RuleTable:
    found = shipped().table(standard)
    assert found is not None
    return found


def altered(rules: RuleTable, rule_id: str, **changes: object) -> RuleTable:
    """The table with one row otherwise."""
    assert rules.rule(rule_id) is not None
    rows = [replace(r, **changes) if r.id == rule_id else r for r in rules.rules]  # type: ignore[arg-type]
    return replace(rules, rules=tuple(rows))


def published(rules: RuleTable | None = None, standard: str = STANDARD) -> dict[str, bytes]:
    """Rule files of one version as a publisher would ship them, a folder for the version."""
    rules = rules or table(standard)
    kinds = shipped().catalogue.binding(standard).messages
    return {f"{standard}/sch/{kind}.sch": compose(rules, kind) for kind in kinds}


def schemas(standard: str = STANDARD) -> dict[str, bytes]:
    """Our own schemas in the folder of a publisher."""
    folder = shipped().catalogue.binding(standard).folder
    return {f"{standard}/xsd/{path.name}": path.read_bytes() for path in folder.glob("*.xsd")}


def referee(files: dict[str, bytes], parts: frozenset[str] = PARTS) -> Referee:
    return Referee(shipped(), Artefacts(files), parts=parts)
