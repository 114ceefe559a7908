"""A seal covers the content of one RegistryObject, wherever its Signature stands."""

from __future__ import annotations

import hashlib
from datetime import datetime

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bridge.errors import LocalFault, SettingsFault
from bridge.xml.parse import LARGE, parse
from bridge.xml.seal import (
    POLICY_0302,
    SealedContent,
    SealKey,
    SealTrust,
    SealVerdict,
    create_seal,
    load_seal_key,
    verify_seal,
)
from tests.unit.xml.seal_material import (
    AT,
    BK,
    DECLARED,
    DS,
    EVIDENCE,
    EXCLUSIVE,
    INCLUSIVE,
    INCLUSIVE_11,
    MORE,
    PROVIDER,
    PSS,
    SHA512,
    SHAPES,
    HandMade,
    authority,
    base64_text,
    certificate,
    message_0302,
    private_key,
    registry_object,
    seal_key,
    trust,
    usage,
)

TEXT = base64_text(EVIDENCE)
SIGNATURE = f"{{{BK}}}Signature"
SIGNERS = {
    "RSA-PSS": ("rsa-3072", "pss", PSS),
    "RSA PKCS1": ("rsa-3072", "pkcs1", f"{MORE}rsa-sha256"),
    "P-256": ("p256", "pss", f"{MORE}ecdsa-sha256"),
    "P-384": ("p384", "pss", f"{MORE}ecdsa-sha384"),
}


def verdict_on(message: str, **changes) -> SealVerdict:
    arguments = {"trust": trust(), "at": AT, "provider": PROVIDER} | changes
    return verify_seal(registry_object(message), **arguments)


def sealed(octets: bytes = EVIDENCE, kind: str = "p256", **options) -> str:
    return create_seal(octets, key=seal_key(kind), element_name=SIGNATURE, **options)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("octets", "reading"), [("text", "a1"), ("bytes", "b")])
@pytest.mark.parametrize("digest", ["sha256", "sha512"])
@pytest.mark.parametrize(("kind", "padding", "uri"), SIGNERS.values(), ids=SIGNERS)
def test_what_we_seal_is_valid_at_its_final_place(
    kind, padding, uri, digest, octets, reading, shape
):
    message, name = SHAPES[shape]
    seal = create_seal(
        EVIDENCE,
        key=seal_key(kind),
        element_name=name,
        digest=digest,
        octets_reading=octets,
        rsa_padding=padding,
    )
    verdict = verdict_on(message(TEXT, seal))
    assert (verdict.value, verdict.reading, verdict.algorithm) == ("valid", reading, uri)
    assert verdict.octets == EVIDENCE
    assert verdict.certificate == seal_key(kind).certificates[0].public_bytes(Encoding.DER)
    covered = TEXT.encode() if octets == "text" else EVIDENCE
    assert verdict.digest == hashlib.new(digest, covered).digest()


def test_the_seal_is_its_own_exclusive_canonical_form():
    seal = sealed()
    assert etree.tostring(etree.fromstring(seal), method="c14n", exclusive=True).decode() == seal


def test_the_seal_has_one_reference_without_uri_type_and_transforms():
    (reference,) = etree.fromstring(sealed()).iter(f"{{{DS}}}Reference")
    assert dict(reference.attrib) == {}
    assert [child.tag for child in reference] == [f"{{{DS}}}DigestMethod", f"{{{DS}}}DigestValue"]


@pytest.mark.parametrize(
    "root",
    {
        "the same prefix declared": DECLARED,
        "nothing of XML Signature declared": DECLARED.replace(f'xmlns:ds="{DS}"', ""),
        "a default namespace": DECLARED + ' xmlns="urn:made-up:default"',
        "XML Signature by another prefix too": DECLARED + f' xmlns:aa="{DS}"',
        "the prefix ds bound to something else": DECLARED.replace(DS, "urn:made-up:other"),
    }.items(),
    ids=lambda item: item[0],
)
def test_embedded_as_text_the_seal_does_not_depend_on_declarations_above_it(root):
    assert verdict_on(message_0302(TEXT, sealed(), root=root[1])).value == "valid"


def test_the_seal_survives_insertion_as_an_element_where_ds_is_bound_as_it_is():
    target = registry_object(message_0302(TEXT, ""))
    target.append(etree.fromstring(sealed()))
    written = etree.tostring(target.getroottree(), encoding="utf-8", xml_declaration=True)
    assert verdict_on(written.decode()).value == "valid"


READINGS = {
    "a1, text with white space as it stands": (f" {TEXT[:20]}\n {TEXT[20:]}\n", "as it is", "a1"),
    "a2, white space added after sealing": (f"\n\t{TEXT[:9]} {TEXT[9:]} ", "compact", "a2"),
    "b, decoded octets": (TEXT, "decoded", "b"),
    "b, decoded octets of a text with white space": (f" {TEXT}", "decoded", "b"),
}


