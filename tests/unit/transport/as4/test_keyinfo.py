"""Every form in which a peer may name its certificate, and the forms that are refused."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import SubjectKeyIdentifier
from lxml import etree

from bridge.errors import RefusedMessage
from bridge.names import DS, WSSE, WSSE11, WSU, clark
from bridge.transport.as4.algorithms import (
    BASE64_BINARY,
    THUMBPRINT,
    X509_PKI_PATH,
    X509_SKI,
    X509_V3,
)
from bridge.transport.as4.keyinfo import (
    read_key_info,
    read_path,
    write_reference,
    write_token,
)
from bridge.transport.as4.trust import PeerTrust
from tests.as4_attacks import Forgery
from tests.as4_worlds import PDF, REGREP, certificate, contents, side, world

LEAF = certificate("DE", issuer="ca")
CA = certificate("ca", ca=True, serial=1)
DER = LEAF.public_bytes(Encoding.DER)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def security(*tokens: str) -> etree._Element:
    return etree.fromstring(
        f'<wsse:Security xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}" xmlns:wsse11="{WSSE11}">{"".join(tokens)}</wsse:Security>'
    )


def token(
    text: str = b64(DER), kind: str = X509_V3, identifier: str = "T", encoding: str = BASE64_BINARY
) -> str:
    return (
        f'<wsse:BinarySecurityToken wsu:Id="{identifier}" EncodingType="{encoding}" '
        f'ValueType="{kind}">{text}</wsse:BinarySecurityToken>'
    )


def key_info(inside: str) -> etree._Element:
    return etree.fromstring(
        f'<ds:KeyInfo xmlns:ds="{DS}" xmlns:wsse="{WSSE}" xmlns:wsse11="{WSSE11}" xmlns:wsu="{WSU}">'
        f"<wsse:SecurityTokenReference>{inside}</wsse:SecurityTokenReference></ds:KeyInfo>"
    )


def direct(kind: str | None = X509_V3, uri: str = "#T") -> str:
    value = f' ValueType="{kind}"' if kind else ""
    return f'<wsse:Reference URI="{uri}"{value}/>'


def identifier(value: bytes, kind: str, encoding: str = BASE64_BINARY) -> str:
    return f'<wsse:KeyIdentifier ValueType="{kind}" EncodingType="{encoding}">{b64(value)}</wsse:KeyIdentifier>'


def issuer_serial(issuer: str, serial: object) -> str:
    return (
        f"<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>{issuer}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{serial}</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>"
    )


SKI = LEAF.extensions.get_extension_for_class(SubjectKeyIdentifier).value.digest
NAME = LEAF.issuer.rfc4514_string()
FORMS = {
    "a certificate": (direct(), [token()]),
    "a certificate without the type again": (direct(None), [token()]),
    "base64 in lines": (direct(), [token("\n".join(b64(DER)[n : n + 64] for n in range(0, 3000, 64)))]),
    "one of two tokens": (direct(), [token(identifier="G", text=b64(b"x")), token()]),
    "a key identifier": (identifier(SKI, X509_SKI), []),
    "a thumbprint": (identifier(hashlib.sha1(DER, usedforsecurity=False).digest(), THUMBPRINT), []),
    "issuer and serial": (issuer_serial(NAME, 1000), []),
    "issuer with blanks and serial": (issuer_serial(NAME.replace(",", ", "), " 1000 "), []),
    "issuer in another case and serial": (issuer_serial(NAME.upper(), 1000), []),
}  # fmt: skip


@pytest.mark.parametrize(("form", "tokens"), FORMS.values(), ids=FORMS)
def test_a_certificate_is_found_in_every_form(form: str, tokens: list[str]) -> None:
    reference = read_key_info(key_info(form), security(*tokens))
    assert reference.find([side("FR").certificate, LEAF]) == (LEAF,)
    assert reference.names(LEAF)
    assert not reference.names(side("FR").certificate)


@pytest.mark.parametrize("form", ["a key identifier", "a thumbprint", "issuer and serial"])
def test_a_name_leads_only_to_certificates_that_are_known(form: str) -> None:
    reference = read_key_info(key_info(FORMS[form][0]), security())
    assert reference.find([side("FR").certificate, CA]) == ()


def test_a_path_is_written_with_the_key_last_and_read_with_it_first() -> None:
    parent = security()
    write_token(parent, "T", (LEAF, CA), "path")
    written = base64.b64decode(parent[0].text)
    assert read_path(written) == [CA.public_bytes(Encoding.DER), DER]
    info = etree.Element(clark(DS, "KeyInfo"))
    write_reference(info, "T", "path")
    assert info[0].get(clark(WSSE11, "TokenType")) == X509_PKI_PATH
    assert read_key_info(info, parent).find([]) == (LEAF, CA)


REFUSED = {
    "no reference": ("", [], "EBMS:0103"),
    "two references": (direct() + direct(), [token()], "EBMS:0103"),
    "an embedded token": ("<wsse:Embedded/>", [], "EBMS:0103"),
    "a key name": ("<ds:KeyName/>", [], "EBMS:0103"),
    "no token": (direct(), [], "EBMS:0103"),
    "two tokens of one id": (direct(), [token(), token()], "EBMS:0103"),
    "a token on the web": (direct(uri="http://x/"), [token()], "EBMS:0103"),
    "another type of token": (direct(X509_PKI_PATH), [token()], "EBMS:0103"),
    "a token of an unknown type": (direct("urn:x"), [token(kind="urn:x")], "EBMS:0103"),
    "a token in an unknown encoding": (direct(), [token(encoding="urn:x")], "EBMS:0103"),
    "no base64": (direct(), [token("%%%")], "EBMS:0103"),
    "no certificate": (direct(), [token(b64(b"hello"))], "EBMS:0101"),
    "half a certificate": (direct(), [token(b64(DER[:-1]))], "EBMS:0101"),
    "more than a certificate": (direct(), [token(b64(DER + b"\0"))], "EBMS:0101"),
    "a certificate that is too long": (direct(), [token(b64(bytes(20_000)))], "EBMS:0101"),
    "a path that is none": (direct(X509_PKI_PATH), [token(b64(DER[1:]), X509_PKI_PATH)], "EBMS:0101"),
    "an empty path": (direct(X509_PKI_PATH), [token(b64(b"\x30\x00"), X509_PKI_PATH)], "EBMS:0101"),
    "a path of too many": (
        direct(X509_PKI_PATH),
        [token(b64(b"\x30\x16" + b"\x30\x00" * 11), X509_PKI_PATH)],
        "EBMS:0101",
    ),
    "a path with a certificate that is too long": (
        direct(X509_PKI_PATH),
        [token(b64(b"\x30\x82\x42\x68\x30\x82\x42\x64" + bytes(0x4264)), X509_PKI_PATH)],
        "EBMS:0101",
    ),
    "a path of endless length": (direct(X509_PKI_PATH), [token(b64(b"\x30\x80\x00"), X509_PKI_PATH)], "EBMS:0101"),
    "a path of sloppy length": (
        direct(X509_PKI_PATH),
        [token(b64(b"\x30\x81\x02\x30\x00"), X509_PKI_PATH)],
        "EBMS:0101",
    ),
    "an identifier of an unknown type": (identifier(b"x", "urn:x"), [], "EBMS:0103"),
    "an identifier in an unknown encoding": (identifier(b"x", X509_SKI, "urn:x"), [], "EBMS:0103"),
    "a serial that is none": (issuer_serial("CN=x", "0x10"), [], "EBMS:0103"),
    "a serial without end": (issuer_serial("CN=x", "1" * 10_000), [], "EBMS:0103"),
    "a certificate in X509Data": ("<ds:X509Data><ds:X509Certificate/></ds:X509Data>", [], "EBMS:0103"),
}  # fmt: skip


@pytest.mark.parametrize(("form", "tokens", "code"), REFUSED.values(), ids=REFUSED)
def test_another_form_is_refused(form: str, tokens: list[str], code: str) -> None:
    with pytest.raises(RefusedMessage) as fault:
        read_key_info(key_info(form), security(*tokens)).find([LEAF])
    assert fault.value.code == code


def test_a_known_certificate_is_not_parsed_again() -> None:
    reference = read_key_info(key_info(direct()), security(token()))
    assert reference.find([LEAF])[0] is LEAF


def set_form(form: str) -> Callable[[Forgery], None]:
    def change(forgery: Forgery) -> None:
        reference = forgery.signature.find(f".//{clark(WSSE, 'SecurityTokenReference')}")
        reference[:] = list(key_info(form)[0])

    return change


@pytest.mark.parametrize("form", ["a key identifier", "a thumbprint", "issuer and serial"])
def test_a_whole_message_is_taken_without_a_token(form: str) -> None:
    here = world(from_peer={"trust": PeerTrust((LEAF,))})
    forgery = Forgery(here.pack().package)
    forgery.security.remove(forgery.one(WSSE, "BinarySecurityToken", 1))
    set_form(FORMS[form][0])(forgery)
    assert contents(here.open(forgery.done())) == [REGREP, PDF]


def test_a_message_with_a_path_needs_it_to_lead_to_the_anchor() -> None:
    trust = PeerTrust(anchors=(CA,), subject=LEAF.subject.rfc4514_string())
    here = world(from_peer={"trust": trust})
    forgery = Forgery(here.pack().package)
    found = forgery.one(WSSE, "BinarySecurityToken", 1)
    found.text = b64(DER)
    assert here.open(forgery.done()).certificate == LEAF
