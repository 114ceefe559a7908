"""``bridge translate``: a message to its counterpart, with the account of what became of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from bridge import resources
from bridge.cli.documents import load, write_message
from bridge.cli.options import (
    attachments_option,
    catalogue,
    json_option,
    mappings_option,
    moment,
    tables,
)
from bridge.cli.output import (
    Output,
    Styled,
    as_finding,
    digest_of,
    errors,
    exit_code,
    exit_for,
)
from bridge.errors import MappingFault, RemoteFault, SettingsFault
from bridge.standards.catalogue import Catalogue

if TYPE_CHECKING:
    from bridge.cli.step import Goal, Step, Workshop
    from bridge.mapping.account import Given, Lost
    from bridge.mapping.context import Context
    from bridge.mapping.tables import Tables
    from bridge.message import Attachment, Head


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("files", metavar="FILE", nargs="+", help="a message; '-' is stdin; several for one 0412")
    add("--to", metavar="STANDARD", required=True, help="target: a family and its version")
    add(
        "--message",
        metavar="KIND",
        default="",
        help="kind of the target, if several are possible",
    )
    add("--table", metavar="ID", default="", help="evidence type, if not the one of the message")
    add(
        "--request",
        metavar="FILE",
        action="append",
        default=[],
        help="another message of the exchange: QueryRequest, 0301, 0401 or 0411",
    )
    add("--context", metavar="FILE.toml", type=Path, help="groups laid over platform.toml")
    add(
        "--trust",
        metavar="FILE.pem",
        action="append",
        default=[],
        help="certificate that a seal may rest on; may be given several times",
    )
    add(
        "--tolerant",
        action="store_true",
        help="translate what the policy refuses to receive, with warnings",
    )
    add("--policy", metavar="FILE.toml", type=Path, help="what refuses a message")
    add("--now", metavar="TIME", type=moment, help="the time to write (default: now)")
    add("--seed", metavar="WORD", help="identifiers that are the same for the same word")
    add("-o", "--output", metavar="DIR", type=Path, help="write DIR/<kind>.xml and attachments/")
    json_option(parser)
    attachments_option(parser)
    mappings_option(parser)
    newest = Catalogue(resources.standards()).standards[-1]
    parser.epilog = (
        "Without -o the message goes to stdout and the report to stderr. A message with a fatal\n"
        "finding is not written.\n\n"
        f"example:\n  bridge translate request.xml --to {newest} -o out"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, out: Output) -> int:
    """Translate one message, or several answers into one."""
    from bridge.cli.seal_policy import seals_of, with_seals
    from bridge.cli.step import Step

    known = catalogue(arguments)
    workshop, goal = _workshop(arguments)
    try:
        inputs = [load(name, known, arguments.attachments) for name in arguments.files]
        context = _context(arguments, workshop.tables)
        seals = seals_of(inputs, arguments.trust, context.now)
        step = with_seals(
            workshop.step(
                inputs, context, goal, request=_request(arguments), tolerant=arguments.tolerant
            ),
            seals,
            trusting=bool(arguments.trust),
        )
    except (RemoteFault, MappingFault) as fault:
        if not arguments.json:
            raise
        step = Step((), (as_finding(fault),))
        out.json(as_json(step, arguments.files, None))
        return exit_code(fault)
    written = _write(step, arguments, workshop.tables)
    if arguments.json:
        out.json(as_json(step, arguments.files, written))
    elif arguments.output is None:
        if step.octets is not None:
            sys.stdout.buffer.write(step.octets)
        _tell(step, errors(), None)
    else:
        _tell(step, out, written)
    return exit_for(step.findings)


# --- what the arguments name --------------------------------------------------


def _workshop(arguments: argparse.Namespace) -> tuple[Workshop, Goal]:
    """Tables and goal. Raises ``SettingsFault`` for a version, kind or table nobody knows."""
    from bridge.cli.step import Goal, workshop_of
    from bridge.mapping.table import near

    known = tables(arguments)
    families = known.messages.sides
    offered = [s for s in known.catalogue.standards if s.rpartition("-")[0] in families]
    goal = Goal(arguments.to, arguments.message, arguments.table)
    if goal.to not in offered:
        raise SettingsFault(
            f"there is no version '{goal.to}' of a message standard{near(goal.to, offered)}",
            remedy=f"Known are {', '.join(offered)}.",
        )
    kinds = known.catalogue.binding(goal.to).messages
    if goal.kind and goal.kind not in kinds:
        raise SettingsFault(
            f"{goal.to} has no message '{goal.kind}'{near(goal.kind, kinds)}",
            remedy=f"Known are {', '.join(kinds)}.",
        )
    types = known.evidence_types
    if goal.table and goal.table not in types:
        raise SettingsFault(
            f"there is no evidence type '{goal.table}'{near(goal.table, types)}",
            remedy=f"Known are {', '.join(types)}.",
        )
    return workshop_of(known, arguments.policy), goal


def _context(arguments: argparse.Namespace, known: Tables) -> Context:
    from bridge.mapping.context import Context, seeded_ids
    from bridge.mapping.surroundings import misshapen, name_in_context, overlaid
    from bridge.mapping.tables import load_context

    values: Mapping[str, Any] = known.defaults
    if arguments.context:
        try:
            stated = load_context(arguments.context)
        except MappingFault as fault:
            raise SettingsFault(
                f"the context: {fault.what}",
                where=fault.where,
                line=fault.line,
                remedy=fault.remedy,
            ) from fault
        wrong = misshapen(values, stated)
        if wrong:
            raise SettingsFault(f"the context: {wrong[0]}", where=str(arguments.context))
        values = overlaid(values, stated)
    others = [load(name, known.catalogue).message for name in arguments.request]
    return Context(
        now=arguments.now or datetime.now(UTC),
        ids=uuid4 if arguments.seed is None else seeded_ids(arguments.seed),
        values=values,
        messages={name_in_context(message): message for message in others},
    )


def _request(arguments: argparse.Namespace) -> bytes | None:
    """The octets of the QueryRequest among the other messages, to hold an answer against."""
    from bridge.cli.documents import read_octets
    from bridge.cli.step import ABROAD

    known = catalogue(arguments)
    found = ((name, load(name, known).message.head) for name in arguments.request)
    return next((read_octets(name) for name, head in found if head.family == ABROAD), None)


# --- the result ---------------------------------------------------------------


class Written:
    """Where the message and its attachments were written."""

    def __init__(self, message: Path, attachments: tuple[Path, ...]) -> None:
        self.message = message
        self.attachments = attachments


def _write(step: Step, arguments: argparse.Namespace, known: Tables) -> Written | None:
    if step.octets is None or step.translation is None or arguments.output is None:
        return None
    message = step.translation.message
    binding = known.catalogue.binding(message.head.standard)
    return Written(*write_message(arguments.output, step.octets, message, binding))


def as_json(step: Step, files: list[str], written: Written | None) -> dict[str, Any]:
    """The shape that ``--json`` prints; ``output`` holds the XML only where it has no file."""
    translation = step.translation
    source = step.inputs[0].message.head if step.inputs else None
    output: dict[str, Any] | None = None
    if translation is not None and step.octets is not None:
        output = {
            **_head(translation.message.head),
            "file": str(written.message) if written else None,
            "xml": None if written else step.octets.decode("utf-8"),
        }
    return {
        "input": {"file": files[0], "files": files, **(_head(source) if source else {})},
        "output": output,
        "table": table_used(step),
        "findings": [finding.as_json() for finding in step.findings],
        "lost": [_lost(lost) for lost in translation.lost] if translation else [],
        "defaulted": [_given(given) for given in translation.defaulted] if translation else [],
        "attachments": _attachments(
            translation.message.attachments if translation and output else (), written
        ),
    }


def _head(head: Head) -> dict[str, Any]:
    return {"family": head.family, "version": head.version, "kind": head.kind, "id": head.id}


def _lost(lost: Lost) -> dict[str, str]:
    return {"path": lost.path, "reason": lost.reason, "row": lost.row}


def _given(given: Given) -> dict[str, str]:
    return {"path": given.path, "origin": given.origin, "row": given.row}


def _attachments(
    attachments: tuple[Attachment, ...], written: Written | None
) -> list[dict[str, Any]]:
    files = [str(path) for path in written.attachments] if written else [None] * len(attachments)
    return [
        {
            "content_id": a.content_id,
            "media_type": a.media_type,
            **digest_of(a.content),
            "file": file,
        }
        for a, file in zip(attachments, files, strict=True)
    ]


def table_used(step: Step) -> dict[str, str] | None:
    """Give id, version and hash of the table that was used."""
    if step.translation is None:
        return None

    used = step.translation.table
    return {"id": used.id, "version": used.version, "hash": used.hash}


def account(step: Step) -> dict[str, int]:
    """Give the account in numbers; ``supplied`` is what context, constants and new ids gave."""
    if step.translation is None:
        return {}
    translation = step.translation
    used = sum(1 for mapped in translation.mapped if not mapped.target)
    return {
        "mapped": len(translation.mapped) - used,
        "used": used,
        "lost": len(translation.lost),
        "defaulted": len(translation.defaulted),
        "supplied": len(translation.given) - len(translation.defaulted),
    }


def spelt(numbers: dict[str, int]) -> str:
    """Spell the account: ``42 mapped, 20 used, …``."""
    return ", ".join(f"{count} {name}" for name, count in numbers.items())


def lost_rows(lost: Sequence[Lost]) -> list[str]:
    """Give one line a reason: the first fields it took and how many more."""
    by_reason: dict[str, list[str]] = {}
    for each in lost:
        by_reason.setdefault(each.reason, []).append(each.path)
    lines = []
    for reason, paths in by_reason.items():
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        lines.append(f"{paths[0]}{more}: {reason}")
    return lines


def grouped(lost: Sequence[Lost]) -> list[tuple[Styled | str, str]]:
    """Give (path, reason) with the paths of one reason together, the reason said once."""
    by_reason: dict[str, list[str]] = {}
    for each in lost:
        by_reason.setdefault(each.reason, []).append(each.path)
    return [
        (Styled(path, "warn"), reason if number == 0 else "″")
        for reason, paths in by_reason.items()
        for number, path in enumerate(paths)
    ]


def _tell(step: Step, out: Output, written: Written | None) -> None:
    translation = step.translation
    facts: list[tuple[str, str | Styled]] = [
        ("input", f"{each.message.head.kind} ({each.message.head.standard}), {each.name}")
        for each in step.inputs
    ]
    if translation is not None:
        head, table = translation.message.head, table_used(step) or {}
        facts.append(("output", f"{head.kind} ({head.standard})"))
        facts.append(("table", f"{table['id']} {table['hash'][:12]}"))
        facts.append(("account", spelt(account(step))))
    if step.refused:
        facts.append(("result", Styled("refused, nothing is written", "bad")))
    elif written is not None:
        facts.append(("written", Styled(str(written.message), "good")))
        facts += [("written", str(path)) for path in written.attachments]
    out.panel("translation", facts)
    if step.findings:
        out.heading("findings")
        out.findings(step.findings)
    if translation is not None and translation.lost:
        out.heading("lost")
        out.table(("field", "reason"), grouped(translation.lost))
    if translation is not None and translation.defaulted:
        out.heading("defaulted")
        out.table(("field", "row"), [(given.path, given.row) for given in translation.defaulted])
