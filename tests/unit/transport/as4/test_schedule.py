"""Twelve minutes, four attempts; late by chance, never early."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import SettingsFault
from bridge.transport.as4.schedule import ONCE, Schedule, read_schedule
from tests.as4_worlds import NOW

MINUTE = timedelta(minutes=1)


def dues(schedule: Schedule, chance: float = 0.0) -> list[timedelta]:
    found = (schedule.due(NOW, done, chance) for done in range(schedule.attempts + 1))
    return [each - NOW for each in found if each is not None]


def test_the_default_is_what_the_field_has() -> None:
    assert read_schedule("12;4;CONSTANT") == Schedule()
    assert dues(Schedule()) == [timedelta(), 3 * MINUTE, 6 * MINUTE, 9 * MINUTE]


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ("12;4;CONSTANT", Schedule()),
        (" 2 ; 1 ; CONSTANT ", Schedule(2 * MINUTE, 1)),
        ("SEND_ONCE", ONCE),
        ("0;1;CONSTANT", Schedule(timedelta(), 1)),
    ],
)
def test_a_retry_of_a_pmode_is_read(text: str, schedule: Schedule) -> None:
    assert read_schedule(text) == schedule


@pytest.mark.parametrize(
    "text", ["", "12;4", "12;0;CONSTANT", "12;4;PROGRESSIVE", "12;1;2;PROGRESSIVE", "-1;4;CONSTANT",
             "12;101;CONSTANT", "1٢;4;CONSTANT", "9999999;4;CONSTANT"],
)  # fmt: skip
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(SettingsFault):
        read_schedule(text)


def test_test_messages_are_not_repeated() -> None:
    assert dues(ONCE) == [timedelta()]


@given(
    st.integers(0, 10_000),
    st.integers(1, 100),
    st.floats(0, 0.99),
    st.floats(0, 1, exclude_max=True),
)
def test_attempts_come_in_order_and_within_the_window(
    seconds: int, attempts: int, spread: float, chance: float
) -> None:
    schedule = Schedule(timedelta(seconds=seconds), attempts, spread)
    found = dues(schedule, chance)
    assert len(found) == attempts
    assert found == sorted(found)
    assert all(each <= schedule.window for each in found)
    assert all(each >= schedule.interval * n for n, each in enumerate(found))


def test_a_message_expires() -> None:
    schedule = Schedule(expiry=timedelta(days=1))
    assert not schedule.is_expired(NOW, NOW + timedelta(days=1))
    assert schedule.is_expired(NOW, NOW + timedelta(days=1, seconds=1))
