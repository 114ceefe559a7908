"""What every transport promises: send, receive, duplicate, failure, restart."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bridge.envelope import Envelope, OctetContent
from bridge.errors import EdgeFault, LocalFault
from bridge.ports import Progress, Report
from tests.contract.desk import Desk
from tests.contract.envelopes import (
    AWAY,
    EMPTY,
    EVIDENCE,
    HOME,
    REGREP,
    STRANGER,
    request,
    test_message,
    told,
)
from tests.contract.worlds import World

CARRIED = {
    "a request": request(1),
    "evidence beside the document": request(2, REGREP, EVIDENCE),
    "a payload without octets": request(3, REGREP, EMPTY),
}


@pytest.mark.parametrize("envelope", CARRIED.values(), ids=CARRIED)
async def test_what_arrives_is_what_was_sent(world: World, envelope: Envelope) -> None:
    await world.send(envelope)
    await world.later()
    assert [told(each) for each in world.away.desk.kept] == [told(envelope)]
    assert world.home.desk.progress(envelope.message_id) is Progress.DELIVERED
    assert world.home.desk.kept == []


async def test_the_other_end_answers(world: World) -> None:
    answer = request(7, sender=AWAY, receiver=HOME)
    await world.send(answer, by=world.away)
    await world.later()
    assert [told(each) for each in world.home.desk.kept] == [told(answer)]
    assert world.away.desk.progress(answer.message_id) is Progress.DELIVERED


async def test_many_at_once_all_arrive_once(world: World) -> None:
    sent = [request(number) for number in range(1, 21)]
    await asyncio.gather(*(world.send(each) for each in sent))
    await world.later()
    assert {each.message_id for each in world.away.desk.kept} == {e.message_id for e in sent}
    assert {world.home.desk.progress(e.message_id) for e in sent} == {Progress.DELIVERED}


async def test_a_test_message_is_delivered_and_handed_to_nobody(world: World) -> None:
    ping = test_message()
    await world.send(ping)
    await world.later()
    assert world.home.desk.progress(ping.message_id) is Progress.DELIVERED
    assert world.away.desk.kept == []


async def test_a_message_that_is_sent_twice_arrives_once(world: World) -> None:
    await world.send(request(1))
    report = await world.send(request(1))
    assert report.progress in {Progress.TAKEN, Progress.DELIVERED}
    assert len(world.away.desk.kept) == 1


async def test_a_message_that_is_sent_twice_at_once_arrives_once(world: World) -> None:
    await asyncio.gather(world.send(request(1)), world.send(request(1)))
    await world.later()
    assert len(world.away.desk.kept) == 1
    assert world.home.desk.progress(request(1).message_id) is Progress.DELIVERED


async def test_a_message_whose_answer_is_lost_is_settled_and_arrives_once(world: World) -> None:
    world.lose_next_answer()
    await world.send(request(1))
    await world.later()
    assert len(world.away.desk.kept) == 1
    assert world.home.desk.progress(request(1).message_id) is Progress.DELIVERED


async def test_another_message_under_a_used_id_is_not_kept(world: World) -> None:
    await world.send(request(1))
    forged = replace(REGREP, content=OctetContent(b"<other/>"))
    await world.send(request(1, forged))
    await world.later()
    assert [told(each) for each in world.away.desk.kept] == [told(request(1))]


async def test_a_receiver_nobody_knows_is_a_failure_with_a_cause(world: World) -> None:
    report = await world.send(request(1, receiver=STRANGER))
    assert report.progress is Progress.FAILED
    assert [cause.code for cause in report.causes] == ["EBMS:0003"]
    assert world.away.desk.kept == []


async def test_a_cut_connection_is_survived(world: World) -> None:
    await world.cut(cut=True)
    sending = request(1)
    world.home.desk.sending(sending)
    try:
        await world.home.desk.report(await world.home.transport.send(sending))
    except EdgeFault as fault:
        assert fault.retryable
    await world.settle()
    assert world.home.desk.progress(sending.message_id) in {None, Progress.TAKEN}
    await world.cut(cut=False)
    await world.send(sending)
    await world.later()
    assert len(world.away.desk.kept) == 1
    assert world.home.desk.progress(sending.message_id) is Progress.DELIVERED


async def test_what_the_receiver_cannot_keep_now_it_keeps_once_later(world: World) -> None:
    world.away.desk.closed = True
    sending = request(1)
    world.home.desk.sending(sending)
    try:
        await world.home.desk.report(await world.home.transport.send(sending))
    except EdgeFault as fault:
        assert fault.retryable
    await world.settle()
    assert world.away.desk.kept == []
    if world.consumes:
        return  # the release has forgotten it, and the log says so
    world.away.desk.closed = False
    if world.home.desk.progress(sending.message_id) is None:
        await world.send(sending)
    await world.later()
    assert [told(each) for each in world.away.desk.kept] == [told(sending)]


async def test_a_restarted_receiver_gets_what_came_meanwhile(world: World) -> None:
    await world.away.transport.stop()
    sending = request(1)
    world.home.desk.sending(sending)
    try:
        await world.home.desk.report(await world.home.transport.send(sending))
    except EdgeFault as fault:
        assert fault.retryable
    await world.away.restart()
    if world.home.desk.progress(sending.message_id) is None:
        await world.send(sending)
    await world.later()
    assert [told(each) for each in world.away.desk.kept] == [told(sending)]


async def test_a_restarted_receiver_takes_a_copy_for_a_copy(world: World) -> None:
    await world.send(request(1))
    await world.away.restart()
    await world.send(request(1))
    await world.later()
    assert len(world.away.desk.kept) == 1


async def test_a_restarted_sender_finds_out_how_its_message_fared(world: World) -> None:
    sending = request(1)
    world.home.desk.sending(sending)
    await world.home.transport.send(sending)  # and the process is lost before it is noted
    await world.home.restart()
    await world.settle()
    report = await world.home.transport.outcome(sending.message_id)
    if report.progress is Progress.UNKNOWN:
        report = await world.send(sending)
    await world.home.desk.report(report)
    await world.later()
    assert world.home.desk.progress(sending.message_id) is Progress.DELIVERED
    assert len(world.away.desk.kept) == 1


async def test_nothing_is_known_of_a_message_that_was_never_sent(world: World) -> None:
    report = await world.home.transport.outcome("never@bridge.example")
    assert report == Report("never@bridge.example", Progress.UNKNOWN)


async def test_a_transport_is_started_once(world: World) -> None:
    with pytest.raises(LocalFault):
        await world.home.transport.start(Desk(world.clock))


async def test_a_stopped_transport_receives_nothing(world: World) -> None:
    await world.away.transport.stop()
    world.home.desk.sending(request(1))
    try:
        await world.home.transport.send(request(1))
    except EdgeFault as fault:
        assert fault.retryable
    await world.settle()
    assert world.away.desk.kept == []


async def test_a_stopped_transport_sends_nothing(world: World) -> None:
    await world.home.transport.stop()
    with pytest.raises(EdgeFault) as raised:
        await world.home.transport.send(request(1))
    assert raised.value.retryable
    await world.settle()
    assert world.away.desk.kept == []
