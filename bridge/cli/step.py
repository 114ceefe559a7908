"""One translation with everything around it: input checks, the walk, writing, output checks.

What a person sees of one step, in ``bridge translate`` and ``bridge demo``, is made here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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
from bridge.rules.schema import SchemaCheck
from bridge.xml.parse import parse

ABROAD: Final = "edm"
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
    """The tables and schemas that steps share."""

    tables: Tables
    schemas: SchemaCheck

    def step(self, inputs: Sequence[Loaded], context: Context, goal: Goal) -> Step:
        """Translate; a message of the target's own standard composes its answer.

        Raises ``MappingFault`` where no mapping leads to the goal.
        """
        findings, valid = self._judge_inputs(inputs)
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

        return self._finish(begun, run, lambda fault: self._remedy(pair, context, fault))

    def _judge_inputs(self, inputs: Sequence[Loaded]) -> tuple[tuple[Finding, ...], bool]:
        """Reader findings as they are; schema findings as warnings: the reader understood it."""
        findings: list[Finding] = []
        valid = True
        for each in inputs:
            findings += each.reading.findings
            complaints = self.schemas(each.document, each.binding)
            valid = valid and not complaints
            findings += [replace(c, id="XSD-INPUT", severity=Severity.WARNING) for c in complaints]
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
        complaints = self.schemas(parse(octets), binding)
        guard = True if binding.family == ABROAD else None
        done = replace(_with(done, *complaints), schema_out=not complaints, guard=guard)
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


def _with(step: Step, *more: Finding) -> Step:
    return replace(step, findings=in_order((*step.findings, *more)))


def _incomplete(fault: IncompleteMessage, remedy: str) -> Finding:
    return Finding(fault.code, Severity.FATAL, fault.kind, f"{'; '.join(fault.problems)}.{remedy}")
