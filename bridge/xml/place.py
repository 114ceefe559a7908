"""The place of an element in a document, as an XPath that people can follow."""

from __future__ import annotations

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


def _before(element: etree._Element) -> Iterator[etree._Element]:
    return element.itersiblings(element.tag, preceding=True)


def _step(element: etree._Element) -> str:
    _, local = split_clark(element.tag)
    name = f"{element.prefix}:{local}" if element.prefix else local
    slot = element.get("name") if local == "Slot" else None
    if slot is not None and len(slot) <= _LONGEST and slot.isidentifier():
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
