"""A table file as rows of a spreadsheet, and an edited sheet back into the file.

Each block of the file is a line of the sheet. What did not change keeps its octets, comments
included; the order of the file stays, however the sheet was sorted.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bridge.errors import SettingsFault
from bridge.tables.blocks import Block, entries, join, key_of, split
from bridge.tables.values import cell, key_text, toml, value_of

NUMBER: Final = "#"
BLOCK: Final = "block"
_FIRST: Final = ("id", "eu", "edm", "national", "xnachweis", "direction", "convert", "codes")
_LAST: Final = ("default", "constant", "when", "loss", "chapter", "note")
_DIGEST: Final = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sheet: the block's number in the file (zero: new), its header, its cells."""

    number: int
    block: str
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """All lines of one file. ``state`` tells the text that it was made of."""

    state: str
    lines: tuple[Line, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All keys that are used, those that people look for first in front."""
        used = dict.fromkeys(key for line in self.lines for key in line.cells)
        first = [key for key in _FIRST if key in used]
        last = [key for key in _LAST if key in used]
        return (*first, *(key for key in used if key not in (*first, *last)), *last)


def state_of(text: str) -> str:
    """What tells one text of a file from another."""
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]


def sheet_of(text: str) -> Sheet:
    """The sheet of a file."""
    lines = []
    for number, block in enumerate(split(text), 1):
        if block.name:
            cells = {key: cell(key, value) for key, value in block.data.items()}
            lines.append(Line(number, _spelled(block), cells))
    return Sheet(state_of(text), tuple(lines))


def _spelled(block: Block) -> str:
    return f"[[{block.name}]]" if block.listed else f"[{block.name}]"


def merged(text: str, sheet: Sheet) -> str:
    """The file with what the sheet changed.

    Raises ``SettingsFault`` where the sheet was made of another state of the file, or a cell
    cannot be read.
    """
    if sheet.state != state_of(text):
        raise SettingsFault(
            "the file changed since the sheet was made of it",
            remedy="Export it again and repeat the changes.",
        )
    blocks = split(text)
    kept, added = _sorted(blocks, sheet.lines)
    done: list[Block] = []
    for number, block in enumerate(blocks, 1):
        line = kept.get(number)
        if line is not None:
            done.append(_changed(block, _values(line)))
        elif not block.name:
            done.append(block)
        elif not block.listed and "." not in block.name:
            raise SettingsFault(
                f"the line of {_spelled(block)} is missing in the sheet",
                remedy="A file does without rows, not without its head. Export it again.",
            )
        done += [_new(line) for line in added.get(number, ())]
    result = join(_without_lead(blocks, done))
    try:
        tomllib.loads(result)
    except tomllib.TOMLDecodeError as error:
        raise SettingsFault(f"the sheet makes no valid table: {error}") from error
    return result


def _sorted(
    blocks: Sequence[Block], lines: Iterable[Line]
) -> tuple[dict[int, Line], dict[int, list[Line]]]:
    """Lines of known blocks by number, and new ones by the block that they stand behind."""
    kept: dict[int, Line] = {}
    added: dict[int, list[Line]] = {}
    behind = len(blocks)
    for line in lines:
        number = line.number
        if not number or number in kept:  # a line that was copied is a new one
            added.setdefault(behind, []).append(line)
            continue
        if not 0 < number <= len(blocks) or _spelled(blocks[number - 1]) != line.block:
            raise SettingsFault(
                f"line {number} of the sheet is no {line.block} of the file",
                remedy=f"Leave the columns '{NUMBER}' and '{BLOCK}' as they are.",
            )
        kept[number] = line
        behind = number
    return kept, added


def _without_lead(blocks: Sequence[Block], done: list[Block]) -> list[Block]:
    """The first block begins the file, whichever it is now."""
    if done and blocks and done[0].line != blocks[0].line and not any(done[0].lead):
        return [Block(done[0].name, done[0].listed, (), done[0].lines, done[0].line), *done[1:]]
    return done


def _values(line: Line) -> dict[str, Any]:
    try:
        return {key: value_of(key, text) for key, text in line.cells.items() if text.strip()}
    except SettingsFault as fault:
        where = line.cells.get("id") or f"{NUMBER} {line.number}"
        raise SettingsFault(fault.what, where=f"{line.block} {where}") from fault


def _new(line: Line) -> Block:
    values = _values(line)
    lines = (line.block, *(f"{key_text(key)} = {toml(value)}" for key, value in values.items()))
    name = line.block.strip("[]")
    return Block(name, line.block.startswith("[["), ("",), lines, 0)


def _changed(block: Block, values: Mapping[str, Any]) -> Block:
    """A block with other values; lines of the same value stay as they are."""
    before = block.data
    if _same(before, values):
        return block
    spans = {key: (start, end) for key, start, end in entries(block)}
    lines = list(block.lines)
    for key, (start, end) in sorted(spans.items(), key=lambda span: -span[1][0]):
        if key not in values:
            del lines[start:end]
        elif not _same(before.get(key), values[key]):
            lines[start:end] = [_entry(key, values[key], lines[start])]
    for key, value in values.items():
        if key not in spans:
            lines.append(f"{key_text(key)} = {toml(value)}")
    return block.with_lines(tuple(lines))


def _entry(key: str, value: Any, line: str) -> str:
    """A changed line with the comment that stood behind it."""
    assert key_of(line) == key
    _, comment = _value_and_comment(line)
    return f"{key_text(key)} = {toml(value)}{comment}"


def _value_and_comment(line: str) -> tuple[str, str]:
    from bridge.tables.blocks import State

    state, at = State(), line.index("=") + 1
    while at < len(line):
        if line[at] == "#" and not state.quote:
            value = line[:at].rstrip()
            return value, line[len(value) :]
        at = state.step(line, at)
    return line, ""


def _same(one: Any, other: Any) -> bool:
    """Equal, and of the same kind: in Python ``1`` equals ``True``."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[k], other[k]) for k in one)
    return type(one) is type(other) and bool(one == other)
