"""What Domibus pushes is news, in any order and any number of times."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from bridge.errors import EdgeFault
from bridge.ports import Progress
from bridge.sandbox.domibus.messages import PMode
from bridge.sandbox.domibus.pushing import Rule
from bridge.sandbox.domibus.server import Simulator
from bridge.transport.domibus.endpoint import PushAccess, PushEndpoint
from bridge.transport.domibus.operations import Status
from bridge.transport.domibus.push import Changed, Deleted, Notification, NotReceived, Received
from bridge.transport.domibus.transport import DomibusTransport
from tests.contract.desk import Clock, Desk, DeskClosed
from tests.contract.envelopes import (
    request,
    told,
)
from tests.contract.worlds import fetched, listening
from tests.unit.transport.domibus.backends import arrived, running, settled, two_points


@pytest.mark.parametrize("status", [Status.RECEIVED, Status.RECEIVED_WITH_WARNINGS])
async def test_a_state_that_says_received_is_news_of_a_message(
    clock: Clock, desk: Desk, status: Status
) -> None:
    async with two_points(clock) as (home, away), running(away, desk) as transport:
        await arrived(home, away, request())
        await transport.notified(Changed(request().message_id, status))
        await fetched()
        assert len(desk.kept) == 1


@asynccontextmanager
async def pushed_to(
    clock: Clock, desk: Desk, *, pmode: PMode | None = None, **rule: Any
) -> AsyncIterator[tuple[Simulator, Simulator, DomibusTransport]]:
    """Two access points, a bridge behind ``away``, which is told of what comes."""
    made: list[DomibusTransport] = []

    async def notified(notification: Notification) -> None:
        await made[0].notified(notification)

    routes = PushEndpoint(notified, PushAccess("a", "b")).routes("/push")
    async with listening(routes) as base, two_points(clock, pmode=pmode) as (home, away):
        away.pusher.rules = (Rule(f"{base}/push", user="a", password="b", **rule),)
        async with running(away, desk) as transport:
            made.append(transport)
            yield home, away, transport


async def test_a_push_brings_a_message_without_a_sweep(clock: Clock, desk: Desk) -> None:
    async with pushed_to(clock, desk) as (home, away, _):
        sweeps = away.calls.count("listPendingMessagesRequest")
        await arrived(home, away, request())
        await fetched()
        assert len(desk.kept) == 1
        await settled(away)
        assert away.pusher.notes == []
        assert away.calls.count("listPendingMessagesRequest") == sweeps


async def test_a_push_that_marks_by_itself_loses_nothing_with_retention(
    clock: Clock, desk: Desk
) -> None:
    """``wsplugin.push.markAsDownloaded=true``, the default, as one operator saw it (7.5)."""
    pmode = PMode(retention_downloaded=60)
    async with pushed_to(clock, desk, pmode=pmode, mark_as_downloaded=True) as (home, away, _):
        await arrived(home, away, request())
        await fetched()
        assert len(desk.kept) == 1


async def test_a_pushed_message_is_refused_so_that_it_is_not_marked_and_then_fetched(
    clock: Clock, desk: Desk
) -> None:
    """SUBMIT_MESSAGE with ``markAsDownloaded`` as it comes, and no retention: one look at it."""
    rule = {"types": ("SUBMIT_MESSAGE",), "mark_as_downloaded": True}
    async with pushed_to(clock, desk, **rule) as (home, away, transport):
        await arrived(home, away, request())
        assert [note.attempts for note in away.pusher.notes] == [1]
        assert away.point.find(request().message_id, "RECEIVING")[0].pending
        await transport.sweep()
        assert [told(each) for each in desk.kept] == [told(request())]


async def test_a_push_with_another_password_is_given_up_in_silence_and_the_sweep_finds_it(
    clock: Clock, desk: Desk
) -> None:
    async with pushed_to(clock, desk) as (home, away, transport):
        away.pusher.rules = tuple(
            Rule(each.endpoint, user="a", password="other") for each in away.pusher.rules
        )
        await arrived(home, away, request())
        for _ in range(5):
            clock.now += timedelta(minutes=12)
            await settled(away)
        client = transport._client
        assert await client.push_failed() == (request().message_id,)
        assert desk.kept == []
        await transport.sweep()
        assert len(desk.kept) == 1


async def test_notifications_that_were_given_up_can_be_had_again(clock: Clock, desk: Desk) -> None:
    async with pushed_to(clock, desk, count=1) as (home, away, transport):
        desk.closed = True
        real = away.pusher.rules
        away.pusher.rules = tuple(Rule("http://127.0.0.1:9/", count=1) for _ in real)
        await arrived(home, away, request())
        failed = away.pusher.failed()
        assert failed == [request().message_id]
        desk.closed = False
        for note in away.pusher.notes:
            note.rule = real[0]
        await transport._client.repush(failed)
        await settled(away)
        await fetched()
        assert len(desk.kept) == 1
        assert away.pusher.failed() == []


async def test_the_same_news_twice_at_once_fetches_once(clock: Clock, desk: Desk) -> None:
    async with two_points(clock) as (home, away), running(away, desk) as transport:
        await arrived(home, away, request())
        away.calls.clear()
        for _ in range(3):
            await transport.notified(Received(request().message_id))
        await transport.notified(Changed(request().message_id, Status.RECEIVED))
        await fetched()
        assert away.calls.count("retrieveMessageRequest") == 1
        await transport.notified(Received(request().message_id))  # late, after all is done
        await fetched()
        assert desk.verdicts[0].value == "new"
        assert len(desk.kept) == 1
        assert transport.set_aside == {}


async def test_news_of_an_end_is_kept_before_it_is_acknowledged(clock: Clock, desk: Desk) -> None:
    async with two_points(clock) as (home, _), running(home, desk) as transport:
        desk.sending(request())
        desk.closed = True
        with pytest.raises(DeskClosed):
            await transport.notified(Changed(request().message_id, Status.ACKNOWLEDGED))
        desk.closed = False
        await transport.notified(Changed(request().message_id, Status.ACKNOWLEDGED))
    assert desk.progress(request().message_id) is Progress.DELIVERED


LATE = [Status.SEND_ENQUEUED, Status.WAITING_FOR_RETRY, Status.SEND_FAILURE, Status.DELETED]


@pytest.mark.parametrize("status", LATE)
async def test_news_out_of_order_changes_nothing(clock: Clock, desk: Desk, status: Status) -> None:
    async with two_points(clock) as (home, _), running(home, desk) as transport:
        desk.sending(request())
        await transport.notified(Changed(request().message_id, Status.ACKNOWLEDGED))
        await transport.notified(Changed(request().message_id, status))
    assert desk.progress(request().message_id) is Progress.DELIVERED


async def test_news_of_other_peoples_messages_is_dropped(clock: Clock, desk: Desk) -> None:
    async with two_points(clock) as (home, _), running(home, desk) as transport:
        for status in Status:
            await transport.notified(Changed("other@x", status))
        await transport.notified(NotReceived("other@x"))
        await transport.notified(Deleted(("other@x",)))
        await fetched()
        assert transport.set_aside == {}
    assert desk.reports == {}
    assert desk.kept == []


async def test_a_transport_that_is_stopped_takes_no_news(clock: Clock, desk: Desk) -> None:
    async with two_points(clock) as (home, _):
        async with running(home, desk) as transport:
            pass
        with pytest.raises(EdgeFault):
            await transport.notified(Received("m@x"))
