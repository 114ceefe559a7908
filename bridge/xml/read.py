"""Tree and binding to a message. Tolerant: what is unambiguous but out of rule is read and told.

Every deviation becomes a finding with an id and the place; `told` lists them.
"""

from __future__ import annotations

from typing import Any, Final

from lxml import etree

from bridge.message import Group
from bridge.names import XSI, clark, split_clark
from bridge.xml.nodes import (
    ELEMENT,
    LOCALIZED,
    SLOT,
    SLOT_VALUE,
    VALUE,
    Field,
    Leaf,
    Place,
    Shape,
)
from bridge.xml.parse import Document
from bridge.xml.told import Told
from bridge.xml.values import Read

XSI_TYPE: Final = clark(XSI, "type")
_XSI_PREFIX: Final = f"{{{XSI}}}"
_RIM_PREFIX: Final = VALUE[: VALUE.index("}") + 1]

_SLOT_ATTRIBUTES: Final = frozenset({"name"})
_HOLDER_ATTRIBUTES: Final = frozenset({XSI_TYPE, "collectionType"})
_STRAY: Final = etree.XPath("boolean(/descendant::*[*]/text()[normalize-space(.)])")
_STRAY_OWNERS: Final = etree.XPath("/descendant::*[*][text()[normalize-space(.)]]")


