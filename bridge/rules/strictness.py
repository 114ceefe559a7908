"""What the bridge does with a finding: refuse the message, warn, or ignore it.

A verdict under the policy stands beside the pure one and never changes a finding. The policy is
data, `strictness.toml`; the first row that fits decides, a peer's own rows before the others.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from bridge.errors import SettingsFault
from bridge.finding import Finding, Severity
from bridge.standards.rows import nearest

_TOP: Final = {"receiving", "sending", "peer"}
_ROW: Final = {"rules", "severity", "standards", "do", "why"}
_PEER: Final = {"id", "receiving", "why"}


class Decision(StrEnum):
    """What is done with a finding."""

    REFUSE = "refuse"
    WARN = "warn"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Row:
    """Patterns of rule ids (``*`` stands for any text), severities (empty: all), and what to do.

    ``standards`` narrows the row to messages of these versions.
    """

    rules: tuple[str, ...]
    severity: frozenset[Severity]
    do: Decision
    why: str = ""
    standards: frozenset[str] = frozenset()

    def fits(self, finding: Finding, standard: str = "") -> bool:
        """Whether the row speaks of a finding of a message."""
        if self.severity and finding.severity not in self.severity:
            return False
        if self.standards and standard not in self.standards:
            return False
        return any(fnmatchcase(finding.id, pattern) for pattern in self.rules)


@dataclass(frozen=True, slots=True)
class Strictness:
    """The policy. ``peers`` holds the rows of single peers by their id, asked first."""

    receiving: tuple[Row, ...]
    sending: tuple[Row, ...]
    peers: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)

    def decide(
        self, finding: Finding, *, sending: bool = False, peer: str = "", standard: str = ""
    ) -> Decision:
        """Say what is done with a finding; where no row fits, it is a warning."""
        rows = self.sending if sending else (*self.peers.get(peer, ()), *self.receiving)
        return next((row.do for row in rows if row.fits(finding, standard)), Decision.WARN)

    def verdict(
        self,
        findings: Iterable[Finding],
        *,
        sending: bool = False,
        peer: str = "",
        standard: str = "",
    ) -> Verdict:
        """Sort findings by what is done with them; ``standard`` is the message's (``edm-…``)."""
        sorted_: dict[Decision, list[Finding]] = {decision: [] for decision in Decision}
        for finding in findings:
            decision = self.decide(finding, sending=sending, peer=peer, standard=standard)
            sorted_[decision].append(finding)
        return Verdict(*(tuple(sorted_[decision]) for decision in Decision))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Findings by decision. ``rule_ids`` of what refuses travel in the answer's detail."""

    refused: tuple[Finding, ...]
    warned: tuple[Finding, ...]
    ignored: tuple[Finding, ...]

    @property
    def accepted(self) -> bool:
        """Whether the message is worked with."""
        return not self.refused

    def decision(self, finding: Finding) -> Decision:
        """What was done with one of the findings."""
        if finding in self.refused:
            return Decision.REFUSE
        return Decision.WARN if finding in self.warned else Decision.IGNORE

    def as_json(self) -> dict[str, object]:
        """The shape that ``--json`` prints: the ids of the rules by what was done."""
        kinds = {"refused": self.refused, "warned": self.warned, "ignored": self.ignored}
        shown: dict[str, object] = {"verdict": "accepted" if self.accepted else "refused"}
        for name, findings in kinds.items():
            shown[name] = list(dict.fromkeys(finding.id for finding in findings))
        return shown

    @property
    def rule_ids(self) -> tuple[str, ...]:
        """The ids of the rules that the message is refused for, each once."""
        return tuple(dict.fromkeys(finding.id for finding in self.refused))


def load_strictness(path: Path) -> Strictness:
    """Load a policy. Raises ``SettingsFault`` for unknown keys, words and a missing part."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsFault(f"the policy cannot be read: {error}", where=str(path)) from error
    loader = _Loader(str(path))
    loader.keys(data, _TOP, "the file")
    peers = {}
    for peer in data.get("peer", []):
        loader.keys(peer, _PEER, "peer")
        if not peer.get("id"):
            raise SettingsFault("peer: 'id' is missing", where=str(path))
        peers[str(peer["id"])] = loader.rows(peer.get("receiving", []), f"peer {peer['id']}")
    return Strictness(
        receiving=loader.rows(data.get("receiving", []), "receiving"),
        sending=loader.rows(data.get("sending", []), "sending"),
        peers=peers,
    )


class _Loader:
    def __init__(self, where: str) -> None:
        self.where = where

    def keys(self, table: Any, allowed: set[str], what: str) -> None:
        if not isinstance(table, dict):
            raise SettingsFault(f"{what} must be a table", where=self.where)
        for key in table:
            if key not in allowed:
                hint = nearest(key, allowed)
                raise SettingsFault(f"{what}: unknown key '{key}'{hint}", where=self.where)

    def rows(self, rows: list[Any], what: str) -> tuple[Row, ...]:
        return tuple(self.row(row, what) for row in rows)

    def row(self, row: Any, what: str) -> Row:
        self.keys(row, _ROW, what)
        rules = row.get("rules", [])
        if not rules or not isinstance(rules, list):
            raise SettingsFault(f"{what}: 'rules' is a list of ids or patterns", where=self.where)
        severities = frozenset(
            Severity(self.word(each, Severity, what)) for each in row.get("severity", [])
        )
        do = Decision(self.word(row.get("do"), Decision, what))
        standards = frozenset(str(each) for each in row.get("standards", []))
        why = str(row.get("why", ""))
        return Row(tuple(str(rule) for rule in rules), severities, do, why, standards)

    def word(self, word: Any, known: type[StrEnum], what: str) -> str:
        words = [each.value for each in known]
        if word not in words:
            names = ", ".join(words)
            raise SettingsFault(f"{what}: '{word}' is none of {names}", where=self.where)
        return str(word)
