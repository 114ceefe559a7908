"""Converters around the evidence itself: documents, titles, purpose, scope of representation."""

from __future__ import annotations

import re
from typing import Final

from bridge.finding import Severity
from bridge.mapping.account import Env, Unmappable
from bridge.mapping.converter import Converter
from bridge.message import Attachment

_PURPOSE: Final = re.compile(r"SDG-Verfahren (\S+?)(?:;.*)?")


def _to_attachment(value: bytes, env: Env) -> str:
    """Octets of a RepositoryItem to a MIME part; gives its ``cid:`` address (EDM 4.6)."""
    media_type = _media_type(env)
    content = value
    if env.content is not None:
        content = env.content(value, media_type, env.path, env.account)
    content_id = f"{env.context.ids().hex}@{env.context.find('platform:domain')}"
    title = env.item.at("EvidenceMetadata/Title") or ""
    ours = content is not value
    env.account.attachments.append(Attachment(content_id, media_type, content, title, ours))
    return f"cid:{content_id}"


def _from_attachment(value: str, env: Env) -> bytes:
    """The MIME part that a ``cid:`` address names, as octets of a RepositoryItem."""
    attachment = env.message.attachment(value)
    if attachment is None:
        env.find(
            "ATTACHMENT-MISSING",
            Severity.FATAL,
            "the document that the reference names did not come with the message (EDM:ERR:0006)",
        )
        raise Unmappable("the document did not come with the message")
    if env.content is not None:
        return env.content(attachment.content, _media_type(env), env.path, env.account)
    return attachment.content


def _fetched(value: str, env: Env) -> str:
    """A document that was fetched from its national address beforehand, to a MIME part."""
    attachment = env.message.attachment(value)
    if attachment is None:
        env.find(
            "ATTACHMENT-MISSING",
            Severity.FATAL,
            "the document stands behind a national address and was not fetched (EDM:ERR:0006)",
        )
        raise Unmappable("the document was not fetched")
    return _to_attachment(attachment.content, env)


def _media_type(env: Env) -> str:
    item = env.item
    for path in (
        "EvidenceMetadata/Distribution/PrioritizedFormat/Format",
        "EvidenceMetadata/Distribution/Format",
    ):
        found = item.at(path)
        if isinstance(found, tuple):
            found = found[0] if found else None
        if isinstance(found, str):
            return "image/jpeg" if found == "image/jpg" else found
    return "application/octet-stream"


def _title_with_role(value: str, env: Env) -> str:
    """The title of a document; the role of a supplement is put behind it (NOOTS 9.4)."""
    for classification in env.item.get("Classification", ()):
        node = classification.get("classificationNode", "")
        ours = classification.get("classificationScheme") == "urn:fdc:oots:classification:edm"
        if ours and node != "MainEvidence":
            return f"{value} ({node})"
    return value


def _purpose_to_national(value: str, env: Env) -> str:
    """Procedure and requirements as a text: ``SDG-Verfahren V2; Requirement <uuid>``."""
    parts = [f"SDG-Verfahren {value}"]
    for requirement in env.message.fields.get("Requirements", ()):
        address = requirement.at("Identifier/value") or requirement.get("Identifier") or ""
        number = str(address).rsplit("/", 1)[-1].removeprefix("urn:uuid:")
        parts.append(f"Requirement {number}")
    return "; ".join(parts)


def _purpose_to_eu(value: str, _env: Env) -> str:
    match = _PURPOSE.fullmatch(value)
    if not match:
        raise Unmappable("the purpose does not name a procedure")
    return match.group(1)


def _scope_to_eu(value: str, env: Env) -> str:
    """A natural representative carries one procedure code: that of this procedure (EDM 3.7)."""
    codes = [code.strip() for code in value.split(",")]
    procedure = env.context.find("order:Procedure") or env.context.find("request:Procedure")
    if procedure is None or codes in ([procedure], ["00"]):
        return codes[0]
    if procedure in codes:
        env.lose("other procedures of the scope of representation are not named")
        return str(procedure)
    _uncovered(env)
    return codes[0]


def _organisation_scope_to_eu(value: str, env: Env) -> str:
    """An organisation carries a list of codes; it must cover the procedure (EDM 3.7)."""
    codes = [code.strip() for code in value.split(",")]
    procedure = env.context.find("order:Procedure") or env.context.find("request:Procedure")
    if procedure is not None and procedure not in codes and "00" not in codes:
        _uncovered(env)
    return ",".join(codes)


def _uncovered(env: Env) -> None:
    env.find(
        "REPRESENTATION-SCOPE",
        Severity.FATAL,
        "the scope of representation does not cover the procedure (EDM:ERR:0003)",
    )


CONVERTERS: Final = (
    Converter(
        "attachment", "octets here, a MIME part in the EDM", _from_attachment, _to_attachment,
        national_type=bytes,
    ),
    Converter("title-with-role", "title and role of a document", _title_with_role, None),
    Converter(
        "purpose", "procedure and requirements as a text", _purpose_to_national, _purpose_to_eu
    ),
    Converter("fetched", "a fetched document, a MIME part in the EDM", None, _fetched),
    Converter(
        "organisation-scope",
        "scope of representation of an organisation",
        lambda v, _e: v,
        _organisation_scope_to_eu,
    ),
    Converter("scope", "scope of representation of a person", lambda v, _e: v, _scope_to_eu),
)  # fmt: skip
