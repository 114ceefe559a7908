"""The self-made test vectors of the reference (as4 14), and the transform of attachments (3.5)."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from bridge.envelope import OctetContent
from bridge.errors import RefusedMessage
from bridge.transport.as4.compression import Bounds
from bridge.transport.as4.content import MemorySink
from bridge.transport.as4.signature import canonical
from bridge.transport.as4.soap import WSU_ID, new_envelope
from bridge.transport.as4.streams import Unpacking, pack, unpack
from tests.as4_worlds import octets

MESSAGE_ID = "11111111-2222-3333-4444-555555555555@bridge.example"
DIGEST = "8aa552e704cccf48c4e20aee0545e88bdbb8e8a36bdf861adf2d122e58a23e9c"
DOCUMENT = b'<?xml version="1.0"?>\r\n<a xmlns="urn:x" b=\'1\'><!--c--><c/></a>\r\n'
CANONICAL = b'<a xmlns="urn:x" b="1"><c></c></a>'


def test_ids_are_made_of_the_digest_of_the_message_id() -> None:
    soap = new_envelope(MESSAGE_ID)
    assert soap.messaging.get(WSU_ID) == f"_1{DIGEST}"
    assert soap.body.get(WSU_ID) == f"_2{DIGEST}"


def test_a_part_is_iv_ciphertext_and_tag() -> None:
    packed = pack(
        OctetContent(b"<x/>\n"),
        MemorySink(),
        key=bytes(range(16)),
        iv=bytes(range(0xA0, 0xAC)),
        compress=False,
    )
    assert octets(packed.content).hex() == (
        "a0a1a2a3a4a5a6a7a8a9aaab96fe17857496a42892db7ba0adff153d6334b97272"
    )
    assert packed.digest == hashlib.sha256(b"<x/>\n").digest()


PREFIXED = '<x:a xmlns:x="urn:u" xmlns:y="urn:v" xmlns="urn:d"><x:b/>tail</x:a>'


@pytest.mark.parametrize(
    ("prefixes", "expected"),
    [
        ((), b'<x:b xmlns:x="urn:u"></x:b>'),
        (("x", "y"), b'<x:b xmlns:x="urn:u" xmlns:y="urn:v"></x:b>'),
        (("absent",), b'<x:b xmlns:x="urn:u"></x:b>'),
    ],
)
def test_inclusive_prefixes_are_honoured(prefixes: tuple[str, ...], expected: bytes) -> None:
    assert canonical(etree.fromstring(PREFIXED)[0], prefixes) == expected


def opened(data: bytes, media_type: str, digest: bytes, key: bytes | None = None) -> bytes:
    wanted = Unpacking(media_type, digest, False, Bounds())
    return octets(unpack(OctetContent(data), MemorySink, key, wanted))


RAW = "ENLvYgF8GiUB+/vmv9IDpic200e2/TkfTobNPsNjSv4="
EXCLUSIVE = "t2kpBNWcUdUPCzQFUgd8da/56mQK9jf1h7LKqaZ80s0="
FORMS = {
    "application/gzip": (RAW, DOCUMENT),
    "application/octet-stream": (RAW, DOCUMENT),
    "application/xhtml": (RAW, DOCUMENT),
    "text/xml": (EXCLUSIVE, CANONICAL),
    "text/xml; charset=utf-8": (EXCLUSIVE, CANONICAL),
    "TEXT/XML": (EXCLUSIVE, CANONICAL),
    "application/xml": (EXCLUSIVE, CANONICAL),
    "application/x-ebrs+xml": (EXCLUSIVE, CANONICAL),
    "image/svg+xml": (EXCLUSIVE, CANONICAL),
    "text/plain": (RAW, DOCUMENT),
}


@pytest.mark.parametrize(("media_type", "expected"), FORMS.items(), ids=FORMS)
def test_the_type_decides_what_is_digested_and_handed_on(
    media_type: str, expected: tuple[str, bytes]
) -> None:
    digest, given = expected
    assert opened(DOCUMENT, media_type, base64.b64decode(digest)) == given


def test_line_ends_of_text_are_digested_and_handed_on_as_crlf() -> None:
    text, lines = b"a\rb\nc\r\nd\n\re\r\n\r\n\r", b"a\r\nb\r\nc\r\nd\r\n\r\ne\r\n\r\n\r\n"
    assert opened(text, "text/plain", hashlib.sha256(lines).digest()) == lines


def test_line_ends_are_found_across_chunks() -> None:
    text = (b"x" * ((1 << 18) - 1) + b"\r\n") * 3
    sealed = bytes(12) + AESGCM(bytes(16)).encrypt(bytes(12), text, None)
    assert opened(sealed, "text/plain", hashlib.sha256(text).digest(), bytes(16)) == text


def test_instructions_count_and_comments_do_not() -> None:
    document = b"<?pi x?><a><?pi y?><!--c-->b</a><?pi z?>"
    expected = b"<?pi x?>\n<a><?pi y?>b</a>\n<?pi z?>"
    assert opened(document, "text/xml", hashlib.sha256(expected).digest()) == expected


def test_a_large_document_is_digested_as_a_whole() -> None:
    document = b"<a>" + base64.b64encode(bytes(2_000_000)) + b"</a>"
    assert opened(document, "application/xml", hashlib.sha256(document).digest()) == document


@pytest.mark.parametrize(
    "document",
    [b"<a>", b"<!DOCTYPE a><a/>", b'<a xmlns="relative"/>', b"<a/>" + b" " * (16 << 20)],
    ids=["not well-formed", "a document type", "a relative namespace", "too long"],
)
def test_a_document_without_canonical_form_fails_as_its_signature_does(document: bytes) -> None:
    with pytest.raises(RefusedMessage) as fault:
        opened(document, "text/xml", bytes(32))
    assert fault.value.code == "EBMS:0101"
