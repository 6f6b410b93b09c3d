"""A page in headless Chromium gathers records from a Python peer, and another page from it; real tracker and channels.

The references of the same run: a bare Trystero action that carries as many bytes between the same two, without records
and checks, and the bare verification of as many signatures by the page's workers. The original peerset.DB took 13 s for
100 records between two pages of a machine like ours, and did not finish 1,000 in two minutes.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import peerset
from peerset.core.record import Record, decode_record
from peerset.core.signal import RoomName
from peerset.testing.tracker import local_tracker
from tests.bench.bench_ingest import RECORD_BYTES, make_blobs
from tests.bench.browser import Browser, open_browser
from tests.bench.loops import run_fast
from tests.bench.sizes import sized

SIZES: Final = sized((1_000, 10_000), (500,))
ACTION_BYTES: Final = 60_000
ANNOUNCE_SECONDS: Final = 10
"""The shortest that Trystero takes: the page with the smaller id meets the other only when it announces again."""
SHARE_GOAL: Final = 1.4
"""How many times as long as the page's bare verification all of it may take."""
TASK_MILLISECONDS_GOAL: Final = 50

Row = tuple[str, float, str]

ORIGINAL: Final[Row] = ("not measured here: 100 records between two pages of the original peerset.DB", 13, "s")


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where one measurement takes place: a room of its own."""

    browser: Browser
    tracker: str
    name: RoomName
    count: int

    @property
    def place(self) -> dict[str, object]:
        """What a page needs to come there."""
        return {"app": self.name.app, "room": self.name.room, "relay": self.tracker}

    @property
    def size(self) -> int:
        """The bytes that all records have together, about."""
        return self.count * RECORD_BYTES

    def join(self) -> AbstractAsyncContextManager[peerset.Room]:
        """Join as a Python peer, with its records in memory."""
        return peerset.join(
            self.name.room,
            app=self.name.app,
            signaling=[self.tracker],
            store="memory:",
            ice_servers=(),
            allow_loopback=True,
            host=peerset.Host(),
        )


def run() -> list[Row]:
    """Measure; give (name, value, unit)."""
    return run_fast(_run())


async def _run() -> list[Row]:
    rows: list[Row] = []
    async with local_tracker(interval_seconds=ANNOUNCE_SECONDS) as tracker, open_browser() as browser:
        for count in SIZES:
            rows += await _measure(Meeting(browser, tracker, RoomName("bench", f"page-{count}"), count))
        rates = await browser.call("engines", "engines")
    engines = [(f"verification on one thread of the page, {name}", rate, "records/s") for name, rate in rates.items()]
    return [*rows, *engines, ORIGINAL]


async def _measure(meeting: Meeting) -> list[Row]:
    call, count = meeting.browser.call, meeting.count
    records = [decode_record(blob) for blob in make_blobs(count, meeting.name)]
    shown = await _shown(meeting, records)
    before = await call("first", "processor")
    root, first = await _from_python(meeting, records)
    between = await call("first", "processor")
    # At once, for the machine may be busier a minute later.
    alone = await call("first", "verify")
    after = await call("first", "processor")
    await call("second", "trace")
    second = await call("second", "gather", **meeting.place, count=count, root=root)
    processor = await call("second", "longest")
    source = await call("first", "tasks")
    heap = await call("second", "heap")
    verified = await call("second", "verify")
    await call("first", "close")
    await call("second", "close")
    return [
        *_rows(f"{count} records, Python to page", first, count),
        _share(f"{count} records, Python to page", first, alone),
        (f"{count} records, Python to page: processor time of the browser", between - before, "s"),
        (f"{count} records, bare verification: processor time of the browser", after - between, "s"),
        (f"{count} records, Python to page: as many bytes by bare Trystero", await _bare_from_python(meeting), "s"),
        *_rows(f"{count} records, page to page", second, count),
        _share(f"{count} records, page to page", second, verified),
        (f"{count} records, page to page: as many bytes by bare Trystero", await _bare_between_pages(meeting), "s"),
        *_rows(f"{count} records, Python to a page that shows <peerset-room>", shown, count),
        (f"{count} records, page to page: longest task of the source over 50 ms", source["longestTask"], "ms"),
        (f"{count} records, page to page: longest task of both pages, processor time", processor, "ms"),
        (f"{count} records: the page's JavaScript heap", heap["used"] / 1e6, "MB"),
        (f"{count} records: of it live", heap["live"] / 1e6, "MB"),
        (
            f"{count} records: bare verification by the page's workers ({alone['engine']})",
            alone["perSecond"],
            "records/s",
        ),
    ]


def _rows(what: str, gathered: dict[str, Any], count: int) -> list[Row]:
    seconds = gathered["milliseconds"] / 1e3
    return [
        (f"{what}: session to equal roots", seconds, "s"),
        (f"{what}", count / seconds, "records/s"),
        (f"{what}: tasks over {TASK_MILLISECONDS_GOAL} ms (goal 0)", gathered["longTasks"], "tasks"),
        (f"{what}: the longest of them", gathered["longestTask"], "ms"),
    ]


def _share(what: str, gathered: dict[str, Any], verified: dict[str, Any]) -> Row:
    """Say how many times as long it took as the bare verification of as many by the same workers."""
    share = gathered["milliseconds"] / 1e3 / (verified["count"] / verified["perSecond"])
    return (f"{what}: against bare verification by its workers (goal {SHARE_GOAL})", share, "x")


async def _shown(meeting: Meeting, records: list[Record]) -> dict[str, Any]:
    """Have a page with the element gather *records* from us."""
    async with meeting.join() as room:
        await room.add(records)
        wanted = {"count": meeting.count, "root": room.root.hex()}
        gathered: dict[str, Any] = await meeting.browser.call("shown", "show", **meeting.place, **wanted)
    await meeting.browser.call("shown", "close")
    return gathered


async def _from_python(meeting: Meeting, records: list[Record]) -> tuple[str, dict[str, Any]]:
    """Have the first page gather *records* from us; give their root."""
    async with meeting.join() as room:
        await room.add(records)
        root = room.root.hex()
        gathered = await meeting.browser.call("first", "gather", **meeting.place, count=meeting.count, root=root)
    return root, gathered


async def _bare_from_python(meeting: Meeting) -> float:
    async with meeting.join() as room, _asked(room) as asked:
        taking = asyncio.create_task(meeting.browser.call("taker", "take", **meeting.place, bytes=meeting.size))
        peer = await anext(asked)
        for start in range(0, meeting.size, ACTION_BYTES):
            await room.send_action("bare", bytes(min(ACTION_BYTES, meeting.size - start)), to=[peer])
        taken = await taking
    await meeting.browser.call("taker", "close")
    return float(taken["milliseconds"] / 1e3)


@asynccontextmanager
async def _asked(room: peerset.Room) -> AsyncIterator[AsyncIterator[peerset.PeerId]]:
    """Give the peers that ask for bytes."""
    events = room.events()

    async def peers() -> AsyncIterator[peerset.PeerId]:
        async for event in events:
            if isinstance(event, peerset.ActionReceived) and event.action.name == "bare":
                yield event.peer

    try:
        yield peers()
    finally:
        events.close()


async def _bare_between_pages(meeting: Meeting) -> float:
    call, place = meeting.browser.call, meeting.place
    await call("giver", "give", **place, bytes=meeting.size)
    taken = await call("taker", "take", **place, bytes=meeting.size)
    await call("giver", "close")
    await call("taker", "close")
    return float(taken["milliseconds"] / 1e3)


if __name__ == "__main__":
    for name, value, unit in run():
        print(f"{name:80} {value:12.2f} {unit}")
