"""Whatever arrives: it is refused with an ebMS error, or it is what the peer signed."""

from __future__ import annotations

from dataclasses import replace
from email.parser import BytesParser
from functools import cache

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bridge.envelope import OctetContent, Payload, Property
from bridge.errors import RefusedMessage
from bridge.transport.as4.compression import Bounds, Compressor, Decompressor
from bridge.transport.as4.content import MemorySink
from bridge.transport.as4.mime import Package, read_media_type, write_package
from bridge.transport.as4.mime_reader import MimeLimits, PackageReader
from bridge.transport.as4.pack import OutgoingMessage
from bridge.transport.as4.receipt import check_receipt, write_receipt
from bridge.transport.as4.signal import read_signal
from bridge.transport.as4.soap import read_soap
from tests.as4_worlds import NOW, World, contents, octets, part, world

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=40)
LOCAL = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=32)
NAMES = ("MimeType", "CompressionType", "CharacterSet")
PARTS = st.dictionaries(LOCAL, st.binary(max_size=3000), max_size=4)


@cache
def here() -> World:
    return world()


@cache
def sent() -> OutgoingMessage:
    return here().pack()


@cache
def receipt() -> bytes:
    message = here().open(sent().package)
    return write_receipt(message, "receipt-1@x.example", here().receiver.making(), NOW)


@settings(max_examples=30, deadline=None)
@given(
    parts=PARTS,
    media_type=st.sampled_from(["application/pdf", "text/plain", "text/xml", "application/xml"]),
    extra=st.dictionaries(TEXT.filter(str.strip), TEXT, max_size=3),
    compress=st.booleans(),
    step=st.integers(1, 5000),
)
def test_every_payload_comes_back_through_http(
    parts: dict[str, bytes], media_type: str, extra: dict[str, str], compress: bool, step: int
) -> None:
    named = {name.strip().lower() for name in extra}
    assume(len(named) == len(extra) and not named & {each.lower() for each in NAMES})
    properties = tuple(Property(name.strip(), value) for name, value in extra.items())
    payloads = tuple(
        Payload(f"{name}@b.example", media_type, OctetContent(data), properties=properties)
        for name, data in parts.items()
    )
    place = world(to_peer={"compress": {"response": compress}})
    body = write_package(place.pack(payloads=payloads).package, "boundary-1", "soap@b.example")
    whole = b"".join(body.chunks())
    assert len(whole) == body.length
    reader = PackageReader(body.content_type, MemorySink, MimeLimits())
    for start in range(0, len(whole), step):
        reader.feed(whole[start : start + step])
    assert place.open(reader.close()).envelope.payloads == payloads


def changed(data: bytes, at: int, cut: int, put: bytes) -> bytes:
    start = at % (len(data) + 1)
    return data[:start] + put + data[start + cut :]


@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, 20_000), cut=st.integers(0, 40), put=st.binary(max_size=40))
@example(at=0, cut=0, put=b"<!--")
@example(at=0, cut=0, put=b"\xef\xbb\xbf")
def test_a_changed_envelope_is_refused_or_says_the_same(at: int, cut: int, put: bytes) -> None:
    package = sent().package
    honest = here().open(package)
    try:
        found = here().open(Package(changed(package.soap, at, cut, put), package.parts))
    except RefusedMessage as fault:
        assert fault.code.startswith(("EBMS:", "S12:"))
        return
    assert replace(found, references=()) == replace(honest, references=())


@settings(max_examples=100, deadline=None)
@given(first=st.integers(0, 20_000), second=st.integers(0, 20_000), size=st.integers(1, 3000))
def test_moved_pieces_of_an_envelope_are_refused_or_say_the_same(
    first: int, second: int, size: int
) -> None:
    package = sent().package
    start = first % len(package.soap)
    piece = package.soap[start : start + size]
    rest = package.soap[:start] + package.soap[start + size :]
    at = second % (len(rest) + 1)
    moved = rest[:at] + piece + rest[at:]
    try:
        found = here().open(Package(moved, package.parts))
    except RefusedMessage:
        return
    assert found.envelope == here().open(package).envelope


