"""`bridge peers`: two bridges, started as processes of their own, that call each other over TLS."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.as4_tls import TlsAuthority
from tests.pmodes import PMODE
from tests.scenario.cli import REPOSITORY, Cli, process
from tests.unit.transport.as4.test_pmode_import import jks

TYPE = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:"


def message_key(path: Path, name: str, days: int = 300) -> x509.Certificate:
    """Write a made-up key and certificate, valid now."""
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.with_suffix(".pem").write_bytes(pem)
    path.with_suffix(".key").write_bytes(private + pem)
    return certificate


def peers_file(folder: Path, own: str, other: str, port: int = 9, **changes: str) -> Path:
    values = {"sign": f'["{other}.pem"]', "tls": '{ anchors = "authority.pem" }', **changes}
    lines = "\n".join(f"{key} = {value}" for key, value in values.items())
    path = folder / f"{own}.toml"
    path.write_text(f"""\
[own]
parties = [{{ id = "AP_{own}_01", type = "{TYPE}{own}" }}]
key = "{own}.key"
domain = "{own.lower()}.example"

[[peer]]
name = "{other.lower()}"
id = "AP_{other}_01"
type = "{TYPE}{other}"
endpoint = "https://127.0.0.1:{port}/services/msh"
{lines}
""")
    return path


@contextmanager
def answering(file: Path, tls: Path | None = None) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Run ``bridge peers answer`` as a process; gives its port and the process."""
    words = ["peers", "answer", "--file", str(file), "--port", "0"]
    running = subprocess.Popen(
        [sys.executable, "-m", "bridge", *words, *(["--tls", str(tls)] if tls else [])],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        text=True,
    )
    try:
        assert running.stdout is not None
        found = re.search(r":(\d+)/services/msh", running.stdout.readline())
        assert found is not None
        yield int(found[1]), running
        assert running.poll() is None
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)
    assert running.returncode == 130


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("peers")
    TlsAuthority(made).issue("xb", "127.0.0.1")
    for name in ("XA", "XB", "XC"):
        message_key(made / name, name)
    message_key(made / "ending", "ending", days=10)
    message_key(made / "ended", "ended", days=-1)
    return made


def test_one_bridge_calls_another_over_tls(folder: Path) -> None:
    there = peers_file(folder, "XB", "XA")
    with answering(there, folder / "xb-tls.pem") as (port, _):
        here = peers_file(folder, "XA", "XB", port)
        ran = process("-m", "bridge", "peers", "ping", "xb", "--file", here, "--json")
        assert ran.code == 0, ran.out + ran.err
        assert (ran.json["peer"], ran.json["delivered"], ran.json["causes"]) == ("xb", True, [])
        told = process("-m", "bridge", "peers", "ping", "xb", "--file", here)
        assert "gave a receipt that proves it" in told.out


FAILURES = {
    "a certificate of somebody else": (
        {"encrypt": '["XB.pem"]', "sign": '["XC.pem"]'},
        "EBMS:0302",
    ),
    "encrypted for somebody else": ({"encrypt": '["XC.pem"]'}, "EBMS:0102"),
    "no authority for TLS": ({"tls": "{}"}, "EBMS:0005"),
    "another party": ({"id": '"AP_XC_01"'}, "EBMS:0003"),
}


@pytest.mark.parametrize(("changes", "code"), FAILURES.values(), ids=FAILURES)
def test_a_call_that_fails_says_why(folder: Path, changes: dict[str, str], code: str) -> None:
    there = peers_file(folder, "XB", "XA")
    with answering(there, folder / "xb-tls.pem") as (port, _):
        here = peers_file(folder, "XA", "XB", port, **changes)
        text = here.read_text()
        if "id" in changes:
            here.write_text(text.replace('id = "AP_XB_01"\n', "", 1))
        ran = process("-m", "bridge", "peers", "ping", "xb", "--file", here, "--json")
    assert ran.code == 1, ran.err
    assert ran.json["causes"][0]["code"] == code
    assert not ran.json["delivered"]


def test_nobody_there_is_told(folder: Path, bridge: Cli) -> None:
    ran = bridge("peers", "ping", "xb", "--file", peers_file(folder, "XA", "XB"))
    assert ran.code == 1
    assert "gave no receipt" in ran.out and "EBMS:0005" in ran.out


def test_a_peer_nobody_knows_is_wrong_use(folder: Path, bridge: Cli) -> None:
    ran = bridge("peers", "ping", "xx", "--file", peers_file(folder, "XA", "XB"))
    assert ran.code == 2
    assert "no such peer" in ran.err


