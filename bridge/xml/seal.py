"""Create and verify the seal of a RegistryObject; hand back only what it covered (NOOTS 4).

The seal is an XML Signature whose one Reference has no URI: what it signs is the content of the
inner RepositoryItem and nothing else. signxml carries the algorithm names and digests; its
public `XMLSigner` always writes a URI and Transforms, its `XMLVerifier` refuses a Reference
without URI, looks for `ds:Signature` only, and canonicalises a copy torn out of its document.
So the signature itself is made here with lxml's canonicalisation and `cryptography`.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod

from bridge.errors import LocalFault, RemoteFault
from bridge.names import DS, clark, split_clark
from bridge.xml.large import SealedContent
from bridge.xml.seal_algorithms import (
    DIGESTS,
    DigestName,
    RsaPadding,
    digest,
    digest_of_base64,
    is_allowed_key,
    is_signed,
    method_for,
    sign_octets,
)
from bridge.xml.seal_key import (
    UNREADABLE_CERTIFICATE,
    SealKey,
    load_seal_key,
    read_certificate,
)
from bridge.xml.seal_structure import (
    Seal,
    decode_base64,
    find_content,
    find_signature,
    read_seal,
    text_of,
    without_blanks,
)
from bridge.xml.seal_trust import SealTrust

__all__ = [
    "POLICY_0302",
    "SealAction",
    "SealKey",
    "SealTrust",
    "SealValue",
    "SealVerdict",
    "SealedContent",
    "create_seal",
    "load_seal_key",
    "verify_seal",
]

SealValue: TypeAlias = Literal[
    "absent",
    "valid",
    "invalid-digest",
    "invalid-signature",
    "untrusted-certificate",
    "unsupported",
    "not-verifiable",
]
SealReading: TypeAlias = Literal["a1", "a2", "b"]
SealAction: TypeAlias = Literal["accept", "accept-and-log", "refuse"]

POLICY_0302: Final[Mapping[SealValue, SealAction]] = {
    "absent": "accept-and-log",
    "valid": "accept",
    "invalid-digest": "refuse",
    "invalid-signature": "refuse",
    "untrusted-certificate": "refuse",
    "unsupported": "refuse",
    "not-verifiable": "accept-and-log",
}
"""What follows from a verdict on a 0302 unless configured otherwise (NOOTS 4.3).

``refuse``: do not show, do not forward, answer the error the reference names, alert the operator.
"""


@dataclass(frozen=True, slots=True)
class SealVerdict:
    """The outcome of a verification; ``octets`` are there only when the seal is valid.

    ``reading`` is what the digest was found over: a1 the text as it stood, a2 the text without
    white space, b the decoded octets. ``algorithm`` is the URI of the signature method,
    ``certificate`` the signer's in DER, ``digest`` the verified digest: they are for the log.
    """

    value: SealValue
    reason: str
    reading: SealReading | None = None
    algorithm: str | None = None
    certificate: bytes | None = None
    digest: bytes | None = None
    octets: bytes | None = None

    def __post_init__(self) -> None:
        if (self.octets is not None) != (self.value == "valid"):
            raise ValueError("octets belong to a valid seal, and only to it")


def create_seal(
    octets: bytes,
    *,
    key: SealKey,
    element_name: str,
    digest: DigestName = "sha256",
    octets_reading: Literal["text", "bytes"] = "text",
    rsa_padding: RsaPadding = "pss",
) -> str:
    """Seal evidence and give the Signature element ``element_name`` (Clark name) as XML text.

    The evidence must be written as canonical base64 without white space. ``octets_reading``
    says what is hashed: that text (NOOTS 4.3 a) or ``octets`` themselves (b). The text declares
    all its namespaces and may be embedded anywhere, if the prefix ``ds`` stays bound as it is.
    Raises `LocalFault` when ``element_name`` has no namespace.
    """
    namespace, _ = split_clark(element_name)
    if not namespace:
        raise LocalFault("The Signature element needs a namespace", code="SEAL-NAME")
    algorithm = DIGESTS[digest]
    method = method_for(key.private_key, rsa_padding)
    signature = etree.Element(element_name, nsmap={"seal": namespace, "ds": DS})
    signed_info = _write_signed_info(
        signature, method, algorithm, _digest_to_sign(algorithm, octets, octets_reading)
    )
    canonical = etree.tostring(signed_info, method="c14n", exclusive=True, with_comments=False)
    _add(signature, "SignatureValue", sign_octets(key.private_key, method, canonical))
    data = _add(_add(signature, "KeyInfo"), "X509Data")
    for certificate in key.certificates:
        _add(data, "X509Certificate", certificate.public_bytes(Encoding.DER))
    return etree.tostring(signature, method="c14n", exclusive=True).decode("utf-8")


def verify_seal(
    registry_object: etree._Element,
    *,
    trust: SealTrust,
    at: datetime,
    provider: str | None,
    content: SealedContent | None = None,
) -> SealVerdict:
    """Verify the seal of a RegistryObject (of a 0102, 0302 or 0412) where it stands.

    ``registry_object`` must be the element in its parsed document, untouched. ``at`` (with
    zone) is the time certificates are judged at, ``provider`` the identifier that ``trust`` is
    asked about. ``content`` replaces the element's text where the parser has put it aside.
    Never raises for what was sent; raises ValueError if ``at`` has no zone.
    """
    if at.tzinfo is None:
        raise ValueError("the time of the check needs a zone")
    try:
        signature = find_signature(registry_object)
        if signature is None:
            return SealVerdict("absent", "the RegistryObject has no Signature")
        item = find_content(registry_object)
        if item is None:
            return SealVerdict("not-verifiable", "the evidence is not in the message")
        seal = read_seal(signature)
        canonical = seal.canonical_signed_info()
        evidence = _Evidence.put_aside(content) if content else _Evidence.written(text_of(item))
    except RemoteFault as fault:
        return SealVerdict("unsupported", fault.what)
    return _judge(seal, canonical, evidence, _Judges(trust, at, provider))


@dataclass(frozen=True, slots=True)
class _Judges:
    trust: SealTrust
    at: datetime
    provider: str | None


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The content, decoded once, and its text, or the digests of a text that is gone."""

    octets: bytes | None
    text: str | None = None
    text_digests: Mapping[DigestAlgorithm, bytes] | None = None

    @classmethod
    def written(cls, text: str) -> _Evidence:
        return cls(decode_base64(text), text=text)

    @classmethod
    def put_aside(cls, content: SealedContent) -> _Evidence:
        digests = {
            DigestAlgorithm.SHA256: content.text_sha256,
            DigestAlgorithm.SHA512: content.text_sha512,
        }
        return cls(content.octets, text_digests=digests)

    def digests(
        self, algorithm: DigestAlgorithm, decoded_only: bool
    ) -> Iterator[tuple[SealReading, bytes]]:
        """The candidates in the order of NOOTS 4.3, each computed only if it is asked for."""
        assert self.octets is not None
        if not decoded_only:
            if self.text_digests is not None:
                yield "a1", self.text_digests[algorithm]
                yield "a2", digest_of_base64(algorithm, self.octets)
            elif self.text is not None:
                yield "a1", digest(algorithm, self.text.encode("utf-8"))
                yield "a2", digest(algorithm, without_blanks(self.text).encode("utf-8"))
        yield "b", digest(algorithm, self.octets)


