"""The key we seal with: private key and certificates, checked once when they are joined."""

from __future__ import annotations

import threading
import warnings
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.utils import CryptographyDeprecationWarning

from bridge.errors import SettingsFault
from bridge.xml.seal_algorithms import LEAST_RSA_BITS, PrivateKey, is_allowed_key

UNREADABLE_CERTIFICATE: Final = (
    ValueError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What `cryptography` raises, at once or later, for a certificate it cannot make sense of."""

_FILTERING: Final = threading.Lock()


def read_certificate(der: bytes) -> x509.Certificate:
    """Read a certificate; one that only a lenient parser accepts is none (RFC 5280).

    Raises one of ``UNREADABLE_CERTIFICATE``.
    """
    # Filters of warnings belong to the process: two threads here would undo each other's.
    with _FILTERING, warnings.catch_warnings():
        warnings.simplefilter("error", CryptographyDeprecationWarning)
        try:
            return x509.load_der_x509_certificate(der)
        except CryptographyDeprecationWarning:
            raise ValueError("the certificate is not as RFC 5280 wants it") from None


@dataclass(frozen=True, slots=True)
class SealKey:
    """A private key and its certificates, the one of the key first.

    Raises `SettingsFault` when built from a key that seals may not use (NOOTS 4.3), from a
    certificate of another key, or from one that does not allow signatures.
    """

    private_key: PrivateKey
    certificates: tuple[x509.Certificate, ...]

    def __post_init__(self) -> None:
        if not is_allowed_key(self.private_key):
            raise _unfit(
                f"a seal needs RSA of {LEAST_RSA_BITS} bit or more, or a key on P-256 or P-384"
            )
        if not self.certificates or not _belongs(self.certificates[0], self.private_key):
            raise _unfit("the first certificate is not the one of the key")
        if not allows_signatures(self.certificates[0]):
            raise _unfit("the certificate's key usage allows no signatures")


def load_seal_key(octets: bytes, password: bytes | None) -> SealKey:
    """Read a key from a PEM file (key and certificates, any order) or a PKCS #12 file.

    Raises `SettingsFault` if the file, the password or the key is wrong.
    """
    try:
        if b"-----BEGIN" in octets:
            key = load_pem_private_key(octets, password)
            found = x509.load_pem_x509_certificates(octets)
        else:
            key, first, others = pkcs12.load_key_and_certificates(octets, password)  # type: ignore[assignment]
            found = [*([first] if first else []), *others]
    except (TypeError, *UNREADABLE_CERTIFICATE) as cause:
        raise _unfit("it is no readable PEM or PKCS #12 file, or the password is wrong") from cause
    if not is_allowed_key(key):
        raise _unfit(
            f"a seal needs RSA of {LEAST_RSA_BITS} bit or more, or a key on P-256 or P-384"
        )
    found.sort(key=lambda certificate: not _belongs(certificate, key))  # type: ignore[arg-type]
    return SealKey(key, tuple(found))  # type: ignore[arg-type]


def allows_signatures(certificate: x509.Certificate) -> bool:
    """Tell whether the key usage names digitalSignature or nonRepudiation (NOOTS 4.3)."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, *UNREADABLE_CERTIFICATE):
        return False
    return usage.digital_signature or usage.content_commitment


def _belongs(certificate: x509.Certificate, key: PrivateKey) -> bool:
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return certificate.public_key().public_bytes(*form) == key.public_key().public_bytes(*form)


def _unfit(reason: str) -> SettingsFault:
    return SettingsFault(f"The seal key cannot be used: {reason}", code="SEAL-KEY")
