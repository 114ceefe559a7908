"""What became of a case: the messages it judged, what they were found to be, and what is amiss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bridge.finding import Finding

NO_KIND: Final = "no message known here"
MOST_FINDINGS: Final = 200
"""So many findings of one message are kept, the gravest; the rest are counted."""


class State(StrEnum):
    """How a case ended. ``UNREADABLE``: its file or its message, where that was not expected."""

    PASSED = "as expected"
    FAILED = "not as expected"
    UNREADABLE = "unreadable"


class Standing(StrEnum):
    """What a finding is in the light of the case: only ``UNEXPECTED`` ones fail it."""

    EXPECTED = "expected"
    ALLOWED = "allowed"
    UNEXPECTED = "unexpected"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines of a message around a finding; ``marked`` is the index of the line it stands on.

    ``laid_out`` says that the lines are not those of the file, whose lines are too long. Holds
    values of the message, so it goes only where somebody asked for it.
    """

    first: int
    lines: tuple[str, ...]
    marked: int
    laid_out: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A finding, its standing, and where wanted the place in the message."""

    finding: Finding
    standing: Standing
    excerpt: Excerpt | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """One message: what it is, the pure verdict, and its findings; ``more`` were left out."""

    file: str
    verdict: str
    told: tuple[Told, ...] = ()
    more: int = 0
    standard: str = ""
    kind: str = ""

    @property
    def what(self) -> str:
        """Kind and standard in words."""
        return f"{self.kind} ({self.standard})" if self.standard else self.kind or NO_KIND


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case, or of one message without a case.

    ``misses`` are sentences on what is not as expected; they never hold a value of a message.
    ``expects`` is the kind of expectation, empty where a case could not be read.
    """

    name: str
    state: State
    file: str = ""
    expects: str = ""
    title: str = ""
    chapter: str = ""
    description: str = ""
    checked: tuple[Checked, ...] = ()
    misses: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def told(self) -> Iterator[Told]:
        """All findings of all its messages."""
        return (told for checked in self.checked for told in checked.told)

    def as_json(self) -> dict[str, object]:
        """The shape that ``--json`` prints; excerpts stay out of it."""
        return {
            "name": self.name,
            "file": self.file,
            "title": self.title,
            "chapter": self.chapter,
            "expects": self.expects,
            "state": str(self.state),
            "misses": list(self.misses),
            "seconds": round(self.seconds, 6),
            "messages": [
                {
                    "file": checked.file,
                    "standard": checked.standard or None,
                    "kind": checked.kind or None,
                    "verdict": checked.verdict,
                    "findings": [
                        {**told.finding.as_json(), "standing": str(told.standing)}
                        for told in checked.told
                    ],
                    "more_findings": checked.more,
                }
                for checked in self.checked
            ],
        }
