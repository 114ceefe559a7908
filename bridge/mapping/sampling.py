"""Texts made up after a pattern of XML Schema: parsed once, drawn as often as wished.

The part of the language that data models use: alternatives, groups, quantifiers, classes with
ranges, negation and subtraction, the usual escapes. What is open to any character draws from a
small alphabet.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from bridge.mapping.draw import Draw

Sample = Callable[[Draw], str]

ALPHABET: Final = "abcxyzABCXYZ0129 .,;:/'&<>\"()+-_@ÄÖÜäöüßéñçčłőøþ"
"""What stands for any character."""
_DIGITS: Final = "0123456789"
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÜßéč"
_MORE: Final = 4
"""How many times more than the least an unlimited quantifier repeats."""
_CLASSES: Final = {
    "d": _DIGITS,
    "w": _LETTERS + _DIGITS,
    "s": " ",
    "i": _LETTERS + "_",
    "c": _LETTERS + _DIGITS + "-._",
    "D": "".join(c for c in ALPHABET if c not in _DIGITS),
    "W": "".join(c for c in ALPHABET if not c.isalnum()),
    "S": ALPHABET.replace(" ", ""),
    "n": "\n",
    "r": "\r",
    "t": "\t",
}
_CATEGORIES: Final = {
    "L": _LETTERS,
    "Lu": "ABCXYZÄÖÜ",
    "Ll": "abcxyzäöüß",
    "N": _DIGITS,
    "Nd": _DIGITS,
}


@lru_cache(maxsize=512)
def sampler(pattern: str) -> Sample:
    """Give what draws texts of a pattern. ``ValueError`` where it uses what is not known here."""
    reader = _Reader(pattern)
    sample = reader.alternatives()
    if reader.rest():
        raise ValueError(f"the pattern cannot be read from character {reader.at + 1} on")
    return sample


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def rest(self) -> str:
        return self.pattern[self.at :]

    def _peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def _take(self) -> str:
        character = self._peek()
        if not character:
            raise ValueError("the pattern ends too early")
        self.at += 1
        return character

    def alternatives(self) -> Sample:
        branches = [self._branch()]
        while self._peek() == "|":
            self._take()
            branches.append(self._branch())
        if len(branches) == 1:
            return branches[0]
        return lambda draw: draw.among(branches)(draw)

    def _branch(self) -> Sample:
        pieces: list[Sample] = []
        while self._peek() and self._peek() not in "|)":
            pieces.append(self._quantified(self._atom()))
        return lambda draw: "".join([piece(draw) for piece in pieces])

    def _quantified(self, atom: Sample) -> Sample:
        sign = self._peek()
        if sign not in ("?", "*", "+", "{") or not sign:
            return atom
        self._take()
        if sign != "{":
            least, most = {"?": (0, 1), "*": (0, _MORE), "+": (1, 1 + _MORE)}[sign]
        else:
            inside, closing, _ = self.rest().partition("}")
            if not closing:
                raise ValueError("a quantifier does not end")
            self.at += len(inside) + 1
            first, comma, last = inside.partition(",")
            least = int(first)
            most = int(last) if last else least + (_MORE if comma else 0)

        def sample(draw: Draw) -> str:
            count = least + (draw.below(most - least + 1) if most > least else 0)
            return "".join([atom(draw) for _ in range(count)])

        return sample

    def _atom(self) -> Sample:
        character = self._take()
        if character == "(":
            if self.rest().startswith("?:"):
                self.at += 2
            inner = self.alternatives()
            if self._take() != ")":
                raise ValueError("a group does not end")
            return inner
        if character == "[":
            letters = self._class()
        elif character == ".":
            letters = ALPHABET
        elif character == "\\":
            letters = self._escape()
        else:
            return lambda _draw: character
        if not letters:
            raise ValueError("no character fits a class of the pattern")
        return lambda draw: draw.among(letters)

    def _escape(self) -> str:
        character = self._take()
        if character in "pP":
            inside, _, _ = self.rest().partition("}")
            self.at += len(inside) + 1
            letters = _CATEGORIES.get(inside.removeprefix("{"), _LETTERS)
            return letters if character == "p" else "".join(c for c in ALPHABET if c not in letters)
        return _CLASSES.get(character, character)

    def _class(self) -> str:
        negated = self._peek() == "^"
        if negated:
            self._take()
        letters: list[str] = []
        while self._peek() != "]":
            if self.rest().startswith("-["):
                self.at += 2
                without = self._class()
                letters = [c for c in letters if c not in without]
                continue
            first = self._escape() if self._peek() == "\\" and self._take() else self._take()
            following = self.rest()
            if len(first) == 1 and following[:1] == "-" and following[1:2] not in ("]", "["):
                self._take()
                last = self._escape() if self._peek() == "\\" and self._take() else self._take()
                letters += map(chr, range(ord(first), ord(last) + 1))
            else:
                letters += first
        self._take()
        if negated:
            return "".join(c for c in ALPHABET if c not in letters)
        return "".join(dict.fromkeys(letters))