@pytest.mark.parametrize(("text", "covers", "reading"), READINGS.values(), ids=READINGS)
def test_the_first_matching_reading_is_recorded(text, covers, reading):
    covered = {"as it is": text.encode(), "compact": TEXT.encode(), "decoded": EVIDENCE}[covers]
    verdict = verdict_on(message_0302(text, HandMade(covered).xml()))
    assert (verdict.value, verdict.reading, verdict.octets) == ("valid", reading, EVIDENCE)


BASE64_TRANSFORM = (
    f'<ds:Transforms><ds:Transform Algorithm="{DS}base64"></ds:Transform></ds:Transforms>'
)


def test_the_base64_transform_leaves_only_the_decoded_reading():
    with_transform = HandMade(EVIDENCE, transforms=BASE64_TRANSFORM)
    assert verdict_on(message_0302(TEXT, with_transform.xml())).reading == "b"
    over_text = with_transform.but(covered=TEXT.encode())
    assert verdict_on(message_0302(TEXT, over_text.xml())).value == "invalid-digest"


FOREIGN = {
    "inclusive 1.0": HandMade(TEXT.encode(), canonicalization=INCLUSIVE),
    "inclusive 1.1": HandMade(TEXT.encode(), canonicalization=INCLUSIVE_11),
    "exclusive": HandMade(TEXT.encode(), canonicalization=EXCLUSIVE),
    "SHA-512": HandMade(TEXT.encode(), digest=SHA512),
    "RSA SHA-512": HandMade(TEXT.encode(), kind="rsa-3072", method=f"{MORE}rsa-sha512"),
    "RSA-PSS": HandMade(TEXT.encode(), kind="rsa-3072", method=PSS),
    "P-384 with SHA-512": HandMade(TEXT.encode(), kind="p384", method=f"{MORE}ecdsa-sha512"),
    "chain in any order": HandMade(
        TEXT.encode(),
        certificate=authority(),
        more_certificates=(certificate(private_key("p256")),),
    ),
    "KeyValue beside the certificate": HandMade(
        TEXT.encode(),
        key_info=HandMade(b"")
        .key_info_xml()
        .replace("<ds:X509Data>", "<ds:KeyValue><ds:RSAKeyValue/></ds:KeyValue><ds:X509Data>"),
    ),
    "an Id on the reference": HandMade(TEXT.encode(), reference_attributes=' Id="r-1"'),
}


@pytest.mark.parametrize("seal", FOREIGN.values(), ids=FOREIGN)
def test_seals_of_other_makers_are_accepted(seal):
    verdict = verdict_on(message_0302(TEXT, seal.xml()))
    assert (verdict.value, verdict.octets) == ("valid", EVIDENCE), verdict.reason


def test_comments_and_line_breaks_around_values_do_no_harm():
    seal = HandMade(TEXT.encode()).xml()
    seal = seal.replace("<ds:SignatureValue>", "<!-- a --><ds:SignatureValue>&#13;\n")
    assert verdict_on(message_0302(TEXT, seal)).value == "valid"


def test_a_comment_cannot_cut_the_content_short():
    text = f"{TEXT[:8]}<!-- x -->{TEXT[8:]}"
    verdict = verdict_on(message_0302(text, sealed()))
    assert (verdict.value, verdict.octets) == ("valid", EVIDENCE)


CONTENT_READINGS = {
    "a1": (" " + TEXT, (" " + TEXT).encode(), "a1"),
    "a2": (" " + TEXT, TEXT.encode(), "a2"),
    "b": (TEXT, EVIDENCE, "b"),
}


@pytest.mark.parametrize(
    ("text", "covered", "reading"), CONTENT_READINGS.values(), ids=CONTENT_READINGS
)
@pytest.mark.parametrize("digest", [HandMade.digest, SHA512])
def test_content_put_aside_by_the_parser_counts_instead_of_the_placeholder(
    text, covered, reading, digest
):
    message = message_0302("UExBQ0U=", HandMade(covered, digest=digest).xml())
    raw = text.encode()
    content = SealedContent(EVIDENCE, hashlib.sha256(raw).digest(), hashlib.sha512(raw).digest())
    verdict = verdict_on(message, content=content)
    assert (verdict.value, verdict.reading, verdict.octets) == ("valid", reading, EVIDENCE)
    assert verdict_on(message).value == "invalid-digest"


