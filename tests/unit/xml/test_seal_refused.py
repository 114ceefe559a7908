"""What does not hold is refused, each with its verdict and without octets."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bridge.xml.seal import SealVerdict, create_seal, verify_seal
from tests.unit.xml.seal_material import (
    AT,
    BK,
    DECLARED,
    DS,
    EVIDENCE,
    INCLUSIVE,
    MORE,
    PROVIDER,
    SHA256,
    HandMade,
    authority,
    base64_text,
    message_0302,
    registry_object,
    seal_key,
    trust,
)

TEXT = base64_text(EVIDENCE)
SEAL = create_seal(EVIDENCE, key=seal_key("p256"), element_name=f"{{{BK}}}Signature")
OTHER = create_seal(b"another", key=seal_key("p256"), element_name=f"{{{BK}}}Signature")
MESSAGE = message_0302(TEXT, SEAL)
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
MD5 = f"{MORE}md5"


def verdict_on(message: str, **changes) -> SealVerdict:
    arguments = {"trust": trust(), "at": AT, "provider": PROVIDER} | changes
    return verify_seal(registry_object(message), **arguments)


def swap(old: str, new: str, times: int = 1) -> Callable[[str], str]:
    def tamper(message: str) -> str:
        assert old in message
        return message.replace(old, new, times)

    return tamper


def between(message: str, start: str, end: str) -> str:
    return message.split(start, 1)[1].split(end, 1)[0]


def inside(start: str, end: str, by: Callable[[str], str]) -> Callable[[str], str]:
    return lambda message: message.replace(
        between(message, start, end), by(between(message, start, end)), 1
    )


def flip(text: str) -> str:
    return ("B" if text[0] == "A" else "A") + text[1:]


def swapped_certificate(kind: str) -> Callable[[str], str]:
    def tamper(message: str) -> str:
        own = between(message, "<ds:X509Certificate>", "</ds:X509Certificate>")
        foreign = HandMade(b"", kind=kind).key_info_xml()
        return message.replace(
            own, between(foreign, "<ds:X509Certificate>", "</ds:X509Certificate>")
        )

    return tamper


DIGEST_VALUE = ("<ds:DigestValue>", "</ds:DigestValue>")
SIGNATURE_VALUE = ("<ds:SignatureValue>", "</ds:SignatureValue>")
SIGNED_INFO = f'<ds:SignedInfo xmlns:ds="{DS}">'
KEY_INFO = f'<ds:KeyInfo xmlns:ds="{DS}">'
VALUE_START = f'<ds:SignatureValue xmlns:ds="{DS}">'

TAMPERED = {
    "the text": (swap(TEXT, flip(TEXT)), "invalid-digest"),
    "the text, its last bits": (swap(TEXT[-4:], "bx=="), "invalid-digest"),
    "the text, no base64 any more": (swap(TEXT, "%" + TEXT), "invalid-digest"),
    "the text emptied": (swap(TEXT, ""), "invalid-digest"),
    "the digest": (inside(*DIGEST_VALUE, flip), "invalid-digest"),
    "digest and text together": (
        lambda m: swap(
            between(m, *DIGEST_VALUE),
            between(OTHER, *DIGEST_VALUE),
        )(swap(TEXT, base64_text(b"another"))(m)),
        "invalid-signature",
    ),
    "the digest cut short": (inside(*DIGEST_VALUE, lambda t: t[:20]), "invalid-digest"),
    "an Id added to SignedInfo": (
        swap(SIGNED_INFO, SIGNED_INFO[:-1] + ' Id="x">'),
        "invalid-signature",
    ),
    "white space added inside SignedInfo": (
        swap("<ds:SignatureMethod", "\n <ds:SignatureMethod"),
        "invalid-signature",
    ),
    "another method of the list": (swap("ecdsa-sha256", "ecdsa-sha512"), "invalid-signature"),
    "a method of another kind of key": (
        swap(f"{MORE}ecdsa-sha256", f"{MORE}rsa-sha256"),
        "invalid-signature",
    ),
    "the signature value": (
        inside(f"{VALUE_START}", "</ds:SignatureValue>", flip),
        "invalid-signature",
    ),
    "the signature value cut short": (
        inside(VALUE_START, "</ds:SignatureValue>", lambda t: t[:40]),
        "invalid-signature",
    ),
    "the signature value emptied": (
        inside(VALUE_START, "</ds:SignatureValue>", lambda t: ""),
        "invalid-signature",
    ),
    "the certificate swapped for one of another curve": (
        swapped_certificate("p384"),
        "invalid-signature",
    ),
    "the certificate swapped for an RSA one": (
        swapped_certificate("rsa-3072"),
        "invalid-signature",
    ),
    "the certificate damaged": (
        inside("<ds:X509Certificate>", "</ds:X509Certificate>", lambda t: t[:100]),
        "untrusted-certificate",
    ),
    "the certificate taken away": (
        inside(KEY_INFO, "</ds:KeyInfo>", lambda t: "<ds:KeyName>x</ds:KeyName>"),
        "untrusted-certificate",
    ),
    "the seal of another object": (swap(SEAL, OTHER), "invalid-digest"),
    "a second SignedInfo wrapped around": (
        swap(SIGNED_INFO, f"{SIGNED_INFO}</ds:SignedInfo>{SIGNED_INFO}"),
        "unsupported",
    ),
    "two Signatures": (swap(SEAL, SEAL + SEAL), "unsupported"),
    "the Signature under the name of XML Signature": (
        lambda m: m.replace(
            f'<seal:Signature xmlns:seal="{BK}">', f'<ds:Signature xmlns:ds="{DS}">'
        ).replace("</seal:Signature>", "</ds:Signature>"),
        "unsupported",
    ),
    "two inner RepositoryItems": (
        swap(
            f"<xn-bk:RepositoryItem>{TEXT}</xn-bk:RepositoryItem>",
            f"<xn-bk:RepositoryItem>{TEXT}</xn-bk:RepositoryItem>"
            "<xn-bk:RepositoryItem>QQ==</xn-bk:RepositoryItem>",
        ),
        "unsupported",
    ),
    "two outer RepositoryItems": (
        lambda m: swap(
            "<xn-bk:EvidenceProviderReference>",
            "<xn-bk:RepositoryItem><xn-bk:RepositoryItem>QQ==</xn-bk:RepositoryItem>"
            "</xn-bk:RepositoryItem><xn-bk:EvidenceProviderReference>",
            2,
        )(m),
        "unsupported",
    ),
    "an element inside the content": (swap(TEXT, f"{TEXT}<x/>"), "unsupported"),
    "an element inside the digest": (
        inside(*DIGEST_VALUE, lambda t: t + "<x/>"),
        "unsupported",
    ),
    "an element of another namespace inside Signature": (
        swap(KEY_INFO, f"<x/>{KEY_INFO}"),
        "unsupported",
    ),
}


def test_the_untampered_message_is_valid():
    assert verdict_on(MESSAGE).value == "valid"


@pytest.mark.parametrize(("tamper", "expected"), TAMPERED.values(), ids=TAMPERED)
def test_tampering_is_seen(tamper, expected):
    message = tamper(MESSAGE)
    assert message != MESSAGE
    verdict = verdict_on(message)
    assert (verdict.value, verdict.octets) == (expected, None), verdict.reason


def test_a_signature_moved_away_from_its_object_leaves_it_unsealed():
    moved = MESSAGE.replace(SEAL, "").replace("</xn-bk:id>", f"</xn-bk:id><x>{SEAL}</x>")
    assert verdict_on(moved).value == "absent"


MADE = HandMade(TEXT.encode())


def transform(algorithm: str, child: str = "") -> str:
    return f'<ds:Transform Algorithm="{algorithm}">{child}</ds:Transform>'


def transforms(*rows: str) -> str:
    return f"<ds:Transforms>{''.join(rows)}</ds:Transforms>"


SECOND = (
    f'<ds:Reference><ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod>'
    "<ds:DigestValue>QQ==</ds:DigestValue></ds:Reference>"
)
KEY_VALUE = "<ds:KeyInfo><ds:KeyValue><ds:ECKeyValue/></ds:KeyValue></ds:KeyInfo>"
RETRIEVAL = '<ds:RetrievalMethod URI="http://key.example/"/>'

MISSHAPEN = {
    "a second Reference": (MADE.but(second_reference=SECOND), "unsupported"),
    "a URI": (MADE.but(reference_attributes=' URI="#x"'), "unsupported"),
    "an empty URI": (MADE.but(reference_attributes=' URI=""'), "unsupported"),
    "a Type": (MADE.but(reference_attributes=f' Type="{DS}Object"'), "unsupported"),
    "an XPath transform": (
        MADE.but(transforms=transforms(transform(XPATH, "<ds:XPath>1</ds:XPath>"))),
        "unsupported",
    ),
    "an XSLT transform": (MADE.but(transforms=transforms(transform(XSLT))), "unsupported"),
    "the enveloped-signature transform": (
        MADE.but(transforms=transforms(transform(f"{DS}enveloped-signature"))),
        "unsupported",
    ),
    "base64 twice": (
        MADE.but(transforms=transforms(transform(f"{DS}base64"), transform(f"{DS}base64"))),
        "unsupported",
    ),
    "base64 with a parameter": (
        MADE.but(transforms=transforms(transform(f"{DS}base64", "<ds:XPath>1</ds:XPath>"))),
        "unsupported",
    ),
    "empty Transforms": (MADE.but(transforms=transforms()), "unsupported"),
    "a ds:Object": (MADE.but(after_key_info="<ds:Object>x</ds:Object>"), "unsupported"),
    "a ds:Object instead of KeyInfo": (
        MADE.but(key_info="", after_key_info="<ds:Object/>"),
        "unsupported",
    ),
    "SHA-1 as digest": (MADE.but(digest=f"{DS}sha1"), "unsupported"),
    "MD5 as digest": (MADE.but(digest=MD5), "unsupported"),
    "SHA-384 as digest": (MADE.but(digest=f"{MORE}sha384"), "unsupported"),
    "RSA with SHA-1": (MADE.but(kind="rsa-3072", method=f"{DS}rsa-sha1"), "unsupported"),
    "HMAC": (MADE.but(method=f"{MORE}hmac-sha256"), "unsupported"),
    "HMAC with its length": (
        MADE.but(
            method=f"{MORE}hmac-sha256", method_child="<ds:HMACOutputLength>8</ds:HMACOutputLength>"
        ),
        "unsupported",
    ),
    "a parameter of the signature method": (
        MADE.but(method_child="<ds:HMACOutputLength>8</ds:HMACOutputLength>"),
        "unsupported",
    ),
    "DSA": (MADE.but(method="http://www.w3.org/2009/xmldsig11#dsa-sha256"), "unsupported"),
    "an unknown method": (MADE.but(method="urn:made-up"), "unsupported"),
    "canonicalisation that keeps comments": (
        MADE.but(canonicalization=f"{INCLUSIVE}#WithComments"),
        "unsupported",
    ),
    "an unknown canonicalisation": (MADE.but(canonicalization="urn:made-up"), "unsupported"),
    "an unknown parameter of the canonicalisation": (
        MADE.but(c14n_child="<ds:XPath>1</ds:XPath>"),
        "unsupported",
    ),
    "RSA of 2048 bit": (MADE.but(kind="rsa-2048", method=f"{MORE}rsa-sha256"), "unsupported"),
    "a key on P-521": (MADE.but(kind="p521", method=f"{MORE}ecdsa-sha512"), "unsupported"),
    "a RetrievalMethod": (
        MADE.but(key_info=f"<ds:KeyInfo>{RETRIEVAL}</ds:KeyInfo>"),
        "unsupported",
    ),
    "a RetrievalMethod beside the certificate": (
        MADE.but(
            key_info=MADE.key_info_xml().replace("<ds:X509Data>", f"{RETRIEVAL}<ds:X509Data>")
        ),
        "unsupported",
    ),
    "more certificates than a path has": (
        MADE.but(more_certificates=(authority(),) * 8),
        "unsupported",
    ),
    "KeyValue alone": (MADE.but(key_info=KEY_VALUE), "untrusted-certificate"),
    "no KeyInfo": (MADE.but(key_info=""), "untrusted-certificate"),
}


@pytest.mark.parametrize(("seal", "expected"), MISSHAPEN.values(), ids=MISSHAPEN)
def test_a_seal_of_another_shape_is_refused_though_correctly_signed(seal, expected):
    verdict = verdict_on(message_0302(TEXT, seal.xml()))
    assert (verdict.value, verdict.octets) == (expected, None), verdict.reason


def test_an_inherited_xml_attribute_refuses_inclusive_canonicalisation_only():
    root = DECLARED + ' xml:lang="de"'
    inclusive = MADE.but(canonicalization=INCLUSIVE)
    assert verdict_on(message_0302(TEXT, inclusive.xml(), root=root)).value == "unsupported"
    assert verdict_on(message_0302(TEXT, MADE.xml(), root=root)).value == "valid"


def test_inclusive_canonicalisation_notices_a_namespace_added_above():
    seal = MADE.but(canonicalization=INCLUSIVE).xml()
    root = DECLARED + ' xmlns:new="urn:made-up:new"'
    assert verdict_on(message_0302(TEXT, seal, root=root)).value == "invalid-signature"


def test_no_reason_holds_a_value_of_the_message():
    for tamper, _ in TAMPERED.values():
        reason = verdict_on(tamper(MESSAGE)).reason
        assert not any(value in reason for value in (TEXT[:8], PROVIDER, "Muster"))


@settings(max_examples=300, deadline=None)
@given(
    place=st.integers(0, len(SEAL) - 1), letter=st.characters(min_codepoint=33, max_codepoint=126)
)
def test_no_letter_of_a_seal_can_be_changed_to_cover_something_else(place, letter):
    message = message_0302(TEXT, SEAL[:place] + letter + SEAL[place + 1 :])
    try:
        verdict = verdict_on(message)
    except etree.XMLSyntaxError:
        return
    # Valid it may stay where a namespace declaration nobody uses was changed.
    assert verdict.octets == (EVIDENCE if verdict.value == "valid" else None)
