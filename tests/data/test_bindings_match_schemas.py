"""Every binding and the schema beside it speak of the same elements, in the same number."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from xmlschema.validators import XsdAnyElement, XsdComplexType, XsdElement, XsdGroup, XsdType

from bridge.standards.catalogue import version_folders
from tests.reference import REPOSITORY

BINDINGS = {
    folder / "binding.toml": name for name, folder in version_folders(REPOSITORY / "xsd").items()
}
XS = "{http://www.w3.org/2001/XMLSchema}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"

#: Families whose binding may be narrower than the schema, because a rule is, and where an
#: optional element of the schema may have no row. In the others both say exactly the same.
NARROWER = {"edm"}

#: Generic containers: their schema says nothing of the standard's own fields, only of slots.
OPAQUE = {
    "urn:oasis:names:tc:ebxml-regrep:xsd:query:4.0",
    "urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0",
    "urn:oasis:names:tc:ebxml-regrep:xsd:rs:4.0",
}

#: Deliberate differences: (family, version, type of the binding, field) and why.
DIFFERENCES: dict[tuple[str, str, str, str], str] = {}

#: Simple types a value kind may stand for, by the primitive of XML Schema.
PRIMITIVES = {
    "string": {"string", "anyURI"},
    "text": {"string"},
    "token": {"string", "anyURI"},
    "uri": {"anyURI", "string"},
    "sr-uri": {"anyURI", "string"},
    "uuid": {"string", "anyURI"},
    "uuid-urn": {"string", "anyURI"},
    "date": {"date"},
    "dateTime": {"dateTime"},
    "boolean": {"boolean"},
    "integer": {"decimal"},
    "decimal": {"decimal"},
    "base64": {"base64Binary"},
    "qname": {"QName", "string"},
}


@dataclass(frozen=True)
class Particle:
    """One element as its parent's content model has it."""

    element: XsdElement
    low: int
    high: int | None
    choice: bool


