"""Envelopes: the header is judged by the publisher's header rules, the message in it by its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.referee.compare import What
from bridge.referee.compose import compose
from bridge.referee.referee import HEADER, RULES, Referee
from bridge.rules.check import shipped
from bridge.rules.header import load_header_rules
from tests.fixture_files import messages
from tests.unit.referee.worlds import STANDARD, altered, published, referee, table
from tests.unit.rules.headers import envelope, messaging, submission

HEADERS = load_header_rules(shipped().catalogue.root)
CONVERSATION = "R-EDM-ebMS-017"
REQUEST = messages("edm", "1.2", "request-*")[0].read_bytes()


def files(**changes: object) -> dict[str, bytes]:
    rules = HEADERS.of_version(table().version)
    if changes:
        rows = (replace(r, **changes) if r.id == CONVERSATION else r for r in rules.rules)  # type: ignore[arg-type]
        rules = replace(rules, rules=tuple(rows))
    return {**published(), f"{STANDARD}/sch/ebMS.sch": compose(rules, "")}


def judge(made: dict[str, bytes]) -> Referee:
    return referee(made, frozenset({RULES}))


def body() -> str:
    return REQUEST.decode().partition("?>")[2]


ENVELOPES = {
    "a header alone": (messaging(), HEADER),
    "a SOAP envelope with its message": (envelope(messaging(), body()), "QueryRequest"),
    "a submission to Domibus": (submission(messaging(), REQUEST), "QueryRequest"),
}


@pytest.mark.parametrize(("octets", "kind"), ENVELOPES.values(), ids=ENVELOPES)
def test_our_own_header_rules_agree_with_us(octets: str, kind: str) -> None:
    found = judge(files())("message", octets.encode())
    assert found.fault is None
    assert (found.standard, found.kind) == (STANDARD, kind)
    assert f"{STANDARD}/sch/ebMS.sch" in found.files
    assert found.disagreements == ()


@pytest.mark.parametrize("octets", [octets for octets, _ in ENVELOPES.values()], ids=ENVELOPES)
def test_an_altered_header_rule_is_exactly_one_disagreement(octets: str) -> None:
    (found,) = judge(files(test="false()"))("message", octets.encode()).disagreements
    assert (found.what, found.rule) == (What.THEIRS, CONVERSATION)
    assert found.place.endswith("/eb:ConversationId[1]")


def test_an_altered_rule_of_the_message_is_seen_in_its_envelope() -> None:
    made = {**files(), **published(altered(table(), "R-EDM-REQ-S006", test="false()"))}
    (found,) = judge(made)("message", envelope(messaging(), body()).encode()).disagreements
    assert (found.what, found.rule) == (What.THEIRS, "R-EDM-REQ-S006")


def test_a_broken_header_breaks_both_sides() -> None:
    octets = envelope(messaging(conversation="none"), body()).encode()
    assert judge(files())("message", octets).disagreements == ()
    (found,) = judge(files(test="true()"))("message", octets).disagreements
    assert (found.what, found.rule) == (What.OURS, CONVERSATION)
