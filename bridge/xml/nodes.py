"""The binding nodes: what a binding file says, compiled once into what reader and writer walk.

Six nodes make up the language (binding-format): element, attribute, slot, choice, repeat and
constant. ``Field`` is one row of a binding, ``Shape`` one type or message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from bridge.names import RIM, clark
from bridge.xml.values import Read, Write

UNBOUNDED: Final = 1 << 30


class Place(Enum):
    """Where a field stands: in an element, an attribute, the element's own text, or a slot."""

    ELEMENT = "element"
    ATTRIBUTE = "attribute"
    TEXT = "text"
    SLOT = "slot"


@dataclass(frozen=True, slots=True)
class CodeForm:
    """How an XÖV code is written: list address and list version (NOOTS 2.4)."""

    uri: str
    version: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value: its kind and how it is read and written; ``codes`` are a closed list's values."""

    kind: str
    type: type
    read: Read
    write: Write
    code_form: CodeForm | None = None
    code_list: str = ""
    codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SlotForm:
    """A RegRep slot: its value type and the element that it holds, if any (EDM 2.2)."""

    name: str
    value: str
    xsi_local: str
    holds: str = ""
    holds_qname: str = ""


SLOT_TYPES: Final = {
    "string": "StringValueType",
    "dateTime": "DateTimeValueType",
    "boolean": "BooleanValueType",
    "any": "AnyValueType",
    "collection": "CollectionValueType",
    "international": "InternationalStringValueType",
    "international-code": "InternationalStringValueType",
}

SLOT: Final = clark(RIM, "Slot")
SLOT_VALUE: Final = clark(RIM, "SlotValue")
VALUE: Final = clark(RIM, "Value")
ELEMENT: Final = clark(RIM, "Element")
LOCALIZED: Final = clark(RIM, "LocalizedString")


@dataclass(frozen=True, slots=True)
class Field:
    """One row of a binding. ``of`` is a leaf, or the shape of a group.

    ``name`` is empty for an inline wrapper, whose shape's fields belong to the parent.
    ``opening`` and ``closing`` stand around the text of a leaf in an element (``tags_of``).
    """

    name: str
    place: Place
    tag: str
    qname: str
    of: Leaf | Shape
    least: int = 1
    most: int = 1
    choice: str = ""
    constant: str | None = None
    xsi: str = ""
    xsi_clark: str = ""
    slot: SlotForm | None = None
    rule: str = ""
    note: str = ""
    line: int = 0
    opening: str = ""
    closing: str = ""

    @property
    def repeated(self) -> bool:
        """Whether the field is a list."""
        return self.most > 1

    @property
    def shape(self) -> Shape | None:
        """The shape of the group, ``None`` for a leaf."""
        return self.of if isinstance(self.of, Shape) else None


