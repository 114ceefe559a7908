"""The exceptions that we answer abroad, as they stand in ``refusals.toml`` (EDM 5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bridge.errors import MappingFault
from bridge.mapping.toml_file import read_toml
from bridge.standards.rows import nearest

_TOP: Final = ("published", "refusal")
_TEXTS: Final = ("code", "type", "message")
_ROW: Final = (*_TEXTS, "instead")


@dataclass(frozen=True, slots=True)
class EdmException:
    """One exception of the EDM: code, ``xsi:type`` and the message of the code list.

    ``instead`` gives, for versions that do not allow it, the code that is written there.
    """

    code: str
    type: str
    message: str
    instead: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusals:
    """Exceptions by code; ``published`` gives the rule that peers know a finding of ours by."""

    exceptions: Mapping[str, EdmException]
    published: Mapping[str, str] = field(default_factory=dict)

    def exception(self, code: str, to: str) -> EdmException:
        """Give an exception as the version ``to`` has it. Raises ``MappingFault``."""
        if code in self.exceptions:
            code = self.exceptions[code].instead.get(to, code)
        if code not in self.exceptions:
            raise MappingFault(
                f"there is no refusal '{code}'{nearest(code, self.exceptions)}",
                remedy=f"Known are {', '.join(self.exceptions)}.",
            )
        return self.exceptions[code]


def load_refusals(path: Path) -> Refusals:
    """Load ``refusals.toml``. Raises ``MappingFault`` with file and what is wrong."""
    data, _ = read_toml(path)
    _only(data, _TOP, str(path))
    exceptions: dict[str, EdmException] = {}
    for row in data.get("refusal", []):
        _only(row, _ROW, str(path))
        if any(not isinstance(row.get(name), str) or not row[name] for name in _TEXTS):
            raise MappingFault(f"a refusal needs {', '.join(_TEXTS)}", where=str(path))
        if row["code"] in exceptions:
            raise MappingFault(f"the refusal '{row['code']}' stands twice", where=str(path))
        exceptions[row["code"]] = EdmException(**row)
    if not exceptions:
        raise MappingFault("no [[refusal]] is there", where=str(path))
    return Refusals(exceptions, {str(k): str(v) for k, v in data.get("published", {}).items()})


def _only(table: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for name in table:
        if name not in known:
            raise MappingFault(f"unknown key '{name}'{nearest(name, known)}", where=where)
