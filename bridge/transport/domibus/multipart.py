"""Reading multipart/related as CXF sends it: with MTOM on even where nothing is attached."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from bridge.envelope import Content
from bridge.errors import RemoteFault, UnreadableDocument
from bridge.transport.as4.content import CHUNK, Sinks
from bridge.transport.as4.mime import RELATED_TYPE, MediaType, read_media_type

_IDENTITY: Final = frozenset({"", "7bit", "8bit", "binary"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a body may cost: octets of the envelope, of each part, and the number of parts."""

    envelope: int = 64 << 20
    part: int = 1 << 30
    parts: int = 64


@dataclass(frozen=True, slots=True)
class Body:
    """The octets of the envelope, and the parts beside it by content id without brackets."""

    octets: bytes = field(repr=False)
    parts: Mapping[str, Content] = field(default_factory=dict)


async def read(
    headers: Mapping[str, str],
    stream: aiohttp.StreamReader,
    sinks: Sinks,
    bounds: Bounds,
) -> Body:
    """Read a body, plain or multipart; attached parts go to ``sinks`` as they come.

    Raises ``UnreadableDocument``: ``MIME-SIZE`` beyond the bounds, ``MIME`` for what is no
    multipart body with a root and parts that each have an id of their own.
    """
    declared = headers.get("Content-Type", "")
    if not declared.strip().lower().startswith("multipart/"):
        return Body(await _whole(stream, bounds.envelope))
    media = _media_type(declared)
    if media.name != RELATED_TYPE:
        raise _unreadable("the body is a multipart of another kind")
    start = media.parameters.get("start", "").strip("<>")
    root: bytes | None = None
    parts: dict[str, Content] = {}
    try:
        reader = aiohttp.MultipartReader(headers, stream)
        # The generic iterator would also follow nested multiparts, which have no place here.
        while (part := await reader.next()) is not None:
            if not isinstance(part, aiohttp.BodyPartReader):
                raise _unreadable("a part holds parts itself")
            if part.headers.get("Content-Transfer-Encoding", "").lower() not in _IDENTITY:
                raise _unreadable("a part is encoded for transfer")
            name = part.headers.get("Content-ID", "").strip().strip("<>")
            if root is None and name == (start or name):
                root = await _whole(part, bounds.envelope)
                continue
            if not name or name in parts or len(parts) == bounds.parts:
                raise _unreadable("a part has no id of its own, or there are too many")
            parts[name] = await _kept(part, sinks, bounds.part)
    except (ValueError, AssertionError, HttpProcessingError) as cause:
        raise _unreadable("the parts of the body cannot be told apart") from cause
    if root is None:
        raise _unreadable("the body has no root part")
    return Body(root, parts)


def _media_type(value: str) -> MediaType:
    try:
        return read_media_type(value)
    except RemoteFault as fault:
        raise _unreadable(fault.what) from None


async def _whole(source: aiohttp.StreamReader | aiohttp.BodyPartReader, most: int) -> bytes:
    octets = bytearray()
    while chunk := await _next(source):
        octets += chunk
        if len(octets) > most:
            raise _too_large(most)
    return bytes(octets)


async def _kept(part: aiohttp.BodyPartReader, sinks: Sinks, most: int) -> Content:
    sink = sinks()
    size = 0
    try:
        while chunk := await part.read_chunk(CHUNK):
            size += len(chunk)
            if size > most:
                raise _too_large(most)
            await asyncio.to_thread(sink.write, chunk)
    except BaseException:
        sink.discard()
        raise
    return sink.close()


async def _next(source: aiohttp.StreamReader | aiohttp.BodyPartReader) -> bytes:
    if isinstance(source, aiohttp.BodyPartReader):
        return bytes(await source.read_chunk(CHUNK))
    return await source.read(CHUNK)


def _too_large(most: int) -> UnreadableDocument:
    return UnreadableDocument(f"a part of the body has more than {most} octets", code="MIME-SIZE")


def _unreadable(what: str) -> UnreadableDocument:
    return UnreadableDocument(what, code="MIME")
