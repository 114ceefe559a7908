"""A sealed answer is judged on its way: a broken seal never crosses the border (NOOTS 4.3)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bridge.cli.main import main
from bridge.resources import fixtures

SEALED = fixtures() / "xnachweis" / "1.4" / "0302-sealed.xml"
REQUEST = fixtures() / "demo" / "request-1.2.xml"
AUTHORITY = fixtures() / "keys" / "test-ca.pem"


def translated(
    path: Path, capsys: pytest.CaptureFixture[str], *more: str
) -> tuple[int, dict[str, str]]:
    code = main(
        ["translate", str(path), "--to", "edm-1.2", "--request", str(REQUEST), "--json", *more]
    )
    report = json.loads(capsys.readouterr().out)
    return code, {finding["id"]: finding["severity"] for finding in report["findings"]}


def test_a_good_seal_of_a_trusted_certificate_passes_without_a_word(
    capsys: pytest.CaptureFixture[str],
) -> None:
    trusted = ("--trust", str(AUTHORITY), "--now", "2026-06-01T00:00:00Z")
    code, findings = translated(SEALED, capsys, *trusted)
    assert code == 0
    assert not any(name.startswith("SEAL") for name in findings)


def test_without_trust_a_good_seal_is_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    code, findings = translated(SEALED, capsys)
    assert code == 0
    assert findings["SEAL-UNTRUSTED"] == "warning"


def test_a_seal_that_does_not_cover_the_document_stops_the_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tampered = tmp_path / "0302.xml"
    tampered.write_bytes(SEALED.read_bytes().replace(b"JVBERi0", b"JVBERi1"))
    code, findings = translated(tampered, capsys)
    assert code == 1
    assert findings["SEAL"] == "fatal"


def test_a_certificate_outside_the_named_trust_stops_the_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    after_its_end = ("--trust", str(AUTHORITY), "--now", "2199-01-01T00:00:00Z")
    code, findings = translated(SEALED, capsys, *after_its_end)
    assert code == 1
    assert findings["SEAL"] == "fatal"
