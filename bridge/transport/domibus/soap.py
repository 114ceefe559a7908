"""SOAP 1.2 around what the plug-in says and hears.

Written with prefixes of our own, read without looking at any: captured answers bind one prefix to
two namespaces (Domibus reference, chapter 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lxml import etree

from bridge.errors import UnreadableDocument
from bridge.names import SOAP12, clark
from bridge.transport.domibus.faults import PluginFault, normalised

CONTENT_TYPE: Final = "application/soap+xml; charset=UTF-8"

_ENVELOPE: Final = clark(SOAP12, "Envelope")
_HEADER: Final = clark(SOAP12, "Header")
_BODY: Final = clark(SOAP12, "Body")
_FAULT: Final = clark(SOAP12, "Fault")


@dataclass(frozen=True, slots=True)
class Opened:
    """The header block and the one element of the body; ``None`` where there is none."""

    header: etree._Element | None
    content: etree._Element | None


def write(body: etree._Element | None, header: etree._Element | None = None) -> bytes:
    """Put a header block and a body element into an envelope; both leave their old tree."""
    envelope = etree.Element(_ENVELOPE, nsmap={"S": SOAP12})
    if header is not None:
        etree.SubElement(envelope, _HEADER).append(header)
    content = etree.SubElement(envelope, _BODY)
    if body is not None:
        content.append(body)
    return etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)


def opened(root: etree._Element, block: str = "") -> Opened:
    """Open an envelope; ``block`` names the header block wanted, in Clark notation.

    Raises ``UnreadableDocument`` (``SOAP``) for what is no SOAP 1.2 envelope with one body that
    holds at most one element, or has the wanted block twice. A fault is content like any other.
    """
    if root.tag != _ENVELOPE:
        raise _unreadable("the document is no SOAP 1.2 envelope")
    bodies = root.findall(_BODY)
    if len(bodies) != 1 or len(bodies[0]) > 1:
        raise _unreadable("the envelope does not have one body with at most one element")
    headers = root.findall(_HEADER)
    if len(headers) > 1:
        raise _unreadable("the envelope has more than one header")
    blocks = headers[0].findall(block) if headers and block else []
    if len(blocks) > 1:
        raise _unreadable("a header block stands twice")
    return Opened(blocks[0] if blocks else None, bodies[0][0] if len(bodies[0]) else None)


def fault_in(content: etree._Element | None, operation: str) -> PluginFault | None:
    """Read a fault; ``None`` if the content is none.

    The detail element is found by its local name: it differs in namespace between the services.
    """
    if content is None or content.tag != _FAULT:
        return None
    code = detail = ""
    for element in content.iter():
        if etree.QName(element).localname == "FaultDetail":
            code = normalised(element.findtext("code") or "")
            detail = element.findtext("message") or ""
    reason = content.findtext(f"{clark(SOAP12, 'Reason')}/{clark(SOAP12, 'Text')}") or ""
    return PluginFault(code, detail or reason, operation=operation)


def _unreadable(what: str) -> UnreadableDocument:
    return UnreadableDocument(what, code="SOAP")
