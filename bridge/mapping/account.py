"""The account of a translation: what was mapped, lost, given, found; and what converters see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from bridge.finding import Finding, Severity
from bridge.mapping.codes import CodePairs
from bridge.mapping.context import Context
from bridge.mapping.latin import Latin
from bridge.message import Attachment, Group, Message
from bridge.standards.binding import Repository
from bridge.standards.codelists import CodeList

ContentOf: TypeAlias = "Callable[[bytes, str, str, Account], bytes]"
"""Translates an evidence's octets: content, media type, path for the account, account."""


class Unmappable(ValueError):
    """A converter cannot carry a value over. The sentence never quotes the value."""


class Lost(NamedTuple):
    """A leaf of the input that has no counterpart: its path, the row, the reason."""

    path: str
    reason: str
    row: str = ""


class Given(NamedTuple):
    """A leaf of the output that did not come from the input.

    ``origin``: ``default``, ``constant``, ``context`` or ``generated``.
    """

    path: str
    origin: str
    row: str


class Mapped(NamedTuple):
    """A leaf of the input that was carried over, or used as control data (``target`` empty)."""

    path: str
    target: str
    row: str


@dataclass(slots=True)
class Account:
    """The running account of one translation."""

    findings: list[Finding] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    mapped: list[Mapped] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What converters look things up in.

    The repertoire, the code lists of the target's version, code pairs, and how that version
    spells addresses of the Semantic Repository.
    """

    latin: Latin
    lists: Mapping[str, CodeList]
    codes: Mapping[str, CodePairs]
    repository: Repository = field(default_factory=Repository)


@dataclass(slots=True)
class Env:
    """What a converter may look at: the context, the source message, and the item it is in.

    ``position`` counts the item in its list from one, ``siblings`` how many there are.
    """

    context: Context
    message: Message
    direction: str
    target_standard: str
    account: Account
    shelf: Shelf
    content: ContentOf | None = None
    item: Group = field(default_factory=Group)
    position: int = 1
    siblings: int = 1
    path: str = ""
    row: str = ""

    @property
    def latin(self) -> Latin:
        """The repertoire String.Latin."""
        return self.shelf.latin

    def code_list(self, name: str) -> frozenset[str]:
        """The codes of a list of the target's version; empty if it has none of the name."""
        codes = self.shelf.lists.get(name)
        return codes.values if codes is not None else frozenset()

    def lose(self, reason: str) -> None:
        """Say that part of the current value does not reach the other side."""
        self.account.lost.append(Lost(self.path, reason, self.row))

    def find(self, rule: str, severity: Severity, message: str) -> None:
        """Add a finding at the current leaf."""
        self.account.findings.append(Finding(rule, severity, self.path, message))
