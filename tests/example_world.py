"""Tables for the data model made up for examples (`tests/example_model/`), from the text of rows."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bridge.mapping.account import Account
from bridge.mapping.context import Context, seeded_ids
from bridge.mapping.receive import cut, entry_for
from bridge.mapping.receive import problems as receiving
from bridge.mapping.table import Pair, Table, load_table
from bridge.mapping.tables import Tables
from bridge.mapping.trial import Trial
from bridge.mapping.walk import Walk
from bridge.message import Group, group
from bridge.resources import mappings
from bridge.standards.catalogue import Catalogue

MODEL: Final = Path(__file__).parent / "example_model"
CATALOGUE: Final = Catalogue(MODEL)
STANDARDS: Final = {"eu": "example-eu-1.0", "national": "example-national-1.0"}
_HEAD: Final = """[table]
id = "example.payload"
title = { de = "Beispiel", en = "Example" }

[[pair]]
id = "payload"
eu = "ExampleEvidence"
national = "Beispielnachweis"
families = { eu = "example-eu", national = "example-national" }
directions = ["to-eu", "to-national"]
"""
_UNNAMED: Final = re.compile(r"payload to-(\w+) .*no row names the field '([^']+)'")


@dataclass(frozen=True)
class World:
    """One table of the example model, with everything around it."""

    tables: Tables
    table: Table

    @property
    def pair(self) -> Pair:
        return self.table.pairs[0]

    def routes(self) -> Iterator[tuple[Table, Pair, str, str, str]]:
        for side, other in (("eu", "national"), ("national", "eu")):
            yield self.table, self.pair, f"to-{side}", STANDARDS[other], STANDARDS[side]

    def static(self) -> list[str]:
        """What is wrong with the table before any document is looked at."""
        problems = []
        for table, pair, direction, source, target in self.routes():
            problems += self.tables.compiled(table, pair, direction, source, target)[1]
            side = direction.removeprefix("to-")
            shape = CATALOGUE.binding(target).message(pair.kinds[side]).shape
            problems += receiving(table, pair, side, shape)
        return list(dict.fromkeys(problems))

    def tried(self, examples: int) -> list[str]:
        """What made-up documents show to be wrong."""
        return [p for route in self.routes() for p in Trial(self.tables, *route).problems(examples)]

    def translate(
        self, direction: str, fields: dict[str, Any], procedure: str = ""
    ) -> tuple[Group, Account]:
        table, pair, _, source, target = next(r for r in self.routes() if r[2] == direction)
        route = self.tables.route(table, pair, direction, source, target)
        context = Context(datetime(2026, 1, 1, tzinfo=UTC), seeded_ids("example"))
        walk = Walk(route, context, self.tables.shelf(target))
        made = walk.run([CATALOGUE.message(source, route.source_kind, group(fields))])
        entry = entry_for(table, procedure, direction.removeprefix("to-"))
        return (made if entry is None else cut(made, entry, walk.account)), walk.account


def world(folder: Path, rows: str, codes: str = "", *, whole: bool = False) -> World:
    """A table of the rows; fields that they do not name are declared lost, unless it is `whole`."""
    root = folder / "mappings"
    root.mkdir()
    shutil.copytree(mappings() / "codes", root / "codes")
    for name in ("latin.toml", "platform.toml", "guard.toml"):
        shutil.copy(mappings() / name, root)
    if codes:
        (root / "codes" / "example.toml").write_text(codes, "utf-8")
    path = root / "example.toml"
    chaptered = re.sub(
        r"^(\[\[(?:row|part\.\w+\.row)\]\])$", r'\1\nchapter = "x"', rows, flags=re.M
    )
    path.write_text(f"{_HEAD}\n{chaptered}", "utf-8")
    tables = Tables(root, CATALOGUE)
    made = World(tables, load_table(path))
    if not whole:
        more = []
        for number, problem in enumerate(made.static()):
            found = _UNNAMED.search(problem)
            if found:
                side = {"eu": "national", "national": "eu"}[found.group(1)]
                other = "eu" if side == "national" else "national"
                more.append(
                    f'[[row]]\nid = "rest-{number}"\npairs = ["payload"]\n{side} = "{found.group(2)}"\n'
                    f'{other} = "none"\ndirection = "to-{other}"\nloss = "not in this example"\n'
                )
        path.write_text(path.read_text("utf-8") + "\n" + "\n".join(more), "utf-8")
        made = World(Tables(root, CATALOGUE), load_table(path))
    return made
