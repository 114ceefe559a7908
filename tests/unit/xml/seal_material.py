"""Keys, certificates, messages and hand-made seals for the tests of the seal. All made up."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from bridge.xml.seal import SealKey, SealTrust

DS = "http://www.w3.org/2000/09/xmldsig#"
DE = "urn:xoev-de:bva:standard:xnachweis:schema:xnachweis-de-noots_1.4"
BK = "urn:xoev-de:bva:standard:xnachweis:schema:xnachweis-baukasten_1.4"
BDT = "urn:xoev-de:bva:standard:xnachweis:schema:xnachweis-basisdatentypen_1.4"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
INCLUSIVE_11 = "http://www.w3.org/2006/12/xml-c14n11"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
PSS = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"

AT = datetime(2026, 2, 3, 9, 15, tzinfo=UTC)
PROVIDER = "00-TEST-00"
EVIDENCE = b"%PDF-1.7 a made-up extract \x00\xff\xfe of no register at all"

_KEYS = {
    "rsa-3072": lambda: rsa.generate_private_key(65537, 3072),
    "rsa-2048": lambda: rsa.generate_private_key(65537, 2048),
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
}


@cache
def private_key(kind: str, owner: str = "seal"):
    return _KEYS[kind]()


def usage(**allowed: bool) -> x509.KeyUsage:
    names = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
        "key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names.split()})


SIGNS = usage(digital_signature=True)


def certificate(
    key,
    *,
    subject: str = "Testregister",
    issuer: str = "Test-PKI",
    key_usage: x509.KeyUsage | None = SIGNS,
    until: datetime = datetime(2030, 1, 1, tzinfo=UTC),
    ca: bool = False,
    issuer_key=None,
) -> x509.Certificate:
    """A certificate of ``subject`` by ``issuer``, whose key is the one of that name."""
    issuer_key = issuer_key or private_key("p256", issuer)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2025, 1, 1, tzinfo=UTC))
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca, None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False
        )
    )
    if key_usage is not None:
        builder = builder.add_extension(key_usage, True)
    return builder.sign(issuer_key, hashes.SHA256())


@cache
def authority(name: str = "Test-PKI") -> x509.Certificate:
    key = private_key("p256", name)
    allowed = usage(key_cert_sign=True, crl_sign=True)
    return certificate(key, subject=name, issuer=name, ca=True, key_usage=allowed)


@cache
def seal_key(kind: str, owner: str = "seal") -> SealKey:
    key = private_key(kind, owner)
    return SealKey(key, (certificate(key),))


@cache
def trust() -> SealTrust:
    return SealTrust(anchors=(authority(),))


def revocation_list(*revoked: x509.Certificate, since: datetime) -> x509.CertificateRevocationList:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority().subject)
        .last_update(since)
        .next_update(datetime(2031, 1, 1, tzinfo=UTC))
    )
    for entry in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(entry.serial_number)
            .revocation_date(since)
            .build()
        )
    return builder.sign(private_key("p256", "Test-PKI"), hashes.SHA256())


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])


# --- messages ------------------------------------------------------------------------------

_DECLARATIONS = {
    "a": "urn:made-up:a",
    "bn-beh": "http://xoev.de/schemata/basisnachricht/behoerde/1_1",
    "bn-g2g": "http://xoev.de/schemata/basisnachricht/g2g/1_1",
    "ds": DS,
    "xn-bdt": BDT,
    "xn-bk": BK,
    "xn-de": DE,
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "zz": "urn:made-up:zz",
}
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in _DECLARATIONS.items())
"""The namespaces declared on the roots below, in canonical order."""

_METADATA = (
    "<xn-bk:EvidenceMetadata><xn-bk:Title><xn-bdt:value>Auszug</xn-bdt:value></xn-bk:Title>"
    "</xn-bk:EvidenceMetadata>"
)
_PERSON = "<xn-bk:NaturalPerson><xn-bk:FamilyName>Muster</xn-bk:FamilyName></xn-bk:NaturalPerson>"


def message_0302(text: str, seal: str, *, root: str = DECLARED) -> str:
    """A 0302 with two objects; the second carries ``text`` and ``seal``."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<xn-de:DE.EvidenceResponse.0302 {root}>\n'
        f"<xn-de:EvidenceAvailability>\n{_object_bk('T3RoZXI=', '')}\n{_object_bk(text, seal)}\n"
        "</xn-de:EvidenceAvailability></xn-de:DE.EvidenceResponse.0302>"
    )


def _object_bk(text: str, seal: str) -> str:
    return (
        "<xn-bk:RegistryObject><xn-bk:id>urn:uuid:0c6f4c7a-1e01-4f0e-9f55-5b0f0d3c1c57</xn-bk:id>"
        f"{_METADATA}<xn-bk:RepositoryItem><xn-bk:RepositoryItem>{text}</xn-bk:RepositoryItem>"
        f"</xn-bk:RepositoryItem><xn-bk:LegalOrNaturalPerson>{_PERSON}</xn-bk:LegalOrNaturalPerson>"
        f"<xn-bk:EvidenceProviderReference>{PROVIDER}</xn-bk:EvidenceProviderReference>{seal}"
        "</xn-bk:RegistryObject>"
    )


