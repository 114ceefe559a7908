"""Packages are written octet by octet, and read however a peer lays them out."""

from __future__ import annotations

import base64
import gc
import os

import pytest

from bridge.envelope import OctetContent
from bridge.errors import LocalFault, RefusedMessage
from bridge.transport.as4.content import MemorySink, SealedSink
from bridge.transport.as4.mime import Package, Part, read_media_type, write_package
from bridge.transport.as4.mime_reader import MimeLimits, PackageReader

SOAP = b"<S12:Envelope/>"
TYPE = 'multipart/related; boundary="b"; type="application/soap+xml"'
ROOT = b"Content-Type: application/soap+xml\r\n\r\n"
LIMITS = MimeLimits(
    octets=4000, part_octets=1000, soap_octets=500, parts=4, headers=5, line_octets=100,
    header_octets=300, preamble_octets=50,
)  # fmt: skip


def read(
    content_type: str, body: bytes, step: int = 1 << 16, limits: MimeLimits = LIMITS
) -> Package:
    reader = PackageReader(content_type, MemorySink, limits)
    for start in range(0, len(body), step):
        reader.feed(body[start : start + step])
    return reader.close()


def body(*parts: bytes, closing: bytes = b"\r\n--b--\r\n") -> bytes:
    return b"".join(b"\r\n--b\r\n" + part for part in parts) + closing


def attachment(content: bytes = b"x", content_id: bytes = b"<a@b>", more: bytes = b"") -> bytes:
    return b"Content-ID: " + content_id + b"\r\n" + more + b"\r\n" + content


def octets(part: Part) -> bytes:
    with part.content.open() as stream:
        return stream.read()


def test_a_package_is_laid_out_octet_by_octet() -> None:
    written = write_package(
        Package(
            SOAP,
            (Part("a1@bridge.example", OctetContent(b"\x00\r\n"), "application/octet-stream"),),
        ),
        "uuid:7c",
        "soap@bridge.example",
    )
    assert written.content_type == (
        'multipart/related; type="application/soap+xml"; boundary="uuid:7c"; '
        'start="<soap@bridge.example>"; start-info="application/soap+xml"'
    )
    assert b"".join(written.chunks()) == (
        b"--uuid:7c\r\n"
        b"Content-Type: application/soap+xml; charset=UTF-8\r\n"
        b"Content-Transfer-Encoding: binary\r\n"
        b"Content-ID: <soap@bridge.example>\r\n\r\n"
        b"<S12:Envelope/>\r\n"
        b"--uuid:7c\r\n"
        b"Content-Type: application/octet-stream\r\n"
        b"Content-Transfer-Encoding: binary\r\n"
        b"Content-ID: <a1@bridge.example>\r\n\r\n"
        b"\x00\r\n\r\n"
        b"--uuid:7c--\r\n"
    )
    assert written.length == sum(map(len, written.chunks()))


def test_a_message_without_parts_is_plain_soap() -> None:
    written = write_package(Package(SOAP), "b", "soap@bridge.example")
    assert written.content_type == "application/soap+xml; charset=UTF-8"
    assert b"".join(written.chunks()) == SOAP
    assert read(written.content_type, SOAP) == Package(SOAP)


@pytest.mark.parametrize(
    "content_id", ["a+b@c", "a%40b", "a/b@c", "a b@c", "a", "ä@b", "a@b@c", "x" * 300 + "@b"]
)
def test_a_content_id_that_peers_misread_is_not_written(content_id: str) -> None:
    with pytest.raises(LocalFault):
        write_package(Package(SOAP, (Part(content_id, OctetContent(b"")),)), "b", "s@x")


@pytest.mark.parametrize("step", [1, 2, 7, 1 << 16])
def test_what_was_written_is_read_in_chunks_of_any_size(step: int) -> None:
    contents = [b"", b"\r\n", b"--b", b"\r\n--", b"\r\r\n\n-\x00\x85\xff"]
    parts = tuple(Part(f"p{n}@b.example", OctetContent(c)) for n, c in enumerate(contents))
    written = write_package(Package(SOAP, parts), "b" * 20, "s@b.example")
    whole = b"".join(written.chunks())
    found = read(written.content_type, whole, step, MimeLimits())
    assert found.soap == SOAP
    assert [part.content_id for part in found.parts] == [part.content_id for part in parts]
    assert [octets(part) for part in found.parts] == contents


