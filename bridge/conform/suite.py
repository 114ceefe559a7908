"""A suite: the cases below a folder, or, where it has none, every message below it.

A case is called ``case.toml`` or ends in ``.case.toml``; any other TOML file is left alone, for
files of context groups stand beside cases.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.conform.case import Case, load_case
from bridge.errors import UnreadableDocument

ALONE: Final = "case.toml"
SUFFIX: Final = ".case.toml"
_TOML: Final = ".toml"


@dataclass(frozen=True, slots=True)
class BrokenCase:
    """A case whose file is wrong: it cannot be judged, and ``fault`` says where and why."""

    name: str
    file: Path
    fault: UnreadableDocument


@dataclass(frozen=True, slots=True)
class Suite:
    """The cases of a folder in order of their files.

    ``others`` counts TOML files that are no case and that no case uses: a misspelt name of a case
    would else be a case that nobody misses.
    """

    cases: tuple[Case | BrokenCase, ...]
    others: int = 0


def is_case(path: Path) -> bool:
    """Whether a file is a case by its name."""
    return path.name == ALONE or path.name.endswith(SUFFIX)


def load_suite(root: Path, standards: Collection[str]) -> Suite:
    """Load every case below a folder, or the one case that a file is. Never raises."""
    files = [root] if root.is_file() else list(_toml_below(root))
    cases = tuple(_loaded(path, root, standards) for path in files if is_case(path))
    used = {
        os.path.realpath(path)
        for case in cases
        for path in (case.files if isinstance(case, Case) else (case.file,))
    }
    others = sum(1 for path in files if os.path.realpath(path) not in used)
    return Suite(cases, others)


def _loaded(path: Path, root: Path, standards: Collection[str]) -> Case | BrokenCase:
    name = name_of(path, root)
    try:
        return load_case(path, name, standards)
    except UnreadableDocument as fault:
        return BrokenCase(name, path, fault)


def name_of(path: Path, root: Path) -> str:
    """Name a case: its path below the suite, of ``case.toml`` the folder's."""
    inside = path.name if root == path else path.relative_to(root).as_posix()
    name = inside.removesuffix(ALONE).rstrip("/") if path.name == ALONE else ""
    return name or inside.removesuffix(SUFFIX).removesuffix(_TOML)


def _toml_below(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        folders.sort()
        paths = (Path(folder, name) for name in sorted(files) if name.endswith(_TOML))
        yield from (path for path in paths if path.is_file())  # a pipe would never end
