"""What one access point packs the other opens, whole and unchanged."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from lxml import etree

from bridge.envelope import AgreementRef, OctetContent, Payload, Property, Service
from bridge.errors import LocalFault
from bridge.names import DS, WSSE, XENC, clark
from bridge.transport.as4.content import MemorySink
from bridge.transport.as4.keys import LoadedSigner
from bridge.transport.as4.mime import write_package
from bridge.transport.as4.mime_reader import MimeLimits, PackageReader
from bridge.transport.as4.suites import SUITES
from tests.as4_worlds import (
    NOW,
    PDF,
    REGREP,
    certificate,
    contents,
    envelope,
    octets,
    rsa_key,
    world,
)

TEST = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("compress", [True, False], ids=["gzip", "raw"])
def test_a_message_arrives_as_it_was_sent(suite: str, compress: bool) -> None:
    here = world(suite, to_peer={"compress": {"response": compress}})
    sent = here.pack()
    found = here.open(sent.package)
    assert contents(found) == [REGREP, PDF]
    given = envelope(here.sender, here.receiver)
    assert replace(found.envelope, payloads=()) == replace(given, payloads=())
    assert [replace(each, content=None) for each in found.envelope.payloads] == [
        replace(each, content=None) for each in given.payloads
    ]
    assert found.certificate == here.sender.certificate
    assert found.references == sent.references
    assert found.terms.leg.name == "response"


def test_a_message_survives_its_way_through_http() -> None:
    here = world()
    sent = here.pack()
    body = write_package(sent.package, "uuid:7c", "soap@bridge.example")
    reader = PackageReader(body.content_type, MemorySink, MimeLimits())
    for chunk in body.chunks():
        reader.feed(chunk)
    assert contents(here.open(reader.close())) == [REGREP, PDF]


def test_nothing_of_a_payload_is_readable_on_the_wire() -> None:
    sent = world(to_peer={"compress": {"response": False}}).pack()
    wire = sent.package.soap + b"".join(octets(part.content) for part in sent.package.parts)
    assert b"QueryResponse xmlns" not in wire
    assert b"%PDF" not in wire
    assert [part.media_type for part in sent.package.parts] == ["application/octet-stream"] * 2


def test_the_security_header_stands_in_the_order_of_the_profile() -> None:
    root = etree.fromstring(world().pack().package.soap)
    security = root[0].find(clark(WSSE, "Security"))
    assert [child.tag for child in security] == [
        clark(WSSE, "BinarySecurityToken"),
        clark(XENC, "EncryptedKey"),
        clark(XENC, "EncryptedData"),
        clark(XENC, "EncryptedData"),
        clark(WSSE, "BinarySecurityToken"),
        clark(DS, "Signature"),
    ]


def test_ids_come_from_the_message_id() -> None:
    soap = world().pack().package.soap.decode()
    digest = "8aa552e704cccf48c4e20aee0545e88bdbb8e8a36bdf861adf2d122e58a23e9c"
    assert f'wsu:Id="_1{digest}"' in soap
    assert f'wsu:Id="_2{digest}"' in soap


def test_a_message_that_is_made_again_is_signed_over_the_same_octets() -> None:
    first, second = world().pack(), world().pack()
    assert first.references == second.references
    assert [octets(part.content) for part in first.package.parts] == [
        octets(part.content) for part in second.package.parts
    ]


def test_with_the_same_chance_the_same_octets_are_made() -> None:
    first, second = (world("x25519").pack().package for _ in range(2))
    assert first == second
    # OpenSSL has the seed of OAEP from its own source: the wrapped key differs, and nothing else.
    one, other = (
        re.sub(rb"<xenc:CipherValue>[^<]*", b"", world().pack().package.soap) for _ in range(2)
    )
    assert one == other


def test_a_test_message_needs_neither_payload_nor_properties() -> None:
    here = world()
    sent = here.pack(
        service=Service(f"{TEST}service"), action=f"{TEST}test", properties=(), payloads=()
    )
    assert sent.package.parts == ()
    assert b"Encrypted" not in sent.package.soap
    found = here.open(sent.package)
    assert found.terms.leg.test
    assert found.envelope.payloads == ()


def test_part_properties_charset_and_empty_payloads_arrive() -> None:
    here = world()
    payload = Payload(
        "c" * 32 + "@bridge.example",
        "text/xml",
        OctetContent(b""),
        "utf-8",
        (Property("PayloadName", "../../etc/passwd"),),
    )
    found = here.open(here.pack(payloads=(payload,)).package)
    assert found.envelope.payloads == (payload,)


def test_an_agreement_arrives() -> None:
    agreement = AgreementRef("urn:agreement", "urn:type", "pmode")
    here = world(from_peer={"agreement": agreement})
    assert here.open(here.pack(agreement=agreement).package).envelope.agreement == agreement


def test_a_path_of_certificates_arrives() -> None:
    here = world(to_peer={"token": "path"})
    sent = here.pack()
    assert b"#X509PKIPathv1" in sent.package.soap
    assert contents(here.open(sent.package)) == [REGREP, PDF]


def test_clear_payloads_pass_only_where_both_agreed_on_them() -> None:
    here = world(from_peer={"encrypted": False}, to_peer={"encrypted": False})
    sent = here.pack()
    assert b"Encrypted" not in sent.package.soap
    assert contents(here.open(sent.package)) == [REGREP, PDF]


def test_the_newest_valid_certificate_is_encrypted_for() -> None:
    old = certificate("FR")
    newer = certificate("FR", days=(-1, 700), serial=1001)
    later = certificate("FR", days=(1, 700), serial=1002)
    peer = world().receiver.as_peer(encryption=(old, newer, later))
    assert peer.recipient(NOW) == newer


def test_nothing_is_sent_to_a_certificate_that_has_expired() -> None:
    here = world(to_peer={"encryption": (certificate("FR", days=(-30, -1)),)})
    with pytest.raises(LocalFault):
        here.pack()


def test_nothing_is_signed_when_our_own_certificate_has_expired() -> None:
    here = world()
    expired = LoadedSigner(rsa_key("DE"), (certificate("DE", days=(-30, -1)),))
    with pytest.raises(LocalFault):
        replace(here, sender=replace(here.sender, signer=expired)).pack()


def test_a_content_id_that_peers_misread_is_not_sent() -> None:
    with pytest.raises(LocalFault):
        world().pack(payloads=(Payload("a+b@c", "text/plain", OctetContent(b"x")),))
