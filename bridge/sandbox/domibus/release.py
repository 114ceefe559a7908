"""What the releases of the plug-in differ in, as far as a backend can see (chapter 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PLUGIN: Final = "http://eu.domibus.wsplugin/"
BACKEND: Final = "http://org.ecodex.backend/1_1/"


@dataclass(frozen=True, slots=True)
class Release:
    """One release line: the services it has (path to namespace), and what they know."""

    services: dict[str, str]
    filters: bool = True
    mark: bool = True
    roles: bool = True
    push_failed: bool = True
    push: bool = True
    content_type: bool = False
    entity_id: bool = False
    error_element: str = "domibusErrorCode"


_OLD: Final = {"/services/backend": BACKEND}
_NEW: Final = {"/services/wsplugin": PLUGIN}

RELEASES: Final = {
    "4.2": Release(
        _OLD,
        filters=False,
        mark=False,
        roles=False,
        push_failed=False,
        push=False,
        error_element="errorCode",
    ),
    "5.0": Release(_OLD | _NEW, mark=False, roles=False, push_failed=False),
    "5.1": Release(_OLD | _NEW),
    "5.2": Release(_NEW, content_type=True, entity_id=True),
}
