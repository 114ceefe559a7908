"""A submission as octets: what stands where, and what it costs."""

from __future__ import annotations

import email
import tracemalloc
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO

import pytest
from lxml import etree

from bridge.envelope import Content, OctetContent, Payload
from bridge.errors import LocalFault
from bridge.sandbox.domibus.wire import Request
from bridge.transport.domibus import submission
from bridge.transport.domibus.dialect import CURRENT, LEGACY
from tests.contract.envelopes import EMPTY, EVIDENCE, REGREP, octets, request

ENVELOPE = request(1, REGREP, EVIDENCE, EMPTY)


def whole(outgoing: submission.Outgoing) -> bytes:
    return b"".join(outgoing.chunks())


WRITTEN = {
    "inside": submission.inline(CURRENT, ENVELOPE, 8 << 20),
    "beside": submission.related(CURRENT, ENVELOPE),
    "4.2": submission.inline(LEGACY, ENVELOPE, 8 << 20),
}


@pytest.mark.parametrize("outgoing", WRITTEN.values(), ids=WRITTEN)
def test_another_reader_finds_every_payload(outgoing: submission.Outgoing) -> None:
    asked = Request(whole(outgoing), outgoing.content_type)
    assert [(b.reference, b.content_type, b.octets) for b in asked.payloads()] == [
        (f"cid:{each.content_id}", each.media_type, octets(each)) for each in ENVELOPE
    ]
    assert asked.header().message_id == ENVELOPE.message_id


@pytest.mark.parametrize("outgoing", WRITTEN.values(), ids=WRITTEN)
def test_the_length_is_known_and_each_attempt_is_the_same(outgoing: submission.Outgoing) -> None:
    assert len(whole(outgoing)) == outgoing.length
    assert whole(outgoing) == whole(outgoing)


def test_an_mtom_package_is_what_any_mime_reader_expects() -> None:
    outgoing = submission.related(CURRENT, request(1, EMPTY, REGREP))
    head = f"Content-Type: {outgoing.content_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + whole(outgoing))
    assert message.get_param("type") == "application/xop+xml"
    parts = list(message.walk())[1:]
    assert parts[0].get_content_type() == "application/xop+xml"
    assert parts[0]["Content-ID"] == message.get_param("start")
    names = [part["Content-ID"].strip("<>") for part in parts[1:]]
    root = etree.fromstring(parts[0].get_payload(decode=True))  # type: ignore[arg-type]
    xop = "{http://www.w3.org/2004/08/xop/include}Include"
    assert [each.get("href") for each in root.iter(xop)] == [f"cid:{name}" for name in names]
    assert [part.get_payload(decode=True) for part in parts[1:]] == [b"", octets(REGREP)]


def test_a_text_that_looks_like_our_slot_stays_text() -> None:
    tricky = Payload("a@x", "<?payload 1?>", OctetContent(b"one"))
    outgoing = submission.inline(CURRENT, request(1, tricky, REGREP), 1000)
    asked = Request(whole(outgoing), outgoing.content_type)
    assert [each.octets for each in asked.payloads()] == [b"one", octets(REGREP)]
    assert asked.payloads()[0].content_type == "<?payload 1?>"


@pytest.mark.parametrize(("most", "written"), [(len(octets(REGREP)), True), (10, False)])
def test_what_goes_inside_is_bounded(most: int, written: bool) -> None:
    if written:
        submission.inline(CURRENT, request(), most)
        return
    with pytest.raises(LocalFault) as raised:
        submission.inline(CURRENT, request(), most)
    assert raised.value.code == "DOMIBUS-SIZE"


@pytest.mark.parametrize("size", [0, 1, 2, 3, submission.PIECE - 1, submission.PIECE + 1])
def test_pieces_of_base64_join_at_any_length(size: int) -> None:
    payload = Payload("a@x", "text/plain", OctetContent(bytes(size)))
    outgoing = submission.inline(CURRENT, request(1, payload), 1 << 20)
    asked = Request(whole(outgoing), outgoing.content_type)
    assert [each.octets for each in asked.payloads()] == [bytes(size)]


@dataclass(frozen=True)
class Zeros:
    """So many octets that nobody holds."""

    size: int

    @property
    def sha256(self) -> bytes:
        return sha256(bytes(self.size)).digest()

    def open(self) -> BinaryIO:
        return ZeroStream(self.size)


class ZeroStream(BytesIO):
    def __init__(self, size: int) -> None:
        super().__init__()
        self._left = size

    def read(self, size: int | None = -1) -> bytes:
        given = min(self._left, size or 0)
        self._left -= given
        return bytes(given)


@pytest.mark.parametrize("mtom", [True, False])
def test_a_large_submission_costs_the_memory_of_a_piece(mtom: bool) -> None:
    content: Content = Zeros(100 << 20)
    envelope = request(1, Payload("a@x", "application/pdf", content))
    tracemalloc.start()
    try:
        outgoing = (
            submission.related(CURRENT, envelope)
            if mtom
            else submission.inline(CURRENT, envelope, 1 << 30)
        )
        assert sum(map(len, outgoing.chunks())) == outgoing.length
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
