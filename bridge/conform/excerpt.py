"""The lines of a message around its findings, for reports that show them.

A message in one line is shown as if it had been written with an element a line. Excerpts hold
personal data; nothing makes them unless a report with excerpts was asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from textwrap import dedent
from typing import Final

from lxml import etree

from bridge.conform.outcome import Excerpt
from bridge.errors import RemoteFault
from bridge.finding import Finding
from bridge.xml.parse import parse
from bridge.xml.place import Places, line_of

AROUND: Final = 2
MOST_LETTERS: Final = 240
MOST_OCTETS: Final = 1 << 20
MOST_EXCERPTS: Final = 40
"""So many findings of one message get their excerpt."""
_LONG: Final = 400


@dataclass(frozen=True, slots=True)
class _Layout:
    """Lines, and on which of them each element stands, by its path."""

    lines: Sequence[str]
    places: Mapping[str, int]
    laid_out: bool = False

    def excerpt(self, line: int) -> Excerpt:
        first = max(line - AROUND, 1)
        chosen = [each.expandtabs(2) for each in self.lines[first - 1 : line + AROUND]]
        shown = dedent("\n".join(chosen)).split("\n")
        return Excerpt(first, tuple(map(_cut, shown)), line - first, self.laid_out)


def excerpts(octets: bytes, findings: Iterable[Finding]) -> Mapping[Finding, Excerpt]:
    """Give the excerpt of each finding that has a place in these octets."""
    wanted = list(findings)[:MOST_EXCERPTS]
    if not wanted or len(octets) > MOST_OCTETS:
        return {}
    lines = _text(octets).splitlines()
    try:
        root = parse(octets).root
    except RemoteFault:
        return _by_line(lines, wanted)
    known = {finding.line for finding in wanted}
    as_it_is = _Layout(lines, _places(root, set() if None in known else known))
    readable: _Layout | None = None
    found = {}
    for finding in wanted:
        place = _element(finding.location)
        line = as_it_is.places.get(place, 0)
        if not 0 < line <= len(lines):
            continue  # it stands in another document: the header, or a payload in an envelope
        if len(lines[line - 1]) <= _LONG:
            found[finding] = as_it_is.excerpt(line)
            continue
        readable = readable or _laid_out(root)
        found[finding] = readable.excerpt(readable.places[place])
    return found


def _by_line(lines: Sequence[str], findings: Iterable[Finding]) -> Mapping[Finding, Excerpt]:
    layout = _Layout(lines, {})
    return {f: layout.excerpt(f.line) for f in findings if f.line and f.line <= len(lines)}


def _laid_out(root: etree._Element) -> _Layout:
    copy = deepcopy(root)
    etree.indent(copy)
    octets = etree.tostring(copy, encoding="utf-8")
    return _Layout(octets.decode().splitlines(), _places(parse(octets).root), laid_out=True)


def _places(root: etree._Element, asked: Collection[int | None] = ()) -> Mapping[str, int]:
    """The line of each element by its path, or only of those on the lines asked for.

    A path costs what reading the element costs, so nobody makes one that nobody asks for.
    """
    elements = ((element, line_of(element)) for element in root.iter("*"))
    places = Places()  # in a message of one line, every element is asked for
    return {
        places.path_of(element): line
        for element, line in elements
        if line is not None and (not asked or line in asked)
    }


def _cut(line: str) -> str:
    line = line.rstrip()
    return line if len(line) <= MOST_LETTERS else f"{line[: MOST_LETTERS - 1]}…"


def _element(location: str) -> str:
    head, sign, _ = location.rpartition("/@")
    return head if sign else location


def _text(octets: bytes) -> str:
    utf16 = octets[:2] in (b"\xff\xfe", b"\xfe\xff")
    return octets.decode("utf-16" if utf16 else "utf-8", "replace")
