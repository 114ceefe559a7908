"""The one shape of a WS-Security element that is taken; all else is EBMS:0103 (as4 3.4).

A signature that is valid in a shape nobody expected is how wrapping attacks begin, so elements
are read by exact lists of children, never searched for.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping

from lxml import etree

from bridge.errors import RefusedMessage
from bridge.names import split_clark


def noncompliant(what: str, *, where: str = "", security: bool = False) -> RefusedMessage:
    """Make the fault of a message that is not as the security policy wants it (EBMS:0103)."""
    return RefusedMessage(what, code="EBMS:0103", where=where, security=security)


def undecryptable() -> RefusedMessage:
    """Make the one fault of everything that does not decrypt: it tells nothing (as4 8.4, 26)."""
    return RefusedMessage("the message cannot be decrypted", code="EBMS:0102", security=True)


def children(element: etree._Element, *names: str) -> list[etree._Element]:
    """Give the children, which must be exactly these, in this order, and no text beside them."""
    found = list(element)
    if len(found) != len(names) or any(
        child.tag != name for child, name in zip(found, names, strict=True)
    ):
        raise noncompliant(f"{_name(element)} does not have the content it must have")
    _no_text(element, found)
    return found


def all_named(element: etree._Element, name: str) -> list[etree._Element]:
    """Give the children, all of which must have this name; at least one."""
    found = list(element)
    if not found or any(child.tag != name for child in found):
        raise noncompliant(f"{_name(element)} does not have the content it must have")
    _no_text(element, found)
    return found


def attributes(
    element: etree._Element,
    required: Collection[str] = (),
    optional: Collection[str] = (),
) -> Mapping[str, str]:
    """Give the attributes: all required ones, none beyond the optional ones."""
    # Not of attrib, which is asked again for each value.
    found: Mapping[str, str] = dict(element.items())  # type: ignore[arg-type]
    for name in required:
        if name not in found:
            break
    else:
        if len(found) == len(required) or all(
            name in required or name in optional for name in found
        ):
            return found
    raise noncompliant(f"{_name(element)} does not have the attributes it must have")


def algorithm(element: etree._Element, allowed: Collection[str]) -> str:
    """Give the ``Algorithm`` of an element, one of those allowed; it has no other attribute."""
    uri = attributes(element, ("Algorithm",))["Algorithm"]
    if uri not in allowed:
        raise noncompliant(f"{_name(element)} names an algorithm that is not taken", security=True)
    return uri


def octets(element: etree._Element, most: int) -> bytes:
    """Decode the base64 text of an element without children; blanks and line ends are skipped."""
    text = "".join((element.text or "").split())
    if len(element) or len(text) > 4 * most // 3 + 4:
        raise noncompliant(f"{_name(element)} is too long, or has elements in it")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise noncompliant(f"{_name(element)} is no base64") from None


def _no_text(element: etree._Element, found: list[etree._Element]) -> None:
    text = element.text
    if text and not text.isspace():
        raise noncompliant(f"{_name(element)} has text in it")
    for child in found:
        text = child.tail
        if text and not text.isspace():
            raise noncompliant(f"{_name(element)} has text in it")


def _name(element: etree._Element) -> str:
    # Only names of the profile are spelled out: others are a stranger's text.
    local = split_clark(str(element.tag))[1]
    return local if len(local) <= 40 and local.isascii() else "an element"
