"""What `bridge bench as4` measures is the real thing: messages are proved, none lost or doubled."""

from __future__ import annotations

from functools import cache

import pytest

from bridge.envelope import OctetContent
from bridge.sandbox.as4_loopback import Load, exchange
from bridge.sandbox.as4_pair import (
    NAMES,
    Pair,
    document_octets,
    envelope,
    make_pair,
    request_octets,
)
from bridge.transport.as4.receipt import check_receipt
from bridge.transport.as4.signal import read_signal
from bridge.xml.parse import parse


@cache
def pair() -> Pair:
    return make_pair()


def test_the_receipt_that_is_measured_proves_what_was_sent() -> None:
    contents = [OctetContent(request_octets(10_000)), OctetContent(document_octets(200_000))]
    message = envelope("one", NAMES, pair().legs, contents)
    sent, body = pair().send(message)
    chunks = list(body.chunks())
    receipt = pair().receive(body.content_type, chunks)
    peer = pair().sender_knows()
    assert check_receipt(read_signal(receipt), sent, peer, message.timestamp).octets == receipt
    arrived = pair().take_in(body.content_type, chunks).arrival.envelope
    assert [each.content.sha256 for each in arrived] == [each.sha256 for each in contents]


@pytest.mark.parametrize("size", [100, 10_000, 250_000])
def test_made_up_payloads_have_the_size_asked_for(size: int) -> None:
    assert len(request_octets(size)) == len(document_octets(size)) == size
    assert parse(request_octets(10_000)).root.tag == "query"


def test_two_access_points_lose_and_double_nothing() -> None:
    done = exchange(Load(0.5, 2_000, 20_000))
    assert (done.lost, done.doubled, done.failed) == (0, 0, 0)
    assert done.rate > 0 and done.processor > 0
    assert 0 < done.p50 <= done.p99
