"""What people see: tables, trees and panels, one paragraph for an error, and the exit codes.

Rich draws on a terminal; everywhere else the same rows are plain text, without importing rich.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TextIO, TypeAlias

from bridge.errors import BridgeError, RemoteFault, SettingsFault
from bridge.finding import Finding, Severity, fatal

DONE: Final = 0
REFUSED: Final = 1
USAGE: Final = 2
UNREADABLE: Final = 3

_EXITS: Final = ((RemoteFault, UNREADABLE), (SettingsFault, USAGE))

_COLOURS: Final = {
    "": "",
    "head": "bold",
    "name": "cyan",
    "good": "green",
    "bad": "bold red",
    "warn": "yellow",
    "faint": "dim",
}
SEVERITY_STYLES: Final = {
    Severity.FATAL: "bad",
    Severity.WARNING: "warn",
    Severity.INFO: "faint",
}
_BIDI: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Styled:
    """A text with one of the house's styles: head, name, good, bad, warn, faint."""

    text: str
    style: str = ""


Cell: TypeAlias = str | Styled


def visible(text: str) -> str:
    """Make a value safe to show: no control or direction characters, line ends as ``↵``."""
    if text.isprintable() and not _BIDI.intersection(text):
        return text
    shown = text.replace("\r\n", "↵").replace("\n", "↵").replace("\t", " ")
    return "".join(
        "�" if c in _BIDI or unicodedata.category(c) in ("Cc", "Cs") else c for c in shown
    )


def _cell(cell: Cell) -> Styled:
    styled = Styled(cell) if isinstance(cell, str) else cell
    return Styled(visible(styled.text), styled.style)


class Output:
    """One stream for people (or for ``--json``)."""

    def __init__(self, stream: TextIO | None = None, *, fancy: bool | None = None) -> None:
        self.stream = sys.stdout if stream is None else stream
        self.fancy = _is_terminal(self.stream) if fancy is None else fancy
        self._begun = False

    @cached_property
    def _console(self) -> Any:
        from rich.console import Console

        return Console(file=self.stream, highlight=False, emoji=False)

    def json(self, value: object) -> None:
        """Print one JSON object."""
        import json

        # Where the stream cannot hold every letter, only JSON's own escapes keep it JSON.
        plain = (self.stream.encoding or "").lower().replace("-", "") != "utf8"
        json.dump(value, self.stream, ensure_ascii=plain, indent=2)
        self.stream.write("\n")

    def line(self, *cells: Cell) -> None:
        """Print one line, its pieces one after the other."""
        pieces = [_cell(cell) for cell in cells]
        self._begun = True
        if self.fancy:
            self._console.print(_text(pieces))
        else:
            self.stream.write("".join(piece.text for piece in pieces).rstrip() + "\n")

    def heading(self, text: str) -> None:
        """Print a heading, set off from what stands above it."""
        if self._begun:
            self.line()
        self.line(Styled(text, "head"))

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
        """Print rows under column heads, without empty columns; nothing where there are no rows."""
        cells = [[_cell(cell) for cell in row] for row in rows]
        if not cells:
            return
        used = [n for n in range(len(columns)) if any(row[n].text for row in cells)]
        columns = [columns[n] for n in used]
        cells = [[row[n] for n in used] for row in cells]
        self._begun = True
        if self.fancy:
            self._console.print(_rich_table(columns, cells))
            return
        heads = [Styled(column) for column in columns]
        widths = [max(len(row[n].text) for row in (heads, *cells)) for n in range(len(columns))]
        for row in (heads, *cells):
            padded = (cell.text.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stream.write("  ".join(padded).rstrip() + "\n")

    def tree(self, title: Cell, rows: Iterable[tuple[int, str, Cell]]) -> None:
        """Print (depth from one, name, value) as a tree; the value of a group is empty."""
        if not self.fancy:
            self.line(title)
            for depth, name, value in rows:
                cell = _cell(value)
                self.line("  " * depth + name + (f": {cell.text}" if cell.text else ""))
            return
        from rich.tree import Tree

        tree = Tree(_text([_cell(title)]))
        nodes = [tree]
        for depth, name, value in rows:
            cell = _cell(value)
            label = [Styled(visible(name), "name"), Styled(": " if cell.text else ""), cell]
            nodes[depth:] = [nodes[depth - 1].add(_text(label))]
        self._console.print(tree)

    def panel(self, title: str, rows: Sequence[tuple[str, Cell]]) -> None:
        """Print names and values in a frame (indented under the title where it is plain)."""
        cells = [(name, _cell(value)) for name, value in rows]
        width = max((len(name) for name, _ in cells), default=0)
        if not self.fancy:
            self.heading(title)
            for name, cell in cells:
                self.line(f"  {name.ljust(width)}  {cell.text}")
            return
        from rich.panel import Panel
        from rich.table import Table

        grid = Table.grid(padding=(0, 2))
        for name, cell in cells:
            grid.add_row(_text([Styled(name, "name")]), _text([cell]))
        self._console.print(Panel(grid, title=_text([Styled(visible(title), "head")])))

    def findings(
        self, findings: Sequence[Finding], beside: tuple[str, Sequence[str]] | None = None
    ) -> None:
        """Print findings as a table, gravest first; ``beside`` is one more column."""
        head, column = beside or ("", [""] * len(findings))
        self.table(
            ("severity", head, "id", "line", "place", "message"),
            [
                (
                    Styled(str(f.severity), SEVERITY_STYLES[f.severity]),
                    str(more),
                    f.id,
                    "" if f.line is None else str(f.line),
                    f.location,
                    f.message,
                )
                for f, more in zip(findings, column, strict=True)
            ],
        )


def _text(pieces: Iterable[Styled]) -> Any:
    from rich.text import Text

    return Text.assemble(*((piece.text, _COLOURS[piece.style]) for piece in pieces))


def _rich_table(columns: Sequence[str], cells: list[list[Styled]]) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in cells:
        table.add_row(*(_text([cell]) for cell in row))
    return table


def _is_terminal(stream: TextIO) -> bool:
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return stream.isatty() and not plain


def errors() -> Output:
    """What goes to stderr, so that a message on stdout stays a message."""
    return Output(sys.stderr)


def complain(error: BridgeError) -> None:
    """Print an error as one paragraph: what, where, what to do."""
    errors().line(Styled("bridge: ", "bad"), error.paragraph())
    for problem in getattr(error, "problems", ())[1:]:
        errors().line(f"  {problem}")


def exit_code(error: BridgeError) -> int:
    """Give the exit code that an error ends with."""
    return next((code for family, code in _EXITS if isinstance(error, family)), REFUSED)


def exit_for(findings: Iterable[Finding]) -> int:
    """Give the exit code of a judged message: only a fatal finding refuses it."""
    return REFUSED if fatal(findings) else DONE


def as_finding(error: BridgeError) -> Finding:
    """Tell an error in the list of findings."""
    remedy = f" {error.remedy}" if error.remedy else ""
    return Finding(
        error.code, Severity.FATAL, error.where or "/", f"{error.what}.{remedy}", error.line
    )


def measured(value: Any) -> Any:
    """Make fields fit for JSON: octets become their size and SHA-256, everything else stays."""
    if isinstance(value, bytes):
        return digest_of(value)
    if isinstance(value, Mapping):
        return {name: measured(inner) for name, inner in value.items()}
    if isinstance(value, tuple | list):
        return [measured(item) for item in value]
    return value


def digest_of(octets: bytes) -> dict[str, object]:
    """Give size and SHA-256 of octets."""
    from hashlib import sha256

    return {"bytes": len(octets), "sha256": sha256(octets).hexdigest()}
