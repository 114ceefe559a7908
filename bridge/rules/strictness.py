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


def meant(rule_id: str, pattern: str) -> bool:
    """Whether a pattern is meant for a rule; only ``*`` is more than itself in it.

    Ids of the reference hold question marks, which fnmatch takes for any one letter.
    """
    return fnmatchcase(rule_id, pattern.replace("[", "[[]").replace("?", "[?]"))


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
        return any(meant(finding.id, pattern) for pattern in self.rules)


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

    @property
    def decisions(self) -> Mapping[Finding, Decision]:
        """What was done with each of the findings."""
        kinds = zip(Decision, (self.refused, self.warned, self.ignored), strict=True)
        return {finding: decision for decision, findings in kinds for finding in findings}

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
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsFault(f"the policy cannot be read: {reason}", where=str(path)) from None
    except ValueError as error:  # no TOML, or no UTF-8
        raise SettingsFault(f"the policy cannot be read: {error}", where=str(path)) from error
    loader = _Loader(str(path))
    loader.keys(data, _TOP, "the file")
    peers: dict[str, tuple[Row, ...]] = {}
    for peer in loader.array(data, "peer", "the file"):
        loader.keys(peer, _PEER, "peer")
        id_ = peer.get("id")
        if not id_ or not isinstance(id_, str):
            raise SettingsFault("peer: 'id' is missing or no text", where=str(path))
        if id_ in peers:
            raise SettingsFault(f"the peer {id_} stands twice", where=str(path))
        peers[id_] = loader.rows(peer, "receiving", f"peer {id_}")
    return Strictness(
        receiving=loader.rows(data, "receiving", "the file"),
        sending=loader.rows(data, "sending", "the file"),
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

    def array(self, table: dict[str, Any], key: str, what: str) -> list[Any]:
        values = table.get(key, [])
        if not isinstance(values, list):
            raise SettingsFault(f"{what}: '{key}' must be a list", where=self.where)
        return values

    def texts(self, table: dict[str, Any], key: str, what: str) -> tuple[str, ...]:
        values = self.array(table, key, what)
        if not all(isinstance(each, str) for each in values):
            raise SettingsFault(f"{what}: '{key}' must be a list of texts", where=self.where)
        return tuple(values)

    def rows(self, table: dict[str, Any], key: str, what: str) -> tuple[Row, ...]:
        name = key if what == "the file" else what
        return tuple(self.row(row, name) for row in self.array(table, key, what))

    def row(self, row: Any, what: str) -> Row:
        self.keys(row, _ROW, what)
        rules = self.texts(row, "rules", what)
        if not rules:
            raise SettingsFault(f"{what}: 'rules' is a list of ids or patterns", where=self.where)
        words = self.texts(row, "severity", what)
        severities = frozenset(Severity(self.word(each, Severity, what)) for each in words)
        do = Decision(self.word(row.get("do"), Decision, what))
        standards = frozenset(self.texts(row, "standards", what))
        return Row(rules, severities, do, str(row.get("why", "")), standards)

    def word(self, word: Any, known: type[StrEnum], what: str) -> str:
        words = [each.value for each in known]
        if word not in words:
            names = ", ".join(words)
            raise SettingsFault(f"{what}: '{word}' is none of {names}", where=self.where)
        return str(word)
