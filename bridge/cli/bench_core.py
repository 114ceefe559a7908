"""The three measures of the core. Each floor is measured in the same run, turn by turn."""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final
from uuid import uuid4

from lxml import etree

from bridge import resources
from bridge.cli.demo import Scene, load_script
from bridge.cli.documents import load, write_message
from bridge.cli.step import Goal, Workshop, workshop_of
from bridge.errors import LocalFault
from bridge.mapping.context import Context
from bridge.mapping.surroundings import name_in_context
from bridge.mapping.tables import Tables
from bridge.mapping.translate import translate, write
from bridge.message import Group
from bridge.rules.schema import SchemaCheck
from bridge.standards.catalogue import Catalogue
from bridge.xml.parse import parse

MEGABYTE: Final = 1_000_000
_DOCUMENT: Final = 20 * MEGABYTE
_BATCHES: Final = 15
_RUNS: Final = 15


@dataclass(frozen=True, slots=True)
class Measure:
    """Ours over the floor; ``medians`` in words, ``unit`` of both figures."""

    name: str
    ours: float
    floor: float
    unit: str
    target: float
    medians: str

    @property
    def ratio(self) -> float:
        """Ours over the floor."""
        return self.ours / self.floor

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.ratio <= self.target

    def as_json(self) -> dict[str, Any]:
        """The shape that ``--json`` prints."""
        return {
            "name": self.name,
            "ours": self.ours,
            "floor": self.floor,
            "unit": self.unit,
            "ratio": round(self.ratio, 2),
            "target": self.target,
            "met": self.met,
            "medians": self.medians,
        }


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A measure that this machine cannot take, and why."""

    name: str
    why: str

    def as_json(self) -> dict[str, Any]:
        """The shape that ``--json`` prints."""
        return {"name": self.name, "measured": False, "why": self.why}


_SCHEMA: Final = frozenset({"schema"})
"""The measures of the core leave the rules out: they have measures of their own."""


def _scene(kind: str) -> tuple[Scene, Context, Workshop]:
    """The first step of the demo that translates a kind, with its context."""
    root = resources.fixtures()
    script = load_script(root / "demo.toml")
    catalogue = Catalogue(resources.standards())
    tables = Tables(resources.mappings(), catalogue)
    for scene in script.scenes:
        if load(str(root / scene.input[0]), catalogue).message.head.kind.endswith(kind):
            others = [load(str(root / name), catalogue).message for name in scene.others]
            messages = {name_in_context(message): message for message in others}
            context = Context(script.now, uuid4, tables.defaults, messages)
            return scene, context, workshop_of(tables, stages=_SCHEMA)
    raise LocalFault(f"the demo translates no {kind}")


# --- one request --------------------------------------------------------------


def measure_request(seconds: float) -> Measure:
    """A full request, octets to octets with both schema checks, over lxml alone."""
    scene, context, workshop = _scene("QueryRequest")
    tables, schemas = workshop.tables, SchemaCheck()
    catalogue = tables.catalogue
    octets = (resources.fixtures() / scene.input[0]).read_bytes()
    into = catalogue.binding(scene.to)

    def ours() -> bytes:
        document = parse(octets)
        reading = catalogue.read(document)
        refused = schemas(document, catalogue.binding(reading.message.head.standard))
        translation = translate(reading.message, tables, context, scene.to, table=scene.table)
        written = write(translation, tables)
        if refused or translation.refused or schemas(parse(written), into):
            raise LocalFault("the request of the benchmark is refused")
        return written

    source, _ = catalogue.identify(parse(octets))
    before = etree.XMLSchema(etree.parse(str(source.schema)))
    after = etree.XMLSchema(etree.parse(str(into.schema)))
    tree = etree.fromstring(ours())

    def floor() -> bytes:
        if not before.validate(etree.fromstring(octets)) or not after.validate(tree):
            raise LocalFault("the request of the benchmark is not valid")
        return etree.tostring(tree)

    mine, theirs = _in_turns(ours, floor, seconds)
    return Measure(
        "full request, octets to octets",
        min(mine) * 1000,
        min(theirs) * 1000,
        "ms",
        6,
        f"{median(mine) * 1000:.3f} over {median(theirs) * 1000:.3f} ms",
    )


def _in_turns(
    ours: Callable[[], object], floor: Callable[[], object], seconds: float
) -> tuple[list[float], list[float]]:
    """Seconds a call, batch by batch in turns, so that both meet the same machine."""
    mine: list[float] = []
    theirs: list[float] = []
    start = time.perf_counter()
    ours()
    once = max(time.perf_counter() - start, 1e-6)
    count = max(int(seconds / _BATCHES / (once * 1.3)), 1)
    for _ in range(_BATCHES):
        for work, into in ((ours, mine), (floor, theirs)):
            begin = time.perf_counter()
            for _ in range(count):
                work()
            into.append((time.perf_counter() - begin) / count)
    return mine, theirs


# --- a large document ---------------------------------------------------------


def measure_memory(_seconds: float) -> Measure:
    """Growth of the peak memory for a 20 MB document in a 0302, over the document's size."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.xml"
        _write_large(path)
        run = python("-m", __name__, str(path), folder)
        growth = int(run.stdout)
    return Measure(
        "20 MB document, 0302 to attachment",
        growth / MEGABYTE,
        _DOCUMENT / MEGABYTE,
        "MB",
        3,
        "peak memory over size",
    )


