"""Which fixtures there are: lists for parametrised tests, in a fixed order."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from bridge.message import Attachment
from bridge.resources import fixtures, standards
from bridge.standards.catalogue import Catalogue, Reading
from bridge.xml.parse import parse

FIXTURES = fixtures()
CATALOGUE = Catalogue(standards())
"""The versions on disk, each binding loaded once for the whole test run."""

MEDIA_TYPES = {
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".xml": "application/xml",
}
"""Media type by the suffix of a file in `attachments/`."""


def versions(family: str) -> list[str]:
    """Versions of a family that have fixtures."""
    folders = (FIXTURES / family).iterdir() if (FIXTURES / family).is_dir() else ()
    return sorted(folder.name for folder in folders if folder.is_dir())


def messages(family: str, version: str = "*", stem: str = "*") -> list[Path]:
    """Message fixtures of a family, all versions or one, whose name fits a pattern."""
    return sorted((FIXTURES / family).glob(f"{version}/{stem}.xml"))


def all_messages() -> list[Path]:
    """Message fixtures of every family that has versions below `fixtures/`."""
    return [
        path
        for family in sorted({name.rsplit("-", 1)[0] for name in CATALOGUE.standards})
        for path in messages(family)
    ]


def attachments_of(path: Path) -> dict[str, Path]:
    """The attachment files beside a message, by the part of the content id before the `@`."""
    folder = path.parent / "attachments"
    return {file.stem: file for file in sorted(folder.glob("*.*"))} if folder.is_dir() else {}


def load(path: Path) -> Reading:
    """Read a fixture, without its attachments."""
    return CATALOGUE.read(parse(path.read_bytes()))


def attached(path: Path, references: dict[str, str]) -> tuple[Attachment, ...]:
    """The attachments that `references` (`cid:…` to title) name."""
    files = attachments_of(path)
    found = []
    for href, title in references.items():
        content_id = href.removeprefix("cid:")
        file = files[content_id.partition("@")[0]]
        media_type = MEDIA_TYPES[file.suffix]
        found.append(Attachment(content_id, media_type, file.read_bytes(), title))
    return tuple(found)


def hostile_cases() -> dict[str, dict[str, Any]]:
    """The rows of `hostile/cases.toml` by their file."""
    with (FIXTURES / "hostile" / "cases.toml").open("rb") as file:
        rows = tomllib.load(file)["case"]
    return {row["file"]: row for row in rows}


def name_of(path: Path) -> str:
    """The id of a parametrised test: path below `fixtures/`."""
    return str(path.relative_to(FIXTURES).with_suffix(""))
