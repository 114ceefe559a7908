"""``bridge check``: what a file is, whether its schema allows it, and what is out of rule."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

from bridge.cli.documents import read_octets
from bridge.cli.options import catalogue, json_option, standards_option
from bridge.cli.output import (
    DONE,
    REFUSED,
    UNREADABLE,
    Output,
    Styled,
    as_finding,
)
from bridge.errors import RemoteFault
from bridge.finding import Finding, fatal, in_order
from bridge.message import Head
from bridge.rules.schema import SchemaCheck
from bridge.standards.catalogue import Catalogue
from bridge.xml.parse import parse

_EXITS = {"valid": DONE, "invalid": REFUSED, "unreadable": UNREADABLE}
_STYLES = {"valid": "good", "invalid": "bad", "unreadable": "bad"}


@dataclass(frozen=True, slots=True)
class Judged:
    """One file and its verdict; ``head`` and ``schema_valid`` only where it could be read."""

    file: str
    verdict: str
    findings: tuple[Finding, ...]
    head: Head | None = None
    schema_valid: bool | None = None

    def as_json(self) -> dict[str, Any]:
        """The shape that ``--json`` prints."""
        head = self.head
        return {
            "file": self.file,
            "family": head.family if head else None,
            "version": head.version if head else None,
            "kind": head.kind if head else None,
            "schema_valid": self.schema_valid,
            "verdict": self.verdict,
            "findings": [finding.as_json() for finding in self.findings],
        }


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("files", metavar="FILE", nargs="+", help="a message; '-' is stdin")
    json_option(parser)
    standards_option(parser)
    parser.epilog = "example:\n  bridge check request.xml answer.xml --json"
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, out: Output) -> int:
    """Judge every file; the exit code is that of the worst."""
    known, schemas = catalogue(arguments), SchemaCheck()
    judged = [judge(name, known, schemas) for name in arguments.files]
    if arguments.json:
        out.json({"files": [each.as_json() for each in judged]})
    else:
        for each in judged:
            _tell(each, out)
    return max(_EXITS[each.verdict] for each in judged)


def judge(name: str, known: Catalogue, schemas: SchemaCheck) -> Judged:
    """Judge one file. Never raises for what stands in it."""
    try:
        document = parse(read_octets(name))
        binding, _ = known.identify(document)
        reading = known.read(document)
    except RemoteFault as fault:
        return Judged(name, "unreadable", (as_finding(fault),))
    complaints = schemas(document, binding)
    findings = in_order((*reading.findings, *complaints))
    verdict = "invalid" if fatal(findings) else "valid"
    return Judged(name, verdict, findings, reading.message.head, not complaints)


def _tell(judged: Judged, out: Output) -> None:
    head = judged.head
    what = f"{head.kind}, {head.family} {head.version}" if head else "no message known here"
    schema = {None: "", True: ", schema valid", False: ", schema not valid"}[judged.schema_valid]
    verdict = Styled(judged.verdict, _STYLES[judged.verdict])
    out.line(Styled(judged.file, "name"), ": ", verdict, f" ({what}{schema})")
    if judged.findings:
        out.findings(judged.findings)
        out.line()
