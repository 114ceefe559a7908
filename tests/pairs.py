"""Given and expected translations, `fixtures/pairs/`: run a case, compare it, or write it anew.

`python -m tests.pairs` names the cases whose outcome differs from what is kept; with `--write` it
replaces what is kept, so that a changed table can be looked at as a diff. Case names may follow.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from bridge import resources
from bridge.cli.documents import file_name, load
from bridge.errors import BridgeError
from bridge.finding import Finding, Severity
from bridge.mapping.account import Given, Lost
from bridge.mapping.context import Context, seeded_ids
from bridge.mapping.surroundings import overlaid
from bridge.mapping.tables import Tables
from bridge.mapping.translate import Translation, compose, translate, write
from bridge.message import Attachment, Message, group
from bridge.rules.schema import SchemaCheck
from bridge.xml.parse import parse
from tests.fixture_files import CATALOGUE, FIXTURES

PAIRS = FIXTURES / "pairs"
GIVEN, OUTCOME, ACCOUNT, PARTS = "pair.toml", "expected.xml", "account.json", "attachments"
READABLE = ("application/xml", "application/json")
"""Attachments of these types are kept as files; of the others digest and size."""

schema_check = SchemaCheck()


@cache
def tables() -> Tables:
    """The shipped tables, compiled once."""
    return Tables(resources.mappings(), CATALOGUE)


@dataclass(frozen=True, slots=True)
class Case:
    """One `pair.toml`. Paths are relative to the case's folder.

    `compose` names a pair of the tables where a message is made without input; `with_` are files
    of context groups, laid over one another before the case's own `context`; `refused` lists the
    ids of the fatal findings that the case must end with.
    """

    folder: Path
    title: str
    to: str
    now: datetime
    seed: str
    input: tuple[str, ...] = ()
    compose: str = ""
    message: str = ""
    table: str = ""
    messages: Mapping[str, str] = field(default_factory=dict)
    with_: tuple[str, ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    refused: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.folder.name


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case ended with. `octets` are empty where the message is not sent."""

    octets: bytes
    attachments: tuple[Attachment, ...]
    account: dict[str, Any]
    refused: tuple[str, ...]

    def files(self) -> dict[str, bytes]:
        """What is kept of it, by path below the case's folder."""
        text = json.dumps(self.account, ensure_ascii=False, indent=2) + "\n"
        kept = {ACCOUNT: text.encode()}
        if not self.octets:
            return kept
        kept[OUTCOME] = self.octets
        binding, _ = CATALOGUE.identify(parse(self.octets))
        for attachment in self.attachments:
            if attachment.media_type in READABLE:
                kept[f"{PARTS}/{file_name(attachment, binding)}"] = attachment.content
        return kept


def cases() -> list[Case]:
    """All cases, by name."""
    return [read_case(path.parent) for path in sorted(PAIRS.glob(f"*/{GIVEN}"))]


def read_case(folder: Path) -> Case:
    """Read `pair.toml` of a folder."""
    data = tomllib.loads((folder / GIVEN).read_text("utf-8"))
    lists = {name: tuple(data.pop(name)) for name in ("input", "refused") if name in data}
    with_ = tuple(data.pop("with", ()))
    return Case(folder=folder, with_=with_, **lists, **data)


def run(case: Case, by: Tables | None = None) -> Outcome:
    """Translate by the shipped or other tables, write and account.

    What stops the translation itself counts as refused.
    """
    by = by or tables()
    try:
        translation = _translate(case, by)
    except BridgeError as error:
        return Outcome(b"", (), _account(None, ()), (error.code,))
    findings = translation.findings
    octets = b""
    try:
        octets = write(translation, by)
    except BridgeError as error:
        if not translation.refused:
            findings = (*findings, Finding(error.code, Severity.FATAL, "", error.what))
    refused = tuple(sorted({f.id for f in findings if f.severity is Severity.FATAL}))
    attachments = () if refused else translation.message.attachments
    return Outcome(
        b"" if refused else octets, attachments, _account(translation, findings), refused
    )


def _translate(case: Case, by: Tables) -> Translation:
    context = _context(case, by)
    if case.compose:
        return compose(case.compose, by, context, case.to)
    inputs = [_message(case, name) for name in case.input]
    return translate(inputs, by, context, case.to, kind=case.message, table=case.table)


def _context(case: Case, by: Tables) -> Context:
    values = by.defaults
    for name in case.with_:
        values = overlaid(values, group(tomllib.loads((case.folder / name).read_text("utf-8"))))
    messages = {name: _message(case, path) for name, path in case.messages.items()}
    values = overlaid(values, group(case.context))
    return Context(case.now, seeded_ids(case.seed), values, messages)


def _message(case: Case, name: str) -> Message:
    return load(str(case.folder / name), CATALOGUE).message


def _account(translation: Translation | None, findings: Sequence[Finding]) -> dict[str, Any]:
    if translation is None:
        return {}
    return {
        "table": f"{translation.table.id} {translation.table.version}",
        "findings": [
            {"id": f.id, "severity": str(f.severity), "location": f.location} for f in findings
        ],
        "lost": [lost._asdict() for lost in _by_place(translation.lost)],
        "defaulted": [{"path": g.path, "row": g.row} for g in translation.defaulted],
        "given": [given._asdict() for given in _by_place(translation.given)],
        "attachments": [
            {
                "content_id": a.content_id,
                "media_type": a.media_type,
                "octets": len(a.content),
                "sha256": hashlib.sha256(a.content).hexdigest(),
            }
            for a in translation.message.attachments
        ],
    }


def _by_place(entries: Sequence[Lost] | Sequence[Given]) -> list[Any]:
    return sorted(entries)


def kept(folder: Path) -> dict[str, bytes]:
    """The files of a case beside its `pair.toml` and its own inputs."""
    paths = [folder / OUTCOME, folder / ACCOUNT, *sorted((folder / PARTS).glob("*"))]
    return {str(p.relative_to(folder)): p.read_bytes() for p in paths if p.is_file()}


def keep(case: Case, outcome: Outcome) -> None:
    """Replace what is kept of a case."""
    for name in kept(case.folder):
        (case.folder / name).unlink()
    shutil.rmtree(case.folder / PARTS, ignore_errors=True)
    for name, content in outcome.files().items():
        path = case.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


def main(arguments: Sequence[str]) -> int:
    """Compare, or with `--write` replace; 1 where a case differs or ends as it should not."""
    names = [name for name in arguments if name != "--write"]
    wrong = 0
    for case in cases():
        if names and case.name not in names:
            continue
        outcome = run(case)
        if outcome.refused != case.refused:
            wrong += 1
            print(f"{case.name}: refused {outcome.refused}, not {case.refused}")
        if outcome.files() == kept(case.folder):
            continue
        if "--write" in arguments:
            keep(case, outcome)
            print(f"{case.name}: written")
        else:
            wrong += 1
            print(f"{case.name}: differs")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
