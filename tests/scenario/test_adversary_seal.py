"""Wrapping: a good seal somewhere in a message says nothing about the evidence that is read."""

from __future__ import annotations

import base64
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest
from lxml import etree

from tests.scenario.cli import FIXTURES, Cli

SEALED = FIXTURES / "xnachweis" / "1.4" / "0302-sealed.xml"
TRUST = ("--trust", FIXTURES / "keys" / "test-ca.pem", "--at", "2026-03-02T12:00:00Z")
Change = Callable[[etree._Element], None]


def _named(element: etree._Element, name: str) -> etree._Element:
    found = element.xpath(f".//*[local-name() = '{name}']")
    assert isinstance(found, list)
    return found[-1]  # type: ignore[return-value]


def _wrap(evidence: etree._Element) -> etree._Element:
    parent = evidence.getparent()
    assert parent is not None
    wrapper = etree.SubElement(parent, "{urn:example:wrap}Wrap")
    wrapper.append(evidence)
    return wrapper


def wrapped_away(evidence: etree._Element) -> None:
    _wrap(evidence)


def wrapped_beside_another(evidence: etree._Element) -> None:
    other = deepcopy(evidence)
    _named(other, "RepositoryItem").text = base64.b64encode(b"another").decode()
    other.remove(next(child for child in other if str(child.tag).endswith("}Signature")))
    wrapper = _wrap(evidence)
    wrapper.addprevious(other)


def with_unknown_element(evidence: etree._Element) -> None:
    etree.SubElement(evidence, "{urn:example:wrap}More")


@pytest.mark.parametrize("change", [wrapped_away, wrapped_beside_another, with_unknown_element])
def test_no_seal_counts_in_a_message_of_another_shape(
    bridge: Cli, change: Change, tmp_path: Path
) -> None:
    root = etree.parse(str(SEALED)).getroot()
    evidence = _named(root, "RegistryObject")
    change(evidence)
    path = tmp_path / "wrapped.xml"
    path.write_bytes(etree.tostring(root))
    ran = bridge("seal", "verify", path, "--allow-absent", *TRUST, "--json")
    assert ran.code == 1
    assert "XSD" in {finding["id"] for finding in ran.json["findings"]}


def test_the_same_message_unchanged_passes(bridge: Cli) -> None:
    ran = bridge("seal", "verify", SEALED, *TRUST, "--json")
    assert ran.code == 0
    assert ran.json["findings"] == []
