"""Minimal damage to a message, written as data: what `tests/data/rule_mutations.toml` says is done."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

from lxml import etree

NAMESPACES = {
    "query": "urn:oasis:names:tc:ebxml-regrep:xsd:query:4.0",
    "rim": "urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0",
    "rs": "urn:oasis:names:tc:ebxml-regrep:xsd:rs:4.0",
    "sdg": "http://data.europa.eu/p4s",
    "xlink": "http://www.w3.org/1999/xlink",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xml": "http://www.w3.org/XML/1998/namespace",
}


def clark(name: str) -> str:
    prefix, colon, local = name.rpartition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if colon else local


def _text(element: etree._Element, value: str) -> None:
    element.text = value or None


def _remove(element: etree._Element, value: str) -> None:
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)


def _double(element: etree._Element, value: str) -> None:
    element.addnext(deepcopy(element))


def _rename(element: etree._Element, value: str) -> None:
    element.tag = clark(value)


def _set(element: etree._Element, value: str) -> None:
    name, _, text = value.partition("=")
    element.set(clark(name), text)


def _unset(element: etree._Element, value: str) -> None:
    del element.attrib[clark(value)]


def _append(element: etree._Element, value: str) -> None:
    element.append(_fragment(value))


def _after(element: etree._Element, value: str) -> None:
    element.addnext(_fragment(value))


def _before(element: etree._Element, value: str) -> None:
    element.addprevious(_fragment(value))


def _fragment(text: str) -> etree._Element:
    declared = " ".join(f'xmlns:{p}="{uri}"' for p, uri in NAMESPACES.items() if p != "xml")
    return etree.fromstring(f"<x {declared}>{text}</x>")[0]


OPERATIONS: dict[str, Callable[[etree._Element, str], None]] = {
    "text": _text,
    "remove": _remove,
    "double": _double,
    "rename": _rename,
    "set": _set,
    "unset": _unset,
    "append": _append,
    "after": _after,
    "before": _before,
}


def mutant(root: etree._Element, operation: str, xpath: str, value: str = "") -> etree._Element:
    """A damaged copy; the place must be exactly one element. Several steps are split by ` ;; `."""
    copy = etree.fromstring(etree.tostring(root))
    steps = zip(operation.split(" ;; "), xpath.split(" ;; "), value.split(" ;; "), strict=True)
    for name, place, text in steps:
        (element,) = copy.xpath(place, namespaces=NAMESPACES)
        OPERATIONS[name](element, text)
    return etree.fromstring(etree.tostring(copy))
