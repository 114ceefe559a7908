"""The EDM fixtures against the published business rules, as the reference gives them in XPath 2.0.

The referee is elementpath, which reads the rules as they were published; our own rules are not
asked. Rules whose condition is not established, cautions and `$NUTS` are left out (EDM 9.1).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from tests.fixture_files import load, messages, name_of, versions
from tests.published_rules import complaints, rules

# Warnings that a fixture is meant to raise: a person without the identifier that should be there.
WARNED = {
    "request-extreme-attributes": ["R-EDM-REQ-C038"],
    "request-small": ["R-EDM-REQ-C038"],
    "response-small": ["R-EDM-RESP-C027"],
}
# In 2.0 the requests for a person carry the identifier.
IDENTIFIED = {"edm/2.0/request-extreme-attributes", "edm/2.0/request-small"}


@pytest.mark.parametrize("path", messages("edm"), ids=name_of)
def test_a_fixture_breaks_no_published_rule_but_those_stated(path: Path) -> None:
    root = etree.fromstring(path.read_bytes())
    head = load(path).message.head
    stated = [] if name_of(path) in IDENTIFIED else WARNED.get(path.stem, [])
    assert complaints(root, head.kind, head.version) == stated


@pytest.mark.parametrize("version", versions("edm"))
def test_the_referee_refuses_what_breaks_a_rule(version: str) -> None:
    (path,) = messages("edm", version, "request-small")
    octets = re.sub(b'lang="EN"', b'lang="en"', path.read_bytes())
    found = complaints(etree.fromstring(octets), "QueryRequest", version)
    assert "R-EDM-REQ-C028" in found
    assert len(rules("QueryRequest", version)) > 90
