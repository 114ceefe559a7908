"""Tolerant in reading: one row a tolerance, each with the finding that tells of it."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from lxml import etree

from bridge.finding import Severity
from bridge.standards.catalogue import Reading
from tests import spellings
from tests.fixture_files import FIXTURES, load, messages, name_of
from tests.readings import (
    ERROR,
    EXTREME,
    NATIONAL,
    REQUEST,
    RESPONSE,
    Change,
    changed,
    ids,
    quotes_a_value,
    read,
)
from tests.spellings import Spelling

EDM = messages("edm")


# --- spellings of a whole document, on every message of every version ----------------------------

# name: spelling, ids of the findings
SPELLINGS: dict[str, tuple[Spelling, set[str]]] = {
    "prefixes renamed, xsi:type too": (spellings.prefixes_renamed, set()),
    "default namespace, rebound below the root": (spellings.default_namespace, set()),
    "prefix rebound below the root": (spellings.prefix_rebound, set()),
    "slots in opposite order": (spellings.slots_reversed, set()),
    "slots after everything else": (spellings.slots_last, set()),
    "payload in opposite order": (spellings.payload_reversed, set()),
    "comments and instructions everywhere": (spellings.comments_and_instructions, set()),
    "CRLF": (spellings.crlf, set()),
    "everything on one line": (spellings.on_one_line, set()),
    "no XML declaration": (spellings.without_declaration, set()),
    "apostrophes": (spellings.apostrophes, set()),
    "character references": (spellings.character_references, set()),
    "CDATA": (spellings.cdata, set()),
    "UTF-16": (spellings.utf16, set()),
    "blanks around texts": (spellings.blanks_around_texts, {"READ-BLANKS"}),
    "blanks around attributes": (spellings.blanks_around_attributes, {"READ-BLANKS"}),
}


@pytest.mark.parametrize("path", EDM, ids=name_of)
@pytest.mark.parametrize(("spelling", "told"), SPELLINGS.values(), ids=SPELLINGS)
def test_another_spelling_is_the_same_message(
    spelling: Spelling, told: set[str], path: Path
) -> None:
    reading = read(spelling(path.read_bytes()))
    assert reading.message == load(path).message
    assert ids(reading) == told


@pytest.mark.parametrize(("spelling", "told"), SPELLINGS.values(), ids=SPELLINGS)
def test_a_spelling_changes_most_documents(spelling: Spelling, told: set[str]) -> None:
    clean = [path.read_bytes() for path in EDM]
    if spelling in (spellings.slots_last, spellings.payload_reversed):
        clean = [
            etree.tostring(etree.fromstring(o), xml_declaration=True, encoding="UTF-8")
            for o in clean
        ]
    assert sum(spelling(octets) != octets for octets in clean) > len(EDM) // 2


def test_all_spellings_at_once_are_still_the_same_message() -> None:
    octets = EXTREME.read_bytes()
    for spelling in (
        spellings.blanks_around_texts,
        spellings.comments_and_instructions,
        spellings.prefixes_renamed,
        spellings.crlf,
        spellings.without_declaration,
    ):
        octets = spelling(octets)
    reading = read(octets)
    assert reading.message == load(EXTREME).message
    assert ids(reading) == {"READ-BLANKS"}


# --- spellings of single values ------------------------------------------------------------------

# name: file, pattern, replacement, id of the finding or None
VALUES: dict[str, Change] = {
    "uuid-urn, bare": (REQUEST, r' id="urn:uuid:', ' id="', "READ-UUID"),
    "uuid-urn, prefixed twice": (REQUEST, r' id="urn:', ' id="urn:uuid:urn:', "READ-UUID"),
    "uuid-urn, upper-case prefix": (REQUEST, r' id="urn:uuid:', ' id="URN:UUID:', "READ-UUID"),
    "requestId, bare": (RESPONSE, r'requestId="urn:uuid:', 'requestId="', "READ-UUID"),
    "object ids, bare": (RESPONSE, r' id="urn:uuid:', ' id="', "READ-UUID"),
    "ends of associations, bare": (RESPONSE, r'Object="urn:uuid:', 'Object="', "READ-UUID"),
    "uuid, prefixed": (
        REQUEST,
        r"(<sdg:DataServiceEvidenceType>\s*<sdg:Identifier>)",
        r"\1urn:uuid:",
        "READ-UUID",
    ),
    "uuid, prefixed twice": (
        REQUEST,
        r"(<sdg:DataServiceEvidenceType>\s*<sdg:Identifier>)",
        r"\1urn:uuid:urn:uuid:",
        "READ-UUID",
    ),
    "uuid of evidence, prefixed": (
        RESPONSE,
        r"(<sdg:Evidence>\s*<sdg:Identifier>)",
        r"\1urn:uuid:",
        "READ-UUID",
    ),
    "host of the first rules": (REQUEST, r"//sr\.oots\.tech\.ec\.", "//sr.oots.tech.", "READ-HOST"),
    "host of the first rules, in a response": (
        RESPONSE,
        r"//sr\.oots\.tech\.ec\.",
        "//sr.oots.tech.",
        "READ-HOST",
    ),
    "language of names in lower case": (REQUEST, r' lang="EN"', ' lang="en"', "READ-CODE"),
    "language wanted in lower case": (REQUEST, r' xml:lang="ET"', ' xml:lang="et"', "READ-CODE"),
    "language of a distribution in lower case": (
        RESPONSE,
        r"<sdg:Language>DE",
        "<sdg:Language>de",
        "READ-CODE",
    ),
    "language of a text in mixed case": (ERROR, r'xml:lang="BG"', 'xml:lang="Bg"', "READ-CODE"),
    "country in lower case": (
        REQUEST,
        r"AdminUnitLevel1>EE<",
        "AdminUnitLevel1>ee<",
        "READ-CODE",
    ),
    "level of assurance as eIDAS address": (
        REQUEST,
        r"Assurance>High<",
        "Assurance>http://eidas.europa.eu/LoA/high<",
        "READ-CODE",
    ),
    "gender in upper case": (REQUEST, r">Female<", ">FEMALE<", "READ-CODE"),
    "truth as digit": (REQUEST, r">true<", ">1<", None),
    "truth in upper case": (REQUEST, r">true<", ">TRUE<", "READ-CASE"),
    "date with zone": (REQUEST, r">1988-04-17<", ">1988-04-17+02:00<", "READ-DATE"),
    "date in UTC": (RESPONSE, r">2026-03-02<", ">2026-03-02Z<", "READ-DATE"),
    "no xsi:type on a slot value": (REQUEST, r' xsi:type="rim:String\w+"', "", "READ-TYPE"),
    "another xsi:type on a slot value": (
        REQUEST,
        "rim:BooleanValueType",
        "rim:StringValueType",
        "READ-TYPE",
    ),
    "blanks in xsi:type": (REQUEST, '"rim:BooleanValueType"', '" rim:BooleanValueType "', None),
    "agents without rim:Element": (
        REQUEST,
        r'\s*</?rim:Element( xsi:type="rim:AnyValueType")?>',
        "",
        "READ-TYPE",
    ),
    "collection called a bag": (REQUEST, "CollectionType:Set", "CollectionType:Bag", None),
    "unknown slot": (
        REQUEST,
        r'(<rim:Slot name="IssueDateTime">)',
        r'<rim:Slot name="Mood"/>\1',
        "READ-UNKNOWN",
    ),
    "unknown element": (
        REQUEST,
        r"(<sdg:DateOfBirth>)",
        r"<sdg:AdditionalName>Liis</sdg:AdditionalName>\1",
        "READ-UNKNOWN",
    ),
    "unknown attribute": (REQUEST, r"<sdg:GivenName", '<sdg:GivenName x="1"', "READ-UNKNOWN"),
    "unknown attribute of another namespace": (
        REQUEST,
        r"<sdg:GivenName",
        '<sdg:GivenName xmlns:x="urn:x" x:x="1"',
        "READ-UNKNOWN",
    ),
    "schema location on the root": (
        REQUEST,
        r" id=",
        ' xsi:schemaLocation="urn:x x.xsd" id=',
        None,
    ),
    "fixed value is another": (
        REQUEST,
        "LeafClassWithRepositoryItem",
        "LeafClass",
        "READ-CONSTANT",
    ),
    "fixed value in a query": (REQUEST, '"DocumentQuery"', '"Document"', "READ-CONSTANT"),
    "attributes of a person at the end": (
        FIXTURES / "edm/1.2/request-extreme-attributes.xml",
        r"(?s)(\s*<sdg:SectorSpecificAttribute>.*</sdg:SectorSpecificAttribute>)(\s*</sdg:Person>)",
        r"\1\2",
        None,
    ),
    "code list in another version": (
        NATIONAL,
        r'listVersionID="[^"]*"',
        'listVersionID="1900-01"',
        "READ-LIST",
    ),
    "code without its element": (NATIONAL, r"<code>([^<]*)</code>", r"\1", "READ-TYPE"),
    "base64 in lines": (
        NATIONAL,
        r"(RepositoryItem>[A-Za-z0-9+/]{60})",
        "\\1\r\n  ",
        "READ-BASE64",
    ),
}


@pytest.mark.parametrize(("path", "pattern", "replacement", "told"), VALUES.values(), ids=VALUES)
def test_a_value_in_another_published_form_is_the_same_value(
    path: Path, pattern: str, replacement: str, told: str | None
) -> None:
    reading = read(changed(path, pattern, replacement))
    assert reading.message.fields == load(path).message.fields
    assert ids(reading) == ({told} if told else set())
    assert not any(finding.severity is Severity.FATAL for finding in reading.findings)


def test_an_identifier_in_upper_case_is_lowered_and_told() -> None:
    octets = re.sub(
        rb"(?<=uuid:)[0-9a-f-]{36}", lambda match: match[0].upper(), REQUEST.read_bytes()
    )
    reading = read(octets)
    assert reading.message == load(REQUEST).message
    assert ids(reading) == {"READ-UUID"}


def test_letters_written_as_base_and_accent_are_composed() -> None:
    octets = unicodedata.normalize("NFD", REQUEST.read_text("utf-8")).encode("utf-8")
    assert octets != REQUEST.read_bytes()
    assert read(octets).message == load(REQUEST).message


def test_a_host_with_an_environment_label_is_kept_as_it_is() -> None:
    reading = read(changed(REQUEST, r"//sr\.oots", "//sr.acc.oots"))
    assert reading.findings == ()
    classification = reading.message.head.evidence_type
    assert classification.startswith("https://sr.acc.oots.tech.ec.europa.eu/")


# --- points in time ------------------------------------------------------------------------------

FRACTIONS = ["", *(f".{'123456789'[:digits]}" for digits in range(1, 10))]
ZONES = ["Z", "+00:00", "+02:00", "-01:30", "+14:00", "-14:00"]


def issued(value: str) -> Reading:
    return read(changed(REQUEST, r">2026-03-02T10:15:30\+02:00<", f">{value}<"))


@pytest.mark.parametrize("fraction", FRACTIONS, ids=lambda text: f"{len(text[1:])} digits")
@pytest.mark.parametrize("zone", ZONES)
def test_a_time_with_zone_is_read_as_it_was_spelt(fraction: str, zone: str) -> None:
    reading = issued(f"2026-03-02T10:15:30{fraction}{zone}")
    assert reading.message.head.issued == f"2026-03-02T10:15:30{fraction}{zone}"
    assert reading.findings == ()


@pytest.mark.parametrize("fraction", FRACTIONS, ids=lambda text: f"{len(text[1:])} digits")
def test_a_time_without_zone_is_taken_as_utc_and_told(fraction: str) -> None:
    reading = issued(f"2026-03-02T10:15:30{fraction}")
    assert reading.message.head.issued == f"2026-03-02T10:15:30{fraction}Z"
    assert ids(reading) == {"READ-ZONE"}


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-02",
        "2026-03-02T10:15Z",
        "2026-03-02 10:15:30Z",
        "2026-02-30T10:15:30Z",
        "2026-03-02T25:15:30Z",
        "2026-03-02T10:15:30.1234567890Z",
        "2026-03-02T10:15:30+15:00",
        "2026-03-02T10:15:30+0200",
        "02.03.2026 10:15",
        "now",
        "",
    ],
)
def test_what_is_no_time_is_a_fatal_finding(value: str) -> None:
    reading = issued(value)
    assert [(f.id, f.severity) for f in reading.findings if f.id == "READ-VALUE"] == [
        ("READ-VALUE", Severity.FATAL)
    ]
    assert reading.message.head.issued == ""


def test_no_finding_quotes_a_value() -> None:
    for path, pattern, replacement, _ in VALUES.values():
        assert not quotes_a_value(path, pattern, replacement)
