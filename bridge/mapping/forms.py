"""What a schema says of the single values of a data model: form, length, bounds, enumeration.

A binding tells where a value stands and of what kind it is; how long a text may be and what it
looks like stands in the schema only. Read from our own schemas, by the part of XML Schema that
they use: named types, sequences, choices, extensions and restrictions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from lxml import etree

from bridge.errors import BindingFault
from bridge.names import clark
from bridge.standards.binding import MessageShape
from bridge.xml.nodes import Field, Place, Shape
from bridge.xml.parse import parse

XS: Final = "http://www.w3.org/2001/XMLSchema"
_XS: Final = f"{{{XS}}}"
_PARTICLES: Final = frozenset(f"{_XS}{name}" for name in ("sequence", "choice", "all"))
_BOUNDS: Final = {
    "minInclusive": "low", "minExclusive": "above", "maxInclusive": "high", "maxExclusive": "under",
    "fractionDigits": "fraction", "totalDigits": "digits",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Form:
    """The form of one value.

    ``base`` is the built-in type's local name. ``patterns`` hold all at once; ``values`` is the
    enumeration, empty for none; ``least`` and ``most`` are lengths in characters (``most`` is -1
    without limit); the bounds are spelt as in the schema, empty for none.
    """

    base: str = "string"
    patterns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    least: int = 0
    most: int = -1
    low: str = ""
    above: str = ""
    high: str = ""
    under: str = ""
    fraction: str = ""
    digits: str = ""


ANY: Final = Form()


@dataclass(slots=True)
class Declared:
    """One element of a schema: the form of its text, its children and attributes by tag."""

    form: Form = ANY
    children: dict[str, etree._Element] = field(default_factory=dict)
    attributes: dict[str, Form] = field(default_factory=dict)


class Forms:
    """The forms of one schema with all that it includes. Raises ``BindingFault``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._types: dict[str, etree._Element] = {}
        self._elements: dict[str, etree._Element] = {}
        self._known: dict[etree._Element, Declared] = {}
        self._load(path, set())

    def root(self, tag: str) -> Declared:
        """The declaration of a root element."""
        element = self._elements.get(tag)
        if element is None:
            raise BindingFault(f"the schema has no element {tag}", where=str(self._path))
        return self._declared(element)

    def below(self, parent: Declared, row: Field) -> Declared:
        """The declaration behind a field of a group, whatever its place."""
        if row.place is Place.TEXT:
            return Declared(parent.form)
        if row.place is Place.ATTRIBUTE:
            return Declared(parent.attributes.get(row.tag, ANY))
        element = parent.children.get(row.tag)
        if element is None:
            raise BindingFault(
                f"the schema does not know {row.qname or row.name} there", where=str(self._path)
            )
        return self._declared(element)

    def at(self, kind: MessageShape, path: str) -> Form | None:
        """The form of the value at ``a/b/c`` of a message; ``None`` where there is none."""
        declared: Declared | None = self.root(kind.root)
        shape: Shape | None = kind.shape
        for name in path.split("/"):
            if shape is None or declared is None:
                return None
            declared, shape = self._step(declared, shape, name)
        return declared.form if declared is not None else None

    def _step(
        self, declared: Declared, shape: Shape, name: str
    ) -> tuple[Declared | None, Shape | None]:
        for row in shape.fields:
            if row.name == name:
                return self.below(declared, row), row.shape
            if not row.name and isinstance(row.of, Shape) and name in row.of.names:
                return self._step(self.below(declared, row), row.of, name)
        return None, None

    def _load(self, path: Path, seen: set[Path]) -> None:
        if path in seen:
            return
        seen.add(path)
        root = parse(path.read_bytes()).root
        space = root.get("targetNamespace", "")
        for child in root.iterchildren(tag=etree.Element):
            name = child.get("name", "")
            if child.tag in (f"{_XS}simpleType", f"{_XS}complexType", f"{_XS}group"):
                self._types[clark(space, name)] = child
            elif child.tag == f"{_XS}element":
                self._elements[clark(space, name)] = child
            elif child.tag in (f"{_XS}import", f"{_XS}include") and child.get("schemaLocation"):
                self._load((path.parent / child.get("schemaLocation", "")).resolve(), seen)

    def _declared(self, element: etree._Element) -> Declared:
        known = self._known.get(element)
        if known is None:
            known = self._known[element] = Declared()  # before its children: types may recur
            target = self._elements[_name(element, "ref")] if element.get("ref") else element
            if target.get("type"):
                self._typed(known, target, target.get("type", ""))
            else:
                for inner in target.iterchildren(f"{_XS}simpleType", f"{_XS}complexType"):
                    self._fill(known, inner)
        return known

    def _typed(self, known: Declared, near: etree._Element, name: str) -> None:
        tag = _clark(near, name)
        if tag.startswith(_XS):
            known.form = Form(base=tag.removeprefix(_XS))
        else:
            self._fill(known, self._type(tag))

    def _type(self, tag: str) -> etree._Element:
        found = self._types.get(tag)
        if found is None:
            raise BindingFault(f"the schema has no type {tag}", where=str(self._path))
        return found

    def _fill(self, known: Declared, declared: etree._Element) -> None:
        if declared.tag == f"{_XS}simpleType":
            known.form = self._simple(declared)
            return
        for part in declared.iterchildren(tag=etree.Element):
            if part.tag in (f"{_XS}simpleContent", f"{_XS}complexContent"):
                for derived in part.iterchildren(f"{_XS}extension", f"{_XS}restriction"):
                    self._typed(known, derived, derived.get("base", ""))
                    self._fill(known, derived)
            elif part.tag == f"{_XS}attribute":
                self._attribute(known, part)
            elif part.tag in _PARTICLES:
                for element in _elements(part):
                    known.children[self._tag(element)] = element

    def _attribute(self, known: Declared, part: etree._Element) -> None:
        inner = part.find(f"{_XS}simpleType")
        if inner is not None:
            form = self._simple(inner)
        else:
            form = self._named(part, part.get("type", "")) if part.get("type") else ANY
        known.attributes[_name(part, "ref") if part.get("ref") else part.get("name", "")] = form

    @staticmethod
    def _tag(element: etree._Element) -> str:
        if element.get("ref"):
            return _name(element, "ref")
        schema = element.getroottree().getroot()
        qualified = element.get("form", schema.get("elementFormDefault")) == "qualified"
        return clark(
            schema.get("targetNamespace", "") if qualified else "", element.get("name", "")
        )

    def _named(self, near: etree._Element, name: str) -> Form:
        tag = _clark(near, name)
        if tag.startswith(_XS):
            return Form(base=tag.removeprefix(_XS))
        return self._simple(self._type(tag))

    def _simple(self, declared: etree._Element) -> Form:
        derived = declared.find(f"{_XS}restriction")
        if derived is None:
            union = declared.find(f"{_XS}union")
            members = (union.get("memberTypes", "") if union is not None else "").split()
            return self._named(declared, members[0]) if members else ANY
        inner = derived.find(f"{_XS}simpleType")
        form = (
            self._named(derived, derived.get("base", "")) if inner is None else self._simple(inner)
        )
        patterns: list[str] = []
        values: list[str] = []
        for facet in derived.iterchildren(tag=etree.Element):
            name, value = str(facet.tag).removeprefix(_XS), facet.get("value", "")
            if name == "pattern":
                patterns.append(value)
            elif name == "enumeration":
                values.append(value)
            elif name in ("minLength", "length"):
                form = replace(form, least=int(value))
            if name in ("maxLength", "length"):
                form = replace(form, most=int(value))
            if name in _BOUNDS:
                bound: dict[str, Any] = {_BOUNDS[name]: value}
                form = replace(form, **bound)
        if patterns:  # several patterns of one step are alternatives
            form = replace(form, patterns=(*form.patterns, "|".join(patterns)))
        return replace(form, values=tuple(values)) if values else form


def _elements(particle: etree._Element) -> Iterator[etree._Element]:
    for child in particle.iterchildren(tag=etree.Element):
        if child.tag == f"{_XS}element":
            yield child
        elif child.tag in _PARTICLES:
            yield from _elements(child)


def _name(element: etree._Element, key: str) -> str:
    return _clark(element, element.get(key, ""))


def _clark(near: etree._Element, name: str) -> str:
    prefix, _, local = name.rpartition(":")
    space = near.nsmap.get(prefix or None, "")
    if not prefix and not space:
        space = near.getroottree().getroot().get("targetNamespace", "")
    return clark(space, local)
