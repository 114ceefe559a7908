"""What travels together: the ebMS header and the documents of a SOAP envelope or of Domibus.

An ``eb:Messaging`` element is found anywhere: alone, in a SOAP envelope, in a submission to the
plug-in of Domibus or an answer of it. Its push writes the children of the header without
namespace, and only it does (Domibus 7.1): they are taken for what they are.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Final

from lxml import etree

from bridge.errors import RemoteFault
from bridge.finding import Finding, Severity
from bridge.names import clark
from bridge.xml.parse import Document, Limits, parse
from bridge.xml.place import line_of, path_of

EBMS: Final = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
_MESSAGING: Final = clark(EBMS, "Messaging")
_PUSHED: Final = clark("eu.domibus", "Messaging")
_PAYLOADS: Final = ("payload", "bodyload")


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The message of an envelope, if it holds one that is known, and what is wrong around it."""

    message: Document | None
    findings: tuple[Finding, ...] = ()


def headers(root: etree._Element) -> tuple[etree._Element, ...]:
    """Find every ``eb:Messaging`` element of a tree; one that Domibus pushed is made ours."""
    for pushed in root.iter(_PUSHED):
        for element in pushed.iter("*"):
            element.tag = clark(EBMS, etree.QName(element).localname)
    return tuple(root.iter(_MESSAGING))


def unpack(envelope: Document, roots: frozenset[str], limits: Limits) -> Unpacked:
    """Find the message that travels in an envelope: a payload, or an element of the SOAP body.

    ``roots`` are the qualified names of the roots of known messages. What cannot be unpacked, and
    payloads among which there is no message, are fatal findings.
    """
    findings: list[Finding] = []
    count = 0
    for element, octets in _payloads(envelope):
        count += 1
        if octets is None:
            findings.append(_wrong(element, "PAYLOAD", "the payload is no base64"))
            continue
        try:
            document = parse(octets, limits)
        except RemoteFault:
            continue  # a document that is no XML, such as a PDF
        if document.root.tag in roots:
            return Unpacked(document, tuple(findings))
    if count:
        findings.append(_wrong(envelope.root, "NO-MESSAGE", "no payload is a message known here"))
        return Unpacked(None, tuple(findings))
    inside = next((each for each in envelope.root.iter("*") if each.tag in roots), None)
    if inside is None:
        return Unpacked(None)
    return Unpacked(Document(deepcopy(inside), contents=envelope.contents))


def _payloads(envelope: Document) -> Iterator[tuple[etree._Element, bytes | None]]:
    for element in envelope.root.iter("*"):
        if etree.QName(element).localname not in _PAYLOADS:
            continue
        for value in element.iterchildren("*"):
            if etree.QName(value).localname == "value":
                yield element, _decoded(value.text or "", envelope)


def _decoded(text: str, envelope: Document) -> bytes | None:
    large = envelope.contents.get(text)
    if large is not None:
        return large.octets
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (ValueError, binascii.Error):
        return None


def _wrong(element: etree._Element, name: str, text: str) -> Finding:
    id_ = f"BRIDGE-ENVELOPE-{name}"
    return Finding(id_, Severity.FATAL, path_of(element), text, line_of(element))
