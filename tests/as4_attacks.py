"""What an attacker does to a message: with nothing but its octets, or as the peer itself."""

from __future__ import annotations

import base64
import copy
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from bridge.envelope import OctetContent
from bridge.names import (
    DS,
    EBMS,
    EBMS_FRAGMENT,
    EXC_C14N,
    SOAP12,
    WSSE,
    WSU,
    XENC,
    XENC11,
    clark,
)
from bridge.transport.as4.mime import Package, Part
from tests.as4_worlds import octets, part, rsa_key, side

WSU_ID = clark(WSU, "Id")
MUST = clark(SOAP12, "mustUnderstand")


class Forgery:
    """A package that is being changed: its tree and its parts."""

    def __init__(self, package: Package) -> None:
        self.root = etree.fromstring(package.soap)
        self.parts = list(package.parts)

    def done(self) -> Package:
        return Package(etree.tostring(self.root, encoding="UTF-8"), tuple(self.parts))

    def one(self, namespace: str, name: str, number: int = 0) -> etree._Element:
        return list(self.root.iter(clark(namespace, name)))[number]

    @property
    def header(self) -> etree._Element:
        return self.one(SOAP12, "Header")

    @property
    def body(self) -> etree._Element:
        return self.one(SOAP12, "Body")

    @property
    def messaging(self) -> etree._Element:
        return self.one(EBMS, "Messaging")

    @property
    def security(self) -> etree._Element:
        return self.one(WSSE, "Security")

    @property
    def signature(self) -> etree._Element:
        return self.one(DS, "Signature")

    def reference(self, number: int) -> etree._Element:
        """0 is the Body, 1 Messaging, the others are attachments."""
        return self.one(DS, "SignedInfo").findall(clark(DS, "Reference"))[number]

    def resign(self, name: str = "DE", algorithm: Any = None) -> None:
        """Sign as the sender (or somebody else) would, over what is there now."""
        for number, node in enumerate((self.body, self.messaging)):
            value = self.reference(number).find(clark(DS, "DigestValue"))
            listed = self.reference(number).find(f".//{clark(DS, 'Transform')}")
            value.text = b64(hashlib.sha256(c14n(node, prefixes(listed))).digest())
        self.sign_only(name, algorithm)

    def sign_only(self, name: str = "DE", algorithm: Any = None) -> None:
        method = self.one(DS, "CanonicalizationMethod")
        info = c14n(self.one(DS, "SignedInfo"), prefixes(method))
        digest = algorithm or hashes.SHA256()
        self.one(DS, "SignatureValue").text = b64(
            rsa_key(name).sign(info, padding.PKCS1v15(), digest)
        )

    def set_token(self, number: int, name: str) -> None:
        der = side(name).certificate.public_bytes(Encoding.DER)
        self.one(WSSE, "BinarySecurityToken", number).text = b64(der)

    def encrypt_again(
        self,
        change: Callable[[int, bytes], bytes] = lambda number, plain: plain,
        iv: Callable[[int], bytes] = lambda number: bytes([number + 1] * 12),
        key: bytes = bytes(range(16)),
        wrap_for: str = "FR",
    ) -> None:
        """Encrypt all parts with a key of the attacker's choice, which everybody can."""
        old = session_key(self)
        for number, each in enumerate(self.parts):
            data = octets(each.content)
            plain = AESGCM(old).decrypt(data[:12], data[12:], None)
            sealed = iv(number) + AESGCM(key).encrypt(iv(number), change(number, plain), None)
            self.parts[number] = replace(each, content=OctetContent(sealed))
        self.wrap(key, wrap_for)

    def wrap(self, key: bytes, name: str = "FR", scheme: Any = None) -> None:
        scheme = scheme or padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        wrapped = rsa_key(name).public_key().encrypt(key, scheme)
        self.one(XENC, "CipherValue").text = b64(wrapped)


def session_key(forgery: Forgery) -> bytes:
    scheme = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    wrapped = base64.b64decode(forgery.one(XENC, "CipherValue").text)
    return rsa_key("FR").decrypt(wrapped, scheme)


def c14n(node: etree._Element, inclusive: Sequence[str] = ()) -> bytes:
    return etree.tostring(
        node,
        method="c14n",
        exclusive=True,
        with_comments=False,
        inclusive_ns_prefixes=list(inclusive),
    )


