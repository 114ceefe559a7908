"""Which rows of the message tables would nobody miss? Each is taken out in turn.

A row that another one stands in for can be deleted without breaking a law of the tables; only a kept
pair tells then. `python -m tests.row_deletions [ID …]` names the rows that neither the laws nor any
pair of `fixtures/pairs` miss; for all rows it takes some minutes.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge import resources
from bridge.mapping.tables import MESSAGE_TABLES, Tables
from tests.fixture_files import CATALOGUE
from tests.pairs import Case, cases, kept, run

_ROW = re.compile(r"(?m)^\[\[(?:part\.([\w-]+)\.)?row\]\]\nid = \"([^\"]+)\"\n")


@dataclass(frozen=True, slots=True)
class Place:
    """One row of a file: its name with that of its part, and the octets that it takes."""

    file: str
    name: str
    start: int
    end: int


def rows() -> Iterator[Place]:
    """Every row of the message tables, in order."""
    for file in MESSAGE_TABLES:
        text = (resources.mappings() / file).read_text("utf-8")
        for match in _ROW.finditer(text):
            end = text.find("\n\n", match.start())
            name = ".".join(filter(None, match.groups()))
            yield Place(file, name, match.start(), len(text) if end < 0 else end + 2)


def missed_by(place: Place, given: Sequence[Case]) -> str:
    """What misses a row: ``laws``, the first pair that ends otherwise, or nobody (empty)."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "mappings")
        shutil.copytree(resources.mappings(), root)
        path = root / place.file
        text = path.read_text("utf-8")
        path.write_text(text[: place.start] + text[place.end :], "utf-8")
        tables = Tables(root, CATALOGUE)
        if tables.check():
            return "laws"
        return next((case.name for case in given if _differs(case, tables)), "")


def _differs(case: Case, tables: Tables) -> bool:
    outcome = run(case, tables)
    return outcome.refused != case.refused or outcome.files() != kept(case.folder)


def main(names: Sequence[str]) -> int:
    """Name the rows that nobody misses, of all or of those named; 1 where there are any."""
    given, found = cases(), 0
    for place in rows():
        if (not names or place.name in names) and not missed_by(place, given):
            found += 1
            print(f"{place.file}: row {place.name}: nobody misses it")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
