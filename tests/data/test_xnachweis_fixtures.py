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
FOLDER = REPOSITORY / "fixtures" / "xnachweis"
BINDINGS = {b.version: b for b in CATALOGUE.bindings() if b.family == "xnachweis"}
FIXTURES = sorted(FOLDER.glob("*/*.xml"))
KINDS = [(version, kind) for version, b in BINDINGS.items() for kind in b.messages]

# Defects of the published expressions (NOOTS 6); the repaired form of each is checked instead.
REPAIRED = {
    "urn-xoev-de-bva-standard-xnachweis-authorizedrepresentative-01": "ip-authorizedrepresentative",
    "urn-xoev-de-xnachweis-codeliste-nootserrorcodes_2024-09": "ip-errorcodes",
}
# The platform never returns a national identification number (ip-idnr-0412).
NEVER_SENT = {"DE.GetEvidenceResponse.0412": {"IDNr"}}

by_name = pytest.mark.parametrize(
    "path", FIXTURES, ids=lambda path: f"{path.parent.name}-{path.stem}"
)
by_version = pytest.mark.parametrize("version", BINDINGS)


@cache
def schema(version: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(BINDINGS[version].schema))


def release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


@cache
def rules(version: str) -> list[tuple[str, object, object]]:
    """Rules in force in a version: id, where they look, and what must hold there."""

    def compiled(text: str) -> object:
        return XPath2Parser(namespaces=dict(BINDINGS[version].namespaces)).parse(text)

    with reference("spec/xnachweis-rules.csv").open(encoding="utf-8") as file:
        return [
            (
                row["id"],
                compiled(f"//({row['context_xpath']})"),
                compiled(f"boolean({row['test']})"),
            )
            for row in csv.DictReader(file)
            if not row["version_until"]
            and row["test"]
            and row["id"] not in REPAIRED
            and release(row["version_since"]) <= release(version)
        ]


@by_version
def test_every_message_has_a_small_a_full_and_an_extreme_example(version: str) -> None:
    names = {path.stem for path in (FOLDER / version).glob("*.xml")}
    numbers = [kind[-4:] for kind in BINDINGS[version].messages]
    assert {f"{n}-{size}" for n in numbers for size in ("small", "full", "extreme")} <= names


@by_version
def test_there_is_an_error_message_for_every_code(version: str) -> None:
    codes = BINDINGS[version].lists["ErrorCodes_NOOTS"].values
    found = {
        CATALOGUE.read(parse(path.read_bytes())).message.fields.at("Exception/Code")
        for path in (FOLDER / version).glob("0303-[0-9]*.xml")
    }
    assert found == codes


@by_name
def test_a_fixture_is_valid_and_read_without_a_finding(path: Path) -> None:
    octets = path.read_bytes()
    schema(path.parent.name).assertValid(etree.fromstring(octets))
    reading = CATALOGUE.read(parse(octets))
    assert reading.findings == ()
    assert reading.message.head.kind.endswith(path.stem[:4])


@by_name
def test_a_fixture_keeps_the_business_rules(path: Path) -> None:
    tree = etree.parse(path)
    broken = [
        (rule, element.tag)
        for rule, context, test in rules(path.parent.name)
        for element in context.get_results(XPathContext(tree))
        if not test.evaluate(XPathContext(tree, item=element))
    ]
    assert broken == []


@pytest.mark.parametrize(("version", "kind"), KINDS)
def test_together_the_examples_of_a_message_use_every_field(version: str, kind: str) -> None:
    used: set[str] = set()
    for path in (FOLDER / version).glob(f"{kind[-4:]}-*.xml"):
        fields = CATALOGUE.read(parse(path.read_bytes())).message.fields
        used |= {_unnumbered(place) for place, _ in fields.leaves()}
    never = {
        place
        for place, _ in BINDINGS[version].message(kind).shape.leaf_paths()
        if place.rpartition("/")[2] not in NEVER_SENT.get(kind, ())
    }
    assert never - used == set()


def _unnumbered(place: str) -> str:
    return "/".join(
        f"{name}[]" if number else name
        for name, number, _ in (step.partition("[") for step in place.split("/"))
    )


@pytest.mark.parametrize("name", ["1.4/0102-sealed", "1.4/0302-sealed", "1.4/0412-sealed"])
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
