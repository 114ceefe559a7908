"""Made-up documents of a data model: valid by its schema, deterministic, and easy to make smaller.

The binding says which fields there are, the schema what their values look like. What comes out are
fields as the reader would give them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, Final

from lxml import etree

from bridge.errors import BindingFault
from bridge.mapping.draw import Draw
from bridge.mapping.forms import Declared, Form, Forms
from bridge.mapping.sampling import sampler
from bridge.message import Group
from bridge.standards.binding import Binding, MessageShape
from bridge.standards.codelists import CodeList
from bridge.xml.nodes import Field, Leaf, Shape
from bridge.xml.parse import parse

_SPACE: Final = re.compile(r"\{[^}]*\}")
_DEEPEST: Final = 8
_TRIES: Final = 40
_FEW: Final = 3
_FIRST_DAY: Final = date(1901, 1, 1)
_DAYS: Final = 73_000
_TEXTS: Final = (
    "a", "Ab", "Muster", "Müller-Groß", "O'Neill & Söhne <GmbH>", "Weg 1: Haus; Nr. 2/3",
    "José Šimůnek", "mIxEd Case", "EL", "GR", "1", "0012", "-", "2024-02-29", "1,50", "Ω",
)  # fmt: skip
_FOREIGN: Final = ("Παπαδόπουλος", "Щербаков", "Ĝis ŝi", "Tokio 東京")
_KNOWN: Final = (
    "DE", "EL", "GR", "FR", "en", "de", "EN", "el", "EUR", "JPY", "BHD", "-", "0", "1",
    "2024-02-29", "true", "M1", "WLTP",
)  # fmt: skip
"""Values that mean something to converters, wherever their form is asked for."""
_UNLISTED: Final = ("unlisted", "Z9", "Q", "9999", "zz", "ZZZ")
"""Codes that an open list does not have."""
_DECIMALS: Final = ("0", "1", "0.5", "12.30", "1500", "99999.99", "0.007")
_TIMES: Final = (
    "2024-02-29T00:00:00Z", "2031-12-31T23:59:59Z", "1999-07-01T12:00:00.250+02:00",
    "2026-03-29T01:30:00-05:00",
)  # fmt: skip
_TEXTUAL: Final = frozenset({"string", "text", "token", "code", "qname"})


@dataclass(slots=True)
class Instances:
    """Makes up documents of one kind of message of a binding.

    ``foreign`` allows letters of any script in free text; without it texts stay in ``allowed``.
    """

    binding: Binding
    kind: MessageShape
    forms: Forms
    foreign: bool = True
    allowed: re.Pattern[str] | None = None
    _root: Declared = field(init=False)
    _texts: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Look the root up once."""
        self._root = self.forms.root(self.kind.root)
        texts = (*_TEXTS, *(_FOREIGN if self.foreign else ()))
        allowed = self.allowed
        self._texts = tuple(t for t in texts if allowed is None or allowed.fullmatch(t))

    def make(self, draw: Draw) -> Group:
        """Make one document's fields."""
        return self._group(self.kind.shape, self._root, draw, 0)

    def several(self, count: int) -> Iterator[tuple[Draw, Group]]:
        """Make a plain one, a full one, and others of all fullnesses; always the same ones."""
        for number in range(count):
            if number == 0:
                draw = Draw(replay=())
            elif number == 1:
                draw = Draw(1, fullness=100)
            else:
                draw = Draw(number, fullness=(20, 50, 80, 95)[number % 4])
            yield draw, self.make(draw)

    def _group(self, shape: Shape, declared: Declared, draw: Draw, depth: int) -> Group:
        chosen = {}
        for label, members in shape.choices.items():
            first = shape.field(members[0])
            some = (first is not None and first.least > 0) or draw.maybe()
            chosen[label] = draw.among(members) if some else ""
        fields: dict[str, Any] = {}
        for row in shape.fields:
            if row.constant is not None or (row.choice and chosen[row.choice] != row.name):
                continue
            if not row.name:
                if row.least or draw.maybe():
                    inner = self.forms.below(declared, row)
                    fields |= self._group(row.of, inner, draw, depth)  # type: ignore[arg-type]
                continue
            count = self._count(row, draw, depth)
            if not count:
                continue
            inner = self.forms.below(declared, row)
            items = tuple(self._value(row, inner, draw, depth) for _ in range(count))
            fields[row.name] = items if row.repeated else items[0]
        return Group(fields)

    @staticmethod
    def _count(row: Field, draw: Draw, depth: int) -> int:
        least = 1 if row.choice else row.least
        if least == 0 and (depth > _DEEPEST or not draw.maybe()):
            return 0
        least = max(least, 1)
        more = min(row.most - least, _FEW - 1)
        return least + (draw.below(more + 1) if more > 0 else 0)

    def _value(self, row: Field, declared: Declared, draw: Draw, depth: int) -> Any:
        if isinstance(row.of, Shape):
            return self._group(row.of, declared, draw, depth + 1)
        codes = self.binding.lists.get(row.of.code_list)
        make = _MAKERS.get(row.of.kind, _MAKERS["string"])
        made = make(_Wish(row.of, declared.form, codes, self._texts), draw)
        if made is None:
            raise BindingFault(
                f"no value can be made up for the field {row.name}", where=str(self.binding.folder)
            )
        return made


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a value has to be: its leaf, the schema's form, its list of codes, texts to choose."""

    leaf: Leaf
    form: Form
    codes: CodeList | None
    texts: tuple[str, ...]


