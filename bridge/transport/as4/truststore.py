"""Truststores of Domibus: one certificate for each alias, in JKS, PKCS #12 or PEM (as4 7.2).

JKS is read here by its published layout, certificates only; keys in one are passed over.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

from bridge.errors import SettingsFault
from bridge.xml.seal_key import UNREADABLE_CERTIFICATE

_MAGIC: Final = 0xFEEDFEED
_KEY, _CERTIFICATE = 1, 2
_MOST_ENTRIES: Final = 10_000
_DIGEST: Final = 20
_SALT: Final = b"Mighty Aphrodite"


def read_truststore(octets: bytes, password: str) -> Mapping[str, tuple[x509.Certificate, ...]]:
    """Give the certificates by alias in lower case; those of a PEM file have an empty alias.

    Raises `SettingsFault` where the file is of no such kind or its password is wrong.
    """
    try:
        if octets.startswith(_MAGIC.to_bytes(4, "big")):
            return _read_jks(octets, password)
        if b"-----BEGIN" in octets:
            return {"": tuple(x509.load_pem_x509_certificates(octets))}
        return _read_pkcs12(octets, password)
    except (TypeError, IndexError, UnicodeDecodeError, *UNREADABLE_CERTIFICATE) as cause:
        raise SettingsFault(
            "the truststore cannot be read, or its password is wrong", code="AS4-TRUSTSTORE"
        ) from cause


def _read_pkcs12(octets: bytes, password: str) -> dict[str, tuple[x509.Certificate, ...]]:
    store = pkcs12.load_pkcs12(octets, password.encode())
    found: dict[str, tuple[x509.Certificate, ...]] = {}
    for each in (store.cert, *store.additional_certs):
        if each is not None:
            alias = (each.friendly_name or b"").decode("utf-8").lower()
            found[alias] = (*found.get(alias, ()), each.certificate)
    return found


def _read_jks(octets: bytes, password: str) -> dict[str, tuple[x509.Certificate, ...]]:
    body, digest = octets[:-_DIGEST], octets[-_DIGEST:]
    made = hashlib.sha1(password.encode("utf-16-be") + _SALT + body, usedforsecurity=False)
    if not hmac.compare_digest(made.digest(), digest):
        raise ValueError("the digest does not fit the password")
    reader = _Reader(body[4:])
    version, entries = reader.number(4), reader.number(4)
    if version not in (1, 2) or entries > _MOST_ENTRIES:
        raise ValueError("not this version")
    found: dict[str, tuple[x509.Certificate, ...]] = {}
    for _ in range(entries):
        kind, alias = reader.number(4), reader.text()
        reader.take(8)  # when it was made
        if kind == _CERTIFICATE:
            found[alias.lower()] = (reader.certificate(version),)
        elif kind == _KEY:
            reader.take(reader.number(4))
            chain = tuple(reader.certificate(version) for _ in range(reader.number(4)))
            found[alias.lower()] = chain[:1]
        else:
            raise ValueError("no such entry")
    return found


class _Reader:
    """Takes octets from the front; ValueError where they are not there."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    def take(self, length: int) -> bytes:
        if length > len(self._octets) - self._at:
            raise ValueError("the file ends too early")
        self._at += length
        return self._octets[self._at - length : self._at]

    def number(self, length: int) -> int:
        return int.from_bytes(self.take(length), "big")

    def text(self) -> str:
        return self.take(self.number(2)).decode("utf-8")

    def certificate(self, version: int) -> x509.Certificate:
        if version == 2 and self.text() != "X.509":
            raise ValueError("no such certificate")
        return x509.load_der_x509_certificate(self.take(self.number(4)))