def _judge(seal: Seal, canonical: bytes, evidence: _Evidence, judges: _Judges) -> SealVerdict:
    algorithm = seal.method.value
    if not seal.certificates:
        reason = "KeyInfo has no X509Certificate; other key material is no source of trust"
        return SealVerdict("untrusted-certificate", reason, algorithm=algorithm)
    try:
        certificates = [read_certificate(der) for der in seal.certificates]
        signer = _end_entity(certificates)
        key = signer.public_key()
    except UNREADABLE_CERTIFICATE:
        reason = "a certificate cannot be read"
        return SealVerdict("untrusted-certificate", reason, algorithm=algorithm)

    def verdict(value: SealValue, reason: str, reading: SealReading | None = None) -> SealVerdict:
        valid = value == "valid"
        return SealVerdict(
            value,
            reason,
            reading=reading,
            algorithm=algorithm,
            certificate=signer.public_bytes(Encoding.DER),
            digest=seal.digest_value if reading else None,
            octets=evidence.octets if valid else None,
        )

    if not is_allowed_key(key):
        return verdict("unsupported", "the key is too short or of a kind seals may not use")
    if evidence.octets is None:
        return verdict("invalid-digest", "the content of RepositoryItem is no canonical base64")
    reading = _matching_reading(seal, evidence)
    if reading is None:
        return verdict("invalid-digest", "no reading of the content has the digest of the seal")
    if not is_signed(key, seal.method, canonical, seal.signature_value):
        return verdict("invalid-signature", "SignedInfo was not signed with this key", reading)
    others = [certificate for certificate in certificates if certificate != signer]
    objection = judges.trust.objection(signer, others, at=judges.at, provider=judges.provider)
    if objection is not None:
        return verdict("untrusted-certificate", f"the certificate: {objection}", reading)
    return verdict("valid", "the content is covered by a trusted seal", reading)


def _matching_reading(seal: Seal, evidence: _Evidence) -> SealReading | None:
    for reading, candidate in evidence.digests(seal.digest, seal.decoded_only):
        if hmac.compare_digest(candidate, seal.digest_value):
            return reading
    return None


def _end_entity(certificates: list[x509.Certificate]) -> x509.Certificate:
    """XML Signature gives the certificates no order: it is the one that issued none of them."""
    for candidate in certificates:
        others = (other for other in certificates if other != candidate)
        if all(other.issuer != candidate.subject for other in others):
            return candidate
    return certificates[0]


def _digest_to_sign(
    algorithm: DigestAlgorithm, octets: bytes, reading: Literal["text", "bytes"]
) -> bytes:
    return (digest_of_base64 if reading == "text" else digest)(algorithm, octets)


def _write_signed_info(
    signature: etree._Element, method: SignatureMethod, algorithm: DigestAlgorithm, value: bytes
) -> etree._Element:
    canonicalization = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
    signed_info = _add(signature, "SignedInfo")
    _add(signed_info, "CanonicalizationMethod").set("Algorithm", canonicalization.value)
    _add(signed_info, "SignatureMethod").set("Algorithm", method.value)
    reference = _add(signed_info, "Reference")
    _add(reference, "DigestMethod").set("Algorithm", algorithm.value)
    _add(reference, "DigestValue", value)
    return signed_info


def _add(parent: etree._Element, name: str, octets: bytes | None = None) -> etree._Element:
    child = etree.SubElement(parent, clark(DS, name))
    if octets is not None:
        child.text = base64.b64encode(octets).decode("ascii")
    return child
