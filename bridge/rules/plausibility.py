"""What no publisher forbids and yet cannot be right: dates ahead, hosts of another environment.

The rows stand in ``rules.toml`` like all others; here they are given the time and the address of
the environment. Certificates in a seal are looked at in code, as no XPath reads them.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from lxml import etree

from bridge.errors import SettingsFault
from bridge.finding import Finding, Severity
from bridge.names import DS, clark
from bridge.rules.pair import PairRules
from bridge.rules.table import RuleTable
from bridge.xml.place import line_of, path_of

ALLOWED_SKEW: Final = timedelta(minutes=5)
"""How far the clocks of two systems may be apart before a time counts as in the future."""

_LAST: Final = datetime.max.replace(tzinfo=UTC)

EXPIRED: Final = "BRIDGE-SEAL-EXPIRED"
UNREADABLE: Final = "BRIDGE-SEAL-UNREADABLE"
_TEXTS: Final = {
    EXPIRED: {
        "en": "A certificate in the seal is not valid now.",
        "de": "Ein Zertifikat im Siegel ist jetzt nicht gültig.",
    },
    UNREADABLE: {
        "en": "A certificate in the seal cannot be read.",
        "de": "Ein Zertifikat im Siegel ist nicht lesbar.",
    },
}


class Plausibility:
    """The plausibility rows of one kind of message, compiled when first asked."""

    def __init__(self, table: RuleTable, kind: str) -> None:
        self._table = table
        self._kind = kind
        self._compiled: dict[str, PairRules] = {}

    def _rows(self, needs: str) -> PairRules:
        if needs not in self._compiled:
            self._compiled[needs] = PairRules(self._table, self._kind, needs)
        return self._compiled[needs]

    def __call__(
        self,
        root: etree._Element,
        *,
        now: datetime | None = None,
        environment: str = "",
        language: str = "en",
    ) -> tuple[Finding, ...]:
        """Judge a tree; what is not given is not asked. ``now`` needs a zone.

        Raises ``SettingsFault`` for an environment that the rules do not name.
        """
        found: list[Finding] = []
        if now is not None:
            rows = self._rows("now")
            latest = min(now, _LAST - ALLOWED_SKEW) + ALLOWED_SKEW
            found += [each.finding(language=language) for each in rows(root, latest.isoformat())]
            found += _seals(root, now, language)
        if environment and self._table.environments:
            rows = self._rows("environment")
            address = self._address(environment)
            found += [each.finding(language=language) for each in rows(root, address)]
        return tuple(found)

    def _address(self, environment: str) -> str:
        known = self._table.environments
        if environment not in known:
            raise SettingsFault(
                f"there is no environment {environment}", remedy=f"Known are {', '.join(known)}."
            )
        return known[environment]


def _seals(root: etree._Element, now: datetime, language: str) -> Iterator[Finding]:
    for element in root.iter(clark(DS, "X509Certificate")):
        rule = _judged(element.text or "", now)
        if rule:
            text = _TEXTS[rule][language]
            place = path_of(element)
            yield Finding(rule, Severity.WARNING, place, text, line_of(element), "NOOTS 4.3")


def _judged(text: str, now: datetime) -> str:
    # Imported here: most messages carry no seal, and the library is slow to load.
    from bridge.xml.seal_key import UNREADABLE_CERTIFICATE, read_certificate

    try:
        certificate = read_certificate(base64.b64decode(text))
        valid = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
    except UNREADABLE_CERTIFICATE:  # base64 that is none raises a ValueError too
        return UNREADABLE
    return "" if valid else EXPIRED
