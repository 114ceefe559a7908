"""The one parser: what it refuses, at which limits, in which encodings; large contents put aside."""

from __future__ import annotations

import base64
import hashlib
import os
import random
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from bridge.errors import BridgeError, RemoteFault, UnreadableDocument
from bridge.xml.large import THRESHOLD
from bridge.xml.parse import LARGE, Limits, parse
from tests.fixture_files import CATALOGUE, FIXTURES, hostile_cases, load, messages

HOSTILE = FIXTURES / "hostile"
CASES = hostile_cases()
CLEAN = FIXTURES / "edm" / "1.2" / "request-small.xml"
REPOSITORY = Path(__file__).resolve().parents[3]

# --- the hostile files ---------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_hostile_file_is_refused_or_read_as_stated(case: dict[str, Any]) -> None:
    octets = (HOSTILE / case["file"]).read_bytes()
    if "error" in case:
        with pytest.raises(RemoteFault) as raised:
            CATALOGUE.read(parse(octets))
        assert raised.value.code == case["error"]
    else:
        reading = CATALOGUE.read(parse(octets))
        assert sorted({finding.id for finding in reading.findings}) == case["findings"]


REFUSED = {name: case for name, case in CASES.items() if "error" in case}
READ_CLEAN = [name for name, case in CASES.items() if case.get("findings") in ([], ["XML-BOM"])]
WHOLE = {"XML-EMPTY", "XML-DEPTH"}  # the whole document is meant, or the place is its depth


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_names_the_place_and_quotes_no_value(name: str) -> None:
    with pytest.raises(RemoteFault) as raised:
        CATALOGUE.read(parse((HOSTILE / name).read_bytes()))
    error = raised.value
    assert error.line or error.where or error.code in WHOLE
    for secret in ("Kask", "Kõiv", "Mari-Liis", "/etc/", "127.0.0.1", "v9.7"):
        assert secret not in str(error)
        assert secret not in error.remedy


@pytest.mark.parametrize("name", READ_CLEAN)
def test_a_stated_tolerance_gives_the_message_of_the_clean_document(name: str) -> None:
    reading = CATALOGUE.read(parse((HOSTILE / name).read_bytes()))
    assert reading.message == load(CLEAN).message


def test_every_hostile_file_is_in_the_table_and_small() -> None:
    files = {path for path in HOSTILE.iterdir() if path.suffix == ".xml"}
    assert {path.name for path in files} == set(CASES)
    assert max(path.stat().st_size for path in files) < 50_000
    assert all(case["why"] for case in CASES.values())


# --- hostile documents too big to keep -----------------------------------------------------------

