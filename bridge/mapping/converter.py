"""What a converter is: a name, a sentence, a function for each direction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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

    def towards(self, direction: str) -> Apply | None:
        """The function for ``to-xnachweis``, ``to-national``, ``to-edm`` or ``to-eu``."""
        national = direction in ("to-xnachweis", "to-national")
        return self.to_national if national else self.to_eu