def test_the_peers_are_listed(folder: Path, bridge: Cli) -> None:
    file = peers_file(folder, "XA", "XB", versions='["made-up:v1"]')
    ran = bridge("peers", "list", "--file", file)
    assert ran.code == 0
    assert "AP_XB_01" in ran.out and "made-up:v1" in ran.out
    [line] = bridge("peers", "list", "--file", file, "--json").json
    assert (line["name"], line["enabled"], len(line["certificates"][0])) == ("xb", True, 64)
    off = peers_file(folder, "XA", "XB", enabled="false")
    assert "disabled" in bridge("peers", "list", "--file", off).out


CHECKS = {
    "all is well": ("XB", 0, []),
    "one ends soon": ("ending", 0, [("xb", "sign", True), ("xb", "encrypt", True)]),
    "one has ended": ("ended", 1, [("xb", "sign", False), ("xb", "encrypt", False)]),
}


@pytest.mark.parametrize(("file", "code", "told"), CHECKS.values(), ids=CHECKS)
def test_certificates_that_end_are_told(
    folder: Path, bridge: Cli, file: str, code: int, told: list[tuple[str, str, bool]]
) -> None:
    peers = peers_file(folder, "XA", "XB", sign=f'["{file}.pem"]')
    ran = bridge("peers", "check", "--file", peers, "--json")
    assert ran.code == code
    found = [(e["peer"], e["use"], e["valid"]) for e in ran.json["certificates"]]
    assert found == told
    plain = bridge("peers", "check", "--file", peers)
    assert plain.code == code
    assert ("ends in" in plain.out, "has ended" in plain.out) == (file == "ending", file == "ended")


def test_everything_wrong_with_a_file_is_told_at_once(folder: Path, bridge: Cli) -> None:
    file = peers_file(folder, "XA", "XB", sing='["XB.pem"]', retry='"never"')
    ran = bridge("peers", "check", "--file", file)
    assert ran.code == 2
    assert "did you mean 'sign'?" in ran.err
    assert ran.err.count("line ") >= 2


def test_the_command_needs_the_whole_program() -> None:
    ran = process(
        "-c", "import sys; from bridge.cli.main import main; sys.exit(main(['peers', 'list']))"
    )
    assert ran.code == 2
    assert "use the command 'bridge'" in ran.err


# --- import -----------------------------------------------------------------------


@pytest.fixture
def domibus(tmp_path: Path) -> Path:
    (tmp_path / "pmode.xml").write_text(PMODE)
    (tmp_path / "secret").write_text("changeit\n")
    found = {name: message_key(tmp_path / name, name) for name in ("ap_fr_01", "ee-demo")}
    (tmp_path / "store.jks").write_bytes(jks(found))
    return tmp_path


def words(folder: Path, *more: str) -> list[object]:
    return [
        "peers", "import", folder / "pmode.xml", "--truststore", folder / "store.jks",
        "--password-file", folder / "secret", "-o", folder / "peers.toml", *more,
    ]  # fmt: skip


def test_a_pmode_becomes_a_file_of_peers(domibus: Path, bridge: Cli) -> None:
    ran = bridge(*words(domibus))
    assert ran.code == 0, ran.err
    assert "blanks around its endpoint were cut" in ran.err
    assert "ee-demo: left out because its endpoint is unprotected" in ran.err
    [line] = bridge("peers", "list", "--file", domibus / "peers.toml", "--json").json
    assert line["endpoint"] == "https://fr.example:8443/domibus/services/msh"
    assert not list(domibus.glob(".*"))


def test_a_grave_change_waits_for_approval(domibus: Path, bridge: Cli) -> None:
    assert bridge(*words(domibus)).code == 0
    before = (domibus / "peers.toml").read_bytes()
    (domibus / "pmode.xml").write_text(PMODE.replace("fr.example", "evil.example"))
    held = bridge(*words(domibus))
    assert held.code == 1
    assert "evil.example" in held.out and "--approve" in held.err
    assert (domibus / "peers.toml").read_bytes() == before
    taken = bridge(*words(domibus, "--approve", "--json"))
    assert taken.code == 0
    assert (taken.json["written"], len(taken.json["changes"])) == (True, 1)
    assert b"evil.example" in (domibus / "peers.toml").read_bytes()


def test_a_wrong_password_is_told(domibus: Path, bridge: Cli) -> None:
    (domibus / "secret").write_text("another")
    ran = bridge(*words(domibus))
    assert ran.code == 2
    assert "password" in ran.err
    assert not (domibus / "peers.toml").exists()


def test_the_report_is_one_json_object(domibus: Path, bridge: Cli) -> None:
    ran = bridge(*words(domibus, "--allow-http", "--json"))
    assert json.loads(ran.out)["written"] is True
    assert len(bridge("peers", "list", "--file", domibus / "peers.toml", "--json").json) == 2
