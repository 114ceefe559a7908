"""The session key under RSA-OAEP for the recipient (as4 3.6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from bridge.errors import LocalFault
from bridge.names import DS, XENC, XENC11, clark
from bridge.transport.as4 import shape
from bridge.transport.as4.algorithms import MGF1_SHA256, RSA_OAEP, SHA256, is_rsa
from bridge.transport.as4.content import Chance
from bridge.transport.as4.keyinfo import KeyReference, read_key_info
from bridge.transport.as4.keys import OAEP, Decrypter

_METHOD: Final = clark(XENC, "EncryptionMethod")
_DIGEST: Final = clark(DS, "DigestMethod")
_MGF: Final = clark(XENC11, "MGF")


@dataclass(frozen=True, slots=True)
class RsaWrappedKey:
    """A session key that only the holder of the named RSA key can open."""

    recipient: KeyReference
    octets: bytes

    def open(self, decrypter: Decrypter) -> bytes:
        """Open it; ValueError where it does not open."""
        return decrypter.decrypt(self.octets)


class RsaOaep:
    """RSA-OAEP with SHA-256 and MGF1 with SHA-256; both are named, as their defaults are SHA-1."""

    usage = "key_encipherment"

    def fits(self, certificate: x509.Certificate) -> bool:
        """Tell whether a session key can be wrapped for this certificate."""
        return is_rsa(certificate.public_key())

    def write(
        self,
        encrypted_key: etree._Element,
        session_key: bytes,
        recipient: x509.Certificate,
        write_reference: Callable[[etree._Element], None],
        chance: Chance,
    ) -> bytes:
        """Write EncryptionMethod and KeyInfo; give the wrapped key.

        OpenSSL takes the seed of OAEP from its own source: ``chance`` has no say in it.
        """
        public = recipient.public_key()
        if not isinstance(public, rsa.RSAPublicKey):
            raise LocalFault("the recipient's key does not fit the suite", code="AS4-KEY")
        method = etree.SubElement(encrypted_key, _METHOD, {"Algorithm": RSA_OAEP})
        etree.SubElement(method, _DIGEST, {"Algorithm": SHA256})
        etree.SubElement(method, _MGF, {"Algorithm": MGF1_SHA256})
        write_reference(etree.SubElement(encrypted_key, clark(DS, "KeyInfo")))
        return public.encrypt(session_key, OAEP)

    def read(
        self,
        method: etree._Element,
        key_info: etree._Element,
        wrapped: bytes,
        security: etree._Element,
    ) -> RsaWrappedKey:
        """Read EncryptionMethod and KeyInfo (EBMS:0103 for anything but the profile's)."""
        shape.algorithm(method, [RSA_OAEP])
        parameters = {str(child.tag): child for child in method}
        if parameters.keys() != {_DIGEST, _MGF} or len(method) != len(parameters):
            raise shape.noncompliant("key transport is not with SHA-256 and MGF1 with SHA-256")
        shape.algorithm(parameters[_DIGEST], [SHA256])
        shape.algorithm(parameters[_MGF], [MGF1_SHA256])
        return RsaWrappedKey(read_key_info(key_info, security), wrapped)
