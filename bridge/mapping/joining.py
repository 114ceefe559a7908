"""One text of several fields, and several fields of one text: what a row with a pattern does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from bridge.mapping.account import Env
from bridge.mapping.convert_values import TRANSLITERATED
from bridge.mapping.converter import Apply
from bridge.mapping.latin import Latin
from bridge.mapping.paths import Path
from bridge.mapping.pattern import Pattern
from bridge.message import Group

_ALIKE: Final = "the parts of the text cannot be told apart again"
LONG: Final = "the text was cut to the length that the other side takes"


@dataclass(frozen=True, slots=True)
class Join:
    """Puts a text together. ``limit`` is the length at which it is cut (-1: nowhere).

    ``back`` says that the row also goes the other way, so that the text must be told apart again;
    ``repair`` that the target takes String.Latin only.
    """

    pattern: Pattern
    limit: int
    back: bool
    repair: bool

    def text(self, group: Group, latin: Latin) -> str | None:
        """The text of a group's fields; ``None`` where a field that it needs is absent."""
        joined = self.pattern.join(self.pattern.gather(group))
        if joined is not None and self.repair:
            joined = latin.repair(joined)[0] or None
        if joined is not None and 0 <= self.limit < len(joined):
            return joined[: self.limit].rstrip()
        return joined

    def loss(self, group: Group, latin: Latin) -> str:
        """What is lost when the group's fields become one text; empty where nothing is."""
        values = self.pattern.gather(group)
        joined = self.pattern.join(values) or ""
        if self.repair and latin.repair(joined)[1]:
            return TRANSLITERATED
        if 0 <= self.limit < len(joined):
            return LONG
        return _ALIKE if self.back and joined and self.pattern.split(joined) != values else ""


@dataclass(frozen=True, slots=True)
class Split:
    """Takes a text apart for ``row`` (its name).

    ``targets`` and ``goals`` (for the account) stand beside the pattern's members.
    """

    row: str
    pattern: Pattern
    targets: tuple[Path, ...]
    goals: tuple[str, ...]

    def parts(self, text: str) -> list[tuple[Path, str, str]] | None:
        """Target, goal and value of each part; ``None`` where the text has another form."""
        values = self.pattern.split(text)
        if values is None:
            return None
        places = zip(self.pattern.members, self.targets, self.goals, strict=True)
        return [(t, goal, values[m.path]) for m, t, goal in places if m.path in values]


def cut_to(most: int, apply: Apply | None) -> Apply:
    """Bring a text to a length after what ``apply`` does; what is cut is told as a loss."""

    def cut(value: Any, env: Env) -> Any:
        text = value if apply is None else apply(value, env)
        if text is None or len(text) <= most:
            return text
        env.lose(LONG)
        return text[:most].rstrip()

    return cut
