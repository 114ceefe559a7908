"""Code lists: csv files beside a binding."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from bridge.errors import BindingFault


@dataclass(frozen=True, slots=True)
class CodeList:
    """One published list: its values by code, with the row each came from.

    ``uri`` and ``version`` are those of the XÖV list (empty for EU lists); a list that is not
    ``closed`` names examples, not all values.
    """

    name: str
    rows: dict[str, dict[str, str]]
    uri: str = ""
    version: str = ""
    closed: bool = True
    values: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Gather the codes once; they are asked for at every value."""
        object.__setattr__(self, "values", frozenset(self.rows))


def load_codes(path: Path) -> dict[str, dict[str, str]]:
    """Read ``# source: …``, a header line, and rows whose column ``code`` is the key.

    Raises ``BindingFault`` with file and line for a missing header, an empty or a doubled code.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise BindingFault("a code list cannot be read", where=str(path)) from error
    if not lines or not lines[0].startswith("# source:"):
        raise BindingFault("a code list begins with a line '# source: …'", where=str(path), line=1)
    reader = csv.DictReader(lines[1:])
    if not reader.fieldnames or reader.fieldnames[0] != "code":
        raise BindingFault("the first column must be 'code'", where=str(path), line=2)
    rows: dict[str, dict[str, str]] = {}
    for row in reader:
        code = row["code"]
        if not code or code in rows:
            state = "stands twice" if code else "is empty"
            raise BindingFault(f"a code {state}", where=str(path), line=reader.line_num + 1)
        rows[code] = row
    return rows
