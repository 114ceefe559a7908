"""``bridge bench core``: speed and memory against a floor that the same run measures."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from bridge.cli.options import json_option
from bridge.cli.output import DONE, Output, Styled, errors

if TYPE_CHECKING:
    from bridge.cli.bench_core import Measure


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("what", choices=("core",), help="core: read, check, translate, write")
    parser.add_argument(
        "--seconds",
        metavar="N",
        type=float,
        default=3.0,
        help="how long to repeat the first measure (default: 3)",
    )
    json_option(parser)
    parser.epilog = "example:\n  bridge bench core"
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, out: Output) -> int:
    """Measure, and print each ratio beside its target; a missed one is no failure."""
    from bridge.cli.bench_core import MEASURES

    done = []
    for name, measure in MEASURES.items():
        if not arguments.json and out.fancy:
            errors().line(Styled(f"measuring {name} …", "faint"))
        done.append(measure(arguments.seconds))
    if arguments.json:
        out.json({"measures": [measure.as_json() for measure in done]})
    else:
        out.table(
            ("measure", "ours", "floor", "ratio", "target", "medians"), [_row(m) for m in done]
        )
    return DONE


def _row(measure: Measure) -> tuple[str | Styled, ...]:
    style = "good" if measure.met else "bad"
    unit = measure.unit
    return (
        measure.name,
        f"{measure.ours:.3f} {unit}",
        f"{measure.floor:.3f} {unit}",
        Styled(f"{measure.ratio:.2f}", style),
        f"at most {measure.target:g}",
        measure.medians,
    )
