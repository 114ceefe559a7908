"""Whether two values of different messages mean the same, as people judge it."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

from bridge.mapping.latin import Latin

_TYPE: Final = re.compile(r"/evidencetypeclassifications/([^/]+)/(.+)")


def alike(expected: Any, value: Any, latin: Latin) -> bool:
    """Whether an answer says what was asked, in the spelling in which it was asked.

    Case, blanks and Unicode form do not matter. A text in another script was transliterated on its
    way to the national side, so its transliteration is the same text; an address of an evidence
    type is the same entry on either host, and with a word instead of its country (NOOTS 2.9).
    """
    if not isinstance(expected, str) or not isinstance(value, str):
        return bool(expected == value)
    asked, said = _TYPE.search(expected), _TYPE.search(value)
    if asked and said:
        return _same_entry(asked, said)
    told = latin.repair(expected)[0]
    return _folded(value) in (_folded(expected), _folded(told) or None)


def _same_entry(one: re.Match[str], other: re.Match[str]) -> bool:
    # Countries are written in capitals; `ec` and `oots` stand where no country is named.
    anonymous = one.group(1).islower() or other.group(1).islower()
    same_country = anonymous or _folded(one.group(1)) == _folded(other.group(1))
    return same_country and _folded(one.group(2)) == _folded(other.group(2))


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
