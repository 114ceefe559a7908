"""``bridge tables fmt``: one look for all table files; comments, order and data stay."""

from __future__ import annotations

import tomllib

from bridge.errors import LocalFault, MappingFault
from bridge.tables.blocks import Block, State, join, key_of, split


def formatted(text: str, where: str = "") -> str:
    """Give the text in the house's look.

    One blank line between blocks and never two, ``key = value`` without indentation, no blanks at
    line ends; comments keep their distance. Raises ``MappingFault`` for what is no TOML.
    """
    text = text.replace("\r\n", "\n")
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingFault(f"the file is not valid TOML: {error}", where=where) from error
    blocks = [_formatted(block, number) for number, block in enumerate(split(text))]
    done = join(blocks).strip("\n") + "\n"
    if tomllib.loads(done) != before:  # no formatting is worth a changed table
        raise LocalFault("formatting would change the data of the file", where=where)
    return done


def _formatted(block: Block, number: int) -> Block:
    lead = _lead(block.lead, first=not number)
    return Block(block.name, block.listed, lead, tuple(_lines(block)), block.line)


def _lead(lines: tuple[str, ...], *, first: bool) -> tuple[str, ...]:
    """Comments with single blank lines between them, and one in front."""
    kept: list[str] = [] if first else [""]
    for line in lines:
        stripped = line.strip()
        if stripped or (kept and kept[-1]):
            kept.append(stripped)
    while first and kept and not kept[0]:
        kept.pop(0)
    return tuple(kept)


def _lines(block: Block) -> list[str]:
    state = State()
    done: list[str] = []
    for line in block.lines:
        if state.inside:
            done.append(line if state.quote else line.rstrip())
        elif line.strip():
            done.append(_line(line))
        elif done and done[-1]:
            done.append("")
        state.read(line)
    return done


def _line(line: str) -> str:
    stripped = line.strip()
    if stripped.startswith(("#", "[")):
        return stripped
    if "=" not in stripped:
        return stripped
    rest = stripped.split("=", 1)[1].strip()
    name = stripped.split("=", 1)[0].strip()
    if '"' in name or "'" in name:
        return f"{name} = {rest}"  # a quoted key may hold the equals sign itself
    return f"{key_of(line)} = {rest}"
