"""Whatever comes, a reader gives a value or says that it cannot; what we write comes back."""

from __future__ import annotations

import contextlib
import string
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.envelope import Envelope, OctetContent, Party, Payload, Property, Service
from bridge.errors import UnreadableDocument
from bridge.sandbox.domibus import wire
from bridge.sandbox.domibus.messages import Blob
from bridge.sandbox.domibus.wire import Request
from bridge.transport.domibus import answer, operations, push, submission
from bridge.transport.domibus.dialect import CURRENT, PLUGIN
from bridge.transport.domibus.faults import PluginFault
from tests.contract.envelopes import told
from tests.unit.transport.domibus.test_referee import handed_out

IDENTIFIERS = st.text(string.ascii_letters + string.digits + "-._@%+~", min_size=1, max_size=40)
CONTENT_IDS = st.from_regex(r"[A-Za-z0-9._-]{1,20}@[A-Za-z0-9._-]{1,20}", fullmatch=True)
TEXTS = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufffe\uffff"),
    min_size=1,
    max_size=40,
)
WORDS = TEXTS.map(str.strip).filter(bool)
PROPERTIES = st.lists(
    st.builds(Property, WORDS, TEXTS, st.just("") | WORDS),
    max_size=4,
    unique_by=lambda each: each.name,
)
PAYLOADS = st.lists(
    st.builds(
        Payload,
        CONTENT_IDS,
        WORDS,
        st.binary(max_size=200).map(OctetContent),
        properties=PROPERTIES.map(
            lambda listed: tuple(
                each
                for each in listed
                if each.name not in {"MimeType", "CharacterSet", "CompressionType"}
            )
        ),
    ),
    max_size=3,
    unique_by=lambda each: each.content_id.lower(),
)
PARTIES = st.builds(Party, WORDS, st.just("") | WORDS, WORDS)
ENVELOPES = st.builds(
    Envelope,
    message_id=IDENTIFIERS,
    timestamp=st.integers(0, 2**41)
    .map(lambda ms: datetime.fromtimestamp(ms / 1000, UTC))
    .map(lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)),
    sender=PARTIES,
    receiver=PARTIES,
    service=st.builds(Service, WORDS, st.just("") | WORDS),
    action=WORDS,
    conversation_id=IDENTIFIERS,
    properties=PROPERTIES.map(tuple),
    payloads=PAYLOADS.map(tuple),
)


@pytest.mark.parametrize("mtom", [False, True])
@settings(max_examples=60)
@given(envelope=ENVELOPES)
def test_what_is_submitted_is_what_another_bridge_retrieves(mtom: bool, envelope: Envelope) -> None:
    written = (
        submission.related(CURRENT, envelope)
        if mtom
        else submission.inline(CURRENT, envelope, 1 << 20)
    )
    asked = Request(b"".join(written.chunks()), written.content_type)
    body = "".join(wire.payload(each, content_type=True) for each in asked.payloads())
    octets = wire.envelope(
        PLUGIN,
        f"<ns4:retrieveMessageResponse>{body}</ns4:retrieveMessageResponse>",
        wire.messaging(asked.header()),
    )
    said = answer.read(octets, operations.RETRIEVE, CURRENT, most=1 << 22)
    assert told(answer.message(said)) == told(envelope)


WHOLE = wire.envelope(
    PLUGIN,
    "<ns4:retrieveMessageResponse>"
    + wire.payload(Blob("cid:regrep@x", "a/b", b"<q/>"), content_type=True)
    + "</ns4:retrieveMessageResponse>",
    wire.messaging(handed_out()),
)
NOTE = wire.notification("messageStatusChange", "m@x", "ACKNOWLEDGED")


@st.composite
def damaged(draw: st.DrawFn, octets: bytes) -> bytes:
    """A document with pieces cut out, doubled or overwritten."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(octets)))
        end = draw(st.integers(start, min(len(octets), start + 60)))
        octets = (
            octets[:start]
            + draw(st.binary(max_size=6) | st.just(octets[start:end] * 2))
            + octets[end:]
        )
    return octets


@settings(max_examples=200)
@given(octets=st.binary(max_size=300) | damaged(WHOLE))
def test_a_damaged_answer_is_read_or_refused(octets: bytes) -> None:
    with contextlib.suppress(UnreadableDocument, PluginFault):
        answer.message(answer.read(octets, operations.RETRIEVE, CURRENT, most=1 << 20))


@settings(max_examples=200)
@given(octets=st.binary(max_size=300) | damaged(NOTE))
def test_a_damaged_notification_is_read_or_refused(octets: bytes) -> None:
    with contextlib.suppress(UnreadableDocument):
        push.read(octets)
