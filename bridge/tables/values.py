"""Values of table files as text: in TOML, and as people write them into a cell of a spreadsheet."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from typing import Any, Final

from bridge.errors import SettingsFault

TRUTHS: Final = frozenset({"fallback", "cut", "collect", "evidence", "any"})
"""Columns of true and false."""
NUMBERS: Final = frozenset({"places"})
MIXED: Final = frozenset({"default", "constant"})
"""Columns that hold text, numbers, or true and false."""
_OPENING: Final = ("[", "{", '"', "'")
_DELETE: Final = "\x7f"


def toml(value: Any) -> str:
    """A value as TOML spells it on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace(_DELETE, "\\u007f")
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key_text(key)} = {toml(each)}" for key, each in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    return str(value)


def key_text(key: str) -> str:
    """A key as TOML spells it: bare where that is enough."""
    bare = key and all(c.isascii() and (c.isalnum() or c in "-_") for c in key)
    return key if bare else toml(key)


def cell(column: str, value: Any) -> str:
    """A value as a cell: plain text where that is read back the same, TOML elsewhere."""
    if isinstance(value, str):
        return value if _reads_back(column, value) else toml(value)
    return toml(value)


def _reads_back(column: str, text: str) -> bool:
    try:
        return bool(text) and value_of(column, text) == text
    except SettingsFault:
        return False


def value_of(column: str, text: str) -> Any:
    """The value that a cell holds. Raises ``SettingsFault`` where the column takes no such thing.

    Blanks around a text do not count; a text in double quotes is taken to the letter.
    """
    text = text.strip()
    if column in TRUTHS or column in NUMBERS:
        value = _parsed(text if text.startswith("{") else text.lower())
        wanted = bool if column in TRUTHS else int
        if type(value) is not wanted and not isinstance(value, dict):  # a list of codes has more
            what = "true or false" if wanted is bool else "a whole number"
            raise SettingsFault(f"the column '{column}' takes {what}")
        return value
    if column in MIXED and (text in ("true", "false") or text.lstrip("-").isdigit()):
        value = _parsed(text)
        return text if value is None else value
    if text.startswith(_OPENING):
        value = _parsed(text)
        return text if value is None else value
    return text


def _parsed(text: str) -> Any:
    try:
        return tomllib.loads(f"x = {text}")["x"]
    except tomllib.TOMLDecodeError:
        return None
