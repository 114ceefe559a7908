"""Files of code lists: what others publish, and what lies beside the versions of the standards."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bridge.errors import BindingFault, UnreadableDocument
from bridge.standards.catalogue import version_folders
from bridge.standards.codelists import load_edition
from bridge.standards.genericode import is_xml, read_genericode
from bridge.standards.list_csv import read_csv
from bridge.standards.list_import import Imported, edition_of

FOLDER: Final = "codelists"


@dataclass(frozen=True, slots=True)
class ListFile:
    """A list file of a version folder, what it calls itself and what the binding calls it."""

    standard: str
    path: Path
    title: str = ""
    bound_as: tuple[str, ...] = ()


def read_list(octets: bytes, where: str = "", code_column: str = "") -> Imported:
    """Read Genericode, csv or a list file of ours, told apart by their content.

    Raises ``UnreadableDocument``, its ``where`` the name given, with the line.
    """
    read = read_genericode if is_xml(octets) else read_csv
    try:
        return edition_of(read(octets), code_column)
    except UnreadableDocument as fault:
        raise UnreadableDocument(
            fault.what, where=where, remedy=fault.remedy, code=fault.code, line=fault.line
        ) from None


def list_files(root: Path) -> Iterator[ListFile]:
    """All list files below ``xsd/``, by family, version and name.

    Raises ``BindingFault`` for a list that is wrong and for a binding that is no TOML.
    """
    for standard, folder in folders_with_lists(root):
        bound = bound_lists(folder)
        for path in sorted((folder / FOLDER).glob("*.csv")):
            names = tuple(n for n, row in bound.items() if folder / row.get("file", "") == path)
            yield ListFile(standard, path, load_edition(path).head.name, names)


def folders_with_lists(root: Path) -> list[tuple[str, Path]]:
    """Give the folders of all versions by name, those too that have rules and no binding."""
    found = version_folders(root)
    bound = set(found.values())
    for path in (*root.glob("*/*/rules.toml"), *root.glob(f"*/*/{FOLDER}/")):
        if path.parent not in bound:
            found[f"{path.parent.parent.name}-{path.parent.name}"] = path.parent
    return sorted(found.items(), key=lambda each: each[1])


def bound_lists(folder: Path) -> dict[str, dict[str, Any]]:
    """Give the lists of a version's binding as it states them, by name; none without a binding."""
    path = folder / "binding.toml"
    if not path.is_file():
        return {}
    try:
        lists: dict[str, dict[str, Any]] = tomllib.loads(path.read_text("utf-8")).get("lists", {})
    except tomllib.TOMLDecodeError as error:
        raise BindingFault(f"the binding is not valid TOML: {error}", where=str(path)) from error
    return lists
