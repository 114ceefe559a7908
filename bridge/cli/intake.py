"""What the names on a command line hold: files, stdin, folders, archives, a message at a time.

A folder gives its ``*.xml`` in order, an archive (zip, told by its first octets, not its name) its
``*.xml`` as ``archive.zip!/name.xml``. Only one message is in memory at a time. What cannot be
read is given as a fault in its place, so that nothing is skipped in silence.
"""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from bridge.cli.documents import STDIN, read_octets
from bridge.errors import UnreadableDocument
from bridge.xml.parse import DEFAULT_LIMITS

_MESSAGE: Final = ".xml"
_PACKED: Final = ".zip"
_SUFFIXES: Final = (_MESSAGE, _PACKED)
_ARCHIVE: Final = (b"PK\x03\x04", b"PK\x05\x06")
_PACKINGS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The others take as much memory as the member says they need."""
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,  # among them names that are no UTF-8
    IndexError,
)
_NOT_OURS: Final = ("__MACOSX/",)
MOST_MEMBERS: Final = 100_000
MOST_OCTETS: Final = 8 * DEFAULT_LIMITS.octets
"""What the members of one archive may come to, unpacked."""


@dataclass(frozen=True, slots=True)
class Given:
    """The octets of one message under its name, or why they cannot be had."""

    name: str
    octets: bytes = b""
    fault: UnreadableDocument | None = None


def is_folder(path: Path) -> bool:
    """Whether there is a folder; a name that nothing can have, as it is too long, is none."""
    try:
        return path.is_dir()
    except OSError:
        return False  # reading it says why


def given(names: Iterable[str], leave_out: Collection[Path] = ()) -> Iterator[Given]:
    """Give every message that the names hold. Never raises for what stands there.

    ``leave_out`` are files that are no messages wherever they stand: what the caller writes.
    """
    for name in names:
        path = Path(name)
        if name != STDIN and is_folder(path):
            yield from _folder(path, leave_out)
        else:
            yield from _file(name)


def every_file(name: str, suffixes: tuple[str, ...]) -> Iterator[Given]:
    """Give what a folder or archive holds of these endings, or the file itself, with its name.

    The same limits as for messages. Nothing else is opened; archives inside are left alone.
    """
    path = Path(name)
    if not is_folder(path):
        yield from _file(name, suffixes)
        return
    refused: list[Given] = []
    for each in files_below(path, refused, suffixes):
        yield _read(str(each))
    yield from refused


def _folder(root: Path, leave_out: Collection[Path]) -> Iterator[Given]:
    refused: list[Given] = []
    nothing = True
    for path in files_below(root, refused, leave_out=leave_out):
        nothing = False
        yield from _file(str(path))
    yield from refused
    if nothing and not refused:
        yield _fault(str(root), "the folder holds no message (*.xml) and no archive (*.zip)")


def files_below(
    root: Path,
    refused: list[Given],
    suffixes: tuple[str, ...] = _SUFFIXES,
    leave_out: Collection[Path] = (),
) -> Iterator[Path]:
    """Walk a folder in order of names; links to folders are not followed.

    What cannot be looked into is added to ``refused``; files of ``leave_out`` are passed over.
    """
    left_out = {os.path.realpath(path) for path in leave_out}

    def note(error: OSError) -> None:
        refused.append(_fault(str(error.filename), _reason("the folder", error)))

    for folder, folders, files in os.walk(root, onerror=note):
        folders.sort()
        for name in sorted(files):
            path = Path(folder, name)
            if path.suffix.lower() not in suffixes or not path.is_file():
                continue
            if not left_out or os.path.realpath(path) not in left_out:
                yield path


def _file(name: str, suffixes: tuple[str, ...] = _SUFFIXES) -> Iterator[Given]:
    try:
        if name == STDIN:
            octets = read_octets(name)
            if octets.startswith(_ARCHIVE):
                yield from _archive(name, io.BytesIO(octets), suffixes)
            else:
                yield Given(name, octets)
            return
        if _is_archive(name):
            with Path(name).open("rb") as file:
                yield from _archive(name, file, suffixes)
            return
        yield _read(name)
    except UnreadableDocument as fault:
        yield Given(name, fault=fault)


def _read(name: str) -> Given:
    try:
        return Given(name, read_octets(name))
    except UnreadableDocument as fault:
        return Given(name, fault=fault)


def _is_archive(name: str) -> bool:
    try:
        with Path(name).open("rb") as file:
            return file.read(4) in _ARCHIVE
    except OSError:
        return False  # reading it says why


def _archive(name: str, file: IO[bytes], suffixes: tuple[str, ...]) -> Iterator[Given]:
    try:
        archive = zipfile.ZipFile(file)
    except _BROKEN:
        yield _fault(name, "the archive is broken: it has no readable list of members")
        return
    with archive:
        members = [each for each in archive.infolist() if _wanted(each, suffixes)]
        if len(members) > MOST_MEMBERS:
            yield _fault(name, f"the archive has more than {MOST_MEMBERS} members")
            return
        if not members:
            what = "message (*.xml)" if suffixes is _SUFFIXES else "file that is looked for"
            yield _fault(name, f"the archive holds no {what}")
        left = MOST_OCTETS
        for member in sorted(members, key=lambda each: each.filename):
            found = _member(archive, f"{name}!/{member.filename}", member, left)
            left -= len(found.octets)
            yield found
            if left <= 0:
                yield _fault(name, f"the archive unpacks to more than {MOST_OCTETS} octets")
                return


def _wanted(member: zipfile.ZipInfo, suffixes: tuple[str, ...]) -> bool:
    name = member.filename.lower()
    return (
        not name.endswith("/")
        and name.endswith(suffixes)
        and not member.filename.startswith(_NOT_OURS)
    )


def _member(archive: zipfile.ZipFile, name: str, member: zipfile.ZipInfo, left: int) -> Given:
    if name.lower().endswith(_PACKED):
        return _fault(name, "an archive inside an archive is not opened")
    if member.flag_bits & 1:
        return _fault(name, "the member is encrypted")
    if member.compress_type not in _PACKINGS:
        return _fault(name, "the member is packed in a way that is not opened here")
    try:
        with archive.open(member) as file:
            # What its header says of its size is not believed: reading stops at the limit.
            return Given(name, file.read(min(DEFAULT_LIMITS.octets + 1, left + 1)))
    except _BROKEN:
        return _fault(name, "the member cannot be unpacked: it is broken")


def _reason(what: str, error: OSError) -> str:
    reason = error.strerror or type(error).__name__
    return f"{what} cannot be read: {reason[:1].lower()}{reason[1:]}"


def _fault(name: str, what: str) -> Given:
    return Given(name, fault=UnreadableDocument(what, where=name, code="FILE"))
