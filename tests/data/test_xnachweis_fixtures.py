"""The XNachweis fixtures are valid, keep the business rules, and leave no field of a message out."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from elementpath import XPath2Parser, XPathContext
from lxml import etree

from bridge.standards.catalogue import Catalogue
from bridge.xml.parse import parse
from bridge.xml.seal import SealTrust, verify_seal
from tests.reference import REPOSITORY, reference

CATALOGUE = Catalogue(REPOSITORY / "xsd")
FOLDER = REPOSITORY / "fixtures" / "xnachweis" / "1.4"
BINDING = CATALOGUE.binding("xnachweis-1.4")
FIXTURES = sorted(FOLDER.glob("*.xml"))
NUMBERS = [kind[-4:] for kind in BINDING.messages]

# Defects of the published expressions (NOOTS 6); the repaired form of each is checked instead.
REPAIRED = {
    "urn-xoev-de-bva-standard-xnachweis-authorizedrepresentative-01": "ip-authorizedrepresentative",
    "urn-xoev-de-xnachweis-codeliste-nootserrorcodes_2024-09": "ip-errorcodes",
}
# The platform never returns a national identification number (ip-idnr-0412).
NEVER_SENT = {"DE.GetEvidenceResponse.0412": {"IDNr"}}

by_name = pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)


@cache
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(BINDING.schema))


@cache
def rules() -> list[tuple[str, object, object]]:
    """Rules in force in this version: id, where they look, and what must hold there."""

    def compiled(text: str) -> object:
        return XPath2Parser(namespaces=dict(BINDING.namespaces)).parse(text)

    with reference("spec/xnachweis-rules.csv").open(encoding="utf-8") as file:
        return [
            (
                row["id"],
                compiled(f"//({row['context_xpath']})"),
                compiled(f"boolean({row['test']})"),
            )
            for row in csv.DictReader(file)
            if not row["version_until"] and row["test"] and row["id"] not in REPAIRED
        ]


def test_every_message_has_a_small_a_full_and_an_extreme_example() -> None:
    names = {path.stem for path in FIXTURES}
    assert {f"{n}-{size}" for n in NUMBERS for size in ("small", "full", "extreme")} <= names


def test_there_is_an_error_message_for_every_code() -> None:
    codes = BINDING.lists["ErrorCodes_NOOTS"].values
    found = {
        CATALOGUE.read(parse(path.read_bytes())).message.fields.at("Exception/Code")
        for path in FOLDER.glob("0303-[0-9]*.xml")
    }
    assert found == codes


@by_name
def test_a_fixture_is_valid_and_read_without_a_finding(path: Path) -> None:
    octets = path.read_bytes()
    schema().assertValid(etree.fromstring(octets))
    reading = CATALOGUE.read(parse(octets))
    assert reading.findings == ()
    assert reading.message.head.kind.endswith(path.stem[:4])


@by_name
def test_a_fixture_keeps_the_business_rules(path: Path) -> None:
    tree = etree.parse(path)
    broken = [
        (rule, element.tag)
        for rule, context, test in rules()
        for element in context.get_results(XPathContext(tree))
        if not test.evaluate(XPathContext(tree, item=element))
    ]
    assert broken == []


@pytest.mark.parametrize("kind", BINDING.messages)
def test_together_the_examples_of_a_message_use_every_field(kind: str) -> None:
    used: set[str] = set()
    for path in FOLDER.glob(f"{kind[-4:]}-*.xml"):
        fields = CATALOGUE.read(parse(path.read_bytes())).message.fields
        used |= {_unnumbered(place) for place, _ in fields.leaves()}
    never = {
        place
        for place, _ in BINDING.message(kind).shape.leaf_paths()
        if place.rpartition("/")[2] not in NEVER_SENT.get(kind, ())
    }
    assert never - used == set()


def _unnumbered(place: str) -> str:
    return "/".join(
        f"{name}[]" if number else name
        for name, number, _ in (step.partition("[") for step in place.split("/"))
    )


@pytest.mark.parametrize("name", ["0102-sealed", "0302-sealed", "0412-sealed"])
def test_the_seal_of_a_fixture_is_valid_and_covers_the_evidence(name: str) -> None:
    keys = REPOSITORY / "fixtures" / "keys"
    anchor = x509.load_pem_x509_certificate((keys / "test-ca.pem").read_bytes())
    root = parse((FOLDER / f"{name}.xml").read_bytes()).root
    objects = [element for element in root.iter() if element.tag.endswith("}RegistryObject")]
    assert len(objects) == 1
    verdict = verify_seal(
        objects[0],
        trust=SealTrust(anchors=(anchor,)),
        at=datetime(2026, 2, 3, 10, tzinfo=UTC),
        provider=None,
    )
    assert (verdict.value, verdict.octets is not None) == ("valid", True), verdict.reason