def message_0412(text: str, seal: str, *, root: str = DECLARED) -> str:
    """A 0412, whose objects have the seal in their middle and in the namespace of messages."""
    return (
        f"<xn-de:DE.GetEvidenceResponse.0412 {root}><xn-de:EvidenceResponse>"
        "<xn-de:EvidenceOrTimeAvailable><xn-de:RegistryObject><xn-de:id>urn:uuid:"
        "0c6f4c7a-1e01-4f0e-9f55-5b0f0d3c1c58</xn-de:id><xn-de:RepositoryItem>"
        f"<xn-de:RepositoryItem>{text}</xn-de:RepositoryItem></xn-de:RepositoryItem>"
        f"<xn-de:EvidenceMetadata/>{seal}<xn-de:LegalOrNaturalPerson>{_PERSON}"
        "</xn-de:LegalOrNaturalPerson></xn-de:RegistryObject></xn-de:EvidenceOrTimeAvailable>"
        "</xn-de:EvidenceResponse></xn-de:DE.GetEvidenceResponse.0412>"
    )


SHAPES = {
    "0302": (message_0302, f"{{{BK}}}Signature"),
    "0412": (message_0412, f"{{{DE}}}Signature"),
}


def registry_object(message: str | bytes) -> etree._Element:
    """The last RegistryObject of a message, in its parsed document."""
    octets = message.encode() if isinstance(message, str) else message
    root = etree.fromstring(octets, etree.XMLParser(resolve_entities=False, huge_tree=True))
    return root.xpath("//*[local-name()='RegistryObject']")[-1]


def base64_text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


# --- seals written letter by letter ---------------------------------------------------------

_DIGESTS = {SHA256: hashlib.sha256, SHA512: hashlib.sha512}
_SCHEMES = {
    f"{MORE}rsa-sha256": lambda k, o: k.sign(o, padding.PKCS1v15(), hashes.SHA256()),
    f"{MORE}rsa-sha512": lambda k, o: k.sign(o, padding.PKCS1v15(), hashes.SHA512()),
    PSS: lambda k, o: k.sign(o, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()),
    f"{MORE}ecdsa-sha256": lambda k, o: _ecdsa(k, o, hashes.SHA256()),
    f"{MORE}ecdsa-sha384": lambda k, o: _ecdsa(k, o, hashes.SHA384()),
    f"{MORE}ecdsa-sha512": lambda k, o: _ecdsa(k, o, hashes.SHA512()),
    f"{DS}rsa-sha1": lambda k, o: k.sign(o, padding.PKCS1v15(), hashes.SHA256()),
}


def _ecdsa(key, octets: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    size = (key.curve.key_size + 7) // 8
    numbers = decode_dss_signature(key.sign(octets, ec.ECDSA(algorithm)))
    return b"".join(number.to_bytes(size, "big") for number in numbers)


@dataclass(frozen=True)
class HandMade:
    """A seal as text templates, independent of our writer and of every canonicaliser.

    SignedInfo is written in its canonical form, so its octets are what is signed; all parts can
    be bent for the tests of refusal.
    """

    covered: bytes
    kind: str = "p256"
    method: str = f"{MORE}ecdsa-sha256"
    digest: str = SHA256
    canonicalization: str = EXCLUSIVE
    c14n_child: str = ""
    method_child: str = ""
    reference_attributes: str = ""
    transforms: str = ""
    second_reference: str = ""
    after_key_info: str = ""
    key_info: str | None = None
    certificate: x509.Certificate | None = None
    more_certificates: tuple[x509.Certificate, ...] = field(default=())

    def but(self, **changes: object) -> HandMade:
        return replace(self, **changes)

    def signed_info(self, declarations: str) -> str:
        value = base64_text(_DIGESTS.get(self.digest, hashlib.sha1)(self.covered).digest())
        return (
            f"<ds:SignedInfo {declarations}>"
            f'<ds:CanonicalizationMethod Algorithm="{self.canonicalization}">{self.c14n_child}'
            f'</ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="{self.method}">'
            f"{self.method_child}</ds:SignatureMethod><ds:Reference{self.reference_attributes}>"
            f'{self.transforms}<ds:DigestMethod Algorithm="{self.digest}"></ds:DigestMethod>'
            f"<ds:DigestValue>{value}</ds:DigestValue></ds:Reference>{self.second_reference}"
            "</ds:SignedInfo>"
        )

    def xml(self, element: str = "xn-bk:Signature") -> str:
        own = f'xmlns:ds="{DS}"'
        # Inclusive canonicalisation renders every namespace in scope, exclusive the used one.
        rendered = own if self.canonicalization == EXCLUSIVE else DECLARED
        key = private_key(self.kind)
        sign = _SCHEMES.get(self.method, lambda k, o: b"whatever")
        value = base64_text(sign(key, self.signed_info(rendered).encode()))
        return (
            f"<{element}>{self.signed_info(own)}<ds:SignatureValue>{value}</ds:SignatureValue>"
            f"{self.key_info_xml()}{self.after_key_info}</{element}>"
        )

    def key_info_xml(self) -> str:
        if self.key_info is not None:
            return self.key_info
        first = self.certificate or certificate(private_key(self.kind))
        texts = (c.public_bytes(Encoding.DER) for c in (first, *self.more_certificates))
        body = "".join(f"<ds:X509Certificate>{base64_text(t)}</ds:X509Certificate>" for t in texts)
        return f"<ds:KeyInfo><ds:X509Data>{body}</ds:X509Data></ds:KeyInfo>"
