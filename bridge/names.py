"""Namespace URIs that the code itself has to know; every other name lives in a binding file."""

from __future__ import annotations

from typing import Final

XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
XML: Final = "http://www.w3.org/XML/1998/namespace"
RIM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"

COLLECTION_SET: Final = "urn:oasis:names:tc:ebxml-regrep:CollectionType:Set"
"""The collection type that every EDM collection slot carries (EDM 2.2)."""


def clark(namespace: str, local: str) -> str:
    """Give the name in Clark notation, ``{namespace}local``; ``local`` alone without namespace."""
    return f"{{{namespace}}}{local}" if namespace else local


def split_clark(name: str) -> tuple[str, str]:
    """Split ``{namespace}local`` into namespace (empty if none) and local name."""
    if name.startswith("{"):
        namespace, _, local = name[1:].partition("}")
        return namespace, local
    return "", name
