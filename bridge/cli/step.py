"""One translation with everything around it: input checks, the walk, writing, output checks.

What a person sees of one step, in ``bridge translate`` and ``bridge demo``, is made here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bridge.cli.documents import Loaded
from bridge.cli.output import as_finding
from bridge.errors import BorderViolation, IncompleteMessage, MappingFault
from bridge.finding import Finding, Severity, fatal, in_order
from bridge.mapping.context import Context
from bridge.mapping.surroundings import lacking, with_sources
from bridge.mapping.table import Pair
from bridge.mapping.tables import Tables
from bridge.mapping.translate import Translation, compose, translate, write
from bridge.rules.check import ALL_STAGES, Checker, Circumstances
from bridge.rules.strictness import Strictness, load_strictness
from bridge.xml.parse import parse

ABROAD: Final = "edm"
_INPUT: Final = "-INPUT"
"""Ends the id of a finding that is about what came in, not about what goes out."""
_WHERE_FROM: Final = {
    "request": "--request FILE with the QueryRequest of the exchange",
    "inquiry": "--request FILE with the 0301 that was answered",
    "order": "--request FILE with the 0401",
    "get": "--request FILE with the 0411",
}


@dataclass(frozen=True, slots=True)
class Goal:
    """What to make: the version, and where several are possible the kind and the table."""

    to: str
    kind: str = ""
    table: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """The outcome. ``octets`` are there only when nothing refuses the message.

    ``schema_in`` and ``schema_out`` tell whether the schemas allow what went in and came out,
    ``guard`` whether the border guard let the octets pass; ``None`` where nobody asked.
    """

    inputs: tuple[Loaded, ...]
    findings: tuple[Finding, ...]
    translation: Translation | None = None
    octets: bytes | None = None
    schema_in: bool | None = None
    schema_out: bool | None = None
    guard: bool | None = None

    @property
    def refused(self) -> bool:
        """Whether the message must not be sent."""
        return fatal(self.findings)


@dataclass(frozen=True, slots=True)
class Workshop:
    """The tables, rules and policy that steps share; ``stages`` are the checks that are made."""

    tables: Tables
    checker: Checker
    policy: Strictness
    stages: frozenset[str] = ALL_STAGES

    def step(
        self,
        inputs: Sequence[Loaded],
        context: Context,
        goal: Goal,
        *,
        request: bytes | None = None,
        tolerant: bool = False,
    ) -> Step:
        """Translate; a message of the target's own standard composes its answer.

        What the policy refuses in an input stops the step unless it is ``tolerant``; what goes
        out must keep every fatal rule. ``request`` are the octets of the QueryRequest that an
        answer to the EU must fit. Raises ``MappingFault`` where no mapping leads to the goal.
        """
        beside = Circumstances(now=context.now, stages=self.stages)
        findings, valid = self._judge_inputs(inputs, beside, tolerant)
        begun = Step(tuple(inputs), findings, schema_in=valid)
        if begun.refused:
            return begun
        head = inputs[0].message.head
        target = self.tables.catalogue.binding(goal.to)
        context = with_sources(context, [each.message for each in inputs])
        messages = self.tables.messages
        if head.family == target.family:
            pair = self._composition(goal, target.family)

            def run() -> Translation:
                return compose(pair.id, self.tables, context, goal.to)
        else:
            pair = self.tables.pair_for(messages, head, target, goal.kind)

            def run() -> Translation:
                sources = [each.message for each in inputs]
                return translate(
                    sources, self.tables, context, goal.to, kind=goal.kind, table=goal.table
                )

        return self._finish(
            begun,
            run,
            lambda fault: self._remedy(pair, context, fault),
            replace(beside, sending=True, request=request),
        )

    def _judge_inputs(
        self, inputs: Sequence[Loaded], beside: Circumstances, tolerant: bool
    ) -> tuple[tuple[Finding, ...], bool]:
        """What the policy refuses in the inputs, or warns of; the rest of their findings is left.

        What the reader had to tolerate is told as it is: it says what the translation rests on.
        """
        findings: list[Finding] = []
        valid = True
        for each in inputs:
            findings += each.reading.findings
            report = self.checker.judge(each.document, beside, each.reading)
            valid = valid and report.schema_valid is not False
            verdict = self.policy.verdict(
                (f for f in report.findings if f not in findings), standard=report.standard
            )
            told = [*verdict.refused, *verdict.warned]
            for finding in told:
                stops = finding in verdict.refused and not tolerant
                severity = Severity.FATAL if stops else Severity.WARNING
                findings.append(replace(finding, id=f"{finding.id}{_INPUT}", severity=severity))
        return in_order(findings), valid

    def _composition(self, goal: Goal, family: str) -> Pair:
        alone = [pair for pair in self.tables.messages.pairs if list(pair.kinds) == [family]]
        possible = ", ".join(pair.kinds[family] for pair in alone)
        found = next((pair for pair in alone if pair.kinds[family] == goal.kind), None)
        if found is None:
            raise MappingFault(
                f"the message is of {family} already, like the goal {goal.to}",
                remedy=f"What answers it is made with --message, one of {possible}.",
            )
        return found

    def _finish(
        self,
        begun: Step,
        run: Callable[[], Translation],
        remedy: Callable[[IncompleteMessage], str],
        beside: Circumstances,
    ) -> Step:
        translation = run()
        done = replace(
            begun,
            translation=translation,
            findings=in_order((*begun.findings, *translation.findings)),
        )
        try:
            octets = write(translation, self.tables)
        except IncompleteMessage as fault:
            # Findings that already refuse the message explain its gaps better than the gaps.
            return done if done.refused else _with(done, _incomplete(fault, remedy(fault)))
        except BorderViolation as fault:
            return replace(_with(done, as_finding(fault)), guard=False)
        binding = self.tables.catalogue.binding(translation.message.head.standard)
        if binding.family != ABROAD:
            beside = replace(beside, request=None)
        report = self.checker.judge(parse(octets), beside)
        guard = True if binding.family == ABROAD else None
        verdict = self.policy.verdict(report.findings, sending=True, standard=report.standard)
        told = [replace(finding, severity=Severity.FATAL) for finding in verdict.refused]
        done = _with(done, *told, *verdict.warned)
        done = replace(done, schema_out=report.schema_valid, guard=guard)
        return done if done.refused else replace(done, octets=octets)

    def _remedy(self, pair: Pair, context: Context, fault: IncompleteMessage) -> str:
        side = next(side for side, kind in pair.kinds.items() if kind == fault.kind)
        names = lacking(self.tables.messages, pair, side, context, fault.problems)
        if not names:
            return ""
        wanted = [_WHERE_FROM[name] for name in names if name in _WHERE_FROM]
        groups = [f"[{name}]" for name in names if name not in _WHERE_FROM]
        if groups:
            wanted.append(f"--context FILE.toml with {', '.join(groups)}")
        return f" Supply what the context lacks: {'; '.join(wanted)}."


def workshop_of(
    tables: Tables, policy: Path | None = None, stages: frozenset[str] = ALL_STAGES
) -> Workshop:
    """Make a workshop of tables and a policy, by default the one beside the tables."""
    strictness = load_strictness(policy or tables.root / "strictness.toml")
    return Workshop(tables, Checker(tables.catalogue), strictness, stages)


def _with(step: Step, *more: Finding) -> Step:
    return replace(step, findings=in_order((*step.findings, *more)))


def _incomplete(fault: IncompleteMessage, remedy: str) -> Finding:
    return Finding(fault.code, Severity.FATAL, fault.kind, f"{'; '.join(fault.problems)}.{remedy}")
