"""The shape of a value, told without the value: values are personal data.

A shape says what somebody needs to see the mistake: how long, of which signs, which well-known
form. It never holds a letter or a digit of the value.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from bridge.rules.explain_words import Phrase

_DAY: Final = r"(\d{4}-\d{2}-\d{2})"
_CLOCK: Final = r"T\d{2}:\d{2}:\d{2}(?:\.\d+)?"
_ZONE: Final = r"(?:Z|[+-]\d{2}:\d{2})"
_UUID: Final = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_LONG: Final = 200

_FORMS: Final = tuple(
    (re.compile(pattern, re.ASCII), key)
    for pattern, key in (
        (r"true|false", "shape.truth"),
        (_DAY, "shape.date"),
        (_DAY + _ZONE, "shape.date-zone"),
        (_DAY + _CLOCK, "shape.time"),
        (_DAY + _CLOCK + _ZONE, "shape.time-zone"),
        (r"\d{1,2}\.\d{1,2}\.\d{2,4}", "shape.date-dots"),
        (r"\d{1,4}/\d{1,2}/\d{1,4}", "shape.date-slashes"),
        (_UUID, "shape.uuid"),
        (r"urn:uuid:" + _UUID, "shape.uuid-urn"),
        (r"https?://[^\s]+", "shape.url"),
        (r"urn:[^\s]+", "shape.urn"),
        (r"[^\s@]+@[^\s@]+", "shape.mail"),
    )
)
_SIGNS: Final = tuple(
    (re.compile(pattern), key)
    for pattern, key in (
        (r"[0-9]+", "shape.digits"),
        (r"[+-]?[0-9]+[.,][0-9]+", "shape.decimal"),
        (r"[A-Z]+", "shape.upper"),
        (r"[a-z]+", "shape.lower"),
        (r"[^\W\d_]+", "shape.letters"),
        (r"[^\W_]+", "shape.alphanumeric"),
    )
)


def shape_of(value: str) -> Phrase:
    """Tell what a value looks like: ``a date with a time``, ``a text of 12 characters``."""
    bare = value.strip()
    if not value:
        return Phrase("shape.empty")
    if not bare:
        return Phrase("shape.blanks", count=len(value))
    inner = _bare_shape(bare)
    return inner if bare == value else Phrase("shape.padded", inner=inner)


def _bare_shape(value: str) -> Phrase:
    length = len(value)
    if length > _LONG:
        return Phrase("shape.text", count=length)
    for form, key in _FORMS:
        match = form.fullmatch(value)
        if match:
            real = not match.groups() or _is_day(match.group(1))
            return Phrase(key) if real else Phrase("shape.no-day", inner=Phrase(key))
    signs = (key for pattern, key in _SIGNS if pattern.fullmatch(value))
    return Phrase(next(signs, "shape.text"), count=length)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
