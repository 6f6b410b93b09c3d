"""Two pages meet on our tracker, and meet again after one has left and come back: how long that takes, if it happens.

Pages of ours, and of unmodified Trystero, in headless Chromium. The tracker asks for an announcement a minute, as most
do. ``python -m tests.bench.bench_meeting 10 ours-plain`` measures ten meetings of these two only.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Final, Protocol

from peerset.testing.tracker import local_tracker
from tests.bench.loops import run_fast
from tests.interop.browser import Page, open_page, run_browser
from tests.web.peer_page import SITE, PeerPage, peer_page

MEETINGS: Final = 40
INTERVAL_SECONDS: Final = 60
GIVEN_UP_SECONDS: Final = 75
P95_SECONDS_GOAL: Final = 6
PAIRS: Final = ("ours-ours", "ours-plain", "plain-ours", "plain-plain")
"""Who is there first, and who comes."""
APP: Final = "bench"

Row = tuple[str, float, str]


class Member(Protocol):
    """A page of either kind."""

    async def join(self, room: str, tracker: str) -> None:
        """Join *room*."""

    async def leave(self, room: str) -> None:
        """Leave *room*."""

    async def meet(self, other: "Member") -> None:
        """Wait until the other is there."""

    @property
    def page(self) -> Page:
        """The page itself."""


class Ours:
    """A page of ours."""

    def __init__(self, page: PeerPage) -> None:
        self.page = page

    async def join(self, room: str, tracker: str) -> None:
        """Join *room*."""
        await self.page.enter(room, app=APP, relays=[tracker], store="memory")

    async def leave(self, room: str) -> None:
        """Leave *room*."""
        del room
        await self.page.call("leave")

    async def meet(self, other: Member) -> None:
        """Wait until the other is there; a page of Trystero has no session, only a channel."""
        while True:
            state = (await self.page.states()).get(other.page.id)
            if state == "established" or (state is not None and isinstance(other, Plain)):
                return
            await asyncio.sleep(0.05)


class Plain:
    """A page of unmodified Trystero."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def join(self, room: str, tracker: str) -> None:
        """Join *room*."""
        await self.page.call("join", room=room, app=APP, tracker=tracker, password="")

    async def leave(self, room: str) -> None:
        """Leave *room*."""
        await self.page.call("leave", room=room)

    async def meet(self, other: Member) -> None:
        """Wait until the other is there."""
        await self.page.next("joined", peer=other.page.id)


@asynccontextmanager
async def opened(kind: str, chromium: int) -> AsyncIterator[Member]:
    """Open a page of that kind."""
    if kind == "ours":
        async with peer_page(chromium) as page:
            yield Ours(page)
    else:
        async with open_page(chromium) as plain:
            yield Plain(plain)


def run(meetings: int = MEETINGS, pairs: tuple[str, ...] = PAIRS) -> list[Row]:
    """Measure; give (name, value, unit)."""
    with tempfile.TemporaryDirectory() as folder, run_browser("chromium", Path(folder), site=SITE) as chromium:
        return run_fast(_run(chromium, meetings, pairs))


async def _run(chromium: int, meetings: int, pairs: tuple[str, ...]) -> list[Row]:
    rows: list[Row] = []
    for pair in pairs:
        async with local_tracker(interval_seconds=INTERVAL_SECONDS) as tracker:
            fresh = [await _fresh(chromium, tracker, pair, number) for number in range(meetings)]
            rows += _rows(f"{pair}: fresh pages", fresh)
            rows += _rows(f"{pair}: left and came back", await _again(chromium, tracker, pair, meetings))
    return rows


async def _fresh(chromium: int, tracker: str, pair: str, number: int) -> float:
    room = f"{pair} {number}"
    async with AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(opened(kind, chromium)) for kind in pair.split("-")]
        await first.join(room, tracker)
        # The first has announced itself, and nobody was there.
        await asyncio.sleep(3)
        return await _timed(room, second.join(room, tracker), first, second)


async def _again(chromium: int, tracker: str, pair: str, meetings: int) -> list[float]:
    room = f"{pair} again"
    async with AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(opened(kind, chromium)) for kind in pair.split("-")]
        await first.join(room, tracker)
        await _timed(room, second.join(room, tracker), first, second)
        seconds = []
        for turn in range(meetings):
            # Both are the one that leaves in turn, after stays of many lengths.
            leaver = (first, second)[turn % 2]
            await asyncio.sleep(turn % 4 / 4)
            await leaver.leave(room)
            seconds.append(await _timed(room, leaver.join(room, tracker), first, second))
        return seconds


_number: Final = count(1)


async def _timed(room: str, joining: Awaitable[None], first: Member, second: Member) -> float:
    began = time.monotonic()
    await joining
    for member in (first, second):
        if isinstance(member, Plain):
            member.page.id = await member.page.call("id")
    try:
        async with asyncio.timeout(GIVEN_UP_SECONDS):
            await asyncio.gather(first.meet(second), second.meet(first))
    except TimeoutError:
        return float("inf")
    finally:
        print(f"{next(_number)} {room}: {time.monotonic() - began:.2f} s", file=sys.stderr, flush=True)
    return time.monotonic() - began


def _rows(what: str, seconds: list[float]) -> list[Row]:
    met = sorted(second for second in seconds if second < GIVEN_UP_SECONDS)
    figures: list[tuple[str, Callable[[list[float]], float]]] = [
        ("median", statistics.median),
        (f"p95 (goal {P95_SECONDS_GOAL})", lambda ordered: ordered[int(0.95 * (len(ordered) - 1))]),
        ("longest", max),
    ]
    return [
        *((f"{what}, {name}", figure(met), "s") for name, figure in figures if met),
        (f"{what}, never within {GIVEN_UP_SECONDS} s (goal 0)", float(len(seconds) - len(met)), f"of {len(seconds)}"),
    ]


if __name__ == "__main__":
    meetings = int(sys.argv[1]) if len(sys.argv) > 1 else MEETINGS
    for name, value, unit in run(meetings, tuple(sys.argv[2:]) or PAIRS):
        print(f"{name:80} {value:12.2f} {unit}")
