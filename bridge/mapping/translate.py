"""A message, the tables and a context to the message of the other side: the public entrance.

Pure: no clock, no randomness, no I/O beyond loading tables once. The result accounts for every
leaf: ``mapped``, ``lost`` (with the table's reason), ``given`` (what did not come from the input).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.errors import MappingFault
from bridge.finding import Finding, Severity, fatal, in_order
from bridge.mapping.account import Given, Lost, Mapped
from bridge.mapping.border import Crossing, cross
from bridge.mapping.content import ContentTranslator
from bridge.mapping.context import Context, count
from bridge.mapping.evidence import EvidenceType
from bridge.mapping.plan import Route
from bridge.mapping.prepare import PREPARATIONS
from bridge.mapping.surroundings import with_sources
from bridge.mapping.table import Table
from bridge.mapping.tables import Tables
from bridge.mapping.walk import Walk
from bridge.message import Group, Message

EU_SIDES = ("to-edm", "to-eu")


@dataclass(frozen=True, slots=True)
class TableUsed:
    """Which table a translation went through.

    ``id`` and ``version`` are those of the evidence type, or of the message tables where no
    evidence type takes part; ``hash`` (SHA-256, hex) covers every file that had a say.
    """

    id: str
    version: str
    hash: str


@dataclass(frozen=True, slots=True)
class Translation:
    """The new message and the account of every leaf.

    ``message`` stands even where ``findings`` are fatal, so that people can look at it; whoever
    sends must ask ``refused`` first. ``secrets`` are the guarded values of the exchange, for the
    look at the outgoing octets.
    """

    message: Message
    table: TableUsed
    findings: tuple[Finding, ...]
    lost: tuple[Lost, ...]
    given: tuple[Given, ...]
    mapped: tuple[Mapped, ...]
    secrets: frozenset[str] = frozenset()

    @property
    def refused(self) -> bool:
        """Whether the message must not be sent."""
        return fatal(self.findings)

    @property
    def defaulted(self) -> tuple[Given, ...]:
        """What was filled with a default of the table."""
        return tuple(given for given in self.given if given.origin == "default")


def translate(
    source: Message | Sequence[Message],
    tables: Tables,
    context: Context,
    to: str,
    *,
    kind: str = "",
    table: str = "",
) -> Translation:
    """Translate one message (or several answers into one) to the version ``to`` (``edm-2.0``).

    ``kind`` names the target message where several are possible; ``table`` an evidence type, by
    default the one whose classification the message or its request carries. Raises
    ``MappingFault`` where no mapping leads there or no evidence type is known.
    """
    sources = (source,) if isinstance(source, Message) else tuple(source)
    context = with_sources(context, sources)
    head = sources[0].head
    messages = tables.messages
    target = tables.catalogue.binding(to)
    pair = tables.pair_for(messages, head, target, kind)
    if len(sources) > 1 and not pair.collect:
        raise MappingFault(f"{pair.kinds} translates one message at a time", where=pair.id)
    side = next(s for s in messages.sides if pair.kinds.get(s) == head.kind)
    direction = f"to-{messages.other(side)}"
    evidence = None
    if pair.evidence or table:
        evidence = choose_evidence(sources, tables, context, table)
    route = tables.route(messages, pair, direction, head.standard, to)
    return _run(route, sources, tables, context, messages, evidence)


def compose(pair_id: str, tables: Tables, context: Context, to: str) -> Translation:
    """Make a message of context alone: the 0402 for an order, the PreviewRequired exception."""
    messages = tables.messages
    pair = messages.pair(pair_id)
    side = next(iter(pair.kinds))
    route = tables.route(messages, pair, f"to-{side}", "", to)
    return _run(route, (), tables, context, messages, None)


def choose_evidence(
    sources: Sequence[Message], tables: Tables, context: Context, named: str
) -> EvidenceType | None:
    """Choose the evidence type's table: the named one, else by classification.

    The ``document`` type serves any evidence, but only where it is named or
    ``settings:allow_document`` is true. Messages without evidence type need none.
    """
    types = tables.evidence_types
    if named:
        if named not in types:
            raise MappingFault(
                f"there is no table for the evidence type '{named}'",
                remedy=f"Known are {', '.join(types)}.",
            )
        return types[named]
    classification = next((m.head.evidence_type for m in sources if m.head.evidence_type), "")
    if not classification:
        return None
    found = tables.evidence_type(classification)
    if found is None and context.find("settings:allow_document") is True:
        found = next((evidence for evidence in types.values() if evidence.any), None)
    if found is None:
        raise MappingFault(
            "there is no table for the evidence type of this message",
            remedy="Name one (--table), or use --table document to pass documents through.",
            code="MAPPING-NO-TABLE",
        )
    return found


def _run(
    route: Route,
    sources: Sequence[Message],
    tables: Tables,
    context: Context,
    table: Table,
    evidence: EvidenceType | None,
) -> Translation:
    if evidence is not None:
        context = Context(
            context.now,
            context.ids,
            {**context.values, "evidence": tables.evidence_context(evidence)},
            context.messages,
        )
    content = ContentTranslator(tables, evidence, context, route.direction)
    walk = Walk(route, context, tables.shelf(route.target_standard), content)
    prepared = [PREPARATIONS[route.prepare](source) for source in sources]
    fields = walk.run(prepared)
    account = walk.account
    crossing = Crossing(fields, tuple(account.attachments))
    secrets: frozenset[str] = frozenset()
    if route.direction in EU_SIDES:
        secrets = tables.guard.secrets([*sources, *context.messages.values()], context.values)
        crossing = cross(tables.guard, fields, crossing.attachments, secrets)
    message = tables.catalogue.message(
        route.target_standard, route.target_kind, crossing.fields, crossing.attachments
    )
    counted = _counted(route, prepared, fields)
    return Translation(
        message=message,
        table=TableUsed(
            evidence.id if evidence else table.id,
            evidence.version if evidence else table.version,
            tables.fingerprint(evidence),
        ),
        findings=in_order((*account.findings, *counted, *crossing.findings)),
        lost=(*account.lost, *crossing.lost),
        given=tuple(account.given),
        mapped=tuple(account.mapped),
        secrets=secrets,
    )


def _counted(route: Route, sources: Sequence[Message], fields: Group) -> list[Finding]:
    """What the pair wants to be there once in the source, or at all in the target."""
    several = [
        Finding("MAPPING-SEVERAL", Severity.FATAL, path, sentence)
        for path, sentence in route.at_most_one.items()
        if any(count(source.fields, path) > 1 for source in sources)
    ]
    return several + [
        Finding("MAPPING-EMPTY", Severity.FATAL, name, sentence)
        for name, sentence in route.without.items()
        if name not in fields
    ]


def write(translation: Translation, tables: Tables) -> bytes:
    """Write the translated message; towards the EU the guard looks at the octets.

    Raises ``IncompleteMessage`` and ``BorderViolation``.
    """
    message = translation.message
    octets = tables.catalogue.write(message)
    if message.head.family == "edm":
        tables.guard.inspect(octets, message.fields, translation.secrets)
    return octets
