"""Receipts name exactly what was signed; only the peer's receipt for our message proves anything."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

import pytest
from lxml import etree

from bridge.errors import RefusedMessage
from bridge.names import DS, EBBP, EBMS, SOAP12, WSSE, XENC, clark
from bridge.transport.as4.errors import EbmsError
from bridge.transport.as4.mime import Package
from bridge.transport.as4.receipt import check_receipt, prove, write_receipt
from bridge.transport.as4.signal import SignalHead, read_signal, write_errors
from bridge.transport.as4.suites import SUITES
from tests import as4_attacks as do
from tests.as4_attacks import Forgery
from tests.as4_worlds import NOW, World, side, world

RECEIPT_ID = "receipt-1@receiver.example"
ERROR = EbmsError(
    "EBMS:0101", "failure", "FailedAuthentication", "Processing", "security", "m@x", "no", "where"
)


def receipt(here: World, package: Package | None = None) -> bytes:
    message = here.open(package or here.pack().package)
    return write_receipt(message, RECEIPT_ID, here.receiver.making(), NOW)


@pytest.mark.parametrize("suite", SUITES)
def test_a_receipt_proves_what_was_sent(suite: str) -> None:
    here = world(suite)
    sent = here.pack()
    found = check_receipt(read_signal(receipt(here, sent.package)), sent, here.to_peer, NOW)
    assert found.certificate == here.receiver.certificate
    assert found.head == SignalHead(RECEIPT_ID, NOW, sent.message_id)
    assert found.warnings == ()
    assert found.octets.startswith(b"<S12:Envelope")


def test_a_receipt_repeats_every_reference_in_order() -> None:
    here = world()
    sent = here.pack()
    written = etree.fromstring(receipt(here, sent.package))
    found = [
        (each.get("URI"), each.findtext(clark(DS, "DigestValue")))
        for part in written.iter(clark(EBBP, "MessagePartNRInformation"))
        for each in part
    ]
    assert found == [(each.uri, each.digest) for each in sent.references]
    assert len(found) == 4


def test_a_receipt_is_signed_and_never_encrypted() -> None:
    soap = receipt(world())
    assert b"ds:Signature" in soap
    assert b"xenc:Encrypted" not in soap


@pytest.mark.parametrize(("both", "tokens"), [(False, 1), (True, 2)])
def test_a_receipt_may_hold_the_certificate_of_its_reader(both: bool, tokens: int) -> None:
    here = world(from_peer={"receipt_tokens": both})
    sent = here.pack()
    written = receipt(here, sent.package)
    assert len(list(etree.fromstring(written).iter(clark(WSSE, "BinarySecurityToken")))) == tokens
    assert check_receipt(read_signal(written), sent, here.to_peer, NOW)


def test_a_test_message_gets_a_receipt_for_body_and_header() -> None:
    here = world()
    sent = here.pack(payloads=())
    assert check_receipt(read_signal(receipt(here, sent.package)), sent, here.to_peer, NOW)


def test_a_warning_beside_a_receipt_does_no_harm() -> None:
    here = world()
    sent = here.pack()
    forgery = Forgery(Package(receipt(here, sent.package)))
    signal = forgery.one(EBMS, "SignalMessage")
    etree.SubElement(signal, clark(EBMS, "Error"), errorCode="EBMS:0060", severity="Warning")
    forgery.resign("FR")
    found = check_receipt(read_signal(forgery.done().soap), sent, here.to_peer, NOW)
    assert [each.code for each in found.warnings] == ["EBMS:0060"]


def test_a_sender_may_put_an_element_of_its_own_beside_what_it_acknowledges() -> None:
    """As phase4 does since its release 4 with its version; the schema allows it."""
    here = world()
    sent = here.pack()
    forgery = Forgery(Package(receipt(here, sent.package)))
    etree.SubElement(forgery.one(EBMS, "Receipt"), "{urn:fdc:com.helger.phase4:ns:info}phase4")
    forgery.resign("FR")
    assert check_receipt(read_signal(forgery.done().soap), sent, here.to_peer, NOW)


def resigned(change: Callable[[Forgery], None]) -> Callable[[Forgery], None]:
    def attack(forgery: Forgery) -> None:
        change(forgery)
        forgery.resign("FR")

    return attack


def first_part(forgery: Forgery) -> etree._Element:
    return forgery.one(EBBP, "MessagePartNRInformation")


def drop_part(forgery: Forgery) -> None:
    first_part(forgery).getparent().remove(first_part(forgery))


def double_part(forgery: Forgery) -> None:
    first_part(forgery).addnext(copy.deepcopy(first_part(forgery)))


def change_digest(forgery: Forgery) -> None:
    first_part(forgery).find(f".//{clark(DS, 'DigestValue')}").text = do.b64(bytes(32))


def change_uri(forgery: Forgery) -> None:
    first_part(forgery)[0].set("URI", "#other")


def change_digest_method(forgery: Forgery) -> None:
    first_part(forgery).find(f".//{clark(DS, 'DigestMethod')}").set("Algorithm", f"{DS}sha1")


def two_references_in_one_part(forgery: Forgery) -> None:
    first_part(forgery).append(copy.deepcopy(first_part(forgery)[0]))


def no_information(forgery: Forgery) -> None:
    found = forgery.one(EBMS, "Receipt")
    found.remove(found[0])


def information_twice(forgery: Forgery) -> None:
    found = forgery.one(EBMS, "Receipt")
    found.append(copy.deepcopy(found[0]))


def a_message_beside(forgery: Forgery) -> None:
    etree.SubElement(forgery.one(EBMS, "Receipt"), clark(EBMS, "UserMessage"))


def a_copy_of_the_message(forgery: Forgery) -> None:
    no_information(forgery)
    etree.SubElement(forgery.one(EBMS, "Receipt"), clark(EBMS, "UserMessage"))


def for_another_message(forgery: Forgery) -> None:
    forgery.one(EBMS, "RefToMessageId").text = "another@bridge.example"


def for_no_message(forgery: Forgery) -> None:
    found = forgery.one(EBMS, "RefToMessageId")
    found.getparent().remove(found)


def error_as_receipt(forgery: Forgery) -> None:
    signal = forgery.one(EBMS, "SignalMessage")
    signal.remove(forgery.one(EBMS, "Receipt"))
    etree.SubElement(signal, clark(EBMS, "Error"), errorCode="EBMS:0004", severity="warning")


def error_beside_receipt(forgery: Forgery) -> None:
    signal = forgery.one(EBMS, "SignalMessage")
    etree.SubElement(signal, clark(EBMS, "Error"), errorCode="EBMS:0004", severity="failure")


def fault_in_the_body(forgery: Forgery) -> None:
    etree.SubElement(forgery.body, clark(SOAP12, "Fault"))


def encrypted(forgery: Forgery) -> None:
    etree.SubElement(forgery.security, clark(XENC, "EncryptedKey"))


def signed_by_another_peer(forgery: Forgery) -> None:
    forgery.set_token(0, "ES")
    forgery.resign("ES")


REFUSED = {
    "a part missing": resigned(drop_part),
    "a part twice": resigned(double_part),
    "another digest": resigned(change_digest),
    "another reference": resigned(change_uri),
    "another digest method": resigned(change_digest_method),
    "two references in one part": resigned(two_references_in_one_part),
    "no information": resigned(no_information),
    "the information twice": resigned(information_twice),
    "a message beside the information": resigned(a_message_beside),
    "a copy of the message": resigned(a_copy_of_the_message),
    "for another message": resigned(for_another_message),
    "for no message": resigned(for_no_message),
    "an error as receipt": resigned(error_as_receipt),
    "an error beside the receipt": resigned(error_beside_receipt),
    "a fault in the body": resigned(fault_in_the_body),
    "encrypted": encrypted,
    "not signed": do.no_security,
    "signature removed": do.no_signature,
    "changed": change_digest,
    "body not signed": do.reference_dropped(0),
    "header not signed": do.reference_dropped(1),
    "signed by another peer": signed_by_another_peer,
    "with SHA-1": do.signature_sha1,
}


@pytest.mark.parametrize("attack", REFUSED.values(), ids=REFUSED)
def test_a_receipt_that_proves_nothing_is_refused(attack: Callable[[Forgery], None]) -> None:
    here = world()
    sent = here.pack()
    forgery = Forgery(Package(receipt(here, sent.package)))
    attack(forgery)
    with pytest.raises(RefusedMessage) as fault:
        check_receipt(read_signal(forgery.done().soap), sent, here.to_peer, NOW)
    assert fault.value.code == "EBMS:0302"


def test_a_receipt_of_one_message_is_none_for_another() -> None:
    here = world()
    first, second = here.pack(), here.pack(message_id="second@bridge.example")
    signal = read_signal(receipt(here, first.package))
    with pytest.raises(RefusedMessage) as fault:
        check_receipt(signal, second, here.to_peer, NOW)
    assert fault.value.code == "EBMS:0302"


def test_a_receipt_for_other_content_is_refused_although_the_id_fits() -> None:
    here = world()
    honest, other = here.pack(), here.pack(payloads=())
    signal = read_signal(receipt(here, other.package))
    with pytest.raises(RefusedMessage) as fault:
        check_receipt(signal, honest, here.to_peer, NOW)
    assert fault.value.code == "EBMS:0302"


def test_a_receipt_of_a_retry_fits_the_first_attempt() -> None:
    here = world()
    first, again = here.pack(), here.pack()
    assert check_receipt(read_signal(receipt(here, first.package)), again, here.to_peer, NOW)


HEAD = SignalHead("error-1@receiver.example", NOW, "m@x")


def test_an_error_is_signed_and_holds_no_fault() -> None:
    here = world()
    written = write_errors(HEAD, [ERROR], here.receiver.making())
    signal = read_signal(written)
    assert signal.errors == (ERROR,)
    assert signal.head == HEAD
    assert signal.receipt is None
    assert b"Fault" not in written
    assert prove(signal, here.to_peer, NOW) == here.receiver.certificate


def test_an_error_without_key_is_unsigned_and_proves_nothing() -> None:
    signal = read_signal(write_errors(HEAD, [ERROR], None))
    assert signal.errors == (ERROR,)
    with pytest.raises(RefusedMessage) as fault:
        prove(signal, world().to_peer, NOW)
    assert fault.value.code == "EBMS:0103"


def test_an_error_of_domibus_is_read_beside_its_fault() -> None:
    forgery = Forgery(Package(write_errors(HEAD, [replace(ERROR, severity="FAILURE")], None)))
    etree.SubElement(forgery.body, clark(SOAP12, "Fault"))
    assert read_signal(forgery.done().soap).errors == (ERROR,)


def test_a_signal_that_signs_attachments_is_refused() -> None:
    here = world()
    sent = here.pack()
    forgery = Forgery(Package(receipt(here, sent.package)))
    extra = copy.deepcopy(first_part(forgery).getparent()[2][0])
    forgery.one(DS, "SignedInfo").append(extra)
    forgery.resign("FR")
    with pytest.raises(RefusedMessage) as fault:
        check_receipt(read_signal(forgery.done().soap), sent, here.to_peer, NOW)
    assert fault.value.code == "EBMS:0302"


NO_SIGNAL = {
    "a user message": lambda: world().pack().package.soap,
    "two signals": lambda: two_signals(),
    "no SOAP": lambda: b"<html/>",
    "an error without code": lambda: write_errors(HEAD, [replace(ERROR, code="")], None),
}


def two_signals() -> bytes:
    forgery = Forgery(Package(write_errors(HEAD, [ERROR], None)))
    forgery.messaging.append(copy.deepcopy(forgery.messaging[0]))
    return forgery.done().soap


@pytest.mark.parametrize("make", NO_SIGNAL.values(), ids=NO_SIGNAL)
def test_what_is_no_signal_is_refused(make: Callable[[], bytes]) -> None:
    with pytest.raises(RefusedMessage) as fault:
        read_signal(make())
    assert fault.value.code == "EBMS:0009"


def test_the_key_of_somebody_else_signs_no_receipt_for_us() -> None:
    here = world()
    sent = here.pack()
    signal = read_signal(receipt(here, sent.package))
    with pytest.raises(RefusedMessage) as fault:
        check_receipt(signal, sent, side("ES").as_peer(), NOW)
    assert fault.value.code == "EBMS:0302"
