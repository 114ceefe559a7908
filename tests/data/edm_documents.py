"""Documents for the tests of the EDM schemas: the reference's examples and fragments of our own."""

from __future__ import annotations

import re

from lxml import etree

from tests.reference import reference

SDG = "http://data.europa.eu/p4s"
RIM = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0"
NAMESPACES = {"sdg": SDG, "rim": RIM}

# --- sdg fragments known to every version: each is valid as a document of its own ----------------

AGENT = """
<sdg:Agent><sdg:Identifier schemeID="urn:x">1</sdg:Identifier>
  <sdg:Name lang="EN">Office</sdg:Name><sdg:Name lang="DE">Amt</sdg:Name>
  <sdg:Address><sdg:FullAddress>Road 1</sdg:FullAddress>
    <sdg:LocatorDesignator>1</sdg:LocatorDesignator><sdg:PostCode>11</sdg:PostCode>
    <sdg:PostCityName>Town</sdg:PostCityName><sdg:Thoroughfare>Road</sdg:Thoroughfare>
    <sdg:AdminUnitLevel1>FI</sdg:AdminUnitLevel1><sdg:AdminUnitLevel2>FI1</sdg:AdminUnitLevel2>
  </sdg:Address>
  <sdg:Jurisdiction><sdg:AdminUnitLevel1>FI</sdg:AdminUnitLevel1>
    <sdg:AdminUnitLevel2>FI1</sdg:AdminUnitLevel2><sdg:AdminUnitLevel3>1</sdg:AdminUnitLevel3>
  </sdg:Jurisdiction>
  <sdg:Classification>ER</sdg:Classification></sdg:Agent>"""

ATTRIBUTE = """
<sdg:SectorSpecificAttribute><sdg:AttributeName>IBAN</sdg:AttributeName>
  <sdg:AttributeURI>http://x/IBAN</sdg:AttributeURI>
  <sdg:AttributeValue>1</sdg:AttributeValue></sdg:SectorSpecificAttribute>"""

PERSON = f"""
<sdg:Person><sdg:LevelOfAssurance>High</sdg:LevelOfAssurance>
  <sdg:Identifier schemeID="eidas">FI/DE/123456</sdg:Identifier>
  <sdg:FamilyName>Virtanen</sdg:FamilyName><sdg:GivenName>Aino</sdg:GivenName>
  <sdg:DateOfBirth>1990-01-31</sdg:DateOfBirth><sdg:BirthName>Laine</sdg:BirthName>
  <sdg:PlaceOfBirth>Oulu</sdg:PlaceOfBirth>
  <sdg:CurrentAddress><sdg:AdminUnitLevel1>FI</sdg:AdminUnitLevel1></sdg:CurrentAddress>
  <sdg:Gender>Female</sdg:Gender>{ATTRIBUTE}{ATTRIBUTE}</sdg:Person>"""

LEGAL_PERSON = f"""
<sdg:LegalPerson><sdg:LevelOfAssurance>High</sdg:LevelOfAssurance>
  <sdg:Identifier schemeID="VAT">1</sdg:Identifier><sdg:Identifier schemeID="LEI">2</sdg:Identifier>
  <sdg:LegalPersonIdentifier schemeID="eidas">FI/DE/123456</sdg:LegalPersonIdentifier>
  <sdg:LegalName>Esimerkki Oy</sdg:LegalName>
  <sdg:RegisteredAddress><sdg:AdminUnitLevel1>FI</sdg:AdminUnitLevel1></sdg:RegisteredAddress>
  {ATTRIBUTE}</sdg:LegalPerson>"""


def concept(element: str, value: str) -> str:
    return f"""
<sdg:{element} xmlns:sdg="{SDG}"><sdg:Identifier schemeID="x">1</sdg:Identifier>
  <sdg:Type>string</sdg:Type><sdg:ValueExpression>x</sdg:ValueExpression>
  <sdg:Description lang="EN">Which?</sdg:Description>
  <sdg:SupportedValue>{value}</sdg:SupportedValue></sdg:{element}>"""


