"""The experimental suites: a key is agreed on as they say, and anything else is refused."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)
from cryptography.x509 import SubjectKeyIdentifier
from lxml import etree

from bridge.errors import LocalFault, RefusedMessage
from bridge.names import DS, DS11, DSIG_MORE, XENC, XENC11, clark
from bridge.transport.as4.pack import pack_message
from bridge.transport.as4.suites import RSA, SUITES
from tests.as4_attacks import Forgery, b64, changed
from tests.as4_worlds import NOW, PDF, REGREP, certificate, contents, envelope, private_key, world

AGREEING = ["x25519", "ec"]


def forgery(suite: str) -> Forgery:
    return Forgery(world(suite).pack().package)


def test_only_the_suite_in_use_is_no_experiment() -> None:
    assert [suite.name for suite in SUITES.values() if not suite.experimental] == [RSA.name]


def test_the_session_key_opens_by_the_letter_of_the_profile() -> None:
    """Done again here with bare operations: X25519, HKDF, AES key wrap, AES-GCM."""
    found = forgery("x25519")
    public = load_der_public_key(base64.b64decode(found.one(DS11, "DEREncodedKeyValue").text))
    salt = base64.b64decode(found.one(DSIG_MORE, "Salt").text)
    shared = private_key("FR-agree", "x25519").exchange(public)
    wrapping = HKDF(hashes.SHA256(), 16, salt, b"").derive(shared)
    wrapped = base64.b64decode(found.one(XENC, "CipherValue").text)
    assert len(wrapped) == 24
    assert len(aes_key_unwrap(wrapping, wrapped)) == 16
    uris = {
        "AgreementMethod": f"{DSIG_MORE}x25519",
        "EncryptionMethod": f"{XENC}kw-aes128",
    }
    for name, uri in uris.items():
        assert found.one(XENC, name).get("Algorithm") == uri
    assert found.one(XENC11, "KeyDerivationMethod").get("Algorithm") == f"{DSIG_MORE}hkdf"


def test_each_message_has_an_ephemeral_key_of_its_own() -> None:
    here = world("x25519")
    making = here.sender.making()
    message = envelope(here.sender, here.receiver)
    terms = here.pmodes().outgoing(message)
    keys = {
        Forgery(pack_message(message, terms, making, NOW).package)
        .one(DS11, "DEREncodedKeyValue")
        .text
        for _ in range(3)
    }
    assert len(keys) == 3


def recipient_by_key_identifier(found: Forgery) -> None:
    recipient = found.one(XENC, "RecipientKeyInfo")
    digest = SubjectKeyIdentifier.from_public_key(
        private_key("FR-agree", "x25519").public_key()
    ).digest
    recipient[:] = []
    data = etree.SubElement(recipient, clark(DS, "X509Data"))
    etree.SubElement(data, clark(DS, "X509SKI")).text = b64(digest)


def other_prf(found: Forgery) -> None:
    found.one(DSIG_MORE, "PRF").tag = clark(XENC11, "PRF")


def no_length(found: Forgery) -> None:
    length = found.one(DSIG_MORE, "KeyLength")
    length.getparent().remove(length)


ACCEPTED: dict[str, Callable[[Forgery], None]] = {
    "a recipient by key identifier": recipient_by_key_identifier,
    "the function in the other namespace": other_prf,
    "no length": no_length,
}


@pytest.mark.parametrize("change", ACCEPTED.values(), ids=ACCEPTED)
def test_forms_that_peers_may_use_are_taken(change: Callable[[Forgery], None]) -> None:
    found = forgery("x25519")
    change(found)
    assert contents(world("x25519").open(found.done())) == [REGREP, PDF]


def algorithm(namespace: str, name: str) -> Callable[[Forgery], None]:
    return lambda found: found.one(namespace, name).set("Algorithm", "urn:x")


def length_of_32(found: Forgery) -> None:
    found.one(DSIG_MORE, "KeyLength").text = "32"


def extra_parameter(found: Forgery) -> None:
    etree.SubElement(found.one(DSIG_MORE, "HKDFParams"), clark(DSIG_MORE, "Salt"))


def no_parameters(found: Forgery) -> None:
    found.one(DSIG_MORE, "HKDFParams")[:] = []


def ephemeral(key: object) -> Callable[[Forgery], None]:
    def change(found: Forgery) -> None:
        der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        originator = found.one(XENC, "OriginatorKeyInfo")
        originator[:] = []
        etree.SubElement(originator, clark(DS11, "DEREncodedKeyValue")).text = b64(der)

    return change


def garbled_ephemeral(found: Forgery) -> None:
    found.one(DS11, "DEREncodedKeyValue").text = b64(b"hello")


def no_recipient(found: Forgery) -> None:
    recipient = found.one(XENC, "RecipientKeyInfo")
    recipient.getparent().remove(recipient)


REFUSED: dict[str, tuple[Callable[[Forgery], None], str]] = {
    "another agreement": (algorithm(XENC, "AgreementMethod"), "EBMS:0103"),
    "another derivation": (algorithm(XENC11, "KeyDerivationMethod"), "EBMS:0103"),
    "another function": (algorithm(DSIG_MORE, "PRF"), "EBMS:0103"),
    "another wrapping": (algorithm(XENC, "EncryptionMethod"), "EBMS:0103"),
    "a key of another length": (length_of_32, "EBMS:0103"),
    "a parameter twice": (extra_parameter, "EBMS:0103"),
    "no parameters": (no_parameters, "EBMS:0103"),
    "no recipient": (no_recipient, "EBMS:0103"),
    "an ephemeral key that is none": (garbled_ephemeral, "EBMS:0103"),
    "an ephemeral key of another kind": (ephemeral(private_key("a", "ec")), "EBMS:0103"),
    "an ephemeral key for signatures": (ephemeral(private_key("a", "ed25519")), "EBMS:0103"),
    "an ephemeral key of somebody else": (ephemeral(private_key("a", "x25519")), "EBMS:0102"),
}


@pytest.mark.parametrize(("change", "code"), REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused(change: Callable[[Forgery], None], code: str) -> None:
    found = forgery("x25519")
    change(found)
    with pytest.raises(RefusedMessage) as fault:
        world("x25519").open(found.done())
    assert fault.value.code == code


def test_a_public_key_of_low_order_is_refused() -> None:
    found = forgery("x25519")
    header = x25519.X25519PrivateKey.generate().public_key()
    der = header.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    found.one(DS11, "DEREncodedKeyValue").text = b64(der[:-32] + bytes(32))
    with pytest.raises(RefusedMessage) as fault:
        world("x25519").open(found.done())
    assert fault.value.code == "EBMS:0102"


def test_a_point_that_is_not_on_the_curve_is_refused() -> None:
    found = forgery("ec")
    point = found.one(DS11, "PublicKey")
    point.text = b64(changed(base64.b64decode(point.text), 40))
    with pytest.raises(RefusedMessage) as fault:
        world("ec").open(found.done())
    assert fault.value.code == "EBMS:0103"


def test_another_curve_is_refused() -> None:
    found = forgery("ec")
    found.one(DS11, "NamedCurve").set("URI", "urn:oid:1.3.132.0.34")
    with pytest.raises(RefusedMessage) as fault:
        world("ec").open(found.done())
    assert fault.value.code == "EBMS:0103"


@pytest.mark.parametrize("suite", AGREEING)
def test_what_was_agreed_protects_as_well_as_what_was_wrapped(suite: str) -> None:
    found = forgery(suite)
    value = found.one(XENC, "CipherValue")
    value.text = b64(changed(base64.b64decode(value.text), 3))
    with pytest.raises(RefusedMessage) as fault:
        world(suite).open(found.done())
    assert fault.value.code == "EBMS:0102"


def test_a_key_of_another_suite_is_not_encrypted_for() -> None:
    for name, kind in (("rsa", "ec"), ("x25519", "ec"), ("ec", "x25519")):
        wrapping = SUITES[name].wrapping
        other = certificate("other", kind)
        assert not wrapping.fits(other)
        with pytest.raises(LocalFault):
            wrapping.write(etree.Element("x"), bytes(16), other, lambda parent: None, bytes)
    assert SUITES["ec"].wrapping.fits(certificate("other", "ec"))
