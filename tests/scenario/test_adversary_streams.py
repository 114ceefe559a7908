"""Streams, times and names as nobody means them: a sentence or a stated outcome, never a fault."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.cli.documents import read_octets, write_message
from bridge.cli.options import moment
from bridge.message import Attachment, Group, Head, Message
from bridge.standards.catalogue import Catalogue
from bridge.xml.parse import DEFAULT_LIMITS

ROOT = Path(__file__).parents[2]
SMALL = ROOT / "fixtures" / "edm" / "1.2" / "request-small.xml"
EXTREME = ROOT / "fixtures" / "edm" / "1.2" / "request-extreme.xml"
FAULT = "fault of bridge itself"


def shell(command: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["sh", "-c", command.replace("bridge ", f"'{sys.executable}' -m bridge ")],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("command", "code"),
    [
        pytest.param(f"bridge check '{SMALL}' >&-", 2, id="output-closed"),
        pytest.param(f"bridge check '{SMALL}' >&- 2>&-", 2, id="both-closed"),
        pytest.param("bridge check - <&-", 3, id="input-closed"),
        pytest.param("bridge show - <&-", 3, id="input-closed-show"),
    ],
)
def test_closed_streams_are_no_fault(command: str, code: int) -> None:
    done = shell(command)
    assert done.returncode == code
    assert FAULT not in done.stderr.decode()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_a_full_disk_is_told_in_a_sentence() -> None:
    done = shell(f"bridge check '{SMALL}' >/dev/full")
    assert done.returncode == 2
    assert "the output cannot be written" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no endless device here")
def test_of_an_endless_file_only_the_limit_is_read() -> None:
    assert len(read_octets("/dev/zero")) == DEFAULT_LIMITS.octets + 1


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_json_is_json_on_a_stream_of_any_encoding(encoding: str) -> None:
    done = shell(f"bridge show '{EXTREME}' --json", PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    told = json.loads(done.stdout.decode(encoding))
    with_utf8 = shell(f"bridge show '{EXTREME}' --json", PYTHONIOENCODING="utf-8")
    assert told == json.loads(with_utf8.stdout)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_has_no_utc_is_wrong_use(text: str) -> None:
    with pytest.raises(Exception, match="is no time"):
        moment(text)


@pytest.mark.parametrize(
    ("content", "name"),
    [(b'[choice]\nx = "\xe4"\n', "latin1"), (b"a = " + b"[" * 5000 + b"]" * 5000, "deep")],
)
def test_a_context_that_is_no_toml_in_utf8_is_wrong_use(
    content: bytes, name: str, tmp_path: Path
) -> None:
    path = tmp_path / f"{name}.toml"
    path.write_bytes(content)
    done = shell(f"bridge translate '{SMALL}' --to xnachweis-1.4 --context '{path}'")
    assert done.returncode == 2
    assert FAULT not in done.stderr.decode()


@pytest.mark.parametrize(
    "content_ids",
    [
        pytest.param(("same@one.example", "same@two.example"), id="same-part-before-at"),
        pytest.param(("../a@x.example", "../b@x.example"), id="names-not-fit-for-a-file"),
        pytest.param(("A@x.example", "a@x.example"), id="other-case"),
    ],
)
def test_no_attachment_overwrites_another(content_ids: tuple[str, str], tmp_path: Path) -> None:
    binding = Catalogue(ROOT / "xsd").binding("edm-1.2")
    parts = tuple(
        Attachment(content_id, "application/pdf", content_id.encode()) for content_id in content_ids
    )
    message = Message(Head("edm", "1.2", "QueryResponse"), Group(), parts)
    _, paths = write_message(tmp_path, b"<a/>", message, binding)
    assert [path.read_bytes() for path in paths] == [part.content for part in parts]
    assert all(path.parent == tmp_path / "attachments" for path in paths)
