"""The tables of the reference's noots.md, parsed: prefixes, structures, characters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from tests.reference import reference

_HEADING = re.compile(r"^##### (\S+?):(\S+) — (\w+)(, abstract)?(?:, extends (\S+))?$")


@dataclass(frozen=True)
class Row:
    """One element (or, with `@`, one attribute) of a structure."""

    path: str
    namespace: str
    occurs: str
    type: str


@dataclass(frozen=True)
class Table:
    """One structure of sections 2 and 3."""

    name: str
    kind: str
    abstract: bool
    base: str
    rows: tuple[Row, ...]
    attributes: tuple[Row, ...]


@cache
def text() -> str:
    return reference("spec/noots.md").read_text(encoding="utf-8")


@cache
def prefixes() -> dict[str, str]:
    """Prefix by namespace, as the table at the top of the file has it."""
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| `([^`]+)` \|", text(), re.M)
    return {namespace: prefix for prefix, namespace in rows}


@cache
def tables() -> dict[str, Table]:
    found: dict[str, Table] = {}
    lines = iter(text().splitlines())
    for line in lines:
        if heading := _HEADING.match(line):
            prefix, name, kind, abstract, base = heading.groups()
            next(lines)
            rows = []
            for row in lines:
                if not row.startswith("|"):
                    break
                if not row.startswith("|---"):
                    rows.append([cell.strip() for cell in row.strip("|").split("|")])
            found[f"{prefix}:{name}"] = Table(
                f"{prefix}:{name}",
                kind,
                bool(abstract),
                base or "",
                tuple(_row(cells) for cells in rows if cells[0] != "@"),
                tuple(_row(cells) for cells in rows if cells[0] == "@"),
            )
    return found


def _row(cells: list[str]) -> Row:
    kind = cells[4]
    if kind.startswith("anonymous"):
        kind = "anonymous choice" if "choice" in kind else "anonymous sequence"
    return Row(cells[1].lstrip("@"), cells[2], cells[3], kind)


def table_after(title: str) -> list[list[str]]:
    """Cells of the first table whose header line starts so, ticks removed; `\\|` is a bar."""
    start = text().index(title)
    rows = []
    for line in text()[start:].splitlines()[2:]:
        if not line.startswith("|"):
            break
        cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
        rows.append([cell.strip().replace("\\|", "|") for cell in cells])
    return rows


@dataclass(frozen=True)
class Repertoire:
    """Characters of one type: single code points and sequences of them."""

    singles: frozenset[int]
    sequences: frozenset[str]


@cache
def repertoires() -> dict[str, Repertoire]:
    """String.Latin and the five DIN types of section 3.3, by prefixed name."""
    latin = re.search(r"String.Latin` singles.*?`(0009[^`]*)`\nsequences: `([^`]*)`", text(), re.S)
    normative = re.search(r"datatypeC` singles:\n`([^`]*)`", text())
    common = re.search(r"Sequences common to all five DIN types.*?\n`([^`]*)`", text())
    assert latin and normative and common
    sequences = frozenset(_din_sequences(common[1]))
    c = _code_points(normative[1])
    cells = {
        row[0].strip("`"): re.findall(r"`([^`]*)`", row[2])
        for row in table_after("| type | meaning | singles |")
    }
    d = (c - _code_points(cells["datatypeD"][0])) | _code_points(cells["datatypeD"][1])
    e = c | _code_points(cells["datatypeD"][1]) | _code_points(cells["datatypeE"][0])
    din = {
        "datatypeA": c - _code_points(cells["datatypeA"][0]),
        "datatypeB": c - _code_points(cells["datatypeB"][0]),
        "datatypeC": c,
        "datatypeD": d,
        "datatypeE": e,
    }
    found = {f"din91379:{name}": Repertoire(singles, sequences) for name, singles in din.items()}
    found["xoev-lc:String.Latin"] = Repertoire(
        _code_points(latin[1]),
        frozenset("".join(chr(int(p, 16)) for p in s.split("+")) for s in latin[2].split()),
    )
    return found


def _code_points(listed: str) -> frozenset[int]:
    points: set[int] = set()
    for part in listed.split():
        first, _, last = part.partition("-")
        points |= set(range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(points)


def _din_sequences(listed: str) -> list[str]:
    found = []
    for group in listed.split("; "):
        base, _, marks = group.partition("+")
        for mark in marks.strip("{}").split(","):
            found.append("".join(chr(int(p, 16)) for p in (base, *mark.split("+"))))
    return found
