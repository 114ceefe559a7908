"""The measures of the tables: translating a content, and loading and checking all tables."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

from lxml import etree

from bridge import resources
from bridge.cli.bench_core import Measure
from bridge.cli.bench_rules import in_turns
from bridge.errors import LocalFault
from bridge.mapping.context import Context, seeded_ids
from bridge.mapping.table import Table
from bridge.mapping.tables import Tables
from bridge.mapping.trial import rows_by_name
from bridge.mapping.walk import Walk
from bridge.message import Group, Message, group
from bridge.standards.catalogue import Catalogue
from bridge.xml.parse import parse

_TYPE: Final = "company-register-extract"
_FIXTURE: Final = f"payloads/{_TYPE}/national-full.xml"
_LEAVES: Final = 200
_MANY: Final = 200
_RUNS: Final = 3


def _payload(catalogue: Catalogue, tables: Tables) -> Message:
    """A content of 200 leaves with 40 lookups of codes: the shipped one, its lists made longer."""
    octets = (resources.fixtures() / _FIXTURE).read_bytes()
    message = catalogue.read(parse(octets)).message

    def persons(codes: str, count: int) -> tuple[Group, ...]:
        known = itertools.cycle(tables.codes[codes].values["to-eu"])
        name = {"familienname": "Muster-Beispiel", "vornamen": "Änne Katharina"}
        return tuple(
            group({"art": code, "natuerlichePerson": name})
            for code in itertools.islice(known, count)
        )

    fields = {
        **message.fields,
        "gesetzlicherVertreter": persons("representative-role", 20),
        "gesellschafter": persons("partner-role", 16),
    }
    spare = fields.pop("kommunikation")
    phones = itertools.cycle(spare["telefon"])
    left = _LEAVES - sum(1 for _ in Group(fields).leaves())
    fields["kommunikation"] = Group({"telefon": tuple(itertools.islice(phones, left))})
    return catalogue.message(message.head.standard, message.head.kind, Group(fields))


def measure_translation(seconds: float) -> Measure:
    """Translate a content of 200 leaves, over parsing and serialising its octets by lxml."""
    catalogue = Catalogue(resources.standards())
    tables = Tables(resources.mappings(), catalogue)
    message = _payload(catalogue, tables)
    octets = catalogue.write(message)
    evidence = tables.evidence_types[_TYPE]
    table = tables.payload(evidence)
    if table is None:
        raise LocalFault("the content of the benchmark has no table")
    pair = table.pairs[0]
    target = catalogue.standards[
        [s.rpartition("-")[0] for s in catalogue.standards].index(pair.families["eu"])
    ]
    route = tables.route(table, pair, "to-eu", message.head.standard, target)
    context = Context(datetime(2026, 1, 1, tzinfo=UTC), seeded_ids("bench"), tables.defaults)
    shelf = tables.shelf(target)

    walk = Walk(route, context, shelf)
    written = catalogue.message(target, route.target_kind, walk.run([message]))
    if not catalogue.write(written):
        raise LocalFault("the content of the benchmark cannot be translated")
    leaves = sum(1 for _ in message.fields.leaves())
    lookups = sum(1 for entry in walk.account.mapped if _converter(table, entry.row) == "code")
    mine, theirs = in_turns(
        lambda: Walk(route, context, shelf).run([message]),
        lambda: etree.tostring(etree.fromstring(octets)),
        seconds,
    )
    words = f"{median(mine) * 1e6:.0f} over {median(theirs) * 1e6:.0f} µs"
    name = f"{leaves} leaves, {lookups} codes, over parse and serialise"
    return Measure(name, min(mine) * 1e6, min(theirs) * 1e6, "µs", 4, words)


def _converter(table: Table, name: str) -> str:
    row = rows_by_name(table).get(name)
    return row.convert if row is not None else ""


def _timed(work: Callable[[], object]) -> list[float]:
    found = []
    for _ in range(_RUNS):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return found


def measure_check(_seconds: float) -> Measure:
    """Load and check all shipped tables, with their bindings, from nothing."""

    def check() -> None:
        if Tables(resources.mappings(), Catalogue(resources.standards())).check():
            raise LocalFault("the shipped tables have problems")

    times = _timed(check)
    words = f"median of {_RUNS}: {median(times):.3f} s"
    return Measure("load and check all shipped tables", min(times), 1.0, "s", 1, words)


def measure_many(_seconds: float) -> Measure:
    """The same with copies of the shipped evidence types, until there are 200."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "mappings"
        shutil.copytree(resources.mappings(), root)
        _multiply(root)

        def check() -> None:
            tables = Tables(root, Catalogue(resources.standards()))
            if len(tables.evidence_types) < _MANY or tables.check():
                raise LocalFault("the tables of the benchmark have problems")

        times = _timed(check)
    words = f"median of {_RUNS}: {median(times):.3f} s"
    return Measure(f"load and check {_MANY} tables", min(times), 1.0, "s", 5, words)


def _multiply(root: Path) -> None:
    """Copy evidence types with contents, each with a classification and table of its own."""
    types = [path for path in sorted((root / "evidence").glob("*.toml")) if _payload_of(path)]
    numbers = itertools.count(1)
    copies = itertools.cycle(types)
    while sum(1 for _ in (root / "evidence").glob("*.toml")) < _MANY:
        path, number = next(copies), next(numbers)
        name = f"{path.stem}-{number}"
        text = path.read_text("utf-8").replace(f'id = "{path.stem}"', f'id = "{name}"', 1)
        head, mark, rest = text.partition("evidencetypeclassifications/")
        place, _, behind = rest.partition('"')
        fresh = f"{place[:-12]}{number:012x}"
        content = _payload_of(path)
        table = (root / content).read_text("utf-8")
        old = f'id = "{Path(content).stem}.payload"'
        own = f"payloads/{name}.toml"
        (root / own).write_text(table.replace(old, f'id = "{name}.payload"', 1), "utf-8")
        text = f'{head}{mark}{fresh}"{behind}'.replace(f'"{content}"', f'"{own}"', 1)
        (root / "evidence" / f"{name}.toml").write_text(text, "utf-8")


def _payload_of(path: Path) -> str:
    text = path.read_text("utf-8")
    line = next((line for line in text.splitlines() if line.startswith("payload = ")), "")
    return line.partition('"')[2].rstrip('"')


MEASURES: Final[dict[str, Callable[[float], Measure]]] = {
    "a content": measure_translation,
    "all tables": measure_check,
    "200 tables": measure_many,
}
