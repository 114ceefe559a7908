"""``bridge tables show`` and ``converters``: what tables, lists of codes and converters say."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from bridge.cli.action import Action
from bridge.cli.options import mappings_option, tables
from bridge.cli.output import DONE, Cell, Output, Styled
from bridge.errors import SettingsFault

if TYPE_CHECKING:
    from bridge.mapping.codes import CodePairs
    from bridge.mapping.converter import Converter
    from bridge.mapping.evidence import EvidenceType
    from bridge.mapping.table import Part, Row, Table
    from bridge.mapping.tables import Tables

LOST: Final = Styled("✗", "bad")
USED: Final = Styled("used", "faint")
_CODES: Final = "codes/"


def _arguments(show: argparse.ArgumentParser) -> None:
    show.add_argument(
        "id",
        metavar="ID",
        help=f"common, errors, an evidence type, a content table or a code list (or {_CODES}LIST)",
    )
    show.add_argument(
        "--find", metavar="TEXT", default="", help="only rows in which the text occurs anywhere"
    )
    show.add_argument("--lost", action="store_true", help="only rows that lose something")
    mappings_option(show)


def run_show(arguments: argparse.Namespace, out: Output) -> int:
    """Show one table or one list of codes."""
    known = tables(arguments)
    wanted = arguments.id
    evidence = known.evidence_types.get(wanted)
    table, file = table_of(known, wanted, evidence)
    if table is None and evidence is None:
        codes = known.codes.get(wanted.removeprefix(_CODES))
        if codes is None:
            raise unknown(known, wanted)
        _show_codes(codes, arguments.json, out)
        return DONE
    if arguments.json:
        out.json(_as_json(evidence, table, file))
        return DONE
    if evidence is not None:
        _show_evidence(evidence, table, known.requirements, out)
    if table is not None:
        _show_table(table, file, out, _chosen(arguments))
    return DONE


def _chosen(arguments: argparse.Namespace) -> Callable[[Row], bool]:
    """Whether a row is asked for."""
    text = arguments.find.casefold()

    def asked(row: Row) -> bool:
        said = (
            row.id,
            *row.paths.values(),
            row.convert,
            row.codes,
            row.loss,
            row.control,
            row.note,
        )
        found = any(text in each.casefold() for each in said)
        return found and (bool(row.loss) or not arguments.lost)

    return asked


def table_of(known: Tables, wanted: str, evidence: EvidenceType | None) -> tuple[Table | None, str]:
    """The table an id names, and of tables of several files the one file it means."""
    if evidence is not None:
        return known.payload(evidence), ""
    file = next((path.name for path in known.messages.files if path.stem == wanted), "")
    if file:
        return known.messages, file
    payloads = map(known.payload, known.evidence_types.values())
    return next((p for p in payloads if p is not None and p.id == wanted), None), ""


def unknown(known: Tables, wanted: str) -> SettingsFault:
    """The fault of a name that no table has, with the nearest one."""
    from bridge.mapping.table import near

    names = [path.stem for path in known.messages.files]
    names += [*known.evidence_types, *known.codes]
    hint = near(wanted, names)
    return SettingsFault(
        f"there is no table '{wanted}'{hint}",
        where=str(known.root),
        remedy=f"Known are {', '.join(names)}.",
    )


def _rows_of(table: Table, file: str) -> list[Row]:
    return [row for row in table.rows if not file or row.file == file]


def _parts_of(table: Table, file: str) -> list[Part]:
    parts = table.parts.values()
    return [part for part in parts if any(not file or row.file == file for row in part.row)]


def _as_json(evidence: EvidenceType | None, table: Table | None, file: str) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if evidence is not None:
        shown["evidence"] = evidence.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if table is not None:

        def plain(rows: Iterable[Row]) -> list[dict[str, Any]]:
            return [
                row.model_dump(mode="json", by_alias=True, exclude_defaults=True) for row in rows
            ]

        parts = {part.id: plain(part.row) for part in _parts_of(table, file)}
        shown |= {
            "id": table.id,
            "sides": table.sides,
            "rows": plain(_rows_of(table, file)),
            "parts": parts,
        }
    return shown


def _register(evidence: EvidenceType) -> str:
    register = evidence.register_
    return f"{register.name}, {register.authority}" if register else ""


def _provider(evidence: EvidenceType) -> str:
    competence = evidence.competence
    if competence is None:
        return ""
    needs = f", needs {competence.parameter}" if competence.parameter else ""
    return f"{competence.rule}{needs}"


def _show_evidence(
    evidence: EvidenceType,
    table: Table | None,
    requirements: Mapping[str, Mapping[str, str]],
    out: Output,
) -> None:
    facts = {
        "title": evidence.title.get("en", evidence.id),
        "classification": evidence.classification or ("any" if evidence.any else ""),
        "formats": ", ".join(evidence.formats),
        "register": _register(evidence),
        "provider": _provider(evidence),
        "procedures": ", ".join(evidence.procedures),
        "requirements": "; ".join(
            requirements.get(address, {}).get("name", address) for address in evidence.requirements
        ),
        "preview": evidence.preview,
        "conforms to": evidence.conforms_to,
        "content": table.id if table is not None else "passes through untouched",
        "chapter": evidence.chapter,
    }
    out.panel(evidence.id, [(name, fact) for name, fact in facts.items() if fact])


def _show_table(table: Table, file: str, out: Output, asked: Callable[[Row], bool]) -> None:
    left, right = table.sides
    several = len(table.pairs) > 1
    rows = [row for row in _rows_of(table, file) if asked(row)]
    named = {pair_id for row in rows for pair_id in row.pairs}
    out.heading("pairs")
    out.table(
        ("pair", left, right, "directions", "chapter"),
        [
            (
                p.id,
                p.kinds.get(left, ""),
                p.kinds.get(right, ""),
                ", ".join(p.directions),
                p.chapter,
            )
            for p in table.pairs
            if p.id in named
        ],
    )
    columns = ("row", left, "", right, "converter", "versions", "remark")
    out.heading(f"rows ({LOST.text} marks what is lost)")
    pairs = ("pairs",) if several else ()
    out.table(
        (*columns, *pairs),
        [(*_row(row, table.sides), *((", ".join(row.pairs),) if several else ())) for row in rows],
    )
    for part in _parts_of(table, file):
        inner = [row for row in part.row if asked(row)]
        if not inner:
            continue
        out.heading(f"part {part.id}{f', {part.chapter}' if part.chapter else ''}")
        out.table(columns, [_row(row, table.sides) for row in inner])


def _row(row: Row, sides: tuple[str, str]) -> tuple[Cell, ...]:
    left, right = sides
    way = {"both": "↔", f"to-{left}": "←", f"to-{right}": "→"}.get(row.direction, "?")
    converter = f"code {row.codes}" if row.codes else row.convert
    if row.part:
        converter = f"part {row.part}"
    versions = "; ".join(f"{side} {', '.join(v)}" for side, v in row.versions.items())
    return (
        Styled(row.id, "name"),
        _side(row, left),
        way,
        _side(row, right),
        "" if converter == "copy" else converter,
        versions,
        _remark(row),
    )


def _side(row: Row, side: str) -> Cell:
    path = row.path(side)
    if path is not None:
        return path
    supplied = _supplied(row)
    if supplied and (row.direction == "both" or row.direction != f"to-{side}"):
        return Styled(supplied, "faint")
    return USED if row.control else LOST


def _supplied(row: Row) -> str:
    if row.constant is not None:
        return f"always {row.constant}"
    if row.from_:
        return f"from {row.from_}"
    if row.new:
        return f"new {row.new}"
    return f"default {row.default}" if row.default is not None else ""


def _remark(row: Row) -> Cell:
    said = [row.control, f"{LOST.text} {row.loss}" if row.loss else ""]
    if row.when is not None:
        test = (
            f"is {', '.join(row.when.is_)}" if row.when.is_ else f"not {', '.join(row.when.not_)}"
        )
        said.append(f"when {row.when.field} {test}")
    if row.default is not None and len(row.paths) == 2:
        said.append(f"default {row.default}")
    if row.fallback:
        said.append("only if nothing else filled it")
    text = "; ".join(filter(None, said))
    return Styled(text, "warn") if row.loss else text


def _show_codes(codes: CodePairs, as_json: bool, out: Output) -> None:
    pairs = list(_code_pairs(codes.values))
    left, right = (direction.removeprefix("to-") for direction in codes.values)
    if as_json:
        out.json(
            {
                "id": codes.id,
                "title": codes.title,
                "pairs": [{left: a, right: b, "direction": way} for a, way, b in pairs],
                "fallback": codes.fallback,
            }
        )
        return
    facts = [("title", codes.title.get("en", "")), ("chapter", codes.chapter)]
    fallbacks = [(f"others {way}", str(what)) for way, what in codes.fallback.items()]
    out.panel(codes.id, [fact for fact in (*facts, *fallbacks) if fact[1]])
    out.line()
    out.table(
        (left, "", right, "remark"),
        [(a, way, b, "" if way == "↔" else Styled(_ONE_WAY, "warn")) for a, way, b in pairs],
    )


_ONE_WAY: Final = f"{LOST.text} does not come back as it was"


def _code_pairs(values: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Pairs of the two sides with ``↔``, ``→`` or ``←`` between them."""
    to_left, to_right = values.values()
    for left, right in to_right.items():
        yield left, "↔" if to_left.get(right) == left else "→", right
    for right, left in to_left.items():
        if to_right.get(left) != right:
            yield left, "←", right


