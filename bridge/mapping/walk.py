"""The walk through a source message along a compiled plan.

Every leaf of the source is mapped, used as control data, or listed as lost with the reason that
the table gives; every leaf of the target came from a leaf, the context, or a stated default.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from bridge.finding import Finding, Severity
from bridge.mapping.account import Account, ContentOf, Env, Given, Lost, Mapped, Shelf
from bridge.mapping.alike import alike
from bridge.mapping.build import (
    add_required,
    best_of,
    freeze,
    put,
    reach,
    selects,
    standing,
)
from bridge.mapping.context import Context
from bridge.mapping.joining import Split
from bridge.mapping.paths import Select, parse_path
from bridge.mapping.plan import Branch, LeafOp, Plan, Route, Supply
from bridge.mapping.supplying import Supplying
from bridge.mapping.table import Row
from bridge.message import Group, Message

Spot: TypeAlias = tuple[Plan, dict[str, Any], Group]
"""A plan at work, where its targets go, and the source group in which its rows' paths start."""
_NEW: Final = tuple.__new__
"""Makes a named tuple in half the time that its class takes."""
_EVERY: Final = (Select.ALL, Select.NONE)
Taker: TypeAlias = tuple[Branch, dict[str, Any], Group]
"""A row's branch at one field, with the same two groups."""


