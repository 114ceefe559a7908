"""The closed set of named converters. Each knows both directions, or is marked one-way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

Apply = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Converter:
    """A named conversion between the German side and the EU side.

    ``to_national`` goes towards XNachweis or a national payload, ``to_eu`` towards EDM or an EU
    payload; ``None`` where it does not go. Each takes the value and the ``Env`` of the walk, gives
    the value of the other side or ``None`` (nothing to write), and raises ``Unmappable``.
    """

    name: str
    about: str
    to_national: Apply | None
    to_eu: Apply | None

    @property
    def two_way(self) -> bool:
        """Whether it has an inverse."""
        return self.to_national is not None and self.to_eu is not None


def converter_for(converter: Converter, direction: str) -> Apply | None:
    """The function of a converter for ``to-xnachweis``, ``to-national``, ``to-edm``, ``to-eu``.

    ``copy`` has none: a copied value is passed on as it is.
    """
    if direction in ("to-xnachweis", "to-national"):
        return converter.to_national
    return converter.to_eu


def _same(value: Any, _env: Any) -> Any:
    return value


CONVERTERS: Final[dict[str, Converter]] = {}


def register(*converters: Converter) -> None:
    """Add converters to the set; used by the rooms that define them, once, at import."""
    for converter in converters:
        if converter.name in CONVERTERS:
            raise ValueError(f"the converter {converter.name} exists already")
        CONVERTERS[converter.name] = converter