MEGABYTE = 1 << 20
BLANKS = b" " * MEGABYTE  # lifts a document over the size from which contents are put aside
RUN = b"QUFB" * (MEGABYTE // 4)
NUMBERED = b" ".join(b'a%d="1"' % number for number in range(10_000))
NAMESPACES = b" ".join(b'xmlns:a%d="u%d"' % (number, number) for number in range(10_000))

# name: octets, code of the error or None where the document is read
MADE: dict[str, tuple[Callable[[], bytes], str | None]] = {
    "10,000 attributes": (lambda: b"<a " + NUMBERED + b"/>", "XML-ATTRIBUTES"),
    "10,000 namespace declarations": (lambda: b"<a " + NAMESPACES + b"/>", None),
    "attribute of 1 MB": (lambda: b'<a b="' + b"x" * 1_000_000 + b'"/>', "XML-ATTRIBUTES"),
    "attribute of 12 MB": (lambda: b'<a b="' + b"x" * 12_000_000 + b'"/>', "XML-MALFORMED"),
    "a million levels": (lambda: b"<a>" * 1_000_000 + b"</a>" * 1_000_000, "XML-MALFORMED"),
    "levels never closed": (lambda: b"<a>" * 1_000_000, "XML-MALFORMED"),
    "200,001 elements": (lambda: b"<a>" + b"<b/>" * 200_000 + b"</a>", "XML-ELEMENTS"),
    "200,000 elements": (lambda: b"<a>" + b"<b/>" * 199_999 + b"</a>", None),
    "name of 100,000 letters": (lambda: b"<" + b"a" * 100_000 + b"/>", "XML-MALFORMED"),
    "text of 12 MB": (lambda: b"<a>" + b"x." * 6_000_000 + b"</a>", "XML-MALFORMED"),
    "text of 9 MB in many pieces": (lambda: b"<a>" + b"x.&amp;\r\n" * 1_000_000 + b"</a>", None),
    "flood of instructions before": (lambda: b"<?x y?>" * 200_000 + b"<a/>", None),
    "flood of instructions inside": (lambda: b"<a>" + b"<?x y?>" * 200_000 + b"</a>", None),
    "flood of comments": (lambda: b"<a>" + b"<!-- x -->" * 200_000 + b"</a>", None),
    "comments never closed": (lambda: b"<!-- " * 300_000 + b"<a/>", "XML-MALFORMED"),
    "tag openings only": (lambda: b"<" * 2_000_000, "XML-MALFORMED"),
    "tag closings only": (lambda: b"<a>" + b">" * 2_000_000 + b"</a>", None),
    "base64 with a stray character": (
        lambda: b"<a>" + b"QUFB" * 50_000 + b"Q=QB" + RUN + b"</a>",
        "XML-BASE64",
    ),
    "base64 that goes on after its padding": (
        lambda: b"<a>" + RUN + b"QQ==" + RUN + b"</a>",
        "XML-BASE64",
    ),
    "base64 with an incomplete end": (lambda: b"<a>" + RUN + b"QUF</a>", "XML-BASE64"),
    "base64 beside an element": (lambda: b"<a>" + RUN + b"<b/></a>", "XML-BASE64"),
    "base64 after an element": (lambda: b"<a><b/>" + RUN + b"</a>", "XML-BASE64"),
    "base64 beside a CDATA section": (
        lambda: b"<a>" + RUN + b"<![CDATA[QUFB]]></a>",
        "XML-BASE64",
    ),
    "base64 in a comment": (lambda: b"<a><!-- >" + RUN + b"< --></a>", "XML-BASE64"),
    "base64 in a CDATA section": (lambda: b"<a><![CDATA[>" + RUN + b"<]]></a>", "XML-BASE64"),
    "placeholder written by the sender": (
        lambda: b"<a><b>" + RUN + b"</b><c>QkFTRTY000000000</c></a>",
        "XML-BASE64",
    ),
    "placeholder between blanks": (
        lambda: b"<a><b>" + RUN + b"</b><c> QkFTRTY000000000\n</c></a>",
        "XML-BASE64",
    ),
    "placeholder in pieces": (
        lambda: b"<a><b>" + RUN + b"</b><c>QkFT<!-- -->RTY000000000</c></a>",
        "XML-BASE64",
    ),
    "placeholder by reference": (
        lambda: b"<a><b>" + RUN + b"</b><c>&#81;kFTRTY000000000</c></a>",
        "XML-BASE64",
    ),
    "placeholder of a content that is not there": (
        lambda: b"<a><b>" + RUN + b"</b><c>QkFTRTY000000001</c></a>",
        "XML-BASE64",
    ),
    "placeholder in a document without contents": (
        lambda: b"<a>" + BLANKS[:1000] + b"<c>QkFTRTY000000000</c></a>",
        None,
    ),
    "large and truncated": (lambda: b"<a><b>" + RUN + b"</b>", "XML-MALFORMED"),
    "large and two roots": (lambda: b"<a>" + RUN + b"</a><b/>", "XML-MALFORMED"),
    "large and text after the root": (lambda: b"<a>" + RUN + b"</a>x", "XML-MALFORMED"),
    "large with a document type": (lambda: b"<!DOCTYPE a><a>" + RUN + b"</a>", "XML-DTD"),
    "large with an entity": (lambda: b"<a><c>&e;</c><b>" + RUN + b"</b></a>", "XML-MALFORMED"),
    "large in Latin-1": (lambda: b"<a><c>\xe4</c><b>" + RUN + b"</b></a>", "XML-ENCODING"),
    "large with NUL": (lambda: b"<a><c>\0</c><b>" + RUN + b"</b></a>", "XML-MALFORMED"),
    "large and deep": (lambda: b"<a>" * 65 + RUN + b"</a>" * 65, "XML-DEPTH"),
}


@pytest.mark.parametrize(("make", "code"), MADE.values(), ids=MADE)
def test_a_huge_document_is_refused_or_read_as_stated(
    make: Callable[[], bytes], code: str | None
) -> None:
    if code is None:
        assert parse(make()).findings == ()
        return
    with pytest.raises(UnreadableDocument) as raised:
        parse(make())
    assert raised.value.code == code


def test_a_placeholder_without_contents_is_ordinary_text() -> None:
    document = parse(b"<a>QkFTRTY000000000</a>")
    assert document.root.text == "QkFTRTY000000000"
    assert document.contents == {}


# --- limits --------------------------------------------------------------------------------------

SMALL = Limits(octets=2_000, depth=5, elements=10, attributes=3, attribute_length=20)
# name: at the limit, beyond it, code
BOUNDARIES = {
    "octets": (b"<a>" + b"x" * 1_993 + b"</a>", b"<a>" + b"x" * 1_994 + b"</a>", "XML-SIZE"),
    "depth": (b"<a>" * 5 + b"</a>" * 5, b"<a>" * 6 + b"</a>" * 6, "XML-DEPTH"),
    "elements": (b"<a>" + b"<b/>" * 9 + b"</a>", b"<a>" + b"<b/>" * 10 + b"</a>", "XML-ELEMENTS"),
    "attributes": (b'<a b="" c="" d=""/>', b'<a b="" c="" d="" e=""/>', "XML-ATTRIBUTES"),
    "attributes below": (
        b'<a><b b="" c="" d=""/></a>',
        b'<a><b b="" c="" d="" e=""/></a>',
        "XML-ATTRIBUTES",
    ),
    "attribute length": (
        b'<a b="' + b"x" * 20 + b'"/>',
        b'<a b="' + b"x" * 21 + b'"/>',
        "XML-ATTRIBUTES",
    ),
    "attribute length in letters, not octets": (
        ('<a b="' + "ä" * 20 + '"/>').encode(),
        ('<a b="' + "ä" * 21 + '"/>').encode(),
        "XML-ATTRIBUTES",
    ),
}


@pytest.mark.parametrize(("within", "beyond", "code"), BOUNDARIES.values(), ids=BOUNDARIES)
def test_a_limit_lets_pass_what_reaches_it_and_no_more(
    within: bytes, beyond: bytes, code: str
) -> None:
    assert parse(within, SMALL).root.tag == "a"
    with pytest.raises(UnreadableDocument) as raised:
        parse(beyond, SMALL)
    assert raised.value.code == code


# --- encodings -----------------------------------------------------------------------------------

TEXT = "<a b='Ł'>Straße Ελένη Щърбанов 𝄞</a>"
ENCODED = {
    "UTF-8, undeclared": TEXT.encode(),
    "UTF-8, declared": f'<?xml version="1.0" encoding="UTF-8"?>{TEXT}'.encode(),
    "UTF-8, lower case and apostrophes": f"<?xml version='1.0' encoding='utf-8' ?>{TEXT}".encode(),
    "UTF-8, standalone": (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{TEXT}'.encode()
    ),
    "version only": f'<?xml version="1.0"?>\r\n{TEXT}'.encode(),
    "blanks before the root": f" \r\n\t{TEXT}".encode(),
    "UTF-16 little endian": f'\ufeff<?xml version="1.0" encoding="UTF-16"?>{TEXT}'.encode(
        "utf-16-le"
    ),
    "UTF-16 big endian": f'\ufeff<?xml version="1.0" encoding="utf-16"?>{TEXT}'.encode("utf-16-be"),
    "UTF-16 by its mark": f"\ufeff{TEXT}".encode("utf-16-le"),
    "UTF-16 with its order named": f'\ufeff<?xml version="1.0" encoding="UTF-16LE"?>{TEXT}'.encode(
        "utf-16-le"
    ),
}


@pytest.mark.parametrize("octets", ENCODED.values(), ids=ENCODED)
def test_an_encoding_as_declared_gives_the_same_text(octets: bytes) -> None:
    document = parse(octets)
    assert etree.tostring(document.root, encoding="unicode").replace('"', "'") == TEXT
    assert document.findings == ()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_only_the_mark_of_utf8_is_worth_a_finding(encoding: str) -> None:
    (*ids,) = (finding.id for finding in parse(TEXT.encode(encoding)).findings)
    assert ids == (["XML-BOM"] if encoding == "utf-8-sig" else [])


def test_comments_and_instructions_are_not_kept() -> None:
    root = parse(b"<?x?><!--1--><a><!--2-->b<?y?>c<!--3--></a><!--4-->").root
    assert etree.tostring(root) == b"<a>bc</a>"


def test_attributes_are_not_filled_from_anywhere() -> None:
    octets = load_octets("edm/2.0/request-small.xml")
    assert parse(octets).root.attrib.keys() == ["id"]


def load_octets(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


# --- large contents ------------------------------------------------------------------------------

CONTENT = random.Random(2).randbytes(1_500_001)
ENCODED_CONTENT = base64.b64encode(CONTENT)
FOLDED = base64.encodebytes(CONTENT)
# name: the text of the element, the same after the normalisation of line ends (XML 2.11)
SPELLINGS = {
    "one line": (ENCODED_CONTENT, ENCODED_CONTENT),
    "folded": (FOLDED, FOLDED),
    "folded by CRLF": (FOLDED.replace(b"\n", b"\r\n"), FOLDED),
    "folded by CR": (FOLDED.replace(b"\n", b"\r"), FOLDED),
    "indented": (
        b"\n    " + FOLDED.replace(b"\n", b"\n\t  "),
        b"\n    " + FOLDED.replace(b"\n", b"\n\t  "),
    ),
}


@pytest.mark.parametrize(("spelt", "as_text"), SPELLINGS.values(), ids=SPELLINGS)
def test_a_large_content_is_decoded_and_its_text_digested_as_it_stood(
    spelt: bytes, as_text: bytes
) -> None:
    document = parse(b'<a xmlns="urn:x"><b> 1 </b><c>' + spelt + b"</c>\n</a>")
    placeholder = document.root[1].text or ""
    assert len(placeholder) < 20
    assert base64.b64decode(placeholder, validate=True)
    content = document.contents[placeholder]
    assert content.octets == CONTENT
    assert content.text_sha256 == hashlib.sha256(as_text).digest()
    assert content.text_sha512 == hashlib.sha512(as_text).digest()
    assert document.root[0].text == " 1 "


def test_several_contents_keep_their_order() -> None:
    parts = [CONTENT[:300_000], CONTENT[300_000:600_000], CONTENT[600_000:1_000_000]]
    inside = b"".join(b"<b>" + base64.b64encode(part) + b"</b>" for part in parts)
    document = parse(b"<a>" + inside + b"</a>")
    assert [document.contents[b.text or ""].octets for b in document.root] == parts


def test_a_content_in_a_small_document_or_below_the_threshold_stays_in_the_tree() -> None:
    small = base64.b64encode(CONTENT[: LARGE // 2])
    assert len(small) < LARGE
    assert parse(b"<a>" + small + b"</a>").contents == {}
    short = b"QUFB" * (THRESHOLD // 4 - 1)
    document = parse(b"<a>" + (b"<b>" + short + b"</b>") * 9 + b"</a>")
    assert document.contents == {}
    assert {len(b.text or "") for b in document.root} == {THRESHOLD - 4}


@pytest.mark.parametrize("spelt", [ENCODED_CONTENT, FOLDED], ids=["one line", "folded"])
def test_a_message_read_from_a_large_document_holds_its_content(spelt: bytes) -> None:
    clean = load_octets("xnachweis/1.4/0302-full.xml")
    old = base64.b64encode(content_of(clean))
    assert clean.count(old) == 1
    reading = CATALOGUE.read(parse(clean.replace(old, spelt)))
    assert reading.message.fields.at(ITEM) == CONTENT
    assert {finding.id for finding in reading.findings} <= {"READ-BASE64"}


ITEM = "EvidenceAvailability/RegistryObject/RepositoryItem/RepositoryItem"


def content_of(octets: bytes) -> bytes:
    value = CATALOGUE.read(parse(octets)).message.fields.at(ITEM)
    assert isinstance(value, bytes)
    return value


def test_a_long_text_that_looks_like_base64_is_not_replaced_by_another() -> None:
    octets = CLEAN.read_bytes().replace(b">Kask<", b">" + RUN + b"<")
    try:
        reading = CATALOGUE.read(parse(octets))
    except BridgeError:
        return
    name = reading.message.fields.at("NaturalPerson/FamilyName/value")
    assert name in (None, RUN.decode())


# Not ru_maxrss: Linux starts it at the peak of the parent, which hides the growth of a child.
MEASURE = textwrap.dedent(
    r"""
    import re, sys
    from bridge.xml.parse import parse

    def peak():
        with open("/proc/self/status") as file:
            return int(re.search(r"VmHWM:\s+(\d+) kB", file.read())[1]) * 1024

    with open(sys.argv[1], "rb") as file:
        octets = file.read()
    parse(b"<a/>")
    before = peak()
    document = parse(octets)
    after = peak()
    (content,) = document.contents.values()
    print(len(octets), len(content.octets), after - before)
    """
)


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize("folded", [False, True], ids=["one line", "folded"])
def test_parsing_a_content_of_20_mb_takes_less_than_three_times_its_size(
    folded: bool, tmp_path: Path
) -> None:
    content = bytes(20 << 20)
    spelt = base64.encodebytes(content) if folded else base64.b64encode(content)
    file = tmp_path / "large.xml"
    file.write_bytes(b"<a><b>" + spelt + b"</b></a>")
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, str(file)],
        capture_output=True,
        check=True,
        env=environment,
        text=True,
    )
    octets, decoded, growth = map(int, run.stdout.split())
    assert octets > 27_000_000
    assert decoded == len(content)
    assert len(content) <= growth < 3 * len(content)


def test_the_clean_document_of_the_hostile_ones_is_clean() -> None:
    assert CLEAN in messages("edm")
    assert load(CLEAN).findings == ()
