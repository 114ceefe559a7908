"""Who our peers are and how each is reached: one snapshot, replaced as a whole (as4 10).

A change of peers is a new `Peers`; what is under way goes on with what it finds at each step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from cryptography import x509

from bridge.envelope import Party
from bridge.errors import SettingsFault
from bridge.transport.as4.client import Address
from bridge.transport.as4.pmode import Legs, Peer, PModes
from bridge.transport.as4.schedule import Schedule

WARNINGS: Final = tuple(timedelta(days=days) for days in (7, 14, 30, 60))
"""How long before its end a certificate is warned of, the last warning first (as4 7.3)."""

Use: TypeAlias = Literal["sign", "encrypt", "anchor", "own"]


@dataclass(frozen=True, slots=True)
class Remote:
    """A peer with all that sending to it needs.

    ``versions`` are the versions of the standards it takes, as it names them, newest last;
    ``lists`` addresses of revocation lists beyond those that its certificates name.
    """

    peer: Peer
    address: Address
    schedule: Schedule = field(default_factory=Schedule)
    versions: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name in our files."""
        return self.peer.name


@dataclass(frozen=True, slots=True)
class Peers:
    """Our own parties (id, type) and our peers; `SettingsFault` where a name stands twice."""

    own: tuple[tuple[str, str], ...]
    remotes: tuple[Remote, ...]

    def __post_init__(self) -> None:
        names = [each.name for each in self.remotes]
        if len(set(names)) != len(names):
            raise SettingsFault("two peers have the same name", code="AS4-PEER")

    def pmodes(self, legs: Legs) -> PModes:
        """Give what is agreed with all of them."""
        return PModes(self.own, tuple(each.peer for each in self.remotes), legs)

    def remote(self, party: Party) -> Remote | None:
        """Find the peer that a message is for, by identifier and type, exactly."""
        wanted = (party.id, party.type)
        return next((e for e in self.remotes if (e.peer.id, e.peer.type) == wanted), None)

    def named(self, name: str) -> Remote | None:
        """Find a peer by its name."""
        return next((each for each in self.remotes if each.name == name), None)

    def with_peers(self, peers: Sequence[Peer]) -> Peers:
        """Give the snapshot with these peers in the places of those that have their names."""
        newer = {each.name: each for each in peers}
        remotes = (replace(each, peer=newer.get(each.name, each.peer)) for each in self.remotes)
        return Peers(self.own, tuple(remotes))


@dataclass(frozen=True, slots=True)
class Expiry:
    """A certificate that ends soon, has ended, or is not valid yet.

    ``left`` is the time until its end, negative once it is over.
    """

    peer: str
    use: Use
    subject: str
    ends: datetime
    left: timedelta
    begun: bool

    @property
    def step(self) -> int:
        """The days of the warning it has reached; 0 when it is over."""
        if self.left < timedelta():
            return 0
        return next((w.days for w in WARNINGS if self.left <= w), WARNINGS[-1].days)


def expiries(peers: Peers, own: Sequence[x509.Certificate], now: datetime) -> tuple[Expiry, ...]:
    """Find what has to be renewed, soonest end first.

    A certificate that a newer one of the same use already stands beside is not told: that is a
    roll-over going on.
    """
    found = []
    for name, use, certificates in _uses(peers, own):
        latest = max((each.not_valid_after_utc for each in certificates), default=now)
        for each in certificates:
            superseded = each.not_valid_after_utc < latest and _is_good(certificates, now)
            if _is_due(each, now) and not superseded:
                found.append(_expiry(name, use, each, now))
    return tuple(sorted(found, key=lambda each: each.ends))


def _uses(
    peers: Peers, own: Sequence[x509.Certificate]
) -> Iterator[tuple[str, Use, tuple[x509.Certificate, ...]]]:
    yield "", "own", tuple(own)
    for remote in peers.remotes:
        yield remote.name, "sign", remote.peer.trust.pinned
        yield remote.name, "encrypt", remote.peer.encryption
        for anchor in remote.peer.trust.anchors:
            yield remote.name, "anchor", (anchor,)


def _is_good(certificates: Sequence[x509.Certificate], now: datetime) -> bool:
    """Whether one of them is valid now and not to be warned of."""
    return any(each.not_valid_before_utc <= now and not _is_due(each, now) for each in certificates)


def _is_due(certificate: x509.Certificate, now: datetime) -> bool:
    ends = certificate.not_valid_after_utc
    return ends - now <= WARNINGS[-1] or now < certificate.not_valid_before_utc


def _expiry(name: str, use: Use, certificate: x509.Certificate, now: datetime) -> Expiry:
    ends = certificate.not_valid_after_utc
    begun = certificate.not_valid_before_utc <= now
    return Expiry(name, use, certificate.subject.rfc4514_string(), ends, ends - now, begun)
