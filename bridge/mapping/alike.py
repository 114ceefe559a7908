"""Whether two values of different messages mean the same, as people judge it."""

from __future__ import annotations

import unicodedata
from typing import Any

_CLASSIFICATIONS = "/evidencetypeclassifications/"


def alike(expected: Any, value: Any) -> bool:
    """Compare as people do: whatever the case, the blanks, and the Unicode form."""
    if not isinstance(expected, str) or not isinstance(value, str):
        return bool(expected == value)
    return _folded(expected) == _folded(value)


def _folded(text: str) -> str:
    if _CLASSIFICATIONS in text:  # the same entry, on whichever host of the repository
        text = text.partition(_CLASSIFICATIONS)[2]
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
