"""Fetches revocation lists and OCSP responses: small, bounded, without redirects or cookies."""

from __future__ import annotations

from typing import Final

import aiohttp
from aiohttp import hdrs

from bridge.errors import EdgeFault

MOST: Final = 16 << 20
_TIMEOUT: Final = aiohttp.ClientTimeout(total=20, sock_connect=5)
_OCSP: Final = {hdrs.CONTENT_TYPE: "application/ocsp-request"}


async def fetch(address: str, body: bytes | None) -> bytes:
    """GET an address, or POST an OCSP request to it; raises `EdgeFault`.

    Responses are proved by their signature, so http is as good as https here.
    """
    try:
        async with (
            aiohttp.ClientSession(
                timeout=_TIMEOUT, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
            ) as session,
            session.request(
                "GET" if body is None else "POST",
                address,
                data=body,
                headers=_OCSP if body is not None else {},
                allow_redirects=False,
            ) as response,
        ):
            octets = bytearray()
            async for chunk in response.content.iter_any():
                octets += chunk
                if len(octets) > MOST:
                    raise EdgeFault("the answer is too long", retryable=True)
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as cause:
        raise EdgeFault(f"no answer came ({type(cause).__name__})", retryable=True) from cause
    if response.status != 200:
        raise EdgeFault(f"the answer has the status {response.status}", retryable=True)
    return bytes(octets)
