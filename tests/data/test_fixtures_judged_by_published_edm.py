"""Every shipped EDM message and every mutation of it: the same verdict from ours and RegRep 4, SDG.

The published profile is 1.0.0. What later versions brought stands in a table here, is cut out of a
message before both judge it, and is what the published schemas refuse the uncut message for.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from tests.data.edm_documents import SDG
from tests.data.test_edm_schemas import DIFFERENCES, ours, published
from tests.fixture_files import messages, name_of, versions
from tests.mutations import mutations

NAMESPACES = {"sdg": SDG, "rim": "urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0"}
SUPPLEMENT = (
    "//rim:RegistryObject[rim:Slot[@name='EvidenceMetadata']//sdg:Evidence[not(sdg:IsAbout)]]"
)

# What the profile 1.0.0 does not know: versions that have it, place, chapter of the EDM reference.
YOUNGER = {
    "description of a requirement": ("1.1 1.2 2.0", "//sdg:Requirement/sdg:Description", "6.9"),
    "original of a name": ("1.1 1.2 2.0", "//@nonLatin", "6.4"),
    "nationality": ("1.1 1.2 2.0", "//sdg:Nationality", "6.4"),
    "country of birth": ("1.1 1.2 2.0", "//sdg:CountryOfBirth", "6.4"),
    "town of birth": ("1.1 1.2 2.0", "//sdg:TownOfBirth", "6.4"),
    "residence": ("1.1 1.2 2.0", "//sdg:CountryOfResidence", "6.4"),
    "phone": ("1.1 1.2 2.0", "//sdg:PhoneNumber", "6.4"),
    "e-mail": ("1.1 1.2 2.0", "//sdg:EmailAddress", "6.4"),
    "phone of a company": ("1.1 1.2 2.0", "//sdg:LegalPhoneNumber", "6.5"),
    "e-mail of a company": ("1.1 1.2 2.0", "//sdg:LegalEmailAddress", "6.5"),
    "language wanted": ("2.0", "//sdg:DistributedAs/sdg:Language", "6.8"),
    "supplement wanted": ("2.0", "//sdg:AssociatedDocumentRequest", "6.8"),
    "supplement without subject": ("2.0", SUPPLEMENT, "6.7"),
}
# Beside those of test_edm_schemas: mutations of messages that ours accept, the published ones refuse.
ACCEPTED = (
    *DIFFERENCES,
    ("2.0", r"rename as previous .*/sdg:Distribution/sdg:ConformsTo$", "two Format (6.8)"),
)
VERSIONS = versions("edm")
FIXTURES = messages("edm")


def document(path: Path) -> etree._Element:
    return etree.parse(path, etree.XMLParser(remove_blank_text=True)).getroot()


def found(root: etree._Element, path: str) -> list[etree._Element]:
    return list(root.xpath(path, namespaces=NAMESPACES))


def younger(root: etree._Element) -> list[str]:
    """Names of the rows of `YOUNGER` that a document has."""
    return [name for name, (_, path, _) in YOUNGER.items() if found(root, path)]


def cut(root: etree._Element) -> etree._Element:
    """The document without what the published profile does not know."""
    for _, path, _ in YOUNGER.values():
        for place in found(root, path):
            if isinstance(place, etree._Element):
                place.getparent().remove(place)
            else:
                del place.getparent().attrib[place.attrname]
    return root


@pytest.mark.parametrize("path", FIXTURES, ids=name_of)
def test_the_published_schemas_refuse_a_message_only_for_what_is_younger(path: Path) -> None:
    root = document(path)
    assert ours(path.parent.name).validate(root)
    assert published().validate(root) is not bool(younger(root))


@pytest.mark.parametrize("path", FIXTURES, ids=name_of)
def test_both_take_a_message_without_what_is_younger(path: Path) -> None:
    root = cut(document(path))
    assert ours(path.parent.name).validate(root)
    assert published().validate(root), published().error_log


@pytest.mark.parametrize("version", VERSIONS)
def test_the_messages_have_every_younger_thing_of_their_version(version: str) -> None:
    used = {name for path in messages("edm", version) for name in younger(document(path))}
    assert used == {name for name, (known, _, _) in YOUNGER.items() if version in known.split()}


@pytest.mark.parametrize("version", VERSIONS)
def test_mutations_get_the_verdict_of_the_published_schemas(version: str) -> None:
    rows = [re.compile(pattern) for known, pattern, _ in ACCEPTED if version in known]
    tried, accepted, unlisted = 0, 0, list[str]()
    for path in messages("edm", version):
        for name, mutant in mutations(cut(document(path))):
            tried += 1
            verdict = ours(version).validate(mutant)
            accepted += verdict
            if verdict != published().validate(mutant):
                listed = verdict and any(row.search(name) for row in rows)
                unlisted += [] if listed else [f"{path.stem} {verdict}: {name}"]
    assert unlisted == []
    assert tried > 40_000
    assert tried // 20 < accepted < tried // 2, accepted
