"""A refused message explained: at every place what is wrong, expected, found, and what to do.

libxml2 decides (``bridge.rules.schema``); ``xmlschema`` says why, for it knows the component that
refused. Where the two differ, or ``xmlschema`` cannot follow, libxml2's own words stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from lxml import etree

from bridge.finding import Finding, Severity, in_order
from bridge.rules.explain_failure import (
    TYPE,
    failure_of,
    root_failure,
    type_failure,
    type_named,
)
from bridge.rules.explain_model import LISTED, Failure, shown
from bridge.rules.explain_words import Phrase
from bridge.rules.schema import ID, Refusal, Refusals, SchemaCheck, beyond
from bridge.standards.binding import Binding
from bridge.xml.parse import Document
from bridge.xml.place import line_of, path_of

MOST: Final = 50
"""How many failures of a message are explained; one more finding counts the rest."""
ELEMENTS: Final = 5_000
"""Above so many elements libxml2's words have to do: explaining costs 0.1 ms an element."""
LONG: Final = 4_000
"""Characters of a text or attribute above which an element is not explained.

The patterns of a schema run in Python here, which tries again where libxml2 does not.
"""

READ: Final = 200
"""How many errors of ``xmlschema`` are put into words, for each costs a walk along its siblings."""

_large = etree.XPath(f"boolean(/descendant::*[{ELEMENTS + 1}])")


class Explainer:
    """Explains what the schema of a version refuses; each schema is compiled once."""

    def __init__(self, check: SchemaCheck | None = None) -> None:
        self._check = check or SchemaCheck()
        self._schemas: dict[str, Any] = {}

    def __call__(
        self, document: Document, binding: Binding, *, language: str = "en", deep: bool = False
    ) -> tuple[Finding, ...]:
        """Give a finding ``XSD`` for each failure, in order; none for what the schema allows.

        ``language`` is ``en`` or ``de``. ``deep`` lists all names and values that are allowed
        instead of the first dozen. After ``MOST`` findings one of severity info counts the rest.
        """
        refused = self._check.refusals(document, binding, language=language)
        if not refused.first:
            return ()
        explained = self._explained(document.root, binding, refused, None if deep else LISTED)
        findings = in_order(_findings(explained, refused, language))
        rest = max(0, len(findings) - MOST) + refused.beyond
        return (*findings[:MOST], *beyond(rest, language))

    def _explained(
        self, root: etree._Element, binding: Binding, refused: Refusals, most: int | None
    ) -> list[Failure]:
        """The failures that ``xmlschema`` finds and libxml2 bears out."""
        if _large(root) or any(each.element is None for each in refused.first):
            return []
        try:
            failures = _failures(self._schema(binding), binding, root, most)
        except _errors():
            return []
        return failures if refused.beyond else _borne_out(failures, refused.first)

    def _schema(self, binding: Binding) -> Any:
        """The compiled schema: our own files only, no network, no entities."""
        if binding.standard not in self._schemas:
            from xmlschema import XMLSchema10

            self._schemas[binding.standard] = XMLSchema10(
                str(binding.schema), base_url=str(binding.folder), allow="sandbox", defuse="always"
            )
        return self._schemas[binding.standard]


def _errors() -> tuple[type[Exception], ...]:
    """What ``xmlschema`` raises over a document it cannot follow, beside what it reports."""
    from xmlschema import XMLSchemaException

    return (XMLSchemaException, KeyError, ValueError, TypeError, RecursionError)


def _failures(
    schema: Any, binding: Binding, root: etree._Element, most: int | None
) -> list[Failure]:
    if root.tag not in schema.maps.elements:
        roots = (shape.root for shape in binding.messages.values())
        return [root_failure(root, roots, most)]
    tree, original = _followable(root, schema.maps.types)
    wrong: list[Failure] = []

    def visit(element: etree._Element, declared: Any) -> bool:
        """Explain a wrong xsi:type here; true leaves the element out of the validation."""
        if len(wrong) >= READ:
            return True
        failure = type_failure(original.get(element, element), declared, most)
        if failure is not None:
            wrong.append(failure)
        return failure is not None or _is_long(element)

    errors = islice(schema.iter_errors(tree, validation_hook=visit), READ)
    read = (failure_of(error, most) for error in errors)
    found = [_moved(failure, original) for failure in read if failure is not None]
    return [*wrong, *found]


def _followable(
    root: etree._Element, types: Mapping[str, Any]
) -> tuple[etree._Element, dict[etree._Element, etree._Element]]:
    """Give a tree that ``xmlschema`` can follow, and its elements to those of the message.

    It raises, and says nothing more, at a child whose ``xsi:type`` names no type.
    """
    if all(type_named(each) in types for each in root.iter("*") if TYPE in each.attrib):
        return root, {}
    copy = deepcopy(root)
    original = dict(zip(copy.iter("*"), root.iter("*"), strict=True))
    for each in original:
        if TYPE in each.attrib and type_named(each) not in types:
            del each.attrib[TYPE]
    return copy, original


def _moved(failure: Failure, original: dict[etree._Element, etree._Element]) -> Failure:
    if not original:
        return failure
    parent = None if failure.parent is None else original[failure.parent]
    return replace(failure, element=original[failure.element], parent=parent)


def _is_long(element: etree._Element) -> bool:
    values = (element.text, *element.attrib.values())
    return any(len(value) > LONG for value in values if value)


def _borne_out(failures: Iterable[Failure], refused: Iterable[Refusal]) -> list[Failure]:
    """Leave out what libxml2 does not refuse.

    It stops at the first child out of order and at a wrong type, so below those it bears out all.
    """
    at = {each.element for each in refused}
    open_below = {each.parent for each in refused if each.parent is not None}
    open_below |= {each.element for each in refused if each.opaque and each.element is not None}
    return [
        failure
        for failure in failures
        if failure.element in at
        or failure.parent in open_below
        or open_below.intersection((failure.element, *failure.element.iterancestors()))
    ]


def _findings(failures: list[Failure], refused: Refusals, language: str) -> Iterable[Finding]:
    """Findings of all failures, and libxml2's own where ``xmlschema`` is silent."""
    yield from (_finding(failure, language) for failure in failures)
    places = {failure.element for failure in failures}
    parents = {failure.parent for failure in failures if failure.parent is not None}
    untyped = {failure.element for failure in failures if failure.untyped}
    for each in refused.first:
        told = each.element in places or (each.parent is not None and each.parent in parents)
        # Below a wrong type libxml2 goes on with another one; what it says there follows from it.
        if not told and (each.element is None or untyped.isdisjoint(each.element.iterancestors())):
            yield each.finding


def _finding(failure: Failure, language: str) -> Finding:
    element = failure.element
    attribute = f"/@{failure.attribute}" if failure.attribute else ""
    name = shown(str(element.tag), element)
    parts = [f"{name}{attribute}: {failure.what.said(language)}"]
    for frame, this in (("expected", failure.expected), ("found", failure.found)):
        if this is not None:
            parts.append(Phrase(f"frame.{frame}", this=this).said(language))
    text = "; ".join(parts)
    if failure.remedy is not None:
        text = f"{text}. {failure.remedy.said(language)}."
    return Finding(ID, Severity.FATAL, path_of(element) + attribute, text, line_of(element))