def prefixes(element: etree._Element) -> list[str]:
    found = element.find(clark(EXC_C14N, "InclusiveNamespaces"))
    return [] if found is None else found.get("PrefixList", "").split()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@contextmanager
def forged(package: Package) -> Iterator[Forgery]:
    yield Forgery(package)


def changed(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


# --- signature wrapping: the attacker has the octets of an honest message and no key -------------


def evil_messaging(forgery: Forgery, identifier: str = "evil") -> etree._Element:
    evil = copy.deepcopy(forgery.messaging)
    evil.set(WSU_ID, identifier)
    evil.find(f".//{clark(EBMS, 'Action')}").text = "ExceptionResponse"
    return evil


def moved_header(forgery: Forgery) -> None:
    honest = forgery.messaging
    wrapper = etree.SubElement(forgery.header, "{urn:evil}Wrapper")
    forgery.header.replace(honest, evil_messaging(forgery))
    wrapper.append(honest)


def moved_header_same_id(forgery: Forgery) -> None:
    honest = forgery.messaging
    wrapper = etree.SubElement(forgery.header, "{urn:evil}Wrapper")
    forgery.header.replace(honest, evil_messaging(forgery, honest.get(WSU_ID)))
    wrapper.append(honest)


def header_moved_into_the_body(forgery: Forgery) -> None:
    honest = forgery.messaging
    forgery.header.replace(honest, evil_messaging(forgery))
    forgery.body.append(honest)


def header_moved_into_the_signature(forgery: Forgery) -> None:
    honest = forgery.messaging
    forgery.header.replace(honest, evil_messaging(forgery))
    etree.SubElement(forgery.signature, clark(DS, "Object")).append(honest)


def second_messaging_before(forgery: Forgery) -> None:
    forgery.header.insert(0, evil_messaging(forgery))


def second_messaging_after(forgery: Forgery) -> None:
    forgery.header.append(evil_messaging(forgery))


def messaging_in_another_header(forgery: Forgery) -> None:
    etree.SubElement(forgery.header, "{urn:evil}Wrapper").append(forgery.messaging)


def duplicated_id(forgery: Forgery) -> None:
    etree.SubElement(forgery.header, "{urn:evil}X", {WSU_ID: forgery.body.get(WSU_ID)})


def duplicated_id_other_attribute(name: str) -> Callable[[Forgery], None]:
    def attack(forgery: Forgery) -> None:
        etree.SubElement(forgery.header, "{urn:evil}X", {name: forgery.messaging.get(WSU_ID)})

    return attack


def body_moved(forgery: Forgery) -> None:
    honest = forgery.body
    evil = etree.Element(clark(SOAP12, "Body"), {WSU_ID: "evil"})
    forgery.root.replace(honest, evil)
    etree.SubElement(forgery.header, "{urn:evil}Wrapper").append(honest)


def second_body(forgery: Forgery) -> None:
    forgery.root.append(etree.Element(clark(SOAP12, "Body"), {WSU_ID: "evil"}))


def content_in_the_body(forgery: Forgery) -> None:
    etree.SubElement(forgery.body, "{urn:evil}Request")


def ids_exchanged(forgery: Forgery) -> None:
    body, messaging = forgery.body.get(WSU_ID), forgery.messaging.get(WSU_ID)
    forgery.body.set(WSU_ID, messaging)
    forgery.messaging.set(WSU_ID, body)


def signature_in_the_body(forgery: Forgery) -> None:
    forgery.body.append(forgery.signature)


def signature_in_the_header(forgery: Forgery) -> None:
    forgery.header.append(forgery.signature)


def two_signatures(forgery: Forgery) -> None:
    second = copy.deepcopy(forgery.signature)
    for each in second.iter():
        for name in ("Id", WSU_ID):
            if name in each.attrib:
                each.set(name, f"second-{each.get(name)}")
    forgery.security.append(second)


def second_security(forgery: Forgery) -> None:
    etree.SubElement(forgery.header, clark(WSSE, "Security"))


def security_for_somebody_else(forgery: Forgery) -> None:
    forgery.security.set(clark(SOAP12, "role"), "urn:somebody")


def no_security(forgery: Forgery) -> None:
    forgery.header.remove(forgery.security)


def no_signature(forgery: Forgery) -> None:
    forgery.security.remove(forgery.signature)


def object_in_the_signature(forgery: Forgery) -> None:
    etree.SubElement(forgery.signature, clark(DS, "Object"))


def second_encrypted_key(forgery: Forgery) -> None:
    second = copy.deepcopy(forgery.one(XENC, "EncryptedKey"))
    second.set("Id", "EK-evil")
    forgery.security.insert(0, second)


def signature_before_the_key(forgery: Forgery) -> None:
    forgery.security.insert(1, forgery.signature)


def reference_dropped(number: int) -> Callable[[Forgery], None]:
    def attack(forgery: Forgery) -> None:
        reference = forgery.reference(number)
        reference.getparent().remove(reference)

    return attack


def reference_doubled(forgery: Forgery) -> None:
    reference = forgery.reference(2)
    reference.addnext(copy.deepcopy(reference))


def reference_to(uri: str, number: int = 2) -> Callable[[Forgery], None]:
    return lambda forgery: forgery.reference(number).set("URI", uri)


def references_exchanged(forgery: Forgery) -> None:
    first, second = forgery.reference(2), forgery.reference(3)
    one, other = first.get("URI"), second.get("URI")
    first.set("URI", other)
    second.set("URI", one)


def reference_to_a_token(forgery: Forgery) -> None:
    extra = copy.deepcopy(forgery.reference(0))
    extra.set("URI", f"#{forgery.one(WSSE, 'BinarySecurityToken').get(WSU_ID)}")
    forgery.one(DS, "SignedInfo").append(extra)


def reference_of_a_type(forgery: Forgery) -> None:
    forgery.reference(0).set("Type", f"{DS}Manifest")


def transform(uri: str, number: int = 1, first: bool = True) -> Callable[[Forgery], None]:
    def attack(forgery: Forgery) -> None:
        transforms = forgery.reference(number).find(clark(DS, "Transforms"))
        extra = etree.Element(clark(DS, "Transform"), {"Algorithm": uri})
        transforms.insert(0 if first else 1, extra)

    return attack


def only_transform(uri: str, number: int) -> Callable[[Forgery], None]:
    return lambda forgery: (
        forgery.reference(number).find(f".//{clark(DS, 'Transform')}").set("Algorithm", uri)
    )


def prefix_list(text: str) -> Callable[[Forgery], None]:
    def attack(forgery: Forgery) -> None:
        element = forgery.reference(1).find(f".//{clark(DS, 'Transform')}")
        etree.SubElement(element, clark(EXC_C14N, "InclusiveNamespaces"), PrefixList=text)

    return attack


def key_info_swapped(forgery: Forgery) -> None:
    forgery.set_token(1, "XX")
    forgery.resign("XX")


def token_of_another_peer(forgery: Forgery) -> None:
    forgery.set_token(1, "ES")
    forgery.resign("ES")


def token_of_another_peer_not_resigned(forgery: Forgery) -> None:
    forgery.set_token(1, "ES")


def token_that_is_none(forgery: Forgery) -> None:
    forgery.one(WSSE, "BinarySecurityToken", 1).text = b64(b"no certificate")


def key_value(forgery: Forgery) -> None:
    etree.SubElement(forgery.signature.find(clark(DS, "KeyInfo")), clark(DS, "KeyValue"))


def token_outside(forgery: Forgery) -> None:
    forgery.header.append(forgery.one(WSSE, "BinarySecurityToken", 1))


def token_reference(uri: str) -> Callable[[Forgery], None]:
    return lambda forgery: forgery.signature.find(f".//{clark(WSSE, 'Reference')}").set("URI", uri)


def header_changed(forgery: Forgery) -> None:
    forgery.messaging.find(f".//{clark(EBMS, 'Property')}").text = "EVIL"


def signature_value_changed(forgery: Forgery) -> None:
    value = forgery.one(DS, "SignatureValue")
    value.text = b64(changed(base64.b64decode(value.text), 100))


# --- parts ---------------------------------------------------------------------------------------


def part_added(forgery: Forgery) -> None:
    forgery.parts.append(part("evil@bridge.example", b"evil"))


def part_dropped(forgery: Forgery) -> None:
    forgery.parts.pop()


def parts_swapped(forgery: Forgery) -> None:
    first, second = forgery.parts
    forgery.parts = [
        Part(first.content_id, second.content),
        Part(second.content_id, first.content),
    ]


def part_doubled(forgery: Forgery) -> None:
    forgery.parts.insert(0, part(forgery.parts[0].content_id, b"evil"))


def part_alias(spelling: str) -> Callable[[Forgery], None]:
    def attack(forgery: Forgery) -> None:
        alias = forgery.parts[0].content_id.replace("@", spelling)
        forgery.parts.insert(0, part(alias, b"evil"))

    return attack


def part_renamed(forgery: Forgery) -> None:
    content_id = forgery.parts[0].content_id.replace("@", "%40")
    forgery.parts[0] = replace(forgery.parts[0], content_id=content_id)


def part_info_removed(forgery: Forgery) -> None:
    info = forgery.one(EBMS, "PartInfo", 1)
    info.getparent().remove(info)


def part_info_doubled(forgery: Forgery) -> None:
    info = forgery.one(EBMS, "PartInfo")
    info.addnext(copy.deepcopy(info))


def part_info_elsewhere(href: str | None) -> Callable[[Forgery], None]:
    def attack(forgery: Forgery) -> None:
        info = forgery.one(EBMS, "PartInfo")
        del info.attrib["href"]
        if href is not None:
            info.set("href", href)

    return attack


# --- encryption ----------------------------------------------------------------------------------


def on_part(change: Callable[[bytes], bytes]) -> Callable[[Forgery], None]:
    def attack(forgery: Forgery) -> None:
        data = change(octets(forgery.parts[0].content))
        forgery.parts[0] = replace(forgery.parts[0], content=OctetContent(data))

    return attack


def data_dropped(forgery: Forgery) -> None:
    forgery.security.remove(forgery.one(XENC, "EncryptedData"))


def data_dropped_and_unlisted(forgery: Forgery) -> None:
    data_dropped(forgery)
    reference = forgery.one(XENC, "DataReference")
    reference.getparent().remove(reference)


def all_data_dropped(forgery: Forgery) -> None:
    for name in ("EncryptedKey", "EncryptedData", "EncryptedData"):
        forgery.security.remove(forgery.one(XENC, name))


def key_dropped(forgery: Forgery) -> None:
    forgery.security.remove(forgery.one(XENC, "EncryptedKey"))


def data_in_the_body(forgery: Forgery) -> None:
    forgery.body.append(forgery.one(XENC, "EncryptedData"))


def data_for_one_part_twice(forgery: Forgery) -> None:
    uri = forgery.one(XENC, "CipherReference").get("URI")
    forgery.one(XENC, "CipherReference", 1).set("URI", uri)


def data_attribute(name: str, value: str) -> Callable[[Forgery], None]:
    return lambda forgery: forgery.one(XENC, "EncryptedData").set(name, value)


def data_from(uri: str) -> Callable[[Forgery], None]:
    return lambda forgery: forgery.one(XENC, "CipherReference").set("URI", uri)


def data_with_another_key(forgery: Forgery) -> None:
    forgery.one(XENC, "EncryptedData").find(f".//{clark(WSSE, 'Reference')}").set("URI", "#EK-evil")


def key_for_somebody_else(forgery: Forgery) -> None:
    forgery.set_token(0, "ES")


def key_wrapped_for_somebody_else(forgery: Forgery) -> None:
    forgery.wrap(session_key(forgery), "ES")


def key_of_another_length(forgery: Forgery) -> None:
    forgery.wrap(bytes(32))


def key_garbled(forgery: Forgery) -> None:
    value = forgery.one(XENC, "CipherValue")
    value.text = b64(changed(base64.b64decode(value.text), 100))


def iv_reused(forgery: Forgery) -> None:
    forgery.encrypt_again(iv=lambda number: b"\x07" * 12)


def iv_zero(forgery: Forgery) -> None:
    forgery.encrypt_again(iv=lambda number: bytes([number] * 12))


def content_replaced(forgery: Forgery) -> None:
    forgery.encrypt_again(lambda number, plain: b"evil" if number == 0 else plain)


# --- algorithms: the peer itself, or its software, uses what the profile has not --------------


def algorithm(namespace: str, name: str, uri: str, number: int = 0) -> Callable[[Forgery], None]:
    def attack(forgery: Forgery) -> None:
        forgery.one(namespace, name, number).set("Algorithm", uri)
        forgery.resign()

    return attack


def digest_sha1(forgery: Forgery) -> None:
    reference = forgery.reference(1)
    reference.find(clark(DS, "DigestMethod")).set("Algorithm", f"{DS}sha1")
    value = hashlib.sha1(c14n(forgery.messaging), usedforsecurity=False).digest()
    reference.find(clark(DS, "DigestValue")).text = b64(value)
    forgery.sign_only()


def signature_sha1(forgery: Forgery) -> None:
    forgery.one(DS, "SignatureMethod").set("Algorithm", f"{DS}rsa-sha1")
    forgery.resign(algorithm=hashes.SHA1())


def hmac_with_the_public_key(forgery: Forgery) -> None:
    import hmac as mac

    method = forgery.one(DS, "SignatureMethod")
    method.set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
    der = side("DE").certificate.public_bytes(Encoding.DER)
    value = mac.digest(der, c14n(forgery.one(DS, "SignedInfo")), "sha256")
    forgery.one(DS, "SignatureValue").text = b64(value)


def hmac_output_length(forgery: Forgery) -> None:
    method = forgery.one(DS, "SignatureMethod")
    etree.SubElement(method, clark(DS, "HMACOutputLength")).text = "8"
    forgery.resign()


def rsa_1_5(forgery: Forgery) -> None:
    method = forgery.one(XENC, "EncryptionMethod")
    for child in list(method):
        method.remove(child)
    method.set("Algorithm", f"{XENC}rsa-1_5")
    forgery.wrap(session_key(forgery), scheme=padding.PKCS1v15())


def oaep_parameter_dropped(number: int) -> Callable[[Forgery], None]:
    def attack(forgery: Forgery) -> None:
        method = forgery.one(XENC, "EncryptionMethod")
        method.remove(method[number])

    return attack


def oaep_sha1(forgery: Forgery) -> None:
    method = forgery.one(XENC, "EncryptionMethod")
    method[0].set("Algorithm", f"{DS}sha1")
    scheme = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA1(), None)
    forgery.wrap(session_key(forgery), scheme=scheme)


