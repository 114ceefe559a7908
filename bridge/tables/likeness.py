"""How alike the names of two fields are, across German and English."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from typing import Final

_PARTS: Final = re.compile(r"[A-ZÄÖÜ]+(?![a-zäöüß])|[A-ZÄÖÜ]?[a-zäöüß]+|\d+")
_EMPTY: Final = frozenset({"of", "the", "and", "der", "die", "das", "und", "s", "en", "n", "e"})
_OWN: Final = 0.75
"""What a field's own name weighs; the rest is its group's."""
_SPELLED: Final = 0.6
"""What two words that are only spelt alike are worth, at most."""


@dataclass(frozen=True)
class Words:
    """Which German word is which English one (``mappings/new.toml``)."""

    german: Mapping[str, Sequence[str]] = field(default_factory=dict)
    same: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _known(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for english, words in self.german.items():
            for word in (*words, english):
                found.setdefault(word, set()).add(self.same.get(english, english))
        for word, english in self.same.items():
            found.setdefault(word, set()).add(english)
        return {word: frozenset(meanings) for word, meanings in found.items()}

    def meanings(self, name: str) -> list[frozenset[str]]:
        """The words of a name, each with what it may mean."""
        found = []
        for part in _PARTS.findall(name):
            found += self._compound(part.lower())
        return [meaning for meaning in found if not meaning & _EMPTY]

    def _compound(self, word: str) -> list[frozenset[str]]:
        """Take a German compound apart, the longest known words first."""
        if word in self._known:
            return [self._known[word]]
        for size in range(len(word) - 1, 2, -1):
            head = word[:size]
            if head in self._known:
                rest = word[size:].removeprefix("s") if word[size:] != "s" else ""
                return [self._known[head], *(self._compound(rest) if rest else [])]
        return [frozenset({word})]

    def likeness(self, one: str, other: str) -> float:
        """From 0 to 1 for two paths: their last names count most, the groups around them a bit."""
        *group, own = one.split("/")
        *beside, theirs = other.split("/")
        names = self._alike(self.meanings(own), self.meanings(theirs))
        if not group and not beside:
            return names
        around = self._alike(
            self.meanings("/".join(group[-1:])), self.meanings("/".join(beside[-1:]))
        )
        mixed = self._alike(self.meanings(one), self.meanings(other))
        return max(_OWN * names + (1 - _OWN) * around, 0.95 * mixed)

    @staticmethod
    def _alike(one: list[frozenset[str]], other: list[frozenset[str]]) -> float:
        """Twice the shared words over all words; words spelt alike count in part."""
        if not one or not other:
            return 0.0
        left, shared = list(other), 0.0
        for meaning in one:
            best, score = None, 0.0
            for candidate in left:
                value = 1.0 if meaning & candidate else _spelled(meaning, candidate)
                if value > score:
                    best, score = candidate, value
            if best is not None and score > 0.4:
                left.remove(best)
                shared += score
        return 2 * shared / (len(one) + len(other))


def _spelled(one: frozenset[str], other: frozenset[str]) -> float:
    ratio = max(SequenceMatcher(None, a, b).ratio() for a in one for b in other)
    return _SPELLED * ratio if ratio > 0.75 else 0.0
