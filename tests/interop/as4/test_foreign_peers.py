"""WSS4J, phase4 and the package as4 take what we send, we take what they send, and neither takes a forgery."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.envelope import Envelope, OctetContent, Service
from bridge.ports import Progress, Report, Verdict
from bridge.transport.as4.schedule import Schedule
from tests.as4_worlds import octets
from tests.interop.as4.foreign import ForeignPeer, Outcome
from tests.interop.as4.points import (
    BAD_CERTIFICATES,
    OWN,
    PDF,
    THEIRS,
    XML,
    Change,
    identity,
    large,
    leg,
    loser,
    meddler,
    message,
    now,
    own_point,
    party,
    read_certificate,
    repeater,
    their_peer,
    uncompressed,
)

LONG_AGO = datetime(2026, 2, 20, tzinfo=UTC)

REGREP = ("application/x-ebrs+xml", XML)
LINES = b"one\ntwo\r\n"
SIGNED_FORM = {
    XML: b'<q:Request xmlns:q="urn:q" a="1" b="2"><q:x></q:x></q:Request>',
    LINES: b"one\r\ntwo\r\n",
}
"""What a signature covers of payloads of these types when they are not compressed (as4 3.5)."""
MESSAGES = {
    "a request": ("request", (REGREP,)),
    "a response with three attachments": (
        "response",
        (REGREP, ("application/pdf", PDF), ("text/plain", LINES), ("application/pdf", b"")),
    ),
    "a response with an attachment of 20 MB": (
        "response",
        (REGREP, ("application/octet-stream", large(20 << 20))),
    ),
    "the test service": ("test", ()),
    "the test service with a payload": ("test", (("text/plain", b"one\ntwo\r\n"),)),
}
COMPRESSION = {"compressed": True, "not compressed": False}


UNKNOWN = {
    ("python", "no payload"): "the package as4 knows no message without payload",
    ("python", "key form"): "the package as4 names keys by a token with one certificate only",
    ("python", "receiver"): "the package as4 leaves to its user whom a message is for",
}
"""What a foreign implementation has not, so that there is nothing to try."""


def needs(peer: ForeignPeer, feature: str) -> None:
    if reason := UNKNOWN.get((peer.name, feature)):
        pytest.skip(reason)


def told(report: Report, peer: ForeignPeer) -> str:
    causes = [f"{each.code} {each.detail}" for each in report.causes]
    return f"{causes}\n{peer.tail()}"


def parts(envelope: Envelope) -> list[tuple[str, str, int, str]]:
    return [
        (
            each.content_id,
            each.media_type,
            each.content.size,
            hashlib.sha256(octets(each.content)).hexdigest(),
        )
        for each in envelope.payloads
    ]


@pytest.mark.parametrize("compress", COMPRESSION.values(), ids=COMPRESSION)
@pytest.mark.parametrize(("kind", "contents"), MESSAGES.values(), ids=MESSAGES)
async def test_a_peer_takes_what_we_send_and_we_its_receipt(
    peer: ForeignPeer, kind: str, contents: tuple[tuple[str, bytes], ...], compress: bool
) -> None:
    if not contents:
        needs(peer, "no payload")
    sent = message(OWN, THEIRS, kind, *contents)
    async with own_point(peer.url, compress={} if compress else uncompressed()) as own:
        report = await own.send(sent)
    assert report.progress is Progress.DELIVERED, told(report, peer)
    assert report.receipt
    got = await asyncio.to_thread(peer.received, sent.message_id)
    if kind == "test" and peer.name == "phase4":
        assert got is None  # answered, never delivered
        return
    assert got is not None
    assert got.action == sent.action
    assert got.properties == {each.name: each.value for each in sent.properties}
    assert [row[:1] + row[2:] for row in got.parts] == [row[:1] + row[2:] for row in parts(sent)]


@pytest.mark.parametrize("compress", COMPRESSION.values(), ids=COMPRESSION)
@pytest.mark.parametrize(("kind", "contents"), MESSAGES.values(), ids=MESSAGES)
async def test_we_take_what_a_peer_sends_and_it_our_receipt(
    peer: ForeignPeer,
    kind: str,
    contents: tuple[tuple[str, bytes], ...],
    compress: bool,
    tmp_path: Path,
) -> None:
    if not contents:
        needs(peer, "no payload")
    sent = message(THEIRS, OWN, kind, *contents)
    async with own_point(peer.url) as own:
        outcome = await asyncio.to_thread(
            peer.send, sent, own.url, tmp_path, compress=str(compress).lower()
        )
        got = own.kept(sent.message_id)
    assert outcome == Outcome("receipt", (), "verified"), (outcome, peer.tail())
    if kind == "test":
        assert got is None  # answered, never delivered
        return
    assert got is not None
    assert (got.action, got.properties) == (sent.action, sent.properties)
    # The package as4 calls all payloads octets, so their signed form is what they are.
    raw = compress or peer.name == "python"
    expected = sent if raw else in_signed_form(sent)
    assert parts(got) == parts(expected)


def in_signed_form(envelope: Envelope) -> Envelope:
    payloads = []
    for each in envelope.payloads:
        plain = octets(each.content)
        payloads.append(replace(each, content=OctetContent(SIGNED_FORM.get(plain, plain))))
    return replace(envelope, payloads=tuple(payloads))


KEY_FORMS = ("bst", "pkipath", "ski", "issuer-serial", "thumbprint")


@pytest.mark.parametrize("form", KEY_FORMS)
async def test_we_take_every_form_of_naming_a_key(
    peer: ForeignPeer, form: str, tmp_path: Path
) -> None:
    if form != "bst":
        needs(peer, "key form")
    sent = message(THEIRS, OWN, "request", REGREP)
    async with own_point(peer.url) as own:
        outcome = await asyncio.to_thread(peer.send, sent, own.url, tmp_path, keyIdentifier=form)
        assert outcome == Outcome("receipt", (), "verified"), (outcome, peer.tail())
        assert own.kept(sent.message_id) is not None


async def test_a_peer_takes_our_certificate_with_its_path(peer: ForeignPeer) -> None:
    needs(peer, "key form")
    sent = message(OWN, THEIRS, "request", REGREP)
    async with own_point(peer.url, token="path") as own:
        report = await own.send(sent)
    assert report.progress is Progress.DELIVERED, told(report, peer)


async def test_a_peer_takes_a_receipt_with_its_own_certificate_beside_ours(
    peer: ForeignPeer, tmp_path: Path
) -> None:
    sent = message(THEIRS, OWN, "request", REGREP)
    async with own_point(peer.url, receipt_tokens=True) as own:
        outcome = await asyncio.to_thread(peer.send, sent, own.url, tmp_path)
    assert outcome == Outcome("receipt", (), "verified"), (outcome, peer.tail())


def flip_last_of_part(body: bytes) -> bytes:
    """One bit of the authentication tag of the last part."""
    end = body.rindex(b"\r\n--")
    return body[: end - 1] + bytes([body[end - 1] ^ 1]) + body[end:]


def flip_first_of_part(body: bytes) -> bytes:
    """One bit of the initialisation vector of the last part."""
    start = body.rindex(b"\r\n\r\n") + 4
    return body[:start] + bytes([body[start] ^ 1]) + body[start + 1 :]


def truncated_part(body: bytes) -> bytes:
    end = body.rindex(b"\r\n--")
    return body[: end - 16] + body[end:]


def replaced(old: bytes, new: bytes) -> Change:
    return lambda body: body.replace(old, new, 1)


def other_key(body: bytes) -> bytes:
    """Another session key value of the same length."""
    start = body.index(b"CipherValue>") + len(b"CipherValue>")
    return body[:start] + (b"B" if body[start : start + 1] == b"A" else b"A") + body[start + 1 :]


def other_digest(body: bytes) -> bytes:
    start = body.index(b"DigestValue>") + len(b"DigestValue>")
    return body[:start] + (b"B" if body[start : start + 1] == b"A" else b"A") + body[start + 1 :]


TAMPERED: dict[str, Change] = {
    "an authentication tag": flip_last_of_part,
    "an initialisation vector": flip_first_of_part,
    "a shortened part": truncated_part,
    "the original sender": replaced(b">C1-ID<", b">C2-ID<"),
    "the conversation": replaced(b"ConversationId>", b"ConversationId>0"),
    "the wrapped key": other_key,
    "a digest": other_digest,
    "the role": replaced(b"edelivery/gateway", b"edelivery/gatewaY"),
    "something in the body": replaced(b"Body ", b"Body x='1' "),
}


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED)
async def test_a_peer_refuses_what_was_changed_on_the_way_and_we_understand(
    peer: ForeignPeer, change: Change
) -> None:
    sent = message(OWN, THEIRS, "request", REGREP)
    async with meddler(peer.url, change) as url, own_point(url) as own:
        report = await own.send(sent)
    assert report.progress is Progress.FAILED
    assert report.causes[0].code.startswith("EBMS:"), told(report, peer)
    assert await asyncio.to_thread(peer.received, sent.message_id) is None


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED)
async def test_we_refuse_what_was_changed_on_the_way_and_the_peer_understands(
    peer: ForeignPeer, change: Change, tmp_path: Path
) -> None:
    sent = message(THEIRS, OWN, "request", REGREP)
    async with own_point(peer.url) as own, meddler(own.url, change) as url:
        outcome = await asyncio.to_thread(peer.send, sent, url, tmp_path)
        assert own.kept(sent.message_id) is None
    assert outcome.outcome == "errors", (outcome, peer.tail())
    assert outcome.reason == "signed"
    assert set(outcome.codes) <= {"EBMS:0001", "EBMS:0101", "EBMS:0102", "EBMS:0103", "EBMS:0003"}


@pytest.mark.parametrize("kind", BAD_CERTIFICATES)
async def test_we_refuse_a_certificate_that_is_not_good_and_the_peer_understands(
    peer: ForeignPeer, kind: str, tmp_path: Path
) -> None:
    sent = message(THEIRS, OWN, "request", REGREP)
    # Pinned and yet refused: being known does not make up for being expired or revoked.
    trust = replace(their_peer().trust, pinned=(read_certificate(THEIRS, kind),))
    async with own_point(peer.url, trust=trust) as own:
        outcome = await asyncio.to_thread(peer.send, sent, own.url, tmp_path, signer=kind)
        assert own.kept(sent.message_id) is None
    assert outcome == Outcome("errors", ("EBMS:0101",), "signed"), peer.tail()


async def test_we_take_old_and_new_certificate_while_a_peer_rolls_over(
    peer: ForeignPeer, tmp_path: Path
) -> None:
    pinned = (read_certificate(THEIRS), read_certificate(THEIRS, "next"))
    trust = replace(their_peer().trust, pinned=pinned)
    async with own_point(peer.url, trust=trust) as own:
        for signer in ("own", "next"):
            sent = message(THEIRS, OWN, "request", REGREP)
            outcome = await asyncio.to_thread(peer.send, sent, own.url, tmp_path, signer=signer)
            assert outcome == Outcome("receipt", (), "verified"), (outcome, peer.tail())


@pytest.mark.parametrize("kind", ["expired", "unknown"])
async def test_a_peer_refuses_us_with_a_certificate_that_is_not_good(
    peer: ForeignPeer, kind: str
) -> None:
    sent = message(OWN, THEIRS, "request", REGREP)
    clock = (lambda: LONG_AGO) if kind == "expired" else now
    async with own_point(peer.url, identity(kind), clock=clock) as own:
        report = await own.send(replace(sent, timestamp=clock()))
    assert report.progress is Progress.FAILED
    assert report.causes[0].code.startswith("EBMS:01"), told(report, peer)
    assert await asyncio.to_thread(peer.received, sent.message_id) is None


WRONG = {
    "an unknown action": ({"action": "ExecuteNothing"}, "EBMS:0001"),
    "an unknown service": ({"service": Service("NoManager", "urn:x")}, "EBMS:0001"),
    "the test service half used": (
        {"service": Service(leg("test").service)},
        "EBMS:0010",
    ),
    "no original sender": ({"properties": ()}, "EBMS:0010"),
}


@pytest.mark.parametrize(("wrong", "code"), WRONG.values(), ids=WRONG)
async def test_a_peer_understands_what_we_say_is_wrong_with_its_header(
    peer: ForeignPeer, wrong: dict[str, Any], code: str, tmp_path: Path
) -> None:
    sent = replace(message(THEIRS, OWN, "request", REGREP), **wrong)
    async with own_point(peer.url) as own:
        outcome = await asyncio.to_thread(peer.send, sent, own.url, tmp_path)
        assert own.kept(sent.message_id) is None
    assert outcome == Outcome("errors", (code,), "signed"), (outcome, peer.tail())


async def test_we_understand_that_a_peer_does_not_know_the_receiver(peer: ForeignPeer) -> None:
    needs(peer, "receiver")
    sent = replace(message(OWN, THEIRS, "request", REGREP), receiver=party("AP_ES_01"))
    stranger = {"name": "AP_ES_01", "id": "AP_ES_01", "type": party("AP_ES_01").type}
    async with own_point(peer.url, **stranger) as own:
        report = await own.send(sent)
    assert report.progress is Progress.FAILED
    expected = {"wss4j": "EBMS:0003", "phase4": "EBMS:0010"}
    assert report.causes[0].code == expected[peer.name], told(report, peer)


async def test_a_lost_receipt_is_made_up_for(peer: ForeignPeer) -> None:
    sent = message(OWN, THEIRS, "request", REGREP)
    twice = Schedule(window=timedelta(seconds=1), attempts=2)
    async with loser(peer.url) as url, own_point(url, schedule=twice) as own:
        own.desk.sending(sent)
        assert (await own.send(sent)).progress is Progress.TAKEN
        report = await own.reported(sent.message_id)
    assert report.progress is Progress.DELIVERED, told(report, peer)
    # The others give a receipt again as Domibus does; phase4 says EBMS:4001 and gives none.
    assert bool(report.receipt) is (peer.name != "phase4")


async def test_a_message_that_a_peer_repeats_gets_the_same_receipt(
    peer: ForeignPeer, tmp_path: Path
) -> None:
    sent = message(THEIRS, OWN, "request", REGREP)
    async with own_point(peer.url) as own, repeater(own.url) as (url, answers):
        outcome = await asyncio.to_thread(peer.send, sent, url, tmp_path)
        assert own.desk.verdicts == [Verdict.NEW, Verdict.DUPLICATE]
    assert outcome == Outcome("receipt", (), "verified")
    assert answers[0] == answers[1]
