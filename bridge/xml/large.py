"""Large base64 contents, decoded before the document is parsed instead of kept in its tree.

The octets between a ``>`` and the next ``<`` that are one long run of base64 are decoded piece by
piece and replaced by a short placeholder; what is left is an ordinary small document, parsed as
every other. Working on the octets, not in a parser of our own, keeps the rest of the document as
it was sent: prefixes too, on which inclusive canonicalisation of a seal depends.
"""

from __future__ import annotations

import binascii
import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from bridge.errors import UnreadableDocument

THRESHOLD: Final = 1 << 17
"""A run of this many characters between two tags is taken for a content if it is base64."""

_RUN: Final = re.compile(rb">([A-Za-z0-9+/=\s]{%d,}+)<" % THRESHOLD)
_BLANKS: Final = b" \t\r\n"
_PLACEHOLDER: Final = "QkFTRTY0"  # itself valid base64, so that the schema check still holds
_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class SealedContent:
    """A decoded content and the digests of the base64 text exactly as it stood (NOOTS 4.3, a1)."""

    octets: bytes
    text_sha256: bytes
    text_sha512: bytes


def put_aside(data: bytes) -> tuple[bytes, Mapping[str, SealedContent]]:
    """Take long base64 contents out of a UTF-8 document.

    Gives the document with placeholders, and the contents by placeholder. Raises
    ``UnreadableDocument`` (``XML-BASE64``) for a long run that is no base64.
    """
    contents: dict[str, SealedContent] = {}
    parts: list[bytes] = []
    position = 0
    for match in _RUN.finditer(data):
        start, end = match.span(1)
        placeholder = f"{_PLACEHOLDER}{len(contents):08d}"
        contents[placeholder] = _decode(data, start, end)
        parts += [data[position:start], placeholder.encode("ascii")]
        position = end
    if not contents:
        return data, contents
    parts.append(data[position:])
    return b"".join(parts), contents


def check_placeholders(root: etree._Element, contents: Mapping[str, SealedContent]) -> None:
    """Make sure that each placeholder is the whole text of exactly one element.

    A run inside a CDATA section, or a placeholder that the sender wrote, would stand for a content
    that is not there: such a document is refused.
    """
    left = dict.fromkeys(contents, 0)
    for element in root.iter():
        text = element.text
        if text and _PLACEHOLDER in text:
            if text not in left or len(element):
                raise _no_base64()
            left[text] += 1
    if any(count != 1 for count in left.values()):
        raise _no_base64()


def _decode(data: bytes, start: int, end: int) -> SealedContent:
    octets = io.BytesIO()
    sha256, sha512 = hashlib.sha256(), hashlib.sha512()
    rest = b""
    padded = False
    try:
        for at in range(start, end, _PIECE):
            piece = data[at : min(at + _PIECE, end)]
            # The text of an element has its line ends normalised (XML 2.11).
            following = data[at + len(piece) : at + len(piece) + 1]
            text = piece.replace(b"\r\n", b"\n") if b"\r" in piece else piece
            if text.endswith(b"\r") and following == b"\n":
                text = text[:-1]
            text = text.replace(b"\r", b"\n")
            sha256.update(text)
            sha512.update(text)
            compact = rest + piece.translate(None, _BLANKS)
            whole = len(compact) - len(compact) % 4
            rest = compact[whole:]
            if whole:
                if padded:
                    raise binascii.Error("text after the padding")
                padded = compact[whole - 1 : whole] == b"="
                octets.write(binascii.a2b_base64(compact[:whole], strict_mode=True))
        if rest:
            raise binascii.Error("incomplete last group")
    except binascii.Error:
        raise _no_base64(data.count(b"\n", 0, start) + 1) from None
    return SealedContent(octets.getvalue(), sha256.digest(), sha512.digest())


def _no_base64(line: int | None = None) -> UnreadableDocument:
    return UnreadableDocument(
        "a long text looks like base64 but cannot be used as an embedded document",
        code="XML-BASE64",
        line=line,
        remedy="Embedded documents are base64 with padding, alone in their element, without CDATA.",
    )