ACCEPTED = {
    "a line end before the first delimiter": (TYPE, body(ROOT + SOAP, attachment())),
    "no line end before it": (TYPE, body(ROOT + SOAP, attachment())[2:]),
    "a preamble": (TYPE, b"hello" + body(ROOT + SOAP, attachment())),
    "no line end at the end": (TYPE, body(ROOT + SOAP, attachment(), closing=b"\r\n--b--")),
    "an epilogue": (TYPE, body(ROOT + SOAP, attachment()) + b"bye"),
    "blanks after a delimiter": (TYPE, body(ROOT + SOAP, attachment()).replace(b"--b\r\n", b"--b \t\r\n")),
    "no quotes": ("multipart/related;boundary=b", body(ROOT + SOAP, attachment())),
    "a boundary with a colon and no quotes": (
        "multipart/related; boundary=uuid:b",
        body(ROOT + SOAP, attachment()).replace(b"--b", b"--uuid:b"),
    ),
    "any order and case of parameters": (
        'Multipart/Related; START-INFO="application/soap+xml"; Type="application/soap+xml"; charset=utf-8; action="x;y"; BOUNDARY=b',
        body(ROOT + SOAP, attachment()),
    ),
    "a start": (
        TYPE + '; start="<r@b>"',
        body(b"Content-ID: <r@b>\r\nContent-Type: application/soap+xml\r\n\r\n" + SOAP, attachment()),
    ),
    "a folded header": (TYPE, body(b"Content-Type:\r\n application/soap+xml\r\n\r\n" + SOAP, attachment())),
    "an id without brackets": (TYPE, body(ROOT + SOAP, attachment(content_id=b"a@b"))),
    "base64": (
        TYPE,
        body(ROOT + SOAP, attachment(base64.encodebytes(b"x"), more=b"Content-Transfer-Encoding: BASE64\r\n")),
    ),
    "quoted-printable": (
        TYPE,
        body(ROOT + SOAP, attachment(b"=78", more=b"Content-Transfer-Encoding: quoted-printable\r\n")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("step", [1, 5, 1 << 16])
@pytest.mark.parametrize(("content_type", "octets_"), ACCEPTED.values(), ids=ACCEPTED)
def test_the_ways_of_peers_are_read(content_type: str, octets_: bytes, step: int) -> None:
    found = read(content_type, octets_, step)
    assert found.soap == SOAP
    assert [(part.content_id, octets(part)) for part in found.parts] == [("a@b", b"x")]


REFUSED = {
    "SOAP 1.1": ("text/xml", SOAP),
    "another type": ("application/json", b"{}"),
    "no type": ("", SOAP),
    "no boundary": ("multipart/related", body(ROOT + SOAP)),
    "an empty boundary": ('multipart/related; boundary=""', body(ROOT + SOAP)),
    "a boundary that is too long": (f"multipart/related; boundary={'b' * 201}", body(ROOT + SOAP)),
    "two boundaries": (TYPE + "; boundary=c", body(ROOT + SOAP)),
    "XOP": ('multipart/related; boundary=b; type="application/xop+xml"', body(ROOT + SOAP)),
    "a root of another type": (TYPE, body(b"Content-Type: text/xml\r\n\r\n" + SOAP)),
    "a root without type": (TYPE, body(b"\r\n" + SOAP)),
    "a start that is not the first part": (TYPE + '; start="<a@b>"', body(ROOT + SOAP, attachment())),
    "no part": (TYPE, b"\r\n--b--\r\n"),
    "an empty body": (TYPE, b""),
    "no closing delimiter": (TYPE, body(ROOT + SOAP, attachment(), closing=b"")),
    "an end within the closing delimiter": (TYPE, body(ROOT + SOAP, attachment(), closing=b"\r\n--b-")),
    "an end within headers": (TYPE, body(ROOT + SOAP, b"Content-ID: <a@b>", closing=b"")),
    "a delimiter that goes on": (TYPE, body(ROOT + SOAP + b"\r\n--bx\r\n")),
    "a nested multipart": (TYPE, body(ROOT + SOAP, attachment(more=b"Content-Type: multipart/mixed\r\n"))),
    "a nested message": (TYPE, body(ROOT + SOAP, attachment(more=b"Content-Type: message/rfc822\r\n"))),
    "no Content-ID": (TYPE, body(ROOT + SOAP, b"\r\nx")),
    "an empty Content-ID": (TYPE, body(ROOT + SOAP, attachment(content_id=b""))),
    "a Content-ID with a blank": (TYPE, body(ROOT + SOAP, attachment(content_id=b"<a b>"))),
    "a Content-ID with half its brackets": (TYPE, body(ROOT + SOAP, attachment(content_id=b"<a@b"))),
    "two Content-IDs in one part": (TYPE, body(ROOT + SOAP, attachment(more=b"Content-ID: <c@d>\r\n"))),
    "one Content-ID in two parts": (TYPE, body(ROOT + SOAP, attachment(), attachment())),
    "one Content-ID in two spellings": (TYPE, body(ROOT + SOAP, attachment(), attachment(content_id=b"<a%40b>"))),
    "one Content-ID with and without brackets": (TYPE, body(ROOT + SOAP, attachment(), attachment(content_id=b"a@b"))),
    "an unknown transfer encoding": (TYPE, body(ROOT + SOAP, attachment(more=b"Content-Transfer-Encoding: x-uu\r\n"))),
    "broken base64": (TYPE, body(ROOT + SOAP, attachment(b"abc", more=b"Content-Transfer-Encoding: base64\r\n"))),
    "base64 after its end": (TYPE, body(ROOT + SOAP, attachment(b"eA==eA==", more=b"Content-Transfer-Encoding: base64\r\n"))),
    "a header without colon": (TYPE, body(ROOT + SOAP, b"hello\r\n\r\nx")),
    "a header with a lone line feed": (TYPE, body(ROOT + SOAP, attachment(more=b"X: a\nContent-ID: <c@d>\r\n"))),
    "line feeds alone": (TYPE, body(ROOT + SOAP, attachment()).replace(b"\r\n", b"\n")),
    "too many parts": (TYPE, body(ROOT + SOAP, *(attachment(content_id=b"<%d@b>" % n) for n in range(4)))),
    "too many headers": (TYPE, body(ROOT + SOAP, attachment(more=b"X: y\r\n" * 5))),
    "a header line that is too long": (TYPE, body(ROOT + SOAP, attachment(more=b"X: " + b"y" * 100 + b"\r\n"))),
    "headers without end": (TYPE, body(ROOT + SOAP, b"X: " + b"y" * 400)),
    "a preamble without end": (TYPE, b"x" * 200),
    "a part that is too long": (TYPE, body(ROOT + SOAP, attachment(b"x" * 1001))),
    "a SOAP part that is too long": (TYPE, body(ROOT + b"x" * 501)),
    "plain SOAP that is too long": ("application/soap+xml", b"x" * 501),
    "a body that is too long": (TYPE, body(ROOT + SOAP) + b"x" * 4000),
}  # fmt: skip


@pytest.mark.parametrize("step", [1, 1 << 16])
@pytest.mark.parametrize(("content_type", "octets_"), REFUSED.values(), ids=REFUSED)
def test_what_two_readers_could_see_differently_is_refused(
    content_type: str, octets_: bytes, step: int
) -> None:
    with pytest.raises(RefusedMessage) as fault:
        read(content_type, octets_, step)
    assert fault.value.code == "EBMS:0007"


def test_a_package_at_its_limits_is_read() -> None:
    parts = [attachment(b"x" * 900, b"<%d@b>" % n) for n in range(3)]
    assert len(read(TYPE, body(ROOT + SOAP, *parts)).parts) == 3


def test_parameters_keep_what_quotes_protect() -> None:
    media = read_media_type(r'a/b; x="1;2\"3"; y=z ;')
    assert media.name == "a/b"
    assert media.parameters == {"x": '1;2"3', "y": "z"}


def test_a_large_part_leaves_memory_and_comes_back_the_same(tmp_path) -> None:
    content = os.urandom(100_003)
    sealed = []

    def sink() -> SealedSink:
        sealed.append(SealedSink(os.urandom, tmp_path, in_memory=1000))
        return sealed[-1]

    reader = PackageReader(TYPE, sink, MimeLimits())
    whole = body(ROOT + SOAP, attachment(content))
    for start in range(0, len(whole), 4096):
        reader.feed(whole[start : start + 4096])
    part = reader.close().parts[0]
    assert part.content.size == len(content)
    assert part.content.sha256 == OctetContent(content).sha256
    first, second = part.content.open(), part.content.open()
    assert first.read(17) == content[:17]
    assert second.read() == content
    assert first.read() == content[17:]
    assert first.seek(50_001) == 50_001
    assert first.read(33) == content[50_001:50_034]
    first.close()
    second.close()
    del part, reader, sealed[:]
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_what_lies_on_the_disk_is_sealed(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(os, "unlink", lambda path: None)
    sink = SealedSink(os.urandom, tmp_path, in_memory=10)
    sink.write(b"a secret that is long enough")
    content = sink.close()
    [file] = tmp_path.iterdir()
    assert file.stat().st_size == content.size
    assert b"secret" not in file.read_bytes()
    with content.open() as stream:
        assert stream.read() == b"a secret that is long enough"
