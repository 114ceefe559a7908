"""Domibus as a transport: what is sent, how it ends, and how the transport starts and stops."""

from __future__ import annotations

import asyncio
import logging
import os
from datetime import timedelta
from typing import Any

import pytest

from bridge.errors import EdgeFault, SettingsFault
from bridge.ports import Progress, Report
from bridge.sandbox.domibus.messages import PMode, User
from bridge.sandbox.domibus.server import Simulator, Trouble
from bridge.transport.as4.content import SealedSink
from bridge.transport.domibus.client import DomibusClient, Settings
from bridge.transport.domibus.dialect import FIRST, LEGACY
from bridge.transport.domibus.operations import Status
from bridge.transport.domibus.push import Changed, Received
from bridge.transport.domibus.transport import PROGRESS, DomibusTransport, pause
from tests.contract.desk import Clock, Desk
from tests.contract.envelopes import (
    AWAY,
    HOME,
    PROVIDER,
    REGREP,
    request,
)
from tests.unit.transport.domibus.backends import arrived, running, settled, two_points

HOUR = timedelta(hours=1)


async def test_what_is_still_on_its_way_is_not_told_again(clock: Clock, desk: Desk) -> None:
    told_of: list[Report] = []
    async with two_points(clock) as (home, _), running(home, desk) as transport:
        desk.sending(request())
        await desk.report(await transport.send(request()))
        report = desk.report

        async def noting(each: Report) -> None:
            told_of.append(each)
            await report(each)

        desk.report = noting  # type: ignore[method-assign]
        clock.now += HOUR
        await transport.sweep()
        assert told_of == []
        await settled(home)
        await transport.sweep()
        assert [each.progress for each in told_of] == [Progress.DELIVERED]


SENT_TROUBLES = {
    Trouble.NO_ANSWER: Progress.TAKEN,
    Trouble.NO_CALL: None,
    Trouble.STARTING: None,
    Trouble.PROXY: None,
}


@pytest.mark.parametrize("trouble", SENT_TROUBLES)
async def test_a_submission_without_answer_is_settled_by_asking(
    clock: Clock, desk: Desk, trouble: Trouble
) -> None:
    async with two_points(clock) as (home, _), running(home, desk) as transport:
        home.trouble("submitRequest", trouble)
        expected = SENT_TROUBLES[trouble]
        if expected is None:
            with pytest.raises(EdgeFault) as raised:
                await transport.send(request())
            assert raised.value.retryable
        else:
            assert (await transport.send(request())).progress is expected
        assert (await transport.send(request())).progress is Progress.TAKEN
        assert len(home.point.messages) == 1


async def test_no_answer_to_the_question_either_leaves_it_open(clock: Clock, desk: Desk) -> None:
    async with two_points(clock) as (home, _), running(home, desk) as transport:
        home.trouble("submitRequest", Trouble.NO_ANSWER)
        home.trouble("statusRequestWithAccessPointRole", Trouble.STARTING)
        with pytest.raises(EdgeFault) as raised:
            await transport.send(request())
        assert raised.value.retryable


