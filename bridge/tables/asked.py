"""Fields as people answer them, a line each, to two data models and the rows between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from bridge.errors import SettingsFault
from bridge.tables.inferred import LONGEST_TOKEN, Seen
from bridge.tables.proposals import Proposal, Proposed, kebab

SAMPLES: Final[Mapping[str, str]] = {
    "token": "a",
    "text": "a" * (LONGEST_TOKEN + 1),
    "date": "2024-05-31",
    "dateTime": "2024-05-31T12:00:00Z",
    "boolean": "true",
}
"""A value of each kind that people may name."""
_NAME: Final = r"[^\W\d][\w.-]*"
_PATH: Final = rf"(?:{_NAME}(?:/{_NAME})*(?:\[\])?|-)"
_LINE: Final = re.compile(rf"\s*({_PATH})\s*=\s*({_PATH})\s*(?::\s*(\w+))?\s*")


def asked(
    lines: Iterable[str], roots: Mapping[str, str], spaces: Mapping[str, str]
) -> tuple[Mapping[str, Seen], Proposal]:
    """Read ``DateOfBirth = geburtsdatum : date``; ``-`` for no counterpart, ``[]`` for lists.

    ``roots`` and ``spaces`` are names and namespaces of the documents by side. Raises
    ``SettingsFault`` with the line.
    """
    models = {side: Seen(roots[side], spaces[side]) for side in ("eu", "national")}
    proposal = Proposal()
    ids: set[str] = set()
    for line in lines:
        match = _LINE.fullmatch(line)
        kind = (match.group(3) or "token") if match else ""
        if match is None or kind not in SAMPLES:
            raise SettingsFault(
                f"'{line}' is no field",
                remedy="Write it like 'DateOfBirth = geburtsdatum : date'; kinds are "
                f"{', '.join(SAMPLES)}.",
            )
        paths = {"eu": match.group(1), "national": match.group(2)}
        for side, path in paths.items():
            if path != "-":
                _grow(models[side], path, SAMPLES[kind])
        proposal.rows.append(_row(paths, ids))
    for side, model in models.items():
        if not model.group:
            raise SettingsFault(f"the side {side} has no fields")
    return models, proposal


def _grow(model: Seen, path: str, value: str) -> None:
    listed = path.endswith("[]")
    *way, last = path.removesuffix("[]").split("/")
    for name in way:
        model = model.inside.setdefault(name, Seen(name, model.space))
    leaf = model.inside.setdefault(last, Seen(last, model.space))
    leaf.values.append(value)
    leaf.most = 2 if listed else leaf.most


def _row(paths: Mapping[str, str], ids: set[str]) -> Proposed:
    eu, national = (None if paths[side] == "-" else paths[side] for side in ("eu", "national"))
    name = base = kebab((eu or national or "").removesuffix("[]").rpartition("/")[2])
    number = 2
    while name in ids:
        name, number = f"{base}-{number}", number + 1
    ids.add(name)
    if eu is None or national is None:
        there = "EU" if eu is None else "German"
        return Proposed(
            name,
            eu,
            national,
            "say why in 'loss'",
            direction="to-eu" if eu is None else "to-national",
            loss=f"the {there} data model has no field for it",
        )
    loss = ""
    if eu.endswith("[]") != national.endswith("[]"):
        where = "Germany" if eu.endswith("[]") else "the EU"
        loss = f"towards {where}: every one after the first"
        eu, national = eu.replace("[]", "[1]"), national.replace("[]", "[1]")
    return Proposed(name, eu, national, "", loss=loss)
