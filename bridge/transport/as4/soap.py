"""The SOAP 1.2 envelope of an ebMS message: written in one way, read in one structure.

What the structure allows once, stands once in the whole document: a second Messaging, Security
or Signature anywhere is the material of wrapping attacks (as4 8.2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from bridge.errors import RefusedMessage, UnreadableDocument
from bridge.names import (
    DS,
    EBMS,
    EBMS_FRAGMENT,
    SOAP12,
    WSSE,
    WSSE11,
    WSU,
    XENC,
    XENC11,
    clark,
    split_clark,
)
from bridge.transport.as4.shape import noncompliant
from bridge.xml.parse import LARGE, Limits, parse

MUST_UNDERSTAND_FAULT: Final = "S12:MustUnderstand"
"""The code of a fault that is answered as SOAP 1.2 says, not by an ebMS error (as4 8.2, row 12)."""

LIMITS: Final = Limits(
    octets=LARGE, depth=32, elements=10_000, attributes=24, attribute_length=4096
)

MESSAGING: Final = clark(EBMS, "Messaging")
USER_MESSAGE: Final = clark(EBMS, "UserMessage")
SIGNAL_MESSAGE: Final = clark(EBMS, "SignalMessage")
SECURITY: Final = clark(WSSE, "Security")
SIGNATURE: Final = clark(DS, "Signature")
ENCRYPTED_KEY: Final = clark(XENC, "EncryptedKey")
ENCRYPTED_DATA: Final = clark(XENC, "EncryptedData")
WSU_ID: Final = clark(WSU, "Id")

_ENVELOPE: Final = clark(SOAP12, "Envelope")
_HEADER: Final = clark(SOAP12, "Header")
_BODY: Final = clark(SOAP12, "Body")
_FAULT: Final = clark(SOAP12, "Fault")
_MUST_UNDERSTAND: Final = clark(SOAP12, "mustUnderstand")
_FRAGMENT: Final = clark(EBMS_FRAGMENT, "MessageFragment")
_PULL: Final = clark(EBMS, "PullRequest")
_PREFIXES: Final[dict[str, str]] = {
    "S12": SOAP12,
    "eb": EBMS,
    "wsse": WSSE,
    "wsse11": WSSE11,
    "wsu": WSU,
    "ds": DS,
    "xenc": XENC,
    "xenc11": XENC11,
}
_MUST: Final = frozenset({"true", "1"})
# Names are compared in lower case: wsu:Id, Id, ID, id and xml:id are all ids to somebody.
_IDENTIFIERS: Final = etree.XPath(
    "//@*[translate(local-name(), 'ID', 'id') = 'id']", smart_strings=False
)
_COUNTED: Final = (
    MESSAGING,
    _PULL,
    _FRAGMENT,
    SECURITY,
    SIGNATURE,
    ENCRYPTED_KEY,
    ENCRYPTED_DATA,
)


@dataclass(frozen=True, slots=True)
class Soap:
    """An envelope in its tree. ``security`` is None where the message has no Security header."""

    root: etree._Element
    messaging: etree._Element
    security: etree._Element | None
    body: etree._Element


@dataclass(frozen=True, slots=True)
class _Census:
    """How often elements that stand once are in the document, wherever they are."""

    counts: Mapping[str, int]

    def of(self, name: str) -> int:
        return self.counts.get(name, 0)


def new_envelope(message_id: str) -> Soap:
    """Start an envelope: Messaging, Security and Body, with ids made from the message id.

    The ids are those that Domibus would give (as4 3.8): a message that is made a second time has
    the same, so that the receipt of the first copy fits the second.
    """
    digest = hashlib.sha256(message_id.encode("utf-8")).hexdigest()
    root = etree.Element(_ENVELOPE, nsmap=_PREFIXES)
    header = etree.SubElement(root, _HEADER)
    messaging = etree.SubElement(
        header, MESSAGING, {_MUST_UNDERSTAND: "true", WSU_ID: f"_1{digest}"}
    )
    security = etree.SubElement(header, SECURITY, {_MUST_UNDERSTAND: "true"})
    body = etree.SubElement(root, _BODY, {WSU_ID: f"_2{digest}"})
    return Soap(root, messaging, security, body)


def to_octets(soap: Soap) -> bytes:
    """Serialise an envelope as it stands; nothing may be changed after it was signed."""
    return etree.tostring(soap.root, encoding="UTF-8", xml_declaration=False)


def read_soap(octets: bytes) -> Soap:
    """Read an envelope and check its structure; nothing in it is to be trusted yet.

    Raises `RefusedMessage`: EBMS:0009 for XML, SOAP or Messaging, EBMS:0103 for what signatures
    rely on, EBMS:0002 for features that are not there, ``MUST_UNDERSTAND_FAULT``.
    """
    try:
        root = parse(octets, LIMITS).root
    except UnreadableDocument as fault:
        forged = fault.code in {"XML-DTD", "XML-DEPTH", "XML-ELEMENTS", "XML-ATTRIBUTES"}
        raise _invalid(f"the envelope cannot be read: {fault.what}", security=forged) from None
    if root.tag != _ENVELOPE:
        raise _invalid("the document is no SOAP 1.2 envelope")
    if [child.tag for child in root] != [_HEADER, _BODY]:
        raise _invalid("the envelope is not one Header and one Body", security=True)
    header, body = root
    census = _count(root)
    messaging = _messaging(header, census)
    security = _security(header, census)
    _check_headers(header)
    return Soap(root, messaging, security, body)


def check_empty_body(soap: Soap) -> None:
    """Refuse content in the Body, where OOTS has none (EBMS:0003)."""
    if len(soap.body) or (soap.body.text or "").strip():
        raise RefusedMessage("the Body is not empty", code="EBMS:0003", security=True)


def write_fault(fault: RefusedMessage) -> bytes:
    """Write the SOAP fault that answers a header we do not understand."""
    root = etree.Element(_ENVELOPE, nsmap={"S12": SOAP12})
    body = etree.SubElement(root, _BODY)
    element = etree.SubElement(body, _FAULT)
    code = etree.SubElement(element, clark(SOAP12, "Code"))
    etree.SubElement(code, clark(SOAP12, "Value")).text = fault.code
    reason = etree.SubElement(element, clark(SOAP12, "Reason"))
    text = etree.SubElement(reason, clark(SOAP12, "Text"))
    text.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
    text.text = fault.what
    return etree.tostring(root, encoding="UTF-8", xml_declaration=False)


def _count(root: etree._Element) -> _Census:
    """Count what stands once, and refuse an id that stands twice, whatever its attribute is."""
    identifiers: Any = _IDENTIFIERS(root)
    if len(set(identifiers)) != len(identifiers):
        raise noncompliant("an id stands twice in the document", security=True)
    counts: dict[str, int] = {}
    for element in root.iter(*_COUNTED):
        name = str(element.tag)
        counts[name] = counts.get(name, 0) + 1
    return _Census(counts)


def _messaging(header: etree._Element, census: _Census) -> etree._Element:
    found = [child for child in header if child.tag == MESSAGING]
    if not found:
        raise _invalid("there is no Messaging in the Header", security=census.of(MESSAGING) > 0)
    if census.of(MESSAGING) > 1:
        raise _invalid("there is more than one Messaging", security=True)
    if census.of(_FRAGMENT) or census.of(_PULL):
        raise RefusedMessage("fragments and pull are not supported", code="EBMS:0002")
    return found[0]


def _security(header: etree._Element, census: _Census) -> etree._Element | None:
    found = [child for child in header if child.tag == SECURITY]
    if census.of(SECURITY) > 1 or census.of(SIGNATURE) > 1 or census.of(ENCRYPTED_KEY) > 1:
        raise noncompliant("a security element stands more than once", security=True)
    if not found:
        if any(census.of(name) for name in (SECURITY, SIGNATURE, ENCRYPTED_KEY, ENCRYPTED_DATA)):
            raise noncompliant("a security element is not in its place", security=True)
        return None
    security = found[0]
    if any(split_clark(str(name))[1].lower() in {"role", "actor"} for name in security.attrib):
        raise noncompliant("the Security header is addressed to somebody else")
    inside = [str(child.tag) for child in security]
    for name in (SIGNATURE, ENCRYPTED_KEY, ENCRYPTED_DATA):
        if inside.count(name) != census.of(name):
            raise noncompliant("a security element is not in its place", security=True)
    return security


def _check_headers(header: etree._Element) -> None:
    for child in header:
        must = str(child.get(_MUST_UNDERSTAND, "")).strip() in _MUST
        if must and child.tag not in (MESSAGING, SECURITY):
            raise RefusedMessage("a header is not understood", code=MUST_UNDERSTAND_FAULT)


def _invalid(what: str, *, security: bool = False) -> RefusedMessage:
    return RefusedMessage(what, code="EBMS:0009", security=security)
