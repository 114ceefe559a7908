"""The algorithms a seal may use, as tables, and the two operations on octets (NOOTS 4.2, 4.3).

What is not in a table is refused: SHA-1, MD5, HMAC, DSA, other curves, RSA below 3000 bit,
canonicalisation that keeps comments. The names are signxml's enumerations.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
DigestName: TypeAlias = Literal["sha256", "sha512"]
RsaPadding: TypeAlias = Literal["pss", "pkcs1"]

BASE64_TRANSFORM: Final = "http://www.w3.org/2000/09/xmldsig#base64"
LEAST_RSA_BITS: Final = 3000

DIGESTS: Final[Mapping[DigestName, DigestAlgorithm]] = {
    "sha256": DigestAlgorithm.SHA256,
    "sha512": DigestAlgorithm.SHA512,
}

CANONICALIZATIONS: Final[Mapping[CanonicalizationMethod, bool]] = {
    CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0: True,
    CanonicalizationMethod.CANONICAL_XML_1_0: False,
    CanonicalizationMethod.CANONICAL_XML_1_1: False,
}
"""Accepted canonicalisations of SignedInfo, and whether each is the exclusive one."""


@dataclass(frozen=True, slots=True)
class _Method:
    scheme: Literal["pss", "pkcs1", "ecdsa"]
    hash: hashes.HashAlgorithm


METHODS: Final[Mapping[SignatureMethod, _Method]] = {
    SignatureMethod.SHA256_RSA_MGF1: _Method("pss", hashes.SHA256()),
    SignatureMethod.SHA512_RSA_MGF1: _Method("pss", hashes.SHA512()),
    SignatureMethod.RSA_SHA256: _Method("pkcs1", hashes.SHA256()),
    SignatureMethod.RSA_SHA512: _Method("pkcs1", hashes.SHA512()),
    SignatureMethod.ECDSA_SHA256: _Method("ecdsa", hashes.SHA256()),
    SignatureMethod.ECDSA_SHA384: _Method("ecdsa", hashes.SHA384()),
    SignatureMethod.ECDSA_SHA512: _Method("ecdsa", hashes.SHA512()),
}
"""Signature methods accepted when verifying."""

_WRITTEN: Final[Mapping[str, SignatureMethod]] = {
    "pss": SignatureMethod.SHA256_RSA_MGF1,
    "pkcs1": SignatureMethod.RSA_SHA256,
    "secp256r1": SignatureMethod.ECDSA_SHA256,
    "secp384r1": SignatureMethod.ECDSA_SHA384,
}
_CURVES: Final = frozenset({"secp256r1", "secp384r1"})


def is_allowed_key(key: object) -> bool:
    """Tell whether a public or private key is RSA of 3000 bit or more, or on P-256 or P-384."""
    match key:
        case rsa.RSAPublicKey() | rsa.RSAPrivateKey():
            return key.key_size >= LEAST_RSA_BITS
        case ec.EllipticCurvePublicKey() | ec.EllipticCurvePrivateKey():
            return key.curve.name in _CURVES
        case _:
            return False


def method_for(key: PrivateKey, rsa_padding: RsaPadding) -> SignatureMethod:
    """Give the signature method written for ``key``; ``rsa_padding`` matters to RSA only."""
    return _WRITTEN[rsa_padding if isinstance(key, rsa.RSAPrivateKey) else key.curve.name]


def sign_octets(key: PrivateKey, method: SignatureMethod, octets: bytes) -> bytes:
    """Sign; ECDSA values come as the two numbers side by side, as XML Signature has them."""
    used = METHODS[method]
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(octets, _padding(used), used.hash)
    r, s = decode_dss_signature(key.sign(octets, ec.ECDSA(used.hash)))
    length = _number_length(key.curve)
    return r.to_bytes(length, "big") + s.to_bytes(length, "big")


def is_signed(key: object, method: SignatureMethod, octets: bytes, signature: bytes) -> bool:
    """Tell whether ``key`` made ``signature`` over ``octets``; a key of another kind did not."""
    used = METHODS[method]
    try:
        if isinstance(key, rsa.RSAPublicKey) and used.scheme != "ecdsa":
            key.verify(signature, octets, _padding(used), used.hash)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey) and used.scheme == "ecdsa":
            length = _number_length(key.curve)
            if len(signature) != 2 * length:
                return False
            r, s = (
                int.from_bytes(half, "big") for half in (signature[:length], signature[length:])
            )
            key.verify(encode_dss_signature(r, s), octets, ec.ECDSA(used.hash))
            return True
    except InvalidSignature:
        return False
    return False


def digest(algorithm: DigestAlgorithm, octets: bytes) -> bytes:
    """Digest of octets."""
    running = hashes.Hash(algorithm.implementation())
    running.update(octets)
    return running.finalize()


def digest_of_base64(algorithm: DigestAlgorithm, octets: bytes) -> bytes:
    """Digest of the canonical base64 text of ``octets``, which is never held as a whole."""
    running = hashes.Hash(algorithm.implementation())
    view, step = memoryview(octets), 3 << 16
    for start in range(0, len(view), step):
        running.update(base64.b64encode(view[start : start + step]))
    return running.finalize()


def _padding(method: _Method) -> padding.AsymmetricPadding:
    if method.scheme == "pkcs1":
        return padding.PKCS1v15()
    # RFC 9231 2.3.10 fixes the salt to the length of the digest.
    return padding.PSS(padding.MGF1(method.hash), method.hash.digest_size)


def _number_length(curve: ec.EllipticCurve) -> int:
    return (curve.key_size + 7) // 8
