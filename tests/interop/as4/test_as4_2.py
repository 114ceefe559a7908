"""The experimental suites of AS4 2.0, with the two implementations that have them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bridge.ports import Progress
from bridge.transport.as4.suites import SUITES
from bridge.transport.as4.transport import Identity
from bridge.transport.as4.trust import PeerTrust
from tests.as4_worlds import KINDS, Side, octets, private_key, side
from tests.interop.as4.conftest import java_command
from tests.interop.as4.foreign import ForeignPeer, Outcome, running
from tests.interop.as4.points import OWN, PDF, THEIRS, XML, message, own_point, write_settings

PARTS = (("application/x-ebrs+xml", XML), ("application/pdf", PDF))
EXPERIMENTAL = [name for name, suite in SUITES.items() if suite.experimental]


def ours(suite: str) -> Side:
    return side("DE", suite)


def theirs(suite: str) -> Side:
    return side("FR", suite)


def settings(folder: Path, suite: str) -> Path:
    signs, decrypts = KINDS[suite]
    agreeing = "FR" if decrypts == signs else "FR-agree"
    keys = {"key": private_key("FR", signs), "decrypts-key": private_key(agreeing, decrypts)}
    certificates = {
        "certificate": theirs(suite).certificate,
        "decrypts": theirs(suite).decrypter.certificate,
        "partner": ours(suite).certificate,
        "recipient": ours(suite).decrypter.certificate,
        "ca": theirs(suite).certificate,
    }
    files = {
        name: key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        for name, key in keys.items()
    }
    files |= {name: pem(each) for name, each in certificates.items()}
    return write_settings(folder, files, suite)


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


@pytest.fixture(scope="module", params=EXPERIMENTAL)
def suite(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=["wss4j", "phase4"])
def peer(
    request: pytest.FixtureRequest, suite: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ForeignPeer]:
    folder = tmp_path_factory.mktemp(f"{request.param}-{suite}")
    command = java_command(request.param, settings(folder, suite))
    with running(request.param, command, folder / "log") as found:
        yield found


def identity(suite: str) -> Identity:
    own = ours(suite)
    return Identity(own.signer, (own.decrypter,), "bridge.example")


def agreed(suite: str) -> dict[str, object]:
    other = theirs(suite)
    return {
        "suite": SUITES[suite],
        "trust": PeerTrust((other.certificate,)),
        "encryption": (other.decrypter.certificate,),
    }


async def test_a_peer_takes_what_we_send_and_we_its_receipt(peer: ForeignPeer, suite: str) -> None:
    sent = message(OWN, THEIRS, "response", *PARTS)
    async with own_point(peer.url, identity(suite), **agreed(suite)) as own:
        report = await own.send(sent)
    causes = [f"{each.code} {each.detail}" for each in report.causes]
    assert report.progress is Progress.DELIVERED, (causes, peer.tail())
    got = await asyncio.to_thread(peer.received, sent.message_id)
    assert got is not None
    assert [row[3] for row in got.parts] == [hashlib.sha256(data).hexdigest() for _, data in PARTS]


async def test_we_take_what_a_peer_sends_and_it_our_receipt(
    peer: ForeignPeer, suite: str, tmp_path: Path
) -> None:
    sent = message(THEIRS, OWN, "response", *PARTS)
    async with own_point(peer.url, identity(suite), **agreed(suite)) as own:
        outcome = await asyncio.to_thread(peer.send, sent, own.url, tmp_path)
        got = own.kept(sent.message_id)
    assert outcome == Outcome("receipt", (), "verified"), (outcome, peer.tail())
    assert got is not None
    assert [octets(each.content) for each in got.payloads] == [data for _, data in PARTS]
