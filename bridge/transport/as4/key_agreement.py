"""The session key under a key agreed with the recipient: ECDH, HKDF, AES key wrap (as4 11).

Experimental: held against WSS4J, but against no access point of AS4 2.0. Ephemeral-static agreement
on X25519 or, as the alternative, on P-256 and its Brainpool sister.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.kdf.hkdf import HKDF as Hkdf
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_wrap,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)
from lxml import etree

from bridge.errors import LocalFault
from bridge.names import DS, DS11, DSIG_MORE, WSSE, XENC, XENC11, clark
from bridge.transport.as4 import shape
from bridge.transport.as4.algorithms import (
    ECDH_ES,
    HKDF,
    HMAC_SHA256,
    KEY_OCTETS,
    KW_AES128,
    X25519,
    is_on_curve,
)
from bridge.transport.as4.content import Chance
from bridge.transport.as4.keyinfo import KeyReference, read_reference
from bridge.transport.as4.keys import AgreementKey, Decrypter

_SALT_OCTETS: Final = 32
_MOST_PARAMETER: Final = 1024
_CURVES: Final[dict[str, ec.EllipticCurve]] = {
    "urn:oid:1.2.840.10045.3.1.7": ec.SECP256R1(),
    "urn:oid:1.3.36.3.3.2.8.1.1.7": ec.BrainpoolP256R1(),
}
_AGREEMENT: Final = clark(XENC, "AgreementMethod")
_DERIVATION: Final = clark(XENC11, "KeyDerivationMethod")
_ORIGINATOR: Final = clark(XENC, "OriginatorKeyInfo")
_RECIPIENT: Final = clark(XENC, "RecipientKeyInfo")
_PARAMETERS: Final = clark(DSIG_MORE, "HKDFParams")
# Santuario writes the one and reads the other; both name the same function (as4 11).
_PRF: Final = (clark(DSIG_MORE, "PRF"), clark(XENC11, "PRF"))
_SALT: Final = clark(DSIG_MORE, "Salt")
_INFO: Final = clark(DSIG_MORE, "Info")
_LENGTH: Final = clark(DSIG_MORE, "KeyLength")


@dataclass(frozen=True, slots=True)
class AgreedKey:
    """A session key under a key that the recipient agrees on with ``ephemeral``."""

    recipient: KeyReference
    octets: bytes
    ephemeral: AgreementKey
    salt: bytes
    info: bytes

    def open(self, decrypter: Decrypter) -> bytes:
        """Open it; ValueError where it does not open."""
        shared = decrypter.agree(self.ephemeral)
        try:
            return aes_key_unwrap(_derive(shared, self.salt, self.info), self.octets)
        except InvalidUnwrap:
            raise ValueError("the session key does not open") from None


class KeyAgreement:
    """Key agreement on one kind of key: the URI of X25519, or of ECDH-ES on the curves above."""

    usage = "key_agreement"

    def __init__(self, uri: str) -> None:
        self._uri = uri

    def fits(self, certificate: x509.Certificate) -> bool:
        """Tell whether a session key can be wrapped for this certificate."""
        return self._is_fit(certificate.public_key())

    def write(
        self,
        encrypted_key: etree._Element,
        session_key: bytes,
        recipient: x509.Certificate,
        write_reference: Callable[[etree._Element], None],
        chance: Chance,
    ) -> bytes:
        """Write EncryptionMethod and KeyInfo; give the wrapped key."""
        static = recipient.public_key()
        if not self._is_fit(static):
            raise LocalFault("the recipient's key does not fit the suite", code="AS4-KEY")
        public, shared = _agree(static, chance)
        salt = chance(_SALT_OCTETS)
        etree.SubElement(encrypted_key, clark(XENC, "EncryptionMethod"), {"Algorithm": KW_AES128})
        key_info = etree.SubElement(encrypted_key, clark(DS, "KeyInfo"))
        method = etree.SubElement(key_info, _AGREEMENT, {"Algorithm": self._uri})
        derivation = etree.SubElement(method, _DERIVATION, {"Algorithm": HKDF})
        parameters = etree.SubElement(derivation, _PARAMETERS, nsmap={"dsig-more": DSIG_MORE})
        etree.SubElement(parameters, _PRF[0], {"Algorithm": HMAC_SHA256})
        etree.SubElement(parameters, _SALT).text = _base64(salt)
        etree.SubElement(parameters, _LENGTH).text = str(KEY_OCTETS)
        _write_public(etree.SubElement(method, _ORIGINATOR), public)
        write_reference(etree.SubElement(method, _RECIPIENT))
        return aes_key_wrap(_derive(shared, salt, b""), session_key)

    def read(
        self,
        method: etree._Element,
        key_info: etree._Element,
        wrapped: bytes,
        security: etree._Element,
    ) -> AgreedKey:
        """Read EncryptionMethod and KeyInfo (EBMS:0103 for anything but the profile's)."""
        shape.algorithm(method, [KW_AES128])
        shape.children(method)
        [agreement] = shape.children(key_info, _AGREEMENT)
        shape.algorithm(agreement, [self._uri])
        derivation, originator, recipient = shape.children(
            agreement, _DERIVATION, _ORIGINATOR, _RECIPIENT
        )
        shape.algorithm(derivation, [HKDF])
        salt, info = _read_parameters(shape.children(derivation, _PARAMETERS)[0])
        ephemeral = _read_public(originator)
        if not self._is_fit(ephemeral):
            raise shape.noncompliant("the ephemeral key is of a kind that is not taken")
        return AgreedKey(_read_recipient(recipient, security), wrapped, ephemeral, salt, info)

    def _is_fit(self, key: object) -> bool:
        if self._uri == X25519:
            return isinstance(key, x25519.X25519PublicKey)
        return self._uri == ECDH_ES and is_on_curve(key)


def _agree(static: object, chance: Chance) -> tuple[AgreementKey, bytes]:
    """Make an ephemeral key of the recipient's kind; give its public half and the secret."""
    if isinstance(static, x25519.X25519PublicKey):
        key = x25519.X25519PrivateKey.from_private_bytes(chance(32))
        return key.public_key(), key.exchange(static)
    assert isinstance(static, ec.EllipticCurvePublicKey)
    # 48 octets make the bias of the reduction smaller than anybody can see (FIPS 186-5 A.2.1).
    number = int.from_bytes(chance(48), "big") % (_order(static.curve) - 1) + 1
    other = ec.derive_private_key(number, static.curve)
    return other.public_key(), other.exchange(ec.ECDH(), static)


def _order(curve: ec.EllipticCurve) -> int:
    return {
        "secp256r1": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
        "brainpoolP256r1": 0xA9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7,
    }[curve.name]


def _derive(shared: bytes, salt: bytes, info: bytes) -> bytes:
    return Hkdf(hashes.SHA256(), KEY_OCTETS, salt or None, info).derive(shared)


def _read_parameters(parameters: etree._Element) -> tuple[bytes, bytes]:
    found = list(parameters)
    if not found or found[0].tag not in _PRF:
        raise shape.noncompliant("the key derivation names no function")
    shape.algorithm(found[0], [HMAC_SHA256])
    rest = {str(child.tag): child for child in found[1:]}
    if not rest.keys() <= {_SALT, _INFO, _LENGTH} or len(rest) != len(found) - 1:
        raise shape.noncompliant("the key derivation has parameters that are not taken")
    length = (rest[_LENGTH].text or "").strip() if _LENGTH in rest else str(KEY_OCTETS)
    if length != str(KEY_OCTETS):
        raise shape.noncompliant("the key derivation is for a key of another length")
    salt, info = (
        shape.octets(rest[name], _MOST_PARAMETER) if name in rest else b""
        for name in (_SALT, _INFO)
    )
    return salt, info


def _write_public(parent: etree._Element, key: AgreementKey) -> None:
    if isinstance(key, x25519.X25519PublicKey):
        octets = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        element = etree.SubElement(parent, clark(DS11, "DEREncodedKeyValue"), nsmap={"ds11": DS11})
        element.text = _base64(octets)
        return
    value = etree.SubElement(parent, clark(DS, "KeyValue"))
    curve = etree.SubElement(value, clark(DS11, "ECKeyValue"), nsmap={"ds11": DS11})
    uri = next(uri for uri, each in _CURVES.items() if each.name == key.curve.name)
    etree.SubElement(curve, clark(DS11, "NamedCurve"), {"URI": uri})
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    etree.SubElement(curve, clark(DS11, "PublicKey")).text = _base64(point)


def _read_public(originator: etree._Element) -> AgreementKey:
    if len(originator) != 1:
        raise shape.noncompliant("the ephemeral key is not one key")
    try:
        if originator[0].tag == clark(DS11, "DEREncodedKeyValue"):
            key = load_der_public_key(shape.octets(originator[0], _MOST_PARAMETER))
        else:
            [value] = shape.children(originator, clark(DS, "KeyValue"))
            [pair] = shape.children(value, clark(DS11, "ECKeyValue"))
            named, point = shape.children(pair, clark(DS11, "NamedCurve"), clark(DS11, "PublicKey"))
            curve = _CURVES[shape.attributes(named, ["URI"])["URI"]]
            octets = shape.octets(point, _MOST_PARAMETER)
            key = ec.EllipticCurvePublicKey.from_encoded_point(curve, octets)
    except (ValueError, KeyError, UnsupportedAlgorithm):
        raise shape.noncompliant("the ephemeral key cannot be read") from None
    if not isinstance(key, x25519.X25519PublicKey | ec.EllipticCurvePublicKey):
        raise shape.noncompliant("the ephemeral key is of a kind that is not taken")
    return key


def _read_recipient(recipient: etree._Element, security: etree._Element) -> KeyReference:
    if len(recipient) == 1 and recipient[0].tag == clark(WSSE, "SecurityTokenReference"):
        return read_reference(recipient[0], security)
    [data] = shape.children(recipient, clark(DS, "X509Data"))
    [identifier] = shape.children(data, clark(DS, "X509SKI"))
    return KeyReference("ski", value=shape.octets(identifier, 64))


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