@dataclass
class Walk:
    """Compares one binding with its schema; `problems` is what disagrees, `seen` what was met."""

    folder: Path
    binding: dict[str, Any]
    schema: xmlschema.XMLSchema10
    problems: list[str] = field(default_factory=list)
    seen: set[tuple[str, str | None, int]] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    fields: int = 0
    differences: set[tuple[str, str, str, str]] = field(default_factory=set)

    @property
    def exact(self) -> bool:
        return self.binding["standard"]["family"] not in NARROWER

    def clark(self, name: str) -> str:
        prefix, _, local = name.rpartition(":")
        return f"{{{self.binding['namespaces'][prefix]}}}{local}" if prefix else local

    def message(self, kind: str) -> None:
        message = self.binding["messages"][kind]
        root = self.schema.maps.elements.get(self.clark(message["root"]))
        if root is None:
            self.problems.append(f"{kind}: root {message['root']} is not declared")
        else:
            self.group(kind, message["fields"], root.type)

    def group(self, name: str, rows: list[dict[str, Any]], xsd: XsdType) -> None:
        """A type or message of the binding against the schema type of its element."""
        if (name, xsd.name, id(xsd)) in self.seen:
            return
        self.seen.add((name, xsd.name, id(xsd)))
        self.used.add(name)
        self.fields += len(rows)
        self.attributes(name, rows, xsd)
        self.text(name, rows, xsd)
        self.elements(name, rows, xsd)
        for row in rows:
            if "holds" in row:
                self.held(name, row)

    def fail(self, name: str, where: str, text: str) -> None:
        standard = self.binding["standard"]
        key = (standard["family"], standard["version"], name, where)
        if key in DIFFERENCES:
            self.differences.add(key)
        else:
            self.problems.append(f"{name}/{where}: {text}")

    def held(self, name: str, row: dict[str, Any]) -> None:
        element = self.schema.maps.elements.get(self.clark(row["holds"]))
        if element is None:
            self.fail(name, row["name"], f"{row['holds']} is not declared")
        else:
            self.value(name, row, element.type)

    def value(self, name: str, row: dict[str, Any], xsd: XsdType) -> None:
        kind = row.get("inline") or row.get("is", "string")
        if kind[0].isupper():
            self.group(kind, self.binding["types"][kind]["fields"], xsd)
        elif kind.startswith("code:") and "uri" in self.binding["lists"][kind[5:]]:
            if [p.element.local_name for p in particles(xsd)] != ["code"]:
                self.fail(name, row["name"], f"{kind} is no element with a child code")
        elif kind == "xml":
            if not xsd.is_complex():
                self.fail(name, row["name"], "kind xml for a plain text")
        else:
            self.plain(name, row, kind, xsd)

    def plain(self, name: str, row: dict[str, Any], kind: str, xsd: XsdType) -> None:
        where = row.get("name", "")
        if xsd.is_complex() and not xsd.has_simple_content():
            self.fail(name, where, f"kind {kind} for an element with children")
            return
        simple = xsd.content if xsd.is_complex() else xsd
        found = primitive(simple)
        if found not in PRIMITIVES.get(kind, {"string", "anyURI"}) | {"anySimpleType"}:
            self.fail(name, where, f"kind {kind} for xs:{found}")

    def attributes(self, name: str, rows: list[dict[str, Any]], xsd: XsdType) -> None:
        declared = {a: use for a, use in getattr(xsd, "attributes", {}).items() if a is not None}
        for row in rows:
            if "attribute" not in row:
                continue
            clark = self.clark(row["attribute"])
            if clark.startswith(XSI):
                continue
            attribute = declared.pop(clark, None)
            if attribute is None:
                self.fail(name, row["name"], "the schema has no such attribute")
                continue
            low, _ = bounds(row)
            if self.exact and (low == 1) != attribute.is_required():
                self.fail(name, row["name"], f"attribute is {attribute.use}")
            if not self.exact and low == 0 and attribute.is_required():
                self.fail(name, row["name"], "the schema demands this attribute")
            if "is" in row and row["is"] != "qname":
                self.plain(name, row, row["is"], attribute.type)
        for clark, attribute in declared.items():
            if self.exact or attribute.is_required():
                self.fail(name, clark, "attribute without a row")

    def text(self, name: str, rows: list[dict[str, Any]], xsd: XsdType) -> None:
        texts = [row for row in rows if "text" in row]
        if texts and not (xsd.is_simple() or xsd.has_simple_content() or xsd.mixed):
            self.fail(name, texts[0]["name"], "the schema allows no text here")
        if self.exact and not texts and xsd.has_simple_content():
            self.fail(name, "text", "the schema has a text, the binding no row")
        for row in texts:
            self.value(name, row, xsd)

    def elements(self, name: str, rows: list[dict[str, Any]], xsd: XsdType) -> None:
        declared = {p.element.name: p for p in particles(xsd)}
        order = list(declared)
        place = -1
        for row in rows:
            if "element" not in row:
                continue
            where = row.get("name", row["element"])
            particle = declared.get(self.clark(row["element"]))
            if particle is None:
                self.fail(name, where, f"{row['element']} is not in {xsd.name}")
                continue
            if order.index(particle.element.name) < place:
                self.fail(name, where, "stands earlier in the schema")
            place = max(place, order.index(particle.element.name))
            self.occurs(name, where, row, particle)
            target = self.derived(name, row, particle)
            if target is not None:
                self.value(name, row, target)
        bound = {self.clark(row["element"]) for row in rows if "element" in row}
        for clark, particle in declared.items():
            if clark not in bound and (self.exact or self.demanded(particle)):
                self.fail(name, clark, "element without a row")

    @staticmethod
    def demanded(particle: Particle) -> bool:
        return particle.low > 0 and not particle.choice

    def derived(self, name: str, row: dict[str, Any], particle: Particle) -> XsdType | None:
        if "xsi" not in row:
            return particle.element.type
        found = self.schema.maps.types.get(self.clark(row["xsi"]))
        if found is None:
            self.fail(name, row["name"], f"{row['xsi']} is not declared")
        return found

    def occurs(self, name: str, where: str, row: dict[str, Any], particle: Particle) -> None:
        low, high = bounds(row)
        text = f"binding {row.get('occurs', '1')}, schema {particle.low}..{particle.high or 'n'}"
        if self.exact:
            if (low, high) != (particle.low, particle.high):
                self.fail(name, where, text)
            if ("choice" in row) != particle.choice:
                self.fail(name, where, "choice in one of the two only")
        elif wider(high, particle.high) or (low < particle.low and not particle.choice):
            self.fail(name, where, text)


def bounds(row: dict[str, Any]) -> tuple[int, int | None]:
    low, _, high = row.get("occurs", "1").partition("..")
    return int(low), None if high == "n" else int(high or low)


