"""Whose signature counts for a peer: pinned certificates, paths, revocation (as4 7.2, 7.3).

Nothing is fetched here: revocation lists are passed in, refreshed elsewhere in the background.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from cryptography import x509
from cryptography.x509.verification import (
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from bridge.errors import SettingsFault
from bridge.transport.as4.keys import allows
from bridge.xml.seal_key import UNREADABLE_CERTIFICATE

Revocation: TypeAlias = Literal["hard", "soft", "off"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a proved OCSP response says of one certificate, and until when it says so."""

    certificate: x509.Certificate
    revoked: bool
    until: datetime


@dataclass(frozen=True, slots=True)
class PeerTrust:
    """What a peer may sign with.

    ``pinned`` certificates are the peer's own, old and new during a roll-over. A certificate
    that is not pinned counts only if it leads to ``anchors`` and its subject is exactly
    ``subject`` (RFC 4514): a path alone says that somebody is a member, not who. With anchors
    the pinned ones need a path too. ``revocation``: ``hard`` refuses a certificate that names
    where its list is when no current list is there, ``soft`` takes it, ``off`` asks no list. A
    current standing is as good as a current list; who is revoked in either is revoked.
    Raises `SettingsFault` when it trusts nobody, or a path without a subject.
    """

    pinned: tuple[x509.Certificate, ...] = ()
    anchors: tuple[x509.Certificate, ...] = ()
    subject: str = ""
    revocations: tuple[x509.CertificateRevocationList, ...] = ()
    revocation: Revocation = "hard"
    tolerance: timedelta = timedelta(minutes=2)
    standings: tuple[Standing, ...] = ()

    def __post_init__(self) -> None:
        if not self.pinned and not (self.anchors and self.subject):
            raise SettingsFault(
                "a peer needs pinned certificates, or anchors and its subject", code="AS4-TRUST"
            )

    def objection(self, chain: Sequence[x509.Certificate], at: datetime) -> str | None:
        """Say why the first certificate is not one to sign with at ``at``; None if it is.

        ``chain`` is what the message holds: the signer's, then those of issuers, if any.
        """
        leaf = chain[0]
        pinned = leaf in self.pinned
        if not pinned and not (self.subject and leaf.subject.rfc4514_string() == self.subject):
            return "it is not one of the peer's"
        slack = self.tolerance
        if not leaf.not_valid_before_utc - slack <= at <= leaf.not_valid_after_utc + slack:
            return "it is not valid at this time"
        if not allows(leaf, "digital_signature"):
            return "its key usage allows no signatures"
        path = self._path(leaf, chain[1:], at)
        if path is None:
            return "no path leads to an anchor"
        return self._revocation_objection(leaf, path[1:], at)

    def _path(
        self, leaf: x509.Certificate, others: Sequence[x509.Certificate], at: datetime
    ) -> list[x509.Certificate] | None:
        """Give the proved path, the leaf first; the leaf alone where no anchors are asked for."""
        if not self.anchors or leaf in self.anchors:
            return [leaf]
        # Message certificates name no host, so the web's demands on end entities do not apply.
        policy = PolicyBuilder().store(Store(list(self.anchors))).time(at.astimezone(UTC))
        policy = policy.extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
        )
        try:
            return policy.build_client_verifier().verify(leaf, list(others)).chain
        except (VerificationError, *UNREADABLE_CERTIFICATE):
            return None

    def _revocation_objection(
        self, leaf: x509.Certificate, issuers: Sequence[x509.Certificate], at: datetime
    ) -> str | None:
        """Ask the lists; only a proved issuer vouches for one, none that a message brings."""
        if self.revocation == "off":
            return None
        current = False
        for standing in self.standings:
            if standing.certificate == leaf and standing.revoked:
                return "it is revoked"
            current = current or (standing.certificate == leaf and at <= standing.until)
        for each in self.revocations:
            if each.issuer != leaf.issuer or not _is_by(each, (*issuers, *self.pinned)):
                continue
            if each.get_revoked_certificate_by_serial_number(leaf.serial_number) is not None:
                return "it is revoked"
            current = current or (each.next_update_utc is None or at <= each.next_update_utc)
        if not current and self.revocation == "hard" and _names_lists(leaf):
            return "there is no current revocation list for it"
        return None


def _is_by(
    revocations: x509.CertificateRevocationList, issuers: Sequence[x509.Certificate]
) -> bool:
    return any(
        issuer.subject == revocations.issuer and revocations.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
        for issuer in issuers
    )


def _names_lists(certificate: x509.Certificate) -> bool:
    try:
        certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints)
    except x509.ExtensionNotFound:
        return False
    except UNREADABLE_CERTIFICATE:
        return True
    return True
