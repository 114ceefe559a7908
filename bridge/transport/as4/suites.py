"""Security suites: which signature and which key wrapping go together (as4 0.2, 11).

A peer has one suite; nothing of another is taken from it, so no union can be played off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography import x509
from lxml import etree

from bridge.transport.as4.algorithms import (
    ECDH_ES,
    ECDSA_SHA256,
    ED25519,
    RSA_SHA256,
    X25519,
)
from bridge.transport.as4.content import Chance
from bridge.transport.as4.key_agreement import KeyAgreement
from bridge.transport.as4.key_transport import RsaOaep
from bridge.transport.as4.keyinfo import KeyReference
from bridge.transport.as4.keys import Decrypter


class WrappedKey(Protocol):
    """A session key as a message carries it."""

    @property
    def recipient(self) -> KeyReference:
        """Who can open it."""
        ...

    def open(self, decrypter: Decrypter) -> bytes:
        """Open it; ValueError where it does not open."""
        ...


class KeyWrapping(Protocol):
    """How a session key reaches the recipient."""

    @property
    def usage(self) -> str:
        """The key usage that a recipient's certificate must have, if it has any."""
        ...

    def fits(self, certificate: x509.Certificate) -> bool:
        """Tell whether a session key can be wrapped for this certificate."""
        ...

    def write(
        self,
        encrypted_key: etree._Element,
        session_key: bytes,
        recipient: x509.Certificate,
        write_reference: Callable[[etree._Element], None],
        chance: Chance,
    ) -> bytes:
        """Write EncryptionMethod and KeyInfo; give the wrapped key."""
        ...

    def read(
        self,
        method: etree._Element,
        key_info: etree._Element,
        wrapped: bytes,
        security: etree._Element,
    ) -> WrappedKey:
        """Read EncryptionMethod and KeyInfo (EBMS:0103 for anything else)."""
        ...


@dataclass(frozen=True, slots=True)
class Suite:
    """One suite; ``signature`` is the URI of the method."""

    name: str
    signature: str
    wrapping: KeyWrapping
    experimental: bool = False


RSA: Final = Suite("rsa", RSA_SHA256, RsaOaep())
"""The profile in use: eDelivery AS4 1.15."""

SUITES: Final[Mapping[str, Suite]] = {
    each.name: each
    for each in (
        RSA,
        Suite("x25519", ED25519, KeyAgreement(X25519), experimental=True),
        Suite("ec", ECDSA_SHA256, KeyAgreement(ECDH_ES), experimental=True),
    )
}
