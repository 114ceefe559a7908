"""A message and a table to the message of the other side, with an account of every leaf.

``translate`` is pure: the same message, table and context give the same translation. Every leaf
of the input is mapped, used as control data, or listed in ``lost`` with the reason that the table
gives; every leaf of the output came from a leaf, the context, or a stated default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.finding import Finding, Severity
from bridge.mapping.context import Context, lookup
from bridge.mapping.paths import Path, Select
from bridge.mapping.plan import Branch, LeafOp, Plan, Route, Supply
from bridge.mapping.table import Row
from bridge.message import Attachment, Group, Message, group


class Unmappable(ValueError):
    """A converter cannot carry a value over. The sentence never quotes the value."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A leaf of the input that has no counterpart: its path, the row, the reason."""

    path: str
    reason: str
    row: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """A leaf of the output that did not come from the input.

    ``origin``: ``default``, ``constant``, ``context`` or ``generated``.
    """

    path: str
    origin: str
    row: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """A leaf of the input that was carried over, or used as control data (``target`` empty)."""

    path: str
    target: str
    row: str


@dataclass(slots=True)
class Account:
    """The running account of one translation."""

    findings: list[Finding] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    mapped: list[tuple[str, LeafOp]] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)


@dataclass(slots=True)
class Env:
    """What a converter may look at: the context, the source message, and the item it is in.

    ``position`` counts the item in its list from one, ``siblings`` how many there are.
    """

    context: Context
    message: Message
    direction: str
    target_standard: str
    account: Account
    evidence: Any = None
    item: Group = field(default_factory=Group)
    position: int = 1
    siblings: int = 1
    path: str = ""
    row: str = ""

    def lose(self, reason: str) -> None:
        """Say that part of the current value does not reach the other side."""
        self.account.lost.append(Lost(self.path, reason, self.row))

    def find(self, rule: str, severity: Severity, message: str) -> None:
        """Add a finding at the current leaf."""
        self.account.findings.append(Finding(rule, severity, self.path, message))


