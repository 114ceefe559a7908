"""``bridge show``: a message as a tree of its fields, in the names of its standard."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from bridge.cli.documents import Loaded, load
from bridge.cli.options import attachments_option, catalogue, json_option, standards_option
from bridge.cli.output import DONE, Output, Styled, digest_of, measured
from bridge.message import Group

_HEAD = ("id", "answers", "issued", "status", "procedure", "conversation", "evidence_type")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", metavar="FILE", help="a message; '-' is stdin")
    json_option(parser)
    attachments_option(parser)
    standards_option(parser)
    parser.epilog = "example:\n  bridge show request.xml"
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, out: Output) -> int:
    """Show one message."""
    loaded = load(arguments.file, catalogue(arguments), arguments.attachments)
    if arguments.json:
        out.json(as_json(loaded))
    else:
        _tell(loaded, out)
    return DONE


def as_json(loaded: Loaded) -> dict[str, Any]:
    """The shape that ``--json`` prints."""
    message = loaded.message
    head = message.head
    return {
        "kind": head.kind,
        "family": head.family,
        "version": head.version,
        "head": {name: getattr(head, name) for name in _HEAD},
        "fields": measured(message.fields),
        "attachments": [
            {"content_id": a.content_id, "media_type": a.media_type, **digest_of(a.content)}
            for a in message.attachments
        ],
    }


def _tell(loaded: Loaded, out: Output) -> None:
    head = loaded.message.head
    known = [(name, getattr(head, name)) for name in _HEAD if getattr(head, name)]
    out.panel(f"{head.kind}, {head.family} {head.version}", known)
    out.line()
    out.tree(Styled("fields", "head"), rows_of(loaded.message.fields))
    if loaded.message.attachments:
        out.heading("attachments")
        out.table(
            ("content id", "media type", "content"),
            [(a.content_id, a.media_type, shown(a.content)) for a in loaded.message.attachments],
        )
    if loaded.reading.findings:
        out.heading("findings")
        out.findings(loaded.reading.findings)


def rows_of(fields: Group, depth: int = 1) -> Iterator[tuple[int, str, str]]:
    """Walk fields as (depth, name, value); items of lists count from one."""
    for name, value in fields.items():
        items = value if isinstance(value, tuple) else (value,)
        for number, item in enumerate(items, 1):
            label = f"{name}[{number}]" if isinstance(value, tuple) else name
            if isinstance(item, Group):
                yield depth, label, ""
                yield from rows_of(item, depth + 1)
            else:
                yield depth, label, shown(item)


def shown(value: Any) -> str:
    """Spell a value: octets as their size and the start of their SHA-256."""
    if isinstance(value, bytes):
        return f"{len(value):,} octets, sha256 {digest_of(value)['sha256']}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
