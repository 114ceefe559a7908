"""``bridge demo``: the translations of an exchange, step by step, on shipped messages."""

from __future__ import annotations

import argparse
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bridge import resources
from bridge.cli.documents import load, write_message
from bridge.cli.options import catalogue, json_option, mappings_option, tables
from bridge.cli.output import REFUSED, Cell, Output, Styled, as_finding, exit_for
from bridge.errors import BindingFault, BridgeError, DataFileFault

_FILE = "demo.toml"


@dataclass(frozen=True, slots=True)
class Scene:
    """One step of the demo as ``fixtures/demo.toml`` tells it; paths below that folder."""

    id: str
    title: str
    input: tuple[str, ...]
    to: str
    table: str = ""
    message: str = ""
    others: tuple[str, ...] = ()
    seal: tuple[str, ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Script:
    """All steps, and the time and seed that make the output the same every time."""

    now: datetime
    seed: str
    scenes: tuple[Scene, ...]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "-o", "--output", metavar="DIR", type=Path, help="where to write (default: a new folder)"
    )
    json_option(parser)
    mappings_option(parser)
    parser.epilog = "example:\n  bridge demo -o out"
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, out: Output) -> int:
    """Play every step; the exit code is 1 if one of them is refused."""
    from bridge.cli.step import Workshop
    from bridge.rules.schema import SchemaCheck

    script = load_script(resources.fixtures() / _FILE)
    known = tables(arguments, catalogue(arguments))
    folder = arguments.output or Path(tempfile.mkdtemp(prefix="bridge-demo-"))
    workshop = Workshop(known, SchemaCheck())
    played = []
    for scene in script.scenes:
        act = Act(scene, script, workshop, folder / scene.id)
        played.append(act.play())
        if not arguments.json:
            act.tell(out)
    if arguments.json:
        out.json({"folder": str(folder), "steps": [act.as_json() for act in played]})
    else:
        refused = sum(act.step.refused for act in played)
        out.line()
        verdict = Styled(f"{refused} refused", "bad") if refused else Styled("all done", "good")
        out.line(f"{len(played)} steps, ", verdict, f", messages in {folder}")
    return max(exit_for(act.step.findings) for act in played)


def load_script(path: Path) -> Script:
    """Read the steps. Raises ``DataFileFault``."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
        scenes = tuple(
            Scene(**{name: tuple(v) if isinstance(v, list) else v for name, v in entry.items()})
            for entry in data["step"]
        )
        return Script(data["now"], data["seed"], scenes)
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise BindingFault(f"the demo cannot be read: {error}", where=str(path)) from error
