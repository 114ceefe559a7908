"""``bridge referee``: a publisher's own rules and schemas beside ours, over messages."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Final

from bridge.cli.intake import Given, every_file, given
from bridge.cli.options import catalogue, json_option, standards_option
from bridge.cli.output import DONE, REFUSED, UNREADABLE, USAGE, Output, Styled, errors
from bridge.errors import RemoteFault, SettingsFault, UnreadableDocument
from bridge.referee.artefacts import SUFFIXES, Artefacts
from bridge.referee.compare import Disagreement, Judged, What
from bridge.referee.referee import PARTS, RULES, SCHEMA, Referee
from bridge.referee.saxon import available
from bridge.referee.schematron import DEFAULT_PHASE
from bridge.rules.check import Checker

MOST_OCTETS: Final = 256 << 20
"""What the artefacts may come to; they are held in memory."""

_OFTEN: Final = 20
_LOADING: Final = (b"document(", b"doc(")


@dataclass(slots=True)
class Tally:
    """What a run found; of messages without anything to tell only the number is kept."""

    referee: Referee
    strict: bool
    messages: int = 0
    compared: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    told: list[Judged] = field(default_factory=list)
    unreadable: list[RemoteFault] = field(default_factory=list)
    schema_faults: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, judged: Judged) -> None:
        """Count one message."""
        self.messages += 1
        self.compared += bool(judged.files)
        self.asked.update(judged.files)
        if judged.schema_fault:
            self.schema_faults[judged.files[-1], judged.schema_fault] += 1
        if judged.disagreements or judged.fault:
            self.told.append(judged)

    @property
    def disagreements(self) -> list[Disagreement]:
        """All of them, known ones too."""
        return [each for judged in self.told for each in judged.disagreements]

    def counts(self, each: Disagreement) -> bool:
        """Whether one of them makes the run fail."""
        return each.counts or self.strict

    @property
    def faults(self) -> list[tuple[str, RemoteFault]]:
        """Everything that could not be read with its name, the publisher's files first."""
        artefacts = [(each.where, each) for each in (*self.unreadable, *self.referee.faults)]
        return [*artefacts, *((each.message, each.fault) for each in self.told if each.fault)]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("messages", metavar="DIR", nargs="+", help="messages: folders, zip archives, files")
    add(
        "--artefacts",
        metavar="PATH",
        required=True,
        help="folder or zip archive of .sch and .xsd, as the publisher ships it",
    )
    add("--only", choices=(RULES, SCHEMA), help="compare only these")
    add(
        "--phase",
        metavar="NAME",
        default=DEFAULT_PHASE,
        help="phase of the rule files (default: the one that each names, else all of it)",
    )
    add(
        "--strict",
        action="store_true",
        help="known departures, errors and rules without an id count as disagreements too",
    )
    json_option(parser)
    standards_option(parser)
    parser.epilog = (
        "examples:\n"
        "  bridge referee messages/ --artefacts publisher.zip\n"
        "  bridge referee messages/ --artefacts publisher/ --only schema --json"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, out: Output) -> int:
    """Judge every message by both sides; 0 for no disagreement, 1 for some, 3 for unreadable."""
    parts = frozenset({arguments.only}) if arguments.only else PARTS
    with ExitStack() as stack:
        refused: list[RemoteFault] = []
        artefacts = _artefacts(arguments.artefacts, refused, stack)
        _check_use(arguments, artefacts, parts, refused)
        checker = Checker(catalogue(arguments))
        referee = Referee(checker, artefacts, parts=parts, phase=arguments.phase)
        tally = Tally(referee, arguments.strict, unreadable=refused)
        for each in _watched(given(arguments.messages)):
            if each.fault is not None:
                tally.add(Judged(each.name, fault=each.fault))
            else:
                tally.add(referee(each.name, each.octets))
        if arguments.json:
            out.json(_as_json(tally))
        else:
            _tell(tally, out)
    return _exit(tally)


def _check_use(
    arguments: argparse.Namespace,
    artefacts: Artefacts,
    parts: frozenset[str],
    refused: list[RemoteFault],
) -> None:
    schemas = SCHEMA in parts and any(p.lower().endswith(".xsd") for p in artefacts.files)
    rules = RULES in parts and bool(artefacts.rules)
    if not rules and not schemas and not refused:
        raise SettingsFault(
            "the artefacts hold nothing to compare with",
            where=arguments.artefacts,
            remedy="Name the folder or archive that has the publisher's .sch and .xsd files; "
            "compiled forms of rules (.xsl, .xslt) are not run.",
        )
    if rules and not available():
        raise SettingsFault(
            "a publisher's rules are run by SaxonC, which is not installed",
            remedy="Install it with: pip install 'bridge[referee]', or compare --only schema.",
        )


def _artefacts(name: str, refused: list[RemoteFault], stack: ExitStack) -> Artefacts:
    """Read the artefacts; what cannot be read is added to ``refused``."""
    if not Path(name).exists():
        raise SettingsFault("there is no such folder or archive of artefacts", where=name)
    files: dict[str, bytes] = {}
    left = MOST_OCTETS
    for each in every_file(name, SUFFIXES):
        path = _below(each.name, name)
        if each.fault is not None:
            refused.append(each.fault)
        elif path is None:
            what = "a member of the archive has a name that leads out of it"
            refused.append(UnreadableDocument(what, where=name, code="FILE"))
        else:
            files[path] = each.octets
            left -= len(each.octets)
        if left < 0:
            what = f"the artefacts come to more than {MOST_OCTETS} octets"
            raise UnreadableDocument(what, where=name, code="FILE")
    loading = any(word in octets for octets in files.values() for word in _LOADING)
    try:
        return Artefacts(files, _base(name, files, stack) if loading else "")
    except (OSError, ValueError):
        what = "the archive cannot be unpacked: names of its members are in each other's way"
        raise UnreadableDocument(what, where=name, code="FILE") from None


