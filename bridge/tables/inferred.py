"""A data model inferred from example documents: a beginning that people complete.

One document cannot tell what is mandatory: a field is optional unless several groups of its kind
were seen and all had it. What occurs twice anywhere is a list; kinds of value are guessed only
where every example agrees.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from lxml import etree

from bridge.errors import SettingsFault
from bridge.names import split_clark

TEXT: Final = "value"
"""Name of the field that holds the text of an element which also has attributes."""
LONGEST_TOKEN: Final = 250
KINDS: Final = (
    ("date", re.compile(r"\d{4}-\d{2}-\d{2}")),
    ("dateTime", re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")),
    ("boolean", re.compile("true|false")),
    ("german-date", re.compile(r"\d{2}\.\d{2}\.\d{4}")),
    ("ja-nein", re.compile("ja|nein")),
)
"""Kinds that every value of a field must look like; ``token`` or ``text`` where none fits."""
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass(slots=True)
class Seen:
    """An element or attribute as the examples show it.

    ``space`` is its namespace; ``most`` how often it stands in one parent; ``values`` the texts;
    ``times`` how many there were, ``parents`` how many groups had it; ``before`` what stands in
    front of a part. ``needed`` is set by
    ``settle``, once it is known what the other side can fill.
    """

    name: str
    space: str = ""
    attribute: bool = False
    most: int = 1
    times: int = 0
    parents: int = 0
    needed: bool = False
    values: list[str] = field(default_factory=list)
    inside: dict[str, Seen] = field(default_factory=dict)
    before: dict[str, set[str]] = field(default_factory=dict)

    @property
    def group(self) -> bool:
        """Whether it has parts."""
        return bool(self.inside)

    @property
    def listed(self) -> bool:
        """Whether it is a list."""
        return self.most > 1

    @property
    def kind(self) -> str:
        """The kind of its values."""
        values = [value for value in self.values if value]
        for kind, form in KINDS:
            if values and all(form.fullmatch(value) for value in values):
                return kind
        return "text" if any(len(value) > LONGEST_TOKEN for value in values) else "token"


def infer(roots: Sequence[etree._Element]) -> Seen:
    """Look at examples of one kind of document. Raises ``SettingsFault`` that says what is odd."""
    names = {root.tag for root in roots}
    if len(names) != 1:
        raise SettingsFault("the examples of one side have different root elements")
    space, local = split_clark(roots[0].tag)
    if not space:
        raise SettingsFault(
            "the root element of the example has no namespace",
            remedy='Give it one, like xmlns="urn:example:my-evidence:national:1.0".',
        )
    seen = Seen(local, space)
    for root in roots:
        _look(root, seen, space)
    if not seen.group:
        raise SettingsFault("the example has no fields")
    _arrange(seen)
    return seen


def _look(element: etree._Element, seen: Seen, home: str) -> None:
    seen.times += 1
    text = (element.text or "").strip()
    children = list(element.iterchildren("*"))
    loose = [text, *((child.tail or "").strip() for child in children)]
    if children and any(loose):
        raise SettingsFault(f"the element {seen.name} mixes text and elements")
    for name, value in element.attrib.items():
        space, local = split_clark(str(name))
        if space == _XSI:
            continue
        if space:
            raise SettingsFault(f"the attribute {local} has a namespace of its own")
        known = seen.inside.setdefault(local, Seen(local, "", attribute=True))
        known.values.append(str(value))
        known.parents += 1
    if not children:
        _text(element, seen, text)
        return
    if TEXT in seen.inside or seen.values:
        raise SettingsFault(f"the element {seen.name} once has text and once has elements")
    counts: dict[str, int] = {}
    before = ""
    for child in children:
        name = _child(child, seen, home)
        if counts.get(name) and before != name:
            raise SettingsFault(f"the elements {name} in {seen.name} do not follow one another")
        counts[name] = counts.get(name, 0) + 1
        before = name
        _look(child, seen.inside[name], home)
    for name, count in counts.items():
        seen.inside[name].most = max(seen.inside[name].most, count)
        seen.inside[name].parents += 1
    for one, other in pairwise(counts):
        seen.before.setdefault(other, set()).add(one)


def _text(element: etree._Element, seen: Seen, text: str) -> None:
    if any(not inner.attribute and inner.name != TEXT for inner in seen.inside.values()):
        if text:
            raise SettingsFault(f"the element {seen.name} once has text and once has elements")
        return
    if element.attrib or seen.inside:
        here = Seen(TEXT, "")
        seen.inside = {TEXT: seen.inside.pop(TEXT, here), **seen.inside}
        seen.inside[TEXT].values += [*seen.values, text]
        seen.values = []
    else:
        seen.values.append(text)


def _child(child: etree._Element, seen: Seen, home: str) -> str:
    space, local = split_clark(str(child.tag))
    if space not in ("", home):
        raise SettingsFault(
            f"the element {local} is of another namespace than the root",
            remedy="Such a data model is written by hand (docs/binding-format.md).",
        )
    known = seen.inside.setdefault(local, Seen(local, space))
    if known.space != space or known.attribute:
        raise SettingsFault(f"{seen.name} has two different fields {local}")
    return local


def _arrange(seen: Seen) -> None:
    """Put the fields in an order that every group had, the first seen first where it is free."""
    left = dict(seen.inside)
    order: dict[str, Seen] = {}
    while left:
        free = [name for name in left if not seen.before.get(name, set()) & left.keys()]
        if not free:
            raise SettingsFault(f"the elements {', '.join(left)} in {seen.name} change their order")
        order[free[0]] = left.pop(free[0])
    seen.inside = order
    for inner in order.values():
        _arrange(inner)


def groups(seen: Seen, path: str = "") -> Iterator[tuple[str, Seen]]:
    """All groups below and including one, outermost first, each with its path."""
    yield path, seen
    for inner in seen.inside.values():
        if inner.group:
            yield from groups(inner, f"{path}/{inner.name}" if path else inner.name)


def steady(seen: Seen, path: str = "") -> Iterator[str]:
    """Paths of the fields that every one of several groups of their kind had."""
    for inner in seen.inside.values():
        here = f"{path}/{inner.name}" if path else inner.name
        if seen.times > 1 and inner.parents == seen.times:
            yield here
        yield from steady(inner, here)


def settle(seen: Seen, needed: Container[str], path: str = "") -> None:
    """Make fields mandatory by their paths."""
    for inner in seen.inside.values():
        here = f"{path}/{inner.name}" if path else inner.name
        inner.needed = here in needed
        settle(inner, needed, here)
