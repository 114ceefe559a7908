"""The same document in other spellings: each function takes what we write and gives what others do.

All work on the writer's own output, in which attribute values hold no angle brackets and every
leaf element stands on one line; that keeps them short.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

Spelling = Callable[[bytes], bytes]

XSI = "http://www.w3.org/2001/XMLSchema-instance"
RIM = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0"
SDG = "http://data.europa.eu/p4s"
SLOT = f"{{{RIM}}}Slot"

_TAG = re.compile(rb"<[^>?]+>")
_LEAF = re.compile(rb"(<(?:[\w-]+:)?\w+(?: [^<>]*[^<>/])?>)([^<>\n]+)(</)")
_ATTRIBUTE = re.compile(rb' (?!xmlns|xsi:type)([\w:]+)="([^"]*)"')


def prefixes_renamed(octets: bytes) -> bytes:
    """`ns1:` to `ns6:` in place of the usual prefixes, in tags, attributes and `xsi:type`."""
    for number, prefix in enumerate(("query", "rim", "rs", "sdg", "xlink", "xsi"), 1):
        old, new = prefix.encode(), b"ns%d" % number
        octets = re.sub(rb'(?<=[<" /])' + old + rb":(?=[A-Za-z])", new + b":", octets)
        octets = octets.replace(b"xmlns:" + old + b"=", b"xmlns:" + new + b"=")
    return octets


def default_namespace(octets: bytes) -> bytes:
    """No prefix on any element: the default namespace is declared anew wherever it changes."""
    root = etree.fromstring(octets)
    return _without_prefixes(root, None).encode("utf-8")


def _without_prefixes(element: etree._Element, inherited: str | None) -> str:
    name = etree.QName(element)
    spelt = name.localname
    if name.namespace != inherited:
        spelt += f' xmlns="{name.namespace or ""}"'
    for number, (key, value) in enumerate(element.attrib.items()):
        attribute = etree.QName(key)
        if attribute.namespace == XSI:
            value = _type_without_prefix(element, str(value), name.namespace)
            if ":" in value:
                prefix = value.partition(":")[0]
                spelt += f' xmlns:{prefix}="{element.nsmap[str(element.get(key)).split(":")[0]]}"'
        if attribute.namespace and attribute.namespace.endswith("/XML/1998/namespace"):
            spelt += f' xml:{attribute.localname}="{_escaped(str(value))}"'
        elif attribute.namespace:
            spelt += f' xmlns:a{number}="{attribute.namespace}"'
            spelt += f' a{number}:{attribute.localname}="{_escaped(str(value))}"'
        else:
            spelt += f' {attribute.localname}="{_escaped(str(value))}"'
    children = "".join(
        _without_prefixes(child, name.namespace) + _escaped(child.tail or "") for child in element
    )
    return f"<{spelt}>{_escaped(element.text or '')}{children}</{name.localname}>"


def _type_without_prefix(element: etree._Element, value: str, default: str | None) -> str:
    prefix, _, local = value.partition(":")
    return local if element.nsmap.get(prefix) == default else f"t:{local}"


def _escaped(text: str) -> str:
    for character, reference in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(character, reference)
    return text


def prefix_rebound(octets: bytes) -> bytes:
    """Inside slots `rim:` means another namespace than outside: that of the payload."""
    outermost = rb"(<rim:(?:SlotValue|Element)[^>]*>\s*)<sdg:(\w+)"
    declared = rb'\1<sdg:\2 xmlns:rim="' + SDG.encode() + b'"'
    octets = re.sub(outermost, declared, octets)
    return re.sub(rb"(</?)sdg:", rb"\1rim:", octets)


def comments_and_instructions(octets: bytes) -> bytes:
    """A comment and an instruction at every tag and in the middle of every value."""
    declaration, body = _split_declaration(octets)
    body = _LEAF.sub(lambda match: match[1] + _interrupted(match[2]) + match[3], body)
    return declaration + _TAG.sub(rb"<?p i?>\g<0><!-- c -->", body) + b"<?p i?><!-- end -->"


def _interrupted(value: bytes) -> bytes:
    text = value.decode("utf-8")
    if "&" in text:
        return value
    middle = len(text) // 2
    return f"{text[:middle]}<!-- c --><?p i?>{text[middle:]}".encode()


def _split_declaration(octets: bytes) -> tuple[bytes, bytes]:
    end = octets.index(b"?>") + 2
    return octets[:end], octets[end:]


def crlf(octets: bytes) -> bytes:
    """Line ends of Windows."""
    return octets.replace(b"\n", b"\r\n")


def on_one_line(octets: bytes) -> bytes:
    """No white space between elements."""
    return re.sub(rb">\n *<", b"><", octets)


def without_declaration(octets: bytes) -> bytes:
    """No XML declaration."""
    return _split_declaration(octets)[1].lstrip()


def blanks_around_texts(octets: bytes) -> bytes:
    """Line breaks and blanks around the text of every leaf element, as pretty-printers add them."""
    return _LEAF.sub(rb"\1\n\t \2\r\n  \3", octets)


def blanks_around_attributes(octets: bytes) -> bytes:
    """Blanks around the value of every attribute but names of slots and types."""

    def padded(match: re.Match[bytes]) -> bytes:
        return match[0] if match[1] in FIXED_ATTRIBUTES else b' %s=" %s  "' % match.groups()

    declaration, body = _split_declaration(octets)
    return declaration + _ATTRIBUTE.sub(padded, body)


FIXED_ATTRIBUTES = (b"name", b"collectionType")


def apostrophes(octets: bytes) -> bytes:
    """Attribute values between apostrophes."""
    return re.sub(rb"(?<==)\"([^\"']*)\"", rb"'\1'", octets)


def character_references(octets: bytes) -> bytes:
    """Everything beyond ASCII by number."""
    return octets.decode("utf-8").encode("ascii", "xmlcharrefreplace")


def cdata(octets: bytes) -> bytes:
    """Every value without references in a CDATA section."""
    return _LEAF.sub(
        lambda match: match[0] if b"&" in match[2] else b"%s<![CDATA[%s]]>%s" % match.groups(),
        octets,
    )


def slots_reversed(octets: bytes) -> bytes:
    """Slots of every parent in opposite order, in the places where slots stood."""
    root = etree.fromstring(octets)
    for parent in list(root.iter()):
        slots = [child for child in parent if child.tag == SLOT]
        places = [parent.index(slot) for slot in slots]
        for slot in slots:
            parent.remove(slot)
        for place, slot in zip(places, reversed(slots), strict=True):
            parent.insert(place, slot)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def slots_last(octets: bytes) -> bytes:
    """Slots after all other children of their parent."""
    root = etree.fromstring(octets)
    for parent in list(root.iter()):
        for slot in [child for child in parent if child.tag == SLOT]:
            parent.append(slot)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def payload_reversed(octets: bytes) -> bytes:
    """Children of every payload group in opposite order; those of one name keep theirs."""
    root = etree.fromstring(octets)
    for parent in list(root.iter(f"{{{SDG}}}*")):
        names = list(dict.fromkeys(child.tag for child in parent))
        for name in reversed(names):
            for child in parent.findall(name):
                parent.append(child)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def utf16(octets: bytes) -> bytes:
    """UTF-16 with its mark."""
    return octets.decode("utf-8").replace('"UTF-8"', '"UTF-16"', 1).encode("utf-16")
