"""Where a seal stands in a RegistryObject, and whether it has the one shape we accept.

Everything is found by its position and read strictly; a deviation is a `RemoteFault` whose
text is the reason of the verdict `unsupported` (NOOTS 4.2, 4.3).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeVar

from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidInput

from bridge.errors import RemoteFault
from bridge.names import DS, XML, clark, split_clark
from bridge.xml.seal_algorithms import BASE64_TRANSFORM, CANONICALIZATIONS, DIGESTS, METHODS

_EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
_MOST_CERTIFICATES: Final = 8
_BLANKS: Final = {ord(blank): None for blank in " \t\r\n"}

_ATTRIBUTES: Final[Mapping[str, frozenset[str]]] = {
    "Signature": frozenset({"Id"}),
    "SignedInfo": frozenset({"Id"}),
    "CanonicalizationMethod": frozenset({"Algorithm"}),
    "InclusiveNamespaces": frozenset({"PrefixList"}),
    "SignatureMethod": frozenset({"Algorithm"}),
    "Reference": frozenset({"Id"}),
    "Transforms": frozenset(),
    "Transform": frozenset({"Algorithm"}),
    "DigestMethod": frozenset({"Algorithm"}),
    "DigestValue": frozenset(),
    "SignatureValue": frozenset({"Id"}),
    "KeyInfo": frozenset({"Id"}),
}
"""Attributes an element of a seal may carry. Reference lacks URI and Type on purpose."""

_Algorithm = TypeVar("_Algorithm", bound=Enum)


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal of the accepted shape: what it states, nothing of it verified yet."""

    signed_info: etree._Element
    canonicalization: CanonicalizationMethod
    inclusive_prefixes: tuple[str, ...]
    method: SignatureMethod
    digest: DigestAlgorithm
    digest_value: bytes
    decoded_only: bool
    signature_value: bytes
    certificates: tuple[bytes, ...]

    def canonical_signed_info(self) -> bytes:
        """SignedInfo canonicalised where it stands, in the namespace context of its document."""
        exclusive = CANONICALIZATIONS[self.canonicalization]
        if not exclusive and any(_has_xml_attribute(e) for e in self.signed_info.iterancestors()):
            # Inclusive canonicalisation would inherit them and lxml does not; the schema has none.
            raise unsupported(
                "an xml: attribute stands above a SignedInfo canonicalised inclusively"
            )
        try:
            return etree.tostring(
                self.signed_info,
                method="c14n",
                exclusive=exclusive,
                with_comments=False,
                inclusive_ns_prefixes=list(self.inclusive_prefixes) or None,
            )
        except etree.C14NError:
            # A relative namespace above it: canonical XML does not exist for such a document.
            raise unsupported("the SignedInfo cannot be canonicalised") from None


def unsupported(reason: str) -> RemoteFault:
    """Give the fault that ends in the verdict `unsupported`."""
    return RemoteFault(reason, code="SEAL-UNSUPPORTED")


def find_signature(registry_object: etree._Element) -> etree._Element | None:
    """Find the Signature: a direct child, in the namespace of the RegistryObject itself."""
    namespace, _ = split_clark(str(registry_object.tag))
    found = [e for e in _elements(registry_object) if split_clark(str(e.tag))[1] == "Signature"]
    if len(found) > 1:
        raise unsupported("a RegistryObject has more than one Signature")
    if found and found[0].tag != clark(namespace, "Signature"):
        raise unsupported("Signature is in another namespace than its RegistryObject")
    return found[0] if found else None


def find_content(registry_object: etree._Element) -> etree._Element | None:
    """Find the inner RepositoryItem; None if a RepositoryItemRef stands in its place."""
    namespace, _ = split_clark(str(registry_object.tag))
    name = clark(namespace, "RepositoryItem")
    outer = [e for e in _elements(registry_object) if e.tag == name]
    inner = list(_elements(outer[0])) if len(outer) == 1 else []
    if len(inner) != 1 or inner[0].tag not in (name, clark(namespace, "RepositoryItemRef")):
        raise unsupported("there is not exactly one RepositoryItem with exactly one content")
    return inner[0] if inner[0].tag == name else None


def text_of(element: etree._Element) -> str:
    """Give the whole text of an element without child elements, comments left out."""
    if any(True for _ in _elements(element)):
        raise unsupported(f"{_local(element)} has child elements")
    return (element.text or "") + "".join(child.tail or "" for child in element)


def decode_base64(text: str) -> bytes | None:
    """Decode canonical base64 with XML white space anywhere; None if it is something else."""
    compact = text.translate(_BLANKS)
    try:
        octets = base64.b64decode(compact, validate=True)
    except (binascii.Error, ValueError):
        return None
    # Left-over bits make two texts of one content, which base64Binary forbids.
    return octets if base64.b64encode(octets).decode("ascii") == compact else None


def without_blanks(text: str) -> str:
    """Text with all XML white space removed."""
    return text.translate(_BLANKS)


