"""Building the target: groups and lists grow as rows reach into them, and are frozen at the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.mapping.paths import ANY_VALUE, Path, Select
from bridge.mapping.plan import Branch, Supply
from bridge.message import Group


def selects(branch: Branch, number: int, item: Any, best: int = 0) -> bool:
    """Tell whether a branch means the item of a list that stands at a number.

    ``best`` is the number of the item that a branch which chooses the best one chose.
    """
    select = branch.select
    if select is Select.ALL or select is Select.NONE:
        return True
    if select is Select.FIRST:
        return number == 1
    if select is Select.BEST:
        return number == best
    return isinstance(item, Group) and item.at("/".join(branch.field)) == branch.value


def best_of(branch: Branch, items: tuple[Any, ...]) -> int:
    """The number of the item whose value a branch likes best; 0 where it likes none."""
    if branch.select is not Select.BEST:
        return 0
    path = "/".join(branch.field)
    found = [item.at(path) if isinstance(item, Group) else None for item in items]
    for value in branch.values:
        if value == ANY_VALUE and items:
            return 1
        if value in found:
            return found.index(value) + 1
    return 0


def reach(base: dict[str, Any], path: Path) -> dict[str, Any]:
    """Give the group at a target path, made where it is not there yet."""
    here = base
    for step in path:
        if step.select is Select.NONE:
            here = here.setdefault(step.name, {})
            continue
        items: list[Any] = here.setdefault(step.name, [])
        if step.select is Select.ALL:
            here = _next(items)
        elif step.select is Select.FIRST:
            if not items:
                items.append(_Begun())
            here = items[0]
        else:
            here = _item(items, step.field, step.value)
    return here


class _Begun(dict[str, Any]):
    """A first item that ``[1]`` made; ``[]`` takes it over if it comes later (``taken``)."""

    taken = False


def _next(items: list[Any]) -> dict[str, Any]:
    """Give one more item: the source may name a field of the first one before the list itself."""
    if len(items) == 1 and isinstance(items[0], _Begun) and not items[0].taken:
        items[0].taken = True
    else:
        items.append({})
    return items[-1]  # type: ignore[no-any-return]


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


def put(base: dict[str, Any], path: Path, value: Any, *, keep: bool) -> bool:
    """Set a target leaf; ``keep``: not where something stands already. Tell whether it was set."""
    last = path[-1]
    here = reach(base, path[:-1]) if len(path) > 1 else base
    if keep and here.get(last.name):
        return False
    if last.select is Select.ALL:
        items = here.setdefault(last.name, [])
        items += value if isinstance(value, list) else [value]
        return True
    here[last.name] = [value] if last.select is not Select.NONE else value
    return True


def standing(base: dict[str, Any], path: Path) -> bool:
    """Tell whether something stands at a target path; of lists on the way the first item counts."""
    here: Any = base
    for step in path:
        if isinstance(here, list):
            here = here[0] if here else None
        here = here.get(step.name) if isinstance(here, dict) else None
    return bool(here)


def may_open(base: dict[str, Any], supply: Supply) -> bool:
    """Whether a constant may be written: it never creates an optional group."""
    here: Any = base
    *way, last = supply.target
    for step, optional in zip(way, supply.optional, strict=False):
        inside = here.get(step.name) if isinstance(here, dict) else None
        if inside is None:
            if optional and not step.selects_by_value:
                return False
            here = {}
            continue
        here = inside
        if isinstance(inside, list):
            here = inside[0] if inside else {}
    return not (supply.default_only and isinstance(here, dict) and last.name in here)


def thaw(value: Any) -> Any:
    """Copy frozen fields so that rows may add to them."""
    if isinstance(value, dict):
        return {name: thaw(inner) for name, inner in value.items()}
    if isinstance(value, tuple):
        return [thaw(item) for item in value]
    return value


def freeze(value: dict[str, Any]) -> Group:
    """Freeze the fields; what was reached but never filled is left out."""
    return _frozen(value) or Group()


def _frozen(value: Any) -> Any:
    """Give the frozen value; ``None`` for groups and lists with nothing in them."""
    kind = type(value)
    if kind is dict or kind is _Begun:
        inside = {}
        for name, inner in value.items():
            kept = _frozen(inner)
            if kept is not None:
                inside[name] = kept
        return Group(inside) if inside else None
    if kind is list:
        items = tuple([kept for item in value if (kept := _frozen(item)) is not None])
        return items or None
    return value


def add_required(fields: Group, empty: Mapping[str, Any]) -> Group:
    """Add mandatory groups that may be empty (an EDM list without objects)."""
    missing = {name: Group() for name in empty if name not in fields}
    return Group({**fields, **missing}) if missing else fields


def only_named(value: Any, names: tuple[str, ...]) -> Any:
    """The named members of a group, or of every group of a list."""
    if isinstance(value, tuple):
        return tuple(only_named(item, names) for item in value)
    if isinstance(value, Group):
        return Group((name, value[name]) for name in names if name in value)
    return value
