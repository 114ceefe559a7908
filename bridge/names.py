"""Namespace URIs that the code itself has to know; every other name lives in a binding file."""

from __future__ import annotations

from typing import Final

XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
XML: Final = "http://www.w3.org/XML/1998/namespace"
RIM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
DS11: Final = "http://www.w3.org/2009/xmldsig11#"
DSIG_MORE: Final = "http://www.w3.org/2021/04/xmldsig-more#"
EXC_C14N: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
XENC: Final = "http://www.w3.org/2001/04/xmlenc#"
XENC11: Final = "http://www.w3.org/2009/xmlenc11#"
SOAP12: Final = "http://www.w3.org/2003/05/soap-envelope"
EBMS: Final = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
EBBP: Final = "http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0"
EBMS_FRAGMENT: Final = "http://docs.oasis-open.org/ebxml-msg/ns/v3.0/mf/2010/04/"
_WSS: Final = "http://docs.oasis-open.org/wss/"
WSSE: Final = f"{_WSS}2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSSE11: Final = f"{_WSS}oasis-wss-wssecurity-secext-1.1.xsd"
WSU: Final = f"{_WSS}2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"

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
