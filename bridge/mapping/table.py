"""Mapping tables as they stand in the files: frozen, unknown keys refused, each row with its line.

The two sides of a table have names (``edm``/``xnachweis``, ``eu``/``national``); a row keeps its
paths by side. Whether the paths fit the bindings is checked when rows are compiled (``plan``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bridge.errors import MappingFault
from bridge.mapping.toml_file import read_toml, spot_of_key

SIDES: Final = (("edm", "xnachweis"), ("eu", "national"))
NONE: Final = "none"
_HEAD: Final = ("id", "title", "version")
_SECTIONS: Final = ("table", "pair", "row", "part", "receives")


class Model(BaseModel):
    """Frozen, and refuses keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class When(Model):
    """A condition on a field beside the row's source."""

    field: str
    is_: tuple[str, ...] = Field(default=(), alias="is")
    not_: tuple[str, ...] = Field(default=(), alias="not")

    @model_validator(mode="after")
    def _one(self) -> When:
        if bool(self.is_) == bool(self.not_):
            raise ValueError("'when' has either 'is' or 'not'")
        return self


class Row(Model):
    """One row (docs/mapping-language.md). ``paths`` by side; ``line`` in its file."""

    id: str
    pairs: tuple[str, ...] = ()
    paths: Mapping[str, str] = {}
    convert: str = "copy"
    codes: str = ""
    unit: Mapping[str, str] = {}
    places: int | None = Field(default=None, ge=0, le=9)
    currency: Mapping[str, str] = {}
    cut: bool = False
    direction: str = "both"
    versions: Mapping[str, tuple[str, ...]] = {}
    part: str = ""
    when: When | None = None
    default: str | bool | int | None = None
    constant: str | bool | int | None = None
    from_: str = Field(default="", alias="from")
    take: tuple[str, ...] = ()
    new: Literal["", "uuid", "uuid-urn", "content-id", "position"] = ""
    fallback: bool = False
    control: str = ""
    compare: str = ""
    loss: str = ""
    lacking: str = ""
    refuse: str = ""
    chapter: str = ""
    note: str = ""
    line: int = 0
    file: str = ""

    @model_validator(mode="before")
    @classmethod
    def _sides(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        data = dict(data)
        paths = {side: data.pop(side) for pair in SIDES for side in pair if side in data}
        data["paths"] = {side: path for side, path in paths.items() if path != NONE}
        for key, value in dict(data.get("versions", {})).items():
            if isinstance(value, str):
                data["versions"] = {**data["versions"], key: (value,)}
        return data

    def path(self, side: str) -> str | None:
        """The row's path on a side; ``None`` where the side has no counterpart."""
        return self.paths.get(side)


class Part(Model):
    """Rows that apply inside a group; a row without chapter has that of its part."""

    id: str
    chapter: str = ""
    row: tuple[Row, ...] = ()


class Receives(Model):
    """The attributes of a content that a procedure may receive; the others are cut on the way.

    ``fields`` are paths of the side that receives, without selectors; a group stands for all in it.
    """

    procedure: str
    side: Literal["eu", "national"] = "eu"
    fields: tuple[str, ...] = Field(min_length=1)
    reason: str = Field(min_length=1)
    chapter: str = ""
    line: int = 0
    file: str = ""


class Pair(Model):
    """Two kinds of message that translate into one another, or one kind made of context.

    ``evidence``: whether the type of evidence that the message names chooses its table.
    """

    id: str
    kinds: Mapping[str, str]
    directions: tuple[str, ...] = ()
    families: Mapping[str, str] = {}
    collect: bool = False
    prepare: str = ""
    evidence: bool = True
    without: Mapping[str, str] = {}
    at_most_one: Mapping[str, str] = {}
    yields: Mapping[str, str] = {}
    repertoire: Mapping[str, Literal["latin", "any"]] = {}
    chapter: str = ""
    note: str = ""

    def repertoire_of(self, side: str) -> str:
        """The characters that texts of a side may have: String.Latin on the national side."""
        usual = "latin" if self.families and side == "national" else "any"
        return self.repertoire.get(side, usual)

    @model_validator(mode="before")
    @classmethod
    def _kinds(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        data = dict(data)
        data["kinds"] = {side: data.pop(side) for pair in SIDES for side in pair if side in data}
        return data


@dataclass(frozen=True, slots=True)
class Table:
    """One or more table files read together; id, title and version are those of the first."""

    id: str
    title: Mapping[str, str]
    sides: tuple[str, str]
    pairs: tuple[Pair, ...]
    rows: tuple[Row, ...]
    parts: Mapping[str, Part]
    files: tuple[Path, ...]
    version: str = ""
    receives: tuple[Receives, ...] = ()

    def other(self, side: str) -> str:
        """The other side."""
        return self.sides[1] if side == self.sides[0] else self.sides[0]

    def pair(self, pair_id: str) -> Pair:
        """A pair by id."""
        for pair in self.pairs:
            if pair.id == pair_id:
                return pair
        raise MappingFault(f"the table {self.id} has no pair {pair_id}")

    def rows_of(self, pair: Pair) -> Iterator[Row]:
        """The rows of a pair, in order."""
        return (row for row in self.rows if pair.id in row.pairs)


def load_table(*files: Path) -> Table:
    """Load table files that share pairs and parts. Raises ``MappingFault`` listing all problems."""
    problems: list[str] = []
    loaded = [_File(path, problems) for path in files]
    problems += [
        f"{file.path.name}: the table is empty"
        for file in loaded
        if not (file.pairs or file.rows or file.parts)
    ]
    if problems:
        raise _fault(problems)
    pairs = tuple(pair for file in loaded for pair in file.pairs)
    rows = tuple(row for file in loaded for row in file.rows)
    parts: dict[str, Part] = {}
    for file in loaded:
        for part in file.parts:
            if part.id in parts:
                problems.append(f"{file.path.name}: the part {part.id} stands twice")
            parts[part.id] = part
    _check_names(loaded, pairs, rows, parts, problems)
    if problems:
        raise _fault(problems)
    used = {side for pair in pairs for side in pair.kinds}
    sides = next((both for both in SIDES if used & set(both)), SIDES[0])
    return Table(
        id=loaded[0].id,
        title=loaded[0].title,
        sides=sides,
        pairs=pairs,
        rows=rows,
        parts=parts,
        files=tuple(files),
        version=loaded[0].version,
        receives=tuple(entry for file in loaded for entry in file.receives),
    )


def _fault(problems: list[str]) -> MappingFault:
    count = len(problems)
    what = f"the mapping tables have {count} problem{'s' if count > 1 else ''}: {problems[0]}"
    return MappingFault(what, problems=problems)


def _check_names(
    files: list[_File],
    pairs: tuple[Pair, ...],
    rows: tuple[Row, ...],
    parts: Mapping[str, Part],
    problems: list[str],
) -> None:
    known = {pair.id for pair in pairs}
    every = [(row, row.id) for row in rows]
    every += [(row, f"{part.id}.{row.id}") for part in parts.values() for row in part.row]
    seen: set[str] = set()
    for row, name in every:
        where = f"{row.file}:{row.line}: row {name}"
        if name in seen:
            problems.append(f"{where} stands twice")
        seen.add(name)
        if row.part and row.part not in parts:
            problems.append(f"{where}: unknown part '{row.part}'{near(row.part, parts)}")
        for pair_id in row.pairs:
            if pair_id not in known:
                problems.append(f"{where}: unknown pair '{pair_id}'{near(pair_id, known)}")
    for row in rows:
        if not row.pairs:
            problems.append(f"{row.file}:{row.line}: row {row.id} names no pairs")


def near(name: str, known: Any) -> str:
    """``; did you mean 'x'?`` with the nearest known name, or nothing."""
    found = get_close_matches(name, [str(k) for k in known], 1, 0.5)
    return f"; did you mean '{found[0]}'?" if found else ""


def spot(table: Table, row: Row, text: str) -> str:
    """`` (line 7, column 12)`` of a text in the lines of a row; nothing if it is not there."""
    return spot_in(table, row.file, row.line, text)


def spot_in(table: Table, file: str, start: int, text: str) -> str:
    """The same for an entry that begins at a line of a file."""
    path = next((path for path in table.files if path.name == file), None)
    if not text or path is None:
        return ""
    _data, content = read_toml(path)
    for number, line in enumerate(content.splitlines()[start:], start + 1):
        if line.lstrip().startswith("["):
            break
        column = line.find(text)
        if column >= 0:
            return f" (line {number}, column {column + 1})"
    return ""


class _File:
    """One file, its tables turned into models; problems go to the common list."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.path = path
        self.problems = problems
        self.id = path.stem
        self.title: Mapping[str, str] = {}
        self.version = ""
        self.pairs: list[Pair] = []
        self.rows: list[Row] = []
        self.parts: list[Part] = []
        self.receives: list[Receives] = []
        data, self.text = read_toml(path)
        self._load(data)

    def _load(self, data: dict[str, Any]) -> None:
        head = data.get("table", {})
        self.id = str(head.get("id", self.id))
        self.title = dict(head.get("title", {}))
        self.version = str(head.get("version", ""))
        for key in head:
            if key not in _HEAD:
                hint = f"{near(key, _HEAD)}{spot_of_key(self.text, key)}"
                self.problems.append(f"{self.path.name}: [table] unknown key '{key}'{hint}")
        for key in data:
            if key not in _SECTIONS:
                hint = near(key, _SECTIONS)
                self.problems.append(f"{self.path.name}: unknown section '{key}'{hint}")
        for entry, line in zip(data.get("pair", []), self._lines("[[pair]]"), strict=False):
            self._add(self.pairs, Pair, entry, line)
        for entry, line in zip(data.get("receives", []), self._lines("[[receives]]"), strict=False):
            entry = {**entry, "line": line, "file": self.path.name}
            self._add(self.receives, Receives, entry, line)
        self.rows = self._models(data.get("row", []), "[[row]]")
        for name, entry in data.get("part", {}).items():
            entry = dict(entry)
            inherited = {"chapter": entry.get("chapter", "")}
            inner = [{**inherited, **row} for row in entry.pop("row", [])]
            rows = self._models(inner, f"[[part.{name}.row]]")
            line = next(iter(self._lines(f"[part.{name}]")), 0)
            self._add(self.parts, Part, {**entry, "id": name, "row": rows}, line)

    def _models(self, entries: list[Any], header: str) -> list[Row]:
        rows: list[Row] = []
        for entry, line in zip(entries, self._lines(header), strict=False):
            self._add(rows, Row, {**entry, "line": line, "file": self.path.name}, line)
        return rows

    def _add(self, into: list[Any], model: type[Model], entry: dict[str, Any], line: int) -> None:
        try:
            into.append(model(**entry))
        except ValidationError as error:
            name = entry.get("id", "without id")
            for problem in error.errors():
                place = ""
                if problem["type"] == "extra_forbidden":
                    place = spot_of_key(self.text, str(problem["loc"][-1]), line)
                self.problems.append(
                    f"{self.path.name}:{line}: {model.__name__.lower()} {name}: "
                    f"{_explain(problem, model)}{place}"
                )

    def _lines(self, header: str) -> list[int]:
        return [
            number
            for number, text in enumerate(self.text.splitlines(), 1)
            if text.strip().startswith(header)
        ]


def _explain(problem: Any, model: type[Model]) -> str:
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        known = [f.alias or name for name, f in model.model_fields.items()]
        known += [side for pair in SIDES for side in pair]
        return f"unknown key '{key}'{near(key, known)}"
    return f"{key}: {problem['msg']}" if key else str(problem["msg"])