def oaep_mgf_sha1(forgery: Forgery) -> None:
    forgery.one(XENC, "EncryptionMethod")[1].set("Algorithm", f"{XENC11}mgf1sha1")
    scheme = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA256(), None)
    forgery.wrap(session_key(forgery), scheme=scheme)


def aes_256(forgery: Forgery) -> None:
    forgery.encrypt_again(key=bytes(range(32)))


def data_unlisted(forgery: Forgery) -> None:
    reference = forgery.one(XENC, "DataReference")
    reference.getparent().remove(reference)


def data_listed_twice(forgery: Forgery) -> None:
    reference = forgery.one(XENC, "DataReference")
    reference.addnext(copy.deepcopy(reference))


def fragment(forgery: Forgery) -> None:
    etree.SubElement(forgery.header, clark(EBMS_FRAGMENT, "MessageFragment"))


def pull(forgery: Forgery) -> None:
    etree.SubElement(forgery.header, clark(EBMS, "PullRequest"))


def prefixes_everywhere(forgery: Forgery) -> None:
    for name in ("CanonicalizationMethod", "Transform"):
        for number, element in enumerate(list(forgery.signature.iter(clark(DS, name)))[:2]):
            attributes = {"PrefixList": "S12" if number else "xenc eb absent"}
            etree.SubElement(element, clark(EXC_C14N, "InclusiveNamespaces"), attributes)
    forgery.resign()


def data_added(forgery: Forgery) -> None:
    data = forgery.one(XENC, "EncryptedData")
    second = copy.deepcopy(data)
    second.set("Id", "ED-evil")
    data.addnext(second)
    references = forgery.one(XENC, "ReferenceList")
    etree.SubElement(references, clark(XENC, "DataReference"), URI="#ED-evil")
