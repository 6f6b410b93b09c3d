"""More young records than any queue holds, written as fast as they go, reach a slow neighbour on real channels."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

import pytest

import peerset
from peerset.core.limits import RECENT_BYTES_MAX, SEND_QUEUE_BYTES_PER_PEER_MAX
from peerset.core.rules import Manifest
from peerset.testing.tracker import local_tracker

SIZE = 60_000
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
        "flow", trackers=[url], ice_servers=(), allow_loopback=True, host=peerset.Host(), policies=policies
    )


@pytest.mark.real_time
@pytest.mark.timeout(120)
async def test_more_young_records_than_any_queue_holds_reach_a_slow_neighbour_and_no_channel_is_closed() -> None:
    assert COUNT * SIZE > 2 * SEND_QUEUE_BYTES_PER_PEER_MAX
    async with local_tracker() as url, join(url) as writer, join(url, [Slow()]) as reader:
        events = writer.events(peerset.PeerJoined, peerset.PeerLeft, peerset.StrikeCounted)
        async with asyncio.timeout(20):
            assert isinstance(await anext(events), peerset.PeerJoined)
        arrivals = reader.events(peerset.RecordAdded)
        for number in range(COUNT):
            await writer.publish({"number": number, "text": "x" * SIZE})
        async with asyncio.timeout(90):
            while reader.count < COUNT:
                await anext(arrivals)
        assert [peer.state for peer in writer.peers] == ["established"]
        assert await drained(events) == []


async def drained(events: peerset.EventStream) -> list[object]:
    """Give what is there."""
    found: list[object] = []
    try:
        async with asyncio.timeout(0.2):
            while True:
                found.append(await anext(events))
    except TimeoutError:
        return found
