"""Revocation lists and OCSP, fetched in the background and never while a message waits (as4 7.3).

What is fetched becomes part of the peers' trust; the trust itself asks nobody. A list is proved
there, by the issuer that the path leads over; an OCSP response is proved here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from bridge.errors import EdgeFault
from bridge.transport.as4.peers import Peers, Remote
from bridge.transport.as4.pmode import Peer
from bridge.transport.as4.trust import Standing
from bridge.xml.seal_key import UNREADABLE_CERTIFICATE

LOG: Final = logging.getLogger(__name__)

EVERY: Final = timedelta(hours=1)
"""How often lists and responders are asked, whatever their next update."""
_SHORT_LIVED: Final = timedelta(hours=12)
"""How long an OCSP response without next update counts."""
_AHEAD: Final = timedelta(minutes=5)

Fetch = Callable[[str, bytes | None], Awaitable[bytes]]
"""GETs an address, or POSTs an OCSP request to it; raises `EdgeFault`."""


def list_addresses(certificate: x509.Certificate) -> tuple[str, ...]:
    """Give the http addresses of the lists that a certificate names."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, *UNREADABLE_CERTIFICATE):
        return ()
    names = (name for point in points for name in point.full_name or ())
    return _addresses(names)


def responder_addresses(certificate: x509.Certificate) -> tuple[str, ...]:
    """Give the http addresses of the OCSP responders that a certificate names."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except (x509.ExtensionNotFound, *UNREADABLE_CERTIFICATE):
        return ()
    return _addresses(
        each.access_location
        for each in access.value
        if each.access_method == AuthorityInformationAccessOID.OCSP
    )


def _addresses(names: Any) -> tuple[str, ...]:
    found = (each.value for each in names if isinstance(each, x509.UniformResourceIdentifier))
    return tuple(each for each in found if each.lower().startswith(("http://", "https://")))


def request_for(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """Make an OCSP request (DER); SHA-1 names the certificate because every responder knows it."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())
    return builder.build().public_bytes(Encoding.DER)


def read_standing(
    octets: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
) -> Standing | None:
    """Prove an OCSP response; None where it proves nothing about the certificate now.

    Signed by the issuer itself, or by a responder that the issuer certified for it (RFC 6960
    4.2.2.2).
    """
    try:
        response = ocsp.load_der_ocsp_response(octets)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return None
        if response.serial_number != certificate.serial_number:
            return None
        if not any(_is_signed(response, each) for each in _signers(response, issuer, now)):
            return None
        begins = response.this_update_utc
        until = response.next_update_utc or begins + _SHORT_LIVED
        status = response.certificate_status
    except UNREADABLE_CERTIFICATE:
        return None
    if not begins - _AHEAD <= now <= until or status is ocsp.OCSPCertStatus.UNKNOWN:
        return None
    return Standing(certificate, status is ocsp.OCSPCertStatus.REVOKED, until)


def _signers(
    response: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime
) -> list[x509.Certificate]:
    found = [issuer]
    for each in response.certificates:
        try:
            each.verify_directly_issued_by(issuer)
            usage = each.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except (InvalidSignature, TypeError, x509.ExtensionNotFound, *UNREADABLE_CERTIFICATE):
            continue
        valid = each.not_valid_before_utc <= now <= each.not_valid_after_utc
        if valid and ExtendedKeyUsageOID.OCSP_SIGNING in usage:
            found.append(each)
    return found


def _is_signed(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    key, digest = signer.public_key(), response.signature_hash_algorithm
    if not isinstance(digest, hashes.SHA256 | hashes.SHA384 | hashes.SHA512):
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(digest))
        else:
            return False
    except InvalidSignature:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Kept:
    """A list with the time it was fetched."""

    revocations: x509.CertificateRevocationList
    fetched: datetime


