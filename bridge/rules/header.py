"""The ebMS header of a message: its own rules, and whether it fits the document beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lxml import etree

from bridge.errors import DataFileFault
from bridge.names import clark
from bridge.rules.engine import Broken, RuleEngine
from bridge.rules.envelope import EBMS
from bridge.rules.pair import PairRules
from bridge.rules.table import FILE, RuleTable, load_rules

FAMILY: Final = "ebms"
_PROPERTY: Final = clark(EBMS, "Property")


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


def specification_id(header: etree._Element) -> str:
    """Give the property ``SpecificationId`` of a header, empty where it has none."""
    properties = header.iter(_PROPERTY)
    texts = (each.text or "" for each in properties if each.get("name") == "SpecificationId")
    return next(texts, "").strip()
