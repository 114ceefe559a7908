"""Which key was used: SecurityTokenReference and BinarySecurityToken, in all their forms.

We write direct references to a token in the header and nothing else; peers may also name a
certificate by key identifier, thumbprint, or issuer and serial number (as4 3.7).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from bridge.errors import RefusedMessage
from bridge.names import DS, WSSE, WSSE11, WSU, clark
from bridge.transport.as4 import shape
from bridge.transport.as4.algorithms import (
    BASE64_BINARY,
    ENCRYPTED_KEY,
    THUMBPRINT,
    X509_PKI_PATH,
    X509_SKI,
    X509_V3,
)
from bridge.xml.seal_key import UNREADABLE_CERTIFICATE, read_certificate

MOST_CERTIFICATE: Final = 16_384
MOST_PATH: Final = 10
_MOST_TOKEN: Final = 1 << 20

TokenKind: TypeAlias = Literal["certificate", "path"]
ReferenceKind: TypeAlias = Literal["direct", "ski", "thumbprint", "issuer-serial"]

_VALUE_TYPES: Final[dict[TokenKind, str]] = {"certificate": X509_V3, "path": X509_PKI_PATH}
_TOKEN: Final = clark(WSSE, "BinarySecurityToken")
_REFERENCE: Final = clark(WSSE, "Reference")
_TOKEN_REFERENCE: Final = clark(WSSE, "SecurityTokenReference")
_IDENTIFIER: Final = clark(WSSE, "KeyIdentifier")
_ISSUER_SERIAL: Final = (
    clark(DS, "X509IssuerSerial"),
    clark(DS, "X509IssuerName"),
    clark(DS, "X509SerialNumber"),
)
_ID: Final = clark(WSU, "Id")
_TOKEN_TYPE: Final = clark(WSSE11, "TokenType")


@dataclass(frozen=True, slots=True)
class KeyReference:
    """How a message names a certificate.

    ``direct``: ``certificates`` are those in the message in DER, the key's own first; otherwise
    ``value`` is the key identifier or thumbprint, or ``issuer`` and ``serial`` are set.
    """

    kind: ReferenceKind
    certificates: tuple[bytes, ...] = ()
    value: bytes = b""
    issuer: str = ""
    serial: int = 0

    def names(self, certificate: x509.Certificate) -> bool:
        """Tell whether it names this certificate."""
        match self.kind:
            case "direct":
                return _der(certificate) == self.certificates[0]
            case "ski":
                return self.value == _key_identifier(certificate)
            case "thumbprint":
                thumbprint = hashlib.sha1(_der(certificate), usedforsecurity=False)
                return self.value == thumbprint.digest()
            case "issuer-serial":
                return certificate.serial_number == self.serial and _is_name(
                    self.issuer, certificate.issuer
                )

    def find(self, known: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
        """Give the certificate it names and those of issuers in the message; none if unknown.

        One that is known is given as the object that is known: nothing of it is parsed again.
        Raises `RefusedMessage` (EBMS:0101) for a token that is no certificate.
        """
        found = next((each for each in known if self.names(each)), None)
        if self.kind != "direct":
            return (found,) if found else ()
        try:
            leaf = found or read_certificate(self.certificates[0])
            return (leaf, *(read_certificate(der) for der in self.certificates[1:]))
        except UNREADABLE_CERTIFICATE:
            raise _no_certificate() from None


def write_token(
    parent: etree._Element,
    identifier: str,
    certificates: Sequence[x509.Certificate],
    kind: TokenKind,
) -> None:
    """Append a BinarySecurityToken: the first certificate, or the path with it last."""
    if kind == "certificate":
        octets = _der(certificates[0])
    else:
        path = b"".join(_der(each) for each in reversed(certificates))
        octets = b"\x30" + _der_length(len(path)) + path
    attributes = {"EncodingType": BASE64_BINARY, "ValueType": _VALUE_TYPES[kind], _ID: identifier}
    token = etree.SubElement(parent, _TOKEN, attributes)
    token.text = base64.b64encode(octets).decode("ascii")


def write_reference(parent: etree._Element, identifier: str, kind: TokenKind) -> None:
    """Append a SecurityTokenReference to a token of this message."""
    # BSP R5215: a path is announced by the token type of the reference too.
    announced = {_TOKEN_TYPE: X509_PKI_PATH} if kind == "path" else {}
    reference = etree.SubElement(parent, _TOKEN_REFERENCE, announced)
    attributes = {"URI": f"#{identifier}", "ValueType": _VALUE_TYPES[kind]}
    etree.SubElement(reference, _REFERENCE, attributes)


def write_key_reference(parent: etree._Element, identifier: str) -> None:
    """Append a SecurityTokenReference to the EncryptedKey of this message."""
    reference = etree.SubElement(parent, _TOKEN_REFERENCE, {_TOKEN_TYPE: ENCRYPTED_KEY})
    etree.SubElement(reference, _REFERENCE, {"URI": f"#{identifier}"})


def read_key_reference(key_info: etree._Element) -> str:
    """Give the id of the EncryptedKey that the KeyInfo of an EncryptedData refers to."""
    shape.attributes(key_info, optional=["Id"])
    [reference] = shape.children(key_info, _TOKEN_REFERENCE)
    shape.attributes(reference, optional=[_ID, "Id", _TOKEN_TYPE])
    [direct] = shape.children(reference, _REFERENCE)
    return _local(shape.attributes(direct, ["URI"], ["ValueType"])["URI"])


def read_key_info(key_info: etree._Element, security: etree._Element) -> KeyReference:
    """Read a KeyInfo with its one SecurityTokenReference; tokens are children of ``security``.

    Raises `RefusedMessage`: EBMS:0103 for the shape, EBMS:0101 for a token that is no certificate.
    """
    shape.attributes(key_info, optional=["Id"])
    [reference] = shape.children(key_info, _TOKEN_REFERENCE)
    return read_reference(reference, security)


def read_reference(reference: etree._Element, security: etree._Element) -> KeyReference:
    """Read a SecurityTokenReference."""
    shape.attributes(reference, optional=[_ID, "Id", _TOKEN_TYPE])
    if len(reference) != 1:
        raise shape.noncompliant("a SecurityTokenReference does not hold one reference")
    form = reference[0]
    if form.tag == _REFERENCE:
        return _direct(form, security)
    if form.tag == _IDENTIFIER:
        return _identifier(form)
    if form.tag == clark(DS, "X509Data"):
        [pair] = shape.children(form, _ISSUER_SERIAL[0])
        return _issuer_serial(pair)
    raise shape.noncompliant("a SecurityTokenReference is of a form that is not taken")


def _direct(form: etree._Element, security: etree._Element) -> KeyReference:
    attributes = shape.attributes(form, ["URI"], ["ValueType"])
    identifier = _local(attributes["URI"])
    tokens = [
        each
        for each in security
        if each.tag == _TOKEN and identifier in (each.get(_ID), each.get("Id"))
    ]
    if len(tokens) != 1:
        raise shape.noncompliant("a reference leads to no token of this message", security=True)
    found = shape.attributes(tokens[0], ["EncodingType", "ValueType"], [_ID, "Id"])
    if found["EncodingType"] != BASE64_BINARY:
        raise shape.noncompliant("a token is of an encoding that is not taken")
    if attributes.get("ValueType", found["ValueType"]) != found["ValueType"]:
        raise shape.noncompliant("a reference and its token are of different types")
    if found["ValueType"] == X509_V3:
        ders = [shape.octets(tokens[0], _MOST_TOKEN)]
        if len(ders[0]) > MOST_CERTIFICATE:
            raise _no_certificate()
    elif found["ValueType"] == X509_PKI_PATH:
        ders = read_path(shape.octets(tokens[0], _MOST_TOKEN))[::-1]
    else:
        raise shape.noncompliant("a token is of a type that is not taken")
    return KeyReference("direct", tuple(ders))


def _identifier(form: etree._Element) -> KeyReference:
    attributes = shape.attributes(form, ["ValueType", "EncodingType"])
    if attributes["EncodingType"] != BASE64_BINARY:
        raise shape.noncompliant("a key identifier is of an encoding that is not taken")
    value = shape.octets(form, 64)
    if attributes["ValueType"] == X509_SKI:
        return KeyReference("ski", value=value)
    if attributes["ValueType"] == THUMBPRINT:
        return KeyReference("thumbprint", value=value)
    raise shape.noncompliant("a key identifier is of a type that is not taken")


def _issuer_serial(pair: etree._Element) -> KeyReference:
    issuer, serial = shape.children(pair, *_ISSUER_SERIAL[1:])
    digits = (serial.text or "").strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 60):
        raise shape.noncompliant("a serial number is no number")
    return KeyReference("issuer-serial", issuer=(issuer.text or "").strip(), serial=int(digits))


def read_path(octets: bytes) -> list[bytes]:
    """Split a PKIPath: a DER sequence of certificates, the key's own last (EBMS:0101 if not)."""
    body, rest = _der_sequence(octets)
    if rest:
        raise _no_certificate()
    found: list[bytes] = []
    while body:
        if len(found) == MOST_PATH:
            raise _no_certificate()
        inside, rest = _der_sequence(body)
        found.append(body[: len(body) - len(rest)])
        if len(inside) > MOST_CERTIFICATE:
            raise _no_certificate()
        body = rest
    if not found:
        raise _no_certificate()
    return found


