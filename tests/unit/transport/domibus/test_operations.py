"""The small operations: what is asked, what a release cannot be asked, what is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from lxml import etree

from bridge.errors import LocalFault, UnreadableDocument
from bridge.transport.domibus import operations
from bridge.transport.domibus.dialect import CURRENT, FIRST, LEGACY, Dialect
from bridge.transport.domibus.operations import Filter, MessageError, Role, Status

NOON = datetime(2026, 3, 2, 12, 0, 0, 500_000, tzinfo=UTC)


def written(element: etree._Element) -> str:
    etree.cleanup_namespaces(element, keep_ns_prefixes=["W"])
    return etree.tostring(element).decode()


@pytest.mark.parametrize(
    ("dialect", "consume", "attribute"),
    [
        (CURRENT, True, ' markAsDownloaded="true"'),
        (CURRENT, False, ' markAsDownloaded="false"'),
        (FIRST, True, ""),
        (LEGACY, True, ""),
    ],
)
def test_retrieval_says_whether_it_consumes_where_it_can(
    dialect: Dialect, consume: bool, attribute: str
) -> None:
    assert written(operations.retrieve(dialect, "m@x", consume=consume)) == (
        f'<W:retrieveMessageRequest xmlns:W="{dialect.namespace}"{attribute}>'
        "<messageID>m@x</messageID></W:retrieveMessageRequest>"
    )


@pytest.mark.parametrize(
    ("dialect", "name", "role"),
    [
        (CURRENT, "statusRequestWithAccessPointRole", "SENDING"),
        (FIRST, "statusRequest", None),
        (LEGACY, "statusRequest", None),
    ],
)
def test_the_state_is_asked_by_role_where_the_release_can(
    dialect: Dialect, name: str, role: str | None
) -> None:
    element = operations.status(dialect, "m@x", Role.SENDING)
    assert etree.QName(element).localname == name
    assert element.findtext("accessPointRole") == role


def test_only_conditions_that_are_set_are_written_and_in_the_order_of_the_schema() -> None:
    element = operations.list_pending(CURRENT, Filter(final_recipient="C4", received_to=NOON))
    assert [(each.tag, each.text) for each in element] == [
        ("finalRecipient", "C4"),
        ("receivedTo", "2026-03-02T12:00:00.500Z"),
    ]


CANNOT: dict[str, Callable[[], object]] = {
    "4.2 filter": lambda: operations.list_pending(LEGACY, Filter(message_id="m")),
    "4.2 look without consuming": lambda: operations.retrieve(LEGACY, "m", consume=False),
    "5.0 look without consuming": lambda: operations.retrieve(FIRST, "m", consume=False),
    "5.0 mark": lambda: operations.mark(FIRST, "m"),
    "5.0 list failed pushes": lambda: operations.list_push_failed(FIRST),
    "5.0 push again": lambda: operations.repush(FIRST, ["m"]),
    "failed pushes by conversation": lambda: operations.list_push_failed(
        CURRENT, Filter(conversation_id="c")
    ),
    "push nothing again": lambda: operations.repush(CURRENT, []),
    "push 101 again": lambda: operations.repush(CURRENT, ["m"] * 101),
    "no id": lambda: operations.mark(CURRENT, ""),
    "a long id": lambda: operations.mark(CURRENT, "m" * 256),
    "a time without zone": lambda: operations.list_pending(
        CURRENT, Filter(received_to=datetime(2026, 3, 2))
    ),
}


@pytest.mark.parametrize("ask", CANNOT.values(), ids=CANNOT)
def test_what_cannot_be_asked_is_not_asked(ask: Callable[[], object]) -> None:
    with pytest.raises(LocalFault) as raised:
        ask()
    assert raised.value.code == "DOMIBUS-REQUEST"


def test_ids_are_read_without_blanks_and_empty_entries() -> None:
    answer = etree.fromstring(
        "<r><messageID> a@x\n</messageID><messageID/><messageEntityID>7</messageEntityID>"
        "<messageID>b@x</messageID></r>"
    )
    assert operations.read_ids(answer) == ("a@x", "b@x")
    assert operations.read_ids(etree.fromstring("<r/>")) == ()


@pytest.mark.parametrize("status", Status)
def test_each_state_is_read(status: Status) -> None:
    assert operations.read_status(etree.fromstring(f"<r>\n {status}</r>")) is status


@pytest.mark.parametrize("text", ["", "acknowledged", "LOST"])
def test_a_state_nobody_knows_is_refused(text: str) -> None:
    with pytest.raises(UnreadableDocument):
        operations.read_status(etree.fromstring(f"<r>{text}</r>"))


@pytest.mark.parametrize("name", ["domibusErrorCode", "errorCode"])
def test_errors_are_read_under_both_names(name: str) -> None:
    answer = etree.fromstring(
        f"<r><item><{name}>EBMS_0005</{name}><errorDetail>no route</errorDetail>"
        "<mshRole>SENDING</mshRole><timestamp>2026-03-02T12:00:00.500Z</timestamp></item>"
        "<item/></r>"
    )
    assert operations.read_errors(answer) == (
        MessageError("EBMS:0005", "no route", "SENDING", NOON),
        MessageError(""),
    )


def test_what_a_stranger_wrote_is_in_no_representation() -> None:
    assert "no route" not in repr(MessageError("EBMS:0005", "no route"))