class Walk(Supplying):
    """Walks one or more source messages along a route and builds the target's fields."""

    def __init__(
        self, route: Route, context: Context, shelf: Shelf, content: ContentOf | None = None
    ) -> None:
        self._route = route
        self._context = context
        self._shelf = shelf
        self._content = content
        self.account = Account()
        self.root: dict[str, Any] = {}
        self._full: set[tuple[int, int]] = set()

    def run(self, sources: Sequence[Message]) -> Group:
        """Translate; give the fields of the target message."""
        plan = self._route.plan
        empty = Message(None, Group())  # type: ignore[arg-type]
        env = self._env(empty)
        for number, source in enumerate(sources, 1):
            env = self._env(source)
            env.position, env.siblings = number, len(sources)
            prefix = f"[{number}]" if len(sources) > 1 else ""
            self._visit(source.fields, [(plan, self.root, source.fields)], prefix, env)
        self._supply(plan, self.root, sources[0].fields if sources else Group(), "", env)
        for weaker, stronger in self._route.yields.items():
            self._give_way(weaker, stronger)
        return add_required(freeze(self.root), self._route.empty_groups)

    def _give_way(self, weaker: str, stronger: str) -> None:
        """Where the target has room for one of two fields and rows filled both, one is lost."""
        if not (
            standing(self.root, parse_path(weaker)) and standing(self.root, parse_path(stronger))
        ):
            return
        *way, last = parse_path(weaker)
        reach(self.root, tuple(way)).pop(last.name)
        reason = f"this version has room for one of two, and {stronger} goes before"
        for entry in [e for e in self.account.mapped if e.target.startswith(weaker)]:
            self.account.mapped.remove(entry)
            self.account.lost.append(Lost(entry.path, reason, entry.row))

    def _env(self, source: Message) -> Env:
        return Env(
            context=self._context,
            message=source,
            direction=self._route.direction,
            target_standard=self._route.target_standard,
            account=self.account,
            shelf=self._shelf,
            content=self._content,
            item=source.fields,
        )

    # --- source driven -------------------------------------------------------------------

    def _visit(
        self,
        source: Group,
        active: list[Spot],
        prefix: str,
        env: Env,
        rest: Branch | None = None,
    ) -> None:
        walking = active
        for spot in active:
            if spot[0].before:
                walking = _with_joined(active, source)
                break
        for name, value in source.items():
            branches: list[Taker] = []
            for plan, base, home in walking:
                for branch in plan.fields.get(name, ()):
                    branches.append((branch, base, home))
            path = f"{prefix}{name}"
            if len(branches) == 1 and branches[0][0].quick and type(value) is str:
                self._take(path, value, branches[0], env)
            elif not branches:
                self._rest(path, value, rest, env)
            elif isinstance(value, tuple):
                self._list(path, value, branches, env)
            elif isinstance(value, Group):
                self._group(path, value, branches, env)
            else:
                self._leaf(path, value, branches, env)
        for plan, base, home in walking[len(active) :]:
            self._supply(plan, base, home, prefix, env)

    def _list(
        self,
        path: str,
        items: tuple[Any, ...],
        branches: list[Taker],
        env: Env,
    ) -> None:
        before = env.position, env.siblings
        count = len(items)
        every = all(branch.select in _EVERY for branch, _, _ in branches)
        best = () if every else [best_of(branch, items) for branch, _, _ in branches]
        joined = any(branch.target is not None for branch, _, _ in branches)
        quick = every and len(branches) == 1 and branches[0][0].quick
        for number, item in enumerate(items, 1):
            here = f"{path}[{number}]"
            if quick and type(item) is str:
                self._take(here, item, branches[0], env)
                continue
            chosen = branches
            if not every:
                chosen = [
                    taker
                    for taker, liked in zip(branches, best, strict=True)
                    if selects(taker[0], number, item, liked)
                ]
            if joined and any(branch.target is not None for branch, _, _ in chosen):
                env.position, env.siblings = number, count
            if not chosen:
                reason = next((b.reason for b, _, _ in branches if b.reason), "")
                name = branches[0][0].name
                self._lose_all(here, item, reason or "only some items of the list pass", name)
            elif isinstance(item, Group):
                self._group(here, item, chosen, env)
            else:
                self._leaf(here, item, chosen, env)
        env.position, env.siblings = before

    def _has_room(self, branch: Branch, base: dict[str, Any]) -> bool:
        """Whether a branch takes one more group: a single group of the target holds only one."""
        if branch.target is None or any(step.select is Select.ALL for step in branch.target):
            return True
        place = id(branch), id(base)
        free = place not in self._full
        self._full.add(place)
        return free

    def _group(
        self,
        path: str,
        value: Group,
        branches: list[Taker],
        env: Env,
    ) -> None:
        active: list[Spot] = []
        own: list[Spot] = []
        refused: Branch | None = None
        rest: Branch | None = None
        for branch, base, home in branches:
            if branch.condition is not None and not branch.condition.holds(home):
                refused = refused or branch
            elif branch.whole:
                rest = rest or branch
                self._refuse(path, branch.row)
            elif not self._has_room(branch, base):
                refused = refused or branch
            elif branch.plan is not None:
                if branch.target is None:
                    active.append((branch.plan, base, home))
                else:
                    inner = reach(base, branch.target)
                    active.append((branch.plan, inner, value))
                    own.append((branch.plan, inner, value))
        if not active:
            self._rest(path, value, rest or refused, env)
            return
        self._visit(value, active, f"{path}/", env, rest)
        if own:
            for plan, inner, home in own:
                self._supply(plan, inner, home, f"{path}/", env)

    def _refuse(self, path: str, row: Row) -> None:
        """What a version cannot express, and what must not be left out silently, is fatal."""
        if row.refuse:
            self.account.findings.append(
                Finding(row.refuse, Severity.FATAL, path, row.loss, chapter=row.chapter)
            )

    def _rest(self, path: str, value: Any, branch: Branch | None, env: Env) -> None:
        """What no branch carries on: used as a whole, or lost for a row's reason."""
        if branch is None:
            self._lose_all(path, value, "no row of the table names this field", "")
        elif branch.whole and branch.op is not None:
            self._control_all(path, value, branch.op, env)
        else:
            reason = branch.reason or "its row takes no such group here"
            self._lose_all(path, value, reason, branch.name)

    def _take(self, path: str, value: Any, taker: Taker, env: Env) -> None:
        """The fast way of a leaf that one row takes without further ado, as most are."""
        branch, base, home = taker
        op = branch.op
        assert op is not None and op.target is not None
        if op.apply is not None:
            env.path, env.row, env.item = path, op.name, home
            try:
                value = op.apply(value, env)
            except ValueError as error:
                self.account.lost.append(Lost(path, str(error), op.name))
                return
            if value is None:
                reason = op.row.loss or "the value has no counterpart"
                self.account.lost.append(Lost(path, reason, op.name))
                return
        if op.direct:
            base[op.direct] = value
        else:
            put(base, op.target, value, keep=False)
        self.account.mapped.append(_NEW(Mapped, (path, op.goal, op.name)))

    def _leaf(
        self,
        path: str,
        value: Any,
        branches: list[Taker],
        env: Env,
    ) -> None:
        taken = False
        reason = name = ""
        for branch, base, home in branches:
            op = branch.op
            condition = branch.condition
            holds = condition is None or condition.holds(home)
            if op is None or not holds:
                if branch.reason and not reason and (holds or not branch.whole):
                    reason, name = branch.reason, branch.name
                name = name or branch.name
                continue
            if op.target is None:
                self._compare(path, value, op, env)
                self.account.mapped.append(Mapped(path, op.goal, op.name))
                taken = True
                continue
            if op.join is not None:
                reason, name = self._joined(path, op, home, env)
                taken = taken or not reason
                continue
            if op.apply is None:
                result = value
            else:
                env.path, env.row, env.item = path, op.name, home
                try:
                    result = op.apply(value, env)
                except ValueError as error:
                    reason, name = str(error), op.name
                    continue
                if result is None:
                    reason, name = op.row.loss or "the value has no counterpart", op.name
                    continue
            if op.split is not None:
                if self._split(path, result, op.split, base):
                    taken = True
                else:
                    reason, name = op.row.loss or "the text has another form", op.name
            elif op.direct:
                base[op.direct] = result
                self.account.mapped.append(Mapped(path, op.goal, op.name))
                taken = True
            elif put(base, op.target, result, keep=op.row.fallback):
                self.account.mapped.append(Mapped(path, op.goal, op.name))
                taken = True
            elif not taken:
                reason, name = op.row.loss or "another field filled the target", op.name
        if not taken:
            self.account.lost.append(Lost(path, reason or "no row takes it here", name))

    def _joined(self, path: str, op: LeafOp, home: Group, env: Env) -> tuple[str, str]:
        """Account for one of several fields that become one text, which a supply writes."""
        assert op.join is not None
        if op.join.text(home, env.latin) is None:
            return op.row.loss or "another part of the text is missing", op.name
        self.account.mapped.append(Mapped(path, op.goal, op.name))
        loss = op.join.loss(home, env.latin)
        if loss:
            self.account.lost.append(Lost(path, loss, op.name))
        return "", op.name

    def _split(self, path: str, value: str, split: Split, base: dict[str, Any]) -> bool:
        parts = split.parts(value)
        for target, goal, text in parts or ():
            put(base, target, text, keep=False)
            self.account.mapped.append(Mapped(path, goal, split.row))
        return parts is not None

    def _compare(self, path: str, value: Any, op: LeafOp, env: Env) -> None:
        reference = op.row.compare
        if not reference:
            return
        expected = env.context.find(reference)
        if expected is None and reference.partition(":")[0] not in env.context.messages:
            return  # nothing to compare with was given; what is missing shows when writing
        if not alike(expected, value, env.shelf.latin):
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
            self.account.mapped.append(Mapped(leaf, op.goal, op.name))

    def _lose_all(self, path: str, value: Any, reason: str, row: str) -> None:
        if isinstance(value, Group):
            self.account.lost += [Lost(leaf, reason, row) for leaf, _ in value.leaves(f"{path}/")]
        elif isinstance(value, tuple):
            for number, item in enumerate(value, 1):
                self._lose_all(f"{path}[{number}]", item, reason, row)
        else:
            self.account.lost.append(Lost(path, reason, row))

    def _translate_context(
        self, supply: Supply, base: dict[str, Any], value: Any, env: Env
    ) -> None:
        assert supply.plan is not None
        items = value if isinstance(value, tuple) else (value,)
        if not supply.target or supply.target[-1].select is not Select.ALL:
            items = items[:1]
        inner = Walk(self._route, self._context, self._shelf, self._content)
        for number, item in enumerate(items, 1):
            target = reach(base, supply.target)
            inside = inner._env(env.message)
            inside.item, inside.position, inside.siblings = item, number, len(items)
            inner._visit(item, [(supply.plan, target, item)], "", inside)
            inner._supply(supply.plan, target, item, "", inside)
        self.account.findings += inner.account.findings
        self.account.given.append(Given(supply.goal, "context", supply.name))


def _with_joined(active: list[Spot], source: Group) -> list[Spot]:
    """Add the parts that apply to the group itself (paths ``.``), and the parts of those."""
    walking = list(active)
    for plan, base, _home in walking:  # grows while it is walked
        for branch in plan.before:
            if branch.condition is not None and not branch.condition.holds(source):
                continue
            if branch.plan is not None and branch.target is not None:
                walking.append((branch.plan, reach(base, branch.target), source))
    return walking
