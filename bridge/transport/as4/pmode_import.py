"""A Domibus PMode as a list of peers: what it says, and what about it is worth a look (as4 10.1).

Tolerant where files in the field differ: blanks in endpoints, order and spelling of what is not
needed. It carries no certificates; those come from the truststore, by alias.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from bridge.errors import SettingsFault, UnreadableDocument
from bridge.transport.as4.pmode import Legs
from bridge.transport.as4.schedule import Schedule, read_schedule
from bridge.xml.parse import Limits, parse

_LIMITS: Final = Limits(octets=8 << 20, depth=16, elements=100_000, attributes=64)
_ROOT: Final = "configuration"
_ONE_WAY: Final = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/oneway"
_PUSH: Final = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/push"


@dataclass(frozen=True, slots=True)
class PmodePeer:
    """One party of the file, as it is to stand in ``peers.toml``; ``alias`` is its certificate's.

    ``compress`` has only the kinds of messages that differ from ours.
    """

    name: str
    id: str
    type: str
    endpoint: str
    schedule: Schedule
    compress: Mapping[str, bool]
    agreement: str = ""

    @property
    def alias(self) -> str:
        """Its alias in the truststore."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Pmode:
    """A file of peers. ``remarks`` are for the operator: what was mended, left out, is unusual."""

    own: tuple[str, str]
    peers: tuple[PmodePeer, ...]
    remarks: tuple[str, ...]


def read_pmode(octets: bytes, legs: Legs) -> Pmode:
    """Read a Domibus PMode of any release.

    Raises `SettingsFault` where it is none, names no party of its own, or is for other exchanges
    than one-way push.
    """
    try:
        root = parse(octets, _LIMITS).root
    except UnreadableDocument as fault:
        raise _unfit(f"it cannot be read: {fault.what}") from fault
    if etree.QName(root).localname != _ROOT:
        raise _unfit("its root is no configuration of Domibus")
    return _Reader(root, legs).pmode()


