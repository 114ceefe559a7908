"""The XML of the simulated plug-in, read and written by hand.

It reads as Domibus does: children of a body element count only without namespace. It writes with
the prefixes of a captured answer, where ``ns5`` means ebMS above and SOAP below.
"""

from __future__ import annotations

import base64
import email.parser
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from bridge.errors import UnreadableDocument
from bridge.names import EBMS, SOAP12
from bridge.sandbox.domibus.messages import Blob, Header, Refusal, Value
from bridge.xml.large import SealedContent
from bridge.xml.parse import Limits, parse

XOP = "http://www.w3.org/2004/08/xop/include"
NO_PREFIXES = {"S": SOAP12, "eb": EBMS, "xop": XOP}


class Request:
    """One request: its body element, the user message of its header, its parts."""

    def __init__(self, octets: bytes, content_type: str) -> None:
        self._parts: dict[str, bytes] = {}
        if content_type.lower().startswith("multipart/related"):
            octets = self._take_parts(octets, content_type)
        document = parse(octets, Limits(octets=1 << 30))
        self.root = document.root
        self._aside: Mapping[str, SealedContent] = document.contents
        bodies = self.root.xpath("/S:Envelope/S:Body/*", namespaces=NO_PREFIXES)
        if not isinstance(bodies, list) or len(bodies) != 1:
            raise Refusal("", "Unmarshalling Error: no operation")
        body = bodies[0]
        assert isinstance(body, etree._Element)
        self.body = body
        name = etree.QName(body)
        self.namespace, self.name = name.namespace or "", name.localname

    def _take_parts(self, octets: bytes, content_type: str) -> bytes:
        head = f"MIME-Version: 1.0\r\nContent-Type: {content_type}\r\n\r\n".encode()
        parser = email.parser.BytesParser()
        root = b""
        for number, part in enumerate(parser.parsebytes(head + octets).walk()):
            content = part.get_payload(decode=True)
            if number == 0 or not isinstance(content, bytes):
                continue
            if not root:
                root = content
            self._parts[str(part.get("Content-ID", "")).strip("<>")] = content
        return root

    def text(self, name: str) -> str:
        """The text of a child without namespace, empty where there is none."""
        return self.body.findtext(name) or ""

    def texts(self, name: str) -> list[str]:
        """The texts of all children of a name."""
        return [each.text or "" for each in self.body.iterfind(name)]

    def payloads(self) -> list[Blob]:
        """The payloads of a submission."""
        return [
            Blob(each.get("payloadId", ""), each.get("contentType", ""), self._value(each))
            for each in self.body.iterfind("payload")
        ]

    def _value(self, payload: etree._Element) -> bytes:
        value = payload.find("value")
        if value is None:
            raise Refusal("WS_PLUGIN_0005", "Payload without value")
        include = value.find(f"{{{XOP}}}Include")
        if include is not None:
            return self._parts[unquote(include.get("href", "")).removeprefix("cid:")]
        text = value.text or ""
        return self._aside[text].octets if text in self._aside else base64.b64decode(text)

    def header(self) -> Header:
        """The user message of the header."""
        found = self.root.find("S:Header/eb:Messaging/eb:UserMessage", namespaces=NO_PREFIXES)
        if found is None:
            raise Refusal("WS_PLUGIN:0007", "The message header is missing")
        return _header(found)


def _header(user: etree._Element) -> Header:
    def text(path: str) -> str:
        path = "/".join(f"eb:{name}" for name in path.split("/"))
        return user.findtext(path, namespaces=NO_PREFIXES) or ""

    def value(path: str) -> Value:
        path = "/".join(f"eb:{name}" for name in path.split("/"))
        found = user.find(path, namespaces=NO_PREFIXES)
        return Value("") if found is None else _value(found)

    parts = []
    for part in user.iterfind("eb:PayloadInfo/eb:PartInfo", namespaces=NO_PREFIXES):
        group = part.find("eb:PartProperties", namespaces=NO_PREFIXES)
        if group is not None and len(group) == 0:
            raise Refusal("WS_PLUGIN_0005", "Part properties are empty")
        parts.append((part.get("href", ""), tuple(map(_value, () if group is None else group))))
    properties = user.iterfind("eb:MessageProperties/eb:Property", namespaces=NO_PREFIXES)
    return Header(
        message_id=text("MessageInfo/MessageId"),
        timestamp=text("MessageInfo/Timestamp"),
        ref_to=text("MessageInfo/RefToMessageId"),
        sender=value("PartyInfo/From/PartyId"),
        sender_role=text("PartyInfo/From/Role"),
        receiver=value("PartyInfo/To/PartyId"),
        receiver_role=text("PartyInfo/To/Role"),
        service=value("CollaborationInfo/Service"),
        action=text("CollaborationInfo/Action"),
        conversation=text("CollaborationInfo/ConversationId"),
        properties=tuple(_value(each) for each in properties),
        parts=tuple(parts),
    )


def _value(element: etree._Element) -> Value:
    return Value(element.text or "", element.get("type", ""), element.get("name", ""))


def envelope(namespace: str, body: str, header: str = "") -> bytes:
    """Write an answer; ``body`` uses the prefix ``ns4``, ``header`` the prefix ``ns5``."""
    head = f"<soap:Header>{header}</soap:Header>" if header else ""
    return (
        f'<soap:Envelope xmlns:soap="{SOAP12}">{head}'
        f'<soap:Body xmlns:ns4="{namespace}" xmlns:ns5="{SOAP12}">{body}</soap:Body>'
        "</soap:Envelope>"
    ).encode()


