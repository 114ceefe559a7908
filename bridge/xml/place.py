"""The place of an element in a document, as an XPath that people can follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

from bridge.names import split_clark

_LONGEST: Final = 64
"""A longer name is nobody's name of a slot, and may be anything."""


def line_of(element: etree._Element) -> int | None:
    """The line of an element in its document; ``None`` where the parser did not keep it."""
    line: Any = element.sourceline
    return line if isinstance(line, int) else None


def path_of(element: etree._Element) -> str:
    """Give ``/query:QueryRequest/rim:Slot[@name='Procedure']``: prefixes as in the document.

    Slots go by their name, the second of a name by its number too; other elements by their number
    where they have siblings of the name.
    """
    steps: list[str] = []
    current: etree._Element | None = element
    while current is not None:
        steps.append(_step(current))
        current = current.getparent()
    return "/" + "/".join(reversed(steps))


class Places:
    """Paths of many elements of one document, as ``path_of`` gives them.

    The children of an element are numbered once, not once for each that is asked for: the time
    for a path then does not grow with the number of siblings.
    """

    def __init__(self) -> None:
        self._steps: dict[etree._Element, str] = {}
        self._paths: dict[etree._Element, str] = {}

    def path_of(self, element: etree._Element) -> str:
        """Give the path of an element; the document must stay as it is between two calls."""
        parent = element.getparent()
        if parent is None:
            return f"/{_step(element)}"
        above = self._paths.get(parent)
        if above is None:
            above = self._paths[parent] = self.path_of(parent)
            self._steps.update(_steps(parent))
        return f"{above}/{self._steps[element]}"


def _steps(parent: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Give each child of an element with its step."""
    children = list(parent.iterchildren("*"))
    tags = Counter(child.tag for child in children)
    tagged, named = Counter[str](), Counter[tuple[str, str]]()
    for child in children:
        name, slot = _named(child)
        tagged[child.tag] += 1
        if slot is None:
            yield child, f"{name}[{tagged[child.tag]}]" if tags[child.tag] > 1 else name
            continue
        named[child.tag, slot] += 1
        step, number = f"{name}[@name='{slot}']", named[child.tag, slot]
        yield child, step if number == 1 else f"{step}[{number}]"


def _before(element: etree._Element) -> Iterator[etree._Element]:
    return element.itersiblings(element.tag, preceding=True)


def _named(element: etree._Element) -> tuple[str, str | None]:
    """Give the name of an element, and of a slot the name that it goes by."""
    _, local = split_clark(element.tag)
    name = f"{element.prefix}:{local}" if element.prefix else local
    slot = element.get("name") if local == "Slot" else None
    known = slot is not None and len(slot) <= _LONGEST and slot.isidentifier()
    return name, slot if known else None


def _step(element: etree._Element) -> str:
    name, slot = _named(element)
    if slot is not None:
        step = f"{name}[@name='{slot}']"
        before = sum(1 for e in _before(element) if e.get("name") == slot)
        return f"{step}[{before + 1}]" if before else step
    parent = element.getparent()
    if parent is None:
        return name
    before = sum(1 for _ in _before(element))
    if before or next(element.itersiblings(element.tag), None) is not None:
        return f"{name}[{before + 1}]"
    return name
