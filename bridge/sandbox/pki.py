"""A made-up PKI for laboratories and tests: an authority and the certificates of access points.

Every access point has one key for signing and encryption, a successor for the roll-over, and a
key for TLS; beside the good certificate stand those that a peer must refuse (as4 7.2, 7.3).
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Keys: TypeAlias = Callable[[str], rsa.RSAPrivateKey]
"""Gives the RSA key of this name; called once for each name."""
TlsKeys: TypeAlias = Callable[[str], ec.EllipticCurvePrivateKey]

CRL_ADDRESS: Final = "http://crl.invalid/test-ca.crl"
"""Where certificates say that revocations are listed; nothing answers there."""

_AUTHORITY: Final = "Made-up AS4 Test CA"
_ORGANISATION: Final = "Made up, for tests"
_BEFORE: Final = timedelta(days=30)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Validity:
    """When certificates of a PKI are valid: from 30 days before ``at`` for so many years."""

    at: datetime
    years: int

    @property
    def regular(self) -> tuple[datetime, datetime]:
        """First and last moment of a certificate that is good."""
        return self.at - _BEFORE, self.at + timedelta(days=365 * self.years)


@dataclass(frozen=True, slots=True)
class LabAccessPoint:
    """The keys and certificates of one access point.

    ``certificates`` by what they are: ``good`` and ``next`` are to be taken; ``expired``,
    ``not-yet-valid``, ``revoked`` and ``unknown`` (of another authority of the same name) are
    for the same key as ``good``, so that nothing but the certificate is wrong.
    """

    name: str
    key: rsa.RSAPrivateKey = field(repr=False)
    next_key: rsa.RSAPrivateKey = field(repr=False)
    certificates: Mapping[str, x509.Certificate]
    tls_key: ec.EllipticCurvePrivateKey = field(repr=False)
    tls: x509.Certificate


@dataclass(frozen=True, slots=True)
class LabPki:
    """An authority, what it revoked, and the access points."""

    authority: x509.Certificate
    revocations: x509.CertificateRevocationList
    access_points: tuple[LabAccessPoint, ...]

    def files(self) -> dict[str, bytes]:
        """Give all as PEM by the path below the folder of the PKI."""
        found = {
            "ca.pem": self.authority.public_bytes(Encoding.PEM),
            "ca.crl": self.revocations.public_bytes(Encoding.PEM),
        }
        for point in self.access_points:
            keys: dict[str, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey] = {
                "key": point.key,
                "next-key": point.next_key,
                "tls-key": point.tls_key,
            }
            for name, key in keys.items():
                found[f"{point.name}/{name}.pem"] = key.private_bytes(
                    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
                )
            for name, certificate in {**point.certificates, "tls": point.tls}.items():
                found[f"{point.name}/{name}.pem"] = certificate.public_bytes(Encoding.PEM)
        return found


def make_pki(names: Sequence[str], validity: Validity, keys: Keys, tls_keys: TlsKeys) -> LabPki:
    """Make a PKI; with the same keys and times it is the same to the last octet."""
    authority = _Authority(keys("authority"), validity)
    stranger = _Authority(keys("stranger"), validity)
    points = tuple(_access_point(name, authority, stranger, keys, tls_keys) for name in names)
    revoked = [point.certificates["revoked"] for point in points]
    return LabPki(authority.certificate, authority.revoke(revoked), points)


def write_pki(pki: LabPki, folder: Path) -> list[Path]:
    """Write a PKI below ``folder``; private keys are readable for the owner only."""
    written = []
    for name, octets in pki.files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600 if name.endswith("key.pem") else 0o644)
        path.write_bytes(octets)
        written.append(path)
    return written


def random_key(name: str) -> rsa.RSAPrivateKey:
    """Draw a key; the name does not matter."""
    return rsa.generate_private_key(65537, 2048)


def random_tls_key(name: str) -> ec.EllipticCurvePrivateKey:
    """Draw a key for TLS; the name does not matter."""
    return ec.generate_private_key(ec.SECP256R1())


class _Authority:
    """Issues certificates, each with a serial number of its own name."""

    def __init__(self, key: rsa.RSAPrivateKey, validity: Validity) -> None:
        self._key = key
        self.validity = validity
        self._name = _distinguished(_AUTHORITY)
        builder = self._builder(self._name, key.public_key(), "ca", validity.regular)
        builder = builder.add_extension(x509.BasicConstraints(True, 0), critical=True)
        builder = builder.add_extension(_usage(ca=True), critical=True)
        self.certificate = builder.sign(key, hashes.SHA256())

    def message(
        self, name: str, kind: str, key: rsa.RSAPublicKey, times: tuple[datetime, datetime]
    ) -> x509.Certificate:
        """Issue a certificate for signing and encrypting messages."""
        points = x509.DistributionPoint(
            [x509.UniformResourceIdentifier(CRL_ADDRESS)], None, None, None
        )
        builder = (
            self._builder(_distinguished(name), key, f"{name} {kind}", times)
            .add_extension(x509.BasicConstraints(False, None), critical=True)
            .add_extension(_usage(ca=False), critical=True)
            .add_extension(x509.CRLDistributionPoints([points]), critical=False)
        )
        return self._issue(builder)

    def tls(self, name: str, key: ec.EllipticCurvePublicKey) -> x509.Certificate:
        """Issue a certificate for TLS on this machine, as server and as client."""
        hosts: list[x509.GeneralName] = [x509.DNSName("localhost")]
        hosts += [x509.IPAddress(ipaddress.ip_address(each)) for each in ("127.0.0.1", "::1")]
        purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        subject = _distinguished(f"{name} TLS")
        builder = (
            self._builder(subject, key, f"{name} tls", self.validity.regular)
            .add_extension(x509.BasicConstraints(False, None), critical=True)
            .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
            .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        )
        return self._issue(builder)

    def revoke(self, certificates: Sequence[x509.Certificate]) -> x509.CertificateRevocationList:
        """List certificates as revoked since the beginning."""
        first, last = self.validity.regular
        builder = x509.CertificateRevocationListBuilder().issuer_name(self._name)
        builder = builder.last_update(first).next_update(last)
        for each in certificates:
            revoked = x509.RevokedCertificateBuilder().serial_number(each.serial_number)
            builder = builder.add_revoked_certificate(revoked.revocation_date(first).build())
        return builder.sign(self._key, hashes.SHA256())

    def _builder(
        self,
        subject: x509.Name,
        key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
        serial: str,
        times: tuple[datetime, datetime],
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(_serial(serial))
            .not_valid_before(times[0])
            .not_valid_after(times[1])
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )

    def _issue(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        own = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return builder.add_extension(own, critical=False).sign(self._key, hashes.SHA256())


def _access_point(
    name: str, authority: _Authority, stranger: _Authority, keys: Keys, tls_keys: TlsKeys
) -> LabAccessPoint:
    key, next_key, tls_key = keys(name), keys(f"{name} next"), tls_keys(name)
    first, last = authority.validity.regular
    at = authority.validity.at
    public, following = key.public_key(), next_key.public_key()
    certificates = {
        "good": authority.message(name, "good", public, (first, last)),
        "next": authority.message(name, "next", following, (at - _DAY, last)),
        "expired": authority.message(name, "expired", public, (first, at - _DAY)),
        "not-yet-valid": authority.message(name, "later", public, (last - _DAY, last)),
        "revoked": authority.message(name, "revoked", public, (first, last)),
        "unknown": stranger.message(name, "unknown", public, (first, last)),
    }
    tls = authority.tls(name, tls_key.public_key())
    return LabAccessPoint(name, key, next_key, certificates, tls_key, tls)


def _distinguished(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "EU"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def _serial(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:15], "big") | 1


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=not ca,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )
