"""What waits in Domibus is fetched, kept, and only then marked: the traps of receiving."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import pytest

from bridge.sandbox.domibus.messages import PMode, Refusal
from bridge.sandbox.domibus.server import Simulator, Trouble
from bridge.transport.as4.content import SealedSink
from bridge.transport.domibus import fetching
from bridge.transport.domibus.client import DomibusClient, Settings
from bridge.transport.domibus.dialect import CURRENT, FIRST
from bridge.transport.domibus.multipart import Bounds
from bridge.transport.domibus.push import Received
from bridge.transport.domibus.transport import DomibusTransport
from tests.contract.desk import Clock, Desk
from tests.contract.envelopes import (
    EVIDENCE,
    REGREP,
    request,
    test_message,
    told,
)
from tests.contract.worlds import fetched, only_the_event
from tests.unit.transport.domibus.backends import arrived, client_of, running, settled, two_points

HOUR = timedelta(hours=1)


def sender(point: Simulator) -> AbstractAsyncContextManager[DomibusClient]:
    """A client of a release 5.0."""
    return client_of(point.url, dialect=FIRST)


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


async def test_an_error_that_does_not_pass_ends_in_the_hands_of_a_person(
    clock: Clock, desk: Desk
) -> None:
    """``WS_PLUGIN:0001`` is any error inside Domibus: try again, but not for ever (chapter 6)."""
    async with two_points(clock) as (home, away):
        await arrived(home, away, request())
        away.trouble("retrieveMessageRequest", *[Trouble.CORE] * 5)
        async with running(away, desk) as transport:
            for _ in range(3):
                await transport.sweep()
            assert transport.set_aside == {}
            await transport.sweep()
            assert transport.set_aside[request().message_id].code == "WS_PLUGIN:0001"
            clock.now += HOUR
            await transport.sweep()
            assert transport.set_aside == {}
        assert len(desk.kept) == 1


async def test_rights_that_are_missing_set_nothing_aside(
    clock: Clock, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise Refusal("WS_PLUGIN:0002", "You are not allowed to")

    async with two_points(clock) as (home, away):
        await arrived(home, away, request())
        with monkeypatch.context() as patched:
            patched.setattr(away.point, "retrieve", forbidden)
            async with running(away, desk) as transport:
                for _ in range(10):
                    await transport.sweep()
                assert transport.set_aside == {}
        async with running(away, desk):
            assert len(desk.kept) == 1


@pytest.mark.parametrize("mark", [True, False])
async def test_what_cannot_be_read_is_logged_as_what_it_is(
    clock: Clock, desk: Desk, caplog: pytest.LogCaptureFixture, mark: bool
) -> None:
    """Where a release consumes what it hands out, nothing stays there for a person."""
    dialect = CURRENT if mark else FIRST
    async with two_points(clock, release="5.1" if mark else "5.0") as (home, away):
        async with client_of(home.url, dialect=dialect) as client:
            await client.submit(request(1, REGREP, EVIDENCE))
        await settled(home, away)
        settings = Settings(away.url, dialect=dialect, bounds=Bounds(envelope=1 << 20))
        async with running(away, desk, settings, consuming=not mark):
            pass
    assert ("stays in Domibus" in caplog.text) is mark
    assert ("was consumed" in caplog.text) is not mark


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


async def test_one_sweep_asks_for_so_many_lists_only(
    clock: Clock, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MOST_PAGES", 2)
    async with two_points(clock, pmode=PMode(pending_list=1)) as (home, away):
        await arrived(home, away, *(request(number) for number in range(1, 6)))
        async with running(away, desk) as transport:
            assert len(desk.kept) == 2
            await transport.sweep()
            assert len(desk.kept) == 4
