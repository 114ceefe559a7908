"""``bridge tables new``: a new evidence type from two example documents, or from answers."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bridge import resources
from bridge.cli.action import Action
from bridge.cli.options import catalogue, mappings_option, tables
from bridge.cli.output import DONE, REFUSED, Output, Styled
from bridge.cli.tables_file import write_text
from bridge.cli.tables_try import parsed
from bridge.errors import BridgeError, SettingsFault

if TYPE_CHECKING:
    from bridge.mapping.tables import Tables
    from bridge.tables.inferred import Seen
    from bridge.tables.likeness import Words
    from bridge.tables.new_files import Birth
    from bridge.tables.proposals import Proposal

_SIDES: Final = ("eu", "national")
_EXAMPLES: Final = 20
_START: Final = "new.toml"
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_ROOTS: Final = {"eu": "Name of the EU document", "national": "Name of the German document"}
_FIELDS: Final = (
    "Fields, a line each: EU name = German name : kind (token, text, date, dateTime, boolean).\n"
    "Groups with /, lists of values with [], - where a side has none. An empty line ends."
)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("type", metavar="TYPE", help="name of the type, like dog-licence")
    for side, words in (("eu", "the EU side"), ("national", "the German side")):
        parser.add_argument(
            f"--{side}",
            metavar="FILE",
            type=Path,
            action="append",
            default=[],
            help=f"example document of {words}; may be given several times",
        )
    parser.add_argument(
        "--answer",
        metavar="KEY=TEXT",
        action="append",
        default=[],
        help="answer a question beforehand, like title.en='Dog licence'",
    )
    parser.add_argument(
        "--defaults", action="store_true", help="ask nothing; what is not answered stays empty"
    )
    mappings_option(parser)


@dataclass(slots=True)
class _Written:
    """The files written so far: taken back if something fails on the way."""

    files: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)

    def write(self, path: Path, text: str) -> None:
        for folder in (path.parent, *path.parent.parents):
            if folder.exists():
                break
            self.folders.append(folder)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsFault(
                f"the folder cannot be made: {error.strerror}", where=str(path.parent)
            ) from error
        write_text(path, text)
        if path not in self.files:
            self.files.append(path)

    def take_back(self) -> None:
        for path in self.files:
            path.unlink(missing_ok=True)
        for folder in sorted(self.folders, key=lambda each: -len(each.parts)):
            if folder.is_dir() and not any(folder.iterdir()):
                shutil.rmtree(folder)


def run_new(arguments: argparse.Namespace, out: Output) -> int:
    """Write the files of a new type, then tell what is left to do."""
    _named(arguments)
    answers = _answers(arguments, out)
    written = _Written()
    try:
        proposal, kinds = _contents(arguments, written, out)
        _type_files(arguments, written, answers, proposal, kinds)
        known = tables(arguments)
        problems = known.check(_EXAMPLES, f"payloads/{arguments.type}.toml")
    except (BridgeError, KeyboardInterrupt):
        written.take_back()
        raise
    return _told(arguments, out, written, known, problems)


def _named(arguments: argparse.Namespace) -> None:
    """Whether the name is one, is free, and both sides or none have an example."""
    kind = arguments.type
    if not _NAME.fullmatch(kind):
        raise SettingsFault(
            f"'{kind}' is no name of a type", remedy="Write it in small letters, with hyphens."
        )
    if bool(arguments.eu) != bool(arguments.national):
        raise SettingsFault("examples are needed of both sides: --eu and --national")
    root = arguments.mappings or resources.mappings()
    if not (arguments.mappings and arguments.standards) and resources.installed():
        raise SettingsFault(
            "an installed bridge keeps its own tables as they are",
            remedy="Copy its folders and name the copies with --mappings and --standards.",
        )
    for path in (root / "evidence" / f"{kind}.toml", root / "payloads" / f"{kind}.toml"):
        if path.exists():
            raise SettingsFault("there is such a type already", where=str(path))


# --- questions ----------------------------------------------------------------


def _answers(arguments: argparse.Namespace, out: Output) -> dict[str, str]:
    from bridge.mapping.table import near
    from bridge.tables.new_files import QUESTIONS

    known = {question.key: question for question in QUESTIONS}
    answers: dict[str, str] = {}
    for text in arguments.answer:
        key, mark, value = text.partition("=")
        if not mark or key not in known:
            raise SettingsFault(
                f"there is no question '{key}'{near(key, known)}",
                remedy=f"Questions are {', '.join(known)}.",
            )
        answers[key] = value.strip()
    for key, question in known.items():
        if key not in answers and not arguments.defaults:
            given = _ask(f"{question.text}{f' [{question.default}]' if question.default else ''}: ")
            answers[key] = given or question.default
    return answers


def _ask(text: str) -> str:
    """Ask on stderr, so that stdout stays a report; the end of input is an empty answer."""
    sys.stderr.write(text)
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def _lines() -> list[str]:
    sys.stderr.write(f"{_FIELDS}\n")
    found = []
    while line := _ask("> "):
        found.append(line)
    return found


# --- contents -----------------------------------------------------------------


def _contents(
    arguments: argparse.Namespace, written: _Written, out: Output
) -> tuple[Proposal | None, dict[str, str]]:
    """Data models and proposed rows; none for a type that is a document only."""
    if arguments.eu:
        return _from_examples(arguments, written)
    if arguments.defaults:
        return None, {}
    roots = {side: _ask(f"{text} (empty: documents only): ") for side, text in _ROOTS.items()}
    if not all(roots.values()):
        return None, {}
    from bridge.tables.asked import asked

    version = _birth(arguments).version
    spaces = {s: f"urn:noots-bridge:evidence:{arguments.type}:{s}:{version}" for s in _SIDES}
    models, proposal = asked(_lines(), roots, spaces)
    for side, model in models.items():
        _model(arguments, written, side, model)
    return proposal, roots


def _from_examples(
    arguments: argparse.Namespace, written: _Written
) -> tuple[Proposal, dict[str, str]]:
    from bridge.tables.inferred import infer
    from bridge.tables.proposals import Proposer

    documents = {side: [parsed(path) for path in getattr(arguments, side)] for side in _SIDES}
    families = {s.rpartition("-")[0] for s in catalogue(arguments).standards}
    models = {
        side: infer([document.root for document in documents[side]])
        for side in _SIDES
        if f"{arguments.type}-{side}" not in families
    }
    for side, model in models.items():
        _model(arguments, written, side, model)
    known = catalogue(arguments)
    messages = {
        side: [known.read(document).message for document in documents[side]] for side in _SIDES
    }
    heads = {side: each[0].head for side, each in messages.items()}
    for side, head in heads.items():
        if head.family != f"{arguments.type}-{side}":
            raise SettingsFault(
                f"the example of the side {side} is a {head.kind} of {head.standard}, a document "
                "of another type",
                where=str(getattr(arguments, side)[0]),
            )
    shapes = {s: known.binding(h.standard).message(h.kind).shape for s, h in heads.items()}
    proposal = Proposer(_words(arguments), _never(arguments)).propose(
        shapes["eu"],
        shapes["national"],
        [message.fields for message in messages["eu"]],
        [message.fields for message in messages["national"]],
    )
    if len(models) == len(_SIDES):
        _settle(arguments, written, models, proposal)
    return proposal, {side: head.kind for side, head in heads.items()}


def _settle(
    arguments: argparse.Namespace,
    written: _Written,
    models: Mapping[str, Seen],
    proposal: Proposal,
) -> None:
    """Make mandatory what every example has, where the other side has it as well."""
    from bridge.tables.inferred import settle, steady
    from bridge.tables.proposals import anchors

    eu, national = (set(steady(models[side])) for side in _SIDES)
    both = [pair for pair in anchors(proposal) if pair[0] in eu and pair[1] in national]
    for number, side in enumerate(_SIDES):
        settle(models[side], {pair[number] for pair in both})
        _model(arguments, written, side, models[side], again=True)


def _model(
    arguments: argparse.Namespace, written: _Written, side: str, model: Seen, *, again: bool = False
) -> None:
    from bridge.tables.model_files import files

    birth = _birth(arguments)
    root = arguments.standards or resources.standards()
    folder = root / "evidence" / arguments.type / birth.version / side
    if folder.exists() and not again:
        raise SettingsFault("there is such a data model already", where=str(folder))
    for name, text in files(model, birth, side).items():
        written.write(folder / name, text)


def _start(arguments: argparse.Namespace) -> dict[str, Any]:
    """What a new type starts from: ``new.toml`` of the folder, or ours."""
    from bridge.mapping.toml_file import read_toml

    path = (arguments.mappings or resources.mappings()) / _START
    return read_toml(path if path.is_file() else resources.mappings() / _START)[0]


def _words(arguments: argparse.Namespace) -> Words:
    from bridge.tables.likeness import Words

    data = _start(arguments)
    return Words(data.get("words", {}), data.get("same", {}))


def _birth(arguments: argparse.Namespace) -> Birth:
    from bridge.tables.new_files import Birth

    start = _start(arguments)["new"]
    return Birth(arguments.type, start["version"], start["chapter"])


def _never(arguments: argparse.Namespace) -> Callable[[str], str]:
    guard = tables(arguments).guard

    def why(path: str) -> str:
        found = guard.guards(path)
        return f"it never leaves towards the EU: {found.why}" if found is not None else ""

    return why


def _type_files(
    arguments: argparse.Namespace,
    written: _Written,
    answers: Mapping[str, str],
    proposal: Proposal | None,
    kinds: Mapping[str, str],
) -> None:
    from bridge.tables.new_files import evidence_text, payload_text

    root = arguments.mappings or resources.mappings()
    hosts = [binding.repository.host for binding in catalogue(arguments).bindings()]
    host = next((host for host in reversed(hosts) if host), "https://example.org/")
    kind, birth = arguments.type, _birth(arguments)
    if proposal is not None:
        titles = {lang: answers.get(f"title.{lang}") or kind for lang in ("de", "en")}
        text = payload_text(birth, titles, kinds, proposal)
        written.write(root / "payloads" / f"{kind}.toml", text)
    text = evidence_text(birth, answers, host, structured=proposal is not None)
    written.write(root / "evidence" / f"{kind}.toml", text)


# --- the report ---------------------------------------------------------------


def _told(
    arguments: argparse.Namespace,
    out: Output,
    written: _Written,
    known: Tables,
    problems: Sequence[str],
) -> int:
    from bridge.tables.proposals import left_open

    own = [line for line in left_open(known) if line.startswith(f"{arguments.type}.toml:")]
    if arguments.json:
        out.json(
            {
                "files": [str(path) for path in written.files],
                "problems": list(problems),
                "proposals": own,
            }
        )
        return REFUSED if problems else DONE
    for path in written.files:
        out.line(Styled("wrote ", "good"), str(path))
    out.heading("what is left")
    for problem in problems:
        out.line(Styled(problem, "bad"))
    out.line(f"{len(own)} rows are proposals: read each, mend it, and delete its note.")
    out.line("'bridge tables check' tells which are left.")
    return REFUSED if problems else DONE


ACTIONS: Final = (
    Action(
        "new",
        "a new evidence type from two example documents, or from answers on the terminal",
        _arguments,
        run_new,
        "bridge tables new dog-licence --eu dog-eu.xml --national dog-national.xml",
    ),
)
