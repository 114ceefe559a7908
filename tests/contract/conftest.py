"""Every test of the transport contract runs in every world."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.contract.worlds import WORLDS, World


@pytest.fixture(params=WORLDS)
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    async with WORLDS[request.param]() as running:
        yield running
