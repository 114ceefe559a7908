"""Large base64 contents, decoded while the document is parsed instead of kept in the tree."""

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
"""Text of one element beyond this many characters is taken for a content if it is base64."""

_BLANKS = b" \t\r\n"
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]*\Z")
_PLACEHOLDER = "QkFTRTY0"  # itself valid base64, so that the schema check of the tree still holds


@dataclass(frozen=True, slots=True)
class SealedContent:
    """A decoded content and the digests of the base64 text exactly as it stood (NOOTS 4.3, a1)."""

    octets: bytes
    text_sha256: bytes
    text_sha512: bytes


class _Run:
    """The running decode of one long base64 text, chunk by chunk."""

    def __init__(self) -> None:
        self._octets = io.BytesIO()
        self._rest = b""
        self._padded = False
        self._sha256 = hashlib.sha256()
        self._sha512 = hashlib.sha512()

    def add(self, text: bytes) -> None:
        self._sha256.update(text)
        self._sha512.update(text)
        compact = self._rest + text.translate(None, _BLANKS)
        whole = len(compact) - len(compact) % 4
        self._rest = compact[whole:]
        if whole:
            if self._padded:
                raise binascii.Error("text after the padding")
            self._padded = compact[whole - 1 : whole] == b"="
            self._octets.write(binascii.a2b_base64(compact[:whole], strict_mode=True))

    def content(self) -> SealedContent:
        if self._rest:
            raise binascii.Error("incomplete last group")
        return SealedContent(
            self._octets.getvalue(), self._sha256.digest(), self._sha512.digest()
        )


class Extractor:
    """Parser target: builds the tree, and puts long base64 texts aside under a placeholder."""

    def __init__(self, depth: int, elements: int, size: int) -> None:
        self._builder = etree.TreeBuilder()
        self._most_depth = depth
        self._most_elements = elements
        self._depth = 0
        self._elements = 0
        self._text: list[str] = []
        self._length = 0
        self._run: _Run | None = None
        self._contents: dict[str, SealedContent] = {}

    @property
    def contents(self) -> Mapping[str, SealedContent]:
        """What was put aside, by the placeholder that stands in the tree."""
        return self._contents

    def start(self, tag: str, attrib: Mapping[str, str], nsmap: Mapping[str, str]) -> None:
        """Open an element; text before it is ordinary text."""
        self._flush()
        self._depth += 1
        self._elements += 1
        if self._depth > self._most_depth:
            raise UnreadableDocument(
                f"elements are nested deeper than {self._most_depth} levels", code="XML-DEPTH"
            )
        if self._elements > self._most_elements:
            raise UnreadableDocument(
                f"the document has more than {self._most_elements} elements", code="XML-ELEMENTS"
            )
        self._builder.start(tag, attrib, nsmap)

    def end(self, tag: str) -> None:
        """Close an element: a run of base64 that filled it becomes a content."""
        if self._run is not None:
            self._put_aside()
        self._flush()
        self._depth -= 1
        self._builder.end(tag)

    def data(self, text: str) -> None:
        """Take the next piece of text."""
        if self._run is not None:
            self._feed(text)
            return
        self._text.append(text)
        self._length += len(text)
        if self._length > THRESHOLD:
            joined = "".join(self._text)
            if joined.isascii() and _BASE64.match(joined.encode("ascii")):
                self._run = _Run()
                self._text.clear()
                self._length = 0
                self._feed(joined)
            elif self._length > 10_000_000:
                raise UnreadableDocument(
                    "a text is longer than ten million characters", code="XML-SIZE"
                )
            else:
                self._text = [joined]

    def close(self) -> etree._Element:
        """Give the root."""
        return self._builder.close()

    def _feed(self, text: str) -> None:
        assert self._run is not None
        try:
            self._run.add(text.encode("ascii"))
        except (UnicodeEncodeError, binascii.Error):
            raise _no_base64() from None

    def _put_aside(self) -> None:
        assert self._run is not None
        try:
            content = self._run.content()
        except binascii.Error:
            raise _no_base64() from None
        number = f"{len(self._contents):08d}"
        placeholder = _PLACEHOLDER + number
        self._contents[placeholder] = content
        self._run = None
        self._builder.data(placeholder)

    def _flush(self) -> None:
        if self._run is not None:
            raise _no_base64()
        if self._text:
            text = "".join(self._text)
            if text.strip().startswith(_PLACEHOLDER):
                # Nobody else may write what stands for a content that was put aside.
                raise _no_base64()
            self._builder.data(text)
            self._text.clear()
        self._length = 0


def _no_base64() -> UnreadableDocument:
    return UnreadableDocument(
        "a long text begins as base64 but is not", code="XML-BASE64",
        remedy="Embedded documents are base64 with padding, nothing else in their element.",
    )
