"""xmlsec1 agrees with our signatures over header and body, and we with those it makes.

It knows neither the attachment transform nor OAEP with SHA-256, so messages with payloads are
left to other referees.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree

from bridge.errors import RefusedMessage
from bridge.names import DS, EBMS, EXC_C14N, SOAP12, clark
from bridge.transport.as4.errors import EbmsError
from bridge.transport.as4.mime import Package
from bridge.transport.as4.receipt import check_receipt, prove, write_receipt
from bridge.transport.as4.signal import SignalHead, read_signal, write_errors
from tests.as4_attacks import Forgery
from tests.as4_worlds import NOW, rsa_key, side, world

XMLSEC = shutil.which("xmlsec1")
pytestmark = pytest.mark.skipif(XMLSEC is None, reason="xmlsec1 is not installed")

IDS = ["--id-attr:Id", f"{EBMS}:Messaging", "--id-attr:Id", f"{SOAP12}:Body"]


def xmlsec(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(XMLSEC), *words], capture_output=True, text=True, timeout=60, check=False
    )


def judged(soap: bytes, signer: str, folder: Path) -> bool:
    message, certificate = folder / "message.xml", folder / "certificate.pem"
    message.write_bytes(soap)
    certificate.write_bytes(side(signer).certificate.public_bytes(Encoding.PEM))
    run = xmlsec("--verify", *IDS, "--pubkey-cert-pem", str(certificate), str(message))
    return run.returncode == 0


def ping() -> bytes:
    return world().pack(payloads=()).package.soap


def receipt() -> bytes:
    here = world()
    message = here.open(here.pack().package)
    return write_receipt(message, "receipt-1@x.example", here.receiver.making(), NOW)


def error() -> bytes:
    head = SignalHead("error-1@x.example", NOW, "m@x")
    return write_errors(head, [EbmsError("EBMS:0004", "failure")], side("FR").making())


MADE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a message without payloads": (ping, "DE"),
    "a receipt": (receipt, "FR"),
    "an error": (error, "FR"),
}


@pytest.mark.parametrize(("make", "signer"), MADE.values(), ids=MADE)
def test_xmlsec1_takes_our_signatures(
    make: Callable[[], bytes], signer: str, tmp_path: Path
) -> None:
    assert judged(make(), signer, tmp_path)


@pytest.mark.parametrize(("make", "signer"), MADE.values(), ids=MADE)
def test_xmlsec1_refuses_what_was_changed(
    make: Callable[[], bytes], signer: str, tmp_path: Path
) -> None:
    changed = make().replace(b"2026-03-02T", b"2026-03-03T", 1)
    assert not judged(changed, signer, tmp_path)
    assert not judged(make(), "ES", tmp_path)


def signed_by_xmlsec1(forgery: Forgery, signer: str, folder: Path) -> bytes:
    for element in forgery.signature.iter(clark(DS, "DigestValue"), clark(DS, "SignatureValue")):
        element.text = ""
    template, key, output = (folder / name for name in ("template.xml", "key.pem", "signed.xml"))
    template.write_bytes(forgery.done().soap)
    key.write_bytes(
        rsa_key(signer).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    run = xmlsec("--sign", *IDS, "--privkey-pem", str(key), "--output", str(output), str(template))
    assert run.returncode == 0, run.stderr
    return output.read_bytes()


def test_we_take_a_message_that_xmlsec1_signed(tmp_path: Path) -> None:
    forgery = Forgery(Package(ping()))
    for number in (0, 1):
        transform = forgery.reference(number).find(f".//{clark(DS, 'Transform')}")
        etree.SubElement(transform, clark(EXC_C14N, "InclusiveNamespaces"), PrefixList="S12 eb wsu")
    method = forgery.one(DS, "CanonicalizationMethod")
    etree.SubElement(method, clark(EXC_C14N, "InclusiveNamespaces"), PrefixList="S12 xenc")
    found = world().open(Package(signed_by_xmlsec1(forgery, "DE", tmp_path)))
    assert found.certificate == side("DE").certificate


def test_we_take_a_receipt_that_xmlsec1_signed(tmp_path: Path) -> None:
    here = world()
    sent = here.pack()
    message = here.open(sent.package)
    forgery = Forgery(Package(write_receipt(message, "r@x", here.receiver.making(), NOW)))
    # Copies of references inside the receipt are content, not a template to fill.
    signal = read_signal(signed_by_xmlsec1(forgery, "FR", tmp_path))
    assert check_receipt(signal, sent, here.to_peer, NOW)


def test_we_refuse_what_xmlsec1_signed_for_somebody_else(tmp_path: Path) -> None:
    forgery = Forgery(Package(error()))
    signal = read_signal(signed_by_xmlsec1(forgery, "ES", tmp_path))
    with pytest.raises(RefusedMessage) as fault:
        prove(signal, side("FR").as_peer(), NOW)
    assert fault.value.code == "EBMS:0101"
