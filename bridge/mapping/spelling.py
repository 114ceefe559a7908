"""Numbers and secrets however they are spelled: the eyes of the border guard (NOOTS 8.4)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

_DIGITS: Final = 11
_GAP_MOST: Final = 3
# What people put between the digits of a number. Not the asterisk: type approval numbers of
# vehicles (e1*2007/46*0000*01) would be taken for an IDNr one time in ten.
_RUN: Final = re.compile(rf"[0-9](?:[\s._,/\u2010-\u2015\u2212-]{{0,{_GAP_MOST}}}[0-9])*")
_LETTERS_BEFORE: Final = re.compile(r"[^\W\d_]+\Z")
_ANNOUNCING: Final = ("idnr", "id", "nr", "tin", "nummer", "number", "no")
_GROUP: Final = re.compile(r"[0-9]+")
# What is full of digits by its nature: times, dates, UUIDs, the ids of MIME parts.
_NATURAL: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9:]+)?"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|(?<![0-9A-Za-z])[0-9a-f]{32}(?=@)",
    re.IGNORECASE,
)


class Place(NamedTuple):
    """Where something was found in a text."""

    start: int
    end: int


def is_idnr(text: str) -> bool:
    """Judge the form of an IDNr: eleven digits, no leading zero, check digit ISO 7064 MOD 11,10.

    >>> is_idnr("12345678903"), is_idnr("12345678901")
    (True, False)
    """
    if len(text) != _DIGITS or not text.isascii() or not text.isdigit() or text[0] == "0":
        return False
    product = 10
    for digit in text[:10]:
        total = (int(digit) + product) % 10 or 10
        product = 2 * total % 11
    return (11 - product) % 10 == int(text[10])


def folded(text: str) -> tuple[str, list[int]]:
    """Fold a text to what a person would read: digits of all scripts, no invisible characters.

    Gives the folded text and, for each of its characters, the place in the original.
    """
    if text.isascii():
        return text, []
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if unicodedata.category(character) == "Cf":
            continue
        digit = unicodedata.digit(character, None)
        plain = str(digit) if digit is not None else unicodedata.normalize("NFKC", character)
        characters += plain
        places += [place] * len(plain)
    return "".join(characters), places


def numbers(text: str) -> Iterator[Place]:
    """Find numbers of the form of an IDNr, in any script, with up to three signs between digits.

    The number begins and ends where a group of digits does; of one run the first one counts.
    Dates, times, UUIDs and content ids are passed over: they hold such digits by chance.
    """
    plain, places = folded(text)
    plain = _NATURAL.sub(lambda match: "x" * len(match.group()), plain)
    for run in _RUN.finditer(plain):
        groups = [
            (group.group(), run.start() + group.start(), run.start() + group.end())
            for group in _GROUP.finditer(run.group())
        ]
        for first in range(len(groups)):
            last = first
            digits = groups[first][0]
            while len(digits) < _DIGITS and last + 1 < len(groups):
                last += 1
                digits += groups[last][0]
            start, end = groups[first][1], groups[last][2]
            if is_idnr(digits) and not _part_of_a_word(plain, start, end):
                yield _original(places, start, end - 1)
                break


def _part_of_a_word(text: str, start: int, end: int) -> bool:
    """Whether letters touch the number: a VAT number, say. Not if they announce it (``IDNr1…``)."""
    before = _LETTERS_BEFORE.search(text, 0, start)
    announced = before is not None and before.group().casefold().endswith(_ANNOUNCING)
    return (before is not None and not announced) or text[end : end + 1].isalpha()


def secrets_in(text: str, secrets: frozenset[str]) -> Iterator[Place]:
    """Find known values: other case, other script, blanks and signs between the letters."""
    if not secrets:
        return
    plain, places = folded(text)
    for match in _spelled(secrets).finditer(plain):
        yield _original(places, match.start(), match.end() - 1)


def _original(places: list[int], first: int, last: int) -> Place:
    return Place(places[first], places[last] + 1) if places else Place(first, last + 1)


@lru_cache(maxsize=256)
def _spelled(secrets: frozenset[str]) -> re.Pattern[str]:
    between = rf"[\W_]{{0,{_GAP_MOST}}}"
    letters = []
    for secret in sorted(secrets):
        plain, _ = folded(secret)
        letters.append([c for c in plain if c.isalnum()] or list(plain))
    return re.compile("|".join(between.join(map(re.escape, some)) for some in letters), re.I)
