"""One assertion of a Schematron schema as a value: what can be told of it without a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lxml import etree

from bridge.referee.expand import XSL, file_of, name_of
from bridge.xml.place import line_of

_TEXTUAL: Final = {"emph", "dir", "span"}


@dataclass(frozen=True, slots=True)
class Assertion:
    """One ``assert`` or ``report`` as it stands in the file.

    ``text`` is the message with ``…`` for each computed part: it holds no value of a document.
    ``role`` is ``role``, ``severity`` or ``flag``, of itself or its rule; ``number`` counts the
    assertions of the schema in the order of its expanded tree.
    """

    number: int
    id: str
    role: str
    text: str
    test: str
    context: str
    file: str
    line: int


def assertion_of(rule: etree._Element, child: etree._Element, number: int) -> Assertion:
    """Give the assertion of an ``assert`` or ``report`` of an expanded schema."""
    roles = (each.get(key, "") for each in (child, rule) for key in ("role", "severity", "flag"))
    return Assertion(
        number=number,
        id=child.get("id", ""),
        role=next(filter(None, roles), ""),
        text=_static(child),
        test=child.get("test", ""),
        context=rule.get("context", ""),
        file=file_of(child),
        line=line_of(child) or 0,
    )


def _static(message: etree._Element) -> str:
    parts = [message.text or ""]
    for child in message.iterchildren("*"):
        parts += [_static(child) if is_textual(child) else "…", child.tail or ""]
    return " ".join("".join(parts).split())


def is_textual(element: etree._Element) -> bool:
    """Whether an element of a message only marks its text, whatever namespace it is of."""
    return name_of(element) in _TEXTUAL or not (name_of(element) or is_xsl(element))


def is_xsl(element: etree._Element) -> bool:
    """Whether an element is an instruction of XSLT."""
    return element.tag.startswith(f"{{{XSL}}}")
