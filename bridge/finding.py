"""A finding: one thing that is out of rule, with its id and its place. A value, never raised."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How grave a finding is: only ``FATAL`` stops a message."""

    FATAL = "fatal"
    WARNING = "warning"
    INFO = "info"


_ORDER = {Severity.FATAL: 0, Severity.WARNING: 1, Severity.INFO: 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule or one tolerated deviation.

    ``id`` is a rule id (``READ-…`` for the reader, ``XSD`` for the schema, ``BORDER-…``, or a
    mapping row), ``location`` an XPath or a field path, ``line`` the line in the input if known.
    ``message`` never quotes a value of a message.
    """

    id: str
    severity: Severity
    location: str
    message: str
    line: int | None = None
    chapter: str = ""

    def as_json(self) -> dict[str, object]:
        """The shape that ``--json`` prints."""
        return {
            "id": self.id,
            "severity": str(self.severity),
            "location": self.location,
            "line": self.line,
            "message": self.message,
        }


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings by severity, then line, then place; doubled ones stand once."""
    unique = dict.fromkeys(findings)
    return tuple(sorted(unique, key=lambda f: (_ORDER[f.severity], f.line or 0, f.location, f.id)))


def fatal(findings: Iterable[Finding]) -> bool:
    """Tell whether one of the findings stops the message."""
    return any(f.severity is Severity.FATAL for f in findings)
