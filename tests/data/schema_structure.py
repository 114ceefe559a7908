"""What an XSD file says about its types, read from its XML: children, order, cardinality, type.

A second reading beside lxml and xmlschema, so that a test can compare schema text with tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"


@dataclass(frozen=True)
class Child:
    """One declared element: `path` is relative to its type, `occurs` as in the reference."""

    path: str
    namespace: str
    occurs: str
    type: str


@dataclass(frozen=True)
class Structure:
    """One complex type or message: own children only; `group` is sequence, choice or empty."""

    base: str
    group: str
    abstract: bool
    children: tuple[Child, ...]
    attributes: tuple[tuple[str, str, str], ...]


def structures(folder: Path, pattern: str, prefixes: dict[str, str]) -> dict[str, Structure]:
    """All complex types and global elements with anonymous type, by `prefix:name`."""
    found: dict[str, Structure] = {}
    for file in sorted(folder.glob(pattern)):
        root = etree.parse(file).getroot()
        target = root.get("targetNamespace")
        prefix = prefixes[target]
        for node in root.iterchildren(f"{XS}complexType", f"{XS}element"):
            body = node if node.tag == f"{XS}complexType" else node.find(f"{XS}complexType")
            if body is not None:
                found[f"{prefix}:{node.get('name')}"] = _structure(body, target, prefixes)
    return found


def simple_types(folder: Path, pattern: str, prefixes: dict[str, str]) -> dict[str, str]:
    """Base and facets of every global simple type, as one line of text."""
    found = {}
    for file in sorted(folder.glob(pattern)):
        root = etree.parse(file).getroot()
        prefix = prefixes[root.get("targetNamespace")]
        for node in root.iterchildren(f"{XS}simpleType"):
            restriction = node.find(f"{XS}restriction")
            facets = [
                f"{etree.QName(f).localname} {f.get('value')}"
                for f in restriction.iter(f"{XS}pattern", f"{XS}enumeration")
            ]
            base = qualified(restriction, restriction.get("base"), prefixes)
            found[f"{prefix}:{node.get('name')}"] = " ".join([base, *facets])
    return found


def qualified(node: etree._Element, name: str | None, prefixes: dict[str, str]) -> str:
    """The name with the prefix of the reference, whatever prefix the file uses."""
    if not name:
        return "anonymous"
    prefix, _, local = name.rpartition(":")
    return f"{prefixes[node.nsmap[prefix or None]]}:{local}"


def _structure(body: etree._Element, target: str, prefixes: dict[str, str]) -> Structure:
    base = ""
    abstract = body.get("abstract") == "true"
    for derivation in body.iterdescendants(f"{XS}extension", f"{XS}restriction"):
        if derivation.getparent().getparent() is body:
            base = qualified(derivation, derivation.get("base"), prefixes)
            body = derivation
            break
    children: list[Child] = []
    group = _collect(body, "", target, prefixes, children)
    attributes = tuple(
        (a.get("name"), qualified(a, a.get("type"), prefixes), _attribute(a))
        for a in body.iterchildren(f"{XS}attribute")
    )
    return Structure(base, group, abstract, tuple(children), attributes)


def _collect(
    parent: etree._Element, above: str, target: str, prefixes: dict[str, str], into: list[Child]
) -> str:
    for group in parent.iterchildren(f"{XS}sequence", f"{XS}choice"):
        for element in group.iterchildren(f"{XS}element"):
            named = element.get("name") or element.get("ref")
            local = named.rpartition(":")[2]
            path = f"{above}/{local}" if above else local
            inner = element.find(f"{XS}complexType")
            into.append(
                Child(
                    path,
                    _namespace(element, target, prefixes),
                    _occurs(element),
                    _type(element, inner, prefixes),
                )
            )
            if inner is not None:
                _collect(inner, path, target, prefixes, into)
        return etree.QName(group).localname
    return ""


def _type(element: etree._Element, inner: etree._Element | None, prefixes: dict[str, str]) -> str:
    if inner is not None:
        return f"anonymous {etree.QName(inner[0]).localname}"
    if element.get("ref"):
        return "ref"
    return qualified(element, element.get("type"), prefixes)


def _namespace(element: etree._Element, target: str, prefixes: dict[str, str]) -> str:
    if element.get("ref"):
        return qualified(element, element.get("ref"), prefixes).partition(":")[0]
    return "none" if element.get("form") == "unqualified" else prefixes[target]


def _occurs(element: etree._Element) -> str:
    low = element.get("minOccurs", "1")
    high = element.get("maxOccurs", "1").replace("unbounded", "n")
    return low if low == high else f"{low}..{high}"


def _attribute(attribute: etree._Element) -> str:
    use = attribute.get("use", "optional")
    fixed = attribute.get("fixed")
    return f"{use} fixed {fixed}" if fixed else use
