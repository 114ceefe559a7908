"""Choices: the same seed gives the same ones, replay gives them back, shrinking finds the least."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mapping.draw import Draw, shrink


@given(seed=st.integers(0, 1 << 70), count=st.integers(1, 1000))
def test_the_same_seed_gives_the_same_choices_within_bounds(seed: int, count: int) -> None:
    first, second = Draw(seed), Draw(seed)
    values = [first.below(count) for _ in range(20)]
    assert values == [second.below(count) for _ in range(20)]
    assert all(0 <= value < count for value in values)


def test_choices_spread_over_what_there_is() -> None:
    draw = Draw(7)
    assert {draw.below(6) for _ in range(200)} == set(range(6))


@given(st.lists(st.integers(0, 9), max_size=10))
def test_replayed_choices_come_back_and_zeros_follow(choices: list[int]) -> None:
    draw = Draw(replay=choices)
    assert [draw.below(10) for _ in range(len(choices) + 3)] == [*choices, 0, 0, 0]


def test_a_replayed_choice_is_kept_within_what_there_is() -> None:
    assert Draw(replay=[9]).below(3) == 2


@pytest.mark.parametrize(("fullness", "least", "most"), [(0, 0, 0), (100, 300, 300), (50, 90, 210)])
def test_fullness_is_the_chance_of_what_is_optional(fullness: int, least: int, most: int) -> None:
    draw = Draw(3, fullness=fullness)
    assert least <= sum(draw.maybe() for _ in range(300)) <= most


def test_what_is_optional_can_be_replayed() -> None:
    draw = Draw(5)
    there = [draw.maybe() for _ in range(30)]
    again = Draw(replay=draw.taken)
    assert [again.maybe() for _ in range(30)] == there


def fails_if(limit: int) -> object:
    def fails(choices: Sequence[int]) -> Sequence[int] | None:
        draw = Draw(replay=choices)
        values = [draw.below(1000) for _ in range(draw.below(20))]
        return draw.taken if any(value >= limit for value in values) else None

    return fails


@pytest.mark.parametrize("limit", [1, 17, 500])
def test_shrinking_finds_the_smallest_choices_that_still_fail(limit: int) -> None:
    start = next(
        draw.taken
        for draw in map(Draw, range(100))
        if any(draw.below(1000) >= limit for _ in range(draw.below(20)))
    )
    assert shrink(start, fails_if(limit)) == [1, limit]  # type: ignore[arg-type]


def test_shrinking_stays_within_its_budget() -> None:
    asked: list[int] = []

    def fails(choices: Sequence[int]) -> Sequence[int] | None:
        asked.append(1)
        return None

    shrink([9] * 50, fails, budget=7)
    assert len(asked) == 7


def test_what_never_fails_again_stays_as_it_is() -> None:
    assert shrink([3, 1, 4], lambda _choices: None) == [3, 1, 4]
