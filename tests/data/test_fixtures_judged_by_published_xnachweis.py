"""What shipped XNachweis 1.4 messages are made of, judged by our schemas and the published 1.2.0.

Messages changed whole between the versions (noots.md 2.9), so their parts are judged: every element
whose type both versions know, cut to what they agree on, and every mutation of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from tests.data import noots_tables as noots
from tests.data.test_xnachweis_published import PROBE, STEM
from tests.data.test_xnachweis_published import verdicts as judge
from tests.fixture_files import messages, name_of
from tests.mutations import mutations

__all__ = ["judge"]

Judge = Callable[[etree._Element], tuple[bool, bool]]
FIXTURES = messages("xnachweis", "1.4")
NAMESPACES = {
    "bk": f"{STEM}baukasten_1.4",
    "de": f"{STEM}de-noots_1.4",
}

# Element: the type it has in both versions.
TYPES = {
    "bk:nachrichtenkopf": "Nachrichtenkopf",
    "bk:identifikation.nachricht": "Identifikation.NachrichtenTyp",
    "bk:Status": "Code.ResponseStatusType",
    "bk:Address": "AddressType",
    "bk:CurrentAddress": "AddressType",
    "bk:RegisteredAddress": "AddressType",
    "bk:IssuingAuthority": "Agent.IdentificationType",
    "bk:IsConformantTo": "ConformantToType",
    "bk:ValidityPeriod": "PeriodType",
    "bk:NaturalPerson": "PersonType",
    "bk:LegalPerson": "LegalPersonType",
    "bk:SectorSpecificAttribute": "AttributeKeyValuePair",
    "bk:Exception": "RegistryExceptionType",
    "de:Requirement": "RequirementType_NOOTS",
}

# What 1.2.0 does not know or knows otherwise: place, topic of noots.md 2.9. It is cut out.
CUT = {
    "//bk:AdminUnitLevel2": "AdminUnitLevel2",
    "//bk:CurrentAddress": "CurrentAdress",
    "//@nonLatin": "texts",
    "//bk:Nationality": "person extras",
    "//bk:CountryOfBirth": "person extras",
    "//bk:TownOfBirth": "person extras",
    "//bk:CountryOfResidence": "person extras",
    "//bk:NaturalPerson/bk:PhoneNumber": "person extras",
    "//bk:NaturalPerson/bk:EmailAddress": "person extras",
    "//bk:LegalPerson/bk:Identifier": "legal person extras",
    "//bk:LegalPerson/bk:PhoneNumber": "legal person extras",
    "//bk:LegalPerson/bk:EmailAddress": "legal person extras",
}
# What is written otherwise: pattern in a value, what stands for it, topic.
REWRITTEN = (
    (r"(?<=evidencetypeclassifications/)[A-Z]{2}(?=/)", "DE", "EvidenceTypeClassification"),
    (
        r"urn:oasis:names:tc:ebcore:partyid-type:unregistered:[A-Z]{2}",
        "urn:cef.eu:names:identifier:EAS:0204",
        "SchemeID.EAS",
    ),
)
"""The classification's country becomes the one that the neighbouring test turns into `ec`."""


def document(path: Path) -> etree._Element:
    return etree.parse(path, etree.XMLParser(remove_blank_text=True)).getroot()


def found(root: etree._Element, path: str) -> list[etree._Element]:
    return list(root.xpath(path, namespaces=NAMESPACES))


def parts(root: etree._Element) -> Iterator[etree._Element]:
    """Every element with a type that both versions know, as the document of a probe."""
    for path, name in TYPES.items():
        for element in found(root, f"//{path}"):
            part = cut(deepcopy(element))
            part.tag = f"{{{PROBE}}}{name}"
            yield part


def cut(part: etree._Element) -> etree._Element:
    """The part as far as the versions agree; the element itself stays, whatever it is."""
    tree = part.getroottree()
    for path in CUT:
        for place in found(tree.getroot(), path):
            if not isinstance(place, etree._Element):
                del place.getparent().attrib[place.attrname]
            elif place is not part:
                place.getparent().remove(place)
    for element in part.iter("*"):
        for pattern, text, _ in REWRITTEN:
            element.text = re.sub(pattern, text, element.text) if element.text else None
            for key, value in element.attrib.items():
                element.set(key, re.sub(pattern, text, str(value)))
    return part


@cache
def distinct() -> tuple[tuple[str, etree._Element], ...]:
    """The parts of all messages, each once, with the message it was met in first."""
    met: dict[bytes, tuple[str, etree._Element]] = {}
    for path in FIXTURES:
        for part in parts(document(path)):
            met.setdefault(etree.tostring(part, method="c14n", exclusive=True), (path.stem, part))
    return tuple(met.values())


@pytest.mark.parametrize("path", FIXTURES, ids=name_of)
def test_the_parts_of_a_message_are_valid_by_both(path: Path, judge: Judge) -> None:
    judged = [(part.tag, judge(part)) for part in parts(document(path))]
    assert [each for each in judged if each[1] != (True, True)] == []
    assert len(judged) > 1


def test_the_messages_have_every_type_and_everything_that_is_cut() -> None:
    roots = [document(path) for path in FIXTURES]
    for path in [*(f"//{element}" for element in TYPES), *CUT]:
        assert any(found(root, path) for root in roots), path
    written = "".join(etree.tostring(root, encoding="unicode") for root in roots)
    assert all(re.search(pattern, written) for pattern, _, _ in REWRITTEN)


def test_every_listed_difference_is_told_by_the_reference() -> None:
    topics = {row[0].replace("`", "") for row in noots.table_after("| topic | 1.2.0 |")}
    assert {*CUT.values(), *(topic for _, _, topic in REWRITTEN)} - topics == set()


def test_mutations_of_the_parts_get_the_same_verdict_from_both(judge: Judge) -> None:
    count: Counter[bool] = Counter()
    differing: list[str] = []
    for stem, part in distinct():
        for name, mutant in mutations(part):
            ours, theirs = judge(mutant)
            count[ours] += 1
            if ours is not theirs:
                differing.append(f"{stem} {ours}: {name}")
    assert differing == []
    assert count[True] > 5000 and count[False] > 20_000, count
