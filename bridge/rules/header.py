"""The ebMS header of a message: its own rules, and whether it fits the document beside it.

An ``eb:Messaging`` element is found anywhere: alone, in a SOAP envelope, in a submission to
Domibus, whose payloads are unpacked.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lxml import etree

from bridge.errors import DataFileFault
from bridge.names import clark
from bridge.rules.engine import Broken, RuleEngine
from bridge.rules.pair import PairRules
from bridge.rules.table import FILE, RuleTable, load_rules

EBMS: Final = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
FAMILY: Final = "ebms"
_PROPERTY: Final = clark(EBMS, "Property")
_PAYLOAD_NAMES: Final = ("payload", "bodyload")


class HeaderRules:
    """The header rules for one version of the EDM."""

    def __init__(self, table: RuleTable, version: str) -> None:
        of_version = table.of_version(version)
        self._own = RuleEngine(of_version)
        self._beside = PairRules(of_version, "", "payload")

    def __call__(
        self, root: etree._Element, payload: etree._Element | None = None
    ) -> tuple[Broken, ...]:
        """Judge the header found in a tree; with the root of its document also against that."""
        broken = self._own(root)
        return broken if payload is None else (*broken, *self._beside(root, payload))


def load_header_rules(standards: Path) -> RuleTable:
    """Load the newest header rules below ``xsd/``; ``DataFileFault`` where there are none."""
    folders = sorted(path.parent for path in (standards / FAMILY).glob(f"*/{FILE}"))
    if not folders:
        raise DataFileFault("there are no header rules", where=str(standards / FAMILY))
    return load_rules(folders[-1])


def messaging(root: etree._Element) -> etree._Element | None:
    """Find the ``eb:Messaging`` element of a tree."""
    return next(root.iter(clark(EBMS, "Messaging")), None)


def specification_id(header: etree._Element) -> str:
    """Give the property ``SpecificationId`` of a header, empty where it has none."""
    properties = header.iter(_PROPERTY)
    texts = (each.text or "" for each in properties if each.get("name") == "SpecificationId")
    return next(texts, "").strip()


def payloads(root: etree._Element) -> Iterator[bytes]:
    """Unpack the base64 payloads of a submission to Domibus, in order; broken ones are left out."""
    for element in root.iter("*"):
        if etree.QName(element).localname not in _PAYLOAD_NAMES:
            continue
        value = next((child for child in element if child.tag.endswith("value")), None)
        if value is None:
            continue
        try:
            yield base64.b64decode(value.text or "", validate=False)
        except (ValueError, binascii.Error):
            continue


def embedded(root: etree._Element, known: frozenset[str]) -> etree._Element | None:
    """Find the first element of a SOAP body that is the root of a known message."""
    return next((each for each in root.iter("*") if each.tag in known and each is not root), None)