CLASSIFICATION = """
  <sdg:EvidenceTypeClassification>https://x</sdg:EvidenceTypeClassification>
  <sdg:Title lang="EN">Extract</sdg:Title><sdg:Title lang="DE">Auszug</sdg:Title>
  <sdg:Description lang="EN">An extract</sdg:Description>"""

DATA_SERVICE = f"""
<sdg:DataServiceEvidenceType><sdg:Identifier>1</sdg:Identifier>{CLASSIFICATION}
  <sdg:DistributedAs><sdg:Format>application/xml</sdg:Format>
    <sdg:ConformsTo>https://x/datamodels/x</sdg:ConformsTo></sdg:DistributedAs>
  <sdg:DistributedAs><sdg:Format>application/pdf</sdg:Format></sdg:DistributedAs>
  <sdg:AccessService><sdg:Identifier>1</sdg:Identifier><sdg:Name lang="EN">AP</sdg:Name>
    <sdg:ConformsTo>oots-edm</sdg:ConformsTo>
    <sdg:Publisher><sdg:Identifier>1</sdg:Identifier><sdg:Name lang="EN">Office</sdg:Name>
      <sdg:Address><sdg:AdminUnitLevel1>FI</sdg:AdminUnitLevel1></sdg:Address>
      <sdg:Jurisdiction><sdg:AdminUnitLevel1>FI</sdg:AdminUnitLevel1></sdg:Jurisdiction>
      {concept("ClassificationConcept", "<sdg:DateValue>2026-01-01</sdg:DateValue>")}
    </sdg:Publisher></sdg:AccessService>
  <sdg:AuthenticationLevelOfAssurance>High</sdg:AuthenticationLevelOfAssurance>
  <sdg:Note lang="EN">A note</sdg:Note>
  {concept("EvidenceProviderClassification", "<sdg:StringValue>a</sdg:StringValue>")}
</sdg:DataServiceEvidenceType>"""

REQUIREMENT = f"""
<sdg:Requirement><sdg:Identifier>1</sdg:Identifier><sdg:Name lang="EN">Proof</sdg:Name>
  <sdg:ReferenceFramework><sdg:Identifier>1</sdg:Identifier><sdg:Title lang="EN">Law</sdg:Title>
    <sdg:Description lang="EN">A law</sdg:Description>
    <sdg:RelatedTo><sdg:Identifier>2</sdg:Identifier></sdg:RelatedTo>
    <sdg:Jurisdiction><sdg:AdminUnitLevel1>FI</sdg:AdminUnitLevel1></sdg:Jurisdiction>
  </sdg:ReferenceFramework>
  <sdg:EvidenceTypeList><sdg:Identifier>1</sdg:Identifier><sdg:Name lang="EN">Any of</sdg:Name>
    <sdg:EvidenceType>{CLASSIFICATION}
      <sdg:Jurisdiction><sdg:AdminUnitLevel1>FI</sdg:AdminUnitLevel1></sdg:Jurisdiction>
      <sdg:Distribution><sdg:Format>application/pdf</sdg:Format></sdg:Distribution>
    </sdg:EvidenceType></sdg:EvidenceTypeList></sdg:Requirement>"""

EVIDENCE = f"""
<sdg:Evidence><sdg:Identifier>1</sdg:Identifier>
  <sdg:IsAbout>{LEGAL_PERSON}</sdg:IsAbout>
  <sdg:IssuingAuthority><sdg:Identifier>1</sdg:Identifier><sdg:Name lang="EN">O</sdg:Name>
  </sdg:IssuingAuthority>
  <sdg:IsConformantTo>{CLASSIFICATION}</sdg:IsConformantTo>
  <sdg:IssuingDate>2026-01-01</sdg:IssuingDate>
  <sdg:Distribution><sdg:Format>application/xml</sdg:Format><sdg:Language>FI</sdg:Language>
    <sdg:Language>SV</sdg:Language><sdg:ConformsTo>https://x</sdg:ConformsTo></sdg:Distribution>
  <sdg:ValidityPeriod><sdg:StartDate>2026-01-01</sdg:StartDate>
    <sdg:EndDate>2026-12-31</sdg:EndDate></sdg:ValidityPeriod></sdg:Evidence>"""

