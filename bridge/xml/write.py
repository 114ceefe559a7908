"""Fields and binding to octets. Strict: canonical order, fixed prefixes, the same octets again.

The document is built as text from the parts that the binding fixes, which is several times faster
than building a tree and as deterministic as text can be. The schema check of what was written is
the caller's (``rules.schema``); every missing or unknown field is refused here.
"""

from __future__ import annotations

import re
from typing import Any, Final

from bridge.errors import IncompleteMessage
from bridge.message import Group
from bridge.names import COLLECTION_SET
from bridge.xml.nodes import Field, Leaf, Place, Shape

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_ATTRIBUTE: Final = {
    "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;",
    "\t": "&#9;", "\n": "&#10;", "\r": "&#13;",
}  # fmt: skip
_TEXT_UNSAFE = re.compile("[&<>\r]")
_ATTRIBUTE_UNSAFE = re.compile('[&<>"\t\n\r]')
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_INDENT: Final = "  "


def write(kind: str, root_qname: str, shape: Shape, declarations: str, fields: Group) -> bytes:
    """Write one document.

    ``declarations`` are the namespace declarations of the root. Raises ``IncompleteMessage`` with
    every path that is missing, unknown or of the wrong type.
    """
    writer = _Writer()
    writer.parts.append(f"{_DECLARATION}<{root_qname}{declarations}")
    writer.body(shape, fields, root_qname, "\n", "")
    writer.parts.append("\n")
    if writer.problems:
        raise IncompleteMessage(kind, writer.problems)
    return "".join(writer.parts).encode("utf-8")


def _text(value: str) -> str:
    # Three looks for a character are faster than one for a pattern.
    if "&" in value or "<" in value or ">" in value or "\r" in value:
        return _TEXT_UNSAFE.sub(lambda match: _TEXT[match.group()], value)
    return value


def _attribute(value: str) -> str:
    if _ATTRIBUTE_UNSAFE.search(value):
        return _ATTRIBUTE_UNSAFE.sub(lambda match: _ATTRIBUTE[match.group()], value)
    return value


