"""Findings as SARIF 2.1.0, the form in which code forges and editors take them.

A pure function of findings and rules; what is left out of the form is left out on purpose: columns
and excerpts, for findings have none and never quote a message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from bridge.finding import Finding, Severity

if TYPE_CHECKING:
    from bridge.rules.table import Rule

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
FORMAT: Final = "2.1.0"
DOCS: Final = "docs/rules.md"
STDIN: Final = "stdin"

_LEVELS: Final = {Severity.FATAL: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_LANGUAGES: Final = {"en": "en-US", "de": "de-DE"}
_ANCHOR_LOST: Final = re.compile(r"[^\w\- ]")

_KINDS: Final = (
    ("XSD", "The schema of the version does not allow the message."),
    ("XML-", "The document cannot be read, or only with tolerance."),
    ("READ-", "The message deviates from its version in a way that is tolerated or noted."),
    ("SEAL-", "The seal of the evidence is not in order."),
    ("BORDER-", "A national identifier was about to leave towards the EU."),
    ("BRIDGE-HEADER-", "The ebMS header and the message do not fit each other."),
    ("BRIDGE-PLAUSIBLE-", "The message is in order but hardly plausible."),
    ("BRIDGE-", "The bridge itself has something to say about the message."),
)
"""What findings without a row are about, by the beginning of their id."""


def sarif(
    judged: Iterable[tuple[str, Sequence[Finding]]],
    rules: Iterable[Rule],
    version: str,
    *,
    language: str = "en",
    docs: str = "",
) -> dict[str, Any]:
    """Give one SARIF log with one run: files with their findings, and the rules behind them.

    ``version`` is that of the bridge. ``docs`` is the absolute address of the published
    ``docs/rules.md``; without it rules have no ``helpUri``, which SARIF wants absolute.
    """
    files = [(file, tuple(findings)) for file, findings in judged]
    rows = {rule.id: rule for rule in rules}
    ids = sorted({finding.id for _, findings in files for finding in findings} | rows.keys())
    index = {rule_id: number for number, rule_id in enumerate(ids)}
    descriptors = [
        _described(rows[each], docs) if each in rows else _undescribed(each) for each in ids
    ]
    driver = {"name": "bridge", "version": version, "rules": descriptors}
    if re.fullmatch(r"\d+\.\d+\.\d+.*", version):
        driver["semanticVersion"] = version
    run = {
        "tool": {"driver": driver},
        "language": _LANGUAGES[language],
        "artifacts": [{"location": {"uri": _uri(file)}} for file, _ in files],
        "results": [
            _result(finding, index[finding.id], _uri(file), number)
            for number, (file, findings) in enumerate(files)
            for finding in findings
        ],
    }
    return {"$schema": SCHEMA, "version": FORMAT, "runs": [run]}


def _described(rule: Rule, docs: str) -> dict[str, Any]:
    facts = {
        "Chapter": rule.chapter,
        "Looks at": rule.context,
        "Test": rule.test,
        "Note": rule.note,
    }
    lines = [rule.text["en"], *(f"{name}: {fact}" for name, fact in facts.items() if fact)]
    page = f"#{_anchor(rule.message or 'Every message')}"
    descriptor: dict[str, Any] = {
        "id": rule.id,
        "shortDescription": {"text": rule.text["en"]},
        "fullDescription": {"text": " ".join(filter(None, (rule.text["en"], rule.note)))},
        "help": {"text": "\n".join([*lines, f"See {DOCS}{page}"])},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"stage": rule.stage, "chapter": rule.chapter},
    }
    if docs:
        descriptor["helpUri"] = docs + page
    return descriptor


def _undescribed(rule_id: str) -> dict[str, Any]:
    kinds = (text for start, text in _KINDS if rule_id.startswith(start))
    return {"id": rule_id, "shortDescription": {"text": next(kinds, rule_id)}}


def _result(finding: Finding, rule: int, uri: str, artifact: int) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri, "index": artifact}}
    if finding.line:
        physical["region"] = {"startLine": finding.line}
    location: dict[str, Any] = {"physicalLocation": physical}
    if finding.location:
        location["logicalLocations"] = [_logical(finding.location)]
    return {
        "ruleId": finding.id,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [location],
    }


def _logical(path: str) -> Mapping[str, str]:
    last = path.rpartition("/")[2]
    kind = "attribute" if last.startswith("@") else "element"
    return {"fullyQualifiedName": path, "kind": kind}


def _uri(file: str) -> str:
    """Give a relative reference, or a ``file`` URI for a file that is named from the root."""
    if file == "-":
        return STDIN
    # Names of files are octets: what is no UTF-8 in them is quoted as it is.
    octets = file.replace("\\", "/").removeprefix("./").encode("utf-8", "surrogateescape")
    quoted = quote(octets, safe="/!+,;=@&'()~")
    return f"file://{quoted}" if quoted.startswith("/") else quoted


def _anchor(heading: str) -> str:
    return _ANCHOR_LOST.sub("", heading.strip().lower()).replace(" ", "-")
