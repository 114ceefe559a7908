"""Domibus as a transport: its traps, each met by the transport against the simulator."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from bridge.envelope import Envelope
from bridge.errors import EdgeFault, SettingsFault
from bridge.ports import Progress, Report
from bridge.sandbox.domibus.messages import PMode, User
from bridge.sandbox.domibus.pushing import Rule
from bridge.sandbox.domibus.server import Simulator, Trouble
from bridge.transport.as4.content import SealedSink
from bridge.transport.domibus.client import DomibusClient, Settings
from bridge.transport.domibus.dialect import FIRST, LEGACY
from bridge.transport.domibus.endpoint import PushAccess, PushEndpoint
from bridge.transport.domibus.multipart import Bounds
from bridge.transport.domibus.operations import Status
from bridge.transport.domibus.push import Changed, Deleted, Notification, NotReceived, Received
from bridge.transport.domibus.transport import PROGRESS, DomibusTransport, pause
from tests.contract.desk import Clock, Desk, DeskClosed
from tests.contract.envelopes import (
    AWAY,
    EVIDENCE,
    HOME,
    PROVIDER,
    REGREP,
    request,
    test_message,
    told,
)
from tests.contract.worlds import fetched, listening, only_the_event
from tests.unit.transport.domibus.backends import client_of, settled, two_points

HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(clock: Clock) -> Desk:
    return Desk(clock)


@asynccontextmanager
async def running(
    point: Simulator, desk: Desk, settings: Settings | None = None, **options: Any
) -> AsyncIterator[DomibusTransport]:
    """A bridge behind an access point, which has swept once and waits to be told."""
    swept = asyncio.Event()

    async def first_sweep(stopping: asyncio.Event, seconds: float) -> None:
        swept.set()
        await stopping.wait()

    client = DomibusClient(settings or Settings(point.url), lambda: SealedSink(os.urandom))
    transport = DomibusTransport(client, desk.clock, pause=first_sweep, **options)
    await transport.start(desk)
    await swept.wait()
    try:
        yield transport
    finally:
        await transport.stop()


def sender(point: Simulator) -> AbstractAsyncContextManager[DomibusClient]:
    """A client of a release 5.0."""
    return client_of(point.url, dialect=FIRST)


async def arrived(home: Simulator, away: Simulator, *envelopes: Envelope) -> None:
    """Bring messages to ``away`` without a bridge behind ``home``."""
    async with running(home, Desk(Clock())) as sender:
        for envelope in envelopes:
            await sender.send(envelope)
    await settled(home, away)


async def test_a_message_is_marked_only_when_it_is_kept(clock: Clock, desk: Desk) -> None:
    async with two_points(clock) as (home, away):
        await arrived(home, away, request())
        desk.closed = True
        async with running(away, desk) as transport:
            assert away.point.find(request().message_id, "RECEIVING")[0].pending
            assert "markMessageAsDownloadedRequest" not in away.calls
            desk.closed = False
            await transport.sweep()
        assert [told(each) for each in desk.kept] == [told(request())]
        assert not away.point.find(request().message_id, "RECEIVING")[0].pending


async def test_retention_of_no_time_loses_nothing(clock: Clock, desk: Desk) -> None:
    """``retention_downloaded="0"``: the payload is gone with the mark, not before."""
    async with two_points(clock, pmode=PMode(retention_downloaded=0)) as (home, away):
        await arrived(home, away, request())
        async with running(away, desk):
            pass
        assert len(desk.kept) == 1
        assert away.point.find(request().message_id, "RECEIVING")[0].purged


@pytest.mark.parametrize("trouble", Trouble)
async def test_a_mark_that_fails_is_made_again(clock: Clock, desk: Desk, trouble: Trouble) -> None:
    async with two_points(clock) as (home, away):
        await arrived(home, away, request())
        away.trouble("markMessageAsDownloadedRequest", trouble)
        async with running(away, desk) as transport:
            await transport.sweep()
        assert len(desk.kept) == 1
        assert not away.point.find(request().message_id, "RECEIVING")[0].pending


@pytest.mark.parametrize("trouble", Trouble)
async def test_a_retrieval_that_fails_is_made_again(
    clock: Clock, desk: Desk, trouble: Trouble
) -> None:
    async with two_points(clock) as (home, away):
        await arrived(home, away, request())
        away.trouble("retrieveMessageRequest", trouble)
        async with running(away, desk) as transport:
            assert desk.kept == []
            await transport.sweep()
        assert len(desk.kept) == 1


async def test_a_list_that_is_cut_off_is_drained(clock: Clock, desk: Desk) -> None:
    async with two_points(clock, pmode=PMode(pending_list=3)) as (home, away):
        await arrived(home, away, *(request(number) for number in range(1, 11)))
        async with running(away, desk):
            pass
        assert len(desk.kept) == 10


async def test_a_message_nobody_can_read_waits_for_a_person_and_holds_up_nobody(
    clock: Clock, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """A broken gzip shows only at retrieval, long after the receipt (3.3)."""
    async with two_points(clock) as (home, away):
        await arrived(home, away, request(1), request(2))
        broken = away.point.find(request(1).message_id, "RECEIVING")[0]
        broken.broken = True
        async with running(away, desk) as transport:
            assert [each.message_id for each in desk.kept] == [request(2).message_id]
            assert transport.set_aside[request(1).message_id].code == "EBMS:0303"
            assert request(1).message_id in caplog.text
            away.calls.clear()
            await transport.sweep()
            assert "retrieveMessageRequest" not in away.calls, "not every minute again"
            broken.broken = False
            clock.now += HOUR
            await transport.sweep()
            assert len(desk.kept) == 2
            assert transport.set_aside == {}


async def test_another_message_under_an_id_that_is_kept_stays_for_a_person(
    clock: Clock, desk: Desk
) -> None:
    pmode = PMode(retention_downloaded=60)
    async with two_points(clock, pmode=pmode) as (home, away):
        await arrived(home, away, request(1))
        async with running(away, desk) as transport:
            stored = away.point.find(request(1).message_id, "RECEIVING")[0]
            stored.payloads[0].octets = b"<other/>"
            stored.pending = True
            await transport.sweep()
            assert transport.set_aside[request(1).message_id].code == "DOMIBUS-CONFLICT"
        assert stored.pending
        assert [told(each) for each in desk.kept] == [told(request(1))]


async def test_what_domibus_purges_unread_is_said_aloud(
    clock: Clock, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    async with two_points(clock) as (home, away):
        await arrived(home, away, request())
        away.point.find(request().message_id, "RECEIVING")[0].broken = True
        async with running(away, desk) as transport:
            clock.now += timedelta(minutes=3600)
            away.point.clean()
            await transport.sweep()
            assert transport.set_aside == {}
    assert f"purged '{request().message_id}'" in caplog.text


async def test_two_bridges_at_one_domibus_keep_a_message_once(clock: Clock, desk: Desk) -> None:
    async with (
        two_points(clock) as (home, away),
        running(away, desk) as one,
        running(away, desk) as other,
    ):
        await arrived(home, away, *(request(number) for number in range(1, 6)))
        await asyncio.gather(one.sweep(), other.sweep())
        await asyncio.gather(one.sweep(), other.sweep())
        assert one.set_aside == other.set_aside == {}
    assert len(desk.kept) == 5


async def test_a_message_that_somebody_else_marked_meanwhile_is_done(
    clock: Clock, desk: Desk
) -> None:
    async with two_points(clock) as (home, away):
        await arrived(home, away, request())
        accept = desk.accept

        async def overtaken(arrival: Any) -> Any:
            away.point.mark(arrival.envelope.message_id)
            return await accept(arrival)

        desk.accept = overtaken  # type: ignore[method-assign]
        async with running(away, desk) as transport:
            assert transport.set_aside == {}
        assert len(desk.kept) == 1
        assert away.calls.count("markMessageAsDownloadedRequest") == 1


async def test_a_test_message_that_waits_all_the_same_is_marked_and_kept_nowhere(
    clock: Clock, desk: Desk
) -> None:
    async with two_points(clock, pmode=PMode(retention_downloaded=60)) as (home, away):
        await arrived(home, away, test_message())
        stored = away.point.find(test_message().message_id, "RECEIVING")[0]
        stored.pending = True
        async with running(away, desk):
            assert not stored.pending
    assert desk.kept == []


@pytest.mark.parametrize("status", [Status.RECEIVED, Status.RECEIVED_WITH_WARNINGS])
async def test_a_state_that_says_received_is_news_of_a_message(
    clock: Clock, desk: Desk, status: Status
) -> None:
    async with two_points(clock) as (home, away), running(away, desk) as transport:
        await arrived(home, away, request())
        await transport.notified(Changed(request().message_id, status))
        await fetched()
        assert len(desk.kept) == 1


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


async def test_many_at_a_time_but_not_more_than_told(clock: Clock, desk: Desk) -> None:
    async with two_points(clock) as (home, away):
        await arrived(home, away, *(request(number) for number in range(1, 9)))
        at_once = most = 0
        accept = desk.accept

        async def counted(arrival: Any) -> Any:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0)
            try:
                return await accept(arrival)
            finally:
                at_once -= 1

        desk.accept = counted  # type: ignore[method-assign]
        async with running(away, desk, workers=2):
            pass
        assert len(desk.kept) == 8
        assert 1 <= most <= 2


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


@pytest.mark.parametrize("pushed", [False, True])
async def test_from_an_older_release_than_told_nothing_is_fetched(
    clock: Clock, desk: Desk, caplog: pytest.LogCaptureFixture, pushed: bool
) -> None:
    """It would ignore that a retrieval should not consume, and forget the message."""
    async with two_points(clock, release="5.0", pmode=PMode(retention_downloaded=0)) as (
        home,
        away,
    ):
        async with sender(home) as client:
            await client.submit(request())
        await settled(home, away)
        async with running(away, desk) as transport:
            if pushed:
                await transport.notified(Received(request().message_id))
                await fetched()
        assert away.point.find(request().message_id, "RECEIVING")[0].pending
        assert "retrieveMessageRequest" not in away.calls
    assert "older than the settings say" in caplog.text


async def test_the_release_is_asked_for_once(clock: Clock, desk: Desk) -> None:
    async with two_points(clock) as (home, away):
        await arrived(home, away, request(1), request(2))
        async with running(away, desk) as transport:
            await transport.sweep()
        assert away.calls.count("statusRequestWithAccessPointRole") == 1


async def test_a_message_that_was_consumed_and_not_kept_is_said_aloud(
    clock: Clock, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    async with two_points(clock, release="5.0") as (home, away):
        async with sender(home) as client:
            await client.submit(request())
        await settled(home, away)
        desk.closed = True
        client = DomibusClient(Settings(away.url, dialect=FIRST), lambda: SealedSink(os.urandom))
        transport = DomibusTransport(client, clock, consuming=True, pause=only_the_event)
        await transport.start(desk)
        await transport.sweep()
        await transport.stop()
    assert [each.levelno for each in caplog.records if "consumed" in each.message] == [
        logging.CRITICAL
    ]


async def test_a_message_beyond_our_bounds_waits_for_a_person(clock: Clock, desk: Desk) -> None:
    async with two_points(clock) as (home, away):
        await arrived(home, away, request(1, REGREP, EVIDENCE), request(2))
        bounds = Bounds(envelope=1 << 20)
        async with running(away, desk, Settings(away.url, bounds=bounds)) as transport:
            assert [each.message_id for each in desk.kept] == [request(2).message_id]
            assert transport.set_aside[request(1).message_id].code == "MIME-SIZE"


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
