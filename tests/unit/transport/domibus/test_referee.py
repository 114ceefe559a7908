"""What we say, and what the simulator answers, is valid by our schemas and by the published ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import etree

from bridge.envelope import AgreementRef
from bridge.names import EBMS, SOAP12, clark
from bridge.sandbox.domibus import wire
from bridge.sandbox.domibus.messages import Blob, Header, Value
from bridge.transport.domibus import header, operations, push, soap, submission
from bridge.transport.domibus.dialect import CURRENT, DIALECTS, FIRST, LEGACY, PLUGIN, Dialect
from bridge.transport.domibus.operations import Filter, Role
from tests.contract.envelopes import EMPTY, EVIDENCE, REGREP, request, test_message
from tests.unit.transport.domibus.schemas import envelope_problems, own, problems, published

FULL = replace(
    request(1, REGREP, EMPTY),
    agreement=AgreementRef("A1", "urn:type", "pmode"),
    ref_to_message_id="before@bridge.example",
    mpc="http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/defaultMPC",
)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CONDITIONS = Filter("m", "c", "r", "AP", "C4", "C1", NOON, NOON)


def octets(outgoing: submission.Outgoing) -> bytes:
    return b"".join(outgoing.chunks())


def asked(dialect: Dialect) -> dict[str, bytes]:
    """Every request that the dialect can make."""
    elements: dict[str, etree._Element] = {
        "list": operations.list_pending(dialect),
        "status": operations.status(dialect, "m@x", Role.SENDING),
        "errors": operations.errors(dialect, "m@x", Role.RECEIVING),
        "retrieve and consume": operations.retrieve(dialect, "m@x", consume=True),
    }
    if dialect.filters:
        elements["list by conditions"] = operations.list_pending(dialect, CONDITIONS)
    if dialect.mark:
        elements["retrieve"] = operations.retrieve(dialect, "m@x", consume=False)
        elements["mark"] = operations.mark(dialect, "m@x")
    if dialect.push_failed:
        conditions = replace(CONDITIONS, conversation_id="", ref_to_message_id="", from_party_id="")
        elements["list of failed pushes"] = operations.list_push_failed(dialect, conditions)
        elements["push again"] = operations.repush(dialect, ["m@x", "n@x"])
    written = {name: soap.write(element) for name, element in elements.items()}
    for name, envelope in {"request": request(), "full": FULL, "test": test_message()}.items():
        written[f"submit, {name}"] = octets(submission.inline(dialect, envelope, 1 << 20))
    return written


REQUESTS = {
    f"{dialect.name}: {name}": written
    for dialect in DIALECTS.values()
    for name, written in asked(dialect).items()
}
NEWER = {name: each for name, each in REQUESTS.items() if not name.startswith(LEGACY.name)}


@pytest.mark.parametrize("written", REQUESTS.values(), ids=REQUESTS)
def test_a_request_is_valid_by_our_schemas(written: bytes) -> None:
    assert problems(own(), written) == []


@pytest.mark.parametrize("written", NEWER.values(), ids=NEWER)
def test_a_request_is_valid_by_the_published_schemas(written: bytes) -> None:
    assert problems(published(), written) == []
    assert envelope_problems(written) == []


@pytest.mark.parametrize("dialect", [CURRENT, FIRST, LEGACY], ids=lambda each: each.name)
def test_only_the_outermost_element_of_a_request_has_a_namespace(dialect: Dialect) -> None:
    for written in asked(dialect).values():
        body = soap.opened(etree.fromstring(written)).content
        assert body is not None
        assert etree.QName(body).namespace == dialect.namespace
        assert {etree.QName(each).namespace for each in body.iterdescendants()} <= {None}


def test_an_mtom_submission_is_valid_where_its_inclusion_is_base64_again() -> None:
    outgoing = submission.related(CURRENT, request(1, REGREP, EVIDENCE))
    root = octets(outgoing).split(b"\r\n\r\n", 1)[1].split(b"\r\n--")[0]
    tree = etree.fromstring(root)
    for value in tree.iter("value"):
        value[:] = []
        value.text = "QUJD"
    assert problems(published(), etree.tostring(tree)) == []


PUSHES = {
    name: wire.notification(name, "m@x", "ACKNOWLEDGED" if name == "messageStatusChange" else "")
    for name in (
        "receiveSuccess",
        "receiveFailure",
        "sendSuccess",
        "sendFailure",
        "messageStatusChange",
        "delete",
    )
}


@pytest.mark.parametrize("written", PUSHES.values(), ids=PUSHES)
def test_a_simulated_notification_is_valid(written: bytes) -> None:
    assert problems(own(), written) == []
    assert problems(published(), written) == []


def test_a_simulated_push_of_a_message_is_valid() -> None:
    blob = Blob("cid:regrep@x", "application/x-ebrs+xml", b"<q/>")
    written = wire.pushed_message(handed_out(), [blob])
    assert problems(published(), written) == []


@pytest.mark.parametrize(
    "written", [push.ACKNOWLEDGEMENT, push.refusal("X-1", "why")], ids=["yes", "no"]
)
def test_our_answer_to_a_notification_is_valid(written: bytes) -> None:
    assert envelope_problems(written) == []
    assert problems(published(), written) == []
    for detail in etree.fromstring(written).iterfind(f".//{clark(SOAP12, 'Detail')}/*"):
        assert published().validate(etree.fromstring(etree.tostring(detail)))
        assert own().validate(etree.fromstring(etree.tostring(detail)))


def handed_out() -> Header:
    """A header as the simulator would hand it out."""
    typed = Value("AP_XA_01", "urn:type:XA")
    return Header(
        "m@x", "2026-03-02T09:15:00.000Z", "", typed, "role", typed, "role",
        Value("QueryManager", "urn:service"), "ExecuteQueryRequest", "c",
        (Value("C1", "urn:scheme", "originalSender"),),
        (("cid:regrep@x", (Value("application/x-ebrs+xml", name="MimeType"),)),),
    )  # fmt: skip


ANSWERS = {
    "a message": wire.envelope(
        PLUGIN,
        "<ns4:retrieveMessageResponse>"
        + wire.payload(Blob("cid:regrep@x", "application/x-ebrs+xml", b"<q/>"), content_type=True)
        + "</ns4:retrieveMessageResponse>",
        wire.messaging(handed_out()),
    ),
    "a fault": wire.fault(PLUGIN, "WS_PLUGIN:0009", "Message not found"),
}


@pytest.mark.parametrize("written", ANSWERS.values(), ids=ANSWERS)
def test_a_simulated_answer_is_valid(written: bytes) -> None:
    assert problems(published(), written) == []
    assert envelope_problems(written) == []


def test_the_referee_sees_a_qualified_child() -> None:
    """The field's most frequent mistake: the default namespace on the request."""
    element = operations.mark(CURRENT, "m@x")
    element[0].tag = clark(PLUGIN, "messageID")
    assert problems(published(), soap.write(element))
    assert problems(own(), soap.write(operations_with_default_namespace()))


def operations_with_default_namespace() -> etree._Element:
    return etree.fromstring(
        f'<markMessageAsDownloadedRequest xmlns="{PLUGIN}"><messageID>m@x</messageID>'
        "</markMessageAsDownloadedRequest>"
    )


def test_the_referee_sees_a_header_out_of_namespace() -> None:
    block = header.write(request())
    block[0].tag = "UserMessage"
    assert problems(published(), soap.write(None, block))
    assert etree.QName(block).namespace == EBMS
