"""``bridge tables explain`` and ``coverage``: a row in words, and what a table maps, in sums."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bridge.cli.action import Action
from bridge.cli.options import mappings_option, tables
from bridge.cli.output import DONE, Cell, Output, Styled
from bridge.cli.tables_show import table_of, unknown
from bridge.errors import SettingsFault

if TYPE_CHECKING:
    from bridge.mapping.tables import Tables
    from bridge.tables.coverage import Coverage
    from bridge.tables.explain import Explained

_MOST_PLACES: Final = 3
_STYLES: Final = {"mapped": "good", "used": "faint", "lost": "warn", "unmapped": "bad"}


# --- explain ------------------------------------------------------------------


def _explain_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "row", metavar="ROW", help="name of a row, PART.ROW inside a part, or TABLE:ROW"
    )
    mappings_option(parser)


def run_explain(arguments: argparse.Namespace, out: Output) -> int:
    """Say what a row does, wherever rows of that name stand."""
    from bridge.tables.explain import explain, find_rows

    known = tables(arguments)
    found = find_rows(known, arguments.row)
    told = [each for table, name in found for each in explain(known, table, name)]
    if not told:
        raise SettingsFault(
            f"the row '{arguments.row}' applies nowhere: no pair or part leads to it"
        )
    if arguments.json:
        out.json({"rows": [_explained_json(each) for each in told]})
        return DONE
    for each in told[:_MOST_PLACES]:
        _show(known, each, out)
    if len(told) > _MOST_PLACES:
        out.line()
        out.line("The row also applies at:")
        for each in told[_MOST_PLACES:]:
            out.line(f"  {each.table}, {' ↔ '.join(each.kinds)}: {_via(each)}")
    return DONE


def _explained_json(each: Explained) -> dict[str, Any]:
    return asdict(each)


def _via(each: Explained) -> str:
    return " → ".join((*each.via, each.name))


def _show(known: Tables, each: Explained, out: Output) -> None:
    from bridge.tables.explain import SIDE_NAMES

    out.heading(f"row {each.name}, {each.place}")
    for sentence in each.sentences:
        out.line(f"  {sentence}")
    facts = []
    for end in each.ends:
        words = [end.kind, f"occurs {end.occurs}" if end.occurs else "", end.form, end.note]
        facts.append((SIDE_NAMES.get(end.side, end.side), end.path))
        facts.append(("", "; ".join(filter(None, words))))
    for sample in each.samples:
        side = sample.direction.removeprefix("to-")
        facts.append((f"example towards {side}", f"{sample.before} → {sample.after}"))
    if each.codes:
        facts.append(("codes", _codes(known, each.codes)))
    facts += [
        ("used in", f"{each.table}, pair {each.pair}: {' ↔ '.join(each.kinds)}"),
        ("reached by", _via(each) if each.via else ""),
        ("chapter", each.chapter),
        ("note", each.note),
    ]
    out.panel(each.name, [fact for fact in facts if fact[1]])


def _codes(known: Tables, name: str) -> str:
    codes = known.codes.get(name)
    if codes is None:
        return name
    count = len({frozenset(pair) for way in codes.values.values() for pair in way.items()})
    return f"{name}: {count} pairs ({codes.file}; 'bridge tables show {name}')"


# --- coverage -----------------------------------------------------------------


def _coverage_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "table",
        metavar="TABLE",
        nargs="?",
        help="an evidence type, common or a content table (default: the sums of all)",
    )
    parser.add_argument(
        "--pair", metavar="PAIR", help="of a table with several pairs only this one"
    )
    parser.add_argument("--svg", metavar="FILE", type=Path, help="draw a picture of one pair")
    mappings_option(parser)


def run_coverage(arguments: argparse.Namespace, out: Output) -> int:
    """Count what is mapped, used, lost and unmapped on either side."""
    from bridge.tables.coverage import coverage

    known = tables(arguments)
    chosen = list(known.every())
    if arguments.table:
        table, _file = table_of(known, arguments.table, known.evidence_types.get(arguments.table))
        if table is None:
            raise unknown(known, arguments.table)
        chosen = [table]
    found = [each for table in chosen for each in coverage(known, table)]
    if arguments.pair:
        names = [each.pair for each in found]
        found = [each for each in found if each.pair == arguments.pair]
        if not found:
            raise SettingsFault(
                f"there is no pair '{arguments.pair}'", remedy=f"Known are {', '.join(names)}."
            )
    if arguments.svg:
        _draw(arguments.svg, found)
    if arguments.json:
        out.json({"coverage": [_coverage_json(each) for each in found]})
        return DONE
    _sums(found, out)
    if len(found) == 1:
        _leaves(found[0], out)
    if arguments.svg:
        out.line()
        out.line(f"drawn: {arguments.svg}")
    return DONE


def _draw(path: Path, found: list[Coverage]) -> None:
    from bridge.tables.picture import picture

    if len(found) != 1:
        raise SettingsFault(
            "a picture shows one pair",
            remedy=f"Name one with --pair: {', '.join(each.pair for each in found)}.",
        )
    try:
        path.write_text(picture(found[0]), "utf-8")
    except OSError as error:
        raise SettingsFault(
            f"the picture cannot be written: {error.strerror}", where=str(path)
        ) from error


def _coverage_json(each: Coverage) -> dict[str, Any]:
    told = asdict(each)
    for side, plain in zip(each.sides, told["sides"], strict=True):
        plain["leaving"] = dict(side.count("leaving"))
        plain["arriving"] = dict(side.count("arriving"))
        plain["kept_percent"] = side.kept
    return told


def _sums(found: list[Coverage], out: Output) -> None:
    rows: list[tuple[Cell, ...]] = []
    for each in found:
        for side in each.sides:
            leaving, arriving = side.count("leaving"), side.count("arriving")
            rows.append(
                (
                    Styled(f"{each.table}, {each.pair}", "name"),
                    side.side,
                    side.kind,
                    *(str(leaving[fate] or "") for fate in ("mapped", "used", "lost")),
                    Styled(str(leaving["unmapped"] or ""), "bad"),
                    "" if side.kept is None else f"{side.kept} %",
                    *(str(arriving[fate] or "") for fate in ("filled", "supplied", "empty")),
                )
            )
    out.table(
        ("table", "side", "document", "mapped", "used", "lost", "no row", "kept",
         "← filled", "← supplied", "← empty"),
        rows,
    )  # fmt: skip


def _leaves(each: Coverage, out: Output) -> None:
    for side in each.sides:
        out.heading(f"{side.kind} ({side.standard})")
        out.table(
            ("field", "value", "occurs", "goes", "comes", "rows", "reason"),
            [
                (
                    leaf.path,
                    leaf.kind,
                    leaf.occurs,
                    Styled(leaf.leaving, _STYLES.get(leaf.leaving, "")),
                    leaf.arriving,
                    ", ".join(leaf.rows),
                    leaf.reason,
                )
                for leaf in side.leaves
            ],
        )


ACTIONS: Final = (
    Action(
        "explain",
        "what a row does, in words, with an example",
        _explain_arguments,
        run_explain,
        "bridge tables explain vehicle-registration:fuel",
    ),
    Action(
        "coverage",
        "what of either side is mapped, used, lost or without row",
        _coverage_arguments,
        run_coverage,
        "bridge tables coverage vehicle-registration --svg coverage.svg",
    ),
)
