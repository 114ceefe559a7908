"""The published rules in their own XPath 2.0, as the reference tells them, run by elementpath.

A referee for our rows: it shares nothing with them but the numbers. Header rules are not here.
"""

from __future__ import annotations

import csv
import functools
from typing import Any

import elementpath
from elementpath.xpath2 import XPath2Parser
from lxml import etree

from tests.reference import reference

NAMESPACES = {
    "query": "urn:oasis:names:tc:ebxml-regrep:xsd:query:4.0",
    "rim": "urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0",
    "rs": "urn:oasis:names:tc:ebxml-regrep:xsd:rs:4.0",
    "sdg": "http://data.europa.eu/p4s",
    "xlink": "http://www.w3.org/1999/xlink",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
CODEPOINTS = "http://www.w3.org/2005/xpath-functions/collation/codepoint"
MESSAGES = {"QueryRequest": "REQ", "QueryResponse": "RESP", "ExceptionResponse": "ERR"}
LISTS = {
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
# The lists of v1.0 where they differ (EDM 7.4 and 7.9); their three-letter codes are left out.
PROCEDURES_1_0 = [
    f"{letter}{number}"
    for letter, most in {"R": 1, "S": 1, "T": 3, "U": 4, "V": 4, "W": 2, "X": 6}.items()
    for number in range(1, most + 1)
]
EAS_NOT_YET = {
    "0154",
    "0158",
    "0177",
    "0217",
    "0218",
    "0221",
    "0225",
    "0230",
    "0235",
    "0240",
    "0244",
    "9959",
}
EAS_GONE = {"9901", "9906", "9907", "9955"}
NORMAL = {
    "R-EDM-REQ-S008",
    "R-EDM-REQ-S014",
    "R-EDM-REQ-S018",
    "R-EDM-REQ-S060",
    "R-EDM-ERR-S014",
    "R-EDM-ERR-S015",
}
"""Cautions without the mark: they fire on perfectly normal messages (EDM 10, number 20)."""

Row = dict[str, str]


@functools.cache
def rows() -> tuple[Row, ...]:
    """All rows but those of the header, which the file itself says to skip."""
    with reference("spec/edm-rules.csv").open(encoding="utf-8", newline="") as file:
        return tuple(row for row in csv.DictReader(file) if row["message"] != "ebMS")


def number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.rstrip("?").split("."))


def in_force(row: Row, version: str) -> bool:
    until = row["version_until"]
    since = number(row["version_since"]) <= number(version)
    return since and (not until or number(version) <= number(until))


def exact(row: Row) -> bool:
    """Whether a row has a test that can be run: NUTS is not among the data."""
    return bool(row["test"]) and "$NUTS" not in row["test"]


@functools.cache
def rules(kind: str, version: str) -> tuple[Row, ...]:
    """The rows of a kind of message in a version, as far as they can be run."""
    of_kind = (row for row in rows() if row["message"] == MESSAGES[kind])
    return tuple(row for row in of_kind if in_force(row, version) and exact(row))


def codes(stem: str) -> list[str]:
    lines = reference(f"data/codelists/{stem}.csv").read_text("utf-8").splitlines()
    return [row[0] for row in csv.reader(line for line in lines if not line.startswith("#"))][1:]


@functools.cache
def variables(version: str) -> dict[str, list[str]]:
    found = {name: codes(stem) for name, stem in LISTS.items()}
    found["Procedures10"] = PROCEDURES_1_0
    if version == "1.0":
        found["Procedures"] = PROCEDURES_1_0
        found["EAS"] = sorted(set(found["EAS"]) - EAS_NOT_YET | EAS_GONE)
    return found


@functools.cache
def _parser() -> XPath2Parser:
    types = dict.fromkeys((*LISTS, "Procedures10"), "xs:string*")
    # Else elementpath takes the locale of the process, which SaxonC changes to one it cannot set.
    return XPath2Parser(namespaces=NAMESPACES, variable_types=types, default_collation=CODEPOINTS)


@functools.cache
def _compiled(expression: str) -> Any:
    countries = "|".join(codes(LISTS["OOTS_Country"]))
    return _parser().parse(expression.replace("${OOTS_Country}", countries))


def _context(row: Row) -> str:
    parts = _outside(row["context_xpath"])
    return " | ".join(part if part.startswith("/") else f"//{part}" for part in parts)


def _outside(text: str) -> list[str]:
    parts, depth = [""], 0
    for sign in text:
        depth += (sign in "[(") - (sign in "])")
        if sign == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


def fired(root: etree._Element, kind: str, version: str) -> set[str]:
    """The ids of the rows that a document breaks; a test that ends in an error is broken."""
    node = elementpath.get_node_tree(root.getroottree())
    return {row["id"] for row in rules(kind, version) if breaks(node, row, version)}


def breaks(node: Any, row: Row, version: str) -> bool:
    """Whether one place of a document breaks a row."""
    known = variables(version)
    whole = elementpath.XPathContext(node, variables=known)
    for item in _compiled(_context(row)).select(whole):
        focus = elementpath.XPathContext(node, item=item, variables=known)
        try:
            if not _compiled(f"boolean({row['test']})").evaluate(focus):
                return True
        except elementpath.ElementPathError:
            return True
    return False


def complaints(root: etree._Element, kind: str, version: str) -> list[str]:
    """The ids that a sender has to mind, in the order of the file: no caution, nothing normal."""
    found = fired(root, kind, version)
    judging = (
        row["id"]
        for row in rules(kind, version)
        if not row["summary"].startswith("(caution)") and row["id"] not in NORMAL
    )
    return [rule for rule in judging if rule in found]