@settings(max_examples=60, deadline=None)
@given(
    which=st.integers(0, 1),
    at=st.integers(0, 5000),
    put=st.binary(max_size=20),
    cut=st.integers(0, 20),
)
def test_a_changed_part_is_refused_or_is_the_same(
    which: int, at: int, put: bytes, cut: int
) -> None:
    parts = list(sent().package.parts)
    before = octets(parts[which].content)
    after = changed(before, at, cut, put)
    parts[which] = part(parts[which].content_id, after)
    try:
        found = here().open(Package(sent().package.soap, tuple(parts)))
    except RefusedMessage as fault:
        assert fault.code == "EBMS:0102"
        return
    assert after == before
    assert contents(found) == contents(here().open(sent().package))


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, 10_000), cut=st.integers(0, 40), put=st.binary(max_size=40))
def test_a_changed_receipt_is_refused_or_says_the_same(at: int, cut: int, put: bytes) -> None:
    honest = check_receipt(read_signal(receipt()), sent(), here().to_peer, NOW)
    octets_ = changed(receipt(), at, cut, put)
    try:
        found = check_receipt(read_signal(octets_), sent(), here().to_peer, NOW)
    except RefusedMessage:
        return
    assert (found.head, found.certificate, found.warnings) == (
        honest.head,
        honest.certificate,
        honest.warnings,
    )


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=2000))
def test_any_octets_are_an_envelope_or_refused(data: bytes) -> None:
    try:
        read_soap(data)
    except RefusedMessage as fault:
        assert fault.code == "EBMS:0009"


PIECES = st.sampled_from(
    [
        b"--b", b"--b--", b"\r\n", b"\n", b"\r", b" ", b"x", b"Content-Type: application/soap+xml",
        b"Content-ID: <a@b>", b"Content-Transfer-Encoding: base64", b":", b"<S12:Envelope/>", b"\0",
        b"Content-Type: application/soap+xml\r\n\r\n", b"\r\n--b\r\n", b"\r\n--b--",
    ]
)  # fmt: skip
TYPE = 'multipart/related; boundary="b"; type="application/soap+xml"'


def outcome(data: bytes, step: int) -> object:
    reader = PackageReader(TYPE, MemorySink, MimeLimits())
    try:
        for start in range(0, len(data), step):
            reader.feed(data[start : start + step])
        return reader.close()
    except RefusedMessage as fault:
        assert fault.code == "EBMS:0007"
        return None


@settings(max_examples=300, deadline=None)
@given(pieces=st.lists(PIECES | st.binary(max_size=5), max_size=25), step=st.integers(1, 20))
@example(
    pieces=[b"\r\n--b\r\n", b"Content-Type: application/soap+xml\r\n\r\n", b"x", b"\r\n--b--"],
    step=3,
)
def test_any_body_is_one_package_or_refused_however_it_is_cut(
    pieces: list[bytes], step: int
) -> None:
    data = b"".join(pieces)
    assert outcome(data, step) == outcome(data, len(data) or 1)


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=60) | st.from_regex(r"a/b(; ?[a-z]+=\"?[^;]{0,5}\"?){0,4}"))
def test_any_content_type_is_read_or_refused(text: str) -> None:
    try:
        media = read_media_type(text)
    except RefusedMessage as fault:
        assert fault.code == "EBMS:0007"
        return
    assert "/" in media.name


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=2000), step=st.integers(1, 500))
def test_gzip_round_trips_and_any_octets_are_unpacked_or_refused(data: bytes, step: int) -> None:
    compressor = Compressor()
    packed = compressor.update(data) + compressor.finish()
    for octets_, expected in ((packed, data), (data, None)):
        decompressor = Decompressor(Bounds(octets=10_000))
        try:
            found = [
                piece
                for start in range(0, len(octets_), step)
                for piece in decompressor.update(octets_[start : start + step])
            ]
            found += decompressor.finish()
        except RefusedMessage as fault:
            assert fault.code == "EBMS:0303"
            assert expected is None
        else:
            assert expected is None or b"".join(found) == expected


@settings(max_examples=60, deadline=None)
@given(parts=PARTS)
@example(parts={"a": b"\r\n", "b": b"\r", "c": b"\n--bound", "d": b"\x85\xff--"})
def test_another_reader_of_mime_sees_the_same_parts(parts: dict[str, bytes]) -> None:
    written = tuple(part(f"{name}@b.example", data) for name, data in parts.items())
    body = write_package(Package(b"<x/>", written), "boundary-1", "soap@b.example")
    head = f"Content-Type: {body.content_type}\r\n\r\n".encode("ascii")
    found = BytesParser().parsebytes(head + b"".join(body.chunks()))
    pieces = found.get_payload() if found.is_multipart() else [found]
    assert pieces[0].get_payload(decode=True) == b"<x/>"
    assert [(piece["Content-ID"], piece.get_payload(decode=True)) for piece in pieces[1:]] == [
        (f"<{each.content_id}>", octets(each.content)) for each in written
    ]