@pytest.mark.parametrize("canonicalization", [EXCLUSIVE, INCLUSIVE])
def test_a_large_message_verifies_as_our_parser_gives_it(canonicalization):
    evidence = bytes(range(256)) * (LARGE // 128)
    seal = HandMade(base64_text(evidence).encode(), canonicalization=canonicalization)
    document = parse(message_0302(base64_text(evidence), seal.xml()).encode())
    (content,) = document.contents.values()
    element = document.root.findall(f".//{{{BK}}}RegistryObject")[-1]
    verdict = verify_seal(element, trust=trust(), at=AT, provider=PROVIDER, content=content)
    assert (verdict.value, verdict.octets == evidence) == ("valid", True), verdict.reason


@settings(max_examples=60, deadline=None)
@given(
    octets=st.binary(max_size=400),
    reading=st.sampled_from(["text", "bytes"]),
    digest=st.sampled_from(["sha256", "sha512"]),
    shape=st.sampled_from(sorted(SHAPES)),
)
def test_any_octets_come_back_as_they_were_sealed(octets, reading, digest, shape):
    message, name = SHAPES[shape]
    seal = create_seal(
        octets, key=seal_key("p256"), element_name=name, digest=digest, octets_reading=reading
    )
    assert verdict_on(message(base64_text(octets), seal)).octets == octets


@settings(max_examples=60, deadline=None)
@given(octets=st.binary(max_size=60), other=st.binary(max_size=60))
def test_no_other_octets_pass_under_a_seal(octets, other):
    verdict = verdict_on(message_0302(base64_text(other), sealed(octets)))
    assert verdict.value == ("valid" if octets == other else "invalid-digest")


def test_without_signature_the_seal_is_absent():
    assert verdict_on(message_0302(TEXT, "")).value == "absent"


def test_a_reference_to_the_content_is_not_verifiable():
    message = message_0302(TEXT, sealed()).replace(
        f"<xn-bk:RepositoryItem>{TEXT}</xn-bk:RepositoryItem>",
        "<xn-bk:RepositoryItemRef>cid:made-up</xn-bk:RepositoryItemRef>",
    )
    assert verdict_on(message).value == "not-verifiable"


def test_every_verdict_has_its_policy():
    refused = {value for value, action in POLICY_0302.items() if action == "refuse"}
    assert refused == {
        "invalid-digest",
        "invalid-signature",
        "untrusted-certificate",
        "unsupported",
    }
    assert POLICY_0302["valid"] == "accept"
    assert POLICY_0302["absent"] == POLICY_0302["not-verifiable"] == "accept-and-log"


def test_a_verdict_with_octets_that_is_not_valid_cannot_exist():
    with pytest.raises(ValueError, match="octets"):
        SealVerdict("invalid-digest", "no", octets=b"x")


def test_the_time_of_the_check_needs_a_zone():
    with pytest.raises(ValueError, match="zone"):
        verdict_on(message_0302(TEXT, sealed()), at=datetime(2026, 2, 3))


def test_a_signature_element_without_namespace_is_our_own_fault():
    with pytest.raises(LocalFault):
        create_seal(EVIDENCE, key=seal_key("p256"), element_name="Signature")


KEY_FILES = {
    "PEM, key first": (False, False),
    "PEM, authority and certificate before the key": (True, False),
    "PEM with password": (False, True),
}


@pytest.mark.parametrize(("reverse", "locked"), KEY_FILES.values(), ids=KEY_FILES)
def test_a_seal_key_is_read_from_pem_in_any_order(reverse, locked):
    key, chain = private_key("p384"), [certificate(private_key("p384")), authority()]
    lock = BestAvailableEncryption(b"made-up") if locked else NoEncryption()
    parts = [key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)]
    parts += [c.public_bytes(Encoding.PEM) for c in chain]
    if reverse:
        parts.reverse()
    loaded = load_seal_key(b"".join(parts), b"made-up" if locked else None)
    assert loaded.certificates == tuple(chain)
    seal = create_seal(EVIDENCE, key=loaded, element_name=SIGNATURE)
    assert verdict_on(message_0302(TEXT, seal)).value == "valid"


def pkcs12_file(kind: str = "rsa-3072") -> bytes:
    key = private_key(kind)
    lock = BestAvailableEncryption(b"made-up")
    return pkcs12.serialize_key_and_certificates(
        b"seal", key, certificate(key), [authority()], lock
    )


def test_a_seal_key_is_read_from_pkcs12():
    loaded = load_seal_key(pkcs12_file(), b"made-up")
    assert [len(loaded.certificates), loaded.certificates[1]] == [2, authority()]


BAD_FILES = {
    "no key file": (b"something else", None),
    "an empty file": (b"", None),
    "wrong password": (pkcs12_file("p256"), b"wrong"),
    "missing password": (pkcs12_file("p256"), None),
    "RSA of 2048 bit": (pkcs12_file("rsa-2048"), b"made-up"),
    "another curve": (pkcs12_file("p521"), b"made-up"),
    "a certificate alone": (authority().public_bytes(Encoding.PEM), None),
}


@pytest.mark.parametrize(("octets", "password"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_key_file_is_a_fault_of_the_settings(octets, password):
    with pytest.raises(SettingsFault):
        load_seal_key(octets, password)


BAD_CERTIFICATES = {
    "none": (),
    "of another key": (certificate(private_key("p384")),),
    "that allows no signatures": (
        certificate(private_key("p256"), key_usage=usage(key_encipherment=True)),
    ),
}


@pytest.mark.parametrize("certificates", BAD_CERTIFICATES.values(), ids=BAD_CERTIFICATES)
def test_a_seal_key_without_a_fitting_certificate_cannot_exist(certificates):
    with pytest.raises(SettingsFault):
        SealKey(private_key("p256"), certificates)


def test_without_configured_trust_nobody_is_trusted():
    verdict = verdict_on(message_0302(TEXT, sealed()), trust=SealTrust())
    assert (verdict.value, verdict.octets) == ("untrusted-certificate", None)
