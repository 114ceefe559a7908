"""Encryption of attachments: what stands in the Security header (as4 3.2, 3.3, 3.6).

The octets themselves are ciphered in `streams`; nothing inside the envelope is ever encrypted.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from lxml import etree

from bridge.names import DS, XENC, clark
from bridge.transport.as4 import shape
from bridge.transport.as4.algorithms import (
    AES128_GCM,
    ATTACHMENT_CIPHERTEXT,
    ATTACHMENT_CONTENT_ONLY,
)
from bridge.transport.as4.content import Chance
from bridge.transport.as4.keyinfo import (
    TokenKind,
    read_key_reference,
    write_key_reference,
    write_reference,
    write_token,
)
from bridge.transport.as4.soap import ENCRYPTED_DATA, ENCRYPTED_KEY, SIGNATURE, Soap
from bridge.transport.as4.suites import KeyWrapping, WrappedKey

_MOST_WRAPPED: Final = 2048
_METHOD: Final = clark(XENC, "EncryptionMethod")
_KEY_INFO: Final = clark(DS, "KeyInfo")
_CIPHER_DATA: Final = clark(XENC, "CipherData")
_CIPHER_VALUE: Final = clark(XENC, "CipherValue")
_CIPHER_REFERENCE: Final = clark(XENC, "CipherReference")
_TRANSFORMS: Final = clark(XENC, "Transforms")
_TRANSFORM: Final = clark(DS, "Transform")
_REFERENCE_LIST: Final = clark(XENC, "ReferenceList")
_DATA_REFERENCE: Final = clark(XENC, "DataReference")


@dataclass(frozen=True, slots=True)
class Encryption:
    """What a message says of its encryption.

    ``parts`` has, for each reference (``cid:…``), the media type of the octets once decrypted;
    empty where the message names none.
    """

    key: WrappedKey
    parts: tuple[tuple[str, str], ...]


def write_encryption(
    soap: Soap,
    wrapping: KeyWrapping,
    session_key: bytes,
    recipient: Sequence[x509.Certificate],
    parts: Sequence[tuple[str, str]],
    kind: TokenKind,
    chance: Chance,
    identifiers: Sequence[str],
) -> None:
    """Append the recipient's token, the EncryptedKey, and one EncryptedData for each part.

    ``parts`` are content id and media type of the octets that were encrypted; ``identifiers``
    are one more than parts, and make the ids.
    """
    security = soap.security
    assert security is not None
    own, *others = identifiers
    write_token(security, f"G-{own}", recipient, kind)
    key = etree.SubElement(security, ENCRYPTED_KEY, {"Id": f"EK-{own}"})
    wrapped = wrapping.write(
        key,
        session_key,
        recipient[0],
        lambda parent: write_reference(parent, f"G-{own}", kind),
        chance,
    )
    value = etree.SubElement(etree.SubElement(key, _CIPHER_DATA), _CIPHER_VALUE)
    value.text = base64.b64encode(wrapped).decode("ascii")
    references = etree.SubElement(key, _REFERENCE_LIST)
    for (content_id, media_type), other in zip(parts, others, strict=True):
        etree.SubElement(references, _DATA_REFERENCE, {"URI": f"#ED-{other}"})
        _write_data(security, f"ED-{other}", f"EK-{own}", content_id, media_type)


def read_encryption(soap: Soap, wrapping: KeyWrapping) -> Encryption | None:
    """Read EncryptedKey and EncryptedData; None where the message has neither.

    Raises `RefusedMessage`: EBMS:0103, or EBMS:0102 where key and data do not belong together.
    """
    security = soap.security
    if security is None:
        return None
    tags = [child.tag for child in security]
    data = [child for child in security if child.tag == ENCRYPTED_DATA]
    if ENCRYPTED_KEY not in tags:
        if data:
            raise shape.noncompliant("something is encrypted without a key for it", security=True)
        return None
    if SIGNATURE in tags and tags.index(ENCRYPTED_KEY) > tags.index(SIGNATURE):
        raise shape.noncompliant("the message was not signed before it was encrypted")
    element = security[tags.index(ENCRYPTED_KEY)]
    identifier = shape.attributes(element, ["Id"])["Id"]
    method, key_info, cipher_data, references = shape.children(
        element, _METHOD, _KEY_INFO, _CIPHER_DATA, _REFERENCE_LIST
    )
    [value] = shape.children(cipher_data, _CIPHER_VALUE)
    wrapped = shape.octets(value, _MOST_WRAPPED)
    shape.attributes(key_info, optional=["Id"])
    key = wrapping.read(method, key_info, wrapped, security)
    listed = [
        shape.attributes(each, ["URI"])["URI"]
        for each in shape.all_named(references, _DATA_REFERENCE)
    ]
    if sorted(listed) != sorted(f"#{each.get('Id')}" for each in data):
        raise shape.undecryptable()
    return Encryption(key, tuple(_read_data(each, identifier) for each in data))


def _write_data(
    security: etree._Element, identifier: str, key: str, content_id: str, media_type: str
) -> None:
    attributes = {"Id": identifier, "MimeType": media_type, "Type": ATTACHMENT_CONTENT_ONLY}
    data = etree.SubElement(security, ENCRYPTED_DATA, attributes)
    etree.SubElement(data, _METHOD, {"Algorithm": AES128_GCM})
    write_key_reference(etree.SubElement(data, _KEY_INFO), key)
    reference = etree.SubElement(
        etree.SubElement(data, _CIPHER_DATA), _CIPHER_REFERENCE, {"URI": f"cid:{content_id}"}
    )
    transforms = etree.SubElement(reference, _TRANSFORMS)
    etree.SubElement(transforms, _TRANSFORM, {"Algorithm": ATTACHMENT_CIPHERTEXT})


def _read_data(data: etree._Element, key: str) -> tuple[str, str]:
    attributes = shape.attributes(data, ["Id", "Type"], ["MimeType", "Encoding"])
    if attributes["Type"] != ATTACHMENT_CONTENT_ONLY:
        raise shape.noncompliant("a part is encrypted in a form that is not taken")
    method, key_info, cipher_data = shape.children(data, _METHOD, _KEY_INFO, _CIPHER_DATA)
    shape.algorithm(method, [AES128_GCM])
    shape.children(method)
    if read_key_reference(key_info) != key:
        raise shape.undecryptable()
    [reference] = shape.children(cipher_data, _CIPHER_REFERENCE)
    uri = shape.attributes(reference, ["URI"])["URI"]
    [transforms] = shape.children(reference, _TRANSFORMS)
    [transform] = shape.children(transforms, _TRANSFORM)
    shape.algorithm(transform, [ATTACHMENT_CIPHERTEXT])
    shape.children(transform)
    if not uri.startswith("cid:") or len(uri) == len("cid:"):
        raise shape.undecryptable()
    return uri, attributes.get("MimeType", "").strip()