class Revocations:
    """Keeps lists and standings fresh; ``inform`` puts what is known into a snapshot of peers."""

    def __init__(self, fetch: Fetch, clock: Callable[[], datetime]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lists: dict[str, _Kept] = {}
        self._standings: dict[bytes, Standing] = {}

    async def refresh(self, peers: Peers) -> None:
        """Fetch what is due for these peers; where that fails, what is known stays."""
        wanted = _wanted(peers)
        addresses = {name for remote in wanted for name in _lists_of(remote)}
        asked = {
            (certificate, issuer)
            for remote in wanted
            for certificate in remote.peer.trust.pinned
            for issuer in remote.peer.trust.anchors
            if certificate.issuer == issuer.subject
        }
        await asyncio.gather(
            *(self._refresh_list(each) for each in sorted(addresses)),
            *(self._refresh_standing(*each) for each in asked),
        )

    def inform(self, peers: Peers) -> Peers:
        """Give the peers with the lists and standings that are known for them."""
        return peers.with_peers([self._informed(remote) for remote in _wanted(peers)])

    def _informed(self, remote: Remote) -> Peer:
        trust = remote.peer.trust
        kept = (self._lists.get(name) for name in _lists_of(remote))
        lists = tuple(each.revocations for each in kept if each is not None)
        standings = tuple(
            standing
            for certificate in trust.pinned
            if (standing := self._standings.get(certificate.fingerprint(hashes.SHA256())))
        )
        trust = replace(trust, revocations=lists, standings=standings)
        return replace(remote.peer, trust=trust)

    async def _refresh_list(self, address: str) -> None:
        kept, now = self._lists.get(address), self._clock()
        if kept is not None and not _is_due(kept, now):
            return
        try:
            octets = await self._fetch(address, None)
        except EdgeFault as fault:
            LOG.warning("a revocation list could not be fetched: %s", fault.what)
            return
        found = _read_list(octets)
        if found is None:
            LOG.warning("what is at the address of a revocation list is none")
        # An older list may be the one from before a revocation.
        elif kept is None or found.last_update_utc >= kept.revocations.last_update_utc:
            self._lists[address] = _Kept(found, now)

    async def _refresh_standing(
        self, certificate: x509.Certificate, issuer: x509.Certificate
    ) -> None:
        name, now = certificate.fingerprint(hashes.SHA256()), self._clock()
        for address in responder_addresses(certificate):
            try:
                octets = await self._fetch(address, request_for(certificate, issuer))
            except EdgeFault as fault:
                LOG.warning("an OCSP responder gave no answer: %s", fault.what)
                continue
            standing = read_standing(octets, certificate, issuer, now)
            if standing is not None:
                self._standings[name] = standing
                return
            LOG.warning("an OCSP response proves nothing")


def _wanted(peers: Peers) -> list[Remote]:
    return [each for each in peers.remotes if each.peer.trust.revocation != "off"]


def _lists_of(remote: Remote) -> tuple[str, ...]:
    """Give the addresses of lists for a peer, each once."""
    named = (name for each in remote.peer.trust.pinned for name in list_addresses(each))
    return tuple(dict.fromkeys((*named, *remote.lists)))


def _is_due(kept: _Kept, now: datetime) -> bool:
    ends = kept.revocations.next_update_utc
    return now - kept.fetched >= EVERY or (ends is not None and now >= ends)


def _read_list(octets: bytes) -> x509.CertificateRevocationList | None:
    pem = octets.lstrip().startswith(b"-----BEGIN")
    try:
        found = x509.load_pem_x509_crl(octets) if pem else x509.load_der_x509_crl(octets)
        _ = found.last_update_utc, found.next_update_utc
    except UNREADABLE_CERTIFICATE:
        return None
    return found


def unchecked(peer: Peer) -> Sequence[x509.Certificate]:
    """Give the pinned certificates whose lists nobody could prove: there is no anchor above them.

    With ``hard`` such a certificate is never taken.
    """
    trust = peer.trust
    if trust.revocation != "hard" or trust.anchors:
        return ()
    return [e for e in trust.pinned if e.issuer != e.subject and list_addresses(e)]
