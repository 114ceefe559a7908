"""Damaged messages through parser, reader and writer: only our own errors come out.

Octets are damaged without regard to XML, trees so that the document stays well-formed. What could
be read and written must be read back as the same message; and no example may take long or leave
memory behind.
"""

from __future__ import annotations

import copy
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from bridge.errors import BridgeError, LocalFault, RemoteFault
from bridge.finding import Severity, fatal
from bridge.xml.parse import Limits, parse
from tests.fixture_files import CATALOGUE, FIXTURES, all_messages, name_of
from tests.mutations import mutations
from tests.spellings import RIM, SDG, XSI

REPOSITORY = Path(__file__).resolve().parents[3]
PATHS = all_messages()
DOCUMENTS = {path: path.read_bytes() for path in PATHS}
for _ in CATALOGUE.bindings():
    pass  # loaded before the first example is timed

BOUNDED = settings(
    deadline=timedelta(seconds=5),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def exercise(octets: bytes) -> str:
    """Parse, read, write and read again; tells how far the document came."""
    try:
        reading = CATALOGUE.read(parse(octets))
    except RemoteFault:
        return "refused"
    for finding in reading.findings:
        assert finding.id.startswith(("READ-", "XML-"))
        assert finding.location.startswith("/")
        assert finding.severity in Severity
    try:
        written = CATALOGUE.write(reading.message)
    except LocalFault:
        assert reading.findings  # what lacks nothing for the reader can be written
        return "not written"
    again = CATALOGUE.read(parse(written))
    assert again.message == reading.message
    assert not fatal(again.findings) or fatal(reading.findings)  # text in a seal stays there
    assert CATALOGUE.write(again.message) == written
    return "written"


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_an_undamaged_message_comes_through(path: Path) -> None:
    assert exercise(DOCUMENTS[path]) == "written"


# --- octets --------------------------------------------------------------------------------------

PIECES = [
    b"\0",
    b"\xff",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"&",
    b"&lol;",
    b"&#0;",
    b"&#x10ffff;",
    b"<",
    b">",
    b"</",
    b"<!--",
    b"-->",
    b"<?",
    b"?>",
    b"<![CDATA[",
    b"]]>",
    b"<!DOCTYPE x>",
    b"<!ENTITY e 'x'>",
    b'xmlns=""',
    b' xmlns:rim=""',
    b' xmlns:sdg="urn:x"',
    b' xsi:type="rim:AnyValueType"',
    b' xsi:nil="true"',
    b"urn:uuid:",
    b"QkFTRTY000000000",
    b"<rim:Slot/>",
    b"<sdg:Person/>",
    b"\r\n",
    b" ",
    b"%s%n",
    "Ελ𝄞\u0301".encode(),
]

Damage = Callable[[bytearray, int, int, bytes], None]


def drop(octets: bytearray, at: int, length: int, piece: bytes) -> None:
    del octets[at : at + length]


def double(octets: bytearray, at: int, length: int, piece: bytes) -> None:
    octets[at:at] = octets[at : at + length]


def insert(octets: bytearray, at: int, length: int, piece: bytes) -> None:
    octets[at:at] = piece


def replace(octets: bytearray, at: int, length: int, piece: bytes) -> None:
    octets[at : at + length] = piece


def flip(octets: bytearray, at: int, length: int, piece: bytes) -> None:
    if at < len(octets):
        octets[at] ^= 1 << (length % 8)


def cut(octets: bytearray, at: int, length: int, piece: bytes) -> None:
    del octets[at:]


DAMAGES: list[Damage] = [drop, double, insert, replace, flip, cut]


@st.composite
def damaged_octets(draw: st.DrawFn) -> bytes:
    octets = bytearray(DOCUMENTS[draw(st.sampled_from(PATHS))])
    for _ in range(draw(st.integers(1, 5))):
        damage = draw(st.sampled_from(DAMAGES))
        at = draw(st.integers(0, len(octets)))
        piece = draw(st.sampled_from(PIECES) | st.binary(max_size=8))
        damage(octets, at, draw(st.integers(1, 200)), piece)
    return bytes(octets)


@settings(BOUNDED, max_examples=400)
@given(damaged_octets())
def test_damaged_octets_raise_nothing_but_our_own_errors(octets: bytes) -> None:
    exercise(octets)


@settings(BOUNDED, max_examples=200)
@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-8")))
def test_any_octets_at_all_raise_nothing_but_our_own_errors(octets: bytes) -> None:
    exercise(octets)


LARGE = Limits(octets=4 << 20)


@settings(BOUNDED, max_examples=40)
@given(st.data())
def test_damage_to_a_large_document_raises_nothing_but_our_own_errors(data: st.DataObject) -> None:
    octets = bytearray(b"<a><b>" + b"QUFB\n" * 250_000 + b"</b><c>x</c></a>")
    for _ in range(data.draw(st.integers(1, 4))):
        damage = data.draw(st.sampled_from(DAMAGES))
        near_a_tag = st.integers(0, 40) | st.integers(len(octets) - 40, len(octets))
        at = max(0, data.draw(near_a_tag | st.integers(0, len(octets))))
        piece = data.draw(st.sampled_from(PIECES))
        damage(octets, at, data.draw(st.integers(1, 200)), piece)
    try:
        document = parse(bytes(octets), LARGE)
    except RemoteFault:
        return
    texts = [element.text for element in document.root.iter()]
    assert all(texts.count(placeholder) == 1 for placeholder in document.contents)


# --- trees ---------------------------------------------------------------------------------------

NAMES = [
    f"{{{RIM}}}Slot",
    f"{{{RIM}}}SlotValue",
    f"{{{RIM}}}Value",
    f"{{{RIM}}}Element",
    f"{{{SDG}}}Agent",
    f"{{{SDG}}}Identifier",
    f"{{{SDG}}}Person",
    "{urn:x}code",
    "code",
]
TEXTS = ["", " ", "\n", "true", "7", "2026-02-30", "urn:uuid:", "rim:AnyValueType", "EN", "\u0085"]
ATTRIBUTES = [f"{{{XSI}}}type", f"{{{XSI}}}nil", "name", "id", "lang", "schemeID", "{urn:x}y"]
ANY_TEXT = st.sampled_from(TEXTS) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=30
)


