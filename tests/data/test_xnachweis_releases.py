"""Releases of XNachweis that have no folder, such as 1.3 (decision 0010, NOOTS 2.9)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridge.errors import UnknownDocument
from bridge.rules.check import Checker
from bridge.xml.parse import parse
from tests.fixture_files import CATALOGUE, load, messages, name_of

FULL = messages("xnachweis", stem="*-full")
CHECKER = Checker(CATALOGUE)
RELEASE = "1.3"


def of_release(path: Path) -> bytes:
    """A message that calls itself 1.3, under the namespaces of the version that it is."""
    text = path.read_text("utf-8")
    version = path.parent.name
    text = text.replace(f' version="{version}"', f' version="{RELEASE}"', 1)
    return re.sub(r"(:standard:xnachweis_)[0-9.]+", rf"\g<1>{RELEASE}.0", text).encode()


@pytest.mark.parametrize("path", FULL, ids=name_of)
def test_under_known_namespaces_it_is_read_in_their_version_and_told(path: Path) -> None:
    reading = CATALOGUE.read(parse(of_release(path)))
    assert reading.message == load(path).message
    assert {finding.id for finding in reading.findings} == {"READ-CONSTANT"}
    assert len(reading.findings) == 2


@pytest.mark.parametrize("path", FULL, ids=name_of)
def test_under_namespaces_of_its_own_it_is_an_unknown_version_of_xnachweis(path: Path) -> None:
    octets = re.sub(
        rb"(xnachweis-(?:basisdatentypen|baukasten|eu-edm|de-noots))(?:_[0-9.]+)?\"",
        rb'\g<1>_%s"' % RELEASE.encode(),
        of_release(path),
    )
    with pytest.raises(UnknownDocument) as caught:
        CATALOGUE.read(parse(octets))
    assert caught.value.code == "VERSION-UNKNOWN"
    assert "xnachweis-1.4" in str(caught.value.remedy)
    report = CHECKER(octets)
    assert (report.verdict, [each.id for each in report.findings]) == (
        "unreadable",
        ["VERSION-UNKNOWN"],
    )
