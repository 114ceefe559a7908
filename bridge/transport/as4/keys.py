"""Our own keys: loaded once, checked then, and used through two small protocols.

A key may live in this process or in an HSM (`pkcs11`); what uses it cannot tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    pkcs12,
)

from bridge.errors import LocalFault, SettingsFault
from bridge.transport.as4.algorithms import SIGNATURES, is_on_curve, is_rsa
from bridge.xml.seal_key import UNREADABLE_CERTIFICATE, read_certificate

PrivateKey: TypeAlias = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | x25519.X25519PrivateKey
)
AgreementKey: TypeAlias = x25519.X25519PublicKey | ec.EllipticCurvePublicKey

OAEP: Final = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), label=None)

__all__ = [
    "OAEP",
    "AgreementKey",
    "Decrypter",
    "LoadedDecrypter",
    "LoadedSigner",
    "Signer",
    "load_key",
    "read_certificate",
]


class Signer(Protocol):
    """Signs for us; thread-safe."""

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """The certificate of the key, then those of its issuers, as far as they are sent."""
        ...

    def sign(self, octets: bytes, method: str) -> bytes:
        """Give the SignatureValue by the method with this URI."""
        ...


class Decrypter(Protocol):
    """Opens session keys that were sent to us; thread-safe.

    Which of the two operations is there is a matter of the key; the other raises ValueError.
    """

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate that peers encrypt for."""
        ...

    def decrypt(self, octets: bytes) -> bytes:
        """Open RSA-OAEP (SHA-256, MGF1 with SHA-256); ValueError where it does not open."""
        ...

    def agree(self, public_key: AgreementKey) -> bytes:
        """Give the shared secret with an ephemeral key; ValueError for an unfit one."""
        ...


@dataclass(frozen=True, slots=True)
class LoadedSigner:
    """A signing key in this process.

    Raises `SettingsFault` when built from a key without a signature method or with a foreign
    certificate.
    """

    _key: PrivateKey
    certificates: tuple[x509.Certificate, ...]

    def __post_init__(self) -> None:
        public = self._key.public_key()
        if not any(method.fits(public) for method in SIGNATURES.values()):
            raise unfit("it is of no kind that signs messages")
        _check_pair(self._key, self.certificates)
        if not allows(self.certificates[0], "digital_signature"):
            raise unfit("the key usage of its certificate allows no signatures")

    def sign(self, octets: bytes, method: str) -> bytes:
        """Give the SignatureValue; `LocalFault` where the key does not fit the method."""
        row = SIGNATURES[method]
        if not row.fits(self._key.public_key()):
            raise LocalFault("the signing key does not fit the suite of the peer", code="AS4-KEY")
        return row.sign(self._key, octets)

    def __repr__(self) -> str:
        return "LoadedSigner(...)"


@dataclass(frozen=True, slots=True)
class LoadedDecrypter:
    """A decryption or key agreement key in this process; `SettingsFault` where it is neither."""

    _key: PrivateKey
    certificate: x509.Certificate

    def __post_init__(self) -> None:
        public = self._key.public_key()
        _check_pair(self._key, (self.certificate,))
        if not (
            is_rsa(public) or is_on_curve(public) or isinstance(public, x25519.X25519PublicKey)
        ):
            raise unfit("it is of no kind that messages are encrypted for")
        use = "key_encipherment" if isinstance(public, rsa.RSAPublicKey) else "key_agreement"
        if not allows(self.certificate, use):
            raise unfit("the key usage of its certificate allows no encryption")

    def decrypt(self, octets: bytes) -> bytes:
        """Open RSA-OAEP; ValueError where it does not open."""
        if not isinstance(self._key, rsa.RSAPrivateKey):
            raise ValueError("no RSA key")
        return self._key.decrypt(octets, OAEP)

    def agree(self, public_key: AgreementKey) -> bytes:
        """Give the shared secret; ValueError where the keys are of different kinds."""
        match self._key, public_key:
            case x25519.X25519PrivateKey(), x25519.X25519PublicKey():
                return self._key.exchange(public_key)
            case ec.EllipticCurvePrivateKey(), ec.EllipticCurvePublicKey():
                return self._key.exchange(ec.ECDH(), public_key)
        raise ValueError("keys of different kinds")

    def __repr__(self) -> str:
        return "LoadedDecrypter(...)"


def load_key(
    octets: bytes, password: bytes | None
) -> tuple[PrivateKey, tuple[x509.Certificate, ...]]:
    """Read key and certificates from PEM (any order) or PKCS #12; the key's own stands first.

    Raises `SettingsFault` if the file or the password is wrong, or the certificate missing.
    """
    key: Any
    try:
        if b"-----BEGIN" in octets:
            key = load_pem_private_key(octets, password)
            found = x509.load_pem_x509_certificates(octets)
        else:
            key, first, others = pkcs12.load_key_and_certificates(octets, password)
            found = [*([first] if first else []), *others]
    except (TypeError, *UNREADABLE_CERTIFICATE) as cause:
        raise unfit("it is no readable PEM or PKCS #12 file, or the password is wrong") from cause
    if key is None:
        raise unfit("the file has no private key")
    return key, in_order(key.public_key(), found)


def in_order(
    public_key: Any, certificates: Sequence[x509.Certificate]
) -> tuple[x509.Certificate, ...]:
    """Order certificates from the key's own upwards; those of no issuer of it are left out."""
    own = [each for each in certificates if _spki(each.public_key()) == _spki(public_key)]
    if not own:
        raise unfit("there is no certificate of the key")
    chain = [own[0]]
    while chain[-1].issuer != chain[-1].subject:
        above = [
            each for each in certificates if each.subject == chain[-1].issuer and each not in chain
        ]
        if not above:
            break
        chain.append(above[0])
    return tuple(chain)


def allows(certificate: x509.Certificate, use: str) -> bool:
    """Tell whether the key usage, if there is one, names ``use`` (as4 7.3, step 2)."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    except UNREADABLE_CERTIFICATE:
        return False
    return bool(getattr(usage, use))


def _check_pair(key: PrivateKey, certificates: Sequence[x509.Certificate]) -> None:
    if not certificates or _spki(certificates[0].public_key()) != _spki(key.public_key()):
        raise unfit("the first certificate is not the one of the key")


def _spki(key: Any) -> bytes:
    octets: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return octets


def unfit(reason: str) -> SettingsFault:
    """Make the fault of a key of ours that messages cannot use."""
    return SettingsFault(f"a message key cannot be used: {reason}", code="AS4-KEY")
