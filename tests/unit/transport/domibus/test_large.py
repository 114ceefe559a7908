"""Large evidence over MTOM costs a few pieces of memory, whichever way it goes."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from bridge.envelope import Payload
from bridge.sandbox.domibus import wire
from bridge.sandbox.domibus.messages import Blob, Header, Value
from bridge.transport.domibus.dialect import PLUGIN
from tests.contract.envelopes import AWAY, HOME, request
from tests.unit.transport.domibus.backends import scripted
from tests.unit.transport.domibus.test_submission import Zeros

LARGE = 64 << 20
PIECE = bytes(1 << 16)
DIGEST = hashlib.sha256(bytes(LARGE)).digest()


@contextmanager
def costing_at_most(octets: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < octets
    finally:
        tracemalloc.stop()


async def test_a_large_submission_streams_out() -> None:
    envelope = request(1, Payload("a@x", "application/pdf", Zeros(LARGE)))
    taken = 0

    async def handler(asked: web.Request) -> web.Response:
        nonlocal taken
        async for chunk in asked.content.iter_any():
            taken += len(chunk)
        assert taken == asked.content_length
        told = f"<messageID>{envelope.message_id}</messageID>"
        body = wire.envelope(PLUGIN, f"<ns4:submitResponse>{told}</ns4:submitResponse>")
        return web.Response(body=body, content_type="application/soap+xml")

    async with scripted(handler, mtom=True) as client:
        with costing_at_most(16 << 20):
            assert await client.submit(envelope) == envelope.message_id
    assert taken > LARGE


def handed_out() -> Header:
    party, other = Value(HOME.id, HOME.type), Value(AWAY.id, AWAY.type)
    return Header(
        "m@x", "2026-03-02T09:15:00.000Z", "", party, HOME.role, other, AWAY.role,
        Value("QueryManager", "urn:service"), "ExecuteQueryResponse", "c",
        parts=(("cid:a@x", ()),),
    )  # fmt: skip


async def test_a_large_message_streams_into_a_sealed_file() -> None:
    payload = wire.payload(Blob("cid:a@x", "application/pdf", b""), content_type=True, part="1@x")
    root = wire.envelope(
        PLUGIN,
        f"<ns4:retrieveMessageResponse>{payload}</ns4:retrieveMessageResponse>",
        wire.messaging(handed_out()),
    )
    package, content_type = wire.package(root, {"1@x": b"HERE"}, "uuid:1")
    before, after = package.split(b"HERE")

    async def handler(asked: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": content_type})
        await answer.prepare(asked)
        await answer.write(before)
        for _ in range(LARGE // len(PIECE)):
            await answer.write(PIECE)
        await answer.write(after)
        return answer

    async with scripted(handler) as client:
        with costing_at_most(16 << 20):
            envelope = await client.retrieve("m@x", consume=False)
    content = envelope.payloads[0].content
    assert (content.size, content.sha256) == (LARGE, DIGEST)
    with content.open() as stream:
        assert stream.read(10) == bytes(10)
