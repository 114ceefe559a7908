"""The code lists of every version by the names that people know them by.

A list is named by its file (``languages``), by its binding (``LanguageCode``) or by the rules; the
rules of a version may take the list file of the version that they inherit from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from bridge.errors import SettingsFault
from bridge.rules.table import has_rules, load_rules
from bridge.standards.codelists import Edition, load_edition
from bridge.standards.list_files import FOLDER, folders_with_lists, list_files
from bridge.standards.rows import nearest


@dataclass(frozen=True, slots=True)
class Shelved:
    """One list in one version. ``read_by`` and ``judged_by``: what binding and rules call it.

    ``title`` is its own name. ``path`` lies in another version's folder where only the rules take
    the list, from there.
    """

    standard: str
    path: Path
    title: str = ""
    read_by: tuple[str, ...] = ()
    judged_by: tuple[str, ...] = ()
    borrowed: bool = False

    @property
    def name(self) -> str:
        """The name to show: that of the binding, of the rules, its own, or that of the file."""
        return next(filter(None, (*self.read_by, *self.judged_by, self.title, self.path.stem)))

    def is_called(self, name: str) -> bool:
        """Whether the list goes by a name, upper and lower case alike."""
        names = (self.path.stem, self.path.name, self.title, *self.read_by, *self.judged_by)
        return name.lower() in (each.lower() for each in names)

    def edition(self) -> Edition:
        """Read the file. Raises ``BindingFault``."""
        return load_edition(self.path)


class Shelf:
    """All lists below one ``xsd/``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def standards(self) -> tuple[str, ...]:
        """Versions that have a list."""
        return tuple(dict.fromkeys(each.standard for each in self.lists))

    @cached_property
    def lists(self) -> tuple[Shelved, ...]:
        """Every list of every version, borrowed ones after the version's own."""
        return tuple(self._lists())

    def _lists(self) -> Iterator[Shelved]:
        own: dict[str, list[Shelved]] = {}
        for file in list_files(self.root):
            shelved = Shelved(file.standard, file.path, file.title, file.bound_as)
            own.setdefault(file.standard, []).append(shelved)
        for standard, folder in folders_with_lists(self.root):
            judged: dict[Path, list[str]] = {}
            rules = load_rules(folder).list_files if has_rules(folder) else {}
            for name, path in rules.items():
                judged.setdefault(path, []).append(name)
            for each in own.get(standard, ()):
                names = tuple(judged.pop(each.path, ()))
                yield replace(each, judged_by=names)
            for path, others in sorted(judged.items()):
                yield Shelved(standard, path, judged_by=tuple(others), borrowed=True)

    def find(self, name: str, standard: str = "") -> list[Shelved]:
        """Give the lists of a name, own files first. Raises ``SettingsFault`` if there is none."""
        if standard and standard not in self.standards:
            raise SettingsFault(
                f"there is no version {standard} with code lists"
                f"{nearest(standard, self.standards)}",
                remedy=f"Known are {', '.join(self.standards)}.",
            )
        among = [each for each in self.lists if standard in ("", each.standard)]
        found = [each for each in among if each.is_called(name)]
        if not found:
            names = sorted({each.name for each in among}, key=str.lower)
            raise SettingsFault(
                f"there is no code list {name}{f' in {standard}' if standard else ''}"
                f"{nearest(name, names)}",
                remedy=f"Known are {', '.join(names)}.",
            )
        return sorted(found, key=lambda each: each.borrowed)

    def judges_with(self, list_file: Path) -> tuple[str, ...]:
        """The versions whose rules ask a list file."""
        return tuple(e.standard for e in self.lists if e.path == list_file and e.judged_by)

    def new_file(self, standard: str, name: str) -> Path:
        """Where a list that is new to a version goes. Raises ``SettingsFault``."""
        family, dash, version = standard.rpartition("-")
        folder = self.root / family / version
        if not dash or not folder.is_dir():
            raise SettingsFault(f"there is no version folder of {standard}", where=str(self.root))
        return folder / FOLDER / f"{name}.csv"
