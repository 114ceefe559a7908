"""A translation against the one that a case expects."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bridge.conform.case import Case, Expectation, ExpectedTranslation, load_case
from bridge.conform.judge import judge_case
from bridge.conform.outcome import State
from bridge.finding import Severity
from bridge.rules.check import Circumstances
from tests.pairs import GIVEN, OUTCOME, cases
from tests.pairs import Case as Pair
from tests.unit.conform.desks import DESK, FIXTURES, STANDARDS

PAIRS = FIXTURES / "pairs"
BROKEN = FIXTURES / "conformance" / "broken-rule" / "no-possibility-for-preview.xml"
KEPT = PAIRS / "request-full-1.2" / "expected.xml"
CASE = f"""input = "{FIXTURES}/edm/1.2/request-full.xml"
[expected.translation]
to = "xnachweis-1.4"
file = "expected.xml"
with = ["{PAIRS}/story/world.toml", "{PAIRS}/story/register-kba.toml"]
now = 2026-03-02T09:15:00.250Z
seed = "request-full-1.2"
"""
SCOPE = f"""input = "{PAIRS}/story/order-0401-scope.xml"
[expected.translation]
to = "edm-2.0"
refused = ["REPRESENTATION-SCOPE"]
with = ["{PAIRS}/story/world.toml", "{PAIRS}/story/choice-2.0.toml"]
now = 2026-02-04T10:40:00Z
seed = "x"
"""


def misses(folder: Path, text: str, expected: str) -> tuple[str, ...]:
    (folder / "expected.xml").write_text(expected, "utf-8")
    path = folder / "a.case.toml"
    path.write_text(text, "utf-8")
    outcome = judge_case(load_case(path, "a", STANDARDS), DESK)
    assert (outcome.state is State.PASSED) == (not outcome.misses)
    return outcome.misses


def test_a_translation_to_the_letter(tmp_path: Path) -> None:
    assert misses(tmp_path, CASE, KEPT.read_text("utf-8")) == ()


def test_a_value_that_differs_is_told_by_its_place(tmp_path: Path) -> None:
    kept = KEPT.read_text("utf-8")
    (miss,) = misses(tmp_path, CASE, kept.replace("1988-04-17", "1977-01-01"))
    assert miss.startswith("the translation differs at /") and "the text differs" in miss
    assert "1988" not in miss and "1977" not in miss


def test_another_seed_makes_other_identifiers(tmp_path: Path) -> None:
    text = CASE.replace('seed = "request-full-1.2"', 'seed = "other"')
    assert misses(tmp_path, text, KEPT.read_text("utf-8")) != ()


REFUSALS = {
    "as expected": ('["REPRESENTATION-SCOPE"]', ()),
    "for another reason": (
        '["OTHER"]',
        (
            "the translation is refused without OTHER",
            "the translation is refused for REPRESENTATION-SCOPE too",
        ),
    ),
}


@pytest.mark.parametrize(("refused", "told"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal(tmp_path: Path, refused: str, told: tuple[str, ...]) -> None:
    text = SCOPE.replace('["REPRESENTATION-SCOPE"]', refused)
    assert misses(tmp_path, text, "<x/>") == told


def test_a_refusal_that_does_not_come(tmp_path: Path) -> None:
    text = CASE.replace('file = "expected.xml"', 'refused = ["REPRESENTATION-SCOPE"]')
    assert misses(tmp_path, text, "<x/>") == ("the translation is not refused",)


def test_a_message_expected_and_refused(tmp_path: Path) -> None:
    text = SCOPE.replace('refused = ["REPRESENTATION-SCOPE"]', 'file = "expected.xml"')
    first, second = misses(tmp_path, text, "<x/>")
    assert first == "the translation is refused: REPRESENTATION-SCOPE"
    assert second.startswith("the translation differs at /query:QueryRequest")


INPUT = CASE.replace(f'"{FIXTURES}/edm/1.2/request-full.xml"', '"broken.xml"')
REFUSED_INPUT = INPUT.replace('file = "expected.xml"', 'refused = ["R-EDM-REQ-S009"]')


def test_an_input_that_the_policy_refuses_is_not_translated(tmp_path: Path) -> None:
    shutil.copy(BROKEN, tmp_path / "broken.xml")
    assert misses(tmp_path, REFUSED_INPUT, "<x/>") == ()
    (miss,) = misses(tmp_path, INPUT, KEPT.read_text("utf-8"))
    assert miss == "the translation is refused: R-EDM-REQ-S009"


def test_unless_the_case_is_tolerant(tmp_path: Path) -> None:
    shutil.copy(BROKEN, tmp_path / "broken.xml")
    text = f"{REFUSED_INPUT}tolerant = true\n"
    assert misses(tmp_path, text, "<x/>") == ("the translation is not refused",)


def test_a_translation_that_breaks_a_rule_is_held_back_by_it(tmp_path: Path) -> None:
    text = f"""input = "{FIXTURES}/xnachweis/1.4/0302-structured.xml"
[beside]
request = "{PAIRS}/story/vehicle-request-1.0.xml"
inquiry = "{FIXTURES}/xnachweis/1.4/0301-full.xml"
[expected.translation]
to = "edm-1.0"
refused = ["BRIDGE-PAIR-002", "R-EDM-RESP-C017", "R-EDM-RESP-C022"]
with = ["{PAIRS}/story/world.toml"]
now = 2026-02-03T09:15:30Z
seed = "x"
[expected.translation.context.settings]
repository_host = "https://repository.example/"
"""
    assert misses(tmp_path, text, "<x/>") == ()


def test_a_context_of_another_kind_is_told(tmp_path: Path) -> None:
    text = f'{CASE}[expected.translation.context.platform]\nAgent = "x"\n'
    (miss,) = misses(tmp_path, text, "<x/>")
    assert miss == "the context of the case cannot be used: 'platform.Agent' must be a table"


def test_an_unknown_kind_of_answer_refuses(tmp_path: Path) -> None:
    text = CASE.replace('"xnachweis-1.4"', '"edm-1.2"')
    assert misses(tmp_path, text, "<x/>") == ("the translation is refused: MAPPING",)


PAIRS_WITH_INPUT = [pair for pair in cases() if pair.input]


@pytest.mark.parametrize("pair", PAIRS_WITH_INPUT, ids=lambda pair: pair.name)
def test_every_kept_pair_comes_out_as_it_is_kept(pair: Pair) -> None:
    wanted = ExpectedTranslation(
        to=pair.to,
        now=pair.now,
        seed=pair.seed,
        file=None if pair.refused else pair.folder / OUTCOME,
        refused=pair.refused,
        message=pair.message,
        table=pair.table,
        with_=tuple(pair.folder / name for name in pair.with_),
        context=pair.context,
        tolerant=True,
    )
    case = Case(
        name=pair.name,
        file=pair.folder / GIVEN,
        inputs=tuple(pair.folder / name for name in pair.input),
        expected=Expectation(translation=wanted),
        beside={role: pair.folder / name for role, name in pair.messages.items()},
    )
    assert judge_case(case, DESK).misses == held_back(wanted.file)


def held_back(kept: Path | None) -> tuple[str, ...]:
    """What is told of a kept translation that our own check does not let out."""
    if kept is None:
        return ()
    findings = DESK.checker(kept.read_bytes(), Circumstances(sending=True)).findings
    rules = sorted({each.id for each in findings if each.severity is Severity.FATAL})
    return (f"the translation is refused: {', '.join(rules)}",) if rules else ()
