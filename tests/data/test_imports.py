"""Who may import whom, and what the pure core may not touch: read from the source, by ast.

Imports inside functions and dotted module names in dispatch tables count like any other import.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "bridge"


@dataclass(frozen=True)
class Layer:
    """Rooms of the same height; ``apart`` says that they never import each other."""

    rooms: frozenset[str]
    apart: bool = False


def layer(*rooms: str, apart: bool = False) -> Layer:
    return Layer(frozenset(rooms), apart)


# A room may import what stands above it in this list, never what stands below.
LAYERS = (
    layer("names", "errors", "resources"),
    layer("message", "envelope", "finding"),
    layer("xml"),
    layer("standards"),
    layer("rules", "mapping", apart=True),
    layer("tables"),
    layer("exchange"),
    layer("conform"),
    layer("ports"),
    layer(
        "transport", "store", "directory", "national", "identity", "service", "referee", apart=True
    ),
    layer("sandbox"),
    layer("web", "cli", apart=True),
    layer("app"),
    layer("__main__"),
)
HEIGHT = {room: height for height, each in enumerate(LAYERS) for room in each.rooms}
ADAPTERS = {"transport", "store", "directory", "national", "identity"}
PURE = {room for room, height in HEIGHT.items() if height <= HEIGHT["exchange"]}
LOADERS = {"standards", "rules", "mapping"}
PUBLIC = {"finding", "rules"}
"""Where the names live that the package gives to others, ``bridge.check`` and its values."""

FORBIDDEN_MODULES = (
    "aiohttp", "asyncio", "concurrent", "http", "multiprocessing", "random", "secrets",
    "selectors", "socket", "sqlite3", "ssl", "subprocess", "time", "urllib.request",
)  # fmt: skip
FORBIDDEN_NAMES = (
    "datetime.date.today", "datetime.datetime.now", "datetime.datetime.today",
    "datetime.datetime.utcnow", "os.environ", "os.getenv", "os.urandom", "uuid.uuid1", "uuid.uuid4",
)  # fmt: skip
OPENING_METHODS = {"open", "read_text", "read_bytes", "write_text", "write_bytes"}
OPENING_NAMES = {"open", "io.open", "os.open", "lxml.etree.parse", "lxml.etree.iterparse"}


def modules() -> dict[str, Path]:
    """All modules of the package by dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = ("bridge", *path.relative_to(PACKAGE).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()
ROOMS = {name.split(".")[1] for name in MODULES if "." in name}


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


@dataclass(frozen=True)
class Import:
    """One import: what it reaches, which local name it binds to what, and its line."""

    origin: str
    line: int
    local: str = ""
    bound: str = ""


def imports(tree: ast.AST, module: str, is_package: bool) -> Iterator[Import]:
    """Every import of a module, also relative ones and module names in strings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.split(".")[0]
                bound = alias.name if alias.asname else first
                yield Import(alias.name, node.lineno, alias.asname or first, bound)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                keep = len(parts) - node.level + is_package
                base = ".".join([*parts[:keep], *([node.module] if node.module else [])])
            for alias in node.names:
                origin = f"{base}.{alias.name}"
                yield Import(origin, node.lineno, alias.asname or alias.name, origin)
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.value.split(":")[0] in MODULES
        ):
            yield Import(node.value.split(":")[0], node.lineno)


def crossings(source: str, module: str, is_package: bool = False) -> list[str]:
    """Every import of ``module`` that the layers forbid, with its line."""
    own = room_of(module)
    if not own:
        own_height, apart = len(LAYERS), False
    else:
        own_height = HEIGHT[own]
        apart = LAYERS[own_height].apart
    broken = []
    for each in imports(ast.parse(source), module, is_package):
        origin, line = each.origin, each.line
        other = room_of(origin)
        if not origin.startswith("bridge.") or other == own or other not in HEIGHT:
            continue
        if own == "":
            if other in PUBLIC:
                continue
            broken.append(f"{module}:{line} the package itself imports {other}")
        elif HEIGHT[other] > own_height:
            broken.append(f"{module}:{line} {own} may not know {other}")
        elif HEIGHT[other] == own_height and apart:
            broken.append(f"{module}:{line} {own} and {other} never import each other")
        elif own in {"web", "cli"} and other in ADAPTERS:
            broken.append(f"{module}:{line} {own} may see no adapter, not {other}")
        elif other == "sandbox" and own != "cli":
            broken.append(f"{module}:{line} only the command line may see the sandbox, not {own}")
    return broken


def dotted(node: ast.AST, local: dict[str, str]) -> str:
    """The origin of a name or attribute chain, ``datetime.datetime.now``; empty if it has none."""
    if isinstance(node, ast.Name):
        return local.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        base = dotted(node.value, local)
        return f"{base}.{node.attr}" if base else ""
    return ""


def within(name: str, roots: tuple[str, ...]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in roots)


def impurities(source: str, module: str, is_package: bool = False) -> list[str]:
    """Every touch of the outside world in a module of the pure core, with its line."""
    tree = ast.parse(source)
    broken, local = [], {}
    for each in imports(tree, module, is_package):
        local[each.local] = each.bound
        if within(each.origin, FORBIDDEN_MODULES):
            broken.append(f"{module}:{each.line} imports {each.origin}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and within(
            dotted(node, local), FORBIDDEN_NAMES
        ):
            broken.append(f"{module}:{node.lineno} uses {dotted(node, local)}")
        if isinstance(node, ast.Call) and room_of(module) not in LOADERS and opens(node, local):
            broken.append(f"{module}:{node.lineno} opens a file")
    return broken


def opens(call: ast.Call, local: dict[str, str]) -> bool:
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    return method in OPENING_METHODS or dotted(call.func, local) in OPENING_NAMES


def is_package(module: str) -> bool:
    return MODULES[module].name == "__init__.py"


def test_every_room_has_its_place_in_the_layers() -> None:
    missing = ROOMS - HEIGHT.keys()
    assert not missing, f"give these rooms a place in LAYERS: {sorted(missing)}"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_stands_before_it(module: str) -> None:
    source = MODULES[module].read_text(encoding="utf-8")
    assert crossings(source, module, is_package(module)) == []


@pytest.mark.parametrize("module", [name for name in MODULES if room_of(name) in PURE])
def test_the_pure_core_touches_no_network_clock_or_file(module: str) -> None:
    source = MODULES[module].read_text(encoding="utf-8")
    assert impurities(source, module, is_package(module)) == []


CROSSINGS = {
    "upwards": ("from bridge.standards.binding import Binding", "bridge.xml.read"),
    "lazily, inside a function": ("def f():\n    import bridge.cli.main", "bridge.mapping.table"),
    "by the name of the package": ("from bridge import mapping", "bridge.message"),
    "relatively": ("from ..rules import check", "bridge.mapping.table"),
    "between neighbours": ("import bridge.mapping.table", "bridge.rules.check"),
    "an adapter from the web": ("from bridge.store import sqlite", "bridge.web.operator"),
    "one adapter from another": ("from bridge.store import sqlite", "bridge.transport.memory"),
    "the made-up world from a service": ("import bridge.sandbox.domibus", "bridge.app"),
    "the package itself": ("from bridge.errors import BridgeError", "bridge"),
}


@pytest.mark.parametrize(("source", "module"), CROSSINGS.values(), ids=CROSSINGS)
def test_a_forbidden_import_is_seen(source: str, module: str) -> None:
    assert len(crossings(source, module)) == 1


def test_a_dotted_name_in_a_dispatch_table_counts_as_an_import() -> None:
    assert crossings('COMMANDS = {"up": "bridge.__main__:main"}', "bridge.cli.main")


def test_an_import_downwards_or_within_the_room_is_allowed() -> None:
    source = "from bridge.errors import BridgeError\nfrom . import nodes\nimport lxml.etree"
    assert crossings(source, "bridge.xml.read") == []


IMPURITIES = {
    "asyncio": "import asyncio",
    "a part of a forbidden module": "from urllib.request import urlopen",
    "sockets in a function": "def f():\n    import socket",
    "the wall clock": "from datetime import datetime\nx = datetime.now()",
    "the wall clock under another name": "from datetime import datetime as dt\nx = dt.now()",
    "the wall clock by its module": "import datetime\nx = datetime.datetime.utcnow()",
    "today": "from datetime import date\nx = date.today()",
    "chance": "from uuid import uuid4\nx = uuid4",
    "the environment": "import os\nx = os.environ['HOME']",
    "an open": "x = open('a')",
    "a method that opens": "def f(path): return path.read_bytes()",
    "a parser that opens": "from lxml import etree\nx = etree.parse('a.xml')",
}


@pytest.mark.parametrize("source", IMPURITIES.values(), ids=IMPURITIES)
def test_an_impurity_is_seen(source: str) -> None:
    assert impurities(source, "bridge.xml.read")


def test_loaders_open_files_and_nobody_minds_values() -> None:
    assert impurities("def f(path): return path.read_text()", "bridge.standards.binding") == []
    assert impurities("from datetime import datetime, time", "bridge.xml.values") == []