async def test_the_code_of_a_duplicate_under_an_id_that_is_not_ours_is_a_failure(
    clock: Clock, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``EBMS:0004`` also stands for a PMode that does not match (chapter 6)."""
    async with two_points(clock) as (home, _), running(home, desk) as transport:
        await transport.send(request())
        monkeypatch.setattr(home.point, "find", lambda *_: [])
        report = await transport.send(request())
    assert report.progress is Progress.FAILED
    assert [cause.code for cause in report.causes] == ["EBMS:0004"]


async def test_a_property_the_pmode_does_not_declare_is_a_failure(clock: Clock, desk: Desk) -> None:
    pmode = PMode(properties=frozenset({"originalSender"}), optional=frozenset())
    async with two_points(clock, pmode=pmode) as (home, _), running(home, desk) as transport:
        report = await transport.send(request())
    assert [cause.code for cause in report.causes] == ["EBMS:0010"]
    assert PROVIDER.value not in repr(report)


async def test_a_fault_inside_domibus_is_tried_again(clock: Clock, desk: Desk) -> None:
    async with two_points(clock) as (home, _), running(home, desk) as transport:
        home.trouble("submitRequest", Trouble.CORE)
        with pytest.raises(EdgeFault) as raised:
            await transport.send(request())
        assert raised.value.retryable


async def sent_and_failed(
    home: Simulator, away: Simulator, transport: DomibusTransport, desk: Desk
) -> None:
    away.point.reachable = False
    desk.sending(request())
    await desk.report(await transport.send(request()))
    for _ in range(4):
        await settled(home)
        desk.clock.now += timedelta(minutes=3)


async def test_without_push_the_end_is_asked_for_when_domibus_must_be_done(
    clock: Clock, desk: Desk
) -> None:
    async with two_points(clock) as (home, away), running(home, desk) as transport:
        await sent_and_failed(home, away, transport, desk)
        await transport.sweep()
        assert desk.progress(request().message_id) is Progress.TAKEN, "twelve minutes are not over"
        clock.now += timedelta(minutes=4)
        await transport.sweep()
        report = desk.reports[request().message_id]
        assert report.progress is Progress.FAILED
        assert [cause.code for cause in report.causes] == ["EBMS:0005"] * 4


async def test_a_message_an_operator_sets_going_again_is_delivered_after_all(
    clock: Clock, desk: Desk
) -> None:
    async with two_points(clock) as (home, away), running(home, desk) as transport:
        await sent_and_failed(home, away, transport, desk)
        clock.now += HOUR
        await transport.sweep()
        away.point.reachable = True
        home.point.restore(request().message_id)
        await settled(home, away)
        await transport.notified(Changed(request().message_id, Status.ACKNOWLEDGED))
        assert desk.progress(request().message_id) is Progress.DELIVERED


async def test_an_end_that_is_purged_cannot_be_found_out(clock: Clock, desk: Desk) -> None:
    pmode = PMode(retention_sent=0)
    async with (
        two_points(clock, pmode=pmode) as (home, away),
        running(home, desk) as transport,
    ):
        desk.sending(request())
        await desk.report(await transport.send(request()))
        await settled(home, away)
        clock.now += HOUR
        await transport.sweep()
    report = desk.reports[request().message_id]
    assert report.progress is Progress.UNDECIDABLE
    assert [cause.code for cause in report.causes] == ["DELETED"]


async def test_a_message_domibus_has_forgotten_is_not_sent_a_second_time(
    clock: Clock, desk: Desk
) -> None:
    async with two_points(clock) as (home, _), running(home, desk) as transport:
        desk.sending(request())
        await desk.report(await transport.send(request()))
        home.point.messages.clear()
        clock.now += HOUR
        await transport.sweep()
    report = desk.reports[request().message_id]
    assert report.progress is Progress.UNDECIDABLE
    assert [cause.code for cause in report.causes] == ["NOT_FOUND"]


async def test_errors_that_cannot_be_had_hold_up_no_failure(clock: Clock, desk: Desk) -> None:
    async with two_points(clock) as (home, away), running(home, desk) as transport:
        await sent_and_failed(home, away, transport, desk)
        home.trouble("getErrorsRequestWithAccessPointRole", Trouble.STARTING)
        await transport.notified(Changed(request().message_id, Status.SEND_FAILURE))
    assert desk.reports[request().message_id] == Report(request().message_id, Progress.FAILED)


async def test_a_domibus_that_is_away_is_waited_for(clock: Clock, desk: Desk) -> None:
    async with two_points(clock) as (home, away):
        await arrived(home, away, request())
        away.trouble("listPendingMessagesRequest", Trouble.STARTING, Trouble.PROXY)
        async with running(away, desk) as transport:
            await transport.sweep()
            assert desk.kept == []
            await transport.sweep()
            assert len(desk.kept) == 1


async def test_sweeps_go_on_after_any_failure(clock: Clock, desk: Desk) -> None:
    tick = asyncio.Event()
    ticks: list[float] = []
    swept = asyncio.Event()

    async def ticking(stopping: asyncio.Event, seconds: float) -> None:
        ticks.append(seconds)
        swept.set()
        waits = [asyncio.create_task(each.wait()) for each in (tick, stopping)]
        _, left = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for each in left:
            each.cancel()
        tick.clear()

    async def failing(before: object) -> list[str]:
        raise ValueError("the store is away")

    async with two_points(clock) as (home, away):
        await arrived(home, away, request())
        undecided, desk.undecided = desk.undecided, failing  # type: ignore[method-assign]
        client = DomibusClient(Settings(away.url), lambda: SealedSink(os.urandom))
        transport = DomibusTransport(client, clock, every=timedelta(seconds=30), pause=ticking)
        await transport.start(desk)
        await swept.wait()
        swept.clear()
        desk.undecided = undecided  # type: ignore[method-assign]
        await arrived(home, away, request(2))
        tick.set()
        await swept.wait()
        await transport.stop()
    assert len(desk.kept) == 2
    assert set(ticks) == {30.0}


@pytest.mark.parametrize("dialect", [FIRST, LEGACY])
def test_a_release_that_consumes_has_to_be_accepted_expressly(dialect: Any) -> None:
    client = DomibusClient(
        Settings("https://d.example", dialect=dialect), lambda: SealedSink(os.urandom)
    )
    with pytest.raises(SettingsFault):
        DomibusTransport(client, Clock())
    DomibusTransport(client, Clock(), consuming=True)


async def test_stopping_waits_for_what_is_being_kept(clock: Clock, desk: Desk) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()
    accept = desk.accept

    async def slow(arrival: Any) -> Any:
        begun.set()
        await may_end.wait()
        return await accept(arrival)

    async with two_points(clock) as (home, away), running(away, desk) as transport:
        await arrived(home, away, request())
        desk.accept = slow  # type: ignore[method-assign]
        await transport.notified(Received(request().message_id))
        await begun.wait()
        stopping = asyncio.create_task(transport.stop())
        for _ in range(5):
            await asyncio.sleep(0)
        assert not stopping.done()
        may_end.set()
        await stopping
        assert len(desk.kept) == 1
        assert not away.point.find(request().message_id, "RECEIVING")[0].pending


async def test_stopping_leaves_what_is_not_begun_where_it_is(clock: Clock, desk: Desk) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()
    accept = desk.accept

    async def slow(arrival: Any) -> Any:
        begun.set()
        await may_end.wait()
        return await accept(arrival)

    sent = [request(number) for number in range(1, 7)]
    pmode = PMode(pending_list=3)
    async with two_points(clock, pmode=pmode) as (home, away):
        async with running(away, desk, workers=1) as transport:
            await arrived(home, away, *sent)
            desk.accept = slow  # type: ignore[method-assign]
            sweep = asyncio.create_task(transport.sweep())
            await begun.wait()
            stopping = asyncio.create_task(transport.stop())
            await asyncio.sleep(0)
            may_end.set()
            await asyncio.gather(sweep, stopping)
        assert len(desk.kept) == 1
        pending = [each.id for each in away.point.pending(None)]
        assert pending == [each.message_id for each in sent if each not in desk.kept]
        desk.accept = accept  # type: ignore[method-assign]
        async with running(away, desk):
            assert len(desk.kept) == 6


async def test_the_last_sweep_that_came_to_its_end_is_told(clock: Clock, desk: Desk) -> None:
    async with two_points(clock) as (home, _), running(home, desk) as transport:
        began = clock.now
        assert transport.last_sweep == began
        clock.now += HOUR
        home.trouble("listPendingMessagesRequest", Trouble.STARTING)
        await transport.sweep()
        assert transport.last_sweep == began
        await transport.sweep()
        assert transport.last_sweep == clock.now


async def test_a_transport_that_never_started_stops(clock: Clock) -> None:
    client = DomibusClient(Settings("https://d.example"), lambda: SealedSink(os.urandom))
    await DomibusTransport(client, clock).stop()


async def test_a_login_that_fails_is_not_tried_again_and_again(clock: Clock, desk: Desk) -> None:
    async with two_points(clock, users={"u": User("p")}) as (home, _), running(home, desk) as one:
        with pytest.raises(EdgeFault, match="password") as raised:
            await one.send(request())
        assert not raised.value.retryable
        assert "statusRequestWithAccessPointRole" not in home.calls


@pytest.mark.parametrize("seconds", [0.0, 3600.0])
async def test_a_pause_ends_with_its_time_or_its_event(seconds: float) -> None:
    event = asyncio.Event()
    if seconds:
        event.set()
    await asyncio.wait_for(pause(event, seconds), 10)
    assert event.is_set() is bool(seconds)


def test_each_state_means_something() -> None:
    assert set(PROGRESS) == set(Status)


async def test_no_log_line_holds_a_value_of_a_message(
    clock: Clock, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    values = [HOME.id, AWAY.id, "C1-Ämter", REGREP.content_id]
    async with two_points(clock) as (home, away):
        async with running(home, desk) as sender:
            await sent_and_failed(home, away, sender, desk)
            clock.now += HOUR
            await sender.sweep()
            away.point.reachable = True
            home.trouble("submitRequest", Trouble.CORE)
            for number in (2, 2):
                try:
                    await sender.send(request(number))
                except EdgeFault as fault:
                    logging.getLogger("service").warning("%s", fault)
        await settled(home, away)
        away.point.find(request(2).message_id, "RECEIVING")[0].broken = True
        async with running(away, desk):
            pass
    assert caplog.records
    assert [value for value in values if value in caplog.text] == []