def one_change(draw: st.DrawFn, root: etree._Element) -> None:
    elements = list(root.iter("*"))
    element = draw(st.sampled_from(elements))
    parent = element.getparent()
    change = draw(
        st.sampled_from(["drop", "double", "move", "rename", "text", "attribute", "bare"])
    )
    if change == "text":
        element.text = draw(ANY_TEXT)
    elif change == "rename":
        element.tag = draw(st.sampled_from(NAMES))
    elif change == "attribute":
        keys = [str(key) for key in element.attrib] + ATTRIBUTES
        element.set(draw(st.sampled_from(keys)), draw(ANY_TEXT))
    elif change == "bare":
        for key in element.attrib:
            del element.attrib[key]
    elif parent is not None and change == "drop":
        parent.remove(element)
    elif parent is not None and change == "double":
        parent.insert(parent.index(element), copy.deepcopy(element))
    elif change == "move":
        target = draw(st.sampled_from(elements))
        target.append(copy.deepcopy(element))


@st.composite
def damaged_trees(draw: st.DrawFn) -> bytes:
    root = etree.fromstring(DOCUMENTS[draw(st.sampled_from(PATHS))])
    for _ in range(draw(st.integers(1, 4))):
        one_change(draw, root)
    return etree.tostring(root)


@settings(BOUNDED, max_examples=600)
@given(damaged_trees())
def test_damaged_trees_raise_nothing_but_our_own_errors(octets: bytes) -> None:
    exercise(octets)


def systematic(path: Path, every: int) -> Iterator[tuple[str, bytes]]:
    root = etree.fromstring(DOCUMENTS[path], etree.XMLParser(remove_comments=True))
    for name, mutant in islice(mutations(root), MIDDLING.index(path) % every, None, every):
        yield name, etree.tostring(mutant)


MIDDLING = [path for path, octets in DOCUMENTS.items() if 4_000 < len(octets) < 8_000]


@pytest.mark.parametrize("path", MIDDLING, ids=name_of)
def test_every_kind_of_single_damage_raises_nothing_but_our_own_errors(path: Path) -> None:
    outcomes = set()
    for name, octets in systematic(path, 23):
        try:
            outcomes.add(exercise(octets))
        except BridgeError as error:
            raise AssertionError(name) from error
    assert "written" in outcomes


# --- memory --------------------------------------------------------------------------------------

# The peak is taken as in test_parse.py; a leak of one message in ten would show.
ROUNDS = textwrap.dedent(
    r"""
    import random, re, sys
    from pathlib import Path
    from bridge.errors import BridgeError
    from bridge.resources import standards
    from bridge.standards.catalogue import Catalogue
    from bridge.xml.parse import parse

    catalogue = Catalogue(standards())
    documents = [path.read_bytes() for path in sorted(Path(sys.argv[1]).glob("*/*/*.xml"))]

    def damaged(number):
        chance = random.Random(number)
        octets = bytearray(chance.choice(documents))
        for _ in range(chance.randint(0, 3)):
            at = chance.randrange(len(octets))
            octets[at : at + chance.randint(0, 40)] = chance.randbytes(chance.randint(0, 2))
        return bytes(octets)

    def peak_after(numbers):
        for number in numbers:
            try:
                catalogue.write(catalogue.read(parse(damaged(number))).message)
            except BridgeError:
                pass
        return peak()

    def peak():
        return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])

    first = peak_after(range(1500))
    print((peak_after(range(1500, 4500)) - first) * 1024)
    """
)


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_thousands_of_damaged_messages_leave_no_memory_behind() -> None:
    run = subprocess.run(
        [sys.executable, "-c", ROUNDS, str(FIXTURES)],
        capture_output=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        text=True,
    )
    assert int(run.stdout) < 2 << 20