def wider(high: int | None, limit: int | None) -> bool:
    """Whether a maximum goes beyond another; none is without end."""
    return limit is not None and (high is None or high > limit)


def particles(xsd: XsdType) -> list[Particle]:
    if not isinstance(xsd, XsdComplexType) or not isinstance(xsd.content, XsdGroup):
        return []
    return list(_particles(xsd.content, 1, False))


def _particles(group: XsdGroup, times: int | None, choice: bool) -> Iterator[Particle]:
    repeated = times is None or group.max_occurs is None
    choice = choice or group.model == "choice"
    for item in group:
        if isinstance(item, XsdGroup):
            yield from _particles(item, None if repeated else 1, choice)
        elif not isinstance(item, XsdAnyElement):
            low = 0 if group.min_occurs == 0 and not choice else item.min_occurs
            yield Particle(item, low, None if repeated else item.max_occurs, choice)


def primitive(simple: Any) -> str:
    while simple is not None and getattr(simple, "primitive_type", None) is None:
        simple = simple.base_type
    return simple.primitive_type.local_name if simple is not None else "anySimpleType"


def walked(path: Path) -> Walk:
    binding = tomllib.loads(path.read_text(encoding="utf-8"))
    schema = xmlschema.XMLSchema10(str(path.parent / binding["standard"]["schema"]))
    walk = Walk(path.parent, binding, schema)
    for kind in binding["messages"]:
        if not opaque(walk, kind):
            walk.message(kind)
    for name, body in {**binding["messages"], **binding["types"]}.items():
        for row in body["fields"]:
            if "holds" in row:
                walk.held(name, row)
    return walk


def opaque(walk: Walk, kind: str) -> bool:
    namespace = walk.clark(walk.binding["messages"][kind]["root"])[1:].partition("}")[0]
    return namespace in OPAQUE


def named(path: Path) -> str:
    return BINDINGS[path]


@pytest.fixture(scope="module", params=BINDINGS, ids=named)
def walk(request: pytest.FixtureRequest) -> Walk:
    return walked(request.param)


def test_some_bindings_are_there() -> None:
    assert {name.partition("-")[0] for name in BINDINGS.values()} >= {"edm", "xnachweis"}
    assert len(BINDINGS) == len(list((REPOSITORY / "xsd").rglob("binding.toml")))


def test_fields_and_schema_agree_in_name_number_order_and_kind(walk: Walk) -> None:
    assert walk.problems == []
    assert walk.fields > 10


def test_every_type_of_an_exact_binding_is_reached(walk: Walk) -> None:
    if walk.exact:
        assert set(walk.binding["types"]) | set(walk.binding["messages"]) == walk.used


def test_no_difference_is_listed_that_is_none(walk: Walk) -> None:
    standard = walk.binding["standard"]
    listed = {key for key in DIFFERENCES if key[:2] == (standard["family"], standard["version"])}
    assert listed == walk.differences


def _changed(text: str, old: str, new: str) -> dict[str, Any]:
    assert old in text
    return tomllib.loads(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param('xn-bk:PostCode"', 'xn-bk:PostalCode"', "AddressType/PostCode", id="name"),
        pytest.param('xn-bk:PostCode"', 'xn-de:PostCode"', "AddressType/PostCode", id="namespace"),
        pytest.param(
            '"PrioritizedFormat", occurs = "1..n"',
            '"PrioritizedFormat", occurs = "1"',
            "DistributionType/PrioritizedFormat",
            id="number",
        ),
        pytest.param(
            'is = "date"', 'is = "dateTime"', "EvidenceMetadataType/IssuingDate", id="kind"
        ),
        pytest.param(', choice = "content"', "", "AuthorizedRepresentative/", id="choice"),
    ],
)
def test_a_wrong_binding_is_noticed(old: str, new: str, told: str) -> None:
    (path,) = (p for p in BINDINGS if named(p) == "xnachweis-1.4")
    binding = _changed(path.read_text(encoding="utf-8"), old, new)
    schema = xmlschema.XMLSchema10(str(path.parent / binding["standard"]["schema"]))
    walk = Walk(path.parent, binding, schema)
    for kind in binding["messages"]:
        walk.message(kind)
    assert any(problem.startswith(told) for problem in walk.problems), walk.problems
