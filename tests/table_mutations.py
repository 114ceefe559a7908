"""Shipped tables of contents, spoilt one at a time: what `bridge tables check` has to catch.

Mutations are made of the text of the files, by kind; each changes one thing that a person might get
wrong. `python -m tests.table_mutations` prints the figures that docs/mapping-laws.md reports.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bridge.mapping.check import problems_of
from bridge.mapping.tables import Tables
from bridge.resources import mappings
from tests.fixture_files import CATALOGUE

EXAMPLES: Final = 30
"""Documents made up for each content and direction; the default of the command is nearly as many."""
_HEADER: Final = re.compile(r"^\[\[?([^\]]+)\]\]?$", re.MULTILINE)
_SIDES: Final = ("eu", "national")
_OTHER_CONVERTERS: Final = (
    "country", "upper", "language", "wz-nace", "date-german", "decimal-comma", "loa", "utc", "urn",
    "year-month", "gender", "purpose",
)  # fmt: skip


@dataclass(frozen=True)
class Mutation:
    """One change of one file: `kind` as in the report, `what` for people."""

    kind: str
    file: str
    what: str
    text: str


@dataclass(frozen=True)
class Block:
    """One `[[row]]` or `[[pair]]` of a file: where it stands, and what it says."""

    header: str
    start: int
    end: int
    data: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.data.get("id", self.data.get("eu", "?")))


class File:
    """One file of tables, block by block."""

    def __init__(self, root: Path, name: str) -> None:
        self.name = name
        self.text = (root / name).read_text("utf-8")
        heads = list(_HEADER.finditer(self.text))
        ends = [head.start() for head in heads[1:]] + [len(self.text)]
        self.blocks = []
        for head, end in zip(heads, ends, strict=True):
            body = self.text[head.end() : end]
            end = head.end() + len(body)
            self.blocks.append(Block(head.group(1), head.start(), end, tomllib.loads(body)))

    def rows(self) -> list[Block]:
        return [b for b in self.blocks if b.header == "row" or b.header.endswith(".row")]

    def without(self, block: Block) -> str:
        return self.text[: block.start] + self.text[block.end :]

    def with_lines(self, block: Block, change: Callable[[str], str]) -> str:
        body = self.text[block.start : block.end]
        changed = change(body)
        assert changed != body, (self.name, block.id)
        return self.text[: block.start] + changed + self.text[block.end :]

    def replaced(self, block: Block, key: str, value: str | None) -> str:
        """Set a key of a block to a TOML value, or take it out."""
        line = re.compile(rf"^{key} = .*\n", re.MULTILINE)
        fresh = "" if value is None else f"{key} = {value}\n"

        def change(body: str) -> str:
            if line.search(body):
                return line.sub(lambda _: fresh, body, count=1)
            head, _, rest = body.partition("\n")
            return f"{head}\n{fresh}{rest}"

        return self.with_lines(block, change)


def shipped(root: Path) -> tuple[list[File], list[File]]:
    """The contents' tables, and the lists of codes that they use."""
    contents = [
        File(root, f"payloads/{p.name}") for p in sorted((root / "payloads").glob("*.toml"))
    ]
    used = {row.data["codes"] for file in contents for row in file.rows() if "codes" in row.data}
    return contents, [File(root, f"codes/{name}.toml") for name in sorted(used)]


def mutations(root: Path) -> Iterator[Mutation]:
    """All of them, in the order of the files."""
    contents, codes = shipped(root)
    names = [Path(file.name).stem for file in codes]
    for file in contents:
        for number, row in enumerate(file.rows()):
            for kind, what, text in _of_row(file, row, number, names):
                yield Mutation(kind, file.name, f"{row.header} {row.id}: {what}", text)
    both_ways = {
        row.data["codes"]
        for file in contents
        for row in file.rows()
        if row.data.get("direction", "both") == "both" and "codes" in row.data
    }
    for file in codes:
        for block in (b for b in file.blocks if b.header == "pair"):
            what = f"pair {block.data['eu']}/{block.data['national']}"
            yield Mutation("missing code", file.name, what, file.without(block))
            # Of a list that rows use in one direction only, the other direction says nothing.
            if "direction" in block.data and Path(file.name).stem in both_ways:
                text = file.replaced(block, "direction", None)
                yield Mutation("lossy row two-way", file.name, f"{what} in both directions", text)


