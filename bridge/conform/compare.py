"""What is different between an expected message and the one that was made: places, never values.

Prefixes, the order of attributes and blanks between elements mean nothing and are not compared;
everything else is, to the letter.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from lxml import etree

from bridge.names import clark, split_clark
from bridge.xml.place import path_of

MOST_DIFFERENCES: Final = 20
_TYPE: Final = clark("http://www.w3.org/2001/XMLSchema-instance", "type")


def differences(expected: etree._Element, made: etree._Element) -> tuple[str, ...]:
    """Give a sentence for each difference, at most ``MOST_DIFFERENCES``, in document order."""
    return tuple(islice(_differences(expected, made), MOST_DIFFERENCES))


def _differences(expected: etree._Element, made: etree._Element) -> Iterator[str]:
    if expected.tag != made.tag:
        yield f"{path_of(made)}: {_local(expected)} is expected here, not {_local(made)}"
        return
    yield from _attributes(expected, made)
    if _text(expected) != _text(made):
        yield f"{path_of(made)}: the text differs"
    wanted, given = list(expected.iterchildren("*")), list(made.iterchildren("*"))
    for one, other in zip(wanted, given, strict=False):
        if (one.tail or "").strip() != (other.tail or "").strip():
            yield f"{path_of(other)}: the text behind it differs"
        if one.tag != other.tag:
            # Everything after an element too many or too few is shifted: one sentence is enough.
            yield from _differences(one, other)
            return
        yield from _differences(one, other)
    for missing in wanted[len(given) :]:
        yield f"{path_of(made)}: {_local(missing)} is missing"
    for extra in given[len(wanted) :]:
        yield f"{path_of(extra)}: it is not expected"


def _attributes(expected: etree._Element, made: etree._Element) -> Iterator[str]:
    for name in sorted({*map(str, expected.attrib), *map(str, made.attrib)}):
        local = split_clark(name)[1]
        one, other = _attribute(expected, name), _attribute(made, name)
        if one == other:
            continue
        place = path_of(made)  # asked late: where nothing differs, it costs the most
        if one is None:
            yield f"{place}/@{local}: it is not expected"
        elif other is None:
            yield f"{place}/@{local}: it is missing"
        else:
            yield f"{place}/@{local}: the value differs"


def _attribute(element: etree._Element, name: str) -> str | None:
    value = element.get(name)
    if value is None or name != _TYPE:
        return value
    prefix, _, local = value.strip().rpartition(":")
    return clark(element.nsmap.get(prefix or None) or "", local)


def _text(element: etree._Element) -> str:
    text = element.text or ""
    return "" if len(element) and not text.strip() else text


def _local(element: etree._Element) -> str:
    return split_clark(element.tag)[1]
