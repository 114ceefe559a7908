"""The content of an evidence on its way: structured ones are translated, documents untouched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bridge.errors import BridgeError, RemoteFault
from bridge.finding import Finding, Severity
from bridge.mapping.account import Account, Lost
from bridge.mapping.context import Context
from bridge.mapping.evidence import EvidenceType
from bridge.mapping.tables import Tables
from bridge.mapping.walk import Walk
from bridge.xml.parse import parse

STRUCTURED: Final = ("application/xml", "text/xml")


@dataclass(frozen=True, slots=True)
class ContentTranslator:
    """Translates the octets of one exchange's evidences by the payload table of their type."""

    tables: Tables
    evidence: EvidenceType | None
    context: Context
    direction: str

    def __call__(self, content: bytes, media_type: str, path: str, account: Account) -> bytes:
        """Give the octets for the other side; the same octets where nothing is structured.

        Losses and findings go to ``account`` under ``path``.
        """
        table = self.tables.payload(self.evidence) if self.evidence is not None else None
        if table is None or media_type not in STRUCTURED:
            return content
        national = self.direction in ("to-edm", "to-eu")
        goal = "to-eu" if national else "to-national"
        catalogue = self.tables.catalogue
        try:
            reading = catalogue.read(parse(content))
        except RemoteFault as fault:
            account.findings.append(
                Finding(
                    "CONTENT-UNREADABLE",
                    Severity.FATAL,
                    path,
                    f"the structured evidence cannot be read: {fault.what}",
                )
            )
            return content
        message = reading.message
        pair = next(
            (
                pair
                for pair in table.pairs
                if pair.families[table.other(goal[3:])] == message.head.family
            ),
            None,
        )
        if pair is None:
            account.findings.append(
                Finding(
                    "CONTENT-MODEL",
                    Severity.FATAL,
                    path,
                    "the structured evidence is of another data model than its evidence type",
                )
            )
            return content
        family = pair.families[goal[3:]]
        target = max(s for s in catalogue.standards if s.rpartition("-")[0] == family)
        route = self.tables.route(table, pair, goal, message.head.standard, target)
        walk = Walk(route, self.context, self.tables.shelf(target))
        fields = walk.run([message])
        account.findings += [
            Finding(f.id, f.severity, f"{path}!{f.location}", f.message)
            for f in (*reading.findings, *walk.account.findings)
        ]
        account.lost += [
            Lost(f"{path}!{lost.path}", lost.reason, lost.row) for lost in walk.account.lost
        ]
        try:
            return catalogue.write(catalogue.message(target, route.target_kind, fields))
        except BridgeError as fault:
            account.findings.append(Finding("CONTENT-INCOMPLETE", Severity.FATAL, path, fault.what))
            return content