class Walk:
    """Walks one or more source messages along a route and builds the target's fields."""

    def __init__(self, route: Route, context: Context, evidence: Any = None) -> None:
        self._route = route
        self._context = context
        self._evidence = evidence
        self.account = Account()
        self.root: dict[str, Any] = {}

    def run(self, sources: Sequence[Message]) -> Group:
        """Translate; give the fields of the target message."""
        plan = self._route.plan
        empty = Message(None, Group())  # type: ignore[arg-type]
        env = self._env(empty)
        for number, source in enumerate(sources, 1):
            env = self._env(source)
            env.position, env.siblings = number, len(sources)
            prefix = f"[{number}]" if len(sources) > 1 else ""
            self._visit(source.fields, [(plan, self.root)], prefix, env)
        self._supply(plan, self.root, sources[0].fields if sources else Group(), "", env)
        _add_required(self.root, self._route.empty_groups)
        return _freeze(self.root)

    def _env(self, source: Message) -> Env:
        return Env(
            context=self._context,
            message=source,
            direction=self._route.direction,
            target_standard=self._route.target_standard,
            account=self.account,
            evidence=self._evidence,
            item=source.fields,
        )

    # --- source driven -------------------------------------------------------------------

    def _visit(
        self, source: Group, active: list[tuple[Plan, dict[str, Any]]], prefix: str, env: Env
    ) -> None:
        joined: list[tuple[Plan, dict[str, Any]]] = []
        for plan, base in active:
            for branch in plan.before:
                if branch.plan is not None and branch.target is not None:
                    joined.append((branch.plan, _reach(base, branch.target)))
        walking = active + joined if joined else active
        outer = env.item
        env.item = source
        for name, value in source.items():
            branches = [
                (branch, base) for plan, base in walking for branch in plan.fields.get(name, ())
            ]
            path = f"{prefix}{name}"
            if not branches:
                self._lose_all(path, value, "no row of the table names this field", "")
            elif isinstance(value, tuple):
                self._list(path, value, branches, source, env)
            elif isinstance(value, Group):
                self._group(path, value, branches, source, env)
            else:
                self._leaf(path, value, branches, source, env)
        env.item = source
        for plan, base in joined:
            self._supply(plan, base, source, prefix, env)
        env.item = outer

    def _list(
        self,
        path: str,
        items: tuple[Any, ...],
        branches: list[tuple[Branch, dict[str, Any]]],
        source: Group,
        env: Env,
    ) -> None:
        before = env.position, env.siblings
        count = len(items)
        for number, item in enumerate(items, 1):
            here = f"{path}[{number}]"
            chosen = [
                (branch, base) for branch, base in branches if _selects(branch, number, item)
            ]
            if any(branch.target is not None for branch, _ in chosen):
                env.position, env.siblings = number, count
            if not chosen:
                reason = next((b.reason for b, _ in branches if b.reason), "")
                name = branches[0][0].name
                self._lose_all(here, item, reason or "only some items of the list pass", name)
            elif isinstance(item, Group):
                self._group(here, item, chosen, source, env)
            else:
                self._leaf(here, item, chosen, source, env)
        env.position, env.siblings = before

    def _group(
        self,
        path: str,
        value: Group,
        branches: list[tuple[Branch, dict[str, Any]]],
        source: Group,
        env: Env,
    ) -> None:
        active: list[tuple[Plan, dict[str, Any]]] = []
        own: list[tuple[Plan, dict[str, Any]]] = []
        refused: Branch | None = None
        for branch, base in branches:
            if branch.condition is not None and not branch.condition.holds(source):
                refused = refused or branch
            elif branch.whole:
                refused = refused or branch
                if branch.op is not None:
                    self._control_all(path, value, branch.op, env)
                    return
            elif branch.plan is not None:
                if branch.target is None:
                    active.append((branch.plan, base))
                else:
                    inner = _reach(base, branch.target)
                    active.append((branch.plan, inner))
                    own.append((branch.plan, inner))
        if not active:
            reason = refused.reason if refused else ""
            name = refused.name if refused else ""
            self._lose_all(path, value, reason or "the condition of its row does not hold", name)
            return
        self._visit(value, active, f"{path}/", env)
        if own:
            outer, env.item = env.item, value
            for plan, inner in own:
                self._supply(plan, inner, value, f"{path}/", env)
            env.item = outer

    def _leaf(
        self,
        path: str,
        value: Any,
        branches: list[tuple[Branch, dict[str, Any]]],
        source: Group,
        env: Env,
    ) -> None:
        taken = False
        reason = name = ""
        for branch, base in branches:
            op = branch.op
            condition = branch.condition
            if op is None or (condition is not None and not condition.holds(source)):
                reason, name = reason or branch.reason, name or branch.name
                continue
            if op.target is None:
                self._compare(path, value, op, env)
                self.account.mapped.append((path, op))
                taken = True
                continue
            if op.apply is None:
                result = value
            else:
                env.path, env.row = path, op.name
                try:
                    result = op.apply(value, env)
                except ValueError as error:
                    reason, name = str(error), op.name
                    continue
                if result is None:
                    reason, name = op.row.loss or "the value has no counterpart", op.name
                    continue
            if _set(base, op.target, result, keep=op.row.fallback):
                self.account.mapped.append((path, op))
                taken = True
            elif not taken:
                reason, name = op.row.loss or "another field filled the target", op.name
        if not taken:
            self.account.lost.append(Lost(path, reason or "no row takes it here", name))

    def _compare(self, path: str, value: Any, op: LeafOp, env: Env) -> None:
        reference = op.row.compare
        if not reference:
            return
        expected = env.context.find(reference)
        if expected is not None and expected != value:
            self.account.findings.append(
                Finding(
                    f"COMPARE-{op.name}",
                    Severity.FATAL,
                    path,
                    f"the value differs from {reference}: {op.row.control}",
                    chapter=op.row.chapter,
                )
            )

    def _control_all(self, path: str, value: Any, op: LeafOp, env: Env) -> None:
        leaves = value.leaves(f"{path}/") if isinstance(value, Group) else ((path, value),)
        for leaf, content in leaves:
            self._compare(leaf, content, op, env)
            self.account.mapped.append((leaf, op))

    def _lose_all(self, path: str, value: Any, reason: str, row: str) -> None:
        if isinstance(value, Group):
            self.account.lost += [Lost(leaf, reason, row) for leaf, _ in value.leaves(f"{path}/")]
        elif isinstance(value, tuple):
            for number, item in enumerate(value, 1):
                self._lose_all(f"{path}[{number}]", item, reason, row)
        else:
            self.account.lost.append(Lost(path, reason, row))

    # --- target driven -------------------------------------------------------------------

    def _supply(
        self, plan: Plan, base: dict[str, Any], source: Group, prefix: str, env: Env
    ) -> None:
        for supply in plan.supplies:
            if supply.condition is None or supply.condition.holds(source):
                self._give(supply, base, prefix, env)

    def _give(self, supply: Supply, base: dict[str, Any], prefix: str, env: Env) -> None:
        row = supply.row
        if supply.default_only:
            if row.default is not None and _open(base, supply):
                self._put(supply, base, row.default, "default", prefix)
            return
        if row.constant is not None:
            if _open(base, supply):
                self._put(supply, base, row.constant, "constant", prefix)
            return
        if row.new:
            value = self._generated(row, env)
            if value is not None:
                self._put(supply, base, value, "generated", prefix)
            return
        value = env.context.find(row.from_)
        if value is None:
            if row.default is not None and _open(base, supply):
                self._put(supply, base, row.default, "default", prefix)
            return
        if supply.plan is not None:
            self._translate_context(supply, base, value, env)
            return
        if supply.apply is not None:
            env.path, env.row = row.from_, supply.name
            try:
                value = supply.apply(value, env)
            except ValueError as error:
                self.account.findings.append(
                    Finding(f"CONTEXT-{supply.name}", Severity.FATAL, row.from_, str(error))
                )
                return
            if value is None:
                return
        if row.take and isinstance(value, Group):
            value = Group((name, value[name]) for name in row.take if name in value)
        self._put(supply, base, _thaw(value), "context", prefix)

    def _translate_context(
        self, supply: Supply, base: dict[str, Any], value: Any, env: Env
    ) -> None:
        assert supply.plan is not None
        items = value if isinstance(value, tuple) else (value,)
        if not supply.target or supply.target[-1].select is not Select.ALL:
            items = items[:1]
        inner = Walk(self._route, self._context, self._evidence)
        for number, item in enumerate(items, 1):
            target = _reach(base, supply.target)
            inside = inner._env(env.message)
            inside.item, inside.position, inside.siblings = item, number, len(items)
            inner._visit(item, [(supply.plan, target)], "", inside)
            inner._supply(supply.plan, target, item, "", inside)
        self.account.findings += inner.account.findings
        self.account.given.append(
            Given("/".join(map(str, supply.target)), "context", supply.name)
        )

    def _generated(self, row: Row, env: Env) -> Any:
        if row.new == "position":
            return env.position if env.siblings > 1 else None
        fresh = env.context.ids()
        if row.new == "uuid-urn":
            return fresh.urn
        if row.new == "content-id":
            return f"{fresh.hex}@{env.context.find('platform:domain') or 'bridge.invalid'}"
        return str(fresh)

    def _put(
        self, supply: Supply, base: dict[str, Any], value: Any, origin: str, prefix: str
    ) -> None:
        keep = supply.default_only or supply.row.fallback or origin == "default"
        if _set(base, supply.target, value, keep=keep):
            path = "/".join(map(str, supply.target))
            self.account.given.append(Given(path, origin, supply.name))


