"""A desk on the shipped data, and outcomes made of a few words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bridge.cli.conform_run import Setup
from bridge.conform.outcome import Checked, Excerpt, Outcome, Standing, State, Told
from bridge.conform.tally import Batch, Run
from bridge.finding import Finding, Severity
from bridge.resources import fixtures, mappings, standards
from bridge.standards.catalogue import Catalogue

FIXTURES = fixtures()
STANDARDS = Catalogue(standards()).standards
REQUEST = FIXTURES / "edm" / "1.2" / "request-full.xml"
DESK = Setup(standards(), mappings()).desk()
DESK_WITH_EXCERPTS = Setup(standards(), mappings(), excerpts=True).desk()


def told(
    rule: str = "R-EDM-REQ-C003",
    *,
    severity: Severity = Severity.FATAL,
    standing: Standing = Standing.UNEXPECTED,
    message: str = "The procedure code is in the list.",
    location: str = "/query:QueryRequest",
    excerpt: Excerpt | None = None,
) -> Told:
    return Told(Finding(rule, severity, location, message, 3), standing, excerpt)


def outcome(
    name: str = "a/request",
    state: State = State.PASSED,
    findings: Sequence[Told] = (),
    *,
    misses: Sequence[str] = (),
    title: str = "",
    file: str = "",
) -> Outcome:
    checked = Checked(
        file=f"{name}.xml",
        verdict="invalid" if findings else "valid",
        told=tuple(findings),
        standard="edm-1.2",
        kind="QueryRequest",
    )
    return Outcome(
        name=name,
        state=state,
        file=file or f"{name}.case.toml",
        expects="valid",
        title=title,
        checked=(checked,),
        misses=tuple(misses),
        seconds=0.25,
    )


def run_of(*outcomes: Outcome, suite: str = "suite", notes: tuple[str, ...] = ()) -> Run:
    batches = [Batch.of([each], 0.5) for each in outcomes]
    return Run.of(suite, batches, seconds=2.0, cpu_seconds=1.0, jobs=1, notes=notes)


def written(folder: Path, text: str, name: str = "a.case.toml") -> Path:
    """A case in a folder with two messages beside it."""
    for message in ("request", "answer"):
        (folder / f"{message}.xml").write_bytes(REQUEST.read_bytes())
    path = folder / name
    path.write_text(text, "utf-8")
    return path
