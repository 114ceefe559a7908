"""The operations of the simulated plug-in: a request in, the octets of an answer out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from xml.sax.saxutils import escape

from lxml import etree

from bridge.sandbox.domibus import wire
from bridge.sandbox.domibus.access_point import NO_MESSAGE, AccessPoint
from bridge.sandbox.domibus.messages import RECEIVING, Refusal, Stored, User
from bridge.sandbox.domibus.pushing import Pusher
from bridge.sandbox.domibus.release import Release
from bridge.sandbox.domibus.wire import Request


@dataclass(frozen=True)
class Reply:
    """The body of an answer, its header block, and the parts beside it."""

    body: str
    header: str = ""
    parts: dict[str, bytes] = field(default_factory=dict)


Operation = Callable[["Service", Request, User | None], Reply]


class Service:
    """Answers requests of one release for one access point."""

    def __init__(
        self,
        release: Release,
        point: AccessPoint,
        pusher: Pusher,
        *,
        mtom: bool = False,
        schema: etree.XMLSchema | None = None,
    ) -> None:
        self._release = release
        self._point = point
        self._pusher = pusher
        self._mtom = mtom
        self._schema = schema

    def answer(self, request: Request, namespace: str, user: User | None) -> Reply:
        """Do what a request asks; ``Refusal`` becomes a fault."""
        operation = _OPERATIONS.get(request.name)
        if (
            operation is None
            or request.namespace != namespace
            or not _known(request.name, self._release)
        ):
            raise Refusal("", "Unexpected element")
        if self._schema is not None and not self._schema.validate(request.body):
            raise Refusal("", "Schema validation failed")
        return operation(self, request, user)

    def submit(self, request: Request, user: User | None) -> Reply:
        """Take a message: submitMessage."""
        stored = self._point.submit(request.header(), request.payloads(), user)
        told = f"<messageID>{escape(stored.id)}</messageID>"
        if self._release.entity_id:
            told += "<messageEntityID>240601000000012345</messageEntityID>"
        return Reply(f"<ns4:submitResponse>{told}</ns4:submitResponse>")

    def list_pending(self, request: Request, user: User | None) -> Reply:
        """Tell what waits: listPendingMessages, cut off at its limit without a word."""
        listed = [each.id for each in self._point.pending(user) if self._wanted(each, request)]
        most = self._point.pmode.pending_list
        return Reply(_ids("listPendingMessagesResponse", listed[: most or None]))

    def _wanted(self, stored: Stored, request: Request) -> bool:
        if not self._release.filters:
            return True
        header = stored.header
        values = {
            "messageId": header.message_id,
            "conversationId": header.conversation,
            "refToMessageId": header.ref_to,
            "fromPartyId": header.sender.text,
            "finalRecipient": header.value_of("finalRecipient"),
            "originalSender": header.value_of("originalSender"),
        }
        if any(request.text(name) not in ("", value) for name, value in values.items()):
            return False
        since, until = (
            wire.time(request.text("receivedFrom")),
            wire.time(request.text("receivedTo")),
        )
        return not ((since and stored.since < since) or (until and stored.since > until))

    def retrieve(self, request: Request, user: User | None) -> Reply:
        """Hand out a message: retrieveMessage, which consumes unless told otherwise."""
        consume = request.body.get("markAsDownloaded", "true") != "false"
        consume = consume or not self._release.mark
        message_id = request.text("messageID")
        for each in self._point.find(message_id, RECEIVING):
            if user and user.original_user not in ("", each.header.value_of("finalRecipient")):
                raise Refusal(NO_MESSAGE, "Message not found")
        header, payloads = self._point.retrieve(message_id, consume=consume)
        names = [f"{number}-value@cxf:{number}" for number, _ in enumerate(payloads)]
        body = "".join(
            wire.payload(
                each,
                content_type=self._release.content_type,
                part=name if self._mtom else "",
            )
            for name, each in zip(names, payloads, strict=True)
        )
        parts = {name: each.octets for name, each in zip(names, payloads, strict=True)}
        return Reply(
            f"<ns4:retrieveMessageResponse>{body}</ns4:retrieveMessageResponse>",
            wire.messaging(header),
            parts if self._mtom else {},
        )

    def mark(self, request: Request, user: User | None) -> Reply:
        """Forget a message the backend has: markMessageAsDownloaded."""
        header = self._point.mark(request.text("messageID"))
        told = f"<messageID>{escape(header.message_id)}</messageID>"
        return Reply(
            f"<ns4:markMessageAsDownloadedResponse>{told}</ns4:markMessageAsDownloadedResponse>",
            wire.messaging(header),
        )

    def status(self, request: Request, user: User | None) -> Reply:
        """Tell a state: getStatus, with or without role."""
        message_id = _checked(request.text("messageID"))
        found = self._point.find(message_id, request.text("accessPointRole"))
        if len(found) > 1:
            raise Refusal("WS_PLUGIN:0007", f"Duplicate message id [{message_id}]")
        status = found[0].status if found else "NOT_FOUND"
        return Reply(f"<ns4:getStatusResponse>{status}</ns4:getStatusResponse>")

    def errors(self, request: Request, user: User | None) -> Reply:
        """Tell what went wrong: getMessageErrors, with or without role."""
        found = self._point.find(request.text("messageID"), request.text("accessPointRole"))
        if not found:
            raise Refusal(NO_MESSAGE, "Message not found")
        if len(found) > 1:
            raise Refusal("WS_PLUGIN:00010", "Duplicate message id")
        code = self._release.error_element
        items = "".join(
            f"<item><{code}>{each.code}</{code}><errorDetail>{escape(each.detail)}</errorDetail>"
            f"<messageInErrorId>{escape(found[0].id)}</messageInErrorId>"
            f"<mshRole>{each.role}</mshRole><timestamp>{_stamp(each.at)}</timestamp></item>"
            for each in found[0].errors
        )
        return Reply(f"<ns4:getMessageErrorsResponse>{items}</ns4:getMessageErrorsResponse>")

    def list_push_failed(self, request: Request, user: User | None) -> Reply:
        """Tell which notifications were given up: listPushFailedMessages."""
        return Reply(_ids("listPushFailedMessagesResponse", self._pusher.failed()))

    def repush(self, request: Request, user: User | None) -> Reply:
        """Notify again: rePushFailedMessages, all or none."""
        names = request.texts("messageID")
        if not names or len(names) > self._point.pmode.repush_list:
            raise Refusal("WS_PLUGIN:0007", "Too many messages to push again")
        self._pusher.repeat(names)
        return Reply("")


_OPERATIONS: dict[str, Operation] = {
    "submitRequest": Service.submit,
    "listPendingMessagesRequest": Service.list_pending,
    "retrieveMessageRequest": Service.retrieve,
    "markMessageAsDownloadedRequest": Service.mark,
    "statusRequest": Service.status,
    "statusRequestWithAccessPointRole": Service.status,
    "getErrorsRequest": Service.errors,
    "getErrorsRequestWithAccessPointRole": Service.errors,
    "listPushFailedMessagesRequest": Service.list_push_failed,
    "rePushFailedMessagesRequest": Service.repush,
}


def _known(name: str, release: Release) -> bool:
    missing = {
        "markMessageAsDownloadedRequest": release.mark,
        "statusRequestWithAccessPointRole": release.roles,
        "getErrorsRequestWithAccessPointRole": release.roles,
        "listPushFailedMessagesRequest": release.push_failed,
        "rePushFailedMessagesRequest": release.push_failed,
    }
    return missing.get(name, True)


def _ids(name: str, listed: list[str]) -> str:
    told = "".join(f"<messageID>{escape(each)}</messageID>" for each in listed)
    return f"<ns4:{name}>{told}</ns4:{name}>"


def _checked(message_id: str) -> str:
    if not message_id.strip() or len(message_id) > 255:
        raise Refusal("WS_PLUGIN:0007", "Message id is empty or too long")
    return message_id


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
