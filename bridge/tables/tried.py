"""One payload translated for the eye: each value of the target with the row that made it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bridge.errors import BridgeError, SettingsFault
from bridge.finding import Finding, Severity
from bridge.mapping.account import Account
from bridge.mapping.context import Context
from bridge.mapping.explained import resolved
from bridge.mapping.receive import cut, entry_for
from bridge.mapping.table import Pair, Row, Table
from bridge.mapping.tables import Tables
from bridge.mapping.walk import Walk
from bridge.message import Group, Message
from bridge.tables.uses import named_rows

CUT: Final = "receives."
"""What the names of rows begin with where a procedure may not receive a value."""

_ELEMENT: Final = re.compile(r"Element '(?:\{[^}]*\})?([^']+)'")


@dataclass(frozen=True, slots=True)
class Made:
    """One value of the target.

    ``sources`` are the paths of the input that it was made of; ``origin`` says where it comes from
    if there are none: ``default``, ``constant``, ``context`` or ``generated``.
    """

    path: str
    value: object
    row: str
    place: str
    sources: tuple[str, ...] = ()
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """One value of the input that does not arrive, with the table's reason; ``cut``: on purpose."""

    path: str
    value: object
    reason: str
    row: str
    place: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Try:
    """A payload translated. ``octets`` is the other document, empty where it cannot be written."""

    source: Message
    target: str
    kind: str
    direction: str
    made: tuple[Made, ...]
    gone: tuple[Gone, ...]
    used: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]
    octets: bytes = b""


def try_out(
    tables: Tables, table: Table, source: Message, context: Context, procedure: str = ""
) -> Try:
    """Translate a payload by its table. Raises ``SettingsFault`` where it belongs to another."""
    pair, side = _pair_of(table, source)
    goal = table.other(side)
    direction = f"to-{goal}"
    family = pair.families[goal]
    catalogue = tables.catalogue
    target = max(s for s in catalogue.standards if s.rpartition("-")[0] == family)
    route = tables.route(table, pair, direction, source.head.standard, target)
    walk = Walk(route, context, tables.shelf(target))
    fields = walk.run([source])
    account = walk.account
    whole = list(_made(fields, account, named_rows(table)))
    entry = entry_for(table, procedure, goal) if procedure else None
    if entry is not None:
        fields = cut(fields, entry, account)
    standing = dict(fields.leaves())
    findings = list(account.findings)
    octets = b""
    try:
        octets = catalogue.write(catalogue.message(target, route.target_kind, fields))
    except BridgeError as fault:
        findings.append(Finding("OUTPUT-INCOMPLETE", Severity.FATAL, "/", fault.what))
    if octets:
        invalid = tables.end(target, route.target_kind, goal).invalid(octets)
        if invalid:
            findings.append(_invalid(invalid))
    return Try(
        source=source,
        target=target,
        kind=route.target_kind,
        direction=direction,
        made=tuple(each for each in whole if each.path in standing),
        gone=tuple(_gone(account, named_rows(table), source.fields)),
        used=tuple((e.path, e.row) for e in account.mapped if not e.target),
        findings=tuple(findings),
        octets=octets,
    )


def _invalid(told: str) -> Finding:
    """The schema's verdict by the element only: its own words quote the value."""
    found = _ELEMENT.search(told)
    name = found.group(1) if found else "/"
    what = "what the table makes is not valid by the schema of the other side"
    return Finding("OUTPUT-INVALID", Severity.FATAL, name, what)


def _pair_of(table: Table, source: Message) -> tuple[Pair, str]:
    for pair in table.pairs:
        for side, family in pair.families.items():
            if family == source.head.family and pair.kinds.get(side) == source.head.kind:
                return pair, side
    kinds = sorted({kind for pair in table.pairs for kind in pair.kinds.values()})
    raise SettingsFault(
        f"the file is a {source.head.kind} of {source.head.standard}, which {table.id} does not "
        "translate",
        remedy=f"It translates {', '.join(kinds)}.",
    )


def _place(rows: Mapping[str, Row], name: str) -> str:
    row = rows.get(name)
    return f"{row.file}:{row.line}" if row is not None else ""


def _made(fields: Group, account: Account, rows: Mapping[str, Row]) -> Iterator[Made]:
    """The target's leaves in their order, each with what the account says of it."""
    behind = _behind(fields, account)
    for path, value in fields.leaves():
        name, sources, origin = next(
            (found for above in _and_above(path) if (found := behind.get(above))), ("", (), "")
        )
        if not name:
            chosen = next((n for p, (n, _s, _o) in behind.items() if _beside(p, path)), "")
            name, origin = chosen, "selector"
        yield Made(path, value, name, _place(rows, name), sources, origin)


def _and_above(path: str) -> Iterator[str]:
    steps = path.split("/")
    return ("/".join(steps[:count]) for count in range(len(steps), 0, -1))


def _beside(one: str, other: str) -> bool:
    return one.rpartition("/")[0] == other.rpartition("/")[0]


def _behind(fields: Group, account: Account) -> dict[str, tuple[str, tuple[str, ...], str]]:
    """Each filled place of the target: the row, the source paths, the origin.

    Several entries of the account name one goal, ``A[]/b``: they filled its places in order.
    """
    goals: dict[str, list[tuple[str, str]]] = {}
    for entry in account.mapped:
        if entry.target:
            goals.setdefault(entry.target, []).append((entry.path, entry.row))
    found: dict[str, tuple[str, tuple[str, ...], str]] = {}
    for goal, entries in goals.items():
        places = list(resolved(fields, goal))
        if len(places) == 1:
            found[places[0]] = (entries[-1][1], tuple(path for path, _ in entries), "")
            continue
        for place, (path, row) in zip(places, entries, strict=False):
            found[place] = (row, (path,), "")
    for given in account.given:
        for place in resolved(fields, given.path):
            found.setdefault(place, (given.row, (), given.origin))
    return found


def _gone(account: Account, rows: Mapping[str, Row], source: Group) -> Iterator[Gone]:
    values = dict(source.leaves())
    for entry in account.lost:
        taken = entry.row.startswith(CUT)
        yield Gone(
            entry.path,
            values.get(entry.path),
            entry.reason,
            entry.row,
            _place(rows, entry.row),
            taken,
        )
