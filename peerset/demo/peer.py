"""One peer of the demo, in a process of its own: joins, publishes, and reports how far it is."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from peerset.demo.report import ORDER_IDS, Ids, Refused, Report, Status
from peerset.errors import RejectedError
from peerset.room.joining import join
from peerset.room.room import Room

APP = "peerset-demo"
POLICIES = ("links",)
AGAINST_THE_RULES = "cheap watches at https://spam.example"
SPAMMER = 1
"""Which peer also tries to publish what the room's rules refuse."""
REPORT_INTERVAL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class PeerSettings:
    """What a demo peer is told when it is started."""

    room: str
    tracker: str
    """The websocket address to meet at."""
    store: str
    number: int
    """Which peer this is, from 1."""
    records: int
    """How many records this peer publishes."""


async def run_peer(settings: PeerSettings, *, report: Callable[[Report], None], next_order: Callable[[], str]) -> None:
    """Take part until an order to leave, or the end of the orders.

    *next_order* gives one line, or "" at the end; it blocks, so it is called in a thread.
    """
    room = join(
        settings.room,
        app=APP,
        store=settings.store,
        trackers=[settings.tracker],
        ice_servers=(),
        allow_loopback=True,
        policies=POLICIES,
    )
    async with room as joined:
        reporting = asyncio.create_task(_report_changes(joined, report), name="report")
        try:
            if settings.number == SPAMMER:
                await _spam(joined, report)
            await _publish(joined, settings)
            await _take_orders(joined, report, next_order)
        finally:
            reporting.cancel()
            await asyncio.wait([reporting])


def status_of(room: Room) -> Status:
    """Say how far *room* is."""
    is_synced = bool(room.peers) and all(peer.is_synced for peer in room.peers)
    state = "in sync" if is_synced else "syncing" if room.peers else "joining"
    return Status(len(room.peers), room.count, room.root.hex(), state)


async def _publish(room: Room, settings: PeerSettings) -> None:
    for number in range(1, settings.records + 1):
        await room.publish({"text": f"record {number} of peer {settings.number}"}, collection="demo")


async def _spam(room: Room, report: Callable[[Report], None]) -> None:
    try:
        await room.publish(AGAINST_THE_RULES)
    except RejectedError as error:
        report(Refused(AGAINST_THE_RULES, str(error)))


async def _take_orders(room: Room, report: Callable[[Report], None], next_order: Callable[[], str]) -> None:
    while (await asyncio.to_thread(next_order)).strip() == ORDER_IDS:
        records = await room.records()
        report(Ids(tuple(sorted(record.id.hex() for record in records))))


async def _report_changes(room: Room, report: Callable[[Report], None]) -> None:
    """Report whatever changed, at most every tenth of a second."""
    never = asyncio.get_running_loop().create_future()
    last: Status | None = None
    while True:
        status = status_of(room)
        if status != last:
            report(status)
            last = status
        await asyncio.wait([never], timeout=REPORT_INTERVAL_SECONDS)