def fault(namespace: str, code: str, text: str) -> bytes:
    """Write a fault; one without code has no detail, as for an unknown operation."""
    detail = (
        "<soap:Detail><ns4:FaultDetail>"
        f"<code>{escape(code)}</code><message>{escape(text)}</message>"
        "</ns4:FaultDetail></soap:Detail>"
    )
    body = (
        "<soap:Fault><soap:Code><soap:Value>soap:Receiver</soap:Value></soap:Code>"
        f'<soap:Reason><soap:Text xml:lang="en">{escape(text)}</soap:Text></soap:Reason>'
        f"{detail if code else ''}</soap:Fault>"
    )
    return envelope(namespace, body)


def messaging(header: Header) -> str:
    """Write the header block of a message that is handed out."""

    def element(tag: str, content: str, **attributes: str) -> str:
        told = "".join(f" {key}={quoteattr(text)}" for key, text in attributes.items() if text)
        return f"<ns5:{tag}{told}>{content}</ns5:{tag}>"

    def typed(tag: str, value: Value) -> str:
        return element(tag, escape(value.text), name=value.name, type=value.type)

    def side(name: str, party: Value, role: str) -> str:
        return element(name, typed("PartyId", party) + element("Role", escape(role)))

    info = element("Timestamp", escape(header.timestamp))
    info += element("MessageId", escape(header.message_id))
    if header.ref_to:
        info += element("RefToMessageId", escape(header.ref_to))
    parts = "".join(
        element(
            "PartInfo",
            element("PartProperties", "".join(typed("Property", each) for each in properties)),
            href=href,
        )
        for href, properties in header.parts
    )
    user = element("MessageInfo", info)
    user += element(
        "PartyInfo",
        side("From", header.sender, header.sender_role)
        + side("To", header.receiver, header.receiver_role),
    )
    user += element(
        "CollaborationInfo",
        typed("Service", header.service)
        + element("Action", escape(header.action))
        + element("ConversationId", escape(header.conversation)),
    )
    if header.properties:
        listed = "".join(typed("Property", each) for each in header.properties)
        user += element("MessageProperties", listed)
    if parts:
        user += element("PayloadInfo", parts)
    return f'<ns5:Messaging xmlns:ns5="{EBMS}">{element("UserMessage", user)}</ns5:Messaging>'


def payload(blob: Blob, *, content_type: bool, part: str = "") -> str:
    """Write a payload that is handed out, inside or as a reference to the part beside it."""
    value = base64.b64encode(blob.octets).decode()
    if part:
        value = f'<xop:Include xmlns:xop="{XOP}" href="cid:{quote(part, safe="")}"/>'
    told = f" payloadId={quoteattr(blob.reference)}"
    if content_type:
        told += f" contentType={quoteattr(blob.content_type)}"
    return f"<payload{told}><value>{value}</value></payload>"


def package(octets: bytes, parts: Mapping[str, bytes], boundary: str) -> tuple[bytes, str]:
    """Join an answer and its parts as CXF does with MTOM on; gives body and content type."""
    whole = [
        f"--{boundary}\r\nContent-Type: application/xop+xml; charset=UTF-8; "
        'type="application/soap+xml"\r\nContent-Transfer-Encoding: binary\r\n'
        "Content-ID: <root.message@cxf.apache.org>\r\n\r\n".encode(),
        octets,
    ]
    for name, content in parts.items():
        whole += [
            f"\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\n"
            f"Content-Transfer-Encoding: binary\r\nContent-ID: <{name}>\r\n\r\n".encode(),
            content,
        ]
    whole.append(f"\r\n--{boundary}--".encode())
    return b"".join(whole), (
        f'multipart/related; type="application/xop+xml"; boundary="{boundary}"; '
        'start="<root.message@cxf.apache.org>"; start-info="application/soap+xml"'
    )


def notification(name: str, message_id: str, status: str = "") -> bytes:
    """Write what Domibus pushes to its backend."""
    told = f"<messageStatus>{status}</messageStatus>" if status else ""
    return (
        f'<soap:Envelope xmlns:soap="{SOAP12}"><soap:Body><ns2:{name} xmlns:ns2="eu.domibus">'
        f"<messageID>{escape(message_id)}</messageID>{told}</ns2:{name}>"
        "</soap:Body></soap:Envelope>"
    ).encode()


def pushed_message(header: Header, payloads: list[Blob]) -> bytes:
    """Write what SUBMIT_MESSAGE pushes: only ``Messaging`` itself is in the push namespace."""
    block = messaging(header).replace(f'<ns5:Messaging xmlns:ns5="{EBMS}">', "<ns2:Messaging>")
    block = block.replace("</ns5:Messaging>", "</ns2:Messaging>")
    block = block.replace("<ns5:", "<").replace("</ns5:", "</")
    body = "".join(payload(each, content_type=True) for each in payloads)
    return (
        f'<soap:Envelope xmlns:soap="{SOAP12}" xmlns:ns2="eu.domibus">'
        f"<soap:Header>{block}</soap:Header>"
        f"<soap:Body><ns2:submitRequest>{body}</ns2:submitRequest></soap:Body></soap:Envelope>"
    ).encode()


def is_acknowledgement(status: int, content_type: str, octets: bytes) -> bool:
    """Judge an answer to a push as CXF does: status, SOAP content type, an empty body."""
    if status != 200 or content_type not in {"application/soap+xml", "text/xml"}:
        return False
    try:
        root = parse(octets).root
    except UnreadableDocument:
        return False
    body = root.find("S:Body", namespaces=NO_PREFIXES)
    return root.tag == f"{{{SOAP12}}}Envelope" and body is not None and len(body) == 0


def time(text: str) -> datetime | None:
    """Read an xsd:dateTime; ``None`` for an absent one."""
    return datetime.fromisoformat(text) if text else None
