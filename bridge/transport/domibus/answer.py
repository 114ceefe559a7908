"""An answer of the plug-in, from octets: its envelope, and payloads inside or beside it."""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from lxml import etree

from bridge.envelope import Content, Envelope, OctetContent
from bridge.errors import UnreadableDocument
from bridge.names import clark
from bridge.transport.domibus import header, soap
from bridge.transport.domibus.dialect import XOP, Dialect
from bridge.transport.domibus.faults import PluginFault
from bridge.transport.domibus.operations import Operation
from bridge.xml.large import SealedContent
from bridge.xml.parse import Limits, parse

_INCLUDE: Final = clark(XOP, "Include")
_BLANKS: Final = str.maketrans("", "", " \t\r\n")
_PAYLOADS: Final = frozenset({"payload", "bodyload"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the plug-in said: the header block, the body element, and what stands beside them.

    ``parts`` are MTOM parts by content id without angle brackets; ``contents`` are long base64
    texts that the parser has put aside.
    """

    header: etree._Element | None
    content: etree._Element | None
    parts: Mapping[str, Content] = field(default_factory=dict)
    contents: Mapping[str, SealedContent] = field(default_factory=dict)


def read(
    octets: bytes,
    operation: Operation,
    dialect: Dialect,
    *,
    parts: Mapping[str, Content] | None = None,
    most: int,
) -> Answer:
    """Read the envelope of an answer, of at most ``most`` octets.

    Raises ``PluginFault`` if the plug-in refused, ``UnreadableDocument`` if the octets are no
    answer to this operation.
    """
    document = parse(octets, Limits(octets=most))
    opened = soap.opened(document.root, header.MESSAGING)
    fault = soap.fault_in(opened.content, operation.name)
    if fault is not None:
        raise fault
    tag = None if opened.content is None else opened.content.tag
    wanted = clark(dialect.namespace, operation.answer) if operation.answer else None
    if tag != wanted:
        raise UnreadableDocument(
            f"the answer to {operation.name} has another element in its body",
            code="DOMIBUS-ANSWER",
        )
    return Answer(opened.header, opened.content, parts or {}, document.contents)


def message(answer: Answer) -> Envelope:
    """Read a retrieved message: its header joined with its payloads.

    Raises ``UnreadableDocument`` for a payload without octets, a doubled id, an inclusion of
    anything but a part of this very answer, or one part included twice.
    """
    contents: dict[str, tuple[Content, str]] = {}
    used: set[str] = set()
    for element in answer.content if answer.content is not None else ():
        if element.tag not in _PAYLOADS:
            continue
        name = element.get("payloadId", "")
        if not name or name in contents:
            raise _unreadable("a payload has no id, or one that stands twice")
        values = element.findall("value")
        if len(values) != 1:
            raise _unreadable("a payload does not have exactly one value")
        contents[name] = (_content(values[0], answer, used), element.get("contentType", ""))
    return header.read(answer.header, contents)


def _content(value: etree._Element, answer: Answer, used: set[str]) -> Content:
    if len(value) == 0:
        return OctetContent(_decoded(value.text or "", answer.contents))
    include = value[0]
    if len(value) != 1 or include.tag != _INCLUDE or (value.text or "").strip():
        raise _unreadable("the value of a payload is neither base64 nor one inclusion")
    scheme, _, name = include.get("href", "").partition(":")
    name = unquote(name)
    if scheme.lower() != "cid" or name not in answer.parts or name in used:
        raise _unreadable("an inclusion names no part of this answer, or one that is taken")
    used.add(name)
    return answer.parts[name]


def _decoded(text: str, contents: Mapping[str, SealedContent]) -> bytes:
    if aside := contents.get(text):
        return aside.octets
    try:
        return binascii.a2b_base64(text.translate(_BLANKS), strict_mode=True)
    except (binascii.Error, ValueError):
        raise _unreadable("the value of a payload is no base64") from None


def _unreadable(what: str) -> UnreadableDocument:
    return UnreadableDocument(what, code="DOMIBUS-PAYLOAD")


__all__ = ["Answer", "PluginFault", "message", "read"]
