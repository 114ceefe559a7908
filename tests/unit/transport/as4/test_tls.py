"""TLS between access points: nothing old, the host's name always, client certificates if agreed."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bridge.errors import SettingsFault
from bridge.ports import Progress
from bridge.transport.as4.client import Address
from bridge.transport.as4.peers import Remote
from bridge.transport.as4.schedule import ONCE
from bridge.transport.as4.server import Listening
from bridge.transport.as4.tls import (
    SUITES_1_2,
    ClientCertificates,
    TlsKey,
    TlsSettings,
    client_context,
    server_context,
)
from bridge.transport.as4.transport import As4Settings
from tests.as4_points import PATH, SHORT, Point, receiving, transport_of
from tests.as4_tls import TlsAuthority
from tests.as4_worlds import envelope, side
from tests.contract.desk import Clock, Desk


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TlsAuthority:
    return TlsAuthority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> TlsAuthority:
    return TlsAuthority(tmp_path_factory.mktemp("stranger"), "stranger")


@asynccontextmanager
async def guarded(
    authority: TlsAuthority, *hosts: str, clients: ClientCertificates = "none"
) -> AsyncIterator[Point]:
    context = server_context(authority.issue("fr", *hosts), clients, authority.anchor)
    async with receiving(SHORT, Listening(path=PATH, tls=context)) as point:
        yield point


async def sent(point: Point, settings: TlsSettings) -> Progress:
    url = point.url.replace("http:", "https:")
    remote = Remote(side("FR").as_peer(), Address(url, settings), ONCE)
    transport = transport_of(side("DE"), remote, settings=As4Settings())
    await transport.start(Desk(Clock()))
    try:
        return (await transport.send(envelope(side("DE"), side("FR")))).progress
    finally:
        await transport.stop()


async def test_a_host_with_its_own_name_and_a_known_authority_is_taken(
    authority: TlsAuthority,
) -> None:
    async with guarded(authority, "127.0.0.1") as point:
        assert await sent(point, TlsSettings(authority.anchor)) is Progress.DELIVERED


REFUSED = {"another name": "fr.example", "another address": "127.0.0.2"}


@pytest.mark.parametrize("host", REFUSED.values(), ids=REFUSED)
async def test_a_host_of_another_name_is_not(authority: TlsAuthority, host: str) -> None:
    async with guarded(authority, host) as point:
        assert await sent(point, TlsSettings(authority.anchor)) is Progress.FAILED
        assert point.desk.arrivals == {}


async def test_a_host_of_an_unknown_authority_is_not(
    authority: TlsAuthority, stranger: TlsAuthority
) -> None:
    async with guarded(authority, "127.0.0.1") as point:
        assert await sent(point, TlsSettings(stranger.anchor)) is Progress.FAILED
        assert await sent(point, TlsSettings()) is Progress.FAILED


CLIENTS: dict[str, tuple[ClientCertificates, str, Progress]] = {
    "required and there": ("required", "own", Progress.DELIVERED),
    "required and not there": ("required", "none", Progress.FAILED),
    "required and of a stranger": ("required", "stranger", Progress.FAILED),
    "optional and there": ("optional", "own", Progress.DELIVERED),
    "optional and not there": ("optional", "none", Progress.DELIVERED),
    "optional and of a stranger": ("optional", "stranger", Progress.FAILED),
}


@pytest.mark.parametrize(("clients", "which", "progress"), CLIENTS.values(), ids=CLIENTS)
async def test_client_certificates_are_a_matter_of_agreement(
    authority: TlsAuthority,
    stranger: TlsAuthority,
    clients: ClientCertificates,
    which: str,
    progress: Progress,
) -> None:
    keys = {"own": authority.issue("de"), "stranger": stranger.issue("de"), "none": None}
    async with guarded(authority, "127.0.0.1", clients=clients) as point:
        assert await sent(point, TlsSettings(authority.anchor, keys[which])) is progress


OLD = {"TLS 1.0": ssl.TLSVersion.TLSv1, "TLS 1.1": ssl.TLSVersion.TLSv1_1}


@pytest.mark.parametrize("version", OLD.values(), ids=OLD)
async def test_nothing_older_than_1_2_is_spoken(
    authority: TlsAuthority, version: ssl.TLSVersion
) -> None:
    async with guarded(authority, "127.0.0.1") as point:
        context = ssl.create_default_context(cafile=authority.anchor)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = version
        context.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.raises(OSError):
            await point.session.get(point.url.replace("http:", "https:"), ssl=context)


@pytest.mark.parametrize(
    "cipher", ["AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256"]
)
async def test_a_suite_without_forward_secrecy_or_gcm_is_not_spoken(
    authority: TlsAuthority, cipher: str
) -> None:
    async with guarded(authority, "127.0.0.1") as point:
        context = ssl.create_default_context(cafile=authority.anchor)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(cipher)
        with pytest.raises(OSError):
            await point.session.get(point.url.replace("http:", "https:"), ssl=context)


def test_the_suites_are_those_of_the_reference() -> None:
    context = client_context(TlsSettings())
    names = {each["name"] for each in context.get_ciphers()}
    assert names - set(SUITES_1_2.split(":")) == {
        "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256",
    }  # fmt: skip
    assert set(SUITES_1_2.split(":")) <= names
    assert context.check_hostname and context.verify_mode is ssl.CERT_REQUIRED


WRONG = {
    "no such anchors": lambda path: client_context(TlsSettings(path / "nowhere.pem")),
    "no such key": lambda path: server_context(TlsKey(path / "nowhere.pem")),
    "a key that is none": lambda path: server_context(TlsKey(path / "empty.pem")),
    "client certificates of nobody": lambda path: server_context(
        TlsAuthority(path).issue("fr"), "required"
    ),
}


@pytest.mark.parametrize("make", WRONG.values(), ids=WRONG)
def test_files_that_cannot_be_used_are_told(tmp_path: Path, make: object) -> None:
    (tmp_path / "empty.pem").write_bytes(b"")
    with pytest.raises(SettingsFault):
        make(tmp_path)  # type: ignore[operator]


ADDRESSES = {
    "blanks around it": (" https://fr.example/domibus/services/msh ", False, True),
    "an address without a name": ("https://198.51.100.7:8443/as4", False, True),
    "a path in any case": ("https://fr.example/Domibus/services/MSH", False, True),
    "clear and allowed": ("http://fr.example/as4", True, True),
    "clear": ("http://fr.example/as4", False, False),
    "of another kind": ("ftp://fr.example/as4", True, False),
    "with a password": ("https://a:b@fr.example/as4", False, False),
    "without a host": ("https:///as4", False, False),
    "with a line break": ("https://fr.example/\r\nHost: evil", False, False),
    "a port that is none": ("https://fr.example:99999/as4", False, False),
    "nothing": ("", False, False),
}


@pytest.mark.parametrize(("url", "clear", "good"), ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_is_plain_and_protected(url: str, clear: bool, good: bool) -> None:
    if good:
        assert Address(url, clear=clear).url == url.strip()
        return
    with pytest.raises(SettingsFault):
        Address(url, clear=clear)
