"""What the reader has to tell: findings with their place, of each rule so many and a count.

Every deviation becomes a finding with an id and the place (EDM 10, NOOTS 2.9):

========================  ========  =====================================================
READ-BLANKS               warning   blanks around or inside a value
READ-UUID                 warning   an identifier in another published form
READ-CODE                 warning   a code in another case or as part of an address
READ-CODE-UNKNOWN         warning   a code outside its list
READ-HOST                 warning   the other published host of the Semantic Repository
READ-DATE, READ-ZONE      warning   a zone too many, a zone too few
READ-CASE, READ-BASE64    warning   truth value in upper case, blanks in base64
READ-TYPE                 warning   xsi:type missing or another than the slot's
READ-CONSTANT             warning   a value that the standard fixes is another one
READ-LIST                 info      a code list version other than the standard's
READ-UNKNOWN              warning   an element, attribute or slot that the version does not know
READ-REQUIRED             warning   a field that the standard demands is missing
READ-CHOICE               fatal     none, or several, of fields that exclude one another
READ-DOUBLED              fatal     a field stands twice where once is meant
READ-VALUE                fatal     a value that cannot be understood
READ-TEXT                 fatal     text stands between elements, where none is meant
========================  ========  =====================================================
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from lxml import etree

from bridge.finding import Finding, Severity
from bridge.xml.place import line_of, path_of

MOST_FINDINGS: Final = 100
"""So many findings of one rule are told with their place; the rest are counted."""

_FATAL: Final = {"READ-CHOICE", "READ-DOUBLED", "READ-TEXT", "READ-VALUE"}
_INFO: Final = {"READ-LIST"}


class Told:
    """The findings of one reading."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._findings = list(findings)
        self._counts: Counter[str] = Counter()

    def add(self, rule: str, element: etree._Element, message: str, inside: str = "") -> None:
        """Tell something about an element; ``inside`` is put behind its path (``/@id``)."""
        self._counts[rule] += 1
        if self._counts[rule] <= MOST_FINDINGS:
            place = path_of(element) + inside
            found = Finding(rule, _severity(rule), place, message, line_of(element))
            self._findings.append(found)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that was told; of a rule that was broken often, the rest as a count."""
        counted = [
            Finding(rule, _severity(rule), "/", f"{count - MOST_FINDINGS} more of the same")
            for rule, count in self._counts.items()
            if count > MOST_FINDINGS
        ]
        return (*self._findings, *counted)


def _severity(rule: str) -> Severity:
    if rule in _FATAL:
        return Severity.FATAL
    return Severity.INFO if rule in _INFO else Severity.WARNING
