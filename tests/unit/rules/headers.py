"""Headers for tests, made of a few values."""

from __future__ import annotations

import base64

EB = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
UUID = "7d7340a3-59de-4356-b07f-c3d4de5cb90f"
SCHEME = "urn:cef.eu:names:identifier:EAS:0204"


def messaging(
    action: str = "ExecuteQueryRequest",
    *,
    sender: str = "sender",
    recipient: str = "recipient",
    specification: str = "",
    parts: tuple[str, ...] = ("cid:regrep@bridge.example",),
    service: str = "QueryManager",
    conversation: str = UUID,
) -> str:
    new = {"ExchangeId": UUID, "SpecificationId": specification} if specification else {}
    more = "".join(f'<eb:Property name="{name}">{text}</eb:Property>' for name, text in new.items())
    kinds = ["application/x-ebrs+xml", *["application/pdf"] * (len(parts) - 1)]
    infos = "".join(
        f'<eb:PartInfo href="{href}"><eb:PartProperties>'
        f'<eb:Property name="MimeType">{kind}</eb:Property></eb:PartProperties></eb:PartInfo>'
        for href, kind in zip(parts, kinds, strict=True)
    )
    side = (
        '<eb:PartyId type="urn:oasis:names:tc:ebcore:partyid-type:unregistered:DE">AP</eb:PartyId>'
        "<eb:Role>http://sdg.europa.eu/edelivery/gateway</eb:Role>"
    )
    return f"""<eb:Messaging xmlns:eb="{EB}"><eb:UserMessage>
<eb:MessageInfo><eb:Timestamp>2026-03-02T10:00:00Z</eb:Timestamp>
<eb:MessageId>{UUID}@bridge.example</eb:MessageId></eb:MessageInfo>
<eb:PartyInfo><eb:From>{side}</eb:From><eb:To>{side}</eb:To></eb:PartyInfo>
<eb:CollaborationInfo>
<eb:Service type="urn:oasis:names:tc:ebcore:ebrs:ebms:binding:1.0">{service}</eb:Service>
<eb:Action>{action}</eb:Action><eb:ConversationId>{conversation}</eb:ConversationId>
</eb:CollaborationInfo><eb:MessageProperties>
<eb:Property name="originalSender" type="{SCHEME}">{sender}</eb:Property>
<eb:Property name="finalRecipient" type="{SCHEME}">{recipient}</eb:Property>{more}
</eb:MessageProperties><eb:PayloadInfo>{infos}</eb:PayloadInfo>
</eb:UserMessage></eb:Messaging>"""


def envelope(header: str, body: str = "") -> str:
    return (
        '<S:Envelope xmlns:S="http://www.w3.org/2003/05/soap-envelope">'
        f"<S:Header>{header}</S:Header><S:Body>{body}</S:Body></S:Envelope>"
    )


def submission(header: str, *payloads: bytes) -> str:
    parts = "".join(
        f'<payload payloadId="cid:x"><value>{base64.b64encode(each).decode()}</value></payload>'
        for each in payloads
    )
    body = f'<W:submitRequest xmlns:W="http://eu.domibus.wsplugin/">{parts}</W:submitRequest>'
    return envelope(header, body)
