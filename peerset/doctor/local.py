"""Lets two peers of our own meet on this machine: the whole way, from tracker to a synced record."""

import asyncio
import random
from contextlib import AbstractAsyncContextManager
from typing import Final

from peerset.core.network import LOOPBACK
from peerset.core.record import RecordId
from peerset.core.signal import draw_id
from peerset.doctor.finding import Finding, Health
from peerset.errors import PeersetError
from peerset.protocol.events import RecordAdded
from peerset.room.host import Host
from peerset.room.joining import join
from peerset.room.room import Room
from peerset.tracker.tracker import serve_tracker

APP: Final = "peerset-doctor"
TIMEOUT_SECONDS: Final = 20.0
NAME: Final = "two local peers"


async def examine_connection(*, rng: random.Random, timeout_seconds: float = TIMEOUT_SECONDS) -> Finding:
    """Say whether two peers find each other through a tracker here, connect, and sync a record."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    name = draw_id(rng, 20)
    try:
        async with asyncio.timeout(timeout_seconds):
            await _meet(name, rng)
    except TimeoutError:
        advice = "a firewall on this machine may block UDP between its own programs"
        return Finding(NAME, Health.ILL, f"did not connect within {timeout_seconds:g} s", advice)
    except PeersetError as error:
        return Finding(NAME, Health.ILL, str(error), "run this again with --debug to see each step")
    return Finding(NAME, Health.WELL, f"connected and in sync within {loop.time() - started:.2f} s")


async def _meet(name: str, rng: random.Random) -> None:
    async with (
        serve_tracker(LOOPBACK, 0, rng=rng) as tracker,
        _join(name, tracker.url) as one,
        _join(name, tracker.url) as other,
    ):
        record = await one.publish("hello")
        await _arrival(other, record.id)


def _join(name: str, tracker: str) -> AbstractAsyncContextManager[Room]:
    # Each with a host of its own: one peer id never connects to itself.
    return join(name, app=APP, signaling=[tracker], ice_servers=(), allow_loopback=True, host=Host())


async def _arrival(room: Room, record_id: RecordId) -> None:
    events = room.events()
    if await room.get(record_id) is not None:
        return
    async for event in events:
        if isinstance(event, RecordAdded) and event.record.id == record_id:
            return
