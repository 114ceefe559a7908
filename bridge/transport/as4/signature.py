"""The XML signature of a message: written by hand, read in one shape (as4 3.3, 3.5).

signxml writes no SecurityTokenReference and skips the attachment transform in silence, so
SignedInfo is ours (docs/decisions/0020). The canonical form comes from lxml, keys from the suite.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from bridge.errors import RefusedMessage
from bridge.names import DS, EXC_C14N, clark, split_clark
from bridge.transport.as4 import shape
from bridge.transport.as4.algorithms import (
    ATTACHMENT_SIGNATURE,
    CANONICAL,
    SHA256,
    SIGNATURES,
)
from bridge.transport.as4.keyinfo import KeyReference, read_key_info
from bridge.transport.as4.keys import Signer
from bridge.transport.as4.soap import SIGNATURE, WSU_ID, Soap

_DIGEST_OCTETS: Final = 32
_MOST_SIGNATURE: Final = 2048
_SIGNED_INFO: Final = clark(DS, "SignedInfo")
_REFERENCE: Final = clark(DS, "Reference")
_TRANSFORM: Final = clark(DS, "Transform")
_DIGEST_VALUE: Final = clark(DS, "DigestValue")
_INCLUSIVE: Final = clark(EXC_C14N, "InclusiveNamespaces")


@dataclass(frozen=True, slots=True)
class SignedReference:
    """One ds:Reference as a value: what a receipt repeats and is compared with (as4 4.1).

    ``uri`` and ``digest`` are texts as they stand in the message, ``xml`` the whole element.
    """

    uri: str
    digest: str
    xml: bytes


@dataclass(frozen=True, slots=True)
class _Reference:
    uri: str
    prefixes: tuple[str, ...]
    digest: bytes


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that was read, not yet checked. ``octets`` is SignedInfo in canonical form."""

    method: str
    octets: bytes
    value: bytes
    key: KeyReference
    nodes: tuple[tuple[etree._Element, tuple[str, ...], bytes], ...]
    """Body and Messaging: the very element, its inclusive prefixes, its digest."""
    attachments: tuple[tuple[str, bytes], ...]
    """Reference URI (``cid:…``) and digest of each attachment."""
    references: tuple[SignedReference, ...]


def canonical(element: etree._Element | etree._ElementTree, prefixes: Sequence[str] = ()) -> bytes:
    """Give the exclusive canonical form of an element where it stands, or of a whole document.

    Comments are left out. Raises `RefusedMessage` (EBMS:0101) where libxml2 refuses, as it does
    for relative namespace URIs.
    """
    try:
        return etree.tostring(
            element,
            method="c14n",
            exclusive=True,
            with_comments=False,
            inclusive_ns_prefixes=list(prefixes),
        )
    except etree.LxmlError:
        raise _forged("a signed element has no canonical form") from None


def write_signature(
    soap: Soap,
    attachments: Sequence[tuple[str, bytes]],
    signer: Signer,
    method: str,
    identifier: str,
    write_key: Callable[[etree._Element], None],
) -> etree._Element:
    """Sign Body, Messaging and attachments (content id and digest of each); give SignedInfo.

    Messaging and Body must be complete. ``write_key`` fills the KeyInfo.
    """
    assert soap.security is not None
    signature = etree.SubElement(soap.security, SIGNATURE, {"Id": f"SIG-{identifier}"})
    info = etree.SubElement(signature, _SIGNED_INFO)
    _add(info, "CanonicalizationMethod", Algorithm=CANONICAL)
    _add(info, "SignatureMethod", Algorithm=method)
    for node in (soap.body, soap.messaging):
        _write_reference(info, f"#{node.get(WSU_ID)}", CANONICAL, _digest(canonical(node)))
    for content_id, digest in attachments:
        _write_reference(info, f"cid:{content_id}", ATTACHMENT_SIGNATURE, digest)
    value = signer.sign(canonical(info), method)
    _add(signature, "SignatureValue").text = base64.b64encode(value).decode("ascii")
    write_key(_add(signature, "KeyInfo", Id=f"KI-{identifier}"))
    return info


def references_of(info: etree._Element) -> tuple[SignedReference, ...]:
    """Give the references of a SignedInfo as values."""
    return tuple(
        SignedReference(str(each.get("URI")), each.findtext(_DIGEST_VALUE) or "", canonical(each))
        for each in info.iterchildren(_REFERENCE)
    )


def read_signature(soap: Soap, method: str) -> Signature:
    """Read the one signature of a message; only ``method`` and the profile's algorithms pass.

    What it covers is found by node: a ``#`` reference must be the id of the very Messaging or
    Body of this envelope. Raises `RefusedMessage`: EBMS:0103, or EBMS:0101 for a bad token.
    """
    security = soap.security
    element = None if security is None else security.find(SIGNATURE)
    if security is None or element is None:
        raise shape.noncompliant("the message is not signed")
    shape.attributes(element, optional=["Id"])
    info, value, key_info = shape.children(
        element, _SIGNED_INFO, clark(DS, "SignatureValue"), clark(DS, "KeyInfo")
    )
    shape.attributes(info, optional=["Id"])
    shape.attributes(value, optional=["Id"])
    prefixes, references = _read_signed_info(info, method)
    nodes, attachments = _covered(soap, references)
    return Signature(
        method,
        canonical(info, prefixes),
        shape.octets(value, _MOST_SIGNATURE),
        read_key_info(key_info, security),
        nodes,
        attachments,
        references_of(info),
    )


