"""Who is revoked is refused; lists and responses count only from whom they should come."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from bridge.errors import EdgeFault
from bridge.transport.as4.peers import Peers
from bridge.transport.as4.revocation import (
    Revocations,
    list_addresses,
    read_standing,
    request_for,
    responder_addresses,
    unchecked,
)
from bridge.transport.as4.transport import As4Settings
from bridge.transport.as4.trust import PeerTrust, Revocation
from tests.as4_points import GuardedDesk, remote_of, transport_of
from tests.as4_worlds import NOW, certificate, distinguished, rsa_key, side
from tests.contract.desk import Clock

CA = certificate("ca", ca=True)
OTHER_CA = certificate("other-ca", ca=True)
LEAF = certificate("DE", issuer="ca", serial=77, crl=True)
URL = "http://crl.example/ca.crl"
OCSP_URL = "http://ocsp.example/"
HOUR = timedelta(hours=1)


def crl(*serials: int, by: str = "ca", at: datetime = NOW, hours: int = 24) -> bytes:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(distinguished("ca"))
        .last_update(at - HOUR)
        .next_update(at + hours * HOUR)
    )
    for serial in serials:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at - HOUR)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(rsa_key(by), hashes.SHA256()).public_bytes(Encoding.DER)


class Web:
    """What is at which address; what is not, is away."""

    def __init__(self, **pages: bytes) -> None:
        self.pages = {URL: pages.get("crl"), OCSP_URL: pages.get("ocsp")}
        self.asked: list[str] = []

    async def fetch(self, address: str, body: bytes | None) -> bytes:
        self.asked.append(address)
        page = self.pages.get(address)
        if page is None:
            raise EdgeFault("away", retryable=True)
        return page


def peers(*, revocation: Revocation = "hard", **trust: object) -> Peers:
    found = PeerTrust((LEAF,), (CA,), revocation=revocation, **trust)  # type: ignore[arg-type]
    remote = remote_of(side("DE"))
    named = remote_of(side("DE"), peer=side("DE").as_peer(trust=found))
    assert remote.name == named.name
    return Peers((), (named,))


async def objection(web: Web, revocation: Revocation = "hard", at: datetime = NOW) -> str | None:
    clock = Clock()
    clock.now = at
    revocations, snapshot = Revocations(web.fetch, clock), peers(revocation=revocation)
    await revocations.refresh(snapshot)
    [remote] = revocations.inform(snapshot).remotes
    return remote.peer.trust.objection((LEAF,), at)


ROWS: dict[str, tuple[Web, Revocation, str | None]] = {
    "a list without it": (Web(crl=crl(78)), "hard", None),
    "a list with it": (Web(crl=crl(77)), "hard", "it is revoked"),
    "a list with it, soft": (Web(crl=crl(77)), "soft", "it is revoked"),
    "a list with it, off": (Web(crl=crl(77)), "off", None),
    "no list": (Web(), "hard", "there is no current revocation list for it"),
    "no list, soft": (Web(), "soft", None),
    "a list that is over": (Web(crl=crl(at=NOW - 48 * HOUR)), "hard", "there is no current revocation list for it"),
    "a list of somebody else": (Web(crl=crl(by="other-ca")), "hard", "there is no current revocation list for it"),
    "no list at its address": (Web(crl=b"<html>"), "hard", "there is no current revocation list for it"),
}  # fmt: skip


@pytest.mark.parametrize(("web", "revocation", "expected"), ROWS.values(), ids=ROWS)
async def test_lists_decide_as_they_are_set(
    web: Web, revocation: Revocation, expected: str | None
) -> None:
    assert await objection(web, revocation) == expected
    assert web.asked == ([] if revocation == "off" else [URL])


async def test_a_list_is_kept_while_its_address_is_away_and_asked_again_in_time() -> None:
    web, clock = Web(crl=crl()), Clock()
    clock.now = NOW
    revocations, snapshot = Revocations(web.fetch, clock), peers()
    for minutes in (0, 30, 59):
        clock.now = NOW + timedelta(minutes=minutes)
        await revocations.refresh(snapshot)
    assert web.asked == [URL]
    web.pages[URL] = None
    clock.now = NOW + 2 * HOUR
    await revocations.refresh(snapshot)
    assert web.asked == [URL, URL]
    [remote] = revocations.inform(snapshot).remotes
    assert remote.peer.trust.objection((LEAF,), clock.now) is None
    assert remote.peer.trust.objection((LEAF,), NOW + 25 * HOUR) is not None


async def test_an_older_list_does_not_bring_back_who_was_revoked() -> None:
    web, clock = Web(crl=crl(77)), Clock()
    clock.now = NOW
    revocations, snapshot = Revocations(web.fetch, clock), peers()
    await revocations.refresh(snapshot)
    web.pages[URL] = crl(at=NOW - HOUR)
    clock.now = NOW + 2 * HOUR
    await revocations.refresh(snapshot)
    [remote] = revocations.inform(snapshot).remotes
    assert remote.peer.trust.objection((LEAF,), clock.now) == "it is revoked"


async def test_further_addresses_are_asked_too() -> None:
    web = Web()
    web.pages["http://other.example/list"] = crl(77)
    [remote] = peers().remotes
    snapshot = Peers(
        (), (remote_of(side("DE"), peer=remote.peer, lists=("http://other.example/list",)),)
    )
    revocations = Revocations(web.fetch, lambda: NOW)
    await revocations.refresh(snapshot)
    [informed] = revocations.inform(snapshot).remotes
    assert informed.peer.trust.objection((LEAF,), NOW) == "it is revoked"


# --- OCSP -------------------------------------------------------------------------


def with_responder() -> x509.Certificate:
    access = x509.AccessDescription(
        AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(OCSP_URL)
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(distinguished("DE"))
        .issuer_name(distinguished("ca"))
        .public_key(rsa_key("DE").public_key())
        .serial_number(77)
        .not_valid_before(NOW - HOUR)
        .not_valid_after(NOW + 1000 * HOUR)
        .add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    )
    return builder.sign(rsa_key("ca"), hashes.SHA256())


OCSP_LEAF = with_responder()


def delegate(*, usage: bool = True, issuer: str = "ca") -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(distinguished("responder"))
        .issuer_name(distinguished("ca"))
        .public_key(rsa_key("responder").public_key())
        .serial_number(5)
        .not_valid_before(NOW - HOUR)
        .not_valid_after(NOW + 1000 * HOUR)
    )
    if usage:
        signing = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
        builder = builder.add_extension(signing, critical=False)
    return builder.sign(rsa_key(issuer), hashes.SHA256())


def response(
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    *,
    about: x509.Certificate = OCSP_LEAF,
    by: str = "ca",
    responder: x509.Certificate = CA,
    at: datetime = NOW,
) -> bytes:
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=about, issuer=CA, algorithm=hashes.SHA1(), cert_status=status,
            this_update=at - HOUR, next_update=at + HOUR,
            revocation_time=at - HOUR if revoked else None, revocation_reason=None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, responder)
    )  # fmt: skip
    if responder is not CA:
        builder = builder.certificates([responder])
    return builder.sign(rsa_key(by), hashes.SHA256()).public_bytes(Encoding.DER)


GOOD, REVOKED = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED
RESPONSES: dict[str, tuple[bytes, bool | None]] = {
    "good": (response(GOOD), False),
    "revoked": (response(REVOKED), True),
    "unknown": (response(ocsp.OCSPCertStatus.UNKNOWN), None),
    "by a responder of the issuer": (response(by="responder", responder=delegate()), False),
    "by one without the usage": (response(by="responder", responder=delegate(usage=False)), None),
    "by one of another issuer": (response(by="responder", responder=delegate(issuer="other-ca")), None),
    "by somebody else": (response(by="other-ca", responder=OTHER_CA), None),
    "about another certificate": (response(about=certificate("FR", issuer="ca", serial=78)), None),
    "over": (response(at=NOW - 3 * HOUR), None),
    "not yet": (response(at=NOW + 3 * HOUR), None),
    "refused": (
        ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(
            Encoding.DER
        ),
        None,
    ),
    "nothing": (b"", None),
    "octets": (b"\x30\x03\x0a\x01\x00", None),
    "one octet changed": (response()[:-5] + b"\x00" + response()[-4:], None),
}  # fmt: skip


@pytest.mark.parametrize(("octets", "revoked"), RESPONSES.values(), ids=RESPONSES)
def test_a_response_is_proved_before_it_counts(octets: bytes, revoked: bool | None) -> None:
    standing = read_standing(octets, OCSP_LEAF, CA, NOW)
    assert (None if standing is None else standing.revoked) is revoked


@pytest.mark.parametrize(
    ("octets", "expected"), [(response(GOOD), None), (response(REVOKED), "it is revoked")]
)
async def test_a_responder_is_asked_and_believed(octets: bytes, expected: str | None) -> None:
    web = Web(ocsp=octets)
    trust = PeerTrust((OCSP_LEAF,), (CA,))
    snapshot = Peers((), (remote_of(side("DE"), peer=side("DE").as_peer(trust=trust)),))
    revocations = Revocations(web.fetch, lambda: NOW)
    await revocations.refresh(snapshot)
    [remote] = revocations.inform(snapshot).remotes
    assert web.asked == [OCSP_URL]
    [standing] = remote.peer.trust.standings
    assert standing.revoked is (expected is not None)


def test_what_a_certificate_names_is_found() -> None:
    assert list_addresses(LEAF) == (URL,)
    assert responder_addresses(OCSP_LEAF) == (OCSP_URL,)
    assert list_addresses(CA) == responder_addresses(LEAF) == ()
    request = ocsp.load_der_ocsp_request(request_for(LEAF, CA))
    assert request.serial_number == 77


def test_a_hard_check_that_nobody_can_make_is_seen() -> None:
    alone = side("DE").as_peer(trust=PeerTrust((LEAF,)))
    assert unchecked(alone) == [LEAF]
    assert unchecked(side("DE").as_peer(trust=PeerTrust((LEAF,), (CA,)))) == ()
    assert unchecked(side("DE").as_peer(trust=PeerTrust((LEAF,), revocation="soft"))) == ()
    assert unchecked(side("DE").as_peer()) == []


# --- in the running access point --------------------------------------------------


async def test_the_lists_are_there_before_the_first_message_and_a_new_one_counts_soon() -> None:
    web, clock = Web(crl=crl()), Clock()
    clock.now = NOW
    turn: asyncio.Queue[None] = asyncio.Queue()
    done: asyncio.Queue[None] = asyncio.Queue()

    async def pause(event: asyncio.Event, seconds: float) -> None:
        done.put_nowait(None)
        either = [asyncio.ensure_future(each) for each in (event.wait(), turn.get())]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        for each in either:
            each.cancel()

    transport = transport_of(
        side("FR"),
        *peers().remotes,
        clock=clock,
        settings=As4Settings(),
        fetch=web.fetch,
        pause=pause,
    )
    await transport.start(GuardedDesk())
    try:
        trust = transport.peers.remotes[0].peer.trust
        assert trust.objection((LEAF,), NOW) is None
        await done.get()
        web.pages[URL] = crl(77, at=NOW + HOUR)
        clock.now = NOW + 2 * HOUR
        turn.put_nowait(None)
        await done.get()
        trust = transport.peers.remotes[0].peer.trust
        assert trust.objection((LEAF,), clock.now) == "it is revoked"
        transport.agree(Peers(transport.peers.own, peers().remotes))
        assert transport.peers.remotes[0].peer.trust.revocations
    finally:
        await transport.stop()
