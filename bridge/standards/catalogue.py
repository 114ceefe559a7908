"""The versions on disk: which one a document declares, and reading and writing by it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree

from bridge.errors import BindingFault, SettingsFault, UnknownDocument
from bridge.finding import Finding, in_order
from bridge.message import Attachment, Group, Head, Message
from bridge.names import split_clark
from bridge.standards.binding import Binding, MessageShape, load_binding
from bridge.xml.nodes import SLOT, VALUE
from bridge.xml.parse import Document
from bridge.xml.read import FieldReader


def version_folders(root: Path) -> dict[str, Path]:
    """Every version folder below an ``xsd/`` by the name of its version, ``edm-1.2`` and so on.

    A standard stands in ``<family>/<version>/``; the data models of an evidence type in
    ``evidence/<type>/<version>/<side>/``, which makes the families ``<type>-<side>``.
    """
    found = {}
    for path in root.glob("*/*/binding.toml"):
        family, version = path.parts[-3:-1]
        found[f"{family}-{version}"] = path.parent
    for path in root.glob("evidence/*/*/*/binding.toml"):
        kind, version, side = path.parts[-4:-1]
        found[f"{kind}-{side}-{version}"] = path.parent
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as it was read, and what had to be tolerated."""

    message: Message
    findings: tuple[Finding, ...]


