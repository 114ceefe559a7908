"""What a content model allows among the children of an element, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from bridge.names import split_clark
from bridge.rules.explain_words import Part, Phrase, short

LISTED: Final = 12
"""How many names or values a list shows; the rest is a number."""

_TIMES: Final = {
    (1, 1): "times.once",
    (0, 1): "times.at-most-once",
    (1, None): "times.at-least-once",
    (0, None): "times.any",
}

_Trail = tuple[tuple[Any, int], ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure of the schema, in phrases.

    ``parent`` is the element whose children are out of order, where that is what is wrong;
    ``untyped`` says that the type of the element is unknown, so nothing below it was judged.
    """

    element: etree._Element
    what: Phrase
    expected: Phrase | None = None
    found: Phrase | None = None
    remedy: Phrase | None = None
    attribute: str = ""
    parent: etree._Element | None = None
    untyped: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a content model: its name, how often, and where in its groups it stands."""

    name: str
    least: int
    most: int | None
    trail: _Trail

    def before(self, other: Place) -> bool:
        """Whether elements of this place stand before those of the other, whatever else stands."""
        for (group, mine), (same, others) in zip(self.trail, other.trail, strict=False):
            if group is not same:
                return False
            if mine != others:
                return bool(group.model == "sequence" and group.max_occurs == 1 and mine < others)
        return False


def places_of(group: Any) -> tuple[Place, ...]:
    """Give the places of a compiled model group (``XsdGroup``), in the order of the schema."""
    return tuple(_places(group, (), group.min_occurs > 0, group.max_occurs))


def _places(group: Any, trail: _Trail, needed: bool, often: int | None) -> Iterator[Place]:
    needed = needed and (group.model != "choice" or len(group) == 1)
    for number, item in enumerate(group):
        here = (*trail, (group, number))
        most = None if often is None or item.max_occurs is None else often * item.max_occurs
        if hasattr(item, "model"):
            yield from _places(item, here, needed and item.min_occurs > 0, most)
        else:
            yield Place(item.name or "", item.min_occurs if needed else 0, most, here)


def shown(name: str, element: etree._Element) -> str:
    """Spell a Clark name with the prefix that is in force at an element."""
    namespace, local = split_clark(name)
    prefixes = (p for p, uri in element.nsmap.items() if uri == namespace and p)
    prefix = next(prefixes, "") if namespace else ""
    return f"{prefix}:{short(local)}" if prefix else short(local)


def listed(items: Sequence[Part], most: int | None = LISTED) -> Phrase:
    """Join names or values to a list, cut at ``most``."""
    if most is None or len(items) <= most:
        return Phrase("expected.list", items=tuple(items))
    return Phrase("expected.list-cut", items=tuple(items[:most]), more=len(items) - most)


def times(least: int, most: int | None) -> Phrase:
    """Say how often something stands."""
    if (least, most) in _TIMES:
        return Phrase(_TIMES[(least, most)])
    if most is None:
        return Phrase("times.at-least", least=least)
    if least == most:
        return Phrase("times.exactly", least=least)
    if least == 0:
        return Phrase("times.at-most", most=most)
    return Phrase("times.between", least=least, most=most)


class Children:
    """The children of one element held against its content model."""

    def __init__(self, parent: etree._Element, group: Any, most: int | None = LISTED) -> None:
        self.parent = parent
        self.places = places_of(group)
        self.children = list(parent.iterchildren("*"))
        self.listed = most
        self._by_name = {place.name: place for place in reversed(self.places) if place.name}

    def unexpected(self, index: int) -> Failure:
        """Explain why the child of that index may not stand where it stands."""
        child = self.children[index]
        place = self._by_name.get(str(child.tag))
        if place is None:
            return self._unknown(child, index)
        count = sum(1 for each in self.children if each.tag == child.tag)
        if place.most is not None and count > place.most:
            return self._doubled(child, place, count)
        return self._misplaced(child, place, index)

    def incomplete(self) -> Failure:
        """Explain what is missing at the end."""
        missing = self._missing(None)
        last = self.children[-1] if self.children else None
        name = self._name(missing[0].name) if missing else ""
        if last is None:
            found, remedy = Phrase("found.empty"), Phrase("remedy.add", name=name)
        else:
            after = self._after(missing[0]) if missing else last
            found = Phrase("found.nothing-after", name=self._tag(last))
            remedy = (
                Phrase("remedy.add", name=name)
                if after is None
                else Phrase("remedy.add-after", name=name, other=self._tag(after))
            )
        return Failure(
            self.parent,
            Phrase("what.incomplete"),
            self._elements(missing or self.places),
            found,
            remedy if name else None,
            parent=self.parent,
        )

    def _unknown(self, child: etree._Element, index: int) -> Failure:
        found = Phrase("found.element", name=self._tag(child))
        expected = self._elements(self._next(index) or self.places)
        return self._failure(child, "what.unknown", expected, found, self._likely(child))

    def _likely(self, child: etree._Element) -> Phrase:
        return likely_name(child, [place.name for place in self.places if place.name])

    def _doubled(self, child: etree._Element, place: Place, count: int) -> Failure:
        return self._failure(
            child,
            "what.doubled",
            self._elements([place]),
            Phrase("found.count", name=self._tag(child), count=count),
            Phrase("remedy.keep", count=place.most or 0),
        )

    def _misplaced(self, child: etree._Element, place: Place, index: int) -> Failure:
        found = Phrase("found.element", name=self._tag(child))
        remedy = self._move(child, place, index)
        if remedy is not None:
            expected = self._elements(self._next(index))
            return self._failure(child, "what.misplaced", expected, found, remedy)
        missing = self._missing(place)
        if missing:
            first = self._name(missing[0].name)
            remedy = Phrase("remedy.add-before", name=first, other=self._tag(child))
            return self._failure(child, "what.missing", self._elements(missing), found, remedy)
        return self._failure(child, "what.misplaced", self._elements(self.places), found, None)

    def _move(self, child: etree._Element, place: Place, index: int) -> Phrase | None:
        """Say which element has to move where: the one that stands alone against the others."""
        passed = [e for e in self.children[:index] if self._ordered(place, e)]
        if passed:
            later = [e for e in self.children[index:] if self._ordered(e, passed[0])]
            if len(later) > len(passed):
                return self._put("after", passed[0], later[-1])
            return self._put("before", child, passed[0])
        ahead = [e for e in self.children[index + 1 :] if self._ordered(e, place)]
        if len(ahead) == 1:
            return self._put("before", ahead[0], child)
        return self._put("after", child, ahead[-1]) if ahead else None

    def _put(self, where: str, what: etree._Element, other: etree._Element) -> Phrase:
        return Phrase(f"remedy.put-{where}", name=self._tag(what), other=self._tag(other))

    def _failure(
        self,
        child: etree._Element,
        what: str,
        expected: Phrase,
        found: Phrase,
        remedy: Phrase | None,
    ) -> Failure:
        return Failure(child, Phrase(what), expected, found, remedy, parent=self.parent)

    def _ordered(self, first: Place | etree._Element, second: Place | etree._Element) -> bool:
        one, other = self._place(first), self._place(second)
        return one is not None and other is not None and one.before(other)

    def _place(self, what: Place | etree._Element) -> Place | None:
        return what if isinstance(what, Place) else self._by_name.get(str(what.tag))

    def _missing(self, before: Place | None) -> list[Place]:
        """The mandatory places that no child fills, all or those that stand before a place."""
        present = {str(child.tag) for child in self.children}
        return [
            place
            for place in self.places
            if place.least
            and place.name not in present
            and (before is None or place.before(before))
        ]

    def _after(self, place: Place) -> etree._Element | None:
        """The last child that a place stands after."""
        return next((e for e in reversed(self.children) if self._ordered(e, place)), None)

    def _next(self, index: int) -> list[Place]:
        """What may stand at an index, by the children before it: up to the first mandatory one."""
        before = [p for e in self.children[:index] if (p := self._by_name.get(str(e.tag)))]
        present = {place.name for place in before}
        found: list[Place] = []
        for place in self.places:
            if any(place.before(each) for each in before):
                continue
            if place.name in present and place.most == 1:
                continue
            found.append(place)
            if place.least and place.name not in present:
                break
        return found

    def _elements(self, places: Sequence[Place]) -> Phrase:
        if not places:
            return Phrase("expected.nothing")
        unique = {place.name: place for place in reversed(places)}
        return listed([self._element(p) for p in reversed(unique.values())], self.listed)

    def _element(self, place: Place) -> Phrase:
        if not place.name:
            return Phrase("expected.any")
        often = times(place.least, place.most)
        return Phrase("expected.element", name=self._name(place.name), times=often)

    def _name(self, name: str) -> str:
        return shown(name, self.parent) or "*"

    def _tag(self, element: etree._Element) -> str:
        return shown(str(element.tag), element)


def likely_name(element: etree._Element, allowed: Sequence[str]) -> Phrase:
    """Say what an unknown element probably should have been: namespace, spelling or nothing."""
    from difflib import get_close_matches

    namespace, local = split_clark(str(element.tag))
    namespace, local = short(namespace), short(local)
    for name in allowed:
        other, same = split_clark(name)
        if same == local and other != namespace:
            none = Phrase("name.no-namespace")
            return Phrase("remedy.namespace", found=namespace or none, expected=other or none)
    spelled = {split_clark(name)[1].lower(): name for name in allowed}
    close = get_close_matches(local.lower(), spelled, n=1, cutoff=0.7)
    if close:
        return Phrase("remedy.nearest", name=shown(spelled[close[0]], element))
    return Phrase("remedy.remove")
