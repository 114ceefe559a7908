"""Our rows as Schematron: the same verdicts as the engine, and an altered row is seen."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from lxml import etree

from bridge.referee.compare import What
from bridge.referee.compose import compose, xpath2
from bridge.referee.referee import RULES, Referee
from bridge.referee.schematron import compiled
from bridge.rules.check import shipped
from tests.fixture_files import all_messages, messages, name_of
from tests.mutations import mutations
from tests.unit.referee.worlds import KINDS, STANDARD, altered, published, referee, table

STANDARDS = [s for s in shipped().catalogue.standards if shipped().table(s) is not None]
MESSAGES = 24
"""So many messages are broken once; making all mutants of one takes a tenth of a second."""


@pytest.fixture(scope="module")
def everything() -> Referee:
    """Every version's own rows, each version in its folder."""
    files = {path: octets for each in STANDARDS for path, octets in published(None, each).items()}
    return referee(files, frozenset({RULES}))


@pytest.mark.parametrize("path", all_messages(), ids=name_of)
def test_our_rows_as_schematron_agree_with_our_engine(path: Path, everything: Referee) -> None:
    judged = everything(path.name, path.read_bytes())
    assert judged.fault is None
    if shipped().table(judged.standard) is None:
        return
    assert judged.files
    assert judged.disagreements == ()


def test_they_agree_on_broken_messages_too(everything: Referee) -> None:
    chance = random.Random(20260302)
    fired = 0
    for path in chance.sample(messages("edm"), MESSAGES):
        name, mutant = chance.choice(list(mutations(etree.fromstring(path.read_bytes()))))
        octets = etree.tostring(mutant)
        judged = everything(name, octets)
        assert [each for each in judged.disagreements if each.what is not What.ERROR] == []
        fired += bool(shipped()(octets).findings)
    assert fired > MESSAGES // 2


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_that_needs_only_the_message_is_in_it_once(kind: str) -> None:
    ids = [each.id for each in compiled(compose(table(), kind)).assertions]
    assert sorted(ids) == sorted(rule.id for rule in table().select(kind))


ALTERED = {
    "a request": ("R-EDM-REQ-S006", "QueryRequest", "request", "false()"),
    "an answer": ("R-EDM-RESP-S005", "QueryResponse", "response", "false()"),
    "an error": ("R-EDM-ERR-S006", "ExceptionResponse", "exception", "false()"),
}


@pytest.mark.parametrize(("rule_id", "kind", "stem", "test"), ALTERED.values(), ids=ALTERED)
def test_one_altered_row_is_exactly_one_disagreement(
    rule_id: str, kind: str, stem: str, test: str
) -> None:
    files = published(altered(table(), rule_id, test=test))
    judge = referee(files, frozenset({RULES}))
    found = []
    paths = messages("edm", "1.2")
    for path in paths:
        found += judge(path.stem, path.read_bytes()).disagreements
    of_kind = [path.stem for path in paths if path.stem.startswith(stem)]
    assert [each.message for each in found] == of_kind
    assert {(each.what, each.rule, each.file) for each in found} == {
        (What.THEIRS, rule_id, f"{STANDARD}/sch/{kind}.sch")
    }


EXPRESSIONS = {
    "a code list": (
        "in-list(., 'LoA') or . = '00'",
        "(string((.)[1]) = $list-LoA) or . = '00'",
    ),
    "a pattern with a flag": ("matches(@a, '^x', 'i')", "matches(string((@a)[1]), '^x', 'i')"),
    "a call in a call": (
        "in-list(lower(@a), 'LoA')",
        "(string((translate(string((@a)[1]), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', "
        "'abcdefghijklmnopqrstuvwxyz'))[1]) = $list-LoA)",
    ),
    "a call that is a text": ("'matches(a)' = .", "'matches(a)' = ."),
    "a bracket in a text": (
        "lower('(') = 'x'",
        "translate(string(('(')[1]), "
        "'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') = 'x'",
    ),
    "distinct nodes": (
        "distinct(a/b)",
        "(count(a/b) = count(distinct-values((a/b)/string(.))))",
    ),
}


@pytest.mark.parametrize(("ours", "theirs"), EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_our_functions_are_written_in_xpath_2(ours: str, theirs: str) -> None:
    assert xpath2(ours, table()) == theirs


def test_codes_are_inserted_into_patterns() -> None:
    made = xpath2("matches(., '^(${Gender})$')", table())
    assert made == "matches(string((.)[1]), '^(Female|Male|Unspecified)$')"


MOMENTS = {
    "a later date": ("2026-01-02", "2026-01-01", True),
    "the same date": ("2026-01-01", "2026-01-01", False),
    "a zone": ("2026-01-01T01:00:00+02:00", "2026-01-01T00:00:00Z", False),
    "a date and a time of it": ("2026-01-01T00:00:01", "2026-01-01", True),
    "no date": ("soon", "2026-01-01", False),
}


@pytest.mark.parametrize(("one", "other", "later"), MOMENTS.values(), ids=MOMENTS)
def test_later_means_the_same_in_both(one: str, other: str, later: bool) -> None:
    from tests.unit.referee.schemata import failing, fired, rule, schema

    test = xpath2("later(@one, @other)", table()).replace(">", "&gt;")
    octets = schema(rule("a", failing("A", test)))
    assert fired(octets, f"<a one='{one}' other='{other}'/>") == ([] if later else ["A"])
