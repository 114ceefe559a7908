"""What a converter is: a name, a sentence, a function for each direction."""

from __future__ import annotations

import re
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

    ``exact`` says that one undoes the other. ``national_type`` and ``eu_type`` are the kinds of
    value that it takes and gives on the two sides (``None``: any). ``national_form`` and
    ``eu_form`` are regular expressions: the values that it understands there, empty for all of the
    kind; ``national_exact`` and ``eu_exact`` those that come back the same, empty for all that it
    understands. ``samples`` are values of the two sides that belong together; a plug-in must give
    some.
    """

    name: str
    about: str
    to_national: Apply | None
    to_eu: Apply | None
    exact: bool = True
    national_type: type | None = str
    eu_type: type | None = str
    national_form: str = ""
    eu_form: str = ""
    national_exact: str = ""
    eu_exact: str = ""
    samples: tuple[tuple[Any, Any], ...] = ()

    @property
    def two_way(self) -> bool:
        """Whether it has an inverse."""
        return self.exact and self.to_national is not None and self.to_eu is not None

    def towards(self, direction: str) -> Apply | None:
        """The function for ``to-xnachweis``, ``to-national``, ``to-edm`` or ``to-eu``."""
        return self.to_national if national(direction) else self.to_eu

    def types(self, direction: str) -> tuple[type | None, type | None]:
        """The kinds of value that it takes and gives in a direction."""
        both = (self.eu_type, self.national_type)
        return both if national(direction) else (both[1], both[0])

    def returns(self, value: Any, direction: str) -> bool:
        """Whether a value that goes in a direction is one of those that come back the same."""
        form = self.eu_exact if national(direction) else self.national_exact
        return not form or re.fullmatch(form, str(value)) is not None

    def takes(self, direction: str) -> str:
        """The form of the values that it understands in a direction."""
        return self.eu_form if national(direction) else self.national_form


def national(direction: str) -> bool:
    """Whether a direction goes to the German side."""
    return direction in ("to-xnachweis", "to-national")
