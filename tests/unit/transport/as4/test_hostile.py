"""Attacks on a message, each with the ebMS error it earns; nothing of any of them is taken."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from bridge.envelope import OctetContent, Payload
from bridge.errors import RefusedMessage
from bridge.names import DS, XENC
from bridge.transport.as4.compression import Bounds
from bridge.transport.as4.content import MemorySink
from bridge.transport.as4.mime import Package
from bridge.transport.as4.trust import PeerTrust
from tests import as4_attacks as do
from tests.as4_attacks import Forgery
from tests.as4_worlds import (
    NOW,
    PDF,
    REGREP,
    certificate,
    contents,
    distinguished,
    octets,
    rsa_key,
    side,
    world,
)

Attack = Callable[[Forgery], None]
SWA = "http://docs.oasis-open.org/wss/oasis-wss-SwAProfile-1.1#"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
STR = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"


class Watch:
    """Sinks that are counted: what was opened must be discarded."""

    def __init__(self) -> None:
        self.open = 0

    def __call__(self) -> MemorySink:
        watch = self

        class Sink(MemorySink):
            def discard(self) -> None:
                super().discard()
                watch.open -= 1

        self.open += 1
        return Sink()


def refused(package: Package, code: str, **policy: object) -> RefusedMessage:
    with pytest.raises(RefusedMessage) as fault:
        world().open(package, **policy)
    assert fault.value.code == code, fault.value.what
    return fault.value


def attacked(attack: Attack) -> Package:
    forgery = Forgery(world().pack().package)
    attack(forgery)
    return forgery.done()


def test_a_message_that_is_only_written_again_is_taken() -> None:
    assert contents(world().open(attacked(lambda forgery: None))) == [REGREP, PDF]


def test_a_message_that_the_peer_signs_again_is_taken() -> None:
    assert contents(world().open(attacked(lambda forgery: forgery.resign()))) == [REGREP, PDF]


def test_inclusive_prefixes_are_honoured_wherever_they_stand() -> None:
    assert contents(world().open(attacked(do.prefixes_everywhere))) == [REGREP, PDF]


def test_a_message_that_is_encrypted_again_is_taken() -> None:
    assert contents(world().open(attacked(lambda forgery: forgery.encrypt_again()))) == [
        REGREP,
        PDF,
    ]


WRAPPING = {
    "header moved, another in its place": (do.moved_header, "EBMS:0009"),
    "header moved, another with its id": (do.moved_header_same_id, "EBMS:0103"),
    "header moved into the body": (do.header_moved_into_the_body, "EBMS:0009"),
    "header moved into the signature": (do.header_moved_into_the_signature, "EBMS:0009"),
    "second Messaging before the first": (do.second_messaging_before, "EBMS:0009"),
    "second Messaging after the first": (do.second_messaging_after, "EBMS:0009"),
    "Messaging inside another header": (do.messaging_in_another_header, "EBMS:0009"),
    "an id twice": (do.duplicated_id, "EBMS:0103"),
    "an id twice, as Id": (do.duplicated_id_other_attribute("Id"), "EBMS:0103"),
    "an id twice, as ID": (do.duplicated_id_other_attribute("ID"), "EBMS:0103"),
    "an id twice, as id": (do.duplicated_id_other_attribute("id"), "EBMS:0103"),
    "an id twice, as xml:id": (
        do.duplicated_id_other_attribute("{http://www.w3.org/XML/1998/namespace}id"),
        "EBMS:0103",
    ),
    "body moved, another in its place": (do.body_moved, "EBMS:0103"),
    "a second body": (do.second_body, "EBMS:0009"),
    "content in the body": (do.content_in_the_body, "EBMS:0003"),
    "ids of body and header exchanged": (do.ids_exchanged, "EBMS:0101"),
    "signature in the body": (do.signature_in_the_body, "EBMS:0103"),
    "signature in the header": (do.signature_in_the_header, "EBMS:0103"),
    "two signatures": (do.two_signatures, "EBMS:0103"),
    "a second Security": (do.second_security, "EBMS:0103"),
    "a Security for somebody else": (do.security_for_somebody_else, "EBMS:0103"),
    "no Security": (do.no_security, "EBMS:0103"),
    "no signature": (do.no_signature, "EBMS:0103"),
    "an object in the signature": (do.object_in_the_signature, "EBMS:0103"),
    "a second EncryptedKey": (do.second_encrypted_key, "EBMS:0103"),
    "encrypted before it was signed": (do.signature_before_the_key, "EBMS:0103"),
    "body not signed": (do.reference_dropped(0), "EBMS:0103"),
    "header not signed": (do.reference_dropped(1), "EBMS:0103"),
    "a part not signed": (do.reference_dropped(2), "EBMS:0103"),
    "a fragment": (do.fragment, "EBMS:0002"),
    "a pull": (do.pull, "EBMS:0002"),
    "a reference twice": (do.reference_doubled, "EBMS:0103"),
    "references exchanged": (do.references_exchanged, "EBMS:0101"),
    "a reference to no part": (do.reference_to("cid:evil@bridge.example"), "EBMS:0103"),
    "a reference to the document": (do.reference_to(""), "EBMS:0103"),
    "a reference to the web": (do.reference_to("http://evil.example/"), "EBMS:0103"),
    "a reference to a file": (do.reference_to("file:///etc/passwd"), "EBMS:0103"),
    "a reference by XPointer": (do.reference_to("#xpointer(/)", 1), "EBMS:0103"),
    "an empty fragment": (do.reference_to("#", 1), "EBMS:0103"),
    "an empty cid": (do.reference_to("cid:"), "EBMS:0103"),
    "a reference to a token": (do.reference_to_a_token, "EBMS:0103"),
    "a manifest": (do.reference_of_a_type, "EBMS:0103"),
    "an XPath transform": (do.transform(XPATH), "EBMS:0103"),
    "an XSLT transform": (do.transform(XSLT, first=False), "EBMS:0103"),
    "an STR transform": (do.only_transform(STR, 1), "EBMS:0103"),
    "an enveloped transform": (do.transform(f"{DS}enveloped-signature"), "EBMS:0103"),
    "a transform on a part": (do.transform(XPATH, 2), "EBMS:0103"),
    "a part in its complete form": (
        do.only_transform(f"{SWA}Attachment-Complete-Signature-Transform", 2),
        "EBMS:0103",
    ),
    "the default prefix": (do.prefix_list("#default"), "EBMS:0103"),
    "prefixes that nobody signed": (do.prefix_list("S12"), "EBMS:0101"),
    "token and signature of a stranger": (do.key_info_swapped, "EBMS:0101"),
    "token and signature of another peer": (do.token_of_another_peer, "EBMS:0101"),
    "token of another peer": (do.token_of_another_peer_not_resigned, "EBMS:0101"),
    "a token that is no certificate": (do.token_that_is_none, "EBMS:0101"),
    "a KeyValue": (do.key_value, "EBMS:0103"),
    "a token outside Security": (do.token_outside, "EBMS:0103"),
    "a token on the web": (do.token_reference("http://evil.example/"), "EBMS:0103"),
    "a header that was changed": (do.header_changed, "EBMS:0101"),
    "a signature that was changed": (do.signature_value_changed, "EBMS:0101"),
}


@pytest.mark.parametrize(("attack", "code"), WRAPPING.values(), ids=WRAPPING)
def test_a_wrapped_signature_is_refused(attack: Attack, code: str) -> None:
    refused(attacked(attack), code)


PARTS = {
    "a part added": (do.part_added, "EBMS:0011"),
    "a part missing": (do.part_dropped, "EBMS:0011"),
    "parts swapped": (do.parts_swapped, "EBMS:0101"),
    "a part twice": (do.part_doubled, "EBMS:0007"),
    "a part twice, percent-encoded": (do.part_alias("%40"), "EBMS:0007"),
    "a part twice, doubly encoded": (do.part_alias("%2540"), "EBMS:0011"),
    "a part renamed by encoding": (do.part_renamed, "EBMS:0011"),
    "a PartInfo removed": (do.part_info_removed, "EBMS:0011"),
    "a PartInfo twice": (do.part_info_doubled, "EBMS:0003"),
    "a PartInfo for the body": (do.part_info_elsewhere(None), "EBMS:0003"),
    "a PartInfo on the web": (do.part_info_elsewhere("http://evil.example/"), "EBMS:0011"),
    "a PartInfo of a fragment": (do.part_info_elsewhere("#_1"), "EBMS:0011"),
}


@pytest.mark.parametrize(("attack", "code"), PARTS.values(), ids=PARTS)
def test_parts_that_the_header_does_not_know_are_refused(attack: Attack, code: str) -> None:
    refused(attacked(attack), code)


ENCRYPTION = {
    "an octet changed": (do.on_part(lambda data: do.changed(data, 20)), "EBMS:0102"),
    "the tag changed": (do.on_part(lambda data: do.changed(data, -1 % len(data))), "EBMS:0102"),
    "the tag cut": (do.on_part(lambda data: data[:-4]), "EBMS:0102"),
    "the tag missing": (do.on_part(lambda data: data[:-16]), "EBMS:0102"),
    "shorter than IV and tag": (do.on_part(lambda data: data[:27]), "EBMS:0102"),
    "empty": (do.on_part(lambda data: b""), "EBMS:0102"),
    "octets appended": (do.on_part(lambda data: data + b"x"), "EBMS:0102"),
    "one IV for two parts": (do.iv_reused, "EBMS:0103"),
    "an IV of zeros": (do.iv_zero, "EBMS:0103"),
    "other content under a key of the attacker": (do.content_replaced, "EBMS:0101"),
    "data missing": (do.data_dropped, "EBMS:0102"),
    "data missing and not listed": (do.data_dropped_and_unlisted, "EBMS:0103"),
    "nothing encrypted": (do.all_data_dropped, "EBMS:0103"),
    "no key": (do.key_dropped, "EBMS:0103"),
    "data twice for one part": (do.data_added, "EBMS:0102"),
    "data not listed": (do.data_unlisted, "EBMS:0102"),
    "data listed twice": (do.data_listed_twice, "EBMS:0102"),
    "data in the body": (do.data_in_the_body, "EBMS:0103"),
    "one part decrypted twice": (do.data_for_one_part_twice, "EBMS:0102"),
    "data from elsewhere": (do.data_from("http://evil.example/"), "EBMS:0102"),
    "data with another key": (do.data_with_another_key, "EBMS:0102"),
    "headers encrypted too": (do.data_attribute("Type", f"{SWA}Attachment-Complete"), "EBMS:0103"),
    "declared to be XML": (do.data_attribute("MimeType", "text/xml"), "EBMS:0101"),
    "declared to be text": (do.data_attribute("MimeType", "text/plain"), "EBMS:0101"),
    "addressed to another certificate": (do.key_for_somebody_else, "EBMS:0102"),
    "wrapped for another certificate": (do.key_wrapped_for_somebody_else, "EBMS:0102"),
    "a key of another length": (do.key_of_another_length, "EBMS:0102"),
    "everything under a key of another length": (do.aes_256, "EBMS:0102"),
    "a key that was changed": (do.key_garbled, "EBMS:0102"),
}


@pytest.mark.parametrize(("attack", "code"), ENCRYPTION.values(), ids=ENCRYPTION)
def test_what_is_not_encrypted_as_it_must_is_refused(attack: Attack, code: str) -> None:
    watch = Watch()
    refused(attacked(attack), code, sinks=watch)
    assert watch.open <= 1, "a sink that failed was not discarded"


def test_nothing_tells_a_wrong_key_from_a_wrong_part() -> None:
    names = [
        "an octet changed",
        "wrapped for another certificate",
        "a key of another length",
        "a key that was changed",
    ]
    texts = {str(refused(attacked(ENCRYPTION[name][0]), "EBMS:0102")) for name in names}
    assert len(texts) == 1


ALGORITHMS = {
    "signature with SHA-1": do.signature_sha1,
    "a digest with SHA-1": do.digest_sha1,
    "HMAC with the public key": do.hmac_with_the_public_key,
    "an HMAC length": do.hmac_output_length,
    "no signature algorithm": do.algorithm(DS, "SignatureMethod", ""),
    "an unknown signature algorithm": do.algorithm(DS, "SignatureMethod", "none"),
    "ECDSA in a suite of RSA": do.algorithm(DS, "SignatureMethod", f"{MORE}ecdsa-sha256"),
    "PSS": do.algorithm(DS, "SignatureMethod", "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"),
    "SHA-512": do.algorithm(DS, "DigestMethod", f"{XENC}sha512", 1),
    "inclusive canonical form": do.algorithm(DS, "CanonicalizationMethod", C14N),
    "canonical form with comments": do.algorithm(DS, "CanonicalizationMethod", f"{EXC}WithComments"),
    "inclusive canonical form of a reference": do.only_transform(C14N, 0),
    "RSA 1.5": do.rsa_1_5,
    "OAEP with MGF1 of SHA-1": do.algorithm(XENC, "EncryptionMethod", f"{XENC}rsa-oaep-mgf1p"),
    "OAEP with SHA-1": do.oaep_sha1,
    "OAEP with a mask of SHA-1": do.oaep_mgf_sha1,
    "OAEP without digest": do.oaep_parameter_dropped(0),
    "OAEP without MGF": do.oaep_parameter_dropped(1),
    "CBC": do.algorithm(XENC, "EncryptionMethod", f"{XENC}aes128-cbc", 1),
    "AES-256": do.algorithm(XENC, "EncryptionMethod", "http://www.w3.org/2009/xmlenc11#aes256-gcm", 1),
    "triple DES": do.algorithm(XENC, "EncryptionMethod", f"{XENC}tripledes-cbc", 1),
}  # fmt: skip


@pytest.mark.parametrize("attack", ALGORITHMS.values(), ids=ALGORITHMS)
def test_an_algorithm_that_is_not_on_the_list_is_refused(attack: Attack) -> None:
    assert refused(attacked(attack), "EBMS:0103")


def test_no_suite_takes_the_algorithms_of_another() -> None:
    with pytest.raises(RefusedMessage) as fault:
        world("rsa").open(world("ec").pack().package)
    assert fault.value.code == "EBMS:0103"


CERTIFICATES = {
    "expired": PeerTrust((certificate("DE", days=(-30, -1)),)),
    "not yet valid": PeerTrust((certificate("DE", days=(1, 30)),)),
    "not for signatures": PeerTrust((certificate("DE", usage=False),)),
    "not of this peer": PeerTrust((side("ES").certificate,)),
    "no path to an anchor": PeerTrust((certificate("DE"),), anchors=(certificate("ca", ca=True),)),
    "issued, but to another": PeerTrust(
        anchors=(certificate("ca", ca=True),), subject=distinguished("ES").rfc4514_string()
    ),
    "no current list of revocations": PeerTrust((certificate("DE", issuer="ca", crl=True),)),
}


@pytest.mark.parametrize("trust", CERTIFICATES.values(), ids=CERTIFICATES)
def test_a_certificate_that_does_not_count_is_refused(trust: PeerTrust) -> None:
    pinned = trust.pinned[0] if trust.pinned else certificate("DE", issuer="ca")
    package = attacked(lambda forgery: None)
    if pinned.subject == distinguished("DE"):
        forgery = Forgery(package)
        token = list(forgery.root.iter("{*}BinarySecurityToken"))[1]
        token.text = do.b64(pinned.public_bytes(do.Encoding.DER))
        package = forgery.done()
    with pytest.raises(RefusedMessage) as fault:
        world(from_peer={"trust": trust}).open(package)
    assert fault.value.code == "EBMS:0101"
    assert fault.value.security


def revocations(*serials: int, days: int = 7, signer: str = "ca") -> x509.CertificateRevocationList:
    builder = x509.CertificateRevocationListBuilder(
        distinguished("ca"), NOW - timedelta(days=1), NOW + timedelta(days=days)
    )
    for serial in serials:
        entry = x509.RevokedCertificateBuilder(serial, NOW - timedelta(days=1))
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(rsa_key(signer), hashes.SHA256())


@pytest.mark.parametrize(
    ("listed", "days", "mode", "taken", "signer"),
    [
        ((), 7, "hard", True, "ca"),
        ((1000,), 7, "hard", False, "ca"),
        ((1000,), 7, "soft", False, "ca"),
        ((1000,), 7, "off", True, "ca"),
        ((999,), 7, "hard", True, "ca"),
        ((), -1, "hard", False, "ca"),
        ((), -1, "soft", True, "ca"),
        ((), 7, "hard", False, "XX"),
        ((1000,), 7, "soft", True, "XX"),
    ],
)
def test_revocation_is_asked_as_it_is_configured(
    listed: tuple[int, ...], days: int, mode: str, taken: bool, signer: str
) -> None:
    pinned = certificate("DE", issuer="ca", crl=True)
    trust = PeerTrust(
        (pinned,),
        anchors=(certificate("ca", ca=True),),
        revocations=(revocations(*listed, days=days, signer=signer),),
        revocation=mode,
    )
    forgery = Forgery(world().pack().package)
    token = list(forgery.root.iter("{*}BinarySecurityToken"))[1]
    token.text = do.b64(pinned.public_bytes(do.Encoding.DER))
    here = world(from_peer={"trust": trust})
    if taken:
        assert here.open(forgery.done()).certificate == pinned
    else:
        with pytest.raises(RefusedMessage) as fault:
            here.open(forgery.done())
        assert fault.value.code == "EBMS:0101"


def test_old_and_new_certificate_are_taken_during_a_roll_over() -> None:
    trust = PeerTrust((certificate("DE", serial=2000), certificate("DE")))
    assert contents(world(from_peer={"trust": trust}).open(world().pack().package)) == [REGREP, PDF]


def bomb(data: bytes) -> Package:
    payload = Payload("c" * 32 + "@bridge.example", "application/xml", OctetContent(data))
    return world().pack(payloads=(payload,)).package


def test_a_gzip_bomb_is_refused() -> None:
    refused(bomb(bytes(4 << 20)), "EBMS:0303")


def test_the_bound_of_a_message_counts_all_its_payloads() -> None:
    size = len(REGREP) + len(PDF)
    assert contents(world().open(world().pack().package, most=size)) == [REGREP, PDF]
    refused(world().pack().package, "EBMS:0303", most=size - 1)


def test_a_payload_beyond_its_bound_is_refused() -> None:
    refused(world().pack().package, "EBMS:0303", bounds=Bounds(octets=len(PDF) - 1))


def test_what_is_no_gzip_is_refused_only_after_it_was_proved() -> None:
    here = world(to_peer={"compress": {"response": False}})
    sent = here.pack().package
    forgery = Forgery(sent)
    for each in forgery.root.iter("{*}PartProperties"):
        element = etree.SubElement(each, each[0].tag, name="CompressionType")
        element.text = "application/gzip"
    forgery.resign()
    refused(forgery.done(), "EBMS:0303")


def test_a_compressed_payload_may_come_without_our_header_of_gzip() -> None:
    data = gzip.compress(REGREP, 1, mtime=12345)
    payload = Payload("c" * 32 + "@bridge.example", "application/xml", OctetContent(data))
    here = world(to_peer={"compress": {"response": False}})
    forgery = Forgery(here.pack(payloads=(payload,)).package)
    for each in forgery.root.iter("{*}PartProperties"):
        etree.SubElement(each, each[0].tag, name="CompressionType").text = "application/gzip"
    forgery.resign()
    assert contents(here.open(forgery.done())) == [REGREP]


XML = {
    "a document type": (lambda soap: b"<!DOCTYPE x>" + soap, "EBMS:0009"),
    "entities": (lambda soap: b'<!DOCTYPE x [<!ENTITY a "b">]>' + soap, "EBMS:0009"),
    "no XML": (lambda soap: b"hello", "EBMS:0009"),
    "nothing": (lambda soap: b"", "EBMS:0009"),
    "SOAP 1.1": (
        lambda soap: soap.replace(
            b"http://www.w3.org/2003/05/soap-envelope", b"http://schemas.xmlsoap.org/soap/envelope/"
        ),
        "EBMS:0009",
    ),
    "another encoding": (
        lambda soap: b'<?xml version="1.0" encoding="iso-8859-1"?>' + soap,
        "EBMS:0009",
    ),
    "too many octets": (lambda soap: soap + b" " * (1 << 20), "EBMS:0009"),
    "too deep": (
        lambda soap: soap.replace(b"</S12:Header>", b"<a>" * 40 + b"</a>" * 40 + b"</S12:Header>"),
        "EBMS:0009",
    ),
    "too many elements": (
        lambda soap: soap.replace(b"</S12:Header>", b"<a/>" * 12_000 + b"</S12:Header>"),
        "EBMS:0009",
    ),
    "a header that must be understood": (
        lambda soap: soap.replace(
            b"</S12:Header>", b'<x S12:mustUnderstand="1"/></S12:Header>'
        ),
        "S12:MustUnderstand",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "code"), XML.values(), ids=XML)
def test_an_envelope_that_is_none_is_refused(change: Callable[[bytes], bytes], code: str) -> None:
    package = world().pack().package
    refused(Package(change(package.soap), package.parts), code)


def test_a_comment_neither_hides_nor_cuts_a_value() -> None:
    package = world().pack().package
    assert package.soap.count(b"PROVIDER-ID") == 1
    soap = package.soap.replace(b"PROVIDER-ID", b"PROVIDER<!-- cut -->-ID")
    found = world().open(Package(soap, package.parts))
    assert found.envelope.property("originalSender").value == "PROVIDER-ID"


def test_an_unsigned_header_beside_is_never_handed_on() -> None:
    package = world().pack().package
    soap = package.soap.replace(b"</S12:Header>", b'<x y="evil">evil</x></S12:Header>')
    found = world().open(Package(soap, package.parts))
    assert "evil" not in repr(found)


def test_the_order_of_parts_and_headers_does_not_matter() -> None:
    forgery = Forgery(world().pack().package)
    forgery.parts.reverse()
    forgery.header.append(forgery.messaging)
    assert contents(world().open(forgery.done())) == [REGREP, PDF]


def test_a_part_that_was_not_proved_is_not_kept() -> None:
    watch = Watch()
    refused(attacked(do.content_replaced), "EBMS:0101", sinks=watch)
    assert watch.open == 0


def test_a_wrong_recipient_reads_nothing() -> None:
    package = world().pack().package
    key = do.session_key(Forgery(package))
    assert key not in octets(package.parts[0].content)
    refused(package, "EBMS:0102", decrypters=(side("ES").decrypter,))


def test_a_refused_message_is_named_where_it_can_be_read() -> None:
    assert refused(attacked(do.header_changed), "EBMS:0101").message_id.startswith("11111111-")
    assert refused(attacked(do.part_info_doubled), "EBMS:0003").message_id.startswith("11111111-")
    package = world().pack().package
    nameless = package.soap.replace(b"</eb:MessageId>", b"\xc3\xa4</eb:MessageId>")
    assert refused(Package(nameless, package.parts), "EBMS:0009").message_id == ""
    assert refused(Package(b"<x/>"), "EBMS:0009").message_id == ""


def test_a_retry_has_the_fingerprint_of_the_first_attempt_and_nothing_else_has() -> None:
    first = world().open(world().pack().package).fingerprint
    assert world().open(world().pack().package).fingerprint == first
    again = Forgery(world().pack().package)
    again.encrypt_again()
    again.parts.reverse()
    assert world().open(again.done()).fingerprint == first
    assert world().open(world().pack(payloads=()).package).fingerprint != first
    assert world().open(world().pack(conversation_id="x").package).fingerprint != first
    trust = PeerTrust((certificate("DE", serial=2000),))
    other = Forgery(world().pack().package)
    token = list(other.root.iter("{*}BinarySecurityToken"))[1]
    token.text = do.b64(trust.pinned[0].public_bytes(do.Encoding.DER))
    assert world(from_peer={"trust": trust}).open(other.done()).fingerprint != first


@pytest.mark.parametrize(
    ("charset", "declared", "taken"),
    [
        ("utf-8", b'<?xml version="1.0" encoding="UTF-8"?><a/>', True),
        ("utf-8", b"<a/>", True),
        ("utf-8", b'<?xml version="1.0" encoding="iso-8859-1"?><a/>', False),
        ("", b'<?xml version="1.0" encoding="iso-8859-1"?><a/>', True),
    ],
)
def test_a_charset_does_not_contradict_its_payload(
    charset: str, declared: bytes, taken: bool
) -> None:
    payload = Payload("c" * 32 + "@b.example", "text/xml", OctetContent(declared), charset)
    package = world().pack(payloads=(payload,)).package
    if taken:
        assert contents(world().open(package)) == [declared]
    else:
        refused(package, "EBMS:0003")


def test_encrypted_data_without_a_key_is_refused_even_where_nothing_must_be_encrypted() -> None:
    with pytest.raises(RefusedMessage) as fault:
        world(from_peer={"encrypted": False}).open(attacked(do.key_dropped))
    assert fault.value.code == "EBMS:0103"


def test_a_signature_with_a_short_key_is_refused_although_it_is_pinned() -> None:
    weak = certificate("weak", bits=1024)
    forgery = Forgery(world().pack().package)
    token = list(forgery.root.iter("{*}BinarySecurityToken"))[1]
    token.text = do.b64(weak.public_bytes(do.Encoding.DER))
    info = do.c14n(forgery.one(DS, "SignedInfo"))
    value = rsa_key("weak", 1024).sign(info, padding.PKCS1v15(), hashes.SHA256())
    forgery.one(DS, "SignatureValue").text = do.b64(value)
    with pytest.raises(RefusedMessage) as fault:
        world(from_peer={"trust": PeerTrust((weak,))}).open(forgery.done())
    assert fault.value.code == "EBMS:0101"
