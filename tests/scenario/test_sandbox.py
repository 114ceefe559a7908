"""`bridge sandbox pki`: a PKI for a laboratory in one command."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography import x509

from bridge.transport.as4.keys import LoadedDecrypter, LoadedSigner, load_key
from bridge.transport.as4.trust import PeerTrust
from tests.scenario.cli import Cli


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(capsys)


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_it_makes_keys_that_sign_and_decrypt_and_certificates_that_lead_to_the_authority(
    cli: Cli, tmp_path: Path
) -> None:
    folder = tmp_path / "lab"
    ran = cli("sandbox", "pki", folder, "--name", "AP_XX_01", "--json")
    assert ran.code == 0
    files = {str(Path(each).relative_to(folder)) for each in ran.json["files"]}
    assert {"ca.pem", "ca.crl", "AP_XX_01/key.pem", "AP_XX_01/good.pem"} <= files
    own = folder / "AP_XX_01"
    for key, certificate in (("key", "good"), ("next-key", "next")):
        pem = (own / f"{key}.pem").read_bytes() + (own / f"{certificate}.pem").read_bytes()
        private, chain = load_key(pem, None)
        assert LoadedSigner(private, chain)
        assert LoadedDecrypter(private, chain[0])
        assert stat.S_IMODE((own / f"{key}.pem").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("kind", "objection"),
    [
        ("good", None),
        ("next", None),
        ("expired", "it is not valid at this time"),
        ("not-yet-valid", "it is not valid at this time"),
        ("revoked", "it is revoked"),
        ("unknown", "no path leads to an anchor"),
    ],
)
def test_its_certificates_are_what_their_names_say(
    cli: Cli, tmp_path: Path, kind: str, objection: str | None
) -> None:
    folder = tmp_path / "lab"
    assert cli("sandbox", "pki", folder, "--name", "AP_XX_01", "--at", "2026-03-02").code == 0
    certificate = read(folder / "AP_XX_01" / f"{kind}.pem")
    crl = x509.load_pem_x509_crl((folder / "ca.crl").read_bytes())
    trust = PeerTrust((certificate,), (read(folder / "ca.pem"),), revocations=(crl,))
    at = crl.last_update_utc.replace(month=3, day=3)
    assert trust.objection((certificate,), at) == objection


def test_keys_that_are_there_are_not_overwritten(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    (folder / "AP_DE_01").mkdir(parents=True)
    ran = cli("sandbox", "pki", folder)
    assert ran.code == 2
    assert "never overwritten" in ran.err
    assert not (folder / "ca.pem").exists()


@pytest.mark.parametrize(
    "words",
    [("--name", "../up"), ("--name", ""), ("--years", "0"), ("--years", "x"), ("--at", "soon")],
)
def test_names_and_times_that_are_none_are_refused(
    cli: Cli, tmp_path: Path, words: tuple[str, str]
) -> None:
    assert cli("sandbox", "pki", tmp_path / "lab", *words).code == 2
    assert not (tmp_path / "lab").exists()
