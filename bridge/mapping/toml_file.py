"""Data files in TOML: read at one place, and what is wrong with them said in one way."""

from __future__ import annotations

import codecs
import re
import tomllib
from pathlib import Path
from typing import Any, Final

from bridge.errors import MappingFault

_LINE: Final = re.compile(r" \(at line (\d+), column \d+\)$")


def read_toml(path: Path) -> tuple[dict[str, Any], str]:
    """Give the data of a TOML file and its text, in which lines are found again.

    Raises ``MappingFault`` with file and line where it cannot be read, is not UTF-8, begins with a
    byte order mark, or is not TOML.
    """
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise MappingFault(f"the file cannot be read: {error.strerror}", where=str(path)) from error
    if octets.startswith(codecs.BOM_UTF8):
        raise MappingFault(
            "the file begins with a byte order mark (BOM)",
            where=str(path),
            line=1,
            remedy="Save it as UTF-8 without BOM.",
        )
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MappingFault(
            "the file is not UTF-8",
            where=str(path),
            line=octets.count(b"\n", 0, error.start) + 1,
            remedy="Save it as UTF-8.",
        ) from error
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        found = _LINE.search(str(error))
        line = int(found.group(1)) if found else text.count("\n") + 1
        what = _LINE.sub("", str(error)).removesuffix(" (at end of document)")
        raise MappingFault(
            f"the file is not valid TOML: {what}", where=str(path), line=line
        ) from error
    except RecursionError as error:
        raise MappingFault("the file nests too deep", where=str(path)) from error


def spot_of_key(text: str, key: str, start: int = 0) -> str:
    """`` (line 7, column 1)`` of a key in the block whose header is line ``start``; else nothing.

    With ``start`` zero the whole text is looked at.
    """
    named = re.compile(rf"""(?:^|[{{,])\s*["']?({re.escape(key)})["']?\s*=""")
    for number, line in enumerate(text.splitlines()[start:], start + 1):
        if start and line.lstrip().startswith("["):
            break
        found = None if line.lstrip().startswith("#") else named.search(line)
        if found is not None:
            return f" (line {number}, column {found.start(1) + 1})"
    return ""
