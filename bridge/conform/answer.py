"""The error that the bridge answers a request with: composed and written as it would be sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bridge.errors import UnknownDocument
from bridge.finding import Severity
from bridge.mapping.context import Context, seeded_ids
from bridge.mapping.refusal import refuse
from bridge.mapping.tables import Tables
from bridge.mapping.translate import write
from bridge.message import Message
from bridge.rules.check import Checker, Circumstances, Report
from bridge.rules.strictness import Strictness
from bridge.standards.choice import spoken, to_answer
from bridge.xml.parse import parse

ABROAD: Final = "edm"
REQUEST: Final = "QueryRequest"
_SOME_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Answer:
    """An error: its code, the rule ids that its detail names, and the rules it breaks itself."""

    code: str
    detail: tuple[str, ...]
    breaks: tuple[str, ...] = ()


class Answers:
    """Answers requests by the policy for what is received."""

    def __init__(
        self,
        checker: Checker,
        tables: Callable[[], Tables],
        policy: Callable[[], Strictness],
    ) -> None:
        self._checker = checker
        self._tables = tables
        self._policy = policy

    def __call__(self, report: Report, octets: bytes, now: datetime | None) -> Answer | None:
        """Give the answer to a message, ``None`` where it is accepted.

        Raises ``UnknownDocument`` for a message that nobody answers: any but a request from abroad.
        """
        verdict = self._policy().verdict(report.findings, standard=report.standard)
        if verdict.accepted:
            return None
        head = report.head
        if head is not None and (head.family, head.kind) != (ABROAD, REQUEST):
            raise UnknownDocument(f"the bridge answers no {head.kind} with an error")
        tables = self._tables()
        context = Context(now or _SOME_TIME, seeded_ids("answer"), tables.defaults)
        to = to_answer(head, spoken(self._checker.catalogue, ABROAD)).standard
        translation = refuse(
            tables, context, to, rules=verdict.rule_ids, request=self._request(report, octets)
        )
        written = self._checker(write(translation, tables), Circumstances(sending=True))
        said = translation.message.fields
        return Answer(
            code=str(said.at("Exception/code")),
            detail=tuple(str(said.at("Exception/detail") or "").split(", ")),
            breaks=tuple(f.id for f in written.findings if f.severity is Severity.FATAL),
        )

    def _request(self, report: Report, octets: bytes) -> Message | None:
        if report.head is None:
            return None
        return self._checker.catalogue.read(self._checker.within(parse(octets))).message
