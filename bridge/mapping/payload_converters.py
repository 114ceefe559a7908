"""Value conversions that only the payloads of evidence need: plain functions, text to text.

Each raises ``ValueError`` with a sentence that never quotes the value.
"""

from __future__ import annotations

import re
from typing import Final

_WZ: Final = re.compile(r"[0-9]{2,5}")
_NACE: Final = re.compile(r"([0-9]{2})(?:\.([0-9]{1,2}))?")
_DATE: Final = re.compile(r"([0-9]{4}-(?:0[1-9]|1[0-2]))-(?:0[1-9]|[12][0-9]|3[01])")
_CLASS_DIGITS: Final = 4


def nace_from_wz(key: str) -> str:
    """Give the NACE code of a key of the WZ: ``62010`` is ``62.01``, ``62`` stays (NOOTS 10.2).

    The classifications agree to the fourth digit; ``wz_remainder`` tells what is dropped.
    """
    if not _WZ.fullmatch(key):
        raise ValueError("this is not a WZ key of two to five digits")
    division, rest = key[:2], key[2:_CLASS_DIGITS]
    return f"{division}.{rest}" if rest else division


def wz_remainder(key: str) -> str:
    """Give the digits of a WZ key that NACE has no place for; empty where nothing is lost."""
    return key[_CLASS_DIGITS:]


def wz_from_nace(code: str) -> str:
    """Give the WZ key of a NACE code: ``62.01`` is ``6201``; the inverse up to four digits."""
    match = _NACE.fullmatch(code)
    if not match:
        raise ValueError("this is not a NACE division, group or class")
    return f"{match.group(1)}{match.group(2) or ''}"


def month_of_date(date: str) -> str:
    """Give the month of a date: ``2027-06-15`` is ``2027-06``. One-way (NOOTS 10.1, next HU)."""
    match = _DATE.fullmatch(date)
    if not match:
        raise ValueError("this is not a date of the form YYYY-MM-DD")
    return match.group(1)