class Catalogue:
    """All version folders below one ``xsd/``; each binding is loaded when first asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._folders = version_folders(root)
        self._bindings: dict[str, Binding] = {}
        self._known: dict[tuple[str, str, str], Binding] = {}

    @property
    def standards(self) -> tuple[str, ...]:
        """Names of all versions, ``edm-1.2`` and so on."""
        return tuple(self._folders)

    def binding(self, standard: str) -> Binding:
        """Give a version by its name; raises ``SettingsFault`` for an unknown one."""
        known = self._bindings.get(standard)
        if known is None:
            folder = self._folders.get(standard)
            if folder is None:
                raise SettingsFault(
                    f"there is no version {standard}",
                    remedy=f"Known are {', '.join(self._folders)}.",
                )
            known = self._bindings[standard] = load_binding(folder)
            if known.standard != standard:
                raise BindingFault(f"the binding calls itself {known.standard}", where=str(folder))
        return known

    def bindings(self) -> Iterator[Binding]:
        """All versions."""
        return (self.binding(standard) for standard in self._folders)

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        return {
            standard: (folder / "binding.toml").read_text("utf-8")
            for standard, folder in self._folders.items()
        }

    def _candidates(self, root: etree._Element) -> tuple[Binding, ...]:
        """The versions that know a root element, and that its slots may declare.

        A binding is loaded only if its text names the root at all, and the declared version where
        it says one: loading costs ten times as much as looking.
        """
        named = {(slot.get("name", ""), _slot_text(slot)) for slot in root.iterchildren(SLOT)}
        namespace, local = split_clark(root.tag)
        wanted = (f'"{namespace}"', f':{local}"')
        standards = [
            standard
            for standard, text in self._texts.items()
            if all(part in text for part in wanted)
        ]
        declared = [s for s in standards if _declares(self._texts[s]) in named]
        return tuple(
            binding
            for binding in map(self.binding, declared or standards)
            if any(message.root == root.tag for message in binding.messages.values())
        )

    def identify(self, document: Document, standard: str = "") -> tuple[Binding, MessageShape]:
        """Tell which version and kind a document is; ``standard`` takes it for that version.

        Raises ``UnknownDocument``: ``XML-UNKNOWN`` for a root nobody knows, ``VERSION-UNKNOWN``
        for a version we do not speak (EDM 1.1: answered with EDM:ERR:0003, R-EDM-REQ-C001).
        """
        root = document.root
        binding = self.binding(standard) if standard else self._version_of(root)
        kinds = [kind for kind in binding.messages.values() if kind.root == root.tag]
        if not kinds:
            raise UnknownDocument(
                f"the root element {split_clark(root.tag)[1]} belongs to no message of {standard}",
                remedy=f"Its messages are {', '.join(binding.messages)}.",
            )
        children = {child.tag for child in root}
        best = max(
            kinds, key=lambda kind: len(kind.having & children) - len(kind.having - children)
        )
        return binding, best

    def _version_of(self, root: etree._Element) -> Binding:
        known = self._known.get((root.tag, "", ""))
        if known is not None:
            return known
        for slot in root.iterchildren(SLOT):
            known = self._known.get((root.tag, slot.get("name", ""), _slot_text(slot)))
            if known is not None:
                return known
        candidates = self._candidates(root)
        if not candidates:
            namespace, local = split_clark(root.tag)
            self._other_release(namespace, local)
            raise UnknownDocument(
                f"the root element {local} belongs to no message known here",
                where="namespace " + namespace if namespace else "no namespace",
                remedy=f"Known are {', '.join(self._folders)}.",
            )
        first = candidates[0]
        binding = first if first.declares is None else self._declared(root, candidates)
        self._known[(root.tag, *(binding.declares or ("", "")))] = binding
        return binding

    def _other_release(self, namespace: str, local: str) -> None:
        """Raise ``VERSION-UNKNOWN`` for a namespace that differs from a known one in its number."""
        stem = _NUMBER.sub("", namespace)
        near = sorted(
            standard
            for standard, text in self._texts.items()
            if f':{local}"' in text and re.search(rf'"{re.escape(stem)}(?:_[0-9.]+)?"', text)
        )
        if near and stem:
            raise UnknownDocument(
                "the document is of a version that is not spoken here",
                code="VERSION-UNKNOWN",
                where=f"namespace {namespace}",
                remedy=f"Spoken are {', '.join(near)}.",
            )

    def _declared(self, root: etree._Element, candidates: tuple[Binding, ...]) -> Binding:
        for slot in root.iterchildren(SLOT):
            for binding in candidates:
                if binding.declares is None or slot.get("name") != binding.declares[0]:
                    continue
                if _slot_text(slot) == binding.declares[1]:
                    return binding
        names = ", ".join(b.declares[1] for b in candidates if b.declares)
        raise UnknownDocument(
            "the document declares no version that is spoken here",
            code="VERSION-UNKNOWN",
            where=f"slot {candidates[0].declares[0] if candidates[0].declares else ''}",
            remedy=f"Spoken are {names} (R-EDM-REQ-C001).",
        )

    def read(self, document: Document, attachments: tuple[Attachment, ...] = ()) -> Reading:
        """Read a document of any version. Raises ``UnknownDocument``."""
        return self.read_as(document, *self.identify(document), attachments)

    @staticmethod
    def read_as(
        document: Document,
        binding: Binding,
        kind: MessageShape,
        attachments: tuple[Attachment, ...] = (),
    ) -> Reading:
        """Read a document that is identified already."""
        reader = FieldReader(document, dict(binding.prefixes))
        fields = reader.read(kind.shape)
        head = head_of(binding, kind, fields)
        return Reading(Message(head, fields, attachments), in_order(reader.told.findings))

    def write(self, message: Message) -> bytes:
        """Write a message in its version. Raises ``IncompleteMessage``."""
        # Imported here: looking at documents does not need the writer.
        from bridge.xml.write import write

        binding = self.binding(message.head.standard)
        kind = binding.message(message.head.kind)
        return write(kind.kind, kind.root_qname, kind.shape, binding.declarations, message.fields)

    def message(
        self, standard: str, kind: str, fields: Group, attachments: tuple[Attachment, ...] = ()
    ) -> Message:
        """Make a message of fields; its head follows from them."""
        binding = self.binding(standard)
        return Message(head_of(binding, binding.message(kind), fields), fields, attachments)


_NUMBER = re.compile(r"_[0-9.]+$")
_DECLARED = re.compile(r'^declares = \{ slot = "([^"]+)", value = "([^"]+)" \}', re.MULTILINE)


def _declares(text: str) -> tuple[str, str]:
    match = _DECLARED.search(text)
    return (match.group(1), match.group(2)) if match else ("", "")


def _slot_text(slot: etree._Element) -> str:
    value = slot.find(f"*/{VALUE}")
    return (value.text or "").strip() if value is not None else ""


def head_of(binding: Binding, kind: MessageShape, fields: Group) -> Head:
    """Fill the typed head from the fields that the binding names for it."""
    values: dict[str, Any] = {name: fields.at(path) for name, path in kind.head.items()}
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    return Head(binding.family, binding.version, kind.kind, **texts)
