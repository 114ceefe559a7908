"""``bridge demo``: the translations of an exchange, step by step, on shipped messages."""

from __future__ import annotations

import argparse
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bridge import resources
from bridge.cli.documents import load, write_message
from bridge.cli.options import catalogue, json_option, mappings_option, tables
from bridge.cli.output import SEVERITY_STYLES, Cell, Output, Styled, as_finding, exit_for
from bridge.cli.seal import Sealed
from bridge.cli.seal_policy import seals_of, with_seals
from bridge.cli.translate import Written, account, as_json, lost_rows, spelt
from bridge.errors import BridgeError, DataFileFault
from bridge.message import group

if TYPE_CHECKING:
    from bridge.cli.step import Step, Workshop

_FILE: Final = "demo.toml"


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
    from bridge.cli.step import workshop_of

    root = resources.fixtures()
    script = load_script(root / _FILE)
    known = tables(arguments, catalogue(arguments))
    workshop = workshop_of(known)
    folder = arguments.output or Path(tempfile.mkdtemp(prefix="bridge-demo-"))
    played = []
    for scene in script.scenes:
        act = play(scene, script, workshop, root, folder / scene.id)
        played.append(act)
        if not arguments.json:
            _tell(act, out)
    if arguments.json:
        out.json({"folder": str(folder), "steps": [act.as_json() for act in played]})
    else:
        refused = sum(act.step.refused for act in played)
        verdict = Styled(f"{refused} refused", "bad") if refused else Styled("all done", "good")
        out.line()
        out.line(f"{len(played)} steps, ", verdict, f", messages in {folder}")
    return max(exit_for(act.step.findings) for act in played)


def load_script(path: Path) -> Script:
    """Read the steps. Raises ``DataFileFault``."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
        return Script(data["now"], data["seed"], tuple(map(_scene, data["step"])))
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise DataFileFault(f"the demo cannot be read: {error}", where=str(path)) from error


def _scene(entry: Mapping[str, Any]) -> Scene:
    given: dict[str, Any] = dict(entry)
    for name, value in entry.items():
        if isinstance(value, list):
            given[name] = tuple(value)
    return Scene(**given)


# --- one step -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Act:
    """A step that was played: the outcome, what was written, and the verdicts on the seals."""

    scene: Scene
    step: Step
    written: Written | None
    seals: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The shape that ``--json`` prints."""
        return {
            "id": self.scene.id,
            "title": self.scene.title,
            **as_json(self.step, list(self.scene.input), self.written),
            "account": account(self.step),
            "checks": {
                "schema_in": self.step.schema_in,
                "schema_out": self.step.schema_out,
                "seals": list(self.seals),
                "guard": self.step.guard,
            },
        }


def play(scene: Scene, script: Script, workshop: Workshop, root: Path, folder: Path) -> Act:
    """Play one step: read, check, verify, translate, write."""
    from bridge.cli.step import Goal, Step
    from bridge.mapping.context import Context, seeded_ids
    from bridge.mapping.surroundings import name_in_context, overlaid

    known = workshop.tables
    seals: tuple[Sealed, ...] = ()
    try:
        inputs = [load(str(root / name), known.catalogue) for name in scene.input]
        others = [load(str(root / name), known.catalogue).message for name in scene.others]
        context = Context(
            now=script.now,
            ids=seeded_ids(f"{script.seed}/{scene.id}"),
            values=overlaid(known.defaults, group(scene.context)),
            messages={name_in_context(message): message for message in others},
        )
        seals = seals_of(inputs, [str(root / name) for name in scene.seal], script.now)
        step = workshop.step(inputs, context, Goal(scene.to, scene.message, scene.table))
    except BridgeError as fault:
        step = Step((), (as_finding(fault),))
    step = with_seals(step, seals, trusting=bool(scene.seal))
    written = None
    if step.octets is not None and step.translation is not None:
        message = step.translation.message
        binding = known.catalogue.binding(message.head.standard)
        written = Written(*write_message(folder, step.octets, message, binding))
    return Act(scene, step, written, tuple(seal.verdict.value for seal in seals))


def _tell(act: Act, out: Output) -> None:
    step, translation = act.step, act.step.translation
    rows: list[tuple[str, Cell]] = [
        ("in", f"{name} ({each.message.head.kind}, {each.message.head.standard})")
        for name, each in zip(act.scene.input, step.inputs, strict=False)
    ]
    rows += [("with", name) for name in act.scene.others]
    if translation is not None:
        head, table = translation.message.head, translation.table
        rows.append(("table", f"{table.id} {table.hash[:12]}"))
        rows.append(("account", spelt(account(step))))
        rows += [("lost", row) for row in lost_rows(translation.lost)]
        rows += [
            ("defaulted", f"{given.path} (row {given.row})") for given in translation.defaulted
        ]
        rows.append(("out", f"{head.kind} ({head.standard})"))
    rows += [("check", check) for check in _checks(act)]
    rows += [
        (str(f.severity), Styled(f"{f.id} {f.location}: {f.message}", SEVERITY_STYLES[f.severity]))
        for f in step.findings
    ]
    if act.written is not None:
        paths = (act.written.message, *act.written.attachments)
        rows += [("written", Styled(str(path), "good")) for path in paths]
    out.panel(act.scene.title, rows)


def _checks(act: Act) -> list[Cell]:
    words = {True: Styled("valid", "good"), False: Styled("not valid", "warn")}
    checks: list[Cell] = []
    for what, verdict in (("in", act.step.schema_in), ("out", act.step.schema_out)):
        if verdict is not None:
            said = words[verdict]
            checks.append(Styled(f"schema of what goes {what}: {said.text}", said.style))
    checks += [f"seal: {verdict}" for verdict in act.seals]
    if act.step.guard is not None:
        guard = Styled("passed", "good") if act.step.guard else Styled("refused", "bad")
        checks.append(Styled(f"border guard: {guard.text}", guard.style))
    return checks
