"""Rooms over real channels that have no tracker in common."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

import pytest

import peerset
from peerset.testing.tracker import local_tracker
from tests.patience import PATIENT_SECONDS


def joined(trackers: Sequence[str]) -> AbstractAsyncContextManager[peerset.Room]:
    """Join on loopback, as a peer of its own."""
    return peerset.join("lobby", signaling=trackers, ice_servers=(), allow_loopback=True, host=peerset.Host())


async def until_joined(events: peerset.EventStream, key: peerset.PublicKey) -> None:
    """Wait until whoever has *key* is a neighbour."""
    async with asyncio.timeout(PATIENT_SECONDS):
        async for event in events:
            if isinstance(event, peerset.PeerJoined) and event.key == key:
                return


@pytest.mark.real_time
async def test_two_rooms_that_share_no_tracker_meet_through_a_third() -> None:
    async with (
        local_tracker(seed=1) as first,
        local_tracker(seed=2) as second,
        joined([first]) as one,
        joined([first, second]) as friend,
        joined([second]) as other,
    ):
        events, others = one.events(), other.events()
        await asyncio.gather(until_joined(events, other.key), until_joined(others, one.key))
        assert {peer.key for peer in one.peers} == {friend.key, other.key}
