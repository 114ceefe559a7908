"""The ebMS errors as a table, and one error as a value (as4 5.1, 5.2, 5.6)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

from bridge.errors import DataFileFault, RefusedMessage

FAMILY: Final = "ebms"
FILE: Final = "errors.toml"

Severity: TypeAlias = Literal["failure", "warning"]
Reaction: TypeAlias = Literal["stop", "retry", "delivered"]

_KEYS: Final = {"code", "name", "severity", "category", "origin", "reaction"}


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One error of the table; ``reaction`` is what its sender does on getting it (as4 5.6)."""

    code: str
    name: str
    severity: Severity
    reaction: Reaction
    category: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class EbmsError:
    """One ``eb:Error`` as it is written or was read.

    ``description`` and ``detail`` are texts of whoever wrote it: ours never hold a value of a
    message. What is read from an unsigned answer proves nothing.
    """

    code: str
    severity: str
    name: str = ""
    category: str = ""
    origin: str = ""
    ref_to_message: str = ""
    description: str = ""
    detail: str = ""

    @property
    def is_failure(self) -> bool:
        """Whether the message was not taken; a warning goes beside a receipt (as4 5.5)."""
        return self.severity.strip().lower() != "warning"


class ErrorTable(Mapping[str, ErrorRow]):
    """All rows by code."""

    def __init__(self, rows: Mapping[str, ErrorRow]) -> None:
        self._rows = dict(rows)

    def __getitem__(self, code: str) -> ErrorRow:
        return self._rows[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def error(self, fault: RefusedMessage, ref_to_message: str = "") -> EbmsError:
        """Make the error that answers a fault; a code without row becomes ``Other``.

        A fault that stopped a message is always a failure: the table's ``warning`` of 0002 would
        tell the sender that the message was taken.
        """
        row = self._rows.get(fault.code) or self._rows[RefusedMessage.code]
        return EbmsError(
            row.code,
            "failure",
            row.name,
            row.category,
            row.origin,
            ref_to_message,
            fault.what,
            fault.where,
        )

    def reaction(self, error: EbmsError) -> Reaction:
        """Say what a sender does on an error; codes that nobody knows may pass later."""
        row = self._rows.get(error.code)
        return row.reaction if row else "retry"


def load_errors(standards: Path) -> ErrorTable:
    """Load the error table of the newest ebMS version below ``xsd/``.

    Raises `DataFileFault` naming the file where a row is not as this module says.
    """
    files = sorted((standards / FAMILY).glob(f"*/{FILE}"))
    if not files:
        raise DataFileFault("there is no table of ebMS errors", where=str(standards / FAMILY))
    path = files[-1]
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as cause:
        raise DataFileFault("the table of ebMS errors cannot be read", where=str(path)) from cause
    rows: dict[str, ErrorRow] = {}
    for number, each in enumerate(data.get("error", ()), 1):
        row = _row(each, f"{path}, row {number}")
        if row.code in rows:
            raise DataFileFault(f"the code {row.code} stands twice", where=str(path))
        rows[row.code] = row
    if set(data) != {"error"} or RefusedMessage.code not in rows:
        raise DataFileFault(f"only rows, and one for {RefusedMessage.code}", where=str(path))
    return ErrorTable(rows)


def _row(data: Mapping[str, Any], where: str) -> ErrorRow:
    if set(data) - _KEYS:
        raise DataFileFault(f"unknown keys: {sorted(set(data) - _KEYS)}", where=where)
    try:
        row = ErrorRow(**data)
    except TypeError as cause:
        raise DataFileFault("code, name, severity and reaction are needed", where=where) from cause
    if row.severity not in get_args(Severity) or row.reaction not in get_args(Reaction):
        raise DataFileFault("severity or reaction has an unknown value", where=where)
    return row
