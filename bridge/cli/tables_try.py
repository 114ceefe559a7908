"""``bridge tables try``: one payload translated, each value with the row that made it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bridge.cli.action import Action
from bridge.cli.options import mappings_option, tables
from bridge.cli.output import Output, Styled, exit_for
from bridge.cli.tables_show import LOST, table_of, unknown
from bridge.errors import SettingsFault, UnreadableDocument

if TYPE_CHECKING:
    from bridge.mapping.table import Table
    from bridge.mapping.tables import Tables
    from bridge.tables.tried import Try

_ORIGINS: Final = {
    "constant": "constant of the row",
    "default": "default of the row",
    "context": "from the context",
    "generated": "generated",
    "selector": "chosen by the row's path",
}


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("table", metavar="TABLE", help="an evidence type or a content table")
    parser.add_argument("file", metavar="FILE", type=Path, help="a payload of either side")
    parser.add_argument(
        "--procedure", metavar="CODE", default="", help="cut what this procedure may not receive"
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="write the translated payload there"
    )
    mappings_option(parser)


def run_try(arguments: argparse.Namespace, out: Output) -> int:
    """Translate a payload and show where each value comes from."""
    from bridge.tables.samples import context_of
    from bridge.tables.tried import try_out

    known = tables(arguments)
    table = content_table(known, arguments.table)
    reading = known.catalogue.read(parsed(arguments.file))
    tried = try_out(known, table, reading.message, context_of(known), arguments.procedure)
    if arguments.output:
        _write(arguments.output, tried.octets)
    if arguments.json:
        out.json(_as_json(tried))
    else:
        _show(tried, out)
        if reading.findings or tried.findings:
            out.heading("findings")
            out.findings((*reading.findings, *tried.findings))
    return exit_for(tried.findings)


def content_table(known: Tables, wanted: str) -> Table:
    """The content table that a name means. Raises ``SettingsFault``."""
    evidence = known.evidence_types.get(wanted)
    table, _file = table_of(known, wanted, evidence)
    if table is None and evidence is None:
        raise unknown(known, wanted)
    if table is None:
        raise SettingsFault(
            f"{wanted} has no structured content: its documents pass through untouched"
        )
    if not any(pair.families for pair in table.pairs):
        raise SettingsFault(
            f"{wanted} is a table of messages, not of a content",
            remedy="Messages are translated by 'bridge translate'.",
        )
    return table


def parsed(path: Path) -> Any:
    """A document of a file. Raises ``UnreadableDocument``."""
    from bridge.xml.parse import parse

    try:
        octets = path.read_bytes()
    except OSError as error:
        raise UnreadableDocument(
            f"the file cannot be read: {error.strerror}", where=str(path)
        ) from error
    try:
        return parse(octets)
    except UnreadableDocument as error:
        error.where = error.where or str(path)
        raise


def _write(path: Path, octets: bytes) -> None:
    if not octets:
        return  # why there is nothing stands among the findings
    try:
        path.write_bytes(octets)
    except OSError as error:
        raise SettingsFault(
            f"the payload cannot be written: {error.strerror}", where=str(path)
        ) from error


def _show(tried: Try, out: Output) -> None:
    from bridge.tables.samples import spelled

    source = tried.source.head
    out.heading(f"{source.kind} ({source.standard}) → {tried.kind} ({tried.target})")
    out.table(
        ("field", "value", "made of", "row", "place"),
        [
            (
                each.path,
                Styled(spelled(each.value), "good"),
                ", ".join(each.sources) or Styled(_ORIGINS.get(each.origin, each.origin), "faint"),
                Styled(each.row, "name"),
                Styled(each.place, "faint"),
            )
            for each in tried.made
        ],
    )
    lost = [each for each in tried.gone if not each.cut]
    cut = [each for each in tried.gone if each.cut]
    for title, entries in ((f"lost ({LOST.text})", lost), ("cut for the procedure", cut)):
        if entries:
            out.heading(title)
            out.table(
                ("field", "value", "reason", "row", "place"),
                [
                    (
                        each.path,
                        spelled(each.value),
                        Styled(each.reason, "warn"),
                        Styled(each.row, "name"),
                        Styled(each.place, "faint"),
                    )
                    for each in entries
                ],
            )
    if tried.used:
        out.heading("used by bridge itself")
        out.table(("field", "row"), tried.used)
    out.line()
    sums = f"{len(tried.made)} values made, {len(lost)} lost, {len(cut)} cut"
    out.line(Styled(sums, "head"))


def _as_json(tried: Try) -> dict[str, Any]:
    from dataclasses import asdict

    from bridge.cli.output import measured

    return {
        "source": {"standard": tried.source.head.standard, "kind": tried.source.head.kind},
        "target": {"standard": tried.target, "kind": tried.kind},
        "made": [measured(asdict(each)) for each in tried.made],
        "lost": [measured(asdict(each)) for each in tried.gone],
        "used": [{"path": path, "row": row} for path, row in tried.used],
        "findings": [finding.as_json() for finding in tried.findings],
    }


ACTIONS: Final = (
    Action(
        "try",
        "translate one payload, each value with the row that made it",
        _arguments,
        run_try,
        "bridge tables try vehicle-registration "
        "fixtures/payloads/vehicle-registration/national-full.xml",
    ),
)
