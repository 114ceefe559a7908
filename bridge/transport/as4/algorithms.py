"""The algorithms that messages may use, as tables (as4 0.2, 11). What is not here is refused.

No table is a union of suites: which rows count is said by the suite of the peer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from bridge.names import DSIG_MORE, EXC_C14N, XENC, XENC11

_SWA: Final = "http://docs.oasis-open.org/wss/oasis-wss-SwAProfile-1.1#"
_WSS: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
_WSS11: Final = "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#"
_MORE_2001: Final = "http://www.w3.org/2001/04/xmldsig-more#"

CANONICAL: Final = EXC_C14N
SHA256: Final = f"{XENC}sha256"
ATTACHMENT_SIGNATURE: Final = f"{_SWA}Attachment-Content-Signature-Transform"
ATTACHMENT_CIPHERTEXT: Final = f"{_SWA}Attachment-Ciphertext-Transform"
ATTACHMENT_CONTENT_ONLY: Final = f"{_SWA}Attachment-Content-Only"
BASE64_BINARY: Final = f"{_WSS}soap-message-security-1.0#Base64Binary"
X509_V3: Final = f"{_WSS}x509-token-profile-1.0#X509v3"
X509_PKI_PATH: Final = f"{_WSS}x509-token-profile-1.0#X509PKIPathv1"
X509_SKI: Final = f"{_WSS}x509-token-profile-1.0#X509SubjectKeyIdentifier"
THUMBPRINT: Final = f"{_WSS11}ThumbprintSHA1"
ENCRYPTED_KEY: Final = f"{_WSS11}EncryptedKey"

AES128_GCM: Final = f"{XENC11}aes128-gcm"
KEY_OCTETS: Final = 16
RSA_OAEP: Final = f"{XENC11}rsa-oaep"
MGF1_SHA256: Final = f"{XENC11}mgf1sha256"
KW_AES128: Final = f"{XENC}kw-aes128"
X25519: Final = f"{DSIG_MORE}x25519"
ECDH_ES: Final = f"{XENC11}ECDH-ES"
HKDF: Final = f"{DSIG_MORE}hkdf"
HMAC_SHA256: Final = f"{_MORE_2001}hmac-sha256"

RSA_SHA256: Final = f"{_MORE_2001}rsa-sha256"
ECDSA_SHA256: Final = f"{_MORE_2001}ecdsa-sha256"
ED25519: Final = f"{DSIG_MORE}eddsa-ed25519"

LEAST_RSA_BITS: Final = 2048
MOST_RSA_BITS: Final = 8192
_CURVES: Final = frozenset({"secp256r1", "brainpoolP256r1"})
_EC_OCTETS: Final = 32


@dataclass(frozen=True, slots=True)
class SignatureMethod:
    """One signature method: which keys it takes, how it signs and how it checks.

    ``fits`` judges a public key; ``sign`` and ``check`` take keys that fit. ``check`` raises
    `InvalidSignature`.
    """

    uri: str
    fits: Callable[[object], bool]
    sign: Callable[[Any, bytes], bytes]
    check: Callable[[Any, bytes, bytes], None]

    def is_signed(self, key: object, octets: bytes, signature: bytes) -> bool:
        """Tell whether ``key`` made ``signature``; a key that does not fit did not."""
        if not self.fits(key):
            return False
        try:
            self.check(key, octets, signature)
        except InvalidSignature:
            return False
        return True


def is_rsa(key: object) -> bool:
    """Tell whether a public key is RSA of a length that is taken (as4 7.2)."""
    return isinstance(key, rsa.RSAPublicKey) and LEAST_RSA_BITS <= key.key_size <= MOST_RSA_BITS


def is_on_curve(key: object) -> bool:
    """Tell whether a public key is on a curve that is taken, of 256 bit."""
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES


def _sign_rsa(key: rsa.RSAPrivateKey, octets: bytes) -> bytes:
    return key.sign(octets, padding.PKCS1v15(), hashes.SHA256())


def _check_rsa(key: rsa.RSAPublicKey, octets: bytes, signature: bytes) -> None:
    key.verify(signature, octets, padding.PKCS1v15(), hashes.SHA256())


def _sign_ecdsa(key: ec.EllipticCurvePrivateKey, octets: bytes) -> bytes:
    numbers = decode_dss_signature(key.sign(octets, ec.ECDSA(hashes.SHA256())))
    # XML Signature has the two numbers side by side, not in DER.
    return b"".join(number.to_bytes(_EC_OCTETS, "big") for number in numbers)


def _check_ecdsa(key: ec.EllipticCurvePublicKey, octets: bytes, signature: bytes) -> None:
    if len(signature) != 2 * _EC_OCTETS:
        raise InvalidSignature
    r, s = (
        int.from_bytes(half, "big") for half in (signature[:_EC_OCTETS], signature[_EC_OCTETS:])
    )
    key.verify(encode_dss_signature(r, s), octets, ec.ECDSA(hashes.SHA256()))


def _is_ed25519(key: object) -> bool:
    return isinstance(key, ed25519.Ed25519PublicKey)


def _sign_ed25519(key: ed25519.Ed25519PrivateKey, octets: bytes) -> bytes:
    return key.sign(octets)


def _check_ed25519(key: ed25519.Ed25519PublicKey, octets: bytes, signature: bytes) -> None:
    key.verify(signature, octets)


SIGNATURES: Final[Mapping[str, SignatureMethod]] = {
    each.uri: each
    for each in (
        SignatureMethod(RSA_SHA256, is_rsa, _sign_rsa, _check_rsa),
        SignatureMethod(ED25519, _is_ed25519, _sign_ed25519, _check_ed25519),
        SignatureMethod(ECDSA_SHA256, is_on_curve, _sign_ecdsa, _check_ecdsa),
    )
}
