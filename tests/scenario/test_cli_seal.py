"""`bridge seal sign` and `verify` on real messages and a made-up authority."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from tests.scenario.cli import FIXTURES, Cli

KEYS = FIXTURES / "keys"
CA, SEAL = KEYS / "test-ca.pem", KEYS / "test-seal.pem"
VERSION = FIXTURES / "xnachweis" / "1.4"
SEALED = VERSION / "0302-sealed.xml"
AT = "2026-02-03T09:15:30Z"


@pytest.mark.parametrize("name", ["0102-full", "0302-full", "0412-full"])
def test_what_sign_seals_verify_accepts(bridge: Cli, tmp_path: Path, name: str) -> None:
    out = tmp_path / "new" / "sealed.xml"
    signed = bridge("seal", "sign", VERSION / f"{name}.xml", "-k", SEAL, "-o", out, "--json")
    assert signed.code == 0
    assert bridge("check", out).code == 0
    verified = bridge("seal", "verify", out, "--trust", CA, "--json")
    assert verified.code == 0
    seals = verified.json["seals"]
    assert [seal["object"] for seal in seals] == signed.json["signed"]
    assert {seal["verdict"] for seal in seals} == {"valid"}


def test_a_changed_document_is_no_longer_covered(bridge: Cli, tmp_path: Path) -> None:
    text = SEALED.read_text("utf-8")
    start = text.index("JVBER")
    changed = tmp_path / "changed.xml"
    changed.write_text(f"{text[: start + 9]}A{text[start + 10 :]}", "utf-8")
    ran = bridge("seal", "verify", changed, "--trust", CA, "--json")
    assert ran.code == 1
    assert ran.json["seals"][0]["verdict"] == "invalid-digest"


def test_a_single_signer_may_be_trusted_without_its_authority(bridge: Cli) -> None:
    ran = bridge("seal", "verify", SEALED, "--trust", SEAL, "--at", AT)
    assert ran.code == 0
    assert "valid" in ran.out and "CN=Kraftfahrt-Testamt" in ran.out


def test_certificates_are_judged_at_the_time_that_is_asked_for(bridge: Cli) -> None:
    ran = bridge("seal", "verify", SEALED, "--trust", CA, "--at", "2020-01-01", "--json")
    assert ran.code == 1
    assert ran.json["seals"][0]["verdict"] == "untrusted-certificate"


def test_a_missing_seal_fails_unless_it_is_allowed(bridge: Cli) -> None:
    words = ("seal", "verify", VERSION / "0302-full.xml", "--trust", CA)
    ran = bridge(*words)
    assert ran.code == 1 and "absent" in ran.out
    assert bridge(*words, "--allow-absent").code == 0


def test_a_message_without_evidence_has_nothing_to_verify(bridge: Cli) -> None:
    words = ("seal", "verify", VERSION / "0302-deferred.xml", "--trust", CA)
    assert bridge(*words).code == 1
    assert bridge(*words, "--allow-absent").code == 0


@pytest.mark.parametrize(
    "path",
    [FIXTURES / "edm/1.2/response-full.xml", VERSION / "0301-full.xml"],
    ids=lambda p: p.stem,
)
def test_only_messages_with_a_place_for_a_seal_take_one(
    bridge: Cli, tmp_path: Path, path: Path
) -> None:
    out = tmp_path / "out.xml"
    signing = bridge("seal", "sign", path, "-k", SEAL, "-o", out)
    assert signing.code == 2 and "no place for a seal" in signing.err
    assert not out.exists()
    assert bridge("seal", "verify", path, "--trust", CA).code == 2


def test_key_certificate_and_password_may_stand_in_files_of_their_own(
    bridge: Cli, tmp_path: Path
) -> None:
    pem = SEAL.read_bytes()
    key = load_pem_private_key(pem, None)
    locked = BestAvailableEncryption(b"geheim")
    form = (Encoding.PEM, PrivateFormat.PKCS8)
    (tmp_path / "key.pem").write_bytes(key.private_bytes(*form, NoEncryption()))
    (tmp_path / "locked.pem").write_bytes(key.private_bytes(*form, locked))
    (tmp_path / "cert.pem").write_bytes(pem[pem.index(b"-----BEGIN CERTIFICATE") :])
    (tmp_path / "word").write_text("geheim\n")
    out = tmp_path / "out.xml"
    words = ["seal", "sign", VERSION / "0302-full.xml", "-c", tmp_path / "cert.pem", "-o", out]
    assert bridge(*words, "-k", tmp_path / "key.pem").code == 0
    locked_words = [*words, "-k", tmp_path / "locked.pem"]
    assert bridge(*locked_words, "--password-file", tmp_path / "word").code == 0
    wrong = bridge(*locked_words)
    assert wrong.code == 2 and "seal key" in wrong.err
