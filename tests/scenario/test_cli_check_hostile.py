"""`bridge check` on archives, envelopes and names made to hurt: findings, within time and memory."""

from __future__ import annotations

import io
import json
import os
import random
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.cli import intake
from bridge.cli.intake import given
from tests.scenario.cli import FIXTURES, REPOSITORY, Cli
from tests.unit.rules.headers import messaging, submission

REQUEST = (FIXTURES / "edm" / "1.2" / "request-small.xml").read_bytes()
HOSTILE = sorted((FIXTURES / "hostile").glob("*.xml"))
VALUES = ("Kask", "Mari-Liis", "1988-04-17", "79999901", "48804170009")
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


def archive(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return file.getvalue()


def encrypted(octets: bytes) -> bytes:
    """The same archive with the bit that says that its members are encrypted."""
    found = bytearray(octets)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = found.find(mark)
        while start >= 0:
            found[start + place] |= 1
            start = found.find(mark, start + 4)
    return bytes(found)


GOOD = {"a.xml": REQUEST}
ARCHIVES: dict[str, tuple[bytes, int, str]] = {
    "encrypted": (encrypted(archive(GOOD)), 3, "encrypted"),
    "an archive inside": (archive({"inner.zip": archive(GOOD)}), 3, "inside an archive"),
    "a message beside an archive inside": (
        archive({**GOOD, "inner.zip": archive(GOOD)}),
        3,
        "inside an archive",
    ),
    "cut off": (archive(GOOD)[:-30], 3, "broken"),
    "only its first octets": (b"PK\x03\x04", 3, "broken"),
    "empty": (archive({}), 3, "holds no message"),
    "no message in it": (archive({"a.txt": REQUEST}), 3, "holds no message"),
    "only folders": (archive({"a.xml/": b""}), 3, "holds no message"),
    "damaged content": (
        archive(GOOD, zipfile.ZIP_STORED).replace(b"Kask", b"Kusk"),
        3,
        "cannot be unpacked",
    ),
    "up and away": (archive({"../../../etc/passwd.xml": REQUEST}), 0, "valid"),
    "from the root": (archive({"/etc/passwd.xml": REQUEST}), 0, "valid"),
    "from a drive": (archive({"C:\\Windows\\a.xml": REQUEST}), 0, "valid"),
    "hostile documents": (archive({p.name: p.read_bytes() for p in HOSTILE}), 3, "XML-DTD"),
    "envelopes": (archive({"a.xml": submission(messaging(), REQUEST).encode()}), 1, "QueryRequest"),
}


@pytest.mark.parametrize(("octets", "code", "said"), ARCHIVES.values(), ids=ARCHIVES)
def test_an_archive_ends_in_findings(
    bridge: Cli, tmp_path: Path, octets: bytes, code: int, said: str
) -> None:
    path = tmp_path / "given.zip"
    path.write_bytes(octets)
    before = sorted(tmp_path.rglob("*"))
    ran = bridge("check", path)
    assert ran.code == code
    assert said in ran.out
    assert ran.err == ""
    assert not [value for value in VALUES if value in ran.out]
    assert sorted(tmp_path.rglob("*")) == before


def test_a_name_of_a_member_cannot_speak_to_the_terminal(bridge: Cli, tmp_path: Path) -> None:
    path = tmp_path / "given.zip"
    path.write_bytes(archive({"\x1b[2J\x1b]0;owned\x07\r.xml": REQUEST}))
    ran = bridge("check", path)
    assert ran.code == 0
    assert not set("\x1b\x07\r") & set(ran.out)


def test_a_name_of_a_member_is_whole_in_json(bridge: Cli, tmp_path: Path) -> None:
    path = tmp_path / "given.zip"
    path.write_bytes(archive({'a"\n\x1b.xml': REQUEST}))
    (told,) = bridge("check", path, "--json").json["files"]
    assert told["file"] == f'{path}!/a"\n\x1b.xml'


def test_an_archive_that_unpacks_to_too_much_is_left(
    bridge: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_OCTETS", 3 * len(REQUEST))
    path = tmp_path / "given.zip"
    path.write_bytes(archive({f"{number}.xml": REQUEST for number in range(9)}))
    told = bridge("check", path, "--json").json["files"]
    assert [each["verdict"] for each in told] == ["valid"] * 3 + ["unreadable"]
    assert "unpacks to more" in told[-1]["findings"][0]["message"]


def test_an_archive_of_too_many_members_is_not_begun(
    bridge: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_MEMBERS", 4)
    path = tmp_path / "given.zip"
    path.write_bytes(archive({f"{number}.xml": REQUEST for number in range(5)}))
    (told,) = bridge("check", path, "--json").json["files"]
    assert "more than 4 members" in told["findings"][0]["message"]


def test_a_bomb_costs_no_more_than_the_limit_of_a_message(tmp_path: Path) -> None:
    """Half a gigabyte of blanks in half a megabyte; the process may take one and a half in all."""
    path = tmp_path / "bomb.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("a.xml", "w") as file,
    ):
        for _ in range(512):
            file.write(b" " * (1 << 20))
    assert path.stat().st_size < 1 << 20
    most = 3 << 29
    done = subprocess.run(
        [sys.executable, "-m", "bridge", "check", str(path)],
        cwd=REPOSITORY,
        capture_output=True,
        timeout=120,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most)),
    )
    assert done.returncode == 3, done.stderr.decode()
    assert "XML-SIZE" in done.stdout.decode()
    assert done.stderr == b""


