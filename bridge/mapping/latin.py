"""Texts on their way into String.Latin fields: repaired by ``mappings/latin.toml`` (NOOTS 3.3)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bridge.errors import MappingFault
from bridge.mapping.toml_file import read_toml


@dataclass(frozen=True, slots=True)
class Latin:
    """The repertoire and the two tables. ``repair`` gives the text and whether letters changed."""

    allowed: re.Pattern[str]
    replace: Mapping[int, str]
    pattern: re.Pattern[str]
    letters: tuple[str, ...]

    def repair(self, text: str) -> tuple[str, bool]:
        """Bring a text into the repertoire.

        Gives the new text, and ``True`` if letters were transliterated or dropped. What no table
        knows is decomposed; what is still outside is left out.
        """
        if text.isascii() and text.isprintable():
            return text, False
        text = unicodedata.normalize("NFC", text).translate(self.replace)
        if self.allowed.fullmatch(text):
            return text, False
        text = self.pattern.sub(self._letter, text)
        if not self.allowed.fullmatch(text):
            text = "".join(map(self._bare, text))
        return text, True

    def _letter(self, match: re.Match[str]) -> str:
        source = match.group()
        target = self.letters[int(match.lastgroup[1:])] if match.lastgroup else ""
        if source[:1].isupper():
            whole = len(source) > 1 and source.isupper()
            following = match.string[match.end() : match.end() + 1]
            if whole or following.isupper():
                return target.upper()
            return target[:1].upper() + target[1:]
        return target

    def _bare(self, character: str) -> str:
        if self.allowed.fullmatch(character):
            return character
        parts = unicodedata.normalize("NFKD", character)
        return "".join(part for part in parts if self.allowed.fullmatch(part))


def load_latin(path: Path) -> Latin:
    """Load ``latin.toml``. Raises ``MappingFault``."""
    read, _text = read_toml(path)
    if not isinstance(read.get("latin"), Mapping):
        raise MappingFault("the section [latin] is missing", where=str(path))
    data = read["latin"]
    try:
        singles = "".join(_range(part) for part in data["allowed"].split())
        sequences = [
            "".join(chr(int(code, 16)) for code in part.split("+"))
            for part in data["sequences"].split()
        ]
        keys = sorted(data["transliterate"], key=lambda key: (-_weight(key), key))
        letters = tuple(str(data["transliterate"][key]) for key in keys)
        replace = {ord(char): str(value) for char, value in data["replace"].items()}
        branches = "|".join(f"(?P<_{n}>{_expression(key)})" for n, key in enumerate(keys))
        allowed = "|".join([*map(re.escape, sequences), f"[{singles}]"])
        return Latin(
            allowed=re.compile(f"(?:{allowed})*"),
            replace=replace,
            pattern=re.compile(branches, re.IGNORECASE),
            letters=letters,
        )
    except KeyError as error:
        raise MappingFault(f"[latin] lacks {error}", where=str(path)) from error
    except (ValueError, TypeError, AttributeError, OverflowError, re.error) as error:
        raise MappingFault(f"the table cannot be used: {error}", where=str(path)) from error


def _range(part: str) -> str:
    first, _, last = part.partition("-")
    start = re.escape(chr(int(first, 16)))
    return f"{start}-{re.escape(chr(int(last, 16)))}" if last else start


def _weight(key: str) -> int:
    letters, _, following = key.removeprefix("^").removesuffix("$").partition("(")
    return 2 * len(letters) + bool(following) + key.startswith("^") + key.endswith("$")


def _expression(key: str) -> str:
    start = r"\b" if key.startswith("^") else ""
    letters, _, following = key.removeprefix("^").removesuffix("$").partition("(")
    ahead = f"(?=[{re.escape(following.rstrip(')'))}])" if following else ""
    if key.endswith("$"):
        ahead = r"\b"
    return f"{start}{re.escape(letters)}{ahead}"
