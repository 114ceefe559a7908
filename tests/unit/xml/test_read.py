"""Tolerant in reading: one row a tolerance, each with the finding that tells of it."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from lxml import etree

from bridge.errors import RemoteFault
from bridge.finding import Finding, Severity
from bridge.standards.catalogue import Reading
from bridge.xml.parse import parse
from tests import spellings
from tests.fixture_files import CATALOGUE, FIXTURES, load, messages, name_of
from tests.spellings import Spelling

EDM = messages("edm")
REQUEST = FIXTURES / "edm/1.2/request-full.xml"
EXTREME = FIXTURES / "edm/1.2/request-extreme.xml"
RESPONSE = FIXTURES / "edm/2.0/response-extreme.xml"
ERROR = FIXTURES / "edm/1.2/exception-extreme.xml"
SEALED = FIXTURES / "xnachweis/1.4/0302-sealed.xml"
NATIONAL = FIXTURES / "xnachweis/1.4/0302-full.xml"


def read(octets: bytes) -> Reading:
    return CATALOGUE.read(parse(octets))


def ids(reading: Reading) -> set[str]:
    return {finding.id for finding in reading.findings}


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

Change = tuple[Path, str, str, str | None]


def changed(path: Path, pattern: str, replacement: str, count: int = 0) -> bytes:
    text, done = re.subn(pattern, replacement, path.read_text("utf-8"), count=count)
    assert done, pattern
    return text.encode("utf-8")


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


# --- what cannot be understood, or is out of rule ------------------------------------------------

REQUEST_SLOT = "/query:QueryRequest/rim:Slot[@name='{}']"
PERSON = "/query:QueryRequest/query:Query/rim:Slot[@name='NaturalPerson']/rim:SlotValue/sdg:Person"

# name: file, pattern, replacement, id, location
FATAL: dict[str, tuple[Path, str, str, str, str]] = {
    "no UUID": (REQUEST, r' id="[^"]*"', ' id="4711"', "READ-VALUE", "/query:QueryRequest"),
    "no date": (
        REQUEST,
        r">1988-04-17<",
        ">17.04.1988<",
        "READ-VALUE",
        f"{PERSON}/sdg:DateOfBirth",
    ),
    "a date that is not in the calendar": (
        REQUEST,
        r">1988-04-17<",
        ">1987-02-29<",
        "READ-VALUE",
        f"{PERSON}/sdg:DateOfBirth",
    ),
    "no truth value": (
        REQUEST,
        r"(?s)(PossibilityForPreview.{1,90})>true<",
        r"\1>maybe<",
        "READ-VALUE",
        REQUEST_SLOT.format("PossibilityForPreview") + "/rim:SlotValue/rim:Value",
    ),
    "no value in a slot": (
        REQUEST,
        r'(?s)(<rim:Slot name="IssueDateTime">).*?(</rim:Slot>)',
        r"\1\2",
        "READ-VALUE",
        REQUEST_SLOT.format("IssueDateTime"),
    ),
    "no text in an international slot": (
        REQUEST,
        r"<rim:LocalizedString [^>]*/>",
        "",
        "READ-VALUE",
        REQUEST_SLOT.format("Procedure") + "/rim:SlotValue",
    ),
    "two texts where one is meant": (
        REQUEST,
        r"(<rim:LocalizedString [^>]*/>)",
        r"\1\1",
        "READ-DOUBLED",
        REQUEST_SLOT.format("Procedure") + "/rim:SlotValue",
    ),
    "a slot twice": (
        REQUEST,
        r'(?s)(<rim:Slot name="ExplicitRequestGiven">.*?</rim:Slot>)',
        r"\1\1",
        "READ-DOUBLED",
        REQUEST_SLOT.format("ExplicitRequestGiven"),
    ),
    "an element twice": (
        REQUEST,
        r"(<sdg:FamilyName>Kask</sdg:FamilyName>)",
        r"\1\1",
        "READ-DOUBLED",
        f"{PERSON}/sdg:FamilyName[2]",
    ),
    "both kinds of subject": (
        REQUEST,
        r'(?s)(<rim:Slot name=")NaturalPerson(">.*?<sdg:)Person>(.*?</sdg:)Person>(.*?</rim:Slot>)',
        r"\1NaturalPerson\2Person>\3Person>\4\1LegalPerson\2LegalPerson>\3LegalPerson>\4",
        "READ-CHOICE",
        "/query:QueryRequest/query:Query",
    ),
    "no subject": (
        REQUEST,
        'name="NaturalPerson"',
        'name="Person"',
        "READ-CHOICE",
        "/query:QueryRequest/query:Query",
    ),
    "no UUID of an object": (
        RESPONSE,
        r'(xsi:type="rim:AssociationType" id|id)="urn:uuid:[^"]*"( type| xsi:type="rim:Assoc)',
        r'\1="urn:uuid:7"\2',
        "READ-VALUE",
        "/query:QueryResponse/rim:RegistryObjectList/rim:RegistryObject[1]"
        "/rim:RegistryObjectList/rim:RegistryObject[6]",
    ),
}

WARNING: dict[str, tuple[Path, str, str, str, str]] = {
    "a code outside its list": (
        REQUEST,
        'value="V2"',
        'value="Z9"',
        "READ-CODE-UNKNOWN",
        REQUEST_SLOT.format("Procedure") + "/rim:SlotValue/rim:Value/rim:LocalizedString",
    ),
    "a country nobody knows": (
        REQUEST,
        r"Nationality>EE<",
        "Nationality>XX<",
        "READ-CODE-UNKNOWN",
        f"{PERSON}/sdg:Nationality",
    ),
    "a slot is missing": (
        REQUEST,
        'name="Procedure"',
        'name="Procedures"',
        "READ-REQUIRED",
        "/query:QueryRequest",
    ),
    "an element is missing": (
        REQUEST,
        r"\s*<sdg:FamilyName>Kask</sdg:FamilyName>",
        "",
        "READ-REQUIRED",
        PERSON,
    ),
    "an attribute is missing": (
        REQUEST,
        r' schemeID="eidas"',
        "",
        "READ-REQUIRED",
        f"{PERSON}/sdg:Identifier",
    ),
    "an object of another type": (
        RESPONSE,
        "rim:AssociationType",
        "rim:ExternalLinkType",
        "READ-UNKNOWN",
        "/query:QueryResponse/rim:RegistryObjectList/rim:RegistryObject[1]"
        "/rim:RegistryObjectList/rim:RegistryObject[6]",
    ),
}


@pytest.mark.parametrize("wrapper", ["query:Query", "query:ResponseOption"])
def test_a_missing_wrapper_is_told(wrapper: str) -> None:
    dropped = rf"(?s)\s*<{wrapper}(>| [^>]*>).*?</{wrapper}>|\s*<{wrapper}[^>]*/>"
    reading = read(changed(REQUEST, dropped, "", count=1))
    assert "READ-REQUIRED" in ids(reading)


# What would be lost in silence if the first value won or text were left out.
# name: pattern, replacement
SILENT: dict[str, tuple[str, str]] = {
    "a second value in a slot": (
        r"(<rim:Value>)true(</rim:Value>)",
        r"\1true\2\1false\2",
    ),
    "a second SlotValue in a slot": (
        r"(?s)(<rim:SlotValue xsi:type=\"rim:Boolean\w+\">.*?)true(.*?</rim:SlotValue>)",
        r"\1true\2\1false\2",
    ),
    "text between elements": (r"(<sdg:FamilyName>)", r"Kask-Tamm\1"),
    "text after an element inside a value": (r">Kask<", ">Ka<x/>sk<"),
}


@pytest.mark.parametrize(("pattern", "replacement"), SILENT.values(), ids=SILENT)
def test_a_value_that_is_not_read_is_a_fatal_finding(pattern: str, replacement: str) -> None:
    findings = read(changed(REQUEST, pattern, replacement, count=1)).findings
    assert any(finding.severity is Severity.FATAL for finding in findings)


def test_a_relative_namespace_above_a_seal_is_a_finding_or_an_error_of_ours() -> None:
    octets = changed(SEALED, r" xmlns:ds=", ' xmlns:relative="//x" xmlns:ds=', count=1)
    try:
        assert any(finding.severity is Severity.FATAL for finding in read(octets).findings)
    except RemoteFault:
        return


def found(octets: bytes, rule: str) -> Finding:
    matching = [finding for finding in read(octets).findings if finding.id == rule]
    assert matching
    return matching[0]


@pytest.mark.parametrize(
    ("path", "pattern", "replacement", "rule", "place"), FATAL.values(), ids=FATAL
)
def test_what_cannot_be_understood_is_a_fatal_finding_with_its_place(
    path: Path, pattern: str, replacement: str, rule: str, place: str
) -> None:
    octets = changed(path, pattern, replacement, count=1)
    finding = found(octets, rule)
    assert (finding.severity, finding.location) == (Severity.FATAL, place)
    assert place_of(octets, finding.location).sourceline == finding.line


@pytest.mark.parametrize(
    ("path", "pattern", "replacement", "rule", "place"), WARNING.values(), ids=WARNING
)
def test_what_is_out_of_rule_is_a_warning_with_its_place(
    path: Path, pattern: str, replacement: str, rule: str, place: str
) -> None:
    octets = changed(path, pattern, replacement)
    finding = found(octets, rule)
    assert (finding.severity, finding.location) == (Severity.WARNING, place)
    assert place_of(octets, finding.location).sourceline == finding.line


def place_of(octets: bytes, location: str) -> etree._Element:
    """The first element that a location names; doubled slots share one."""
    root = etree.fromstring(octets)
    namespaces = {prefix: uri for prefix, uri in root.nsmap.items() if prefix}
    result = root.xpath(location, namespaces=namespaces)
    assert isinstance(result, list) and result
    element = result[-1]
    assert isinstance(element, etree._Element)
    return element


@pytest.mark.parametrize("table", [VALUES, FATAL, WARNING], ids=["values", "fatal", "warning"])
def test_no_finding_quotes_a_value(table: dict[str, tuple[Path, str, str, str | None]]) -> None:
    values = re.compile(r"4711|17\.04\.1988|maybe|Kask|Mari-Liis|Liis|48804170009|\bXX\b|Z9|Mood")
    for path, pattern, replacement, *_ in table.values():
        for finding in read(changed(path, pattern, replacement)).findings:
            assert not values.search(finding.message)


def test_findings_come_in_order_of_gravity_and_line() -> None:
    octets = changed(REQUEST, r">1988-04-17<", ">never<")
    octets = octets.replace(b' lang="EN"', b' lang="en"')
    findings = read(octets).findings
    gravity = [finding.severity for finding in findings]
    assert gravity == sorted(gravity, key=[Severity.FATAL, Severity.WARNING].index)
    assert gravity.count(Severity.FATAL) == 1
    lines = [finding.line or 0 for finding in findings if finding.severity is Severity.WARNING]
    assert lines == sorted(lines) != []


FRAME = {
    "an attribute of the slot": (
        r'<rim:Slot name="Procedure"',
        '<rim:Slot name="Procedure" type="x"',
    ),
    "an attribute of its value": (
        r'(<rim:SlotValue xsi:type="rim:BooleanValueType")',
        r'\1 charset="x"',
    ),
}


@pytest.mark.parametrize(("pattern", "replacement"), FRAME.values(), ids=FRAME)
def test_attributes_of_a_slots_frame_are_told(pattern: str, replacement: str) -> None:
    assert "READ-UNKNOWN" in ids(read(changed(REQUEST, pattern, replacement, count=1)))
