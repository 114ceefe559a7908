"""Texts put together of several fields, and taken apart again: ``{street}[ {number}], {place}``.

Braces hold a field's path, with a form behind a colon where one is needed to tell parts apart;
square brackets hold what is left out where one of its fields is absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bridge.mapping.paths import parse_path
from bridge.message import Group

FORMS: Final = {
    "text": ".+?",
    "word": r"\S+",
    "digits": r"\d+",
    "letters": r"[^\W\d_]+",
    "number": r"\d+[^\W\d_]?",
}
"""The forms of a field in a pattern; a whole number means so many characters."""
_TOKEN: Final = re.compile(r"\{([^{}:]+)(?::([^{}]+))?\}|([\[\]])|((?:[^{}\[\]\\]|\\.)+)")


@dataclass(frozen=True, slots=True)
class Member:
    """A field in a pattern: its path from the group the row starts in, and the form it has."""

    path: str
    form: str = "text"

    @property
    def fixed(self) -> bool:
        """Whether it has so many characters, whatever stands around it."""
        return self.form.isdigit()

    @property
    def expression(self) -> str:
        """What matches it."""
        return f".{{{self.form}}}" if self.fixed else FORMS[self.form]


@dataclass(frozen=True, slots=True)
class Segment:
    """Texts and fields in their order; an ``optional`` one goes as a whole or not at all."""

    parts: tuple[str | Member, ...]
    optional: bool = False

    @property
    def members(self) -> tuple[Member, ...]:
        """Its fields."""
        return tuple(part for part in self.parts if isinstance(part, Member))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A parsed pattern; ``text`` is how it is spelt."""

    text: str
    segments: tuple[Segment, ...]
    expression: re.Pattern[str]

    @property
    def members(self) -> tuple[Member, ...]:
        """All fields, in their order."""
        return tuple(member for segment in self.segments for member in segment.members)

    def join(self, values: dict[str, str]) -> str | None:
        """Put the text together of values by path; ``None`` where one that it needs is absent."""
        out: list[str] = []
        for segment in self.segments:
            absent = any(member.path not in values for member in segment.members)
            if absent and segment.optional:
                continue
            if absent:
                return None
            out += [p if isinstance(p, str) else values[p.path] for p in segment.parts]
        return "".join(out)

    def split(self, text: str) -> dict[str, str] | None:
        """Take a text apart; ``None`` where it has another form, or would not come back."""
        match = self.expression.fullmatch(text)
        if match is None:
            return None
        found = zip(self.members, match.groups(), strict=True)
        values = {member.path: value for member, value in found if value is not None}
        if any(value != value.strip() for value in values.values()):
            return None
        return values if self.join(values) == text else None

    def gather(self, group: Group) -> dict[str, str]:
        """The values of the fields that a group has."""
        found = ((member.path, group.at(member.path)) for member in self.members)
        return {path: value for path, value in found if isinstance(value, str)}

    def untellable(self) -> Iterator[str]:
        """Neighbours that nothing tells apart when a text is split."""
        before: Member | None = None
        for segment in self.segments:
            for part in segment.parts:
                if isinstance(part, str):
                    before = None
                elif before is not None and not (before.fixed or part.fixed):
                    yield f"nothing stands between '{before.path}' and '{part.path}'"
                    before = part
                else:
                    before = part


def is_pattern(text: str) -> bool:
    """Whether a path of a row is a pattern."""
    return "{" in text


@lru_cache(maxsize=512)
def parse_pattern(text: str) -> Pattern:
    """Parse a pattern. ``ValueError`` says what is wrong with it."""
    segments: list[Segment] = []
    parts: list[str | Member] = []
    optional = False
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"the pattern cannot be read from character {at + 1} on")
        at = match.end()
        path, form, bracket, literal = match.groups()
        if path:
            parts.append(_member(path, form or "text"))
        elif literal:
            parts.append(re.sub(r"\\(.)", r"\1", literal))
        elif (bracket == "[") == optional:
            raise ValueError("square brackets of a pattern do not nest, and each needs its other")
        else:
            _close(segments, parts, optional)
            parts, optional = [], bracket == "["
    if optional:
        raise ValueError("a square bracket of the pattern is not closed")
    _close(segments, parts, optional)
    members = [member.path for segment in segments for member in segment.members]
    if len(members) != len(set(members)):
        raise ValueError("a field stands twice in the pattern")
    return Pattern(text, tuple(segments), re.compile(_expression(segments), re.DOTALL))


def _member(path: str, form: str) -> Member:
    if form not in FORMS and not (form.isdigit() and int(form)):
        known = ", ".join(FORMS)
        raise ValueError(f"'{form}' is no form of a field: {known}, or a number of characters")
    parse_path(path)
    return Member(path, form)


def _close(segments: list[Segment], parts: list[str | Member], optional: bool) -> None:
    if not parts:
        return
    segment = Segment(tuple(parts), optional)
    if optional and not segment.members:
        raise ValueError("square brackets of a pattern hold a field")
    segments.append(segment)


def _expression(segments: list[Segment]) -> str:
    out = []
    for segment in segments:
        inside = "".join(
            re.escape(part) if isinstance(part, str) else f"({part.expression})"
            for part in segment.parts
        )
        out.append(f"(?:{inside})?" if segment.optional else inside)
    return "".join(out)
