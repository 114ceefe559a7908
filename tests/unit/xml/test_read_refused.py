"""What cannot be understood is fatal, what is out of rule a warning: each with id and place."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from bridge.errors import RemoteFault
from bridge.finding import Finding, Severity
from tests.readings import (
    REQUEST,
    RESPONSE,
    SEALED,
    changed,
    ids,
    quotes_a_value,
    read,
)

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
        f"{REQUEST_SLOT.format('ExplicitRequestGiven')}[2]",
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


@pytest.mark.parametrize("table", [FATAL, WARNING], ids=["fatal", "warning"])
def test_no_finding_quotes_a_value(table: dict[str, tuple[Path, str, str, str, str]]) -> None:
    for path, pattern, replacement, *_ in table.values():
        assert not quotes_a_value(path, pattern, replacement)


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
