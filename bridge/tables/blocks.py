"""A table file as blocks of lines: each header with its entries and the comments that belong to it.

Tools that change a file change single blocks; everything else keeps its octets. Only what TOML
needs is understood: strings over several lines and open brackets, so that no header is seen inside.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_QUOTES: Final = ('"""', "'''", '"', "'")


@dataclass(frozen=True, slots=True)
class Block:
    """One ``[header]`` or ``[[header]]`` with its lines.

    ``name`` is empty for what stands before the first header; ``lead`` are the blank lines and
    comments in front of the header, ``lines`` header and entries, ``line`` the header's number in
    the file, from one.
    """

    name: str
    listed: bool
    lead: tuple[str, ...]
    lines: tuple[str, ...]
    line: int

    @property
    def data(self) -> Mapping[str, Any]:
        """What the block's own entries say."""
        value: Any = tomllib.loads("\n".join(self.lines[1:] if self.name else self.lines))
        return dict(value)

    def with_lines(self, lines: tuple[str, ...]) -> Block:
        """The same block with other lines."""
        return replace(self, lines=lines)


def split(text: str) -> list[Block]:
    """Split a valid TOML text. Joined again by ``join`` it is the same text."""
    blocks: list[Block] = []
    lines: list[str] = []
    lead: list[str] = []
    name, listed, number = "", False, 1
    for at, (line, inside) in enumerate(_with_state(text), 1):
        match = None if inside else _HEADER.match(line)
        if match is None:
            lines.append(line)
            continue
        lines, trailing = _trailing(lines)
        blocks.append(Block(name, listed, tuple(lead), tuple(lines), number))
        lead, lines = trailing, [line]
        name, listed, number = match.group(2).replace('"', ""), match.group(1) == "[[", at
    blocks.append(Block(name, listed, tuple(lead), tuple(lines), number))
    return blocks if blocks[0].lines or blocks[0].lead else blocks[1:]


def join(blocks: list[Block]) -> str:
    """The text of blocks; ends in one line end."""
    return "\n".join(line for block in blocks for line in (*block.lead, *block.lines)) + "\n"


def _trailing(lines: list[str]) -> tuple[list[str], list[str]]:
    """Blank lines and comments at a block's end belong to the header that follows."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return lines[:end], lines[end:]


def _with_state(text: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it begins inside a value that an earlier line opened."""
    state = State()
    for line in text.removesuffix("\n").split("\n"):
        yield line, state.inside
        state.read(line)


@dataclass(slots=True)
class State:
    """Where in a value the end of a line is: inside a long string, or in so many brackets."""

    quote: str = ""
    depth: int = 0

    @property
    def inside(self) -> bool:
        """Whether the next line goes on with a value."""
        return bool(self.quote) or self.depth > 0

    def read(self, line: str) -> None:
        """Take in one line."""
        if not self.inside and _HEADER.match(line):
            return
        at = 0
        while at < len(line):
            at = self.step(line, at)
        if self.quote in ('"', "'"):
            self.quote = ""  # the line is wrong; what reads it as TOML says so

    def step(self, line: str, at: int) -> int:
        """Take in what begins at a character; give where the next begins."""
        if self.quote:
            if line[at] == "\\" and self.quote.startswith('"'):
                return at + 2
            if line.startswith(self.quote, at):
                width = len(self.quote)
                self.quote = ""
                return at + width
            return at + 1
        if line[at] == "#":
            return len(line)
        quote = next((q for q in _QUOTES if line.startswith(q, at)), "")
        if quote:
            self.quote = quote
            return at + len(quote)
        self.depth += (line[at] in "[{") - (line[at] in "]}")
        return at + 1


def entries(block: Block) -> Iterator[tuple[str, int, int]]:
    """The keys of a block with the first line of each and the first behind it (in ``lines``)."""
    state = State()
    start, key = -1, ""
    for number, line in enumerate(block.lines):
        if not state.inside:
            if start >= 0:
                yield key, start, number
            start = -1
            stripped = line.strip()
            plain = stripped and not stripped.startswith("#") and not _HEADER.match(line)
            if plain and "=" in stripped:
                start, key = number, key_of(line)
        state.read(line)
    if start >= 0:
        yield key, start, len(block.lines)


def key_of(line: str) -> str:
    """The key before the first equals sign."""
    return line.split("=", 1)[0].strip().strip("\"'")