def _below(name: str, root: str) -> str | None:
    """The path below the artefacts; ``None`` for one that leads out of them."""
    if name == root:
        return Path(name).name
    if name.startswith(f"{root}!/"):
        path = PurePosixPath(name.removeprefix(f"{root}!/").replace("\\", "/"))
        inside = not path.is_absolute() and ".." not in path.parts and ":" not in path.parts[0]
        return str(path) if inside else None
    return Path(name).relative_to(root).as_posix()


def _base(name: str, files: dict[str, bytes], stack: ExitStack) -> str:
    """Give the URI below which rules find the lists they load; an archive is unpacked for it."""
    if Path(name).is_dir():
        return Path(name).resolve().as_uri() + "/"
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="bridge-referee-")))
    for path, octets in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(octets)
    return folder.resolve().as_uri() + "/"


def _watched(messages: Iterable[Given]) -> Iterator[Given]:
    """Count the messages on a terminal while they are judged."""
    if not errors().fancy:
        yield from messages
        return
    # Written by hand: SaxonC runs with the stream turned off, which a live display would not like.
    number = 0
    for number, each in enumerate(messages, 1):
        if number % _OFTEN == 1:
            sys.stderr.write(f"\r{number} messages")
            sys.stderr.flush()
        yield each
    sys.stderr.write("\r" + " " * len(f"{number} messages") + "\r")


def _exit(tally: Tally) -> int:
    if tally.faults:
        return UNREADABLE
    if any(tally.counts(each) for each in tally.disagreements):
        return REFUSED
    if tally.strict and (tally.referee.broken() or tally.schema_faults):
        return REFUSED
    return DONE if tally.compared else USAGE


def _tell(tally: Tally, out: Output) -> None:
    counted = [each for each in tally.disagreements if tally.counts(each)]
    aside = [each for each in tally.disagreements if not tally.counts(each)]
    _blocks("Disagreements", counted, "bad", out)
    _blocks("Known, or not comparable", aside, "warn", out)
    _files(tally, out)
    if tally.faults:
        out.heading("Unreadable")
        for name, fault in tally.faults:
            out.line("  ", Styled(name, "name"), ": ", fault.what, _line(fault))
    out.heading("Together")
    out.line(
        f"  {tally.messages} messages, {tally.compared} compared with {len(tally.asked)} files"
    )
    style = "bad" if counted else "good"
    out.line("  ", Styled(f"{len(counted)} disagreements", style), f", {len(aside)} set aside")
    if not tally.compared:
        out.line("  ", Styled("No artefact is meant for any of these messages.", "bad"))


def _line(fault: RemoteFault) -> str:
    return "" if fault.line is None else f" (line {fault.line})"


def _blocks(title: str, found: list[Disagreement], style: str, out: Output) -> None:
    """One block for each rule and way of differing, with the number of messages and the first."""
    if not found:
        return
    groups: dict[tuple[What, str, str, int], list[Disagreement]] = {}
    for each in found:
        groups.setdefault((each.what, each.rule, each.file, each.line), []).append(each)
    out.heading(title)
    for (what, rule, file, line), group in sorted(groups.items()):
        first = group[0]
        code = f" ({first.code})" if first.code else ""
        where = f"{file}:{line}" if line else file
        count = f"{len(group)} message" + ("s" if len(group) > 1 else "")
        head = (Styled(what + code, style), "  ", Styled(rule or "(no id)", "name"))
        out.line("  ", *head, f"  {count}", f"  {where}" if where else "")
        rows = (
            ("rule", first.text),
            ("context", first.context),
            ("place", f"{first.place} in {first.message}"),
            ("note", first.known),
        )
        for name, text in rows:
            if text:
                out.line("    ", Styled(f"{name:<8}", "faint"), text)


def _files(tally: Tally, out: Output) -> None:
    referee = tally.referee
    rows: list[tuple[Any, ...]] = [
        (path, "asked", f"{number} messages") for path, number in sorted(tally.asked.items())
    ]
    rows += [(path, "no rule id of it is known here", "") for path in referee.not_asked]
    rows += [(f"{file}:{line}", "does not compile", rule) for file, line, rule in referee.broken()]
    rows += [(file, why, f"{n} messages") for (file, why), n in sorted(tally.schema_faults.items())]
    if rows or referee.set_aside:
        out.heading("The publisher's files")
        out.table(("file", "what became of it", ""), rows)
    if referee.set_aside:
        out.line(f"{len(referee.set_aside)} compiled forms (.xsl, .xslt) are not run")


def _as_json(tally: Tally) -> dict[str, Any]:
    referee = tally.referee
    return {
        "messages": tally.messages,
        "compared": tally.compared,
        "disagreements": [e.as_json() for e in tally.disagreements if tally.counts(e)],
        "set_aside": [e.as_json() for e in tally.disagreements if not tally.counts(e)],
        "files": {
            "asked": dict(sorted(tally.asked.items())),
            "not_asked": list(referee.not_asked),
            "compiled_forms": list(referee.set_aside),
            "not_compiling": [
                {"file": file, "line": line, "rule": rule} for file, line, rule in referee.broken()
            ],
            "schema_faults": [
                {"file": file, "why": why, "messages": number}
                for (file, why), number in sorted(tally.schema_faults.items())
            ],
        },
        "unreadable": [
            {"code": fault.code, "where": name, "what": fault.what, "line": fault.line}
            for name, fault in tally.faults
        ],
    }
