"""What is agreed: the kinds of messages (data), our parties, our peers, and which of it applies.

A processing mode in the sense of ebMS, less everything that the profile fixes (as4 0.3, 10).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography import x509

from bridge.envelope import AgreementRef, Envelope, Party
from bridge.errors import DataFileFault, LocalFault, RefusedMessage, SettingsFault
from bridge.transport.as4.errors import FAMILY
from bridge.transport.as4.keyinfo import TokenKind
from bridge.transport.as4.keys import allows
from bridge.transport.as4.suites import RSA, Suite
from bridge.transport.as4.trust import PeerTrust

FILE: Final = "legs.toml"
_DEFAULTS: Final = {"test": False}
_KEYS: Final = {"name", "service", "type", "action", "compress"}


@dataclass(frozen=True, slots=True)
class Leg:
    """One kind of message; a ``test`` is answered and never delivered (as4 6.4)."""

    name: str
    service: str
    type: str
    action: str
    compress: bool
    test: bool = False


@dataclass(frozen=True, slots=True)
class Legs:
    """The kinds of messages, the role both sides act in, the channel, the properties needed."""

    role: str
    mpc: str
    required: tuple[str, ...]
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class Peer:
    """An access point that we exchange messages with.

    ``id`` and ``type`` are its PartyId. ``encryption`` are its certificates that we encrypt
    for; ``compress`` overrides the table by name of leg. ``any_case`` takes its party id and
    service in another case (as4 2.1, 2.2); ``encrypted`` is False only where both sides agreed on
    clear payloads, which OOTS never does. ``receipt_tokens`` puts the peer's certificate
    into our receipts too, as Domibus does (as4 4.1).
    """

    name: str
    id: str
    type: str
    trust: PeerTrust
    encryption: tuple[x509.Certificate, ...] = ()
    suite: Suite = RSA
    token: TokenKind = "certificate"
    agreement: AgreementRef | None = None
    compress: Mapping[str, bool] = field(default_factory=dict)
    encrypted: bool = True
    any_case: bool = False
    receipt_tokens: bool = False

    def __post_init__(self) -> None:
        wrapping = self.suite.wrapping
        if any(
            not wrapping.fits(each) or not allows(each, wrapping.usage) for each in self.encryption
        ):
            raise SettingsFault(
                f"a certificate to encrypt for {self.name} does not fit its suite", code="AS4-PEER"
            )

    def recipient(self, at: datetime) -> x509.Certificate:
        """Give the newest certificate valid at ``at``; `LocalFault` if there is none (as4 7.3)."""
        valid = [
            each
            for each in self.encryption
            if each.not_valid_before_utc <= at <= each.not_valid_after_utc
        ]
        if not valid:
            raise LocalFault(
                f"there is no valid certificate to encrypt for {self.name}",
                code="AS4-RECIPIENT",
                remedy="Import its new certificate before sending.",
            )
        return max(valid, key=lambda each: each.not_valid_before_utc)


@dataclass(frozen=True, slots=True)
class Terms:
    """What applies to one message: the peer and the kind of message."""

    peer: Peer
    leg: Leg

    @property
    def compress(self) -> bool:
        """Whether we compress what we send."""
        return self.peer.compress.get(self.leg.name, self.leg.compress)


@dataclass(frozen=True, slots=True)
class PModes:
    """All that is agreed, frozen: a change of peers is a new value, imported as a whole.

    ``past`` and ``ahead`` bound the Timestamp of what is received (as4 8.3, row 21). Raises
    `SettingsFault` where two peers are one party, or one of them is ourselves.
    """

    own: tuple[tuple[str, str], ...]
    peers: tuple[Peer, ...]
    legs: Legs
    past: timedelta = timedelta(days=7)
    ahead: timedelta = timedelta(minutes=10)

    def __post_init__(self) -> None:
        parties = [*self.own, *((each.id, each.type) for each in self.peers)]
        if not self.own or len(set(parties)) != len(parties):
            raise SettingsFault("own parties and peers must be distinct", code="AS4-PEER")

    def outgoing(self, envelope: Envelope) -> Terms:
        """Give the terms of a message that we send; exact (`LocalFault` where nothing fits)."""
        peer = _named(self.peers, envelope.receiver, lenient=False)
        leg = next((each for each in self.legs.legs if _is_leg(each, envelope, False)), None)
        own = (envelope.sender.id, envelope.sender.type) in self.own
        roles = {envelope.sender.role, envelope.receiver.role} == {self.legs.role}
        if peer is None or leg is None or not own or not roles:
            raise LocalFault("the message fits no agreement with a peer", code="AS4-PMODE")
        return Terms(peer, leg)

    def incoming(self, envelope: Envelope, now: datetime) -> Terms:
        """Give the terms of a header that was received; nothing in it is proved yet.

        Raises `RefusedMessage`: EBMS:0003, EBMS:0001, EBMS:0010 (as4 8.3).
        """
        if (envelope.receiver.id, envelope.receiver.type) not in self.own:
            raise RefusedMessage("the message is for another party", code="EBMS:0003")
        peer = _named(self.peers, envelope.sender, lenient=True)
        if peer is None:
            raise RefusedMessage("the sender is unknown", code="EBMS:0003", security=True)
        if {envelope.sender.role, envelope.receiver.role} != {self.legs.role}:
            raise RefusedMessage("a role is not the one of access points", code="EBMS:0001")
        leg = self._incoming_leg(envelope, peer)
        if envelope.agreement != peer.agreement:
            raise RefusedMessage("the agreement is unknown", code="EBMS:0001")
        if envelope.mpc not in ("", self.legs.mpc):
            raise RefusedMessage("the channel is not the default one", code="EBMS:0003")
        if not leg.test:
            self._check_properties(envelope)
        if not now - self.past <= envelope.timestamp <= now + self.ahead:
            raise RefusedMessage("the Timestamp is too far from now", code="EBMS:0003")
        return Terms(peer, leg)

    def _incoming_leg(self, envelope: Envelope, peer: Peer) -> Leg:
        for leg in self.legs.legs:
            if _is_leg(leg, envelope, peer.any_case):
                return leg
        tests = [each for each in self.legs.legs if each.test]
        if any(
            each.service == envelope.service.value or each.action == envelope.action
            for each in tests
        ):
            raise RefusedMessage("the test service is half used", code="EBMS:0010")
        raise RefusedMessage("service or action is unknown", code="EBMS:0001")

    def _check_properties(self, envelope: Envelope) -> None:
        for name in self.legs.required:
            if envelope.property(name) is None:
                raise RefusedMessage(f"the property {name} is missing", code="EBMS:0010")


def load_legs(standards: Path) -> Legs:
    """Load the kinds of messages of the newest ebMS version below ``xsd/``.

    Raises `DataFileFault` naming file and row.
    """
    files = sorted((standards / FAMILY).glob(f"*/{FILE}"))
    if not files:
        raise DataFileFault("there is no table of message kinds", where=str(standards / FAMILY))
    path = files[-1]
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as cause:
        raise DataFileFault("the table of message kinds cannot be read", where=str(path)) from cause
    if set(data) != {"role", "mpc", "required", "leg"}:
        raise DataFileFault("role, mpc, required and leg are needed", where=str(path))
    rows = tuple(_leg(each, f"{path}, row {n}") for n, each in enumerate(data["leg"], 1))
    if len({each.name for each in rows}) != len(rows):
        raise DataFileFault("a name stands twice", where=str(path))
    return Legs(data["role"], data["mpc"], tuple(data["required"]), rows)


def _leg(data: Mapping[str, Any], where: str) -> Leg:
    if _KEYS - set(data) or set(data) - _KEYS - set(_DEFAULTS):
        raise DataFileFault(f"a row needs {sorted(_KEYS)} and may have test", where=where)
    return Leg(**{**_DEFAULTS, **data})


def _is_leg(leg: Leg, envelope: Envelope, any_case: bool) -> bool:
    given = (envelope.service.value, envelope.service.type, envelope.action)
    wanted = (leg.service, leg.type, leg.action)
    if any_case:
        return given[0].lower() == wanted[0].lower() and given[1:] == wanted[1:]
    return given == wanted


def _named(peers: Sequence[Peer], party: Party, *, lenient: bool) -> Peer | None:
    for peer in peers:
        if (peer.id, peer.type) == (party.id, party.type):
            return peer
    if lenient:
        alike = [
            peer
            for peer in peers
            if peer.any_case and peer.id.lower() == party.id.lower() and peer.type == party.type
        ]
        if len(alike) == 1:
            return alike[0]
    return None