class _Writer:
    def __init__(self) -> None:
        self.parts: list[str] = []
        self.problems: list[str] = []

    def body(self, shape: Shape, fields: Group, qname: str, line: str, path: str) -> None:
        """Write attributes, content and end tag; ``line`` is the break and indent before it."""
        if not isinstance(fields, Group):
            self.problems.append(f"{path.rstrip('/') or qname} must be a group of fields")
            return
        parts = self.parts
        for row in shape.attribute_fields:
            value = self._leaf(row, fields, path)
            if value is not None:
                parts.append(f' {row.qname}="{_attribute(value)}"')
        if shape.text is not None:
            value = self._leaf(shape.text, fields, path)
            parts.append(f">{_text(value or '')}</{qname}>")
        else:
            start = len(parts)
            parts.append(">")
            self._children(shape, fields, line + _INDENT, path)
            if len(parts) == start + 1:
                parts[start] = "/>"
            else:
                parts.append(f"{line}</{qname}>")
        names = shape.names
        for name in fields:
            if name not in names:
                self.problems.append(f"{path}{name} is unknown")

    def _children(self, shape: Shape, fields: Group, line: str, path: str) -> None:
        for row in shape.child_fields:
            if not row.name:
                self._nameless(row, fields, line, path)
                continue
            value = fields.get(row.name)
            if value is None:
                if row.constant is not None:
                    self._one(row, row.constant, line, path)
                elif row.least and not row.choice:
                    self.problems.append(f"{path}{row.name} is missing")
            elif row.most == 1:
                self._one(row, value, line, path)
            elif not isinstance(value, tuple):
                self.problems.append(f"{path}{row.name} must be a list")
            elif len(value) < row.least or len(value) > row.most:
                self.problems.append(f"{path}{row.name} occurs {len(value)} times")
            elif row.place is Place.SLOT:
                if value:
                    self._slot(row, value, line, path)
            else:
                for number, item in enumerate(value, 1):
                    self._element(row, item, line, f"{path}{row.name}[{number}]")
        for members in shape.choices.values():
            present = [name for name in members if name in fields]
            first = shape.field(members[0])
            if len(present) > 1 or (not present and first is not None and first.least):
                self.problems.append(f"{path}{'|'.join(members)}: exactly one must be there")

    def _nameless(self, row: Field, fields: Group, line: str, path: str) -> None:
        if row.constant is not None:
            self._one(row, row.constant, line, path)
            return
        shape = row.of
        assert isinstance(shape, Shape)
        if not row.least and not any(name in fields for name in shape.names):
            return
        inner = Group((name, value) for name, value in fields.items() if name in shape.names)
        self.parts.append(line + row.opening)
        self.body(shape, inner, row.qname, line, path)

    def _one(self, row: Field, value: Any, line: str, path: str) -> None:
        if row.place is Place.SLOT:
            self._slot(row, (value,), line, path)
        else:
            self._element(row, value, line, f"{path}{row.name}")

    def _element(self, row: Field, value: Any, line: str, path: str) -> None:
        of = row.of
        if isinstance(of, Shape):
            self.parts.append(line + row.opening)
            self.body(of, value, row.qname, line, f"{path}/")
            return
        text = self._spell(of, value, path)
        if text is None:
            return
        if of.kind == "xml":
            self.parts.append(line + text)
        else:
            self.parts.append(f"{line}{row.opening}{_text(text)}{row.closing}")

    def _slot(self, row: Field, values: tuple[Any, ...], line: str, path: str) -> None:
        form = row.slot
        assert form is not None
        one, two, three = line + _INDENT, line + 2 * _INDENT, line + 3 * _INDENT
        kind = f' collectionType="{COLLECTION_SET}"' if form.value == "collection" else ""
        parts = self.parts
        parts.append(
            f'{line}<rim:Slot name="{form.name}">'
            f'{one}<rim:SlotValue xsi:type="rim:{form.xsi_local}"{kind}>'
        )
        if form.value == "collection":
            for number, value in enumerate(values, 1):
                parts.append(f'{two}<rim:Element xsi:type="rim:AnyValueType">')
                self._held(row, value, three, f"{path}{row.name}[{number}]")
                parts.append(f"{two}</rim:Element>")
        elif form.value == "any":
            self._held(row, values[0], two, f"{path}{row.name}")
        elif form.value == "international":
            parts.append(f"{two}<rim:Value>")
            for number, value in enumerate(values, 1):
                parts.append(f"{three}<rim:LocalizedString")
                shape = row.of
                assert isinstance(shape, Shape)
                where = f"{path}{row.name}[{number}]/"
                self.body(shape, value, "rim:LocalizedString", three, where)
            parts.append(f"{two}</rim:Value>")
        else:
            leaf = row.of
            assert isinstance(leaf, Leaf)
            text = self._spell(leaf, values[0], f"{path}{row.name}") or ""
            if form.value == "international-code":
                spelt = f'<rim:LocalizedString xml:lang="EN" value="{_attribute(text)}"/>'
                parts.append(f"{two}<rim:Value>{spelt}</rim:Value>")
            else:
                parts.append(f"{two}<rim:Value>{_text(text)}</rim:Value>")
        parts.append(f"{one}</rim:SlotValue>{line}</rim:Slot>")

    def _held(self, row: Field, value: Any, line: str, path: str) -> None:
        assert row.slot is not None
        qname = row.slot.holds_qname
        if isinstance(row.of, Shape):
            self.parts.append(f"{line}<{qname}")
            self.body(row.of, value, qname, line, f"{path}/")
            return
        text = self._spell(row.of, value, path)
        self.parts.append(f"{line}<{qname}>{_text(text or '')}</{qname}>")

    def _leaf(self, row: Field, fields: Group, path: str) -> str | None:
        value = row.constant if row.constant is not None else fields.get(row.name)
        if value is None:
            if row.least:
                self.problems.append(f"{path}{row.name} is missing")
            return None
        leaf = row.of
        assert isinstance(leaf, Leaf)
        return self._spell(leaf, value, f"{path}{row.name}")

    def _spell(self, leaf: Leaf, value: Any, path: str) -> str | None:
        if type(value) is not leaf.type:
            self.problems.append(f"{path} is not of kind {leaf.kind}")
            return None
        if leaf.codes and value not in leaf.codes:
            self.problems.append(f"{path} is not in the code list {leaf.code_list}")
            return None
        text = leaf.write(value)
        if not text.isprintable() and _NOT_XML.search(text):
            self.problems.append(f"{path} holds a character that XML does not allow")
            return None
        return text
