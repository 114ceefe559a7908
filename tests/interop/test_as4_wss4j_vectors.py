"""We open what Apache WSS4J signed and encrypted, in every form of key and payload."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509

from bridge.envelope import OctetContent
from bridge.errors import RefusedMessage
from bridge.transport.as4.content import MemorySink
from bridge.transport.as4.keys import LoadedDecrypter, load_key
from bridge.transport.as4.mime import Package, Part
from bridge.transport.as4.pmode import Peer, PModes
from bridge.transport.as4.suites import SUITES
from bridge.transport.as4.trust import PeerTrust
from bridge.transport.as4.unpack import Policy, VerifiedMessage, open_message
from tests.as4_attacks import Forgery
from tests.as4_worlds import LEGS, NOW, TYPE, chance, contents

FOLDER = Path(__file__).with_name("wss4j")
SENDER, CA = x509.load_pem_x509_certificates((FOLDER / "sender.pem").read_bytes())
IDS = ["a" * 32 + "@bridge.example", "b" * 32 + "@bridge.example"]
DOCUMENT = (FOLDER / "document.xml").read_bytes()
CANONICAL = (
    b'<?pi before?>\n<a xmlns="urn:x" b="1"><?pi inside?><c>\xc3\xa4&#xD;\xe2\x82\xac&lt;x&gt;</c></a>'
    b"\n<?pi after?>"
)
LINES = b"a\r\nb\r\nc\r\nd\r\n\r\ne\r\n\r\n\r\n"
GIVEN = {
    "token": [DOCUMENT, b""],
    "path": [DOCUMENT, b""],
    "issuer-serial": [DOCUMENT, b""],
    "key-identifier": [DOCUMENT, b""],
    "thumbprint": [DOCUMENT, b""],
    "xml": [CANONICAL, b""],
    "ebrs": [CANONICAL, b""],
    "svg": [CANONICAL, b""],
    "text": [LINES, b""],
    "octets": [DOCUMENT, b""],
    "no-payload": [],
    "x25519": [DOCUMENT, b""],
    "x25519-key-identifier": [DOCUMENT, b""],
    "ec": [DOCUMENT, b""],
}
SUITE_OF = {"x25519": "x25519", "x25519-key-identifier": "x25519", "ec": "ec"}


def package(name: str) -> Package:
    files = sorted((FOLDER / name).glob("part*"))
    parts = tuple(
        Part(content_id, OctetContent(file.read_bytes()))
        for content_id, file in zip(IDS, files, strict=False)
    )
    return Package((FOLDER / name / "soap.xml").read_bytes(), parts)


def opened(
    message: Package, trust: PeerTrust | None = None, name: str = "token"
) -> VerifiedMessage:
    suite = SUITES[SUITE_OF.get(name, "rsa")]
    peer = Peer("DE", "AP_DE_01", TYPE + "DE", trust or PeerTrust((sender(name),)), suite=suite)
    pmodes = PModes((("AP_FR_01", TYPE + "FR"),), (peer,), LEGS)
    key, (certificate,) = load_key(own(name, "keys.pem").read_bytes(), None)
    policy = Policy(pmodes, (LoadedDecrypter(key, certificate),), chance(b"x"), MemorySink)
    return open_message(message.soap, message.parts, policy, NOW)


def own(name: str, file: str) -> Path:
    return FOLDER / name / file if name in SUITE_OF else FOLDER / file


def sender(name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificates(own(name, "sender.pem").read_bytes())[0]


def test_no_folder_is_left_out() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.is_dir()} == GIVEN.keys()


@pytest.mark.parametrize("name", GIVEN)
def test_a_message_of_wss4j_is_opened(name: str) -> None:
    message = opened(package(name), name=name)
    assert contents(message) == GIVEN[name]
    assert message.certificate == sender(name)


@pytest.mark.parametrize("name", GIVEN)
def test_a_message_of_wss4j_that_was_changed_is_refused(name: str) -> None:
    message = package(name)
    soap = message.soap.replace(b"PROVIDER-ID", b"PROVIDER-1D")
    with pytest.raises(RefusedMessage) as fault:
        opened(Package(soap, message.parts), name=name)
    assert fault.value.code == "EBMS:0101"


def test_a_path_of_wss4j_leads_to_its_anchor() -> None:
    trust = PeerTrust(anchors=(CA,), subject=SENDER.subject.rfc4514_string())
    assert opened(package("path"), trust).certificate == SENDER


@pytest.mark.parametrize("name", [name for name in GIVEN if name != "no-payload"])
def test_parts_of_wss4j_that_were_exchanged_are_refused(name: str) -> None:
    forgery = Forgery(package(name))
    first, second = forgery.parts
    forgery.parts = [Part(first.content_id, second.content), Part(second.content_id, first.content)]
    with pytest.raises(RefusedMessage):
        opened(forgery.done(), name=name)