@dataclass(slots=True, eq=False)
class Shape:
    """A type or message of a binding: its fields in writing order, and dispatch tables to read."""

    name: str
    chapter: str
    fields: tuple[Field, ...] = ()
    attributes: dict[str, Field] = field(default_factory=dict)
    text: Field | None = None
    elements: dict[str, tuple[Field, ...]] = field(default_factory=dict)
    slots: dict[str, Field] = field(default_factory=dict)
    required: tuple[Field, ...] = ()
    required_names: frozenset[str] = frozenset()
    wrappers: tuple[Field, ...] = ()
    several: tuple[Field, ...] = ()
    valued: tuple[str, Read] | None = None
    simple: dict[str, tuple[str, Read]] = field(default_factory=dict)
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    attribute_fields: tuple[Field, ...] = ()
    child_fields: tuple[Field, ...] = ()

    def complete(self, fields: tuple[Field, ...]) -> None:
        """Fill the dispatch tables. Separate from building, because types may refer to later ones.

        Inline wrappers must be complete before; ``ValueError`` names a doubled field.
        """
        self.fields = fields
        self.attribute_fields = tuple(f for f in fields if f.place is Place.ATTRIBUTE)
        self.child_fields = tuple(f for f in fields if f.place in (Place.ELEMENT, Place.SLOT))
        self.required = tuple(
            f for f in fields if f.name and f.least and not f.choice and f.constant is None
        )
        self.several = tuple(f for f in self.required if f.least > 1)
        self.wrappers = tuple(f for f in fields if not f.name and f.least and f.constant is None)
        self.required_names = frozenset(f.name for f in self.required)
        names: list[str] = []
        choices: dict[str, list[str]] = {}
        for row in fields:
            if row.place is Place.ATTRIBUTE:
                self.attributes[row.tag] = row
            elif row.place is Place.TEXT:
                self.text = row
            elif row.place is Place.SLOT and row.slot:
                self.slots[row.slot.name] = row
            else:
                self.elements[row.tag] = (*self.elements.get(row.tag, ()), row)
            names += [row.name] if row.name else sorted(row.of.names)  # type: ignore[union-attr]
            if row.choice:
                choices.setdefault(row.choice, []).append(row.name)
        self.valued = _valued(fields)
        doubled = {name for name in names if names.count(name) > 1}
        if doubled:
            raise ValueError(f"{self.name}: field {sorted(doubled)[0]} stands twice")
        self.simple = {
            tag: (rows[0].name, rows[0].of.read)
            for tag, rows in self.elements.items()
            if len(rows) == 1 and _is_simple(rows[0]) and isinstance(rows[0].of, Leaf)
        }
        self.names = frozenset(names)
        self.choices = {label: tuple(members) for label, members in choices.items()}

    def field(self, name: str) -> Field | None:
        """Find a field by name, also inside inline wrappers."""
        for row in self.fields:
            if row.name == name:
                return row
            if not row.name and isinstance(row.of, Shape):
                inner = row.of.field(name)
                if inner:
                    return inner
        return None

    def named_fields(self) -> Iterator[Field]:
        """All fields of the group by name, those of inline wrappers in their place."""
        for row in self.fields:
            if row.name:
                yield row
            elif isinstance(row.of, Shape):
                yield from row.of.named_fields()

    def find(self, path: str) -> Field | None:
        """Follow ``a/b/c``; ``None`` where the path leaves the binding."""
        shape: Shape | None = self
        row: Field | None = None
        for name in path.split("/"):
            row = shape.field(name) if shape else None
            if row is None:
                return None
            shape = row.shape
        return row

    def leaf_paths(self, prefix: str = "") -> Iterator[tuple[str, Field]]:
        """All leaves that are among the fields (constants are not), lists marked with ``[]``."""
        for row in self.named_fields():
            path = f"{prefix}{row.name}{'[]' if row.repeated else ''}"
            if isinstance(row.of, Shape):
                yield from row.of.leaf_paths(f"{path}/")
            elif row.constant is None:
                yield path, row


def tags_of(qname: str, xsi: str, of: Leaf | Shape) -> tuple[str, str]:
    """What the writer puts before and behind a leaf's text; for a group its open start tag."""
    start = f"<{qname}" + (f' xsi:type="{xsi}"' if xsi else "")
    if isinstance(of, Shape):
        return start, ""
    if of.code_form is None:
        return f"{start}>", f"</{qname}>"
    uri, version = (
        text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        for text in (of.code_form.uri, of.code_form.version)
    )
    return f'{start} listURI="{uri}" listVersionID="{version}"><code>', f"</code></{qname}>"


def _valued(fields: tuple[Field, ...]) -> tuple[str, Read] | None:
    """Name and reader of the text, of a group that is a plain text with attributes and no more."""
    texts = [f for f in fields if f.place is Place.TEXT]
    if len(texts) != 1 or any(f.place in (Place.ELEMENT, Place.SLOT) for f in fields):
        return None
    text = texts[0]
    if not isinstance(text.of, Leaf) or text.constant is not None or text.of.kind == "base64":
        return None
    return text.name, text.of.read


def _is_simple(row: Field) -> bool:
    """Whether an element holds one plain text: the fast way of the reader takes those."""
    leaf = row.of
    return (
        isinstance(leaf, Leaf)
        and leaf.code_form is None
        and leaf.kind not in ("xml", "base64", "qname")
        and row.constant is None
        and row.most == 1
    )


def namespace_attributes(namespaces: Mapping[str, str]) -> str:
    """The namespace declarations of the root element, sorted by prefix."""
    return "".join(
        f' xmlns:{prefix}="{uri}"' for prefix, uri in sorted(namespaces.items()) if prefix != "xml"
    )
