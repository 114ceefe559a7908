"""The schema check: libxml2 decides, we say in words what is wrong.

libxml2 quotes the value it refuses; values are personal data. So only the kind of error, the name
of the element and what was expected are taken from its report, never the sentence itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from bridge.finding import Finding, Severity
from bridge.rules.explain_words import Phrase, short
from bridge.standards.binding import Binding
from bridge.xml.parse import Document
from bridge.xml.place import line_of, path_of

ID: Final = "XSD"
MOST: Final = 100
"""How many findings a message gets; one more says how many there are beyond."""
MANY: Final = 10_000
"""Documents of more elements are judged without places first (see ``_refused_at``)."""
FEW: Final = 1_000
"""So many refusals may cost the search for their places in a document of many elements."""

_NAME = re.compile(r"^Element '(?:\{[^}]*\})?([^']+)'(?:, attribute '(?:\{[^}]*\})?([^']+)')?:")
_EXPECTED = re.compile(r"Expected is (?:one of )?\( (.*) \)\.?$", re.DOTALL)
_NAMESPACE = re.compile(r"\{[^}]*\}")
_PATTERN = re.compile(r"by the pattern '(.*)'\.?$", re.DOTALL)
_TYPE = re.compile(r"of the (?:atomic|list|union) type '(?:\{[^}]*\})?([^']+)'")
_STEP = re.compile(r"([^\[]+)(?:\[(\d+)\])?")

_CHILDREN: Final = "SCHEMAV_ELEMENT_CONTENT"
_WORDS: Final = {
    _CHILDREN: "what.children",
    "SCHEMAV_CVC_ELT_1": "what.root",
    "SCHEMAV_CVC_PATTERN_VALID": "what.pattern",
    "SCHEMAV_CVC_ENUMERATION_VALID": "what.enumeration",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": "what.type",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_2": "what.type",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_3": "what.type",
    "SCHEMAV_CVC_MININCLUSIVE_VALID": "what.small",
    "SCHEMAV_CVC_MAXINCLUSIVE_VALID": "what.great",
    "SCHEMAV_CVC_MINLENGTH_VALID": "what.short",
    "SCHEMAV_CVC_MAXLENGTH_VALID": "what.long",
    "SCHEMAV_CVC_LENGTH_VALID": "what.length",
    "SCHEMAV_CVC_FIXED_VALID": "what.fixed",
    "SCHEMAV_CVC_ELT_5_2_2_2_2": "what.fixed",
    "SCHEMAV_CVC_AU": "what.fixed",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "what.attribute-unknown",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2": "what.attribute-unknown",
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "what.attribute-missing",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_1": "what.not-empty",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_2": "what.no-elements",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": "what.stray",
    "SCHEMAV_CVC_TYPE_2": "what.abstract",
    "SCHEMAV_CVC_TYPE_3_1_1": "what.no-elements",
    "SCHEMAV_CVC_ELT_4_2": "what.type-unknown",
    "SCHEMAV_CVC_ELT_4_3": "what.type-unfit",
    "SCHEMAV_CVC_WILDCARD": "what.wildcard",
}
"""Kinds of errors of libxml2 to sentences of ``explain_words``."""
_OPAQUE: Final = {
    "SCHEMAV_CVC_ELT_1",
    "SCHEMAV_CVC_TYPE_2",
    "SCHEMAV_CVC_ELT_4_2",
    "SCHEMAV_CVC_ELT_4_3",
    "SCHEMAV_CVC_WILDCARD",
}
"""After these libxml2 does not look into the element."""


@dataclass(frozen=True, slots=True, eq=False)
class Refusal:
    """One refusal of libxml2: its element (``None`` where the place was too dear) and finding.

    ``parent`` is the element whose children are out of order, where that is what is wrong;
    ``opaque`` says that libxml2 did not look into the element.
    """

    element: etree._Element | None
    finding: Finding
    parent: etree._Element | None = None
    opaque: bool = False


@dataclass(frozen=True, slots=True)
class Refusals:
    """The first refusals of a message, and how many there are ``beyond``."""

    first: tuple[Refusal, ...] = ()
    beyond: int = 0


class SchemaCheck:
    """Judges documents by the schema of their version; each schema is loaded once."""

    def __init__(self) -> None:
        self._schemas: dict[str, etree.XMLSchema] = {}

    def __call__(
        self, document: Document, binding: Binding, *, language: str = "en"
    ) -> tuple[Finding, ...]:
        """Give a fatal finding ``XSD`` for each thing that the schema does not allow.

        After ``MOST`` of them one of severity info says how many more there are.
        """
        refused = self.refusals(document, binding, language=language)
        return (*(each.finding for each in refused.first), *beyond(refused.beyond, language))

    def refusals(self, document: Document, binding: Binding, *, language: str = "en") -> Refusals:
        """Give what libxml2 refuses, each with its element."""
        schema = self._schemas.get(binding.standard)
        if schema is None:
            schema = etree.XMLSchema(etree.parse(str(binding.schema)))
            self._schemas[binding.standard] = schema
        entries = _refused(schema, document.root)
        first = tuple(_refusal(entry, document.root, language) for entry in entries[:MOST])
        return Refusals(first, max(0, len(entries) - MOST))


def beyond(count: int, language: str = "en") -> tuple[Finding, ...]:
    """Give the last finding of a message with more failures than are listed; none for zero."""
    if not count:
        return ()
    text = Phrase("frame.more", count=count).said(language)
    return (Finding(ID, Severity.INFO, "/", text),)


_many = etree.XPath(f"boolean(/descendant::*[{MANY + 1}])")


def _refused(schema: etree.XMLSchema, root: etree._Element) -> Sequence[Any]:
    """Give the entries of libxml2's log.

    It counts the siblings of each refused element for its path: 80,000 refusals in 1 MB would take
    14 seconds. In a stream it does not, so a large document is judged there first.
    """
    if _many(root):
        entries = _refused_in_stream(schema, root)
        if not entries or len(entries) > FEW:
            return entries
    if schema.validate(root):
        return ()
    return _entries(schema)


def _refused_in_stream(schema: etree.XMLSchema, root: etree._Element) -> Sequence[Any]:
    parser = etree.XMLParser(
        schema=schema, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        etree.fromstring(etree.tostring(root, encoding="utf-8"), parser)
    except etree.XMLSyntaxError:
        return _entries(parser)
    return ()


def _entries(judge: Any) -> Sequence[Any]:
    return list(judge.error_log)


def _refusal(entry: etree._LogEntry, root: etree._Element, language: str) -> Refusal:
    element = _element_at(root, entry.path) if entry.path else None
    path = path_of(root if element is None else element)
    name = _NAME.match(entry.message)
    local, attribute = name.groups() if name else ("", None)
    if attribute and element is not None:
        path = f"{path}/@{short(attribute)}"
    line = (entry.line or None) if element is None else line_of(element)
    where = f"{short(local)}/@{short(attribute)}" if attribute else short(local)
    text = _said(entry, where, language)
    parent = None
    if element is not None and entry.type_name == _CHILDREN:
        # "Missing child element(s)" is told at the parent, everything else at the child.
        parent = element if "issing child" in entry.message else element.getparent()
    finding = Finding(ID, Severity.FATAL, path, text, line)
    return Refusal(element, finding, parent, entry.type_name in _OPAQUE)


def _said(entry: etree._LogEntry, where: str, language: str) -> str:
    message = entry.message
    said = Phrase(_WORDS.get(entry.type_name, "what.other")).said(language)
    parts = [f"{where}: {said}" if where else said]
    expected = _EXPECTED.search(message)
    pattern = _PATTERN.search(message)
    kind = _TYPE.search(message)
    if expected:
        parts.append(_expected(_NAMESPACE.sub("", expected.group(1)), language))
    elif pattern:
        parts.append(_expected(Phrase("expected.form", form=pattern.group(1)), language))
    elif kind:
        parts.append(_expected(kind.group(1), language))
    return "; ".join(parts)


def _expected(this: str | Phrase, language: str) -> str:
    return Phrase("frame.expected", this=this).said(language)


def _element_at(root: etree._Element, path: str) -> etree._Element | None:
    """Follow a path as libxml2 writes it: ``/rim:Slot[2]/*[1]``, prefixes as in the document."""
    current = root
    for step in path.strip("/").split("/")[1:]:
        match = _STEP.fullmatch(step)
        if match is None or step.startswith("@"):
            break
        name, number = match.group(1), int(match.group(2) or 1)
        fits = (child for child in current.iterchildren("*") if name in ("*", _spelled(child)))
        found = next((child for n, child in enumerate(fits, 1) if n == number), None)
        if found is None:
            return None
        current = found
    return current


def _spelled(element: etree._Element) -> str:
    local = etree.QName(element).localname
    return f"{element.prefix}:{local}" if element.prefix else local
