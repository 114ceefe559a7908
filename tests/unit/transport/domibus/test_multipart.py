"""Bodies as they come over the connection: plain, with parts, and broken."""

from __future__ import annotations

import asyncio
from typing import cast

import aiohttp
import pytest
from aiohttp.base_protocol import BaseProtocol

from bridge.envelope import Content
from bridge.errors import UnreadableDocument
from bridge.sandbox.domibus import wire
from bridge.transport.as4.content import MemorySink, Sink
from bridge.transport.domibus import multipart
from bridge.transport.domibus.multipart import Body, Bounds

SOAP = b"<soap/>"
PART = bytes(range(256)) * 2 + b"\r\n--uuid:1\r\r\n\n"
SMALL = Bounds(envelope=1000, part=1000, parts=2)


async def read(octets: bytes, content_type: str, bounds: Bounds = SMALL, chunk: int = 7) -> Body:
    protocol = BaseProtocol(asyncio.get_running_loop())
    stream = aiohttp.StreamReader(protocol, 1 << 16, loop=asyncio.get_running_loop())
    for at in range(0, len(octets), chunk):
        stream.feed_data(octets[at : at + chunk])
    stream.feed_eof()
    headers = {"Content-Type": content_type}
    return await multipart.read(headers, stream, MemorySink, bounds)


def octets_of(content: Content) -> bytes:
    with content.open() as stream:
        return stream.read()


async def test_a_plain_body_is_the_envelope() -> None:
    for content_type in ("application/soap+xml; charset=UTF-8", "text/xml", "", "nonsense"):
        assert await read(SOAP, content_type) == Body(SOAP)


@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
async def test_parts_are_read_as_they_were_written(chunk: int) -> None:
    octets, content_type = wire.package(SOAP, {"a@x": PART, "b%40": b""}, "uuid:7d")
    body = await read(octets, content_type, chunk=chunk)
    assert body.octets == SOAP
    assert {name: octets_of(each) for name, each in body.parts.items()} == {
        "a@x": PART,
        "b%40": b"",
    }


async def test_mtom_without_parts_is_an_envelope_too() -> None:
    """CXF writes a multipart for every answer when MTOM is on."""
    assert await read(*wire.package(SOAP, {}, "uuid:7d")) == Body(SOAP)


def package(*parts: tuple[str, bytes], start: str = "") -> tuple[bytes, str]:
    """Parts with any header lines."""
    whole = b"".join(
        b"--b\r\n" + lines.encode() + b"\r\n\r\n" + octets + b"\r\n" for lines, octets in parts
    )
    told = f'; start="{start}"' if start else ""
    return whole + b"--b--\r\n", f'multipart/related; boundary="b"{told}'


ROOT = "Content-ID: <root@x>"


async def test_the_root_is_where_the_package_says() -> None:
    octets, content_type = package(("Content-ID: <a@x>", b"1"), (ROOT, SOAP), start="<root@x>")
    body = await read(octets, content_type)
    assert body.octets == SOAP
    assert list(body.parts) == ["a@x"]


REFUSED = {
    "no boundary": (b"--b\r\n", "multipart/related"),
    "another boundary": (package((ROOT, SOAP))[0], 'multipart/related; boundary="c"'),
    "cut off": (package((ROOT, SOAP))[0][:20], 'multipart/related; boundary="b"'),
    "cut off in a part": (
        package((ROOT, SOAP), ("Content-ID: <a@x>", b"1" * 50))[0][:-20],
        'multipart/related; boundary="b"',
    ),
    "cut off before the end": (
        package((ROOT, SOAP), ("Content-ID: <a@x>", b"1" * 50))[0][:-6],
        'multipart/related; boundary="b"',
    ),
    "cut off in the root": (
        package((ROOT, SOAP))[0][:-10],
        'multipart/related; boundary="b"',
    ),
    "a length that lies": package(
        (ROOT, SOAP), ("Content-ID: <a@x>\r\nContent-Length: 3", b"123456")
    ),
    "no part": (b"--b--\r\n", 'multipart/related; boundary="b"'),
    "no root": package(("Content-ID: <a@x>", b"1"), start="<root@x>"),
    "a part without id": package((ROOT, SOAP), ("Content-Type: a/b", b"1")),
    "an id twice": package((ROOT, SOAP), ("Content-ID: <a@x>", b"1"), ("Content-ID: <a@x>", b"2")),
    "too many parts": package((ROOT, SOAP), *((f"Content-ID: <{n}@x>", b"") for n in range(3))),
    "parts in a part": package(
        (ROOT, SOAP), ('Content-ID: <a@x>\r\nContent-Type: multipart/mixed; boundary="c"', b"--c--")
    ),
    "encoded for transfer": package(
        (ROOT, SOAP), ("Content-ID: <a@x>\r\nContent-Transfer-Encoding: base64", b"QUJD")
    ),
    "a form": (package((ROOT, SOAP))[0], 'multipart/form-data; boundary="b"'),
    "no media type": (SOAP, "multipart/related; boundary"),
}


@pytest.mark.parametrize("given", REFUSED.values(), ids=REFUSED)
async def test_what_is_no_package_is_refused(given: tuple[bytes, str]) -> None:
    with pytest.raises(UnreadableDocument) as raised:
        await read(*given)
    assert raised.value.code == "MIME"


LARGE = {
    "an envelope alone": (b"x" * 1001, "application/soap+xml"),
    "an envelope among parts": package((ROOT, b"x" * 1001)),
    "a part": package((ROOT, SOAP), ("Content-ID: <a@x>", b"x" * 1001)),
}


@pytest.mark.parametrize("given", LARGE.values(), ids=LARGE)
async def test_what_is_too_large_is_refused(given: tuple[bytes, str]) -> None:
    with pytest.raises(UnreadableDocument) as raised:
        await read(*given)
    assert raised.value.code == "MIME-SIZE"


async def test_a_part_that_is_refused_is_forgotten() -> None:
    class Watched(MemorySink):
        discarded = False

        def discard(self) -> None:
            self.discarded = True

    sink = Watched()
    octets, content_type = package((ROOT, SOAP), ("Content-ID: <a@x>", b"x" * 1001))
    protocol = BaseProtocol(asyncio.get_running_loop())
    stream = aiohttp.StreamReader(protocol, 1 << 16, loop=asyncio.get_running_loop())
    stream.feed_data(octets)
    stream.feed_eof()
    headers = {"Content-Type": content_type}
    with pytest.raises(UnreadableDocument):
        await multipart.read(headers, stream, lambda: cast(Sink, sink), SMALL)
    assert sink.discarded