def run_converters(arguments: argparse.Namespace, out: Output) -> int:
    """List the converters."""
    from bridge.mapping.convert import PARAMETRIC, converters
    from bridge.mapping.converter import Converter

    known = list(converters().values())
    known += [Converter(name, about, str, str) for name, about in PARAMETRIC.items()]
    rows = sorted(known, key=lambda converter: converter.name)
    if arguments.json:
        out.json(
            {"converters": [{"name": c.name, "about": c.about, "two_way": c.two_way} for c in rows]}
        )
    else:
        out.table(
            ("converter", "way", "what it does", "example"),
            [
                (
                    Styled(c.name, "name"),
                    "two-way" if c.two_way else "one-way",
                    c.about,
                    Styled(_example(c), "faint"),
                )
                for c in rows
            ],
        )
    return DONE


def _example(known: Converter) -> str:
    """What it makes of a German value, or of one of the EU where it goes that way only."""
    from bridge.tables.samples import sample_of_converter

    ways = ("to-eu", "to-national")
    found = [sample for way in ways if (sample := sample_of_converter(known, way)) is not None]
    sample = next((each for each in found if each.changed), None)
    return f"{sample.direction}: {sample.before} becomes {sample.after}" if sample else ""


def _nothing(_parser: argparse.ArgumentParser) -> None:
    """No arguments."""


ACTIONS: Final = (
    Action(
        "show",
        "the rows of a table, or the pairs of a code list",
        _arguments,
        run_show,
        "bridge tables show vehicle-registration",
    ),
    Action(
        "converters",
        "the closed set of converters, each with an example",
        _nothing,
        run_converters,
        "bridge tables converters",
    ),
)
