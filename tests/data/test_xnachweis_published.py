"""Our XNachweis 1.4 schemas held against the published 1.2.0: what differs is listed, with why."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lxml import etree

from tests.data import noots_tables as noots
from tests.data.schema_structure import Structure, simple_types, structures
from tests.mutations import Mutation, mutations
from tests.reference import REPOSITORY, reference

FOLDER = REPOSITORY / "xsd" / "xnachweis" / "1.4"
PUBLISHED = "data/published/xnachweis-1.2.0"
STEM = "urn:xoev-de:bva:standard:xnachweis:schema:xnachweis-"
PROBE = "urn:example:probe"

LATIN = "xoev-lc:String.Latin"
TEXT = "xn-bdt:Text"
COUNTRY = "xn-bdt:Code.CountryIdentificationCode"

#: Type, child, what 1.2.0 says, what 1.4 says, topic of noots.md 2.9 that tells of it.
CHILDREN = [
    ("xn-bk:AddressType", "FullAddress", f"0..1 {TEXT}", f"0..1 {LATIN}", "texts"),
    ("xn-bk:AddressType", "Thoroughfare", f"0..1 {TEXT}", f"0..1 {LATIN}", "texts"),
    ("xn-bk:AddressType", "LocatorDesignator", f"0..1 {TEXT}", f"0..1 {LATIN}", "texts"),
    ("xn-bk:AddressType", "AdminUnitLevel2", "0..1 xn-bdt:Code.NUTS", f"0..1 {LATIN}", "AdminUnitLevel2"),
    ("xn-bk:AddressType", "PostCode", f"0..1 {TEXT}", f"0..1 {LATIN}", "texts"),
    ("xn-bk:AddressType", "PostCityName", f"0..1 {TEXT}", f"0..1 {LATIN}", "texts"),
    ("xn-bk:AttributeKeyValuePair", "AttributeName", f"1 {TEXT}", f"1 {LATIN}", "texts"),
    ("xn-bk:AttributeKeyValuePair", "AttributeValue", f"1 {TEXT}", f"1 {LATIN}", "texts"),
    ("xn-bk:DistributionType", "Format", "1 xn-bdt:Code.OOTSMediaTypes", "", "distribution"),
    ("xn-bk:DistributionType", "PrioritizedFormat", "", "1..n xn-bk:PrioritizedFormat", "distribution"),
    ("xn-bk:EvidenceMetadataType", "Title", "", "1 xs:string", "title of evidence"),
    ("xn-bk:LegalPerson.IdentificationType", "LegalName", f"1 {TEXT}", "1 xn-bdt:Text.nonLatin", "texts"),
    ("xn-bk:LegalPersonType", "Identifier", "0..n xn-bdt:Identifier", "0..n xn-bdt:Identifier.EAS", "legal person extras"),
    ("xn-bk:LegalPersonType", "PhoneNumber", "", f"0..1 {LATIN}", "legal person extras"),
    ("xn-bk:LegalPersonType", "EmailAddress", "", f"0..1 {LATIN}", "legal person extras"),
    ("xn-bk:Person.IdentificationType", "FamilyName", f"1 {TEXT}", "1 xn-bdt:Text.nonLatin", "texts"),
    ("xn-bk:Person.IdentificationType", "GivenName", f"1 {TEXT}", "1 xn-bdt:Text.nonLatin", "texts"),
    ("xn-bk:PersonType", "BirthName", f"0..1 {TEXT}", "0..1 xn-bdt:Text.nonLatin", "texts"),
    ("xn-bk:PersonType", "PlaceOfBirth", f"0..1 {TEXT}", f"0..1 {LATIN}", "texts"),
    ("xn-bk:PersonType", "CurrentAdress", "0..1 xn-bk:AddressType", "", "CurrentAdress"),
    ("xn-bk:PersonType", "CurrentAddress", "", "0..1 xn-bk:AddressType", "CurrentAdress"),
    ("xn-bk:PersonType", "Gender", f"0..1 {TEXT}", f"0..1 {LATIN}", "texts"),
    ("xn-bk:PersonType", "Nationality", "", f"0..n {COUNTRY}", "person extras"),
    ("xn-bk:PersonType", "CountryOfBirth", "", f"0..1 {COUNTRY}", "person extras"),
    ("xn-bk:PersonType", "TownOfBirth", "", f"0..1 {LATIN}", "person extras"),
    ("xn-bk:PersonType", "CountryOfResidence", "", f"0..1 {COUNTRY}", "person extras"),
    ("xn-bk:PersonType", "PhoneNumber", "", f"0..1 {LATIN}", "person extras"),
    ("xn-bk:PersonType", "EmailAddress", "", f"0..1 {LATIN}", "person extras"),
    ("xn-bk:RegistryObjectType_NOOTS", "RepositoryItem/RepositoryItemRef", "1 xn-bk:RepositoryItemRef", "1 xn-bdt:RepositoryItemRef", "RepositoryItemRef"),
    ("xn-bk:RegistryObjectType_NOOTS", "EvidenceProviderReference", "", "1 xn-bdt:Identifier.EAS", "EvidenceProviderReference"),
    ("xn-bk:RegistryObjectType_NOOTS", "Signature", "", "0..1 ds:SignatureType", "Signature"),
]  # fmt: skip

#: Types whose attributes or nature differ.
SHAPES = {
    "xn-bdt:Code.MessageType": "version numbering",
    "xn-bk:Nachricht": "base types",
}

#: Types only one of the two knows.
ONLY_NEW = {
    "xn-bdt:Code.ARS": "query",
    "xn-bdt:Text.nonLatin": "texts",
    "xn-bk:AgentType": "agents",
    "xn-bk:ErrorResponse": "base types",
    "xn-bk:EvidenceAvailabilityType": "EvidenceAvailability",
    "xn-bk:PrioritizedFormat": "distribution",
    "xn-bk:QueryType": "query",
    "xn-bk:QueryType_RequestedEvidence": "query",
    "xn-bk:Request": "base types",
    "xn-bk:Response": "base types",
}
ONLY_OLD = {
    "xn-bdt:Code.NUTS": "AdminUnitLevel2",
    "xn-bk:AgentType_NOOTS": "agents",
    "xn-bk:AuthorizedPersonType": "representative",
    "xn-bk:QueryType_NOOTS": "query",
    "xn-bk:RepositoryItemRef": "RepositoryItemRef",
    "xn-eu-edm:AgentType": "agents",
    "xn-eu-edm:RegistryObjectType": "evidence list",
}

#: Simple types that differ; the last three say the same in another way or order.
SIMPLE = {
    "xn-bdt:EvidenceTypeClassification": "EvidenceTypeClassification",
    "xn-bdt:RepositoryItemRef": "RepositoryItemRef",
    "xn-bdt:SchemeID.EAS": "SchemeID.EAS",
    "xn-bdt:Text": "texts",
    "xn-bdt:URI.DataModelScheme": "data model URI",
    "xn-bdt:IDNrType": "",
    "xn-bdt:messagetypes": "",
}


def prefixes(version_suffix: str) -> dict[str, str]:
    found = {uri: prefix for uri, prefix in noots.prefixes().items() if not uri.startswith(STEM)}
    for uri, prefix in noots.prefixes().items():
        if uri.startswith(STEM):
            found[uri.removesuffix("_1.4") + version_suffix] = prefix
    return found


def old() -> dict[str, Structure]:
    return structures(reference(PUBLISHED), "*.xsd", prefixes(""))


def new() -> dict[str, Structure]:
    return structures(FOLDER, "xnachweis-*.xsd", prefixes("_1.4"))


def told(structure: Structure) -> dict[str, str]:
    return {c.path: f"{c.occurs} {c.type}" for c in structure.children}


def common() -> list[str]:
    """Types both know. Messages changed whole (noots.md 2.9) and are compared by name only."""
    return sorted(n for n in old().keys() & new().keys() if not n.startswith("xn-de:"))


def test_both_versions_declare_the_same_twelve_messages() -> None:
    messages = [{n for n in side if n.startswith("xn-de:")} for side in (old(), new())]
    assert messages[0] == messages[1] and len(messages[0]) == 12


def test_types_of_one_version_only_are_the_listed_ones() -> None:
    assert new().keys() - old().keys() == ONLY_NEW.keys()
    assert old().keys() - new().keys() == ONLY_OLD.keys()


def test_children_of_common_types_differ_only_as_listed() -> None:
    before, after = old(), new()
    differences = set()
    for name in common():
        left, right = told(before[name]), told(after[name])
        for child in left.keys() | right.keys():
            if left.get(child) != right.get(child):
                differences.add((name, child, left.get(child, ""), right.get(child, "")))
    assert differences == {row[:4] for row in CHILDREN}
    assert len(common()) > 25


def test_children_of_common_types_stand_in_the_same_order() -> None:
    before, after = old(), new()
    for name in common():
        left, right = told(before[name]), told(after[name])
        assert [c for c in left if c in right] == [c for c in right if c in left], name


def test_base_group_and_attributes_of_common_types_differ_only_as_listed() -> None:
    before, after = old(), new()

    def shape(found: Structure) -> tuple[object, ...]:
        return found.base, found.group, found.abstract, found.attributes

    assert {n for n in common() if shape(before[n]) != shape(after[n])} == SHAPES.keys()


def test_simple_types_differ_only_as_listed() -> None:
    before = simple_types(reference(PUBLISHED), "*.xsd", prefixes(""))
    after = simple_types(FOLDER, "xnachweis-*.xsd", prefixes("_1.4"))
    names = before.keys() | after.keys()
    assert {n for n in names if before.get(n) != after.get(n)} == SIMPLE.keys()
    assert sorted(before["xn-bdt:messagetypes"].split()) == sorted(
        after["xn-bdt:messagetypes"].split()
    )


def test_every_listed_difference_is_told_by_the_reference() -> None:
    topics = {row[0].replace("`", "") for row in noots.table_after("| topic | 1.2.0 |")}
    named = {row[4] for row in CHILDREN} | set(SHAPES.values()) | set(SIMPLE.values())
    named |= set(ONLY_NEW.values()) | set(ONLY_OLD.values())
    assert named - topics == {""}


# ---- verdicts

_LANGUAGE = 'listURI="urn:xoev-de:xnachweis:codeliste:sprachen-iso-639-1" listVersionID="2023-12"'
_COUNTRY = 'listURI="urn:xoev-de:kosit:codeliste:country-codes" listVersionID="8"'
_LOA = 'listURI="urn:xoev-de:xnachweis:codeliste:loa" listVersionID="2022-12"'
_DIRECTORY = 'listURI="urn:xoev-de:kosit:codeliste:verzeichnisdienst" listVersionID="3"'
_CHANNEL = 'listURI="urn:de:xoev:codeliste:erreichbarkeit" listVersionID="3"'
_UUID = "5b0f0d3c-1c57-4f0e-9f55-0c6f4c7a1e01"
_MULTILINGUAL = (
    f"<bdt:value>Erika's office</bdt:value><bdt:lang {_LANGUAGE}><code>en</code></bdt:lang>"
)
_IDENTIFICATION = f"""
  <bk:nachrichtenUUID>{_UUID}</bk:nachrichtenUUID>
  <bk:nachrichtentyp listURI="urn:xoev-de:xnachweis:codeliste:messagetypes" listVersionID="1.4">
    <code>DE.EvidenceRequest.0301</code></bk:nachrichtentyp>
  <bk:erstellungszeitpunkt>2026-02-03T09:15:00.250Z</bk:erstellungszeitpunkt>"""
_AUTHORITY = f"""
  <beh:verzeichnisdienst {_DIRECTORY}><code>DVDV</code></beh:verzeichnisdienst>
  <beh:kennung>xyz:0001</beh:kennung><beh:name>Registerbehörde</beh:name>
  <kom:erreichbarkeit><kom:kanal {_CHANNEL}><code>02</code></kom:kanal>
    <kom:kennung>030 000000</kom:kennung><kom:zusatz>vormittags</kom:zusatz></kom:erreichbarkeit>"""
_PAIR = """
  <bk:AttributeName>Scope</bk:AttributeName>
  <bk:AttributeURI>urn:example:scope</bk:AttributeURI>
  <bk:AttributeValue>V2</bk:AttributeValue>"""
_PERSON = """
  <bk:Identifier schemeID="eidas">FR/DE/123123123</bk:Identifier>
  <bk:DateOfBirth>1992-10-22</bk:DateOfBirth>
  <bk:FamilyName>Dupont</bk:FamilyName>
  <bk:GivenName>Jean</bk:GivenName>"""
_COMPANY = """
  <bk:LegalPersonIdentifier schemeID="eidas">FR/DE/4711</bk:LegalPersonIdentifier>
  <bk:LegalName>Dupont et fils</bk:LegalName>"""

#: Content of one instance for each type on which both versions agree, as far as they agree:
#: no AdminUnitLevel2, no current address, no identifier structure, Latin texts only.
INSTANCES = {
    "xn-bk:AddressType": f"""
  <bk:FullAddress>Musterweg 1, 12345 Musterstadt</bk:FullAddress>
  <bk:Thoroughfare>Musterweg</bk:Thoroughfare>
  <bk:LocatorDesignator>1</bk:LocatorDesignator>
  <bk:AdminUnitLevel1 {_COUNTRY}><code>FR</code></bk:AdminUnitLevel1>
  <bk:PostCode>12345</bk:PostCode>
  <bk:PostCityName>Musterstadt</bk:PostCityName>""",
    "xn-bk:Agent.IdentificationType": f"""
  <bk:Identifier schemeID="urn:cef.eu:names:identifier:EAS:0204">00-TEST-00</bk:Identifier>
  <bk:Name>{_MULTILINGUAL}</bk:Name><bk:Name>{_MULTILINGUAL}</bk:Name>""",
    "xn-bk:AttributeKeyValuePair": _PAIR,
    "xn-bk:ConformantToType": f"""
  <bk:EvidenceTypeClassification>https://sr.oots.tech.ec.europa.eu/evidencetypeclassifications/DE/{_UUID}</bk:EvidenceTypeClassification>
  <bk:Title>{_MULTILINGUAL}</bk:Title>
  <bk:Description>{_MULTILINGUAL}</bk:Description>""",
    "xn-bk:Identifikation.NachrichtenTyp": _IDENTIFICATION,
    "xn-bk:Nachrichtenkopf": f"""
  <bk:identifikation.nachricht>{_IDENTIFICATION}</bk:identifikation.nachricht>
  <g2g:leser>{_AUTHORITY}</g2g:leser><g2g:autor>{_AUTHORITY}</g2g:autor>""",
    "xn-bk:LegalPersonType": f"""{_COMPANY}
  <bk:LevelOfAssurance {_LOA}><code>High</code></bk:LevelOfAssurance>
  <bk:RegisteredAddress>
    <bk:AdminUnitLevel1 {_COUNTRY}><code>FR</code></bk:AdminUnitLevel1>
  </bk:RegisteredAddress>
  <bk:SectorSpecificAttribute>{_PAIR}</bk:SectorSpecificAttribute>""",
    "xn-bk:PeriodType": """
  <bk:StartDate>2026-01-01</bk:StartDate><bk:EndDate>2026-12-31</bk:EndDate>""",
    "xn-bk:PersonType": f"""{_PERSON}
  <bk:LevelOfAssurance {_LOA}><code>High</code></bk:LevelOfAssurance>
  <bk:BirthName>Martin</bk:BirthName>
  <bk:PlaceOfBirth>Lyon</bk:PlaceOfBirth>
  <bk:Gender>Female</bk:Gender>
  <bk:SectorSpecificAttribute>{_PAIR}</bk:SectorSpecificAttribute>
  <bk:IDNr>12345678901</bk:IDNr>""",
    "xn-bk:RegistryExceptionType": """
  <bk:Code listURI="urn:xoev-de:xnachweis:codeliste:nootserrorcodes" listVersionID="2024-09">
    <code>EDM:ERR:0004</code></bk:Code>
  <bk:Detail>Nothing found</bk:Detail>
  <bk:Timestamp>2026-02-03T09:15:00Z</bk:Timestamp>
  <bk:Severity>urn:oasis:names:tc:ebxmlregrep:ErrorSeverityType:Error</bk:Severity>""",
    "xn-bk:RequirementType_NOOTS": f"""
  <edm:Identifier>https://sr.oots.tech.ec.europa.eu/requirements/{_UUID}</edm:Identifier>
  <edm:Name>{_MULTILINGUAL}</edm:Name>
  <bk:Country {_COUNTRY}><code>FR</code></bk:Country>""",
    "xn-bdt:Code.ResponseStatusType": "<code>Success</code>",
    "xn-bdt:Identifier": """
  <bdt:value>4711</bdt:value>
  <bdt:schemeID listURI="urn:xoev-de:xnachweis:codeliste:identifierschemes" listVersionID="1">
    <code>VAT</code></bdt:schemeID>""",
}

#: Attributes of the instance's own element.
ATTRIBUTES = {
    "xn-bdt:Code.ResponseStatusType": (
        'listURI="urn:xoev-de:xnachweis:codeliste:responsestatustype" listVersionID="2023-10"'
    )
}


def instance(name: str) -> etree._Element:
    spaces = {
        "bk": f"{STEM}baukasten_1.4",
        "bdt": f"{STEM}basisdatentypen_1.4",
        "edm": f"{STEM}eu-edm_1.4",
        "g2g": "http://xoev.de/schemata/basisnachricht/g2g/1_1",
        "beh": "http://xoev.de/schemata/basisnachricht/behoerde/1_1",
        "kom": "http://xoev.de/schemata/basisnachricht/kommunikation/1_1",
    }
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in spaces.items())
    root = f"p:{name.partition(':')[2]}"
    blanks = etree.XMLParser(remove_blank_text=True)
    text = f'<{root} xmlns:p="{PROBE}" {declared} {ATTRIBUTES.get(name, "")}>{INSTANCES[name]}</{root}>'
    return etree.fromstring(text, blanks)


def as_published(document: bytes) -> bytes:
    """The same document in the namespaces and constants of 1.2.0."""
    renamed = re.sub(rb"(schema:xnachweis-[a-z-]+)_1\.4", rb"\1", document)
    renamed = renamed.replace(b'listVersionID="1.4"', b'listVersionID="1.2.0"')
    return renamed.replace(b"evidencetypeclassifications/DE/", b"evidencetypeclassifications/ec/")


def probe(suffix: str, folder: Path) -> etree.XMLSchema:
    """A schema that declares an element for every type of `INSTANCES`."""
    bk, bdt = f"{STEM}baukasten{suffix}", f"{STEM}basisdatentypen{suffix}"
    elements = "".join(
        f'<xs:element name="{name.partition(":")[2]}" type="{name}"/>' for name in INSTANCES
    )
    text = (
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{PROBE}"'
        f' xmlns:xn-bk="{bk}" xmlns:xn-bdt="{bdt}">'
        f'<xs:import namespace="{bdt}" schemaLocation="xnachweis-basisdatentypen.xsd"/>'
        f'<xs:import namespace="{bk}" schemaLocation="xnachweis-baukasten.xsd"/>'
        f"{elements}</xs:schema>"
    )
    return etree.XMLSchema(etree.fromstring(text, base_url=str(folder / "probe.xsd")))


@pytest.fixture(scope="module")
def verdicts(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[etree._Element], tuple[bool, bool]]:
    """Ours and theirs on one document of 1.4. The XÖV base they import is ours: none is at hand."""
    folder = tmp_path_factory.mktemp("published")
    for file in reference(PUBLISHED).glob("*.xsd"):
        text = file.read_text(encoding="utf-8")
        patched = re.sub(r'schemaLocation="[^"]*/([^"/]+)"', r'schemaLocation="\1"', text)
        (folder / file.name).write_text(patched, encoding="utf-8")
    for name in ("xoev-*.xsd", "din-*.xsd"):
        for file in FOLDER.glob(name):
            shutil.copy(file, folder)
    ours, theirs = probe("_1.4", FOLDER), probe("", folder)

    def judge(document: etree._Element) -> tuple[bool, bool]:
        written = etree.tostring(document)
        rewritten = etree.fromstring(as_published(written))
        return bool(ours.validate(etree.fromstring(written))), bool(theirs.validate(rewritten))

    return judge


def once_and_twice(root: etree._Element) -> Iterator[Mutation]:
    """Every mutation, and every mutation of each fortieth mutant."""
    for number, (name, mutant) in enumerate(mutations(root)):
        yield name, mutant
        if number % 40 == 0:
            yield from ((f"{name}, {second}", twice) for second, twice in mutations(mutant))


@pytest.mark.parametrize("name", sorted(INSTANCES))
def test_instance_is_valid_by_both(
    name: str, verdicts: Callable[[etree._Element], tuple[bool, bool]]
) -> None:
    assert verdicts(instance(name)) == (True, True)


def test_mutations_get_the_same_verdict_from_both(
    verdicts: Callable[[etree._Element], tuple[bool, bool]],
) -> None:
    count: Counter[bool] = Counter()
    for name in INSTANCES:
        for mutation, mutant in once_and_twice(instance(name)):
            ours, theirs = verdicts(mutant)
            assert ours == theirs, (mutation, ours, theirs)
            count[ours] += 1
    assert count[True] > 1000 and count[False] > 3000, count