def _of_row(
    file: File, row: Block, number: int, codes: list[str]
) -> Iterator[tuple[str, str, str]]:
    data = row.data
    yield from _paths(file, row, number)
    yield "deleted row", "gone", file.without(row)
    leaf = not data.get("part") and all(side in data and data[side] != "none" for side in _SIDES)
    pattern = any("{" in str(data.get(side, "")) for side in _SIDES)
    if leaf and not pattern and "constant" not in data and "from" not in data:
        name = _OTHER_CONVERTERS[number % len(_OTHER_CONVERTERS)]
        if data.get("convert") not in (name, "code", "unit", "minor-units"):
            yield "swapped converter", name, file.replaced(row, "convert", f'"{name}"')
        if data.get("convert", "copy") not in ("copy", "latin", "text", "name", "words"):
            text = file.replaced(row, "convert", '"copy"')
            yield "swapped converter", "copy", text if "codes" not in data else _bare(text, data)
        if data.get("direction", "both") == "both":
            text = file.replaced(row, "convert", '"year-month"')
            yield "lossy row two-way", "year-month both ways", text
    if data.get("codes"):
        other = codes[(codes.index(data["codes"]) + 1) % len(codes)]
        yield "wrong list of codes", other, file.replaced(row, "codes", f'"{other}"')
    if data.get("direction", "both") != "both":
        yield "lossy row two-way", "both directions", file.replaced(row, "direction", None)
    if data.get("loss"):
        yield "loss not stated", "no loss", file.replaced(row, "loss", None)
    for key in ("constant", "default"):
        if key in data:
            for value in ("true", '"x y z"', f'"{str(data[key]).lower()}?"'):
                if value != f'"{data[key]}"':
                    yield "wrong constant", f"{key} {value}", file.replaced(row, key, value)
    if "when" in data:
        text = file.with_lines(row, lambda body: re.sub(r"((?:is|not) = \[\")", r"\1no-", body))
        yield "wrong condition", "another value", text


def _bare(text: str, data: Mapping[str, Any]) -> str:
    return text.replace(f'convert = "copy"\ncodes = "{data["codes"]}"\n', 'convert = "copy"\n', 1)


def _paths(file: File, row: Block, number: int) -> Iterator[tuple[str, str, str]]:
    for side in _SIDES:
        path = str(row.data.get(side, "none"))
        if path in ("none", ".") or "{" in path:
            continue
        misspelt = re.sub(r"(\w)(\[[^\]]*\])?$", r"\1x\2", path, count=1)
        yield "wrong path", f"{side} {misspelt}", file.replaced(row, side, f'"{misspelt}"')
        others = [
            str(other.data[side])
            for other in file.rows()
            if other.header == row.header and other.data.get(side, "none") not in ("none", path)
        ]
        if others:
            swapped = others[number % len(others)]
            if "{" not in swapped:
                yield "path of another row", swapped, file.replaced(row, side, f'"{swapped}"')
        if path.endswith("[]"):
            text = file.replaced(row, side, f'"{path.removesuffix("[]")}"')
            yield "wrong cardinality", f"{side} without []", text


@dataclass(frozen=True)
class Result:
    """How many of each kind there are, and which were not caught."""

    made: Counter[str]
    missed: tuple[Mutation, ...]

    @property
    def share(self) -> float:
        """The caught ones of all."""
        return 1 - len(self.missed) / self.made.total()


def measure(chosen: Callable[[int, Mutation], bool] = lambda _number, _mutation: True) -> Result:
    """Check every chosen mutation; `chosen` gets its number and itself."""
    made: Counter[str] = Counter()
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "mappings"
        shutil.copytree(mappings(), root)
        for number, mutation in enumerate(mutations(mappings())):
            if not chosen(number, mutation):
                continue
            made[mutation.kind] += 1
            path = root / mutation.file
            kept = path.read_text("utf-8")
            path.write_text(mutation.text, "utf-8")
            found = problems_of(Tables(root, CATALOGUE), EXAMPLES, mutation.file, smallest=False)
            path.write_text(kept, "utf-8")
            if not found:
                missed.append(mutation)
    return Result(made, tuple(missed))


def main() -> int:
    """Print the table of the report, and what was missed."""
    result = measure()
    missed = Counter(mutation.kind for mutation in result.missed)
    print("| kind | mutations | caught | share |\n|---|---|---|---|")
    for kind, count in result.made.items():
        caught = count - missed[kind]
        print(f"| {kind} | {count} | {caught} | {caught / count:.1%} |")
    total = result.made.total()
    print(f"| all | {total} | {total - len(result.missed)} | {result.share:.1%} |")
    for mutation in result.missed:
        print(f"{mutation.kind}: {mutation.file}: {mutation.what}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
