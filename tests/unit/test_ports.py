"""Reports in any order, and envelopes that are the same or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations

import pytest

from bridge.envelope import AgreementRef, Envelope, OctetContent, Property
from bridge.errors import LocalFault
from bridge.ports import DECIDED, Progress, Report, fingerprint, overtakes
from tests.contract.envelopes import EMPTY, REGREP, REQUESTER, request

OVERTAKEN = {
    Progress.UNKNOWN: set(),
    Progress.TAKEN: {Progress.UNKNOWN},
    Progress.UNDECIDABLE: {Progress.UNKNOWN, Progress.TAKEN},
    Progress.FAILED: {Progress.UNKNOWN, Progress.TAKEN, Progress.UNDECIDABLE},
    Progress.DELIVERED: {
        Progress.UNKNOWN,
        Progress.TAKEN,
        Progress.UNDECIDABLE,
        Progress.FAILED,
    },
}


@pytest.mark.parametrize("newer", Progress)
@pytest.mark.parametrize("kept", Progress)
def test_a_report_overtakes_only_what_says_less(newer: Progress, kept: Progress) -> None:
    assert overtakes(newer, kept) is (kept in OVERTAKEN[newer])


@pytest.mark.parametrize("first", Progress)
def test_a_first_report_is_always_kept(first: Progress) -> None:
    assert overtakes(first, None)


def test_the_order_of_reports_does_not_matter() -> None:
    for order in permutations(Progress):
        kept: Progress | None = None
        for newer in order:
            kept = newer if overtakes(newer, kept) else kept
        assert kept is Progress.DELIVERED


def test_the_wait_for_a_message_ends_with_an_end() -> None:
    assert {Progress.FAILED, Progress.DELIVERED, Progress.UNDECIDABLE} == DECIDED


def test_a_report_names_a_message() -> None:
    with pytest.raises(LocalFault):
        Report("", Progress.TAKEN)


ENVELOPE = request()
OTHERS = {
    "another time": replace(ENVELOPE, timestamp=ENVELOPE.timestamp + timedelta(seconds=1)),
    "sides swapped": replace(ENVELOPE, sender=ENVELOPE.receiver, receiver=ENVELOPE.sender),
    "another action": replace(ENVELOPE, action="ExceptionResponse"),
    "another conversation": replace(ENVELOPE, conversation_id="other"),
    "a reference": replace(ENVELOPE, ref_to_message_id="other"),
    "an agreement": replace(ENVELOPE, agreement=AgreementRef("A")),
    "a property less": replace(ENVELOPE, properties=(REQUESTER,)),
    "a property retyped": replace(
        ENVELOPE, properties=(replace(REQUESTER, type="urn:other"), *ENVELOPE.properties[1:])
    ),
    "a payload more": request(1, REGREP, EMPTY),
    "an octet more": request(1, replace(REGREP, content=OctetContent(b"<q/>"))),
    "a payload renamed": request(1, replace(REGREP, content_id="other@x")),
    "a part property": request(1, replace(REGREP, properties=(Property("a", "b"),))),
    "a letter moved between neighbours": replace(
        ENVELOPE, service=replace(ENVELOPE.service, value="QueryManage", type="r" + "urn:x")
    ),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_another_envelope_has_another_fingerprint(other: Envelope) -> None:
    assert fingerprint(other) != fingerprint(ENVELOPE)


def test_a_copy_has_the_same_fingerprint() -> None:
    assert fingerprint(request()) == fingerprint(ENVELOPE)
    elsewhere = ENVELOPE.timestamp.astimezone(timezone(timedelta(hours=2)))
    assert fingerprint(replace(ENVELOPE, timestamp=elsewhere)) == fingerprint(ENVELOPE)
    assert elsewhere == datetime(2026, 3, 2, 9, 15, tzinfo=UTC)


def test_another_signer_makes_another_fingerprint() -> None:
    assert fingerprint(ENVELOPE, b"certificate") != fingerprint(ENVELOPE)