def _write_large(path: Path) -> None:
    scene, _, workshop = _scene("0302")
    catalogue = workshop.tables.catalogue
    message = load(str(resources.fixtures() / scene.input[0]), catalogue).message
    block = b"".join(hashlib.sha256(bytes([n])).digest() for n in range(250))
    content = b"%PDF-1.7\n" + block * (_DOCUMENT // len(block))
    fields = _with_content(message.fields, content[:_DOCUMENT])
    path.write_bytes(catalogue.write(catalogue.message(*_name(message), fields)))


def _name(message: Any) -> tuple[str, str]:
    return message.head.standard, message.head.kind


def _with_content(value: Any, content: bytes) -> Any:
    """The same fields with another embedded document."""
    if isinstance(value, Group):
        return Group((name, _with_content(inner, content)) for name, inner in value.items())
    if isinstance(value, tuple):
        return tuple(_with_content(item, content) for item in value)
    return content if isinstance(value, bytes) else value


def peak() -> int:
    """Highest memory of this process so far, in octets."""
    status = Path("/proc/self/status")
    if status.is_file():
        # A process inherits ru_maxrss from the one that started it, but not VmHWM.
        lines = status.read_text("ascii").splitlines()
        high = next((line for line in lines if line.startswith("VmHWM:")), "")
        if high:
            return int(high.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def grow(path: str, folder: Path) -> int:
    """Translate a large 0302 after a small one; give the growth of the peak in octets."""
    scene, context, workshop = _scene("0302")
    goal = Goal(scene.to, table=scene.table)
    small = str(resources.fixtures() / scene.input[0])
    before = 0
    for name in (small, path):
        before = peak()
        step = workshop.step([load(name, workshop.tables.catalogue)], context, goal)
        if step.octets is None or step.translation is None:
            raise LocalFault("the message of the benchmark is refused")
        binding = workshop.tables.catalogue.binding(scene.to)
        write_message(folder, step.octets, step.translation.message, binding)
    return peak() - before


# --- the command --------------------------------------------------------------


def measure_command(_seconds: float) -> Measure:
    """``bridge check`` without rules as a process, over Python with lxml and the schema loaded."""
    root = resources.fixtures()
    scene = load_script(root / "demo.toml").scenes[0]
    path = str(root / scene.input[0])
    binding, _ = Catalogue(resources.standards()).identify(parse(Path(path).read_bytes()))
    alone = f"import lxml.etree as e; e.XMLSchema(e.parse({str(binding.schema)!r}))"
    command = ("-m", "bridge", "check", "--only", "schema", path)
    mine: list[float] = []
    theirs: list[float] = []
    for _ in range(_RUNS):
        for words, into in ((command, mine), (("-c", alone), theirs)):
            begin = time.perf_counter()
            python(*words)
            into.append(time.perf_counter() - begin)
    return Measure(
        "bridge check --only schema, process",
        median(mine) * 1000,
        median(theirs) * 1000,
        "ms",
        3,
        f"best {min(mine) * 1000:.0f} over {min(theirs) * 1000:.0f} ms",
    )


def python(*words: str) -> subprocess.CompletedProcess[str]:
    """Run Python with this package, as a process of its own; its output is kept."""
    package = str(Path(__file__).resolve().parents[2])
    known = os.environ.get("PYTHONPATH")
    paths = os.pathsep.join([package, known] if known else [package])
    return subprocess.run(
        [sys.executable, *words],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )


MEASURES: Final[dict[str, Callable[[float], Measure]]] = {
    "a full request": measure_request,
    "a large document": measure_memory,
    "the command": measure_command,
}

if __name__ == "__main__":
    print(grow(sys.argv[1], Path(sys.argv[2])))
