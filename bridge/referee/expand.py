"""A Schematron schema with all its parts in one tree: nothing included, abstract or extended left.

ISO/IEC 19757-3: ``include`` and ``extends href`` (other files), abstract rules (``extends rule``),
abstract patterns (``is-a`` and ``param``). Every element remembers the file it came from.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from copy import deepcopy
from typing import Final
from urllib.parse import unquote, urlsplit

from lxml import etree

from bridge.errors import UnreadableDocument
from bridge.xml.parse import Limits, parse
from bridge.xml.place import line_of

NAMESPACE: Final = "http://purl.oclc.org/dsdl/schematron"
XSL: Final = "http://www.w3.org/1999/XSL/Transform"
OWN: Final = "urn:x-bridge:referee"
FILE: Final = f"{{{OWN}}}file"
LIMITS: Final = Limits(octets=64 << 20, depth=256, attributes=256, attribute_length=4 << 20)
"""Schemas hold code lists in one attribute; they come from a publisher, not from a peer."""

_DEEPEST: Final = 32
_SCHEMA: Final = f"{{{NAMESPACE}}}schema"

Files = Callable[[str], bytes]
"""Gives the octets of a file by its path in the artefacts; raises ``KeyError`` where it is none."""


def fault(what: str, element: etree._Element | None = None, file: str = "") -> UnreadableDocument:
    """Give the error for a schema that cannot be worked with, with its file and line."""
    line = None
    if element is not None:
        file, line = file_of(element) or file, line_of(element)
    return UnreadableDocument(what, where=file, line=line, code="SCHEMATRON")


def file_of(element: etree._Element) -> str:
    """Give the path of the file that an element of an expanded schema came from."""
    for each in (element, *element.iterancestors()):
        if (file := each.get(FILE)) is not None:
            return file
    return ""


def name_of(element: etree._Element) -> str:
    """Give the local name of a Schematron element; empty for an element of another namespace."""
    namespace, _, local = element.tag.rpartition("}")
    return local if namespace == f"{{{NAMESPACE}" else ""


def beside(file: str, href: str) -> str:
    """Give the path in the artefacts that a reference in a file means; empty for none."""
    parts = urlsplit(href)
    if parts.scheme or parts.netloc or parts.path.startswith("/"):
        return ""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(file), unquote(parts.path)))
    return "" if path.startswith("..") else path


def expanded(
    octets: bytes, file: str = "", files: Files | None = None
) -> tuple[etree._Element, dict[str, str]]:
    """Give the schema as one tree, and the prefixes that are declared in its files as XML.

    A schema should declare prefixes with ``ns``; those of the XML are what is left where it fails
    to. The first declaration of a prefix counts.

    Raises ``UnreadableDocument``: the parser's codes, and ``SCHEMATRON`` for what is no schema,
    refers to what is not there, or refers to itself.
    """
    root = parse(octets, LIMITS).root
    if root.tag != _SCHEMA:
        raise fault("the file is no ISO Schematron schema", root, file)
    expansion = _Expansion(root, files)
    root.set(FILE, file)
    expansion.run()
    return root, expansion.namespaces


class _Expansion:
    def __init__(self, root: etree._Element, files: Files | None) -> None:
        self.root = root
        self.files = files
        self.namespaces = _prefixes(root)

    def run(self) -> None:
        self.include(self.root, 0)
        self.abstract_patterns()
        rules = {
            rule.get("id", ""): rule
            for rule in self.root.iter(f"{{{NAMESPACE}}}rule")
            if rule.get("abstract") == "true"
        }
        for rule in list(self.root.iter(f"{{{NAMESPACE}}}rule")):
            if rule.get("abstract") != "true":
                self.extend(rule, rules, 0)
        for rule in rules.values():
            _remove(rule)

    def include(self, parent: etree._Element, depth: int) -> None:
        if depth > _DEEPEST:
            raise fault("the file includes itself, or includes are nested too deeply", parent)
        for child in list(parent.iterchildren("*")):
            name = name_of(child)
            if name == "include":
                target = self.referred(child)
                if not name_of(target) and not target.tag.startswith(f"{{{XSL}}}"):
                    raise fault("what is included is no part of a schema", child)
                self.replace(child, [target], depth)
            elif name == "extends" and child.get("href"):
                target = self.referred(child)
                if name_of(target) != name_of(parent):
                    raise fault("extends refers to an element of another kind", child)
                found = list(target.iterchildren("*"))
                for each in found:
                    each.set(FILE, file_of(target))
                self.replace(child, found, depth)
            elif child.tag == f"{{{XSL}}}include" and parent is self.root:
                sheet = self.referred(child)
                found = list(sheet.iterchildren("*"))
                for each in found:
                    each.set(FILE, file_of(sheet))
                self.replace(child, found, depth)
            else:
                self.include(child, depth)

    def replace(self, old: etree._Element, new: list[etree._Element], depth: int) -> None:
        parent = old.getparent()
        if parent is None:
            raise fault("the schema itself cannot be replaced", old)
        holder = etree.Element("holder")
        holder.extend(new)
        holder.set(FILE, file_of(old))
        # What is included may include in its turn.
        self.include(holder, depth + 1)
        tail, position = old.tail, parent.index(old)
        found = list(holder)
        parent[position : position + 1] = found
        if found:
            found[-1].tail = tail

    def referred(self, element: etree._Element) -> etree._Element:
        """The element that ``href`` refers to: the root of a file, or what has the id."""
        href = element.get("href", "")
        file, fragment = beside(file_of(element), href), urlsplit(href).fragment
        if not urlsplit(href).path:
            file = file_of(element)
        if self.files is None or not file:
            raise fault("the schema refers to a file outside of the artefacts", element)
        try:
            root = parse(self.files(file), LIMITS).root
        except KeyError:
            raise fault(f"the file {file} is not among the artefacts", element) from None
        found = root if not fragment else _by_id(root, fragment)
        if found is None:
            raise fault(f"the file {file} has no element of that id", element)
        self.namespaces = {**_prefixes(root), **self.namespaces}
        # A copy: the same part may be included twice.
        copy = deepcopy(found)
        copy.set(FILE, file)
        return copy

    def abstract_patterns(self) -> None:
        patterns = list(self.root.iterchildren(f"{{{NAMESPACE}}}pattern"))
        abstract = {p.get("id", ""): p for p in patterns if p.get("abstract") == "true"}
        for pattern in patterns:
            if pattern.get("is-a") is None:
                continue
            model = abstract.get(pattern.get("is-a", ""))
            if model is None:
                raise fault("the pattern is an instance of a pattern that is not there", pattern)
            given = {
                child.get("name", ""): child.get("value", "")
                for child in pattern.iterchildren(f"{{{NAMESPACE}}}param")
            }
            for child in list(pattern.iterchildren(f"{{{NAMESPACE}}}param")):
                pattern.remove(child)
            for child in model.iterchildren("*"):
                copy = deepcopy(child)
                copy.set(FILE, file_of(child))
                if name_of(copy) == "param":
                    given.setdefault(copy.get("name", ""), copy.get("value", ""))
                    continue
                pattern.append(copy)
            _fill(pattern, given)
        for pattern in abstract.values():
            _remove(pattern)

    def extend(self, rule: etree._Element, rules: dict[str, etree._Element], depth: int) -> None:
        if depth > _DEEPEST:
            raise fault("the rule extends itself", rule)
        for child in list(rule.iterchildren(f"{{{NAMESPACE}}}extends")):
            model = rules.get(child.get("rule", ""))
            if model is None:
                raise fault("the rule extends an abstract rule that is not there", child)
            copy = deepcopy(model)
            copy.set(FILE, file_of(model))
            self.extend(copy, rules, depth + 1)
            position, found = rule.index(child), list(copy.iterchildren("*"))
            for each in found:
                each.set(FILE, file_of(each) or file_of(model))
            rule[position : position + 1] = found


def _prefixes(root: etree._Element) -> dict[str, str]:
    return {prefix: uri for prefix, uri in root.nsmap.items() if prefix}


def _by_id(root: etree._Element, wanted: str) -> etree._Element | None:
    xml_id = "{http://www.w3.org/XML/1998/namespace}id"
    return next((e for e in root.iter("*") if wanted in (e.get("id"), e.get(xml_id))), None)


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _fill(pattern: etree._Element, given: dict[str, str]) -> None:
    """Put the values of parameters into all attributes, the text of ``$name`` for text."""
    if not given:
        return
    names = sorted((re.escape(name) for name in given), key=len, reverse=True)
    reference = re.compile(rf"\$({'|'.join(names)})(?![\w.-])")
    for element in pattern.iter("*"):
        for key, value in element.attrib.items():
            if key != FILE and "$" in str(value):
                filled = reference.sub(lambda match: given[match.group(1)], str(value))
                element.set(key, filled)


def renamed(expression: str, names: dict[str, str]) -> str:
    """Give an expression with variables under other names; quoted texts stay as they are."""
    if not names or "$" not in expression:
        return expression
    found = sorted((re.escape(name) for name in names), key=len, reverse=True)
    reference = re.compile(rf"\$({'|'.join(found)})(?![\w.:-])")
    parts = re.split(r"('[^']*'|\"[^\"]*\")", expression)
    return "".join(
        part if index % 2 else reference.sub(lambda match: f"${names[match.group(1)]}", part)
        for index, part in enumerate(parts)
    )
