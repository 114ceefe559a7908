"""A TOML file of settings: every problem told with its line, unknown keys with the nearest name.

What is read from it stays data; the modules beside this one say what it means.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from bridge.errors import SettingsFault
from bridge.standards.rows import nearest

T = TypeVar("T")
_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\"-]+)\s*\]\]?")
_LINE: Final = re.compile(r" \(at line (\d+), column \d+\)$")
_NAMES: Final = {str: "a text", bool: "true or false", list: "a list", dict: "a table"}


class FileFault(SettingsFault):
    """A settings file is wrong; ``problems`` lists all that is, each with its line."""

    code = "AS4-PEERS"

    def __init__(self, path: Path, problems: Sequence[tuple[int | None, str]]) -> None:
        ordered = sorted(problems, key=lambda each: each[0] or 0)
        self.problems = tuple(f"line {line}: {text}" if line else text for line, text in ordered)
        line, text = ordered[0]
        super().__init__(text, where=str(path), line=line)


class SettingsFile:
    """One file: its tables as `Section`, its problems gathered until `finish`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._problems: list[tuple[int | None, str]] = []
        try:
            text = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as cause:
            reason = getattr(cause, "strerror", None) or "it is not UTF-8"
            raise FileFault(path, [(None, f"the file cannot be read: {reason}")]) from cause
        try:
            self.data: Mapping[str, Any] = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as cause:
            found = _LINE.search(str(cause))
            what = f"the file is no TOML: {_LINE.sub('', str(cause))}"
            raise FileFault(path, [(int(found[1]) if found else None, what)]) from cause
        self._lines = text.splitlines()

    def problem(self, text: str, line: int | None = None) -> None:
        """Note what is wrong; of a line the first thing counts, the rest follows from it."""
        if line is None or line not in {each for each, _ in self._problems}:
            self._problems.append((line, text))

    def finish(self) -> None:
        """Raise `FileFault` with all that was noted, if anything was."""
        if self._problems:
            raise FileFault(self.path, self._problems)

    def tables(self, known: Sequence[str]) -> None:
        """Refuse tables and keys at the top that are not known."""
        for name in self.data:
            if name not in known:
                text = f"'{name}' is no table of this file{nearest(name, known)}"
                self.problem(text, self._find(name, 0) or self._key(name, 0))

    def section(self, name: str) -> Section | None:
        """Give the table ``[name]``."""
        return next(self.sections(name), None)

    def sections(self, name: str) -> Iterator[Section]:
        """Give the tables ``[[name]]`` or the one ``[name]``."""
        found = self.data.get(name, [])
        rows = found if isinstance(found, list) else [found]
        for number, row in enumerate(rows):
            line = self._find(name, number)
            if isinstance(row, dict):
                yield Section(self, row, line or 0)
            else:
                self.problem(f"'{name}' has to be a table", self._key(name, 0))

    def _find(self, name: str, number: int) -> int | None:
        """Give the line of the header of the table ``number`` of that name."""
        for line, text in enumerate(self._lines, 1):
            found = _HEADER.match(text)
            if found and found[2].strip('"') == name:
                if not number:
                    return line
                number -= 1
        return None

    def _key(self, key: str, after: int) -> int | None:
        """Give the line of a key in the table whose header stands in the line ``after``."""
        wanted = re.compile(rf'\s*(?:\[[^\]]*\.)?"?{re.escape(key)}"?\s*[=.\]]')
        for line, text in enumerate(self._lines[after:], after + 1):
            if wanted.match(text):
                return line
            found = _HEADER.match(text)
            if found and "." not in found[2]:
                return None
        return None

    def line_of(self, key: str, header: int) -> int | None:
        """Give the line of a key, that of its table where it stands nowhere."""
        return self._key(key, header) or header or None


class Section:
    """One table. Each getter notes a problem and gives the default where a value is unfit."""

    def __init__(self, file: SettingsFile, data: Mapping[str, Any], line: int) -> None:
        self.file = file
        self.data = data
        self._line = line

    def problem(self, key: str, text: str) -> None:
        """Note what is wrong with a key."""
        self.file.problem(text, self.file.line_of(key, self._line))

    def only(self, known: Sequence[str]) -> None:
        """Refuse keys that are not known."""
        for key in self.data:
            if key not in known:
                self.problem(key, f"unknown key '{key}'{nearest(key, known)}")

    def text(self, key: str, default: str | None = None) -> str:
        """Give a text; one without default must be there and not be empty."""
        value = self._value(key, str, default)
        if default is None and not value and key in self.data:
            self.problem(key, f"'{key}' is empty")
        return value or ""

    def flag(self, key: str, default: bool) -> bool:
        """Give true or false."""
        return bool(self._value(key, bool, default))

    def texts(self, key: str) -> tuple[str, ...]:
        """Give a list of texts, empty where there is none."""
        value = self._value(key, list, [])
        if not all(isinstance(each, str) and each for each in value or ()):
            self.problem(key, f"'{key}' has to be a list of texts")
            return ()
        return tuple(value or ())

    def table(self, key: str) -> Mapping[str, Any]:
        """Give an inner table, empty where there is none."""
        return self._value(key, dict, {}) or {}

    def one_of(self, key: str, choices: Sequence[T], default: T) -> T:
        """Give one of several words."""
        value = self.data.get(key, default)
        if value in choices:
            found: T = value
            return found
        names = ", ".join(str(each) for each in choices)
        self.problem(
            key, f"'{key}' has to be one of {names}{nearest(str(value), map(str, choices))}"
        )
        return default

    def path(self, text: str) -> Path:
        """Give a path, which is relative to the file."""
        return self.file.path.parent / text

    def octets(self, key: str, text: str) -> bytes:
        """Give what a file holds that a key names."""
        try:
            return self.path(text).read_bytes()
        except OSError as cause:
            self.problem(key, f"'{key}': the file {text} cannot be read: {cause.strerror}")
            return b""

    def _value(self, key: str, kind: type[T], default: T | None) -> T | None:
        if key not in self.data:
            if default is None:
                self.problem(key, f"'{key}' is missing")
            return default
        value = self.data[key]
        if not isinstance(value, kind):
            self.problem(key, f"'{key}' has to be {_NAMES[kind]}")
            return default
        return value