def damaged(method: int) -> list[bytes]:
    """An archive with one octet changed, everywhere, and cut off, everywhere."""
    whole = archive({"a.xml": b"<a>text</a>", "folder/\u00fc.xml": b"<b/>"}, method)
    chance = random.Random(method)
    found = []
    for place, octet in enumerate(whole):
        for other in {0, 255, octet ^ 1, octet ^ 128, chance.randrange(256)} - {octet}:
            found.append(whole[:place] + bytes([other]) + whole[place + 1 :])
    return found + [whole[:end] for end in range(0, len(whole), 5)]


@pytest.mark.parametrize("method", METHODS, ids=["stored", "deflated", "bzip2", "lzma"])
def test_any_damage_to_an_archive_ends_in_what_could_be_read_and_why_not(
    tmp_path: Path, method: int
) -> None:
    path = tmp_path / "given.zip"
    for octets in damaged(method):
        path.write_bytes(octets)
        for each in given([str(path)]):
            assert each.octets == b"" or each.fault is None


DOCUMENTS: dict[str, Callable[[bytes], bytes]] = {
    "alone": lambda octets: octets,
    "in a payload": lambda octets: submission(messaging(), octets).encode(),
    "in an archive": lambda octets: archive({"a.xml": octets}),
    "in a payload in an archive": lambda octets: archive(
        {"a.xml": submission(messaging(), octets).encode()}
    ),
}


@pytest.mark.parametrize("wrap", DOCUMENTS.values(), ids=DOCUMENTS)
@pytest.mark.parametrize(
    "format_", [(), ("--json",), ("--explain",)], ids=["plain", "json", "explain"]
)
def test_all_hostile_documents_at_once_end_in_a_verdict_each(
    bridge: Cli, tmp_path: Path, wrap: Callable[[bytes], bytes], format_: tuple[str, ...]
) -> None:
    for path in HOSTILE:
        (tmp_path / path.name).write_bytes(wrap(path.read_bytes()))
    ran = bridge("check", tmp_path, *format_)
    assert ran.code in (1, 3)
    assert ran.err == ""
    assert all(path.name in ran.out for path in HOSTILE)
    assert not [value for value in VALUES if value in ran.out]


def test_names_that_are_no_utf_8_are_told_in_every_form(bridge: Cli, tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.xml")
    Path(name).write_bytes(REQUEST.replace(b'"EN"', b'"xx"'))
    assert bridge("check", name).code == 1
    assert bridge("check", name, name + "-away", "--sarif", tmp_path / "a.sarif").code == 3
    log = json.loads((tmp_path / "a.sarif").read_bytes())
    assert log["runs"][0]["artifacts"][0]["location"]["uri"].endswith("%FF.xml")


def test_a_log_in_german_says_so(bridge: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(REQUEST.replace(b'"EN"', b'"xx"'))
    bridge("check", tmp_path / "a.xml", "--language", "de", "--sarif", tmp_path / "a.sarif")
    [run] = json.loads((tmp_path / "a.sarif").read_bytes())["runs"]
    told = next(each["message"]["text"] for each in run["results"] if each["level"] == "error")
    assert run["language"] == "de-DE" and "Sprache" in told
