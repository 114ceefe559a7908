"""The endpoint: kept before it is acknowledged, one receipt for all copies, bounded in all ways."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.envelope import OctetContent, Payload, Service
from bridge.ports import TEST_SERVICE, Verdict
from bridge.transport.as4.endpoint import EndpointLimits
from bridge.transport.as4.mime import Package
from bridge.transport.as4.receipt import check_receipt, prove, write_receipt
from bridge.transport.as4.server import Listening
from bridge.transport.as4.signal import SignalHead, read_signal, write_errors
from bridge.transport.as4.tls import server_context
from tests import as4_attacks as do
from tests.as4_attacks import Forgery, header_changed
from tests.as4_points import PATH, SHORT, Point, receiving
from tests.as4_tls import TlsAuthority
from tests.as4_worlds import NOW, envelope, side, world

HERE = world()
HEAD = b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: fr\r\n"
TYPE = b'Content-Type: multipart/related; type="application/soap+xml"; boundary="b"\r\n'
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
PART = b"\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-ID: <%d@x>\r\n\r\n%s"
ROOT = b"--b\r\nContent-Type: application/soap+xml\r\nContent-ID: <root@x>\r\n\r\n<a/>"
OPEN_PART = ROOT + PART % (1, b"")


@pytest.fixture
async def point() -> AsyncIterator[Point]:
    async with receiving() as running:
        yield running


def code_of(octets: bytes) -> str:
    [error] = read_signal(octets).errors
    return error.code


def numbered(number: int, **changes: object) -> Package:
    return HERE.pack(message_id=f"{number}@bridge.example", **changes).package


# --- what is taken --------------------------------------------------------------


async def test_a_message_is_kept_and_its_receipt_proves_it(point: Point) -> None:
    sent = HERE.pack()
    status, octets = await point.post(sent.package)
    assert status == 200
    assert check_receipt(read_signal(octets), sent, HERE.to_peer, NOW).octets == octets
    [arrival] = point.desk.arrivals.values()
    assert arrival.answer == octets
    assert [each.content.size for each in arrival.envelope] == [
        each.content.size for each in envelope(side("DE"), side("FR"))
    ]


async def test_no_octet_of_the_receipt_leaves_before_the_message_is_kept(point: Point) -> None:
    point.desk.free.clear()
    posting = asyncio.create_task(point.post(HERE.pack().package))
    await point.desk.entered.wait()
    assert point.desk.arrivals == {}
    done, _ = await asyncio.wait([posting], timeout=0.1)
    assert not done
    point.desk.free.set()
    status, _ = await posting
    assert status == 200
    assert len(point.desk.arrivals) == 1


async def test_a_copy_gets_the_very_receipt_of_the_first_one(point: Point) -> None:
    package = HERE.pack().package
    answers = [await point.post(package) for _ in range(3)]
    assert len(set(answers)) == 1
    assert point.desk.verdicts == [Verdict.NEW, Verdict.DUPLICATE, Verdict.DUPLICATE]


async def test_a_copy_made_anew_gets_the_receipt_of_the_first_one_too(point: Point) -> None:
    first = await point.post(HERE.pack().package)
    again = HERE.pack()
    assert await point.post(again.package) == first
    assert check_receipt(read_signal(first[1]), again, HERE.to_peer, NOW)


async def test_copies_that_come_at_the_same_time_get_one_receipt(point: Point) -> None:
    package = HERE.pack().package
    answers = await asyncio.gather(*(point.post(package) for _ in range(4)))
    assert len(set(answers)) == 1
    assert point.desk.verdicts.count(Verdict.NEW) == 1


async def test_a_test_message_is_answered_and_handed_to_nobody(point: Point) -> None:
    action = TEST_SERVICE[: -len("service")] + "test"
    sent = HERE.pack(service=Service(TEST_SERVICE), action=action, payloads=(), properties=())
    status, octets = await point.post(sent.package)
    assert status == 200
    assert check_receipt(read_signal(octets), sent, HERE.to_peer, NOW)
    assert point.desk.arrivals == {}


# --- what is refused, each with the code it earns ---------------------------------


async def test_another_message_under_a_used_id_is_a_conflict(point: Point) -> None:
    await point.post(HERE.pack().package)
    other = Payload("a" * 32 + "@bridge.example", "application/x-ebrs+xml", OctetContent(b"<o/>"))
    status, octets = await point.post(HERE.pack(payloads=(other,)).package)
    assert (status, code_of(octets)) == (200, "EBMS:0004")
    assert len(point.desk.arrivals) == 1


SKEWS = {"8 days old": timedelta(days=-8), "11 minutes ahead": timedelta(minutes=11)}


@pytest.mark.parametrize("skew", SKEWS.values(), ids=SKEWS)
async def test_a_time_too_far_from_ours_is_refused(point: Point, skew: timedelta) -> None:
    status, octets = await point.post(HERE.pack(timestamp=NOW + skew).package)
    assert (status, code_of(octets)) == (200, "EBMS:0003")
    assert point.desk.arrivals == {}


async def test_an_error_is_signed_names_the_message_and_holds_no_fault(point: Point) -> None:
    forgery = Forgery(HERE.pack().package)
    header_changed(forgery)
    status, octets = await point.post(forgery.done())
    signal = read_signal(octets)
    assert (status, code_of(octets)) == (200, "EBMS:0101")
    assert signal.head.answers == signal.errors[0].ref_to_message == HERE.pack().message_id
    assert prove(signal, HERE.to_peer, NOW) == side("FR").certificate
    assert len(signal.soap.body) == 0
    assert point.desk.arrivals == {}


async def test_an_unreadable_header_with_a_readable_id_gets_a_signed_error_too(
    point: Point,
) -> None:
    package = HERE.pack().package
    soap = package.soap.replace(b"PROVIDER-ID", b"x" * 2000)
    status, octets = await point.post(replace(package, soap=soap))
    assert (status, code_of(octets)) == (200, "EBMS:0052")
    assert read_signal(octets).head.answers == HERE.pack().message_id
    assert prove(read_signal(octets), HERE.to_peer, NOW)


async def test_a_bomb_in_gzip_of_a_known_peer_is_defused(point: Point) -> None:
    bomb = Payload("c" * 32 + "@bridge.example", "application/pdf", OctetContent(bytes(60 << 20)))
    status, octets = await point.post(HERE.pack(payloads=(bomb,)).package)
    assert (status, code_of(octets)) == (200, "EBMS:0303")
    assert point.desk.arrivals == {}


def receipt_for_it() -> bytes:
    return write_receipt(HERE.open(HERE.pack().package), "r@x", side("DE").making(), NOW)


def error_for_it() -> bytes:
    return write_errors(SignalHead("e@x", NOW, "m@x"), [], side("DE").making())


SIGNALS = {"a receipt": receipt_for_it, "an error": error_for_it}


@pytest.mark.parametrize("signal", SIGNALS.values(), ids=SIGNALS)
async def test_a_signal_posted_as_a_message_is_refused(point: Point, signal: object) -> None:
    status, octets = await point.post(Package(signal()))  # type: ignore[operator]
    assert (status, code_of(octets)) == (400, "EBMS:0002")
    assert point.desk.arrivals == {}


UNREADABLE = {
    "no XML": (b"<a", "EBMS:0009"),
    "a document type": (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "EBMS:0009"),
    "SOAP 1.1": (
        b"<Envelope xmlns='http://schemas.xmlsoap.org/soap/envelope/'><Header/><Body/></Envelope>",
        "EBMS:0009",
    ),
    "a thousand levels": (b"<a>" * 1000 + b"</a>" * 1000, "EBMS:0009"),
}


@pytest.mark.parametrize(("soap", "code"), UNREADABLE.values(), ids=UNREADABLE)
async def test_what_names_no_message_gets_an_unsigned_error(
    point: Point, soap: bytes, code: str
) -> None:
    status, octets = await point.post(Package(soap))
    assert (status, code_of(octets)) == (400, code)
    assert b"SignatureValue" not in octets
    assert point.desk.arrivals == {}


async def test_a_header_that_must_be_understood_is_a_soap_fault(point: Point) -> None:
    soap = HERE.pack().package.soap.replace(
        b"<S12:Header>", b"<S12:Header><n:n xmlns:n='urn:n' S12:mustUnderstand='true'/>"
    )
    status, octets = await point.post(replace(HERE.pack().package, soap=soap))
    assert status == 500
    assert b"MustUnderstand" in octets
    assert point.desk.arrivals == {}


ATTACKS = (
    do.moved_header, do.moved_header_same_id, do.second_messaging_before, do.duplicated_id,
    do.body_moved, do.signature_in_the_body, do.two_signatures, do.no_signature,
    do.references_exchanged, do.key_info_swapped, do.token_of_another_peer, do.part_added,
    do.part_dropped, do.parts_swapped, do.part_doubled, do.part_info_doubled, do.iv_reused,
    do.iv_zero, do.content_replaced, do.key_garbled, do.digest_sha1, do.signature_sha1, do.rsa_1_5,
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda each: each.__name__)
async def test_an_attack_that_comes_over_the_wire_earns_an_error_and_nothing_is_kept(
    point: Point, attack: Callable[[Forgery], None]
) -> None:
    forgery = Forgery(HERE.pack().package)
    attack(forgery)
    status, octets = await point.post(forgery.done())
    assert (status, code_of(octets)[:5]) in {(200, "EBMS:"), (400, "EBMS:")}
    assert read_signal(octets).receipt is None
    assert point.desk.arrivals == {}


# --- bombs, floods and slowness ---------------------------------------------------


def chunk(octets: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(octets), octets)


def endless(octets: bytes) -> Iterator[bytes]:
    while True:
        yield chunk(octets)


def parts(number: int) -> Iterator[bytes]:
    body = ROOT + b"".join(PART % (n, b"x") for n in range(number)) + b"\r\n--b--\r\n"
    yield HEAD + TYPE + b"Content-Length: %d\r\n\r\n" % len(body) + body


def first_line(answer: bytes) -> bytes:
    return answer.split(b"\r\n", 1)[0]


FLOODS = {
    "endless chunks": ([HEAD + TYPE + CHUNKED, chunk(OPEN_PART)], b"413", endless(b"x" * 65536)),
    "endless octets before the first part": ([HEAD + TYPE + CHUNKED], b"400", endless(b"x" * 512)),
    "a body that is announced too large": (
        [HEAD + TYPE + b"Content-Length: 99999999999\r\n\r\n"], b"413", iter(())
    ),
    "200 headers": (
        [HEAD + TYPE + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n"], b"400", iter(())
    ),
    "a header of 20,000 octets": ([HEAD + b"X: " + b"y" * 20_000 + b"\r\n\r\n"], b"400", iter(())),
    "an address of 20,000 octets": ([b"POST /" + b"y" * 20_000 + b" HTTP/1.1\r\n\r\n"], b"400", iter(())),
    "two lengths": (
        [HEAD + TYPE + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n12345"], b"400", iter(())
    ),
    "a length and chunks": (
        [HEAD + TYPE + b"Content-Length: 5\r\n" + CHUNKED + b"5\r\n12345\r\n0\r\n\r\n"], b"400", iter(())
    ),
    "no HTTP": ([b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 50], b"400", iter(())),
}  # fmt: skip


@pytest.mark.parametrize(("begun", "status", "rest"), FLOODS.values(), ids=FLOODS)
async def test_a_flood_is_stopped_with_its_status(
    begun: list[bytes], status: bytes, rest: Iterator[bytes]
) -> None:
    wide = replace(SHORT, grace=10, rate=1 << 10)
    async with receiving(wide) as point:
        answer = await point.raw(chain(begun, rest))
        assert first_line(answer).split(b" ")[1] == status
        assert point.desk.arrivals == {}
        assert point.transport.endpoint.busy == 0


def chain(begun: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    yield from begun
    yield from rest


async def test_what_a_stranger_wrote_stands_in_no_log(
    point: Point, caplog: pytest.LogCaptureFixture
) -> None:
    await point.raw([HEAD + b"X: " + b"Meyer" * 5_000 + b"\r\n\r\n"])
    await point.raw([HEAD + b"Meyer Meyer\r\n\r\n"])
    await point.post(Package(b"<Meyer"))
    assert len(caplog.records) == 3
    assert "Meyer" not in caplog.text


async def test_ten_thousand_parts_are_refused_at_the_thirtieth(point: Point) -> None:
    answer = await point.raw(parts(10_000))
    assert first_line(answer).split(b" ")[1] == b"400"
    assert b"EBMS:0007" in answer
    assert point.desk.arrivals == {}


async def test_parts_within_parts_are_refused(point: Point) -> None:
    body = (
        ROOT + b"\r\n--b\r\nContent-ID: <1@x>\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
    )
    status, octets = await point.post_octets(
        body + b"--c\r\n\r\n--c--\r\n--b--\r\n", 'multipart/related; boundary="b"'
    )
    assert (status, code_of(octets)) == (400, "EBMS:0007")


async def test_headers_that_come_too_slowly_end_the_connection(point: Point) -> None:
    async with point.connection() as (reader, writer):
        writer.write(HEAD + b"X-Slow: y")
        assert await asyncio.wait_for(reader.read(), 5) == b""


async def test_a_connection_that_says_nothing_is_ended(point: Point) -> None:
    async with point.connection() as (reader, _):
        assert await asyncio.wait_for(reader.read(), 5) == b""


async def test_a_body_that_falls_silent_is_ended(point: Point) -> None:
    answer = await point.raw([HEAD + TYPE + b"Content-Length: 1000\r\n\r\n" + ROOT])
    assert first_line(answer) == b"HTTP/1.1 408 Request Timeout"
    assert point.transport.endpoint.busy == 0


async def test_a_body_that_trickles_is_ended_though_it_is_never_silent(point: Point) -> None:
    async with point.connection() as (reader, writer):
        writer.write(HEAD + TYPE + b"Content-Length: 100000\r\n\r\n")
        answer, loop = b"", asyncio.get_running_loop()
        begun = loop.time()
        while not answer and loop.time() - begun < 5:
            writer.write(b"x")
            try:
                answer = await asyncio.wait_for(reader.read(100), 0.02)
            except TimeoutError:
                continue
    assert first_line(answer) == b"HTTP/1.1 408 Request Timeout"


async def test_a_body_that_breaks_off_is_nothing(point: Point) -> None:
    async with point.connection() as (_, writer):
        writer.write(HEAD + TYPE + b"Content-Length: 100000\r\n\r\n" + ROOT)
        await writer.drain()
    status, _ = await point.post(HERE.pack().package)
    assert status == 200
    assert len(point.desk.arrivals) == 1


async def test_connections_beyond_the_bound_are_closed_at_once() -> None:
    listening = Listening(path=PATH, connections=3, idle=5)
    async with receiving(listening=listening) as point:
        opened = [
            await asyncio.open_connection("127.0.0.1", point.transport.port) for _ in range(3)
        ]
        async with point.connection() as (reader, _):
            assert await asyncio.wait_for(reader.read(), 5) == b""
        for _, writer in opened:
            writer.close()


async def test_handshakes_that_hang_count_for_the_bound_and_end(tmp_path: Path) -> None:
    own = TlsAuthority(tmp_path).issue("fr", "127.0.0.1")
    tls = server_context(own)
    listening = Listening(path=PATH, tls=tls, connections=3, handshake=0.3)
    async with receiving(listening=listening) as point:
        opened = [
            await asyncio.open_connection("127.0.0.1", point.transport.port) for _ in range(3)
        ]
        async with point.connection() as (reader, _):
            assert await asyncio.wait_for(reader.read(), 5) == b""
        for reader, writer in opened:
            assert await asyncio.wait_for(reader.read(), 5) == b""
            writer.close()


async def test_a_body_that_still_comes_when_we_stop_is_cut_off_in_time() -> None:
    limits = replace(SHORT, silence=60, grace=60)
    listening = Listening(path=PATH, drain=0.2)
    async with receiving(limits, listening) as point, point.connection() as (reader, writer):
        writer.write(HEAD + TYPE + b"Content-Length: 1000\r\n\r\n" + ROOT)
        while not point.transport.endpoint.busy:
            await asyncio.sleep(0)
        await asyncio.wait_for(point.transport.stop(), 5)
        assert b"200 OK" not in await reader.read()
        assert point.desk.arrivals == {}


# --- requests that are none -------------------------------------------------------

REQUESTS = {
    "GET": ("GET", PATH, {}, 405),
    "PUT": ("PUT", PATH, {}, 405),
    "another path": ("POST", "/", {}, 404),
    "no type": ("POST", PATH, {}, 415),
    "SOAP 1.1": ("POST", PATH, {"Content-Type": "text/xml"}, 415),
    "a type that is none": ("POST", PATH, {"Content-Type": "a;b;c"}, 415),
    "form data": ("POST", PATH, {"Content-Type": "multipart/form-data; boundary=b"}, 415),
    "a content encoding": (
        "POST", PATH, {"Content-Type": "application/soap+xml", "Content-Encoding": "gzip"}, 415
    ),
}  # fmt: skip


@pytest.mark.parametrize(("method", "path", "headers", "status"), REQUESTS.values(), ids=REQUESTS)
async def test_what_is_no_message_gets_a_plain_status(
    point: Point, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    url = point.url.replace(PATH, path)
    skip = ("Content-Type",)
    async with point.session.request(
        method, url, data=b"x", headers=headers, skip_auto_headers=skip
    ) as response:
        assert response.status == status
    assert point.desk.arrivals == {}


# --- back pressure ----------------------------------------------------------------


@pytest.mark.parametrize("limit", ["messages", "per_address"])
async def test_one_message_too_many_is_asked_to_come_again(limit: str) -> None:
    limits = EndpointLimits(**{limit: 1}, retry_after=7)  # type: ignore[arg-type]
    async with receiving(limits) as point:
        point.desk.free.clear()
        first = asyncio.create_task(point.post(numbered(1)))
        await point.desk.entered.wait()
        async with point.session.post(
            point.url, data=b"<a/>", headers={"Content-Type": "application/soap+xml"}
        ) as turned:
            assert (turned.status, turned.headers["Retry-After"]) == (503, "7")
        point.desk.free.set()
        assert (await first)[0] == 200
        assert (await point.post(numbered(2)))[0] == 200


async def test_what_cannot_be_kept_is_not_acknowledged_and_comes_again(point: Point) -> None:
    point.desk.closed = True
    status, octets = await point.post(HERE.pack().package)
    assert status == 503
    assert b"Receipt" not in octets
    point.desk.closed = False
    assert (await point.post(HERE.pack().package))[0] == 200


async def test_who_stops_answers_what_is_under_way_and_takes_nothing_new() -> None:
    async with receiving() as point:
        point.desk.free.clear()
        posting = asyncio.create_task(point.post(HERE.pack().package))
        await point.desk.entered.wait()
        async with point.connection() as (reader, writer):
            stopping = asyncio.create_task(point.transport.stop())
            while point.transport.is_listening:
                await asyncio.sleep(0)
            with pytest.raises(OSError):
                await asyncio.open_connection("127.0.0.1", point.transport.port)
            writer.write(HEAD + b"Content-Type: application/soap+xml\r\nContent-Length: 0\r\n\r\n")
            assert first_line(await reader.read()).split(b" ")[1] == b"503"
        assert not stopping.done()
        point.desk.free.set()
        assert (await posting)[0] == 200
        await stopping
        assert len(point.desk.arrivals) == 1
