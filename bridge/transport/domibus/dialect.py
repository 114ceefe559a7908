"""What one line of releases of the plug-in understands: names and abilities, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

XOP: Final = "http://www.w3.org/2004/08/xop/include"
PLUGIN: Final = "http://eu.domibus.wsplugin/"
BACKEND: Final = "http://org.ecodex.backend/1_1/"
PUSH: Final = "eu.domibus"
"""The namespace of notifications: a relative URI, so no such tree may ever be canonicalised."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One line of releases.

    ``namespace`` is that of the body elements, ``service`` the path below the context path.
    ``filters``: listPendingMessages takes conditions. ``mark``: a message may be read without
    being consumed, and marked later. ``roles``: status and errors can be asked by role.
    ``push_failed``: failed notifications can be listed and repeated.
    """

    name: str
    namespace: str
    service: str
    filters: bool
    mark: bool
    roles: bool
    push_failed: bool


CURRENT: Final = Dialect("current", PLUGIN, "/services/wsplugin", True, True, True, True)
"""Releases from 5.1 on."""

FIRST: Final = Dialect("first", PLUGIN, "/services/wsplugin", True, False, False, False)
"""Release 5.0: the new service, which still consumes what it hands out."""

LEGACY: Final = Dialect("legacy", BACKEND, "/services/backend", False, False, False, False)
"""Release 4.x, and the deprecated copy of its service in 5.x."""

DIALECTS: Final = {dialect.name: dialect for dialect in (CURRENT, FIRST, LEGACY)}
