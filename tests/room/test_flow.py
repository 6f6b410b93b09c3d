"""More than any queue holds, written as fast as it goes, reaches a slow neighbour on real channels."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

import pytest

import peerset
from peerset.core.limits import RECENT_BYTES_MAX, SEND_QUEUE_BYTES_PER_PEER_MAX
from peerset.core.rules import Manifest
from peerset.testing.tracker import local_tracker
from tests.patience import PATIENT_SECONDS

SIZE = 60_000
ACTION_SIZE = 100_000
COUNT = RECENT_BYTES_MAX // SIZE + 30
JUDGE_SECONDS = 0.01


class Slow:
    """Takes its time for each record."""

    name = "slow"
    policy_class = peerset.PolicyClass.ADMISSION
    manifest = Manifest("slow", 1)

    def judge(self, records: Sequence[peerset.Record]) -> list[peerset.Verdict]:
        """Accept, after a while."""
        time.sleep(JUDGE_SECONDS * len(records))
        return [peerset.Accept() for _ in records]


def join(url: str, policies: Sequence[peerset.Policy] = ()) -> AbstractAsyncContextManager[peerset.Room]:
    return peerset.join(
        "flow", signaling=[url], ice_servers=(), allow_loopback=True, host=peerset.Host(), policies=policies
    )


@pytest.mark.real_time
async def test_more_young_records_than_any_queue_holds_reach_a_slow_neighbour_and_no_channel_is_closed() -> None:
    assert COUNT * SIZE > 2 * SEND_QUEUE_BYTES_PER_PEER_MAX
    async with local_tracker() as url, join(url) as writer, join(url, [Slow()]) as reader:
        events = writer.events(peerset.PeerJoined, peerset.PeerLeft, peerset.StrikeCounted)
        async with asyncio.timeout(PATIENT_SECONDS):
            assert isinstance(await anext(events), peerset.PeerJoined)
        arrivals = reader.events(peerset.RecordAdded)
        for number in range(COUNT):
            await writer.publish({"number": number, "text": "x" * SIZE})
        async with asyncio.timeout(PATIENT_SECONDS):
            while reader.count < COUNT:
                await anext(arrivals)
        assert [peer.state for peer in writer.peers] == ["established"]
        assert await drained(events) == []


@pytest.mark.real_time
async def test_more_actions_than_any_queue_holds_are_refused_or_wait_and_no_channel_is_closed() -> None:
    count = 2 * SEND_QUEUE_BYTES_PER_PEER_MAX // ACTION_SIZE
    async with local_tracker() as url, join(url) as writer, join(url) as reader:
        await asyncio.gather(writer.synced(timeout=PATIENT_SECONDS), reader.synced(timeout=PATIENT_SECONDS))
        arrivals, left = reader.events(peerset.ActionReceived), writer.events(peerset.PeerLeft)
        sent = send_hastily(writer)
        assert SEND_QUEUE_BYTES_PER_PEER_MAX < sent * ACTION_SIZE < count * ACTION_SIZE
        async with asyncio.timeout(PATIENT_SECONDS):
            await take(arrivals, sent)
            taking = asyncio.create_task(take(arrivals, count))
            for _ in range(count):
                await writer.send_action("patient", bytes(ACTION_SIZE))
            await taking
        assert await drained(left) == []
        await writer.publish("and records still go through")
        await writer.synced(timeout=PATIENT_SECONDS)


def send_hastily(writer: peerset.Room) -> int:
    """Give how many actions are taken before one is refused."""
    sent = 0
    try:
        while True:
            writer.send_action("hasty", bytes(ACTION_SIZE))
            sent += 1
    except peerset.TransportError:
        return sent


async def take(arrivals: peerset.EventStream, count: int) -> None:
    for _ in range(count):
        await anext(arrivals)


async def drained(events: peerset.EventStream) -> list[object]:
    """Give what is there."""
    found: list[object] = []
    try:
        async with asyncio.timeout(0.2):
            while True:
                found.append(await anext(events))
    except TimeoutError:
        return found
