"""Whatever breaks in whatever order: when it is whole again, every message has arrived once.

Two bridges and two simulated Domibus; hypothesis chooses what is sent, what breaks and when.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import EdgeFault
from bridge.ports import Progress
from bridge.sandbox.domibus.server import Trouble
from tests.contract.envelopes import AWAY, HOME, request
from tests.contract.worlds import DomibusWorld, Kind

Action = Callable[["Fire"], Coroutine[Any, Any, None]]
CALLS = (
    "submitRequest",
    "listPendingMessagesRequest",
    "retrieveMessageRequest",
    "markMessageAsDownloadedRequest",
    "statusRequestWithAccessPointRole",
    "getErrorsRequestWithAccessPointRole",
)


class Fire:
    """The world of one run, and what was sent in it."""

    def __init__(self, world: DomibusWorld) -> None:
        self.world = world
        self.sent = 0

    async def send(self) -> None:
        self.sent += 1
        await self.attempt(self.sent)

    async def attempt(self, number: int) -> None:
        home, envelope = self.world.home, request(number)
        home.desk.sending(envelope)
        try:
            report = await home.transport.send(envelope)
            if not home.desk.closed:
                await home.desk.report(report)
        except EdgeFault as fault:
            assert fault.retryable

    async def attempt_what_is_open(self) -> None:
        """Do what the service does: whatever is not known to be taken is sent again."""
        for number in range(1, self.sent + 1):
            if self.world.home.desk.progress(request(number).message_id) in {
                None,
                Progress.UNKNOWN,
            }:
                await self.attempt(number)

    def heal(self) -> None:
        for end in (self.world.home, self.world.away):
            end.desk.closed = False
        for point in self.world.points.values():
            point.point.reachable = True
            point._troubles.clear()


def trouble(party: str, call: str, kind: Trouble) -> Action:
    async def act(fire: Fire) -> None:
        fire.world.points[party].trouble(call, kind)

    act.__name__ = f"trouble {party} {call} {kind.name}"
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


def restart(home: bool) -> Action:
    async def act(fire: Fire) -> None:
        await (fire.world.home if home else fire.world.away).restart()

    act.__name__ = f"restart {home}"
    return act


async def send(fire: Fire) -> None:
    await fire.send()


async def send_unheard(fire: Fire) -> None:
    """It is taken, and neither that nor its state can be heard of."""
    point = fire.world.points[HOME.id]
    point.trouble("submitRequest", Trouble.NO_ANSWER)
    point.trouble("statusRequestWithAccessPointRole", Trouble.STARTING)
    await fire.send()


async def settle(fire: Fire) -> None:
    await fire.world.settle()


async def later(fire: Fire) -> None:
    await fire.world.later()


async def again(fire: Fire) -> None:
    await fire.attempt_what_is_open()


ACTIONS = st.one_of(
    st.sampled_from([send, send_unheard]),
    st.sampled_from([settle, later, again]),
    st.builds(
        trouble,
        st.sampled_from([HOME.id, AWAY.id]),
        st.sampled_from(CALLS),
        st.sampled_from(Trouble),
    ),
    st.builds(closed, st.booleans(), st.booleans()),
    st.builds(cut, st.booleans()),
    st.builds(restart, st.booleans()),
)


async def burn(actions: list[Action], push: bool) -> None:
    async with DomibusWorld(Kind(push=push)).running() as world:
        fire = Fire(world)
        await fire.send()
        for action in actions:
            await action(fire)
        fire.heal()
        await fire.world.later()
        await fire.attempt_what_is_open()
        for _ in range(2):
            await fire.world.later()
        sent = [request(number).message_id for number in range(1, fire.sent + 1)]
        kept = world.away.desk
        failed = {each for each in sent if world.home.desk.progress(each) is Progress.FAILED}
        for message_id in failed:
            states = [
                each.status for each in world.points[HOME.id].point.find(message_id, "SENDING")
            ]
            assert states == ["SEND_FAILURE"], "a failure is one that Domibus tells"
        for message_id in sent:
            assert world.home.desk.progress(message_id) in {Progress.DELIVERED, Progress.FAILED}
        arrived = {each.message_id for each in kept.kept}
        # A receipt of Domibus may be told before we fetched, never instead.
        assert set(sent) - failed <= arrived <= set(sent)
        assert [each.value for each in kept.verdicts].count("new") == len(arrived)
        assert "conflict" not in {each.value for each in kept.verdicts}
        assert world.home.desk.kept == []
        for end in (world.home, world.away):
            assert end.transport.set_aside == {}  # type: ignore[attr-defined]


@settings(max_examples=40)
@given(actions=st.lists(ACTIONS, max_size=25), push=st.booleans())
def test_nothing_is_lost_and_nothing_doubled(actions: list[Action], push: bool) -> None:
    asyncio.run(burn(actions, push))
