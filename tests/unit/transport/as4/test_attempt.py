"""What an answer makes of a message: only the peer's receipt for it makes it delivered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

from bridge.names import SOAP12, clark
from bridge.ports import Progress
from bridge.transport.as4.attempt import Answer, Judge, NoAnswer
from bridge.transport.as4.errors import EbmsError
from bridge.transport.as4.mime import Package, write_package
from bridge.transport.as4.receipt import write_receipt
from bridge.transport.as4.signal import SignalHead, write_errors
from tests.as4_attacks import Forgery
from tests.as4_points import TABLE
from tests.as4_worlds import NOW, part, side, world

HERE = world()
SENT = HERE.pack()
SOAP = "application/soap+xml; charset=UTF-8"
FR = side("FR")


def judge(*, earlier: bool = False) -> Judge:
    return Judge(SENT, HERE.to_peer, TABLE, earlier)


def receipt(message: Package = SENT.package, by: str = "FR") -> bytes:
    return write_receipt(HERE.open(message), "r@x", side(by).making(), NOW)


def error(
    code: str,
    text: str = "",
    *,
    answers: str = SENT.message_id,
    severity: str = "failure",
    by: str | None = "FR",
) -> bytes:
    head = SignalHead("e@x", NOW, answers)
    row = EbmsError(code, severity, "Name", ref_to_message=answers, description=text or "text")
    return write_errors(head, [row], side(by).making() if by else None)


def other_message() -> Package:
    return HERE.pack(message_id="another@x").package


def other_content() -> Package:
    return HERE.pack(payloads=()).package


def as_domibus() -> bytes:
    """An unsigned error beside a SOAP fault."""
    forgery = Forgery(Package(error("EBMS:0101", by=None)))
    fault = etree.SubElement(forgery.body, clark(SOAP12, "Fault"))
    etree.SubElement(etree.SubElement(fault, clark(SOAP12, "Code")), clark(SOAP12, "Value"))
    return forgery.done().soap


def unsigned() -> bytes:
    forgery = Forgery(Package(receipt()))
    [security] = [each for each in forgery.header if each.tag.endswith("Security")]
    forgery.header.remove(security)
    return forgery.done().soap


def relabelled() -> bytes:
    return receipt(other_message()).replace(b"another@x", SENT.message_id.encode())


Row = tuple[Callable[[], bytes], int, Progress | None, str]
ANSWERS: dict[str, Row] = {
    "the receipt": (receipt, 200, Progress.DELIVERED, ""),
    "the receipt under a wrong status": (receipt, 500, Progress.DELIVERED, ""),
    "a receipt for another message": (lambda: receipt(other_message()), 200, None, "EBMS:0302"),
    "a receipt for another message under our id": (relabelled, 200, None, "EBMS:0302"),
    "a receipt for other content": (lambda: receipt(other_content()), 200, None, "EBMS:0302"),
    "a receipt by somebody else": (lambda: receipt(by="DE"), 200, None, "EBMS:0302"),
    "an unsigned receipt": (unsigned, 200, None, "EBMS:0302"),
    "a user message": (lambda: SENT.package.soap, 200, None, "EBMS:0302"),
    "an error that is permanent": (lambda: error("EBMS:0101"), 200, Progress.FAILED, "EBMS:0101"),
    "an error as Domibus sends it": (as_domibus, 500, Progress.FAILED, "EBMS:0101"),
    "an error that may pass": (lambda: error("EBMS:0202"), 200, None, "EBMS:0202"),
    "an error nobody knows": (lambda: error("EBMS:9999"), 200, None, "EBMS:9999"),
    "an error for another message": (
        lambda: error("EBMS:0101", answers="another@x"), 200, None, "EBMS:0302"
    ),
    "an error that names no message": (
        lambda: error("EBMS:0101", answers=""), 200, Progress.FAILED, "EBMS:0101"
    ),
    "only a warning": (lambda: error("EBMS:0004", severity="warning"), 200, None, "EBMS:0302"),
    "nothing": (lambda: b"", 200, None, "EBMS:0301"),
    "nothing, accepted": (lambda: b"", 202, None, "EBMS:0301"),
    "a page of a proxy": (lambda: b"<html>", 502, None, "EBMS:0005"),
    "a redirect": (lambda: b"", 302, None, "EBMS:0005"),
    "a page with a good status": (lambda: b"<html>", 200, None, "EBMS:0302"),
    "somebody who says duplicate at once": (
        lambda: error("EBMS:4001"), 200, Progress.UNDECIDABLE, "EBMS:4001"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("octets", "status", "progress", "code"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_judged(
    octets: Callable[[], bytes], status: int, progress: Progress | None, code: str
) -> None:
    answer = Answer(status, SOAP, octets())
    outcome = judge().outcome(answer, NOW)
    assert outcome.progress is progress
    assert [each.code for each in outcome.causes][:1] == ([code] if code else [])
    assert outcome.receipt == (answer.octets if progress is Progress.DELIVERED else b"")


def test_a_receipt_may_be_wrapped_in_a_multipart() -> None:
    wrapped = write_package(Package(receipt(), (part("x@y", b""),)), "b", "root@y")
    octets = b"".join(wrapped.chunks())
    alone = octets.replace(octets[octets.index(b"\r\n--b\r\n", 5) :], b"\r\n--b--\r\n")
    outcome = judge().outcome(Answer(200, wrapped.content_type, alone), NOW)
    assert outcome.progress is Progress.DELIVERED


REPEATED = {
    "phase4, proved": (lambda: error("EBMS:4001"), Progress.DELIVERED),
    "phase4, unsigned": (lambda: error("EBMS:4001", by=None), Progress.UNDECIDABLE),
    "phase4, signed by somebody else": (lambda: error("EBMS:4001", by="DE"), Progress.UNDECIDABLE),
    "Domibus without elimination": (
        lambda: error("EBMS:0004", "Duplicate message"), Progress.DELIVERED
    ),
    "another failure of that code": (lambda: error("EBMS:0004", "refused"), None),
}  # fmt: skip


@pytest.mark.parametrize(("octets", "progress"), REPEATED.values(), ids=REPEATED)
def test_after_an_earlier_attempt_a_duplicate_had_arrived(
    octets: Callable[[], bytes], progress: Progress | None
) -> None:
    outcome = judge(earlier=True).outcome(Answer(200, SOAP, octets()), NOW)
    assert outcome.progress is progress
    assert ("EBMS:0301" in {each.code for each in outcome.causes}) is (progress is not None)


def test_no_answer_is_told_to_the_breaker() -> None:
    outcome = judge().outcome(NoAnswer("the peer did not answer in time"), NOW)
    assert (outcome.progress, outcome.reached) == (None, False)
    assert [each.code for each in outcome.causes] == ["EBMS:0005"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30", 30), ("0", 0), ("", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("-5", 0), ("9999999", 3600), ("٣", 0)],
)  # fmt: skip
def test_a_peer_may_ask_for_time_but_not_for_ever(text: str, seconds: int) -> None:
    outcome = judge().outcome(Answer(503, "text/plain", b"", text), NOW)
    assert outcome.after == timedelta(seconds=seconds)
    assert not outcome.reached


def test_the_word_of_a_certificate_that_has_ended_proves_nothing() -> None:
    later = NOW + timedelta(days=800)
    outcome = judge().outcome(Answer(200, SOAP, receipt()), later)
    assert outcome.progress is None


def test_an_answer_of_another_peer_counts_for_that_peer_only() -> None:
    stranger = replace(judge(), peer=side("DE").as_peer())
    assert stranger.outcome(Answer(200, SOAP, receipt()), NOW).progress is None
