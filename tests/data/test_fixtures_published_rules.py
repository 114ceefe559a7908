"""The EDM fixtures against the published business rules, as the reference gives them in XPath 2.0.

The referee is elementpath, which reads the rules as they were published; our own rules are not
asked. Rules whose condition is not established, cautions and `$NUTS` are left out (EDM 9.1).
"""

from __future__ import annotations

import csv
import functools
import re
from pathlib import Path
from typing import Any

import elementpath
import pytest
from elementpath.xpath2 import XPath2Parser
from lxml import etree

from tests.fixture_files import messages, name_of
from tests.reference import reference

NAMESPACES = {
    "query": "urn:oasis:names:tc:ebxml-regrep:xsd:query:4.0",
    "rim": "urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0",
    "rs": "urn:oasis:names:tc:ebxml-regrep:xsd:rs:4.0",
    "sdg": "http://data.europa.eu/p4s",
    "xlink": "http://www.w3.org/1999/xlink",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
PREFIX = {"request": "R-EDM-REQ-", "response": "R-EDM-RESP-", "exception": "R-EDM-ERR-"}
# Cautions without the mark: they fire on perfectly normal messages (EDM 10, number 20).
NORMAL = {
    "R-EDM-REQ-S008",
    "R-EDM-REQ-S014",
    "R-EDM-REQ-S018",
    "R-EDM-REQ-S060",
    "R-EDM-ERR-S014",
    "R-EDM-ERR-S015",
}
# Codes that the first version did not have yet (EDM 7.4).
LATER_PROCEDURES = {"V5", "X7", "X9", "X10", "X11", "AK1", "AL1", "AM1", "00"}
# Warnings that a fixture is meant to raise: a person without the identifier that should be there.
WARNED = {
    "edm/1.0/request-extreme-attributes": ["R-EDM-REQ-C038"],
    "edm/1.0/request-small": ["R-EDM-REQ-C038"],
    "edm/1.0/response-small": ["R-EDM-RESP-C027"],
    "edm/1.1/request-extreme-attributes": ["R-EDM-REQ-C038"],
    "edm/1.1/request-small": ["R-EDM-REQ-C038"],
    "edm/1.1/response-small": ["R-EDM-RESP-C027"],
    "edm/1.2/request-extreme-attributes": ["R-EDM-REQ-C038"],
    "edm/1.2/request-small": ["R-EDM-REQ-C038"],
    "edm/1.2/response-small": ["R-EDM-RESP-C027"],
    "edm/2.0/response-small": ["R-EDM-RESP-C027"],
}


@functools.cache
def rows() -> list[dict[str, str]]:
    with reference("spec/edm-rules.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@functools.cache
def variables() -> dict[str, list[str]]:
    names = {
        "Procedures": "procedures",
        "EAS": "eas",
        "OOTS_Country": "oots_countries",
        "LanguageCode": "languages",
        "CountryIdentificationCode": "country_identification",
        "AgentClassification": "agent_classification",
        "LoA": "levels_of_assurance",
        "OOTSMediaTypes": "media_types",
        "IdentifierSchemes": "legal_person_identifier_schemes",
        "Gender": "gender",
        "EDMErrorCodes": "edm_error_codes",
    }
    found = {name: codes(stem) for name, stem in names.items()}
    return {**found, "Procedures10": [c for c in found["Procedures"] if c not in LATER_PROCEDURES]}


def codes(stem: str) -> list[str]:
    lines = reference(f"data/codelists/{stem}.csv").read_text("utf-8").splitlines()
    return [row[0] for row in csv.reader(line for line in lines if not line.startswith("#"))][1:]


def rules(kind: str, version: str) -> list[dict[str, str]]:
    """Rows in force, without those that judge nothing (EDM 9.1)."""
    chosen = []
    for row in rows():
        since, until = row["version_since"].rstrip("?"), row["version_until"].rstrip("?")
        if (
            row["id"].startswith(PREFIX[kind])
            and since <= version
            and (not until or version <= until)
            and row["test"]
            and "$NUTS" not in row["test"]
            and not row["summary"].startswith("(caution)")
            and row["id"] not in NORMAL
        ):
            chosen.append(row)
    return chosen


@functools.cache
def parser() -> XPath2Parser:
    types = dict.fromkeys(variables(), "xs:string*")
    return XPath2Parser(namespaces=NAMESPACES, variable_types=types)


@functools.cache
def compiled(expression: str) -> Any:
    countries = "|".join(variables()["OOTS_Country"])
    return parser().parse(expression.replace("${OOTS_Country}", countries))


def broken(root: etree._Element, row: dict[str, str]) -> bool:
    """Whether one place of a document breaks a rule; an error of evaluation breaks it too."""
    node = elementpath.get_node_tree(root.getroottree())
    parts = [part.strip() for part in row["context_xpath"].split(" | ")]
    context = " | ".join(part if part.startswith("/") else f"//{part}" for part in parts)
    whole = elementpath.XPathContext(node, variables=variables())
    for item in compiled(context).select(whole):
        focus = elementpath.XPathContext(node, item=item, variables=variables())
        if not compiled(f"boolean({row['test']})").evaluate(focus):
            return True
    return False


@pytest.mark.parametrize("path", messages("edm"), ids=name_of)
def test_a_fixture_breaks_no_published_rule_but_those_stated(path: Path) -> None:
    kind = path.stem.partition("-")[0]
    root = etree.fromstring(path.read_bytes())
    found = [row["id"] for row in rules(kind, path.parent.name) if broken(root, row)]
    assert found == WARNED.get(name_of(path), [])


def test_the_referee_refuses_what_breaks_a_rule() -> None:
    (path,) = messages("edm", "1.2", "request-small")
    octets = re.sub(b'lang="EN"', b'lang="en"', path.read_bytes())
    root = etree.fromstring(octets)
    found = {row["id"] for row in rules("request", "1.2") if broken(root, row)}
    assert {"R-EDM-REQ-C004", "R-EDM-REQ-C009", "R-EDM-REQ-C028"} <= found
