"""``bridge bench``: speed and memory against a floor that the same run measures."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from bridge.cli.options import json_option
from bridge.cli.output import DONE, Output, Styled, errors

if TYPE_CHECKING:
    from bridge.cli.bench_core import Measure, Unmeasured

_CHOICES: Final = {
    "core": ("bridge.cli.bench_core", "read, check, translate, write"),
    "as4": ("bridge.cli.bench_as4", "receive, send, 100 MB, two access points"),
    "rules": ("bridge.cli.bench_rules", "rules, full check, conformance run"),
    "tables": ("bridge.cli.bench_tables", "translate a content, load and check tables"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    told = "; ".join(f"{choice}: {what}" for choice, (_, what) in _CHOICES.items())
    parser.add_argument("what", choices=tuple(_CHOICES), help=told)
    parser.add_argument(
        "--seconds",
        metavar="N",
        type=float,
        default=3.0,
        help="how long to repeat the first measure (default: 3)",
    )
    json_option(parser)
    parser.epilog = "example:\n  bridge bench rules"
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, out: Output) -> int:
    """Measure, and print each ratio beside its target; a missed one is no failure."""
    module = import_module(_CHOICES[arguments.what][0])
    measures = cast("Mapping[str, Callable[[float], Measure | Unmeasured]]", module.MEASURES)
    done = []
    for name, measure in measures.items():
        if not arguments.json and out.fancy:
            errors().line(Styled(f"measuring {name} …", "faint"))
        done.append(measure(arguments.seconds))
    if arguments.json:
        out.json({"measures": [measure.as_json() for measure in done]})
    else:
        out.table(
            ("measure", "ours", "floor", "ratio", "target", "medians"), [row(m) for m in done]
        )
    return DONE


def row(measure: Measure | Unmeasured) -> tuple[str | Styled, ...]:
    """The cells of a measure in the table for people."""
    from bridge.cli.bench_core import Unmeasured

    if isinstance(measure, Unmeasured):
        return (measure.name, "not measured", "", "", "", measure.why)
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
