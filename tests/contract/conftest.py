"""Every test of the transport contract runs in every world."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.contract.as4_world import as4_world, as4_world_with_tls
from tests.contract.worlds import WORLDS, World

ALL = {**WORLDS, "as4": as4_world, "as4, TLS": as4_world_with_tls}


@pytest.fixture(params=ALL)
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    async with ALL[request.param]() as running:
        yield running
