"""What is agreed decides which messages are taken and how ours are made."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.envelope import AgreementRef, Party, Property, Service
from bridge.errors import DataFileFault, LocalFault, RefusedMessage, SettingsFault
from bridge.transport.as4.pmode import PModes, load_legs
from bridge.transport.as4.suites import SUITES
from bridge.transport.as4.trust import PeerTrust
from tests.as4_worlds import LEGS, NOW, TYPE, certificate, envelope, side, world

TEST = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
HERE = world()
MESSAGE = replace(envelope(HERE.sender, HERE.receiver), payloads=())


def incoming(peer: dict[str, Any] | None = None, **changes: Any) -> str:
    pmodes = world(from_peer=peer).policy().pmodes
    return pmodes.incoming(replace(MESSAGE, **changes), NOW).leg.name


ACCEPTED = {
    "a response": ({}, {}, "response"),
    "a request": ({}, {"action": "ExecuteQueryRequest"}, "request"),
    "an exception": ({}, {"action": "ExceptionResponse"}, "exception"),
    "a test": ({}, {"service": Service(f"{TEST}service"), "action": f"{TEST}test"}, "test"),
    "a test without properties": (
        {},
        {"service": Service(f"{TEST}service"), "action": f"{TEST}test", "properties": ()},
        "test",
    ),
    "the default channel": ({}, {"mpc": f"{TEST}defaultMPC"}, "response"),
    "more properties": ({}, {"properties": (*MESSAGE.properties, Property("ExchangeId", "x"))}, "response"),
    "a service in another case": (
        {"any_case": True},
        {"service": Service("queryManager", MESSAGE.service.type)},
        "response",
    ),
    "a party in another case": (
        {"any_case": True},
        {"sender": Party("ap_de_01", TYPE + "DE", LEGS.role)},
        "response",
    ),
    "an agreement": ({"agreement": AgreementRef("a")}, {"agreement": AgreementRef("a")}, "response"),
    "an old message": ({}, {"timestamp": NOW - timedelta(days=7)}, "response"),
    "a message a little ahead": ({}, {"timestamp": NOW + timedelta(minutes=10)}, "response"),
}  # fmt: skip


@pytest.mark.parametrize(("peer", "changes", "leg"), ACCEPTED.values(), ids=ACCEPTED)
def test_a_message_as_agreed_is_taken(peer: Any, changes: Any, leg: str) -> None:
    assert incoming(peer, **changes) == leg


OTHER = Party("AP_XX_01", TYPE + "XX", LEGS.role)
REFUSED = {
    "for another party": ({"receiver": OTHER}, "EBMS:0003"),
    "for another type of party": ({"receiver": replace(MESSAGE.receiver, type="urn:x")}, "EBMS:0003"),
    "from a stranger": ({"sender": OTHER}, "EBMS:0003"),
    "from ourselves": ({"sender": MESSAGE.receiver}, "EBMS:0003"),
    "from a party in another case": ({"sender": Party("ap_de_01", TYPE + "DE", LEGS.role)}, "EBMS:0003"),
    "in another role": ({"sender": replace(MESSAGE.sender, role="urn:x")}, "EBMS:0001"),
    "to another role": ({"receiver": replace(MESSAGE.receiver, role="urn:x")}, "EBMS:0001"),
    "another service": ({"service": Service("X", MESSAGE.service.type)}, "EBMS:0001"),
    "a service in another case": ({"service": Service("queryManager", MESSAGE.service.type)}, "EBMS:0001"),
    "another type of service": ({"service": Service("QueryManager")}, "EBMS:0001"),
    "another action": ({"action": "X"}, "EBMS:0001"),
    "half a test": ({"action": f"{TEST}test"}, "EBMS:0010"),
    "the other half of a test": ({"service": Service(f"{TEST}service")}, "EBMS:0010"),
    "an agreement that is none": ({"agreement": AgreementRef("a")}, "EBMS:0001"),
    "another channel": ({"mpc": "urn:x"}, "EBMS:0003"),
    "no original sender": ({"properties": MESSAGE.properties[1:]}, "EBMS:0010"),
    "no final recipient": ({"properties": MESSAGE.properties[:1]}, "EBMS:0010"),
    "too old": ({"timestamp": NOW - timedelta(days=7, seconds=1)}, "EBMS:0003"),
    "too far ahead": ({"timestamp": NOW + timedelta(minutes=10, seconds=1)}, "EBMS:0003"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "code"), REFUSED.values(), ids=REFUSED)
def test_a_message_beyond_what_is_agreed_earns_its_error(changes: Any, code: str) -> None:
    with pytest.raises(RefusedMessage) as fault:
        incoming(**changes)
    assert fault.value.code == code


UNSENT = {
    "to a stranger": {"receiver": OTHER},
    "to a party in another case": {"receiver": replace(MESSAGE.receiver, id="ap_fr_01")},
    "from somebody else": {"sender": OTHER},
    "with another action": {"action": "X"},
    "with a service in another case": {"service": Service("queryManager", MESSAGE.service.type)},
    "in another role": {"receiver": replace(MESSAGE.receiver, role="urn:x")},
}


@pytest.mark.parametrize("changes", UNSENT.values(), ids=UNSENT)
def test_a_message_beyond_what_is_agreed_is_not_sent(changes: Any) -> None:
    pmodes = world(to_peer={"any_case": True}).pmodes()
    with pytest.raises(LocalFault):
        pmodes.outgoing(replace(MESSAGE, **changes))


def test_a_peer_may_have_its_own_compression() -> None:
    assert HERE.pmodes().outgoing(MESSAGE).compress is True
    pmodes = world(to_peer={"compress": {"response": False}}).pmodes()
    assert pmodes.outgoing(MESSAGE).compress is False


def test_parties_are_distinct() -> None:
    peer = side("FR").as_peer()
    with pytest.raises(SettingsFault):
        PModes((("AP_DE_01", "t"),), (peer, peer), LEGS)
    with pytest.raises(SettingsFault):
        PModes(((peer.id, peer.type),), (peer,), LEGS)
    with pytest.raises(SettingsFault):
        PModes((), (peer,), LEGS)


def test_a_peer_has_certificates_of_its_suite() -> None:
    with pytest.raises(SettingsFault):
        side("FR").as_peer(suite=SUITES["x25519"])
    with pytest.raises(SettingsFault):
        side("FR").as_peer(encryption=(certificate("FR", usage=False),))


def test_a_peer_that_may_sign_with_anything_is_none() -> None:
    for trust in ({}, {"anchors": (certificate("ca", ca=True),)}, {"subject": "CN=x"}):
        with pytest.raises(SettingsFault):
            PeerTrust(**trust)


LEG = '[[leg]]\nname = "a"\nservice = "s"\ntype = "t"\naction = "a"\ncompress = true\n'
HEAD = 'role = "r"\nmpc = "m"\nrequired = []\n'
BROKEN = {
    "no TOML": "[[",
    "no role": LEG,
    "a key that nobody knows": HEAD + LEG + "x = 1\n",
    "a key missing": HEAD + LEG.replace('action = "a"\n', ""),
    "a name twice": HEAD + LEG + LEG,
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_broken_table_of_legs_is_refused_with_its_place(text: str, tmp_path: Path) -> None:
    file = tmp_path / "ebms" / "1" / "legs.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text, "utf-8")
    with pytest.raises(DataFileFault) as fault:
        load_legs(tmp_path)
    assert str(file) in fault.value.where


def test_a_table_of_one_leg_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "ebms" / "1" / "legs.toml"
    file.parent.mkdir(parents=True)
    file.write_text(HEAD + LEG, "utf-8")
    assert [leg.name for leg in load_legs(tmp_path).legs] == ["a"]
    with pytest.raises(DataFileFault):
        load_legs(tmp_path / "ebms")
