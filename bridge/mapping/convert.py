"""The closed set of named converters that mapping tables may use."""

from __future__ import annotations

from typing import Final

from bridge.mapping import convert_evidence, convert_identifiers, convert_values
from bridge.mapping.converter import Converter

CONVERTERS: Final[dict[str, Converter]] = {
    converter.name: converter
    for room in (convert_values, convert_identifiers, convert_evidence)
    for converter in room.CONVERTERS
}
