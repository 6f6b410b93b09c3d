"""One room by several ways at once: real places of every strategy, on loopback."""

from contextlib import AbstractAsyncContextManager, AsyncExitStack
from itertools import pairwise

import pytest

import peerset
from peerset.ports import SocketState
from tests.patience import until
from tests.signaling.loopback import PLACES

pytestmark = [pytest.mark.real_time, pytest.mark.node, pytest.mark.timeout(170)]

NOWHERE = "ws://127.0.0.1:9"
GOOD_AND_BAD = {(False, True), (True, False)}
"""Whether a place has no success, and no error: of one that is open, and of one that is out of reach."""


async def test_members_that_share_no_way_hold_the_same_set_by_those_that_have_two() -> None:
    async with AsyncExitStack() as stack:
        specs = [await stack.enter_async_context(PLACES[strategy]()) for strategy in sorted(PLACES)]
        # Each has a way in common with the one before it, and no other.
        chain = [[specs[0]], *([one, other] for one, other in pairwise(specs)), [specs[-1]]]
        rooms = [await stack.enter_async_context(joined(*ways)) for ways in chain]
        for number, room in enumerate(rooms):
            await room.publish(f"hello from {number}")
        await until(lambda: {(room.count, room.root) for room in rooms} == {(len(rooms), rooms[0].root)})
        for room, ways in zip(rooms, chain, strict=True):
            assert [f"{status.strategy}:{status.place}" for status in room.signaling] == ways
        statuses = [room.signaling for room in rooms]
        await until(lambda: all(status.state is SocketState.OPEN for room in rooms for status in room.signaling))
        assert {status.error for each in statuses for status in each} == {None}


@pytest.mark.interop(
    client="peerset in Python", what="{strategy}: meets its like while another way is out of reach", where="Python"
)
@pytest.mark.parametrize("strategy", sorted(PLACES))
async def test_two_meet_by_each_strategy_while_another_is_out_of_reach(strategy: str) -> None:
    async with PLACES[strategy]() as spec, joined(NOWHERE, spec) as one, joined(spec, NOWHERE) as other:
        record = await one.publish("hello")
        await until(lambda: other.count == 1)
        assert await other.get(record.id) == record
        await until(lambda: {(each.last_success is None, each.error is None) for each in one.signaling} == GOOD_AND_BAD)
        assert [each.place for each in one.signaling if each.error] == [NOWHERE]


def joined(*signaling: str) -> AbstractAsyncContextManager[peerset.Room]:
    """Join the room by *signaling* as a peer of its own."""
    return peerset.join("ways", signaling=signaling, ice_servers=(), allow_loopback=True, host=peerset.Host())