class FieldReader:
    """Reads the fields of one document. What it has to tell grows in ``told`` while it reads.

    ``prefixes`` are those the binding writes, by URI: values of kind ``qname`` come out with them.
    """

    def __init__(self, document: Document, prefixes: dict[str, str]) -> None:
        self._contents = document.contents
        self._prefixes = prefixes
        self._declared = document.prefixes
        self._clarks: dict[str, str] = {}
        self.told = Told(document.findings)
        self._element: etree._Element = document.root

    def read(self, shape: Shape) -> Group:
        """Read the whole document by the shape of its message."""
        root: Any = self._element
        if _STRAY(root):
            owners: Any = _STRAY_OWNERS(root)
            for owner in owners:
                self._find("READ-TEXT", owner, "text stands between elements; it was not read")
        return self.group(root, shape)

    def group(self, element: etree._Element, shape: Shape) -> Group:
        """Read the fields of one element."""
        out: dict[str, Any] = {}
        valued = shape.valued
        if valued is not None and not len(element) and not self._contents:
            self._valued(element, shape, valued, out)
        else:
            self._fill(element, shape, out)
        return Group(out)

    def _valued(
        self, element: etree._Element, shape: Shape, valued: tuple[str, Read], out: dict[str, Any]
    ) -> None:
        """The fast way for a text with attributes: an identifier, a text with its language."""
        self._element = element
        try:
            out[valued[0]] = valued[1](element.text or "", self._note)
        except ValueError as error:
            self._find("READ-VALUE", element, f"{valued[0]}: {_sentence(error)}")
        if element.attrib:
            self._attributes(element, element.attrib, shape, out)
        for row in shape.required:
            if row.name not in out:
                rule = f" ({row.rule})" if row.rule else ""
                self._find("READ-REQUIRED", element, f"{row.name} is missing{rule}")

    def _note(self, rule: str, message: str) -> None:
        self._find(rule, self._element, message)

    def _find(self, rule: str, element: etree._Element, message: str, inside: str = "") -> None:
        self.told.add(rule, element, message, inside)

    def _fill(self, element: etree._Element, shape: Shape, out: dict[str, Any]) -> None:
        if element.attrib:
            self._attributes(element, element.attrib, shape, out)
        if shape.text is not None:
            self._leaf_into(out, shape.text, element.text, element)
        elements, slots, simple = shape.elements, shape.slots, shape.simple
        for child in element:
            tag = child.tag
            plain = simple.get(tag)
            if (
                plain is not None
                and plain[0] not in out
                and not len(child)
                and not child.attrib
                and not self._contents
            ):
                self._element = child
                try:
                    out[plain[0]] = plain[1](child.text or "", self._note)
                except ValueError as error:
                    self._find("READ-VALUE", child, f"{plain[0]}: {_sentence(error)}")
                continue
            rows = elements.get(tag)
            if rows is not None:
                row = rows[0] if len(rows) == 1 else self._by_xsi(child, rows)
                if row is not None:
                    self._child(child, row, out)
                    continue
            elif tag == SLOT:
                slot_row = slots.get(child.get("name", ""))
                if slot_row is not None:
                    self._slot(child, slot_row, out)
                    continue
            self._unknown(child)
        if not shape.required_names <= out.keys():
            for row in shape.required:
                if row.name in out:
                    continue
                rule = f" ({row.rule})" if row.rule else ""
                self._find("READ-REQUIRED", element, f"{row.name} is missing{rule}")
        for row in shape.several:
            if 0 < len(out.get(row.name, ())) < row.least:
                self._find("READ-REQUIRED", element, f"{row.name} stands too few times")
        if shape.wrappers:
            present = [child.tag for child in element]
            for row in shape.wrappers:
                times = present.count(row.tag)
                if times > 1:
                    self._find("READ-DOUBLED", element, f"the element {row.qname} stands twice")
                elif not times:
                    self._find("READ-REQUIRED", element, f"the element {row.qname} is missing")
        for members in shape.choices.values():
            self._choice(element, shape, members, out)

    def _choice(
        self, element: etree._Element, shape: Shape, members: tuple[str, ...], out: dict[str, Any]
    ) -> None:
        present = [name for name in members if name in out]
        if len(present) > 1:
            self._find("READ-CHOICE", element, f"{' and '.join(present)} exclude one another")
        elif not present:
            row = shape.field(members[0])
            if row is not None and row.least:
                self._find("READ-CHOICE", element, f"one of {', '.join(members)} is missing")

    def _unknown(self, child: etree._Element) -> None:
        name = child.get("name") if child.tag == SLOT else None
        what = "the slot" if name is not None else "the element"
        label = split_clark(child.tag)[1] if name is None else "with this name"
        self._find("READ-UNKNOWN", child, f"{what} {label} is not known here; it was not read")

    def _attributes(
        self, element: etree._Element, attrib: Any, shape: Shape, out: dict[str, Any]
    ) -> None:
        for name, value in attrib.items():
            row = shape.attributes.get(name)
            if row is not None:
                if isinstance(row.of, Leaf) and row.of.kind == "qname":
                    value = self._qname(element, value)
                self._leaf_into(out, row, value, element)
            elif not name.startswith(_XSI_PREFIX):
                local = split_clark(name)[1]
                self._find(
                    "READ-UNKNOWN",
                    element,
                    f"the attribute {local} is not known here",
                    f"/@{local}",
                )

    def _by_xsi(self, child: etree._Element, rows: tuple[Field, ...]) -> Field | None:
        wanted = self._clark_of(child, child.get(XSI_TYPE, ""))
        return next((row for row in rows if row.xsi_clark == wanted), None)

    def _clark_of(self, element: etree._Element, name: str) -> str:
        known = self._clarks.get(name)
        if known is None:
            prefix, _, local = name.strip().rpartition(":")
            declared = self._declared if self._declared is not None else element.nsmap
            known = clark(declared.get(prefix or None, ""), local)
            if self._declared is not None:
                self._clarks[name] = known
        return known

    def _qname(self, element: etree._Element, name: str) -> str:
        namespace, local = split_clark(self._clark_of(element, name))
        prefix = self._prefixes.get(namespace)
        return f"{prefix}:{local}" if prefix else name

    def _child(self, child: etree._Element, row: Field, out: dict[str, Any]) -> None:
        of = row.of
        if isinstance(of, Shape):
            if not row.name:
                self._fill(child, of, out)
                return
            value: Any = self.group(child, of)
            self._keep(out, row, value, child)
        elif of.code_form is not None:
            self._leaf_into(out, row, self._code_text(child, of), child)
        elif of.kind == "xml":
            try:
                text = etree.tostring(child, method="c14n", exclusive=True, with_comments=False)
            except etree.C14NError:
                self._find("READ-VALUE", child, f"{row.name}: the element has no canonical form")
                return
            self._keep(out, row, text.decode("utf-8"), child)
        else:
            if len(child):
                self._find("READ-VALUE", child, "elements stand inside a plain value")
            for name in map(str, child.attrib):
                if not name.startswith(_XSI_PREFIX):
                    local = split_clark(name)[1]
                    note = f"the attribute {local} is not known here"
                    self._find("READ-UNKNOWN", child, note, f"/@{local}")
            self._leaf_into(out, row, child.text, child)

    def _code_text(self, element: etree._Element, leaf: Leaf) -> str | None:
        form = leaf.code_form
        assert form is not None
        version = element.get("listVersionID")
        if version is not None and version != form.version:
            self._find("READ-LIST", element, "another version of the code list is named")
        address = element.get("listURI")
        if address is not None and address != form.uri:
            self._find("READ-CONSTANT", element, "another code list is named than the standard's")
        codes = [child for child in element if split_clark(child.tag)[1] == "code"]
        if len(codes) > 1:
            self._find("READ-DOUBLED", element, "code stands twice")
        if codes:
            return codes[0].text or ""
        # A bare text where the XÖV form is meant is unambiguous.
        if element.text and element.text.strip():
            self._find("READ-TYPE", element, "a code stands without its element 'code'")
            return element.text
        return None

    def _leaf_into(
        self, out: dict[str, Any], row: Field, text: str | None, element: etree._Element
    ) -> None:
        leaf = row.of
        assert isinstance(leaf, Leaf)
        self._element = element
        try:
            if text and text in self._contents:
                value: Any = self._put_aside(leaf, text)
            else:
                value = leaf.read(text or "", self._note)
        except ValueError as error:
            self._find("READ-VALUE", element, f"{row.name}: {_sentence(error)}")
            return
        if row.constant is not None:
            if value not in (row.constant, ""):
                self._find("READ-CONSTANT", element, "a value that the standard fixes differs")
            return
        if row.place is Place.ATTRIBUTE or row.place is Place.TEXT:
            out[row.name] = value
        else:
            self._keep(out, row, value, element)

    def _put_aside(self, leaf: Leaf, placeholder: str) -> bytes:
        if leaf.kind != "base64":
            raise ValueError("this is a document in base64 where a text is meant")
        return self._contents[placeholder].octets

    def _keep(self, out: dict[str, Any], row: Field, value: Any, element: etree._Element) -> None:
        name = row.name
        if row.most > 1:
            out[name] = (*out[name], value) if name in out else (value,)
        elif name in out:
            self._find("READ-DOUBLED", element, f"{name} stands twice")
        else:
            out[name] = value

    def _slot(self, slot: etree._Element, row: Field, out: dict[str, Any]) -> None:
        form = row.slot
        assert form is not None
        holder = self._only(slot, SLOT_VALUE)
        if holder is None:
            self._find("READ-VALUE", slot, f"{row.name}: the slot has no value")
            return
        if len(slot.keys()) > 1 or len(holder.keys()) > 1:
            self._frame(slot, _SLOT_ATTRIBUTES)
            self._frame(holder, _HOLDER_ATTRIBUTES)
        xsi = holder.get(XSI_TYPE, "")
        if self._clark_of(holder, xsi) != _RIM_PREFIX + form.xsi_local:
            self._find("READ-TYPE", holder, f"the slot's xsi:type is not rim:{form.xsi_local}")
        if row.name and row.name in out:
            self._find("READ-DOUBLED", slot, f"the slot {row.name} stands twice")
            return
        _SLOT_READERS[form.value](self, holder, row, out)

    def _frame(self, element: etree._Element, known: frozenset[str]) -> None:
        """Tell attributes of the slot's frame that nobody reads."""
        for name in map(str, element.keys()):
            if name not in known:
                local = split_clark(name)[1]
                note = f"the attribute {local} is not known here"
                self._find("READ-UNKNOWN", element, note, f"/@{local}")

    def _only(self, parent: etree._Element, tag: str) -> etree._Element | None:
        """The one child that is meant here; others are told."""
        found: etree._Element | None = None
        for child in parent:
            if child.tag != tag:
                self._unknown(child)
            elif found is None:
                found = child
            else:
                name = split_clark(tag)[1]
                self._find("READ-DOUBLED", child, f"{name} stands twice")
        return found

    def _simple(self, holder: etree._Element, row: Field, out: dict[str, Any]) -> None:
        value = self._only(holder, VALUE)
        if value is None:
            self._find("READ-VALUE", holder, f"{row.name or 'the slot'} has no value")
            return
        self._leaf_into(out, row, value.text, value)

    def _any(self, holder: etree._Element, row: Field, out: dict[str, Any]) -> None:
        assert row.slot is not None
        self._held(holder, row, out, row.slot.holds)

    def _collection(self, holder: etree._Element, row: Field, out: dict[str, Any]) -> None:
        assert row.slot is not None
        for element in holder:
            if element.tag == ELEMENT:
                self._held(element, row, out, row.slot.holds)
            elif element.tag == row.slot.holds:
                self._find("READ-TYPE", element, "an element stands without rim:Element around it")
                self._child(element, row, out)
            else:
                self._unknown(element)

    def _held(self, holder: etree._Element, row: Field, out: dict[str, Any], tag: str) -> None:
        if not len(holder):
            self._find("READ-VALUE", holder, f"{row.name}: nothing stands inside")
        for child in holder:
            if child.tag == tag:
                self._child(child, row, out)
            else:
                self._unknown(child)

    def _texts(self, holder: etree._Element, row: Field, out: dict[str, Any]) -> None:
        value = self._only(holder, VALUE)
        for text in value if value is not None else ():
            if text.tag == LOCALIZED and isinstance(row.of, Shape):
                self._keep(out, row, self.group(text, row.of), text)
            else:
                self._unknown(text)

    def _single_text(self, holder: etree._Element, row: Field, out: dict[str, Any]) -> None:
        value = self._only(holder, VALUE)
        texts = [] if value is None else value.findall(LOCALIZED)
        if not texts:
            self._find("READ-VALUE", holder, f"{row.name} has no text")
            return
        if len(texts) > 1:
            self._find("READ-DOUBLED", holder, f"{row.name} has several texts")
        self._leaf_into(out, row, texts[0].get("value"), texts[0])


_SLOT_READERS: Final = {
    "string": FieldReader._simple,
    "dateTime": FieldReader._simple,
    "boolean": FieldReader._simple,
    "any": FieldReader._any,
    "collection": FieldReader._collection,
    "international": FieldReader._texts,
    "international-code": FieldReader._single_text,
}


def _sentence(error: ValueError) -> str:
    # Errors of the standard library quote the value; ours begin with "this is".
    text = str(error)
    return text if text.startswith("this is") else "the value is out of range"
