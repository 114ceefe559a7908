"""The evidence types with a data model, as they stand on disk: no list by hand.

Shared by the tests of schemas, tables, texts and laws, so that a new type is judged by all of them.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

from bridge.resources import fixtures, mappings, standards
from bridge.standards.binding import Binding, load_binding
from bridge.standards.catalogue import version_folders

SIDES: Final = ("national", "eu")
SIZES: Final = ("small", "full", "extreme")
FOLDERS: Final = {
    name.rpartition("-")[0]: folder
    for name, folder in version_folders(standards()).items()
    if folder.parents[2].name == "evidence"
}
"""Folder of the newest data model by family, ``birth-certificate-eu``."""
TYPES: Final = sorted({folder.parents[1].name for folder in FOLDERS.values()})
"""The types with a data model, ``birth-certificate``."""
FAMILIES: Final = sorted(FOLDERS)
EVIDENCE: Final = sorted(path.stem for path in (mappings() / "evidence").glob("*.toml"))
"""All evidence types, with a data model or without."""


@cache
def binding(family: str) -> Binding:
    """The newest data model of a side."""
    return load_binding(FOLDERS[family])


def fixture(kind: str, side: str, size: str) -> Path:
    """A shipped content of a type: ``eu`` and ``full``."""
    return fixtures() / "payloads" / kind / f"{side}-{size}.xml"


@cache
def toml(path: Path) -> dict[str, Any]:
    """A data file as it stands."""
    return tomllib.loads(path.read_text("utf-8"))


def evidence_file(kind: str) -> dict[str, Any]:
    """The section of ``mappings/evidence/<kind>.toml``."""
    found: dict[str, Any] = toml(mappings() / "evidence" / f"{kind}.toml")["evidence"]
    return found


def payload_file(kind: str) -> dict[str, Any]:
    """``mappings/payloads/<kind>.toml``."""
    return toml(mappings() / "payloads" / f"{kind}.toml")


def code_file(name: str) -> dict[str, Any]:
    """``mappings/codes/<name>.toml``."""
    return toml(mappings() / "codes" / f"{name}.toml")
