"""A besieged room on real channels: an observer here; an honest publisher and a hostile peer, a process each."""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import peerset
from peerset.testing.tracker import local_tracker
from tests.siege_peer import HONEST_MARK, join_siege, until_met

ANSWER_SECONDS = 120


def pusher(role: str, count: int) -> list[str]:
    """Give the arguments of Python that run a peer of *role* which has *count* refused records ready to push."""
    return [str(Path(__file__).with_name("siege_peer.py")), role, str(count)]


HONEST = pusher("honest", 0)


class Child:
    """A peer in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def ask(self, line: str) -> list[object]:
        """Let it do what *line* says, and wait until it has; give what it says."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        return await self.read()

    async def read(self) -> list[object]:
        """Read what it says next."""
        assert self.process.stdout is not None
        async with asyncio.timeout(ANSWER_SECONDS):
            line = await self.process.stdout.readline()
        assert line, "the child ended early"
        fields: list[object] = json.loads(line)
        return fields


@dataclass
class Report:
    """What the observer saw."""

    latencies: list[float] = field(default_factory=list)
    """Seconds from publishing an honest record to seeing it here."""
    refused: Counter[str] = field(default_factory=Counter)
    """Hostile records refused, by source."""
    honest: set[peerset.PublicKey] = field(default_factory=set)
    """Who wrote honest records."""
    missed: int = 0
    """Events that came too fast for the observer."""
    is_banned: bool = False
    """Somebody was banned."""


@dataclass
class Siege:
    """The room as the observer has it, and its other peers."""

    room: peerset.Room
    events: peerset.EventStream
    honest: Child
    hostile: Child
    report: Report = field(default_factory=Report)

    async def deliver(self, count: int) -> None:
        """Let the honest peer publish *count* records, each as soon as the one before it is here."""
        for _ in range(count):
            await self.honest.ask("publish")
            await self._until_added()

    async def assault(self, count: int, *, is_ban_awaited: bool) -> None:
        """Deliver *count* records, and more until the hostile peer has pushed all it has, and is banned if it must."""
        pushing = asyncio.create_task(self.hostile.ask("push"))
        await self.deliver(count)
        while not (pushing.done() and self.report.is_banned >= is_ban_awaited):
            await self.deliver(1)
        await pushing

    async def _until_added(self) -> None:
        async with asyncio.timeout(ANSWER_SECONDS):
            while not self._take(await anext(self.events)):
                pass

    def _take(self, event: peerset.Event | peerset.Lagged) -> bool:
        match event:
            case peerset.RecordAdded(record) if record.content.startswith(HONEST_MARK):
                self.report.latencies.append(time.monotonic() - float(record.content.removeprefix(HONEST_MARK)))
                self.report.honest.add(record.author)
                return True
            case peerset.RecordRejected(source=source):
                self.report.refused[source] += 1
            case peerset.StrikeCounted(state="banned"):
                self.report.is_banned = True
            case peerset.Lagged(count):
                self.report.missed += count
            case _:
                pass
        return False


@asynccontextmanager
async def besieged(hostile_peer: Sequence[str], *, store: str = "memory:") -> AsyncIterator[Siege]:
    """Run a room, kept in *store*, whose hostile peer is what *hostile_peer*, arguments of Python, runs: `pusher`."""
    async with (
        local_tracker() as url,
        child(HONEST, url) as honest,
        child(hostile_peer, url) as hostile,
        join_siege(url, "honest", store=store) as room,
    ):
        events = room.events()
        async with asyncio.timeout(ANSWER_SECONDS):
            await until_met(room, events)
        await honest.ask("met")
        await hostile.ask("met")
        yield Siege(room, events, honest, hostile)


@asynccontextmanager
async def child(arguments: Sequence[str], url: str) -> AsyncIterator[Child]:
    """Run a peer by these *arguments* of Python, and *url*; it is killed at the latest when the block ends."""
    command = [sys.executable, *arguments, url]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    try:
        running = Child(process)
        await running.read()
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