def _selects(branch: Branch, number: int, item: Any) -> bool:
    select = branch.select
    if select is Select.ALL or select is Select.NONE:
        return True
    if select is Select.FIRST:
        return number == 1
    return isinstance(item, Group) and item.at("/".join(branch.field)) == branch.value


def _reach(base: dict[str, Any], path: Path) -> dict[str, Any]:
    """Give the group at a target path, made where it is not there yet."""
    here = base
    for step in path:
        if step.select is Select.NONE:
            here = here.setdefault(step.name, {})
            continue
        items: list[Any] = here.setdefault(step.name, [])
        if step.select is Select.ALL:
            items.append({})
            here = items[-1]
        elif step.select is Select.FIRST:
            if not items:
                items.append({})
            here = items[0]
        else:
            here = _item(items, step.field, step.value)
    return here


def _item(items: list[Any], field_path: tuple[str, ...], value: str) -> dict[str, Any]:
    for item in items:
        found: Any = item
        for name in field_path:
            found = found.get(name) if isinstance(found, dict) else None
        if found == value:
            return item  # type: ignore[no-any-return]
    fresh: dict[str, Any] = {}
    inner = fresh
    for name in field_path[:-1]:
        inner = inner.setdefault(name, {})
    inner[field_path[-1]] = value
    items.append(fresh)
    return fresh


def _set(base: dict[str, Any], path: Path, value: Any, *, keep: bool) -> bool:
    """Set a target leaf; ``keep``: not where something stands already. Tell whether it was set."""
    *way, last = path
    here = _reach(base, tuple(way)) if way else base
    if last.select is Select.ALL:
        here.setdefault(last.name, []).append(value)
        return True
    if keep and last.name in here:
        return False
    here[last.name] = [value] if last.select is not Select.NONE else value
    return True


def _open(base: dict[str, Any], supply: Supply) -> bool:
    """Whether a constant may be written: it never creates an optional group."""
    here: Any = base
    *way, last = supply.target
    for step, optional in zip(way, supply.optional, strict=False):
        inside = here.get(step.name) if isinstance(here, dict) else None
        if inside is None:
            if optional and step.select is not Select.BY_VALUE:
                return False
            here = {}
            continue
        here = inside
        if isinstance(inside, list):
            here = inside[0] if inside else {}
    return not (supply.default_only and isinstance(here, dict) and last.name in here)


def _thaw(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _thaw(inner) for name, inner in value.items()}
    if isinstance(value, tuple):
        return [_thaw(item) for item in value]
    return value


def _freeze(value: dict[str, Any]) -> Group:
    return group({name: inner for name, inner in value.items() if not _hollow(inner)})


def _hollow(value: Any) -> bool:
    """Prune in place groups that were reached but never filled; tell whether nothing is left."""
    if isinstance(value, dict):
        if value.pop("", None) is _KEPT:
            return False
        for name in [name for name, inner in value.items() if _hollow(inner)]:
            del value[name]
        return not value
    if isinstance(value, list):
        value[:] = [item for item in value if not _hollow(item)]
        return not value
    return False


_KEPT = object()


def _add_required(root: dict[str, Any], empty: Mapping[str, Any]) -> None:
    """Add mandatory groups that may be empty (an EDM list without objects)."""
    for name in empty:
        if _hollow(root.get(name, {})):
            root[name] = {"": _KEPT}


Finder = Callable[[Group, str], Any]

__all__ = ["Env", "Given", "Lost", "Mapped", "Walk", "Unmappable", "lookup"]
