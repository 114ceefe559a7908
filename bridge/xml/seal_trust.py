"""Whose seal counts: anchors, pinned certificates, certificates of single providers (NOOTS 4.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

from cryptography import x509
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from bridge.xml.seal_key import UNREADABLE_CERTIFICATE, allows_signatures


@dataclass(frozen=True, slots=True)
class SealTrust:
    """The configured trust; empty, it trusts nobody.

    ``anchors`` issue certificates of any provider, ``pinned`` are taken as they are. A provider
    named in ``providers`` may use only the certificates listed there, and nobody else may use
    them. The key of the mapping is the text of ``EvidenceProviderReference``, compared exactly.
    ``revocations`` are checked where they are there; a missing or old list says nothing.
    """

    anchors: tuple[x509.Certificate, ...] = ()
    pinned: tuple[x509.Certificate, ...] = ()
    providers: Mapping[str, tuple[x509.Certificate, ...]] = field(default_factory=dict)
    revocations: tuple[x509.CertificateRevocationList, ...] = ()

    def objection(
        self,
        certificate: x509.Certificate,
        intermediates: Sequence[x509.Certificate],
        *,
        at: datetime,
        provider: str | None,
    ) -> str | None:
        """Say why ``certificate`` is not trusted for ``provider`` at ``at``; None if it is."""
        if not allows_signatures(certificate):
            return "its key usage names neither digitalSignature nor nonRepudiation"
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            return "it is not valid at the time of the check"
        listed = self.providers.get(provider) if provider is not None else None
        if listed is not None:
            return None if certificate in listed else "it is not one of the provider's"
        if any(certificate in others for others in self.providers.values()):
            return "it belongs to another provider"
        if certificate in self.pinned:
            return None
        return self._path_objection(certificate, intermediates, at)

    def _path_objection(
        self, certificate: x509.Certificate, intermediates: Sequence[x509.Certificate], at: datetime
    ) -> str | None:
        if not self.anchors:
            return "it is not pinned and there are no anchors"
        # Seal certificates name no host, so the web's demands on end entities do not apply.
        policy = PolicyBuilder().store(Store(list(self.anchors))).time(at.astimezone(UTC))
        policy = policy.extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(),
            ee_policy=ExtensionPolicy.permit_all().require_present(
                x509.KeyUsage, Criticality.AGNOSTIC, _check_usage
            ),
        )
        try:
            path = policy.build_client_verifier().verify(certificate, list(intermediates)).chain
        except (VerificationError, *UNREADABLE_CERTIFICATE):
            return "no path leads to an anchor"
        for subject, issuer in pairwise(path):
            if self._is_revoked(subject, issuer, at):
                return "a certificate of its path is revoked"
        return None

    def _is_revoked(
        self, subject: x509.Certificate, issuer: x509.Certificate, at: datetime
    ) -> bool:
        for revocations in self.revocations:
            if revocations.issuer != issuer.subject:
                continue
            if not revocations.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]
                continue
            entry = revocations.get_revoked_certificate_by_serial_number(subject.serial_number)
            if entry is not None and entry.revocation_date_utc <= at:
                return True
        return False


def _check_usage(policy: Policy, certificate: x509.Certificate, usage: x509.KeyUsage) -> None:
    if not (usage.digital_signature or usage.content_commitment):
        raise ValueError("no signatures")
