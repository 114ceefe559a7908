"""A clock that goes when it is told to, and a desk that keeps."""

from __future__ import annotations

import pytest

from tests.contract.desk import Clock, Desk


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(clock: Clock) -> Desk:
    return Desk(clock)
