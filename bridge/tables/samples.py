"""Examples of rows and converters: a value before and after, made by the converter itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bridge.errors import BridgeError
from bridge.mapping.account import Account, Env
from bridge.mapping.context import Context, seeded_ids
from bridge.mapping.convert import converter as find_converter
from bridge.mapping.converter import Converter, national
from bridge.mapping.table import Pair, Row, Table
from bridge.mapping.tables import Tables
from bridge.message import Group, Message
from bridge.tables.tried import try_out
from bridge.tables.uses import model_of

NOW: Final = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_TRIALS: Final = 12
_URN: Final = "urn:uuid:00000000-0000-4000-8000-000000000001"
_BARE: Final = _URN.removeprefix("urn:uuid:")
_VALUES: Final[Mapping[str, tuple[object, object]]] = {
    "bare-urn": (_URN, _BARE), "country": ("EL", "GR"), "date": ("2024-05-31T12:00:00Z",) * 2,
    "date-german": ("2024-05-31", "31.05.2024"), "decimal-comma": ("1234.56", "1234,56"),
    "gender": ("Female", "female"), "ja-nein": (True, "ja"), "language": ("DE", "de"),
    "latin": ("Ada", "Ada"), "loa": ("High", "High"), "lower": ("DE", "de"),
    "name": ("Ada", "Ada"), "ncname": ("1a", "_1a"), "nuts": ("DE21", "DE21"),
    "scheme": ("urn:cef.eu:names:identifier:EAS:9930", "9930"), "text": ("Ada", "Ada"),
    "upper": ("de", "DE"), "urn": (_URN, _URN), "urn-bare": (_BARE, _URN),
    "utc": ("2024-05-31T12:00:00+02:00",) * 2, "uuid": (_BARE, _BARE),
    "words": ("Ada", "Ada"), "year": ("2024-05-31",) * 2, "year-month": ("2024-05-31",) * 2,
}  # fmt: skip
"""For converters that look at nothing but the value: one of the EU side, one of the German."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A value on one side and what becomes of it on the other, in one direction."""

    direction: str
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether the value looks different behind it."""
        return self.before != self.after


def context_of(tables: Tables) -> Context:
    """A context for trying out: the shipped defaults, a fixed time, seeded identifiers."""
    return Context(NOW, seeded_ids("try"), tables.defaults)


class Samples:
    """Examples of the rows of a folder's tables; made-up documents are tried once each."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._known: dict[tuple[str, str, str], Mapping[str, Sample]] = {}

    def of_row(self, table: Table, pair: Pair, row: Row, name: str) -> tuple[Sample, ...]:
        """One example of a row for each direction in which it carries a value."""
        found = []
        for direction in pair.directions:
            if row.direction in ("both", direction) and len(row.paths) == 2 and not row.part:
                carried = self._carried(table, pair, direction).get(name)
                sample = carried or _converted(row, direction)
                if sample is not None:
                    found.append(sample)
        return tuple(found)

    def _carried(self, table: Table, pair: Pair, direction: str) -> Mapping[str, Sample]:
        """By row, what it made of a made-up value; one that it changed goes before."""
        key = (table.id, pair.id, direction)
        if key not in self._known:
            found: dict[str, Sample] = {}
            for source in made_up(self._tables, table, pair, direction):
                before = dict(source.fields.leaves())
                for made in try_out(self._tables, table, source, context_of(self._tables)).made:
                    known = found.get(made.row)
                    if not made.sources or (known is not None and known.changed):
                        continue
                    values = [spelled(before.get(path)) for path in made.sources]
                    sample = Sample(direction, " + ".join(values), spelled(made.value))
                    if known is None or sample.changed:
                        found[made.row] = sample
            self._known[key] = found
        return self._known[key]


def made_up(tables: Tables, table: Table, pair: Pair, direction: str) -> tuple[Message, ...]:
    """Made-up documents of the side that a direction starts at, always the same.

    Messages have none: their examples are the shipped ones.
    """
    side = table.other(direction.removeprefix("to-"))
    model = model_of(tables, table, pair, side) if pair.families else None
    if model is None:
        return ()
    end = tables.end(model.standard, model.kind.kind, side)

    def message(fields: Group) -> Message:
        return tables.catalogue.message(model.standard, model.kind.kind, fields)

    return tuple(message(fields) for _, fields in end.instances.several(_TRIALS))


def _converted(row: Row, direction: str) -> Sample | None:
    known = find_converter(row.convert)
    if known is None:
        return None
    return sample_of_converter(known, direction)


def sample_of_converter(known: Converter, direction: str) -> Sample | None:
    """What a converter makes of a value; ``None`` where it looks at more than the value."""
    apply = known.towards(direction)
    values = _VALUES.get(known.name) or next(
        ((eu, german) for german, eu in known.samples), (None, None)
    )
    value = values[0] if national(direction) else values[1]
    after = _apply(apply, value, direction) if apply is not None and value is not None else None
    return None if after is None else Sample(direction, spelled(value), spelled(after))


def _apply(apply: object, value: object, direction: str) -> object:
    context = Context(NOW, seeded_ids("try"))
    env = Env(
        context=context,
        message=Message(None, Group()),  # type: ignore[arg-type]
        direction=direction,
        target_standard="",
        account=Account(),
        shelf=None,  # type: ignore[arg-type]
    )
    try:
        return apply(value, env)  # type: ignore[operator]
    except (ValueError, TypeError, AttributeError, KeyError, BridgeError):
        return None  # it looks at more than the value, or does not understand it


def spelled(value: object) -> str:
    """A value as people read it."""
    if isinstance(value, bytes):
        return f"{len(value)} octets"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {spelled(inner)}" for name, inner in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)
