"""The place of an element in a document, as an XPath that people can follow."""

from __future__ import annotations

from typing import Any

from lxml import etree

from bridge.names import split_clark


def line_of(element: etree._Element) -> int | None:
    """The line of an element in its document; ``None`` where the parser did not keep it."""
    line: Any = element.sourceline
    return line if isinstance(line, int) else None


def path_of(element: etree._Element) -> str:
    """Give ``/query:QueryRequest/rim:Slot[@name='Procedure']``: prefixes as in the document.

    Slots go by their name, other elements by their number where they have siblings of the name.
    """
    steps: list[str] = []
    current: etree._Element | None = element
    while current is not None:
        steps.append(_step(current))
        current = current.getparent()
    return "/" + "/".join(reversed(steps))


def _step(element: etree._Element) -> str:
    _, local = split_clark(element.tag)
    name = f"{element.prefix}:{local}" if element.prefix else local
    slot = element.get("name") if local == "Slot" else None
    if slot is not None and slot.isidentifier():
        return f"{name}[@name='{slot}']"
    parent = element.getparent()
    if parent is None:
        return name
    before = sum(1 for _ in element.itersiblings(element.tag, preceding=True))
    if before or next(element.itersiblings(element.tag), None) is not None:
        return f"{name}[{before + 1}]"
    return name
