"""A PMode of Domibus as peers: blanks cut, oddities told, nothing guessed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12

from bridge.errors import SettingsFault
from bridge.transport.as4.peers_file import load_peers
from bridge.transport.as4.peers_writer import changes, write_peers
from bridge.transport.as4.pmode_import import Pmode, read_pmode
from bridge.transport.as4.schedule import Schedule
from bridge.transport.as4.truststore import read_truststore
from tests.as4_worlds import LEGS, certificate, rsa_key
from tests.pmodes import PMODE, TYPE

STORE = {"ap_fr_01": (certificate("FR"),), "ee-demo": (certificate("EE"),)}


def read(text: str = PMODE) -> Pmode:
    return read_pmode(text.encode(), LEGS)


def test_the_parties_we_share_a_process_with_are_our_peers() -> None:
    pmode = read()
    assert pmode.own == ("AP_DE_01", TYPE)
    assert [(e.name, e.id, e.type) for e in pmode.peers] == [
        ("AP_FR_01", "AP_FR_01", TYPE),
        ("ee-demo", "ee-demo", TYPE),
    ]
    assert {each.schedule for each in pmode.peers} == {Schedule()}
    assert pmode.peers[0].compress == {"response": False}
    assert pmode.peers[0].alias == "ap_fr_01"


def test_an_endpoint_is_trimmed_and_taken_as_it_is() -> None:
    assert read().peers[0].endpoint == "https://fr.example:8443/domibus/services/msh"


def test_what_is_odd_is_told() -> None:
    remarks = "\n".join(read().remarks)
    for told in (
        "AP_FR_01: blanks around its endpoint were cut",
        "ee-demo: its endpoint is unprotected",
        "ap_xx_01: shares no process with us",
        "leg l5: is for a kind of message we do not have",
    ):
        assert told in remarks
    assert len(read().remarks) == 4


ODD = {
    "a service in another case": ('value="QueryManager"', 'value="queryManager"', "another case"),
    "a retry of another kind": ("12;4;CONSTANT", "10;1;3;PROGRESSIVE", "the default is taken"),
    "another policy": ("eDeliveryAS4Policy_BST", "doNothingPolicy", "neither a policy with BST"),
    "two identifiers": (
        '<identifier partyId="ee-demo" partyIdType="t"/>',
        '<identifier partyId="ee-demo" partyIdType="t"/><identifier partyId="b" partyIdType="t"/>',
        "several identifiers",
    ),
    "a type nobody defined": (
        'partyId="ee-demo" partyIdType="t"', 'partyId="ee-demo" partyIdType="u"', "defined nowhere"
    ),
    "no endpoint": ('endpoint="http://198.51.100.7:8080/as4"', 'endpoint=" "', "no endpoint"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), ODD.values(), ids=ODD)
def test_a_variant_of_the_field_is_taken_and_told(old: str, new: str, told: str) -> None:
    assert old in PMODE
    assert told in "\n".join(read(PMODE.replace(old, new)).remarks)


def test_a_profile_of_a_newer_release_is_as_good_as_a_policy() -> None:
    newer = PMODE.replace(
        'policy="eDeliveryAS4Policy_BST" signatureMethod="RSA_SHA256"', 'profile="rsa"'
    ).replace('retention_downloaded="0"', 'retention_sent_success="0" retention_sent_failure="1"')
    assert len(read(newer).remarks) == 4


UNFIT = {
    "no XML": ("<a", "cannot be read"),
    "an entity": ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "cannot be read"),
    "another document": ("<a/>", "no configuration"),
    "nobody's": (PMODE.replace(' party="ap_de_01"', ""), "whose it is"),
    "of somebody who is not in it": (PMODE.replace('party="ap_de_01"', 'party="b"'), "none of its parties"),
    "two-way": (PMODE.replace("oneWay", "twoWay"), "no one-way push"),
    "pull": (PMODE.replace('200704/push"', '200704/pull"'), "no one-way push"),
    "of somebody in no process": (
        PMODE.replace('Party name="ap_de_01"', 'Party name="ap_at_01"'), "takes part in no process"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "told"), UNFIT.values(), ids=UNFIT)
def test_what_is_no_pmode_of_ours_is_refused(text: str, told: str) -> None:
    with pytest.raises(SettingsFault, match=told):
        read(text)


# --- written as peers.toml --------------------------------------------------------


def written(folder: Path, text: str = PMODE, store: Mapping[str, object] = STORE) -> Path:
    imported = write_peers(read(text), store, allow_http=True)  # type: ignore[arg-type]
    folder.mkdir(exist_ok=True)
    for name, octets in imported.certificates.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(octets)
    path = folder / "peers.toml"
    path.write_text(imported.text)
    return path


def test_what_is_written_is_read_as_what_the_pmode_said(tmp_path: Path) -> None:
    peers = load_peers(written(tmp_path), LEGS).peers
    assert peers.own == (("AP_DE_01", TYPE),)
    for remote, peer in zip(peers.remotes, read().peers, strict=True):
        assert (remote.name, remote.peer.id, remote.peer.type) == (peer.name, peer.id, peer.type)
        assert (remote.address.url, remote.schedule) == (peer.endpoint, peer.schedule)
        assert remote.peer.compress == peer.compress
        assert remote.peer.trust.pinned == STORE[peer.alias]


def test_a_name_cannot_break_out_of_its_quotes(tmp_path: Path) -> None:
    evil = 'x"]\n[own]\nkey = "y'
    text = PMODE.replace("ee-demo", evil.replace('"', "&quot;").replace("\n", "&#10;"))
    store = {**STORE, evil.lower(): (certificate("EE"),)}
    remotes = load_peers(written(tmp_path, text, store), LEGS).peers.remotes
    assert [each.name for each in remotes] == ["AP_FR_01", evil]
    assert {each.parent.name for each in tmp_path.rglob("*.pem")} == {"certificates"}


def test_a_peer_without_certificate_or_protection_is_left_out_and_told() -> None:
    imported = write_peers(read(), {"ee-demo": (certificate("EE"),)}, allow_http=False)
    assert "[[peer]]" not in imported.text
    assert imported.remarks[-2:] == (
        "AP_FR_01: the truststore has no certificate for it, left out",
        "ee-demo: left out because its endpoint is unprotected",
    )


def test_separate_certificates_for_signing_and_encryption_stay_separate(tmp_path: Path) -> None:
    store = {
        "ap_fr_01_rsa_sign": (certificate("FR"),),
        "ap_fr_01_rsa_encrypt": (certificate("FR2"),),
    }
    [remote] = load_peers(written(tmp_path, store=store), LEGS).peers.remotes
    assert remote.peer.trust.pinned == (certificate("FR"),)
    assert remote.peer.encryption == (certificate("FR2"),)


CHANGES = {
    "nothing": (PMODE, STORE, []),
    "an endpoint": (PMODE.replace("fr.example", "fr2.example"), STORE, [("AP_FR_01", True)]),
    "a certificate": (
        PMODE, {**STORE, "ap_fr_01": (certificate("FR2"),)}, [("AP_FR_01", True), ("AP_FR_01", True)]
    ),
    "a retry": (PMODE.replace("12;4", "24;4"), STORE, [("AP_FR_01", False), ("ee-demo", False)]),
    "a peer gone": (PMODE, {"ee-demo": STORE["ee-demo"]}, [("AP_FR_01", True)]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "store", "told"), CHANGES.values(), ids=CHANGES)
def test_a_changed_endpoint_or_certificate_is_grave(
    tmp_path: Path, text: str, store: Mapping[str, object], told: list[tuple[str, bool]]
) -> None:
    old = load_peers(written(tmp_path / "old"), LEGS).peers
    new = load_peers(written(tmp_path / "new", text, store), LEGS).peers
    assert [(each.peer, each.grave) for each in changes(old, new)] == told


def test_a_new_peer_is_told(tmp_path: Path) -> None:
    few = {"ee-demo": STORE["ee-demo"]}
    old = load_peers(written(tmp_path / "old", store=few), LEGS).peers
    new = load_peers(written(tmp_path / "new"), LEGS).peers
    assert [(each.peer, each.text, each.grave) for each in changes(old, new)] == [
        ("AP_FR_01", "is new", False)
    ]


# --- truststores ------------------------------------------------------------------


def jks(entries: Mapping[str, x509.Certificate], password: str = "changeit") -> bytes:
    def text(value: str) -> bytes:
        return len(value.encode()).to_bytes(2, "big") + value.encode()

    body = bytes.fromhex("feedfeed00000002") + len(entries).to_bytes(4, "big")
    for alias, each in entries.items():
        der = each.public_bytes(Encoding.DER)
        body += (2).to_bytes(4, "big") + text(alias) + bytes(8)
        body += text("X.509") + len(der).to_bytes(4, "big") + der
    digest = hashlib.sha1(password.encode("utf-16-be") + b"Mighty Aphrodite" + body)
    return body + digest.digest()


def p12(entries: Mapping[str, x509.Certificate], password: str = "changeit") -> bytes:
    certificates = [
        pkcs12.PKCS12Certificate(each, alias.encode()) for alias, each in entries.items()
    ]
    return pkcs12.serialize_key_and_certificates(
        b"key", rsa_key("DE"), certificate("DE"), certificates,
        BestAvailableEncryption(password.encode()),
    )  # fmt: skip


ENTRIES = {"AP_FR_01": certificate("FR"), "ee-demo": certificate("EE")}


@pytest.mark.parametrize("make", [jks, p12])
def test_a_truststore_gives_certificates_by_alias(make: object) -> None:
    found = read_truststore(make(ENTRIES), "changeit")  # type: ignore[operator]
    assert found["ap_fr_01"] == (certificate("FR"),)
    assert found["ee-demo"] == (certificate("EE"),)


BROKEN = {
    "a wrong password": (jks(ENTRIES), "another"),
    "a wrong password, PKCS #12": (p12(ENTRIES), "another"),
    "cut short": (jks(ENTRIES)[:-30], "changeit"),
    "one octet changed": (jks(ENTRIES)[:100] + b"\x00" + jks(ENTRIES)[101:], "changeit"),
    "nothing": (b"", ""),
    "something else": (b"PK\x03\x04", ""),
}


@pytest.mark.parametrize(("octets", "password"), BROKEN.values(), ids=BROKEN)
def test_a_truststore_that_is_broken_is_refused(octets: bytes, password: str) -> None:
    with pytest.raises(SettingsFault):
        read_truststore(octets, password)


@pytest.mark.parametrize("version", [0, 3])
def test_a_truststore_that_lies_about_its_length_is_refused(version: int) -> None:
    body = bytes.fromhex("feedfeed") + version.to_bytes(4, "big") + b"\xff" * 4
    digest = hashlib.sha1(b"" + b"Mighty Aphrodite" + body).digest()
    with pytest.raises(SettingsFault):
        read_truststore(body + digest, "")
