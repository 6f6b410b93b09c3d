"""One peer of the demo, in a process of its own: joins, publishes, and reports how far it is."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from peerset.data.collection import Collection
from peerset.data.doc import Doc
from peerset.data.live import LiveQuery
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


@dataclass(frozen=True)
class Note:
    """What the demo collects."""

    text: str
    peer: int
    """Which one wrote it, from 1."""


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
        signaling=[settings.tracker],
        ice_servers=(),
        allow_loopback=True,
        policies=POLICIES,
    )
    async with room as joined:
        notes = joined.collection("demo", Note, indexes=["peer"])
        others = await notes.live({"peer": {"ne": settings.number}}, limit=1)
        reporting = asyncio.create_task(_report_changes(joined, others, report), name="report")
        try:
            if settings.number == SPAMMER:
                await _spam(joined, report)
            await _publish(notes, settings)
            await _take_orders(joined, report, next_order)
        finally:
            reporting.cancel()
            await asyncio.wait([reporting])


def status_of(room: Room, others: LiveQuery[Doc[Note]]) -> Status:
    """Say how far *room* is, and what is new of *others*."""
    is_synced = bool(room.peers) and all(peer.is_synced for peer in room.peers)
    state = "in sync" if is_synced else "syncing" if room.peers else "joining"
    latest = others.docs[0].value.text if others.docs else ""
    return Status(len(room.peers), room.count, room.root.hex(), state, latest)


async def _publish(notes: Collection[Note], settings: PeerSettings) -> None:
    for number in range(1, settings.records + 1):
        await notes.add(Note(f"record {number} of peer {settings.number}", settings.number))


async def _spam(room: Room, report: Callable[[Report], None]) -> None:
    try:
        await room.publish(AGAINST_THE_RULES)
    except RejectedError as error:
        report(Refused(AGAINST_THE_RULES, str(error)))


async def _take_orders(room: Room, report: Callable[[Report], None], next_order: Callable[[], str]) -> None:
    while (await asyncio.to_thread(next_order)).strip() == ORDER_IDS:
        records = await room.records()
        report(Ids(tuple(sorted(record.id.hex() for record in records))))


async def _report_changes(room: Room, others: LiveQuery[Doc[Note]], report: Callable[[Report], None]) -> None:
    """Report whatever changed, at most every tenth of a second."""
    never = asyncio.get_running_loop().create_future()
    last: Status | None = None
    while True:
        status = status_of(room, others)
        if status != last:
            report(status)
            last = status
        await asyncio.wait([never], timeout=REPORT_INTERVAL_SECONDS)