def check_value(signature: Signature, key: object) -> None:
    """Check SignatureValue with the signer's public key (EBMS:0101)."""
    if not SIGNATURES[signature.method].is_signed(key, signature.octets, signature.value):
        raise _forged("the signature does not verify")


def check_nodes(signature: Signature) -> None:
    """Check the digests of Body and Messaging (EBMS:0101)."""
    for node, prefixes, digest in signature.nodes:
        if not hmac.compare_digest(_digest(canonical(node, prefixes)), digest):
            raise _forged("a signed element was changed")


def _read_signed_info(
    info: etree._Element, method: str
) -> tuple[tuple[str, ...], list[_Reference]]:
    found = list(info)
    names = [str(child.tag) for child in found[:2]]
    if names != [clark(DS, "CanonicalizationMethod"), clark(DS, "SignatureMethod")]:
        raise shape.noncompliant("SignedInfo does not have the content it must have")
    canonicalization, signature_method, *others = found
    if not others or any(child.tag != _REFERENCE for child in others):
        raise shape.noncompliant("SignedInfo does not have the content it must have")
    shape.algorithm(canonicalization, [CANONICAL])
    shape.algorithm(signature_method, [method])
    shape.children(signature_method)
    return _prefixes(canonicalization), [_read_reference(each) for each in others]


def _read_reference(element: etree._Element) -> _Reference:
    uri = shape.attributes(element, ["URI"], ["Id"])["URI"]
    transforms, digest_method, digest_value = shape.children(
        element, clark(DS, "Transforms"), clark(DS, "DigestMethod"), _DIGEST_VALUE
    )
    [transform] = shape.children(transforms, _TRANSFORM)
    if uri.startswith("#") and len(uri) > 1:
        shape.algorithm(transform, [CANONICAL])
        prefixes = _prefixes(transform)
    elif uri.startswith("cid:") and len(uri) > len("cid:"):
        shape.algorithm(transform, [ATTACHMENT_SIGNATURE])
        shape.children(transform)
        prefixes = ()
    else:
        raise shape.noncompliant("a signature reference leads out of the message", security=True)
    shape.algorithm(digest_method, [SHA256])
    shape.children(digest_method)
    digest = shape.octets(digest_value, _DIGEST_OCTETS)
    if len(digest) != _DIGEST_OCTETS:
        raise shape.noncompliant("a digest is not of the length it must have")
    return _Reference(uri, prefixes, digest)


def _prefixes(element: etree._Element) -> tuple[str, ...]:
    if not len(element):
        shape.children(element)
        return ()
    [inclusive] = shape.children(element, _INCLUSIVE)
    prefixes = shape.attributes(inclusive, optional=["PrefixList"]).get("PrefixList", "").split()
    # libxml2 would ignore the token, and so digest other octets than the signer.
    if "#default" in prefixes or len(prefixes) > 32:
        raise shape.noncompliant("a list of inclusive prefixes is not taken")
    return tuple(prefixes)


def _covered(
    soap: Soap, references: list[_Reference]
) -> tuple[
    tuple[tuple[etree._Element, tuple[str, ...], bytes], ...], tuple[tuple[str, bytes], ...]
]:
    """Sort references by what they cover: the two nodes, and attachments; nothing else."""
    nodes = []
    for name, node in (("Body", soap.body), ("Messaging", soap.messaging)):
        known = {f"#{identifier}" for identifier in _identifiers(node)}
        found = [each for each in references if each.uri in known]
        if len(found) != 1:
            raise shape.noncompliant(f"{name} is not signed", security=True)
        nodes.append((node, found[0].prefixes, found[0].digest))
    attachments = tuple(
        (each.uri, each.digest) for each in references if each.uri.startswith("cid:")
    )
    if len(attachments) + len(nodes) != len(references):
        raise shape.noncompliant("something is signed that no message has", security=True)
    return tuple(nodes), attachments


def _identifiers(node: etree._Element) -> list[str]:
    return [
        str(value)
        for name, value in node.attrib.items()
        if split_clark(str(name))[1].lower() == "id"
    ]


def _write_reference(info: etree._Element, uri: str, transform: str, digest: bytes) -> None:
    element = _add(info, "Reference", URI=uri)
    _add(_add(element, "Transforms"), "Transform", Algorithm=transform)
    _add(element, "DigestMethod", Algorithm=SHA256)
    _add(element, "DigestValue").text = base64.b64encode(digest).decode("ascii")


def _add(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, clark(DS, name), attributes)


def _digest(octets: bytes) -> bytes:
    return hashlib.sha256(octets).digest()


def _forged(what: str) -> RefusedMessage:
    return RefusedMessage(what, code="EBMS:0101", security=True)
