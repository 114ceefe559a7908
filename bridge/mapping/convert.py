"""The closed set of named converters that mapping tables may use, and those of plug-ins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bridge.mapping import (
    convert_evidence,
    convert_identifiers,
    convert_measures,
    convert_values,
    plugins,
)
from bridge.mapping.convert_measures import PARAMETRIC
from bridge.mapping.converter import Converter

CONVERTERS: Final[dict[str, Converter]] = {
    converter.name: converter
    for room in (convert_values, convert_identifiers, convert_evidence, convert_measures)
    for converter in room.CONVERTERS
}
"""Those that are built in."""
MESSAGES_ONLY: Final = frozenset(
    {c.name for room in (convert_identifiers, convert_evidence) for c in room.CONVERTERS}
    - {"uuid", "urn", "bare-urn", "urn-bare", "ncname"}
    | {"status", "detail", "media-type"}
)
"""Converters that look around in a message or an exchange; contents have neither."""
BUILT_IN: Final = frozenset({*CONVERTERS, *PARAMETRIC})

__all__ = ["BUILT_IN", "CONVERTERS", "MESSAGES_ONLY", "PARAMETRIC", "converter", "converters"]


def converter(name: str) -> Converter | None:
    """Find a converter; plug-ins are looked at only for names that are not built in.

    Raises ``SettingsFault`` where a plug-in is broken.
    """
    if name in BUILT_IN:
        return CONVERTERS.get(name)
    return plugins.plugged(BUILT_IN).get(name)


def converters() -> Mapping[str, Converter]:
    """All of them by name. Raises ``SettingsFault`` where a plug-in is broken."""
    return {**plugins.plugged(BUILT_IN), **CONVERTERS}