class _Reader:
    def __init__(self, root: etree._Element, legs: Legs) -> None:
        self._root = root
        self._legs = legs
        self._remarks: list[str] = []
        self._types = self._table("partyIdType", "value")

    def pmode(self) -> Pmode:
        own_name = self._own_name()
        parties = {_value(each, "name"): each for each in self._all("party", "parties")}
        own = next((e for name, e in parties.items() if name.lower() == own_name.lower()), None)
        if own is None:
            raise _unfit("the party it is for is none of its parties")
        processes = [each for each in self._all("process") if self._is_push(each)]
        if not processes:
            raise _unfit("it has no one-way push")
        partners = self._partners(processes, own_name)
        compress, schedule, agreement = self._terms(processes)
        peers = []
        for name, element in parties.items():
            if element is own:
                continue
            if name.lower() not in partners:
                self._remarks.append(f"{name}: shares no process with us, left out")
                continue
            peer = self._peer(name, element, compress, schedule, agreement)
            if peer is not None:
                peers.append(peer)
        return Pmode(self._identifier(own_name, own), tuple(peers), tuple(self._remarks))

    def _own_name(self) -> str:
        name = _value(self._root, "party")
        if not name:
            raise _unfit("it does not say whose it is")
        return name

    def _peer(
        self,
        name: str,
        element: etree._Element,
        compress: Mapping[str, bool],
        schedule: Schedule,
        agreement: str,
    ) -> PmodePeer | None:
        party_id, kind = self._identifier(name, element)
        given = element.get("endpoint", "")
        endpoint = given.strip()
        if not party_id or not endpoint:
            self._remarks.append(f"{name}: has no identifier or no endpoint, left out")
            return None
        if endpoint != given:
            self._remarks.append(f"{name}: blanks around its endpoint were cut")
        if not endpoint.lower().startswith("https://"):
            self._remarks.append(f"{name}: its endpoint is unprotected (http)")
        return PmodePeer(name, party_id, kind, endpoint, schedule, compress, agreement)

    def _identifier(self, name: str, element: etree._Element) -> tuple[str, str]:
        found = [each for each in _children(element) if _local(each) == "identifier"]
        if not found:
            return "", ""
        if len(found) > 1:
            self._remarks.append(f"{name}: has several identifiers, the first one is taken")
        kind = _value(found[0], "partyIdType")
        if kind and kind not in self._types:
            self._remarks.append(f"{name}: the type of its identifier is defined nowhere")
        return _value(found[0], "partyId"), self._types.get(kind, "")

    def _is_push(self, process: etree._Element) -> bool:
        meps, bindings = self._table("mep", "value"), self._table("binding", "value")
        name = _value(process, "name")
        mep = meps.get(_value(process, "mep"), "").lower()
        binding = bindings.get(_value(process, "binding"), "").lower()
        if (mep, binding) == (_ONE_WAY, _PUSH):
            return True
        self._remarks.append(f"process {name}: is no one-way push, left out")
        return False

    def _partners(self, processes: Sequence[etree._Element], own: str) -> set[str]:
        """Give the names (lower case) of those that we may exchange messages with."""
        found: set[str] = set()
        ours = False
        for process in processes:
            sides = [_names(process, which) for which in ("initiatorParties", "responderParties")]
            for mine, theirs in (sides, sides[::-1]):
                if own.lower() in mine:
                    ours = True
                    found |= theirs
        if not ours:
            raise _unfit("the party it is for takes part in no process")
        return found - {own.lower()}

    def _terms(self, processes: Sequence[etree._Element]) -> tuple[dict[str, bool], Schedule, str]:
        """Give what the legs in use have in common."""
        wanted = {name for process in processes for name in _names(process, "legs")}
        legs = [
            each for each in self._all("legConfiguration") if _value(each, "name").lower() in wanted
        ]
        compress: dict[str, bool] = {}
        for leg in legs:
            self._check_security(leg)
            ours = self._kind(leg)
            value = _value(leg, "compressPayloads").lower() == "true"
            if ours is not None and compress.setdefault(ours, value) != value:
                self._remarks.append(
                    f"legs for {ours} differ in compressPayloads, the first counts"
                )
        defaults = {each.name: each.compress for each in self._legs.legs}
        differing = {name: on for name, on in compress.items() if on != defaults[name]}
        return differing, self._schedule(legs), self._agreement(processes)

    def _kind(self, leg: etree._Element) -> str | None:
        """Give our name for the kind of message that a leg is for."""
        services, actions = self._table("service", "value"), self._table("action", "value")
        service = services.get(_value(leg, "service"), "")
        action = actions.get(_value(leg, "action"), "")
        for each in self._legs.legs:
            if each.action == action and each.service.lower() == service.lower():
                if each.service != service:
                    self._remarks.append(f"leg {_value(leg, 'name')}: the service in another case")
                return each.name
        self._remarks.append(f"leg {_value(leg, 'name')}: is for a kind of message we do not have")
        return None

    def _check_security(self, leg: etree._Element) -> None:
        policies, profiles = self._table("security", "policy"), self._table("security", "profile")
        name = _value(leg, "security")
        policy, profile = policies.get(name, ""), profiles.get(name, "").lower()
        if "_BST" not in policy and not profile.startswith("rsa"):
            self._remarks.append(f"security {name}: neither a policy with BST nor an RSA profile")

    def _schedule(self, legs: Sequence[etree._Element]) -> Schedule:
        retries = self._table("receptionAwareness", "retry")
        texts = {retries.get(_value(each, "receptionAwareness"), "") for each in legs} - {""}
        found = []
        for text in sorted(texts):
            try:
                found.append(read_schedule(text))
            except SettingsFault:
                self._remarks.append(
                    f"the retry '{text[:40]}' is none we have; the default is taken"
                )
        if len(found) > 1:
            self._remarks.append("the legs differ in retry; the longest window is taken")
        return max(found, key=lambda each: each.window, default=Schedule())

    def _agreement(self, processes: Sequence[etree._Element]) -> str:
        values = self._table("agreement", "value")
        found = {values.get(_value(each, "agreement"), "") for each in processes} - {""}
        if len(found) > 1:
            self._remarks.append("the processes have several agreements; none is taken")
        return found.pop() if len(found) == 1 else ""

    def _all(self, name: str, parent: str = "") -> Iterator[etree._Element]:
        for each in self._root.iter(etree.Element):
            above = each.getparent()
            if _local(each) == name and (
                not parent or (above is not None and _local(above) == parent)
            ):
                yield each

    def _table(self, name: str, value: str) -> dict[str, str]:
        """Give one attribute of all elements of a kind, by their name."""
        return {_value(e, "name"): _value(e, value) for e in self._all(name) if e.get("name")}


def _names(process: etree._Element, which: str) -> set[str]:
    groups = (each for each in _children(process) if _local(each) == which)
    return {_value(each, "name").lower() for group in groups for each in _children(group)}


def _children(element: etree._Element) -> Iterator[etree._Element]:
    """Give the elements in an element; comments are none."""
    return element.iterchildren(etree.Element)


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


def _value(element: etree._Element, name: str) -> str:
    return (element.get(name) or "").strip()


def _unfit(reason: str) -> SettingsFault:
    return SettingsFault(f"the PMode cannot be taken: {reason}", code="AS4-PMODE-FILE")
