"""Whatever breaks in whatever order between two embedded access points: nothing lost or doubled.

A sender gives up after its attempts; an operator then sets the message going again, as here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import EdgeFault
from bridge.ports import Progress, Verdict
from tests.contract.as4_world import As4World, as4_world
from tests.contract.envelopes import request, told

Action = Callable[["Fire"], Coroutine[Any, Any, None]]


class Fire:
    """The world of one run, and how many messages were sent in it."""

    def __init__(self, world: As4World) -> None:
        self.world = world
        self.sent = 0

    async def attempt(self, number: int) -> None:
        """Send as the service does: what it cannot note now it notes another time."""
        home, envelope = self.world.home, request(number)
        home.desk.sending(envelope)
        try:
            report = await home.transport.send(envelope)
        except EdgeFault as fault:
            assert fault.retryable
            return
        if not home.desk.closed:
            await home.desk.report(report)

    async def attempt_what_is_open(self) -> None:
        """Send again whatever is not decided and the transport knows nothing of."""
        for number in range(1, self.sent + 1):
            message_id = request(number).message_id
            if self.world.home.desk.progress(message_id) is Progress.DELIVERED:
                continue
            known = await self.world.home.transport.outcome(message_id)
            if known.progress in {Progress.UNKNOWN, Progress.FAILED}:
                await self.attempt(number)
            elif known.progress is Progress.DELIVERED and not self.world.home.desk.closed:
                await self.world.home.desk.report(known)


async def send(fire: Fire) -> None:
    fire.sent += 1
    await fire.attempt(fire.sent)


async def later(fire: Fire) -> None:
    await fire.world.later()


async def again(fire: Fire) -> None:
    await fire.attempt_what_is_open()


async def lose(fire: Fire) -> None:
    fire.world.lose_next_answer()


def restart(home: bool) -> Action:
    async def act(fire: Fire) -> None:
        await (fire.world.home if home else fire.world.away).restart()

    act.__name__ = f"restart {home}"
    return act


def closed(home: bool, state: bool) -> Action:
    async def act(fire: Fire) -> None:
        (fire.world.home if home else fire.world.away).desk.closed = state

    act.__name__ = f"closed {home} {state}"
    return act


def cut(state: bool) -> Action:
    async def act(fire: Fire) -> None:
        await fire.world.cut(cut=state)

    act.__name__ = f"cut {state}"
    return act


ACTIONS = st.one_of(
    st.sampled_from([send, later, again, lose]),
    st.builds(restart, st.booleans()),
    st.builds(closed, st.booleans(), st.booleans()),
    st.builds(cut, st.booleans()),
)


async def burn(actions: list[Action]) -> None:
    async with as4_world() as world:
        assert isinstance(world, As4World)
        fire = Fire(world)
        await send(fire)
        for action in actions:
            await action(fire)
        for end in (world.home, world.away):
            end.desk.closed = False
        await world.cut(cut=False)
        for _ in range(3):
            await world.later()
            await fire.attempt_what_is_open()
        await world.later()
        sent = [request(number) for number in range(1, fire.sent + 1)]
        assert {world.home.desk.progress(each.message_id) for each in sent} == {Progress.DELIVERED}
        assert sorted(map(str, map(told, world.away.desk.kept))) == sorted(
            map(str, map(told, sent))
        )
        assert world.away.desk.verdicts.count(Verdict.NEW) == len(sent)
        assert Verdict.CONFLICT not in world.away.desk.verdicts
        assert world.home.desk.kept == []
        for each in sent:
            assert b"Receipt" in world.home.desk.reports[each.message_id].receipt


@settings(max_examples=25, deadline=None)
@given(actions=st.lists(ACTIONS, max_size=20))
def test_nothing_is_lost_and_nothing_doubled(actions: list[Action]) -> None:
    asyncio.run(burn(actions))
