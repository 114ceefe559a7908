"""Systematic damage to an XML document, for holding two schemas against each other.

Every mutation is one change: an element dropped, doubled, moved or renamed, an attribute dropped,
added or given another value, a text out of type. The documents come out in a fixed order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import pairwise

from lxml import etree

XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

VALUES: dict[str, str] = {
    "empty": "",
    "blank": " ",
    "words": "no such value",
    "number": "7",
    "no date": "2026-02-30",
    "date with zone": "2026-02-03Z",
    "dateTime": "2026-05-04T09:15:00",
    "yes": "true",
    "dotted": "a.b:c/d?e#f",
    "257 characters": "x" * 257,
    "1025 characters": "x" * 1025,
}
"""Name and text of each value put into leaves and attributes."""

Mutation = tuple[str, etree._Element]
_Change = Callable[[etree._Element], bool]


def mutations(root: etree._Element) -> Iterator[Mutation]:
    """Name and tree of every mutation of a document; the document itself stays as it is.

    A name is the operation, a blank, and the path of the place in the undamaged document
    (`drop /query:QueryRequest/rim:Slot[2]`, `attribute drop /…/@name`).
    """
    tree = root.getroottree()
    types = sorted({str(e.get(XSI_TYPE)) for e in root.iter("*") if e.get(XSI_TYPE)})
    for index, element in enumerate(root.iter("*")):
        path = tree.getpath(element)
        for name, change in _ELEMENT_CHANGES.items():
            mutant, place = _copy(root, index)
            if change(place):
                yield f"{name} {path}", mutant
        if len(element) == 0:
            for name, text in VALUES.items():
                mutant, place = _copy(root, index)
                # An empty text node would be in the tree but in no document.
                place.text = text or None
                yield f"value {name} {path}", mutant
        yield from _attribute_mutations(root, index, element, path, types)


def _attribute_mutations(
    root: etree._Element, index: int, element: etree._Element, path: str, types: list[str]
) -> Iterator[Mutation]:
    mutant, place = _copy(root, index)
    place.set("unheardOf", "x")
    yield f"attribute add {path}", mutant
    for key in map(str, element.attrib):
        where = f"{path}/@{etree.QName(key).localname}"
        mutant, place = _copy(root, index)
        del place.attrib[key]
        yield f"attribute drop {where}", mutant
        mutant, place = _copy(root, index)
        place.set(f"{key}X", str(place.attrib.pop(key)))
        yield f"attribute rename {where}", mutant
        others = {name: name for name in types if name != element.get(key)}
        for name, text in (VALUES | (others if key == XSI_TYPE else {})).items():
            mutant, place = _copy(root, index)
            place.set(key, text)
            yield f"attribute value {name} {where}", mutant


def _copy(root: etree._Element, index: int) -> tuple[etree._Element, etree._Element]:
    """A copy of the document and the element with that number in document order."""
    mutant = deepcopy(root)
    return mutant, next(e for i, e in enumerate(mutant.iter("*")) if i == index)


def _drop(element: etree._Element) -> bool:
    parent = element.getparent()
    if parent is None:
        return False
    parent.remove(element)
    return True


def _double(element: etree._Element) -> bool:
    if element.getparent() is None:
        return False
    element.addnext(deepcopy(element))
    return True


def _move_first(element: etree._Element) -> bool:
    parent = element.getparent()
    if parent is None or len(parent) < 3 or parent[0] is element:
        return False
    parent.insert(0, element)
    return True


def _move_last(element: etree._Element) -> bool:
    parent = element.getparent()
    if parent is None or len(parent) < 3 or parent[-1] is element:
        return False
    parent.append(element)
    return True


def _swap(element: etree._Element) -> bool:
    following = element.getnext()
    if following is None:
        return False
    following.addnext(element)
    return True


def _move_up(element: etree._Element) -> bool:
    parent = element.getparent()
    if parent is None or parent.getparent() is None:
        return False
    parent.addnext(element)
    return True


def _rename(element: etree._Element) -> bool:
    element.tag = f"{element.tag}X"
    return True


def _rename_foreign(element: etree._Element) -> bool:
    element.tag = f"{{urn:example:foreign}}{etree.QName(element).localname}"
    return True


def _rename_as(step: Callable[[etree._Element], etree._Element | None]) -> _Change:
    def change(element: etree._Element) -> bool:
        neighbour = step(element)
        if neighbour is None or neighbour.tag == element.tag:
            return False
        element.tag = neighbour.tag
        return True

    return change


def _hollow(element: etree._Element) -> bool:
    if len(element) == 0:
        return False
    for child in list(element):
        element.remove(child)
    element.text = None
    return True


def _swap_children(element: etree._Element) -> bool:
    """Turn the order of all children round, unless they are all alike."""
    if all(a.tag == b.tag for a, b in pairwise(element)):
        return False
    element[:] = list(element)[::-1]
    return True


def _text_among_children(element: etree._Element) -> bool:
    if len(element) == 0:
        return False
    element[0].tail = "stray text"
    return True


def _child_added(element: etree._Element) -> bool:
    etree.SubElement(element, f"{{{etree.QName(element).namespace}}}Stray").text = "x"
    return True


_ELEMENT_CHANGES: dict[str, _Change] = {
    "drop": _drop,
    "double": _double,
    "move first": _move_first,
    "move last": _move_last,
    "move up": _move_up,
    "swap": _swap,
    "reverse": _swap_children,
    "rename": _rename,
    "rename foreign": _rename_foreign,
    "rename as next": _rename_as(etree._Element.getnext),
    "rename as previous": _rename_as(etree._Element.getprevious),
    "hollow": _hollow,
    "stray text": _text_among_children,
    "stray child": _child_added,
}
"""Each changes the element in place; false says the change does not apply to it."""
