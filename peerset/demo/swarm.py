"""The demo's parent process: a tracker, the peers' processes, and the check that they have converged."""

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from peerset.core.network import LOOPBACK
from peerset.demo.child import Child, DemoError, start_child
from peerset.demo.peer import PeerSettings
from peerset.demo.report import Refused
from peerset.tracker.tracker import serve_tracker

ROOM: Final = "demo"
ANNOUNCE_SECONDS: Final = 10
"""The shortest interval that Trystero heeds: a page that leads another meets it when it next announces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSettings:
    """How large the demo is."""

    peers: int = 3
    records: int = 30
    """How many records each peer publishes."""
    timeout_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class PeerView:
    """One line of the demo's table."""

    number: int
    pid: int
    sessions: int
    records: int
    root: str
    """In hex; "" before the first report."""
    state: str
    seconds: float | None
    """From the start until this peer had every record; None before."""
    latest: str = ""
    """What its live query of the others' notes gives first."""


class Swarm:
    """The demo's peers; `converge` waits until all have all records and one root, and see the notes of others."""

    def __init__(self, settings: DemoSettings, *, tracker: str, directory: Path) -> None:
        self.settings = settings
        self.tracker = tracker
        self.directory = directory
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._children: list[Child] = []
        self._complete: dict[int, float] = {}
        self._changed = asyncio.Event()

    @property
    def records_expected(self) -> int:
        """How many records every peer must have in the end."""
        return self.settings.peers * self.settings.records

    @property
    def seconds(self) -> float:
        """How long ago the first peer was started."""
        return self._loop.time() - self._started

    @property
    def refusal(self) -> Refused | None:
        """What one peer tried to publish against the room's rules, once it was refused."""
        return next((child.refusal for child in self._children if child.refusal is not None), None)

    def views(self) -> list[PeerView]:
        """Give the table's lines, in the order of the peers' numbers."""
        return [self._view(child) for child in self._children]

    async def start(self, command: Callable[[PeerSettings], Sequence[str]]) -> None:
        """Start every peer by the *command* that its settings give."""
        for number in range(1, self.settings.peers + 1):
            store = f"sqlite:{self.directory / f'peer-{number}.db'}"
            settings = PeerSettings(ROOM, self.tracker, store, number, self.settings.records)
            log = self.directory / f"peer-{number}.log"
            self._children.append(
                await start_child(number, command=command(settings), log=log, on_change=self._changed.set)
            )

    async def converge(self, show: Callable[[list[PeerView]], None]) -> None:
        """Wait until all peers have one root and every record, and a live query gives each a note of another.

        *show* is called at every change.

        Raises:
            DemoError: a peer failed, time is up, or the peers' stores differ although their roots are equal.

        """
        try:
            async with asyncio.timeout(self.settings.timeout_seconds):
                while not self._is_converged():
                    await self._changed.wait()
                    self._changed.clear()
                    self._note_progress()
                    show(self.views())
                await self._compare_ids()
        except TimeoutError as error:
            raise DemoError(
                f"no convergence within {self.settings.timeout_seconds:g} s: {self._shortfall()}"
            ) from error

    async def watch(self, show: Callable[[list[PeerView]], None]) -> None:
        """Go on calling *show* until cancelled or a peer fails."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._note_progress()
            show(self.views())

    async def stop(self) -> None:
        """End every process that was started."""
        await asyncio.gather(*(child.end() for child in self._children))

    def _view(self, child: Child) -> PeerView:
        seconds = self._complete.get(child.number)
        status = child.status
        if status is None:
            return PeerView(child.number, child.pid, 0, 0, "", "starting", seconds)
        return PeerView(
            child.number, child.pid, status.sessions, status.records, status.root, status.state, seconds, status.latest
        )

    def _note_progress(self) -> None:
        for child in self._children:
            if child.failure is not None:
                raise DemoError(f"peer {child.number} {child.failure}")
            # Whoever looks on may publish as well, so there can be more.
            if child.status is not None and child.status.records >= self.records_expected:
                self._complete.setdefault(child.number, self.seconds)

    def _is_converged(self) -> bool:
        views = self.views()
        is_seen = self.refusal is not None and all(view.latest for view in views)
        return is_seen and len(self._complete) == len(views) and len({view.root for view in views}) == 1

    async def _compare_ids(self) -> None:
        """Read the ids from each process: equal roots are a claim, this is the proof."""
        sets = [set(await child.ids()) for child in self._children]
        shared = set.intersection(*sets)
        for child, ids in zip(self._children, sets, strict=True):
            if len(shared) < self.records_expected:
                have = f"has {len(ids)} of {self.records_expected} records"
                raise DemoError(f"peer {child.number} {have}, {len(ids - shared)} of them not at every peer")

    def _shortfall(self) -> str:
        lines = (
            f"peer {view.number}: {view.records} records, root {view.root[:8] or '-'}"
            + ("" if view.latest else ", none of the others' in its live query")
            for view in self.views()
        )
        return f"expected {self.records_expected} records and one root, but " + ", ".join(lines)


@asynccontextmanager
async def start_swarm(
    settings: DemoSettings, *, command: Callable[[PeerSettings], Sequence[str]]
) -> AsyncIterator[Swarm]:
    """Run a tracker and the peers, with their files in a temporary directory; all of it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="peerset-demo-") as directory:
        async with serve_tracker(LOOPBACK, 0, interval_seconds=ANNOUNCE_SECONDS, rng=random.SystemRandom()) as tracker:
            swarm = Swarm(settings, tracker=tracker.url, directory=Path(directory))
            try:
                await swarm.start(command)
                yield swarm
            finally:
                await swarm.stop()
