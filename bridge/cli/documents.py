"""The edge of the command line: files and stdin to messages, messages and attachments to files."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from errno import EBADF
from pathlib import Path
from typing import Final

from bridge.errors import SettingsFault, UnreadableDocument
from bridge.finding import Finding, Severity
from bridge.message import Attachment, Message
from bridge.standards.binding import Binding, MessageShape
from bridge.standards.catalogue import Catalogue, Reading
from bridge.xml.parse import DEFAULT_LIMITS, Document, parse

STDIN: Final = "-"
FOLDER: Final = "attachments"
_CID: Final = "cid:"
# A content id comes from a stranger and becomes part of a file name: no separators, no dot first.
_SAFE: Final = re.compile(r"[0-9A-Za-z_+-][0-9A-Za-z_.+-]{0,199}")
_MEDIA_TYPES: Final = "OOTSMediaTypes"
_UNKNOWN_TYPE: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A message from a file: the tree, what it was read as, and what had to be tolerated."""

    name: str
    document: Document
    binding: Binding
    kind: MessageShape
    reading: Reading

    @property
    def message(self) -> Message:
        """The message, with the attachments that were found."""
        return self.reading.message


def read_octets(name: str) -> bytes:
    """Read a file, or stdin for ``-``. Raises ``UnreadableDocument``.

    Of an endless one no more is read than the parser needs to refuse it.
    """
    most = DEFAULT_LIMITS.octets + 1
    try:
        if name != STDIN:
            with Path(name).open("rb") as file:
                return file.read(most)
        if sys.stdin is None:
            raise OSError(EBADF, os.strerror(EBADF))
        return sys.stdin.buffer.read(most)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableDocument(
            f"the file cannot be read: {reason[:1].lower()}{reason[1:]}",
            where=name,
            code="FILE",
            remedy="Check the name and the permissions.",
        ) from None


def load(name: str, catalogue: Catalogue, folders: Iterable[Path] = ()) -> Loaded:
    """Read one message with its attachments.

    ``folders`` are searched before ``attachments/`` beside the file; one that is not found is a
    finding. Raises ``UnreadableDocument`` and ``UnknownDocument``.
    """
    document = parse(read_octets(name))
    binding, kind = catalogue.identify(document)
    reading = catalogue.read(document)
    beside = [] if name == STDIN else [Path(name).parent / FOLDER]
    found, missing = find_attachments(reading.message, binding, [*folders, *beside])
    if found or missing:
        message = replace(reading.message, attachments=found)
        reading = Reading(message, (*reading.findings, *missing))
    return Loaded(name, document, binding, kind, reading)


def find_attachments(
    message: Message, binding: Binding, folders: Sequence[Path]
) -> tuple[tuple[Attachment, ...], tuple[Finding, ...]]:
    """Find the documents that ``cid:`` references name, as ``<part before @>.<extension>``.

    The extension gives the media type. What is not found becomes a finding.
    """
    found: dict[str, Attachment] = {}
    missing: list[Finding] = []
    for place, content_id in _references(message):
        if content_id in found:
            continue
        path = _find(content_id.partition("@")[0], folders)
        if path is None:
            missing.append(
                Finding(
                    "ATTACHMENT-MISSING",
                    Severity.WARNING,
                    place,
                    f"the document that it names is not in {FOLDER}/ beside the file",
                )
            )
        else:
            media_type = media_type_of(path.suffix, binding)
            found[content_id] = Attachment(content_id, media_type, read_octets(str(path)))
    return tuple(found.values()), tuple(missing)


def _references(message: Message) -> Iterator[tuple[str, str]]:
    for path, value in message.fields.leaves():
        if isinstance(value, str) and value.startswith(_CID):
            yield path, value.removeprefix(_CID).strip("<>")


def _find(bare: str, folders: Sequence[Path]) -> Path | None:
    if not _SAFE.fullmatch(bare):
        return None
    for folder in folders:
        if folder.is_dir():
            for path in sorted(folder.iterdir()):
                if path.is_file() and bare in (path.name, path.stem):
                    return path
    return None


def _extensions(binding: Binding) -> dict[str, tuple[str, ...]]:
    known = binding.lists.get(_MEDIA_TYPES)
    rows = known.rows if known else {}
    return {code: tuple(row.get("name", "").split()) for code, row in rows.items()}


def media_type_of(extension: str, binding: Binding) -> str:
    """Give the media type of ``.pdf`` by the version's list of media types."""
    wanted = extension.lower()
    types = _extensions(binding).items()
    return next((code for code, names in types if wanted in names), _UNKNOWN_TYPE)


def file_name(attachment: Attachment, binding: Binding) -> str:
    """Give the name under which an attachment is written: ``<part before @>.<extension>``."""
    extensions = _extensions(binding).get(attachment.media_type, ())
    bare = attachment.bare_id if _SAFE.fullmatch(attachment.bare_id) else "attachment"
    return bare + (extensions[0] if extensions else ".bin")


def write_message(
    folder: Path, octets: bytes, message: Message, binding: Binding
) -> tuple[Path, tuple[Path, ...]]:
    """Write ``<kind>.xml`` and ``attachments/…`` below ``folder``; give the paths.

    Raises ``SettingsFault`` where the folder cannot be written.
    """
    target = folder / f"{message.head.kind}.xml"
    names: list[str] = []
    for attachment in message.attachments:
        names.append(_unused(file_name(attachment, binding), names))
    parts = [
        (folder / FOLDER / name, a.content)
        for name, a in zip(names, message.attachments, strict=True)
    ]
    write_octets(target, octets)
    for path, content in parts:
        write_octets(path, content)
    return target, tuple(path for path, _ in parts)


def _unused(name: str, taken: Sequence[str]) -> str:
    """Number a name that another attachment has, so that no document overwrites another."""
    path, number, found = Path(name), 1, name
    while found.lower() in {each.lower() for each in taken}:
        number += 1
        found = f"{path.stem}-{number}{path.suffix}"
    return found


def write_octets(path: Path, octets: bytes) -> None:
    """Write a file, its folder if need be. Raises ``SettingsFault``."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)
    except OSError as error:
        raise SettingsFault(
            f"the file cannot be written: {error.strerror or type(error).__name__}",
            where=str(path),
            remedy="Choose another place with -o.",
        ) from None