JURISDICTION_QUESTION = """
<sdg:EvidenceProviderJurisdictionDetermination>
  <sdg:JurisdictionContextId>1</sdg:JurisdictionContextId>
  <sdg:JurisdictionContext lang="EN">Where?</sdg:JurisdictionContext>
  <sdg:JurisdictionLevel>LAU</sdg:JurisdictionLevel>
</sdg:EvidenceProviderJurisdictionDetermination>"""

FRAGMENTS = {
    "Agent": AGENT,
    "Person": PERSON,
    "LegalPerson": LEGAL_PERSON,
    "Requirement": REQUIREMENT,
    "DataServiceEvidenceType": DATA_SERVICE,
    "Evidence": EVIDENCE,
    "StringValue": concept(
        "InformationConcept",
        "<sdg:StringValue>a</sdg:StringValue><sdg:StringValue>b</sdg:StringValue>",
    ),
    "BooleanValue": concept("InformationConcept", "<sdg:BooleanValue>1</sdg:BooleanValue>"),
}

UNTIL_1_2 = {
    "Transformation requested": DATA_SERVICE.replace(
        "</sdg:DistributedAs>",
        "<sdg:Transformation>https://x/y</sdg:Transformation></sdg:DistributedAs>",
    ),
    "Transformation delivered": EVIDENCE.replace(
        "</sdg:Distribution>",
        "<sdg:Transformation>https://x/y</sdg:Transformation></sdg:Distribution>",
    ),
    "JurisdictionDetermination": DATA_SERVICE.replace(
        "<sdg:EvidenceProviderClassification ",
        f"{JURISDICTION_QUESTION}<sdg:EvidenceProviderClassification ",
    ),
}
"""Valid up to 1.2: what 2.0 has withdrawn."""

# --- documents -----------------------------------------------------------------------------------


def parse(text: str) -> etree._Element:
    return etree.fromstring(text.strip().encode(), etree.XMLParser(remove_blank_text=True))


def fragment(text: str) -> etree._Element:
    """An sdg fragment with its namespace declared where it does not do so itself."""
    if "xmlns:sdg=" not in text.split(">", 1)[0]:
        text = re.sub(r"^\s*<(sdg:\w+)", rf'<\1 xmlns:sdg="{SDG}"', text, count=1)
    return parse(text)


def examples() -> dict[str, etree._Element]:
    """The six whole documents of the reference's chapter of examples, by section number."""
    text = reference("spec/edm.md").read_text(encoding="utf-8")
    found = re.findall(
        r"^### (11\.\d) [^\n]*\n+```xml\n(<\?xml.*?)```", text, re.MULTILINE | re.DOTALL
    )
    return {section: parse(document) for section, document in found}


def version_of(document: etree._Element) -> str:
    value = document.findtext(f".//{{{RIM}}}Slot[@name='SpecificationIdentifier']//{{{RIM}}}Value")
    return str(value).removeprefix("oots-edm:v")


def common_ground() -> dict[str, etree._Element]:
    """Examples and fragments without what the profile 1.0.0 does not know."""
    unknown = (
        "//sdg:Person/sdg:Nationality",
        "//sdg:Requirement/sdg:Description",
        "//sdg:DistributedAs/sdg:Language",
        "//sdg:AssociatedDocumentRequest",
        "//rim:Slot[@name='EvidenceMetadata'][not(.//sdg:IsAbout)]",
    )
    documents = examples()
    for document in documents.values():
        for path in unknown:
            for element in document.xpath(path, namespaces=NAMESPACES):
                element.getparent().remove(element)
    return documents | {name: fragment(text) for name, text in FRAGMENTS.items()}
