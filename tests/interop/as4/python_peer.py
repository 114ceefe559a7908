"""The package ``as4`` from PyPI as an access point, run by the interpreter of its own environment.

    python_peer.py FOLDER

It speaks to the tests as ``interop.Peer`` in Java does: PORT on stdout, ``/as4``, ``/send`` and
``/received``, and it ends with its standard input. The package knows Peppol only; what is Peppol's
own (party types, header values, one payload with an SBDH) is replaced here, all the rest is its.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import sys
import threading
import traceback
import urllib.error
import urllib.request
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from as4 import (
    AS4BaseCredentials,
    AS4ExternalParty,
    AS4InternalCredentials,
    AS4InternalParty,
    AS4LocalPrivateKey,
    AS4PartyIdentity,
    AS4References,
    SecurityPolicy,
    certificate_chain,
)
from as4.core.exchange import AS4ReceivingExchange, AS4SendingExchange
from as4.core.message import AS4Message
from as4.errors import (
    PayloadPartNotFoundException,
    ReceiptVerificationError,
    SoapPartNotFoundException,
    UntrustedSignerError,
)
from as4.models.common import NAMESPACES
from as4.models.ebms.message_info import MessageId, MessageInfo, Timestamp
from as4.models.ebms.user_message import (
    Action,
    CollaborationInfo,
    ConversationId,
    MessageProperties,
    PartInfo,
    PartProperties,
    PartyInfo,
    PayloadInfo,
    Property,
    Role,
    Service,
    UserMessage,
)
from as4.profiles.peppol.message import PeppolAS4Message
from as4.profiles.peppol.profile import PeppolAS4Profile
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_private_key

OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


class OotsMessage(PeppolAS4Message):
    """A message with the header of the tests and any number of payloads."""

    @classmethod
    def process(cls, *arguments: Any) -> dict[str, Any]:
        return AS4Message.process.__func__(cls, *arguments)  # without the SBDH of Peppol

    @classmethod
    def get_user_message(
        cls, local_party: Any, remote_party: Any, builder_args: dict[str, Any], references: Any
    ) -> UserMessage:
        order, role = builder_args["order"], Role(value=builder_args["role"])
        sender, receiver = local_party.identity.to_party_from(), remote_party.identity.to_party_to()
        properties = [
            Property(name=name, value=order[name], property_type=order[f"{name}.type"])
            for name in ("originalSender", "finalRecipient")
            if name in order
        ]
        parts = [
            PartInfo(
                href=f"cid:{content_id}",
                part_properties=PartProperties(
                    properties=[Property(name=n, value=v) for n, v in p]
                ),
            )
            for content_id, p in builder_args["parts"].items()
        ]
        return UserMessage(
            message_info=MessageInfo(
                timestamp=Timestamp(value=builder_args["now"]),
                message_id=MessageId(value=order["messageId"]),
            ),
            party_info=PartyInfo(
                party_from=sender.model_copy(update={"role": role}),
                party_to=receiver.model_copy(update={"role": role}),
            ),
            collaboration_info=CollaborationInfo(
                service=Service(value=order["service"], type_value=order["serviceType"] or None),
                action=Action(value=order["action"]),
                conversation_id=ConversationId(value=order["conversationId"]),
            ),
            message_properties=MessageProperties(properties=properties) if properties else None,
            payload_info=PayloadInfo(part_info=parts),
        )

    @classmethod
    def get_encrypted_data(cls, references: Any) -> Any:
        found = super().get_encrypted_data(references)
        # The package calls everything gzip; what is not compressed are octets.
        return [each.model_copy(update={"mime_type": "application/octet-stream"}) for each in found]


class OotsProfile(PeppolAS4Profile):
    @classmethod
    def get_profile_name(cls) -> str:
        return "oots"

    @classmethod
    def message_class(cls) -> type[OotsMessage]:
        return OotsMessage

    @classmethod
    def unpack_message(cls, payload: bytes) -> tuple[bytes, dict[str, bytes]]:
        message = BytesParser(policy=policy.default).parsebytes(payload)
        parts = list(message.iter_parts()) or [message]
        if parts[0].get_content_type() != "application/soap+xml":
            raise SoapPartNotFoundException()
        found = {}
        for part in parts[1:]:
            content_id = (part["content-id"] or "").strip().strip("<>")
            if not content_id or content_id in found:
                raise PayloadPartNotFoundException()
            found[content_id] = part.get_payload(decode=True)
        return parts[0].get_payload(decode=True), found


class Peer:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        lines = (folder / "peer.properties").read_text("ascii").splitlines()
        self.settings = dict(line.split("=", 1) for line in lines)
        self.partner_certificate = self.certificate("partner")
        self.chain = certificate_chain(self.certificate("ca"))
        self.partner = AS4ExternalParty(
            identity=self.identity("partner"),
            credentials=AS4BaseCredentials(certificate=self.partner_certificate),
        )
        self.inbox: dict[str, dict[str, str]] = {}

    def certificate(self, name: str) -> x509.Certificate:
        return x509.load_pem_x509_certificate((self.folder / f"{name}.pem").read_bytes())

    def identity(self, side: str) -> AS4PartyIdentity:
        return AS4PartyIdentity(
            party_id=self.settings[f"{side}.id"], party_type=self.settings[f"{side}.type"]
        )

    def own(self, signer: str = "own") -> AS4InternalParty:
        name = "next-key" if signer == "next" else "key"
        signer = "certificate" if signer == "own" else signer
        key = load_pem_private_key((self.folder / f"{name}.pem").read_bytes(), None)
        return AS4InternalParty(
            identity=self.identity("own"),
            credentials=AS4InternalCredentials(
                certificate=self.certificate(signer), private_key=AS4LocalPrivateKey(key)
            ),
        )

    def resolve(self, party: Any, embedded: x509.Certificate | None) -> x509.Certificate:
        """A path to the authority, by the package; and it must be the partner's certificate."""
        found = self.chain(party, embedded)
        if found != self.partner_certificate:
            raise UntrustedSignerError("it is not the partner's")
        return found

    def receive(self, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        exchange: Any = AS4ReceivingExchange(profile=OotsProfile, local_party=self.own())
        security = SecurityPolicy(signer_resolver=self.resolve)
        exchange.receive(headers, body, security_policy=security)
        if exchange.successful:
            self.inbox[exchange.message_id] = delivered(exchange.message)
        elif exchange.message.parse_error is not None:
            print(repr(exchange.message.parse_error), file=sys.stderr, flush=True)
        answer, octets = exchange.build_signal()
        return 200, answer["Content-Type"], octets

    def send(self, order: dict[str, str]) -> dict[str, str]:
        exchange: Any = AS4SendingExchange(
            profile=OotsProfile,
            local_party=self.own(order.get("signer", "own")),
            remote_party=self.partner,
            message_id=order["messageId"],
        )
        headers, body = self.build(exchange, order)
        request = urllib.request.Request(order["url"], body, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                answer = response.read()
        except urllib.error.HTTPError as refused:
            return {"outcome": "none", "codes": "", "reason": f"HTTP {refused.code}"}
        try:
            exchange.receive_signal(answer)
        except ReceiptVerificationError as fault:
            return {"outcome": "refused", "codes": "", "reason": str(fault)}
        if exchange.errors:
            codes = " ".join(each.error_code for each in exchange.errors)
            return {"outcome": "errors", "codes": codes, "reason": "signed"}
        return {"outcome": "receipt", "codes": "", "reason": "verified"}

    def build(self, exchange: Any, order: dict[str, str]) -> tuple[dict[str, str], bytes]:
        """As `PeppolAS4Message.build_message` does, for more than one payload."""
        references = AS4References(message_id=order["messageId"])
        key, signed, sent, parts = AESGCM.generate_key(128), {}, {}, {}
        for number in range(len([name for name in order if name.endswith(".file")])):
            given = f"payload.{number}."
            content_id = order[given + "contentId"]
            octets = Path(order[given + "file"]).read_bytes()
            properties = [("MimeType", order[given + "mimeType"])]
            if order[given + "compress"] == "true":
                properties.append(("CompressionType", "application/gzip"))
                octets = gzip.compress(octets)
            iv = os.urandom(12)
            signed[content_id] = octets
            sent[content_id] = iv + AESGCM(key).encrypt(iv, octets, None)
            parts[content_id] = properties
            references.attachment_id_encrypted_data_id_map[content_id] = f"ED-{number}"
        arguments = Arguments(
            order=order, role=self.settings["role"], parts=parts, now=datetime.now(UTC)
        )
        envelope = OotsMessage.get_soap_envelope(
            exchange.local_party,
            exchange.remote_party,
            arguments,
            references,
            self.partner.credentials.rsa_public_key.encrypt(key, OAEP),
            signed,
        )
        message = OotsMessage(
            soap_envelope=envelope,
            message_id=references.message_id,
            messaging_id=references.messaging_id,
            mime_attachments=sent,
        )
        exchange.message = message
        exchange.messaging_id = references.messaging_id
        exchange.signed_references = message.signed_references
        body, boundary = message.get_request_data()
        return message.get_http_headers(boundary), body


class Arguments(dict[str, Any]):
    """What the package hands through to the parts of a message that are replaced here."""

    @property
    def namespace_map(self) -> dict[str, str]:
        return NAMESPACES


def delivered(message: Any) -> dict[str, str]:
    user_message = message.soap_envelope.header.messaging.user_message
    told = {"action": user_message.collaboration_info.action.value}
    if user_message.message_properties:
        for each in user_message.message_properties.properties:
            told[f"property.{each.name}"] = each.value
    for number, part in enumerate(user_message.payload_info.part_info):
        content_id = part.href.removeprefix("cid:")
        octets = message.decrypted_data[content_id]
        types = [p.value for p in part.part_properties.properties if p.name == "MimeType"]
        told[f"part.{number}.contentId"] = content_id
        told[f"part.{number}.mimeType"] = types[0]
        told[f"part.{number}.size"] = str(len(octets))
        told[f"part.{number}.sha256"] = hashlib.sha256(octets).hexdigest()
    return told


def handler(peer: Peer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            path, _, query = self.path.partition("?")
            try:
                if path == "/as4":
                    self.answer(*peer.receive(dict(self.headers.items()), body))
                elif path == "/send":
                    self.answer(200, "text/plain", written(peer.send(read(body))))
                else:
                    found = peer.inbox.get(query)
                    self.answer(200 if found else 404, "text/plain", written(found or {}))
            except Exception as fault:
                traceback.print_exc()
                self.answer(500, "text/plain", written({"fault": repr(fault)}))

        def answer(self, status: int, content_type: str, octets: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(octets)))
            self.end_headers()
            self.wfile.write(octets)

        def log_message(self, *arguments: Any) -> None:
            pass

    return Handler


def read(octets: bytes) -> dict[str, str]:
    """Read the properties that ``foreign.ForeignPeer`` writes: one a line, blanks escaped."""
    found = {}
    for line in octets.decode("ascii").splitlines():
        name, value = line.split("=", 1)
        found[name.replace("\\", "")] = value.replace("\\", "")
    return found


def written(values: dict[str, str]) -> bytes:
    lines = (f"{name}={' '.join(value.split())}" for name, value in values.items())
    return "\n".join(lines).encode("latin-1", "replace")


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(Peer(Path(sys.argv[1]))))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"PORT {server.server_address[1]}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
