from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from bridge.conform.as_json import as_json
from bridge.conform.outcome import Outcome, Standing, State
from bridge.conform.tally import Batch, Run, Tally
from bridge.finding import Severity
from tests.unit.conform.desks import outcome, run_of, told

WARNED = told("READ-BLANKS", severity=Severity.WARNING, standing=Standing.ALLOWED)
OUTCOMES = st.lists(
    st.builds(
        outcome,
        st.sampled_from(["a", "b/c"]),
        st.sampled_from(list(State)),
        st.lists(st.sampled_from([told(), told("XSD"), WARNED]), max_size=4),
    ),
    max_size=8,
)


def counted(outcomes: list[Outcome]) -> Tally:
    tally = Tally()
    for each in outcomes:
        tally.add(each)
    return tally


def test_findings_messages_and_cases_are_counted_apart() -> None:
    tally = counted([outcome(findings=[told(), told(), WARNED], state=State.FAILED), outcome()])
    assert (tally.cases, tally.messages) == (2, 2)
    assert tally.rules == {("R-EDM-REQ-C003", "fatal"): 2, ("READ-BLANKS", "warning"): 1}
    assert tally.hit == {"R-EDM-REQ-C003": 1, "READ-BLANKS": 1}
    assert tally.unexpected["R-EDM-REQ-C003"] == 2
    assert tally.unexpected["READ-BLANKS"] == 0
    assert tally.kinds["QueryRequest", "edm-1.2", "invalid"] == 1


@given(OUTCOMES, st.integers(0, 8))
def test_figures_of_parts_add_up_to_those_of_the_whole(outcomes: list[Outcome], cut: int) -> None:
    parts = [Batch.of(outcomes[:cut], 1.0), Batch.of(outcomes[cut:], 2.0)]
    run = Run.of("s", parts, seconds=1.0, cpu_seconds=3.0, jobs=2)
    assert run.tally == counted(outcomes)
    assert list(run.outcomes) == outcomes


def test_outcomes_are_kept_small() -> None:
    many = [outcome(f"folder/message-{number}", findings=[WARNED]) for number in range(1000)]
    assert len(Batch.of(many, 1.0).packed) < 100 * len(many)


def test_a_run_ends_as_its_worst_case() -> None:
    good, bad, torn = (outcome(state=state) for state in State)
    assert run_of(good).state is State.PASSED
    assert run_of(good, bad).state is State.FAILED
    assert run_of(bad, torn, good).state is State.UNREADABLE
    assert run_of().state is State.PASSED


def test_the_rate_is_messages_over_the_time_of_all_cores() -> None:
    assert run_of(outcome(), outcome()).per_second_and_core == 2.0
    assert Run.of("s", [], seconds=0.0, cpu_seconds=0.0, jobs=1).per_second_and_core == 0.0


@given(OUTCOMES)
def test_json_is_one_object_with_every_outcome(outcomes: list[Outcome]) -> None:
    text = "".join(as_json(run_of(*outcomes, notes=("ü",))))
    data = json.loads(text)
    assert data["outcomes"] == [each.as_json() for each in outcomes]
    assert data["cases"] == len(outcomes)
    assert data["notes"] == ["ü"] and "ü" in text
    assert sum(rule["findings"] for rule in data["rules"]) == sum(
        len(list(each.told)) for each in outcomes
    )


def test_json_for_a_stream_without_letters_is_plain() -> None:
    assert "".join(as_json(run_of(notes=("ü",)), plain=True)).isascii()
