"""The content of an evidence on its way: structured ones are translated, documents untouched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bridge.errors import BridgeError, RemoteFault
from bridge.finding import Finding, Severity
from bridge.mapping.account import Account, Lost
from bridge.mapping.context import Context
from bridge.mapping.evidence import EvidenceType
from bridge.mapping.receive import cut, entry_for, procedure_of
from bridge.mapping.table import Pair, Table
from bridge.mapping.tables import Tables
from bridge.mapping.walk import Walk
from bridge.message import Message
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
        goal = "to-eu" if self.direction in ("to-edm", "to-eu") else "to-national"
        try:
            reading = self.tables.catalogue.read(parse(content))
        except RemoteFault as fault:
            what = f"the structured evidence cannot be read: {fault.what}"
            account.findings.append(Finding("CONTENT-UNREADABLE", Severity.FATAL, path, what))
            return content
        family = reading.message.head.family
        pairs = (p for p in table.pairs if p.families[table.other(goal[3:])] == family)
        pair = next(pairs, None)
        if pair is None:
            what = "the structured evidence is of another data model than its evidence type"
            account.findings.append(Finding("CONTENT-MODEL", Severity.FATAL, path, what))
            return content
        message, own = self._translated(reading.message, table, pair, goal)
        account.findings += [
            Finding(f.id, f.severity, f"{path}!{f.location}", f.message)
            for f in (*reading.findings, *own.findings)
        ]
        account.lost += [Lost(f"{path}!{lost.path}", lost.reason, lost.row) for lost in own.lost]
        try:
            return self.tables.catalogue.write(message)
        except BridgeError as fault:
            account.findings.append(Finding("CONTENT-INCOMPLETE", Severity.FATAL, path, fault.what))
            return content

    def _translated(
        self, message: Message, table: Table, pair: Pair, goal: str
    ) -> tuple[Message, Account]:
        """Translate the fields, and cut what the procedure may not receive."""
        side = goal.removeprefix("to-")
        catalogue = self.tables.catalogue
        family = pair.families[side]
        target = max(s for s in catalogue.standards if s.rpartition("-")[0] == family)
        route = self.tables.route(table, pair, goal, message.head.standard, target)
        walk = Walk(route, self.context, self.tables.shelf(target))
        fields = walk.run([message])
        received = entry_for(table, procedure_of(self.context), side)
        if received is not None:
            fields = cut(fields, received, walk.account)
        return catalogue.message(target, route.target_kind, fields), walk.account