def fits(form: Form, text: str) -> bool:
    """Whether a text has the form, as far as length, patterns and enumeration go."""
    if len(text) < form.least or (form.most >= 0 and len(text) > form.most):
        return False
    if form.values and text not in form.values:
        return False
    return all(pattern.fullmatch(text) for pattern in _compiled(form.patterns))


@lru_cache(maxsize=512)
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    # The classes that only XML Schema knows are near enough to \w for our names.
    plain = (p.replace("\\i", "[A-Za-z_]").replace("\\c", "[-.\\w]") for p in patterns)
    return tuple(re.compile(re.sub(r"\\p\{[A-Za-z]+\}", r"\\w", p)) for p in plain)


@lru_cache(maxsize=512)
def _known(form: Form) -> tuple[str, ...]:
    return tuple(text for text in _KNOWN if fits(form, text))


def _text(wish: _Wish, draw: Draw) -> str | None:
    form = wish.form
    if form.base in _BY_BASE:
        made = _BY_BASE[form.base](wish, draw)
        return made if isinstance(made, str) else str(made)
    if form.values:
        return draw.among(form.values)
    if form.patterns:
        known = _known(form)
        if known and draw.maybe(30):
            return draw.among(known)
        sample = sampler(form.patterns[-1])
        return _kept(lambda: sample(draw), lambda text: _plain(text) and fits(form, text))
    return _free(wish, draw)


def _free(wish: _Wish, draw: Draw) -> str | None:
    form = wish.form
    texts = [text for text in wish.texts if fits(form, text)]
    style = draw.below(8)
    if style < 5 and texts:
        return draw.among(texts)
    if style == 5 and form.most > 0:  # as long as it may be
        return (draw.among(("x", "Straße ", "ä")) * form.most)[: form.most - 1] + "z"
    joined = " ".join(draw.among(wish.texts) for _ in range(1 + draw.below(3)))
    padded = joined.ljust(form.least, "n")
    return padded[: form.most].strip() if form.most >= 0 else padded


def _plain(text: str) -> bool:
    return text == " ".join(text.split())


def _kept(make: Callable[[], str], good: Callable[[str], bool]) -> str | None:
    for _ in range(_TRIES):
        text = make()
        if good(text):
            return text
    return None


def _code(wish: _Wish, draw: Draw) -> str | None:
    codes = wish.codes
    listed = sorted(codes.values) if codes is not None else []
    listed = [code for code in listed if fits(wish.form, code)]
    if listed and (wish.leaf.codes or wish.form.values or not draw.maybe(20)):
        return draw.among(listed)
    open_ones = [text for text in _UNLISTED if fits(wish.form, text) and text not in listed]
    return draw.among(open_ones) if open_ones else _text(wish, draw)


def _day(wish: _Wish, draw: Draw) -> str:
    special = ("2000-01-01", "2024-02-29", "1899-12-31", "2031-12-31")
    if draw.maybe(60):
        return (_FIRST_DAY + timedelta(days=draw.below(_DAYS))).isoformat()
    return draw.among(special)


