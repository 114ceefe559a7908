"""``bridge translate``: a message to its counterpart, with the account of what became of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

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
    DONE,
    REFUSED,
    UNREADABLE,
    Output,
    Styled,
    as_finding,
    digest_of,
    errors,
    exit_code,
    exit_for,
)
from bridge.errors import BridgeError, MappingFault, RemoteFault, SettingsFault
from bridge.finding import Finding

if TYPE_CHECKING:
    from bridge.cli.step import Goal, Step, Workshop
    from bridge.mapping.account import Given, Lost
    from bridge.mapping.context import Context
    from bridge.mapping.tables import Tables
    from bridge.mapping.translate import Translation
    from bridge.message import Head


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("files", metavar="FILE", nargs="+", help="a message; '-' is stdin; several for one 0412")
    add("--to", metavar="STANDARD", required=True, help="target version, like edm or xnachweis-…")
    add("--message", metavar="KIND", default="", help="kind of the target where several are possible")
    add("--table", metavar="ID", default="", help="evidence type, if not the one of the message")
    add(
        "--request",
        metavar="FILE",
        action="append",
        default=[],
        help="another message of the exchange: QueryRequest, 0301, 0401 or 0411",
    )
    add("--context", metavar="FILE.toml", type=Path, help="groups laid over platform.toml")
    add("--now", metavar="TIME", type=moment, help="the time to write (default: now)")
    add("--seed", metavar="WORD", help="identifiers that are the same for the same word")
    add("-o", "--output", metavar="DIR", type=Path, help="write DIR/<kind>.xml and attachments/")
    json_option(parser)
    attachments_option(parser)
    mappings_option(parser)
    parser.epilog = (
        "Without -o the message goes to stdout and the report to stderr. A message with a fatal\n"
        "finding is not written.\n\n"
        "example:\n  bridge translate request.xml --to xnachweis-1.4 -o out"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, out: Output) -> int:
    """Translate one message, or several answers into one."""
    from bridge.cli.step import Step

    known = catalogue(arguments)
    workshop, goal = _workshop(arguments)
    try:
        inputs = [load(name, known, arguments.attachments) for name in arguments.files]
        context = _context(arguments, workshop.tables)
        step = workshop.step(inputs, context, goal)
    except (RemoteFault, MappingFault) as fault:
        if not arguments.json:
            raise
        step = Step((), (as_finding(fault),))
        out.json(as_json(step, arguments.files, None))
        return exit_code(fault)
    written = _write(step, arguments, workshop.tables)
    if arguments.json:
        out.json(as_json(step, arguments.files, written))
    elif written is None:
        if step.octets is not None:
            sys.stdout.buffer.write(step.octets)
        _tell(step, errors(), None)
    else:
        _tell(step, out, written)
    return exit_for(step.findings)