def _der_sequence(octets: bytes) -> tuple[bytes, bytes]:
    """Give the content of the first element, a sequence, and what follows it."""
    if len(octets) < 2 or octets[0] != 0x30:
        raise _no_certificate()
    length, start = octets[1], 2
    if length > 0x80:
        start = 2 + length - 0x80
        length = int.from_bytes(octets[2:start], "big")
        if start > 6 or octets[1 : min(start, len(octets))] != _der_length(length):
            raise _no_certificate()
    if length == 0x80 or start + length > len(octets):
        raise _no_certificate()
    return octets[start : start + length], octets[start + length :]


def _der_length(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 + len(octets)]) + octets


def _local(uri: str) -> str:
    if not uri.startswith("#") or len(uri) < 2:
        raise shape.noncompliant("a reference leads out of the message", security=True)
    return uri[1:]


@lru_cache(maxsize=256)
def _der(certificate: x509.Certificate) -> bytes:
    """Give a certificate's octets; the few that are used are asked for with every message."""
    return certificate.public_bytes(Encoding.DER)


def _key_identifier(certificate: x509.Certificate) -> bytes:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except (x509.ExtensionNotFound, *UNREADABLE_CERTIFICATE):
        return x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest
    return found.value.digest


def _is_name(text: str, name: x509.Name) -> bool:
    """Compare a name in RFC 2253 form; it only chooses among known certificates."""
    try:
        if x509.Name.from_rfc4514_string(text) == name:
            return True
    except ValueError:
        pass
    return _plain(text) == _plain(name.rfc4514_string())


def _plain(text: str) -> str:
    return "".join(text.split()).lower()


def _no_certificate() -> RefusedMessage:
    return RefusedMessage("a token is no certificate", code="EBMS:0101", security=True)
