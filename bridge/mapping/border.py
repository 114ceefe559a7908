"""Crossing the border: the guard's first look, at fields and attachments on their way to the EU."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bridge.finding import Finding
from bridge.mapping.account import Lost
from bridge.mapping.guard import Guard
from bridge.message import Attachment, Group


@dataclass(frozen=True, slots=True)
class Crossing:
    """What may go on: cleaned fields and attachments; what was removed, what stops the message."""

    fields: Group
    attachments: tuple[Attachment, ...]
    lost: tuple[Lost, ...] = ()
    findings: tuple[Finding, ...] = ()


def cross(
    guard: Guard, fields: Group, attachments: tuple[Attachment, ...], secrets: frozenset[str]
) -> Crossing:
    """Clean free text and titles, look into documents, and find what must not leave (NOOTS 8.2)."""
    cleaned = guard.clean(fields, secrets)
    inspected = tuple(
        finding
        for attachment in attachments
        for finding in guard.inspect_document(
            attachment.content_id,
            attachment.media_type,
            attachment.content,
            secrets,
            ours=attachment.ours,
        )
    )
    reason = "a national identifier was removed from free text"
    return Crossing(
        fields=cleaned.fields,
        attachments=tuple(replace(a, title=guard.redacted(a.title, secrets)) for a in attachments),
        lost=tuple(Lost(path, reason, "border-guard") for path in cleaned.removed),
        findings=(*cleaned.findings, *inspected),
    )
