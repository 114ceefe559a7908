"""The schema check: libxml2 decides, we say in words what is wrong.

libxml2 quotes the value it refuses; values are personal data. So only the kind of error, the name
of the element and what was expected are taken from its report, never the sentence itself.
"""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from bridge.finding import Finding, Severity
from bridge.standards.binding import Binding
from bridge.xml.parse import Document

_NAME = re.compile(r"^Element '(?:\{[^}]*\})?([^']+)'(?:, attribute '(?:\{[^}]*\})?([^']+)')?:")
_EXPECTED = re.compile(r"Expected is (?:one of )?\( (.*) \)\.?$", re.DOTALL)
_NAMESPACE = re.compile(r"\{[^}]*\}")
_PATTERN = re.compile(r"by the pattern '(.*)'\.?$", re.DOTALL)
_TYPE = re.compile(r"of the (?:atomic|list|union) type '(?:\{[^}]*\})?([^']+)'")

_WORDS: Final = {
    "SCHEMAV_ELEMENT_CONTENT": "an element is missing, doubled or in the wrong place",
    "SCHEMAV_CVC_ELT_1": "no such root element is declared",
    "SCHEMAV_CVC_PATTERN_VALID": "the value does not have the required form",
    "SCHEMAV_CVC_ENUMERATION_VALID": "the value is none of those allowed",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": "the value is not of the required type",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_2": "the value is not of the required type",
    "SCHEMAV_CVC_MINLENGTH_VALID": "the value is too short",
    "SCHEMAV_CVC_MAXLENGTH_VALID": "the value is too long",
    "SCHEMAV_CVC_LENGTH_VALID": "the value has the wrong length",
    "SCHEMAV_CVC_FIXED_VALID": "the value is fixed and another one stands here",
    "SCHEMAV_CVC_ELT_5_2_2_2_2": "the value is fixed and another one stands here",
    "SCHEMAV_CVC_AU": "the value is fixed and another one stands here",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "an attribute is not allowed here",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2": "an attribute is not allowed here",
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "a mandatory attribute is missing",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_1": "the element must be empty",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_2": "the element holds a value, not elements",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": "text stands where only elements are allowed",
    "SCHEMAV_CVC_TYPE_2": "the type is abstract: xsi:type must say which one is meant",
    "SCHEMAV_CVC_TYPE_3_1_1": "the element holds a value, not elements",
    "SCHEMAV_CVC_ELT_4_2": "xsi:type names an unknown type",
    "SCHEMAV_CVC_ELT_4_3": "xsi:type names a type that does not fit here",
    "SCHEMAV_CVC_WILDCARD": "an unknown element stands where the schema is open",
}


class SchemaCheck:
    """Judges documents by the schema of their version; each schema is loaded once."""

    def __init__(self) -> None:
        self._schemas: dict[str, etree.XMLSchema] = {}

    def __call__(self, document: Document, binding: Binding) -> tuple[Finding, ...]:
        """Give a fatal finding ``XSD`` for each thing that the schema does not allow."""
        schema = self._schemas.get(binding.standard)
        if schema is None:
            schema = etree.XMLSchema(etree.parse(str(binding.schema)))
            self._schemas[binding.standard] = schema
        if schema.validate(document.root):
            return ()
        return tuple(_finding(entry) for entry in schema.error_log)  # type: ignore[attr-defined]


def _finding(entry: etree._LogEntry) -> Finding:
    message = entry.message
    name = _NAME.match(message)
    element, attribute = name.groups() if name else ("", None)
    where = f"{element}/@{attribute}" if attribute else element
    said = _WORDS.get(entry.type_name, "the schema does not allow this")
    parts = [f"{where}: {said}" if where else said]
    expected = _EXPECTED.search(message)
    pattern = _PATTERN.search(message)
    kind = _TYPE.search(message)
    if expected:
        parts.append(f"expected: {_NAMESPACE.sub('', expected.group(1))}")
    elif pattern:
        parts.append(f"expected the form {pattern.group(1)}")
    elif kind:
        parts.append(f"expected {kind.group(1)}")
    line = entry.line or None
    return Finding("XSD", Severity.FATAL, entry.path or "/", "; ".join(parts), line)