def _number(wish: _Wish, draw: Draw) -> str:
    form = wish.form
    if form.base not in ("decimal", "double", "float"):
        return str(_whole(wish, draw))
    places = int(form.fraction) if form.fraction else None
    texts = [text for text in _DECIMALS if _within(form, text)]
    if places is not None:
        texts = [t for t in texts if len(t.partition(".")[2]) <= places]
    return draw.among(texts) if texts else form.low or form.high or "0"


def _within(form: Form, text: str) -> bool:
    value = Decimal(text)
    return not (
        (form.low and value < Decimal(form.low))
        or (form.above and value <= Decimal(form.above))
        or (form.high and value > Decimal(form.high))
        or (form.under and value >= Decimal(form.under))
        or (form.digits and len(value.as_tuple().digits) > int(form.digits))
        or not all(pattern.fullmatch(text) for pattern in _compiled(form.patterns))
    )


_LOWEST: Final = {"positiveInteger": 1, "integer": -3, "negativeInteger": -9, "decimal": -3}


def _whole(wish: _Wish, draw: Draw) -> int:
    form = wish.form
    low = int(form.low) if form.low else int(form.above) + 1 if form.above else None
    high = int(form.high) if form.high else int(form.under) - 1 if form.under else None
    least = low if low is not None else max(0, _LOWEST.get(form.base, 0))
    most = high if high is not None else 999_999
    values = [v for v in (least, least + 1, 2, 5, 100, 1990, most) if least <= v <= most]
    values += [v for v in (1000, 1500, 2024, 12_345) if least <= v <= most]
    return draw.among([v for v in values if _within(form, str(v))] or values)


def _moment(_wish: _Wish, draw: Draw) -> str:
    return draw.among(_TIMES)


def _uuid(prefix: str) -> Callable[[_Wish, Draw], str]:
    def make(_wish: _Wish, draw: Draw) -> str:
        return f"{prefix}{draw.below(1 << 32):08x}-0000-4000-8000-{draw.below(1 << 48):012x}"

    return make


def _address(wish: _Wish, draw: Draw) -> str | None:
    addresses = ("https://example.org/a", "urn:example:b", "https://example.org/a?b=c&d=e")
    chosen = [text for text in addresses if fits(wish.form, text)]
    return draw.among(chosen) if chosen else _text(wish, draw)


def _octets(_wish: _Wish, draw: Draw) -> bytes:
    return draw.among((b"%PDF-1.7 made up", b"\x00\xff", b"text"))


_BY_BASE: Final[Mapping[str, Callable[[_Wish, Draw], Any]]] = {
    "date": _day,
    "dateTime": _moment,
    "decimal": _number,
    "integer": _number,
    "nonNegativeInteger": _number,
    "positiveInteger": _number,
    "int": _number,
    "anyURI": lambda _wish, draw: draw.among(("https://example.org/a", "urn:example:b")),
    "gYear": lambda _wish, draw: f"{1901 + draw.below(150)}",
    "gYearMonth": lambda _wish, draw: f"{1901 + draw.below(150)}-{1 + draw.below(12):02d}",
    "boolean": lambda _wish, draw: draw.among(("true", "false")),
    "language": lambda _wish, draw: draw.among(("de", "en", "el")),
}
"""Values of built-in types, where the binding takes them as text."""
_MAKERS: Final[Mapping[str, Callable[[_Wish, Draw], Any]]] = {
    "string": _text,
    "code": _code,
    "date": _day,
    "dateTime": _moment,
    "decimal": _number,
    "integer": _whole,
    "boolean": lambda _wish, draw: draw.maybe(),
    "base64": _octets,
    "uri": _address,
    "sr-uri": _address,
    "uuid": _uuid(""),
    "uuid-urn": _uuid("urn:uuid:"),
}


@dataclass
class End:
    """One side of a content's pair: its data model, and documents made up after it."""

    binding: Binding
    kind: MessageShape
    instances: Instances

    @cached_property
    def _schema(self) -> etree.XMLSchema:
        return etree.XMLSchema(etree.parse(str(self.binding.schema)))

    def invalid(self, octets: bytes) -> str:
        """What the schema finds wrong with a document first; empty where it is valid."""
        if self._schema.validate(parse(octets).root):
            return ""
        errors: Any = self._schema.error_log
        return _SPACE.sub("", errors[0].message) if len(errors) else "it is not valid"
