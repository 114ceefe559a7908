"""Data minimisation: what a procedure may receive of a content, and what is cut for it.

A table names, for a procedure, the attributes of the receiving side that may arrive
(``[[receives]]``); what is beyond them is taken out of the target and told as lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from bridge.mapping.account import Account, Lost
from bridge.mapping.context import Context
from bridge.mapping.paths import parse_path
from bridge.mapping.table import Pair, Receives, Table, spot_in
from bridge.message import Group
from bridge.xml.nodes import Leaf, Shape


def procedure_of(context: Context) -> str:
    """The procedure that an exchange serves; empty where no message names one."""
    found = context.find("order:Procedure") or context.find("request:Procedure")
    return found if isinstance(found, str) else ""


def entry_for(table: Table, procedure: str, side: str) -> Receives | None:
    """What a table says of a procedure and a receiving side; ``None``: everything may arrive."""
    entries = (e for e in table.receives if e.procedure == procedure and e.side == side)
    return next(entries, None)


def cut(fields: Group, entry: Receives, account: Account) -> Group:
    """Keep what may arrive. What is cut stands in the account as lost, with the reason."""
    kept: Group = _kept(fields, _tree(entry.fields))
    if kept == fields:
        return fields
    reason = f"{entry.reason} (procedure {entry.procedure})"
    name = f"receives.{entry.procedure}"
    beyond = [e for e in account.mapped if e.target and not _within(e.target, entry.fields)]
    gone = {e.path for e in beyond}
    account.mapped[:] = [e for e in account.mapped if e not in set(beyond)]
    still = {e.path for e in account.mapped} | {e.path for e in account.lost}
    account.lost += [
        Lost(path, reason, name)
        for path in dict.fromkeys(e.path for e in beyond)
        if path in gone - still
    ]
    account.given[:] = [e for e in account.given if _within(e.path, entry.fields)]
    return kept


def _plain(path: str) -> str:
    return "/".join(step.name for step in parse_path(path))


def _within(goal: str, fields: Iterable[str]) -> bool:
    plain = _plain(goal)
    return any(plain == path or plain.startswith(f"{path}/") for path in fields)


def _tree(fields: Iterable[str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path in sorted(fields, key=len, reverse=True):
        *way, last = path.split("/")
        here = tree
        for name in way:
            here = here.setdefault(name, {})
        here[last] = {}  # the whole, whatever of it was named as well
    return tree


def _kept(value: Any, tree: Mapping[str, Any]) -> Any:
    if not tree or not isinstance(value, Group | tuple):
        return value
    if isinstance(value, tuple):
        return tuple(_kept(item, tree) for item in value)
    inside = {name: _kept(inner, tree[name]) for name, inner in value.items() if name in tree}
    return Group({name: inner for name, inner in inside.items() if inner not in (Group(), ())})


# --- laws ------------------------------------------------------------------------------------


def problems(table: Table, pair: Pair, side: str, shape: Shape) -> Iterator[str]:
    """Named attributes exist, and none that the target must have is cut."""
    seen: set[tuple[str, str]] = set()
    for entry in table.receives:
        where = f"{entry.file}:{entry.line}: receives {entry.procedure}"
        key = (entry.procedure, entry.side)
        if key in seen:
            yield f"{where}: the procedure stands twice for this side"
        seen.add(key)
        if entry.side != side:
            continue
        for path in entry.fields:
            if shape.find(path) is None:
                near = get_close_matches(path, list(_all(shape)), 1, 0.5)
                hint = f"; did you mean '{near[0]}'?" if near else ""
                place = spot_in(table, entry.file, entry.line, path)
                yield f"{where}: {side} has no field '{path}'{hint}{place}"
        for path in _must(shape, "", _tree(entry.fields)):
            yield f"{where}: '{path}' is mandatory on the side {side} and would be cut"


def _all(shape: Shape, prefix: str = "") -> Iterator[str]:
    for row in shape.named_fields():
        yield f"{prefix}{row.name}"
        if isinstance(row.of, Shape) and prefix.count("/") < 4:
            yield from _all(row.of, f"{prefix}{row.name}/")


def _must(shape: Shape, prefix: str, tree: Mapping[str, Any]) -> Iterator[str]:
    """Mandatory fields outside a tree, in groups that are there at all."""
    for row in shape.named_fields():
        path = f"{prefix}{row.name}"
        if row.name not in tree:
            if row.least and not row.choice and row.constant is None:
                yield path
        elif tree[row.name] and not isinstance(row.of, Leaf):
            yield from _must(row.of, f"{path}/", tree[row.name])
    for members in shape.choices.values():
        first = shape.field(members[0])
        named = [name for name in members if name in tree]
        if first is not None and first.least and len(named) < len(members):
            left_out = next(name for name in members if name not in tree)
            yield f"{prefix}{left_out}"