def read_seal(signature: etree._Element) -> Seal:
    """Read a Signature element of any name; raise `RemoteFault` unless it has our one shape."""
    _check_attributes(signature, "Signature")
    signed_info, value, key_info = _signature_parts(signature)
    canonicalization, method, reference = _exactly(
        signed_info, ("CanonicalizationMethod", "SignatureMethod", "Reference")
    )
    transforms, digest_method, digest_value = _reference_parts(reference)
    for plain in (method, digest_method):
        if len(plain):
            raise unsupported(f"{_local(plain)} has parameters")
    return Seal(
        signed_info=signed_info,
        canonicalization=_one_of(canonicalization, CanonicalizationMethod, CANONICALIZATIONS),
        inclusive_prefixes=_inclusive_prefixes(canonicalization),
        method=_one_of(method, SignatureMethod, METHODS),
        digest=_one_of(digest_method, DigestAlgorithm, DIGESTS.values()),
        digest_value=_octets(digest_value),
        decoded_only=transforms is not None and _is_base64_transform(transforms),
        signature_value=_octets(value),
        certificates=tuple(_certificates(key_info)) if key_info is not None else (),
    )


def _reference_parts(
    reference: etree._Element,
) -> tuple[etree._Element | None, etree._Element, etree._Element]:
    names = [split_clark(str(e.tag))[1] for e in _elements(reference)]
    if names[:1] == ["Transforms"]:
        transforms, method, value = _exactly(
            reference, ("Transforms", "DigestMethod", "DigestValue")
        )
        return transforms, method, value
    method, value = _exactly(reference, ("DigestMethod", "DigestValue"))
    return None, method, value


def _is_base64_transform(transforms: etree._Element) -> bool:
    (transform,) = _exactly(transforms, ("Transform",))
    if transform.get("Algorithm") != BASE64_TRANSFORM or len(transform):
        raise unsupported("a Transform is another one than base64")
    return True


def _inclusive_prefixes(canonicalization: etree._Element) -> tuple[str, ...]:
    children = list(_elements(canonicalization))
    if not children:
        return ()
    exclusive = canonicalization.get("Algorithm") == _EXCLUSIVE
    name = clark(_EXCLUSIVE, "InclusiveNamespaces")
    if not exclusive or len(children) != 1 or children[0].tag != name:
        raise unsupported("CanonicalizationMethod has parameters we do not know")
    _check_attributes(children[0], "InclusiveNamespaces")
    return tuple(children[0].get("PrefixList", "").split())


def _certificates(key_info: etree._Element) -> Iterator[bytes]:
    if key_info.find(f".//{{{DS}}}RetrievalMethod") is not None:
        raise unsupported("KeyInfo has a RetrievalMethod")
    found = key_info.findall(f"{{{DS}}}X509Data/{{{DS}}}X509Certificate")
    if len(found) > _MOST_CERTIFICATES:
        raise unsupported(f"KeyInfo has more than {_MOST_CERTIFICATES} certificates")
    yield from map(_octets, found)


def _exactly(parent: etree._Element, names: tuple[str, ...]) -> list[etree._Element]:
    children = list(_elements(parent))
    if [child.tag for child in children] != [clark(DS, name) for name in names]:
        raise unsupported(f"{_local(parent)} is not exactly {', '.join(names)}")
    for child, name in zip(children, names, strict=True):
        _check_attributes(child, name)
    return children


def _signature_parts(
    signature: etree._Element,
) -> tuple[etree._Element, etree._Element, etree._Element | None]:
    if sum(1 for _ in _elements(signature)) == 2:
        signed_info, value = _exactly(signature, ("SignedInfo", "SignatureValue"))
        return signed_info, value, None
    signed_info, value, key_info = _exactly(signature, ("SignedInfo", "SignatureValue", "KeyInfo"))
    return signed_info, value, key_info


def _check_attributes(element: etree._Element, name: str) -> None:
    if set(map(str, element.attrib)) - _ATTRIBUTES[name]:
        raise unsupported(f"{name} has an attribute that seals may not have")


def _one_of(element: etree._Element, kind: type[_Algorithm], allowed: object) -> _Algorithm:
    try:
        algorithm = kind(element.get("Algorithm"))
    except InvalidInput:
        algorithm = None
    if algorithm is None or algorithm not in allowed:  # type: ignore[operator]
        raise unsupported(f"the algorithm of {_local(element)} is not on the list")
    return algorithm


def _octets(element: etree._Element) -> bytes:
    octets = decode_base64(text_of(element))
    if octets is None:
        raise unsupported(f"{_local(element)} is no base64")
    return octets


def _elements(parent: etree._Element) -> Iterator[etree._Element]:
    for child in parent:
        if isinstance(child.tag, str):
            yield child
        elif child.tag is etree.Entity:
            raise unsupported(f"{_local(parent)} has an entity")


def _has_xml_attribute(element: etree._Element) -> bool:
    return any(split_clark(str(name))[0] == XML for name in element.attrib)


def _local(element: etree._Element) -> str:
    return split_clark(str(element.tag))[1]
