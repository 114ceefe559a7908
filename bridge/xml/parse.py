"""Octets to a tree: the one parser of the house, hardened and limited.

Refused: a document type, other encodings than UTF-8 and UTF-16, octets that contradict their
declaration, blanks before the declaration, everything beyond the limits. Tolerated with a
finding: a byte order mark in UTF-8. Comments and processing instructions are not kept.

Large base64 contents never enter the tree: above ``LARGE`` octets of input the text of an element
that is one long run of base64 is decoded first and put aside (``Document.contents``), a short
placeholder takes its place (``large``). So a 20 MB evidence costs its own size once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from bridge.errors import UnreadableDocument
from bridge.finding import Finding, Severity

if TYPE_CHECKING:
    from bridge.xml.large import SealedContent

LARGE: Final = 1 << 20
"""Inputs above this many octets are parsed with base64 contents put aside."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a document may cost: octets, depth, elements, attributes of an element, their length."""

    octets: int = 256 << 20
    depth: int = 64
    elements: int = 200_000
    attributes: int = 64
    attribute_length: int = 65_536


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document: its root, what was tolerated, and contents put aside by placeholder.

    ``prefixes`` are the namespace declarations where all of them stand on the root, else ``None``:
    asking each element for its namespaces is what costs most when a message is read.
    """

    root: etree._Element
    findings: tuple[Finding, ...] = ()
    contents: Mapping[str, SealedContent] = field(default_factory=dict)
    prefixes: Mapping[str | None, str] | None = None


DEFAULT_LIMITS: Final = Limits()

_DECLARATION = re.compile(
    rb"""^<\?xml\s+version\s*=\s*["'][^"']*["'](?:\s+encoding\s*=\s*["']([^"']*)["'])?[^>]*\?>"""
)
_DECLARED_TEXT = re.compile(r"^<\?xml[^>]*\?>")
_BLANK_BEFORE_DECLARATION = re.compile(rb"^[ \t\r\n]+<\?xml[ \t\r\n]")
_PROLOG_PART = re.compile(rb"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_UTF8_NAMES = {"", "utf-8", "utf8", "us-ascii", "ascii"}

_CODES: Final = {
    "ERR_INVALID_ENCODING": "XML-ENCODING",
    "ERR_UNSUPPORTED_ENCODING": "XML-ENCODING",
}
_REASONS: Final = {
    "ERR_DOCUMENT_EMPTY": "the document is empty or does not begin with an element",
    "ERR_DOCUMENT_END": "there is content after the end of the root element",
    "ERR_TAG_NOT_FINISHED": "the document ends too early: an element is not closed",
    "ERR_TAG_NAME_MISMATCH": "an end tag does not match its start tag",
    "ERR_GT_REQUIRED": "a tag is not closed by '>'",
    "ERR_INVALID_CHAR": "a character is not allowed in XML",
    "ERR_INVALID_ENCODING": "the octets contradict the encoding",
    "ERR_INTERNAL_ERROR": "the parser's own limit on depth or size is exceeded",
    "ERR_NAME_TOO_LONG": "a name is too long",
    "ERR_UNDECLARED_ENTITY": "an entity is used that XML does not define",
    "WAR_UNDECLARED_ENTITY": "an entity is used that XML does not define",
    "ERR_ATTRIBUTE_REDEFINED": "an attribute stands twice on one element",
    "NS_ERR_UNDEFINED_NAMESPACE": "a namespace prefix is not declared",
    "NS_ERR_ATTRIBUTE_REDEFINED": "an attribute stands twice on one element",
    "ERR_LT_IN_ATTRIBUTE": "a '<' stands inside an attribute value",
    "ERR_RESERVED_XML_NAME": "the XML declaration is not at the start of the document",
    "ERR_ATTRIBUTE_NOT_STARTED": "an attribute has no value in quotes",
    "ERR_UNSUPPORTED_ENCODING": "the octets are in no encoding that is read here",
    "ERR_RESOURCE_LIMIT": "the parser's own limit on depth or size is exceeded",
}


def parse(data: bytes, limits: Limits = DEFAULT_LIMITS, *, whole: bool = False) -> Document:
    """Parse one document; ``whole`` keeps what a canonical form of it needs.

    That is: large contents stay in the tree, and processing instructions are kept.
    Raises ``UnreadableDocument``; its ``code`` is one of ``XML-EMPTY``, ``XML-SIZE``,
    ``XML-ENCODING``, ``XML-BLANK``, ``XML-DTD``, ``XML-MALFORMED``, ``XML-DEPTH``,
    ``XML-ELEMENTS``, ``XML-ATTRIBUTES``.
    """
    if len(data) > limits.octets:
        raise UnreadableDocument(
            f"the document has more than {limits.octets} octets", code="XML-SIZE"
        )
    octets, findings = _decoded(data)
    _refuse_document_type(octets)
    contents: Mapping[str, SealedContent] = {}
    if len(octets) > LARGE and not whole:
        # Imported here: it pulls in hash functions that small documents have no use for.
        from bridge.xml.large import put_aside

        octets, contents = put_aside(octets)
    try:
        root = etree.fromstring(octets, _parser(keep_instructions=whole))
    except etree.XMLSyntaxError as error:
        raise _malformed(error) from None
    _check_limits(root, len(octets), limits)
    if contents:
        from bridge.xml.large import check_placeholders

        check_placeholders(root, contents)
    nsmap = root.nsmap
    flat = octets.count(b"xmlns") == len(nsmap)
    return Document(root, findings, contents, nsmap if flat else None)


def _parser(*, keep_instructions: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=not keep_instructions,
    )


def _decoded(data: bytes) -> tuple[bytes, tuple[Finding, ...]]:
    """Check the encoding; give UTF-8 octets and the finding on a byte order mark."""
    if data[:4] in (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff"):
        raise _encoding("the document is in UTF-32")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _from_utf16(data), ()
    findings: tuple[Finding, ...] = ()
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
        findings = (
            Finding(
                "XML-BOM",
                Severity.INFO,
                "/",
                "a byte order mark stands before the document; it was skipped",
                1,
            ),
        )
    if not data.strip(b" \t\r\n"):
        raise UnreadableDocument("the document is empty", code="XML-EMPTY")
    if _BLANK_BEFORE_DECLARATION.match(data):
        raise UnreadableDocument(
            "blanks or empty lines stand before the XML declaration",
            code="XML-BLANK",
            line=1,
            remedy="The declaration must be the first thing in the document; remove them.",
        )
    if b"\x00" in data[:4]:
        raise _encoding("the document looks like UTF-16 or UTF-32 without a byte order mark")
    declaration = _DECLARATION.match(data)
    declared = (declaration.group(1) or b"").decode("ascii", "replace") if declaration else ""
    if declared.lower() not in _UTF8_NAMES:
        if declared.lower().startswith("utf-16"):
            raise _encoding("the document declares UTF-16 but is not in UTF-16")
        raise _encoding("the document declares an encoding other than UTF-8 and UTF-16")
    return data, findings


def _from_utf16(data: bytes) -> bytes:
    try:
        text = data.decode("utf-16")
    except UnicodeDecodeError:
        raise _encoding("the octets are not valid UTF-16") from None
    declaration = _DECLARED_TEXT.match(text)
    if declaration:
        named = re.search(r"""encoding\s*=\s*["']([^"']*)["']""", declaration.group())
        if named and not named.group(1).lower().startswith("utf-16"):
            raise _encoding("the document is in UTF-16 but declares another encoding")
        text = text[declaration.end() :]
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise _encoding("the octets are not valid UTF-16") from None


def _encoding(what: str) -> UnreadableDocument:
    return UnreadableDocument(
        what, code="XML-ENCODING", line=1, remedy="Send it in UTF-8 and declare UTF-8 or nothing."
    )


def _refuse_document_type(data: bytes) -> None:
    """Refuse a DOCTYPE before the parser sees it, so that no entity is ever declared."""
    position = 0
    while match := _PROLOG_PART.match(data, position):
        position = match.end()
    if data[position : position + 9].upper() == b"<!DOCTYPE":
        raise UnreadableDocument(
            "the document carries a document type declaration (DTD)",
            code="XML-DTD",
            line=data.count(b"\n", 0, position) + 1,
            remedy="EDM and XNachweis messages have none; entities are never read.",
        )


def _malformed(error: etree.XMLSyntaxError) -> UnreadableDocument:
    name = etree.ErrorTypes._getName(error.code) or ""  # type: ignore[attr-defined]
    reason = _REASONS.get(name)
    if reason is None:
        reason = f"the XML is not well-formed ({name})" if name else "the XML is not well-formed"
    code = _CODES.get(name, "XML-MALFORMED")
    return UnreadableDocument(reason, code=code, line=error.lineno)


_paths: dict[str, etree.XPath] = {}
_elements = etree.XPath("count(//*)")
_long = etree.XPath("boolean(//@*[string-length() > $most])")


def _check_limits(root: etree._Element, octets: int, limits: Limits) -> None:
    """Check what libxml2 has no limit for. What a document is too short to exceed is not asked."""
    if octets > 3 * limits.depth and _path("boolean(/*" + "/*" * limits.depth + ")")(root):
        raise UnreadableDocument(
            f"elements are nested deeper than {limits.depth} levels", code="XML-DEPTH"
        )
    if _path(f"boolean(/descendant::*/attribute::*[{limits.attributes + 1}])")(root):
        raise UnreadableDocument(
            f"an element has more than {limits.attributes} attributes", code="XML-ATTRIBUTES"
        )
    if octets > limits.attribute_length and _long(root, most=limits.attribute_length):
        raise UnreadableDocument(
            f"an attribute is longer than {limits.attribute_length} characters",
            code="XML-ATTRIBUTES",
        )
    if octets > 4 * limits.elements and _count(root) > limits.elements:
        raise UnreadableDocument(
            f"the document has more than {limits.elements} elements", code="XML-ELEMENTS"
        )


def _count(root: etree._Element) -> float:
    count: Any = _elements(root)
    return float(count)


def _path(expression: str) -> etree.XPath:
    # Only child and attribute steps with a position: libxml2 answers them in one pass.
    path = _paths.get(expression)
    if path is None:
        path = _paths[expression] = etree.XPath(expression)
    return path
