"""A soak: nodes as users start them keep many rooms for hours, while visitors come and go and nodes are killed.

``python -m peerset.testing soak --hours 2 --rooms 50`` plays it in real time, on this machine alone. In the end all
nodes hold the same records of each room, among them all that anybody was told to be kept, and the node that was never
killed takes as much memory as it did half way.
"""

import asyncio
import json
import random
import signal
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from peerset.core.limits import CHANNELS_MAX
from peerset.core.record import RecordId
from peerset.errors import PeersetError
from peerset.plugins import open_store
from peerset.room.host import Host
from peerset.room.joining import join
from peerset.testing.tracker import local_tracker
from peerset.tracker.limits import TrackerLimits

LIMITS: Final = TrackerLimits().with_address_members(8 * CHANNELS_MAX)
"""All members come from one address."""

SYNCED_SECONDS: Final = 30.0
"""A visitor waits so long until others have what it wrote; of what they may not have nothing is promised."""
SETTLING_SECONDS: Final = 600.0
"""So long, at most, until all nodes have the same in the end."""
SAMPLED_SECONDS: Final = 5.0
DOWN_SECONDS: Final = 10.0
"""A node that was killed is started again within that."""
ENDING_SECONDS_MAX: Final = 5.0
GROWTH_MAX: Final = 0.1
"""Of the memory of a node, from the second quarter of the time to the last."""
VISITORS: Final = 3
RECORDS: Final = 5

Say = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class SoakPlan:
    """What is played."""

    hours: float = 2.0
    rooms: int = 50
    nodes: int = 3
    kill_seconds: float = 60.0
    """Between two ends of nodes, on average; every fourth is by SIGTERM."""
    visit_seconds: float = 2.0
    """Between two visits of one of the visitors, on average."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be played."""
        if self.rooms < VISITORS or self.nodes < 2:
            raise ValueError(f"a soak has at least {VISITORS} rooms and two nodes")
        if min(self.hours, self.kill_seconds, self.visit_seconds) <= 0:
            raise ValueError("a soak takes its time, and pauses between what happens")


@dataclass(slots=True)
class SoakFigures:
    """What came of it."""

    seconds: float = 0.0
    visits: int = 0
    records_kept: int = 0
    """That others had, as their writers were told."""
    records_unsure: int = 0
    """Whose writers left before they were told so."""
    kills: int = 0
    endings: int = 0
    ending_seconds: float = 0.0
    """How long the slowest node took to end by SIGTERM."""
    settling_seconds: float = 0.0
    """Until all nodes had the same, once nobody wrote or died any more."""
    memory_mb: list[float] = field(default_factory=list)
    """Of the node that was never killed, the median of each quarter of the time."""
    faults: list[str] = field(default_factory=list)
    """What must not be."""

    @property
    def growth(self) -> float:
        """By what part the memory grew from the second quarter of the time to the last."""
        return self.memory_mb[3] / self.memory_mb[1] - 1 if len(self.memory_mb) == 4 else 0.0

    def judge(self, samples: Sequence[float]) -> None:
        """Take in *samples* of the memory, in MB and in order, and say what must not be."""
        quarter = len(samples) // 4
        if quarter:
            quarters = [samples[number * quarter : (number + 1) * quarter] for number in range(4)]
            self.memory_mb = [round(median(each), 1) for each in quarters]
        if self.growth > GROWTH_MAX:
            self.faults.append("memory grew")
        if self.ending_seconds > ENDING_SECONDS_MAX:
            self.faults.append("a node took too long to end")
        if not self.records_kept:
            self.faults.append("nothing was kept")

    def line(self) -> str:
        """Write it in one line."""
        memory = " ".join(f"{each:.0f}" for each in self.memory_mb)
        return (
            f"{self.seconds:.0f} s, {self.visits} visits, {self.records_kept} records kept and {self.records_unsure} "
            f"unsure, {self.kills} kills, {self.endings} ends within {self.ending_seconds:.1f} s, the same everywhere "
            f"after {self.settling_seconds:.0f} s, memory by quarters {memory} MB ({self.growth:+.1%}): "
            + ("; ".join(self.faults) or "all well")
        )

    def to_json(self) -> str:
        """Write it as JSON."""
        return json.dumps({**asdict(self), "growth": round(self.growth, 4)})


class Soak:
    """Plays *plan* in *folder*; *say* hears which part of the time is over."""

    def __init__(self, plan: SoakPlan, folder: Path, *, say: Say = lambda _: None) -> None:
        self._plan = plan
        self._say = say
        self._rng = random.Random(plan.seed)
        self._folder = folder
        self._figures = SoakFigures()
        self._rooms = [f"room {number}" for number in range(plan.rooms)]
        self._kept: dict[str, set[RecordId]] = {room: set() for room in self._rooms}
        self._busy: set[str] = set()
        self._nodes: list[_Node] = []
        self._samples: list[float] = []

    async def play(self) -> SoakFigures:
        """Play it, and give what came of it."""
        rooms_file = self._folder / "rooms.toml"
        rooms_file.write_text("".join(f'[[rooms]]\nroom = "{room}"\n' for room in self._rooms), encoding="utf-8")
        async with local_tracker(limits=LIMITS) as url, AsyncExitStack() as stack:
            for number in range(self._plan.nodes):
                node = _Node(self._folder / f"node-{number}", ["--rooms-file", str(rooms_file), "--signaling", url])
                stack.push_async_callback(node.kill)
                self._nodes.append(node)
                await node.start()
            await self._live(url)
            await self._settle()
            for node in self._nodes:
                await self._end(node)
        kept = set[RecordId]().union(*self._kept.values())
        self._figures.faults += await differences([node.folder for node in self._nodes], kept)
        self._figures.faults += [f"{node.log} has a traceback" for node in self._nodes if node.has_broken]
        self._figures.judge(self._samples)
        return self._figures

    async def _live(self, url: str) -> None:
        began, seconds = _now(), self._plan.hours * 3_600
        works = [
            self._kill_again_and_again(),
            self._sample(),
            *(self._visit_again_and_again(url) for _ in range(VISITORS)),
        ]
        tasks = [asyncio.create_task(work, name="soaking") for work in works]
        try:
            while (passed := _now() - began) < seconds:
                self._say(passed / seconds)
                done, _ = await asyncio.wait(tasks, timeout=SAMPLED_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        self._figures.seconds = _now() - began
        self._say(1.0)

    # What happens all the time.

    async def _visit_again_and_again(self, url: str) -> None:
        while True:
            await asyncio.sleep(self._rng.expovariate(1 / self._plan.visit_seconds))
            room = self._rng.choice([room for room in self._rooms if room not in self._busy])
            self._busy.add(room)
            try:
                await self._visit(room, url)
            finally:
                self._busy.discard(room)

    async def _visit(self, name: str, url: str) -> None:
        """Write a few records in *name*, and leave once others have them."""
        ids = list[RecordId]()
        try:
            async with join(
                name, signaling=[url], store="memory:", ice_servers=(), allow_loopback=True, host=Host()
            ) as room:
                for number in range(self._rng.randint(1, RECORDS)):
                    ids.append((await room.publish({"text": f"{name}, {number}"})).id)
                await room.synced(timeout=SYNCED_SECONDS)
                self._kept[name].update(ids)
                self._figures.records_kept += len(ids)
        except (TimeoutError, PeersetError):
            self._figures.records_unsure += len(ids)
        self._figures.visits += 1

    async def _kill_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(self._rng.expovariate(1 / self._plan.kill_seconds))
            # The first is never killed: what it takes shall not grow.
            node = self._rng.choice(self._nodes[1:])
            if self._rng.randrange(4):
                await node.kill()
                self._figures.kills += 1
            else:
                await self._end(node)
            await asyncio.sleep(self._rng.uniform(0, DOWN_SECONDS))
            await node.start()

    async def _sample(self) -> None:
        while True:
            await asyncio.sleep(SAMPLED_SECONDS)
            self._samples.append(await self._nodes[0].memory_mb())
            self._figures.faults += [f"{node.folder.name} ended by itself" for node in self._nodes if node.is_gone]

    # How it ends.

    async def _settle(self) -> None:
        """Wait until all nodes count the same records in each room."""
        began = _now()
        for node in self._nodes:
            if not node.is_running:
                await node.start()
        while (passed := _now() - began) < SETTLING_SECONDS:
            counts = [await node.counts() for node in self._nodes]
            least = {room: len(ids) for room, ids in self._kept.items()}
            if all(each == counts[0] for each in counts) and all(counts[0].get(r, -1) >= least[r] for r in least):
                break
            await asyncio.sleep(1)
        self._figures.settling_seconds = passed

    async def _end(self, node: "_Node") -> None:
        code, passed = await node.end()
        self._figures.endings += 1
        self._figures.ending_seconds = max(self._figures.ending_seconds, passed)
        if code != 128 + signal.SIGTERM:
            self._figures.faults.append(f"{node.folder.name} ended with {code} at SIGTERM")


class _Node:
    """A process that keeps the rooms that *arguments* say, in *folder*."""

    def __init__(self, folder: Path, arguments: list[str]) -> None:
        self.folder = folder
        self.log = folder / "log"
        self._command = [sys.executable, "-m", "peerset", "node", "--data", str(folder), *arguments]
        self._process: asyncio.subprocess.Process | None = None
        folder.mkdir()

    @property
    def is_running(self) -> bool:
        """It was started, and not ended by us."""
        return self._process is not None

    @property
    def is_gone(self) -> bool:
        """It ended though nobody ended it."""
        return self._process is not None and self._process.returncode is not None

    @property
    def has_broken(self) -> bool:
        """An error of ours stands in its log."""
        return "Traceback" in self.log.read_text(encoding="utf-8")

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(*self._command, stderr=log)

    async def kill(self) -> None:
        """End it at whatever it does."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            self._process = None

    async def end(self) -> tuple[int, float]:
        """Let it end; give its exit code, and how many seconds that took."""
        assert self._process is not None
        # One that does not heed signals yet would end by it as anybody does.
        await self._opened()
        began = _now()
        self._process.terminate()
        code = await self._process.wait()
        self._process = None
        return code, _now() - began

    async def counts(self) -> dict[str, int]:
        """Give how many records each room has; nothing while it cannot be asked."""
        return {row["room"]: row["records"] for row in await self._rows()}

    async def memory_mb(self) -> float:
        """Give what it takes of the memory."""
        assert self._process is not None
        asked = ["ps", "-o", "rss=", "-p", str(self._process.pid)]
        process = await asyncio.create_subprocess_exec(*asked, stdout=asyncio.subprocess.PIPE)
        said, _ = await process.communicate()
        return int(said) / 1_024

    async def _opened(self) -> None:
        while not await self._rows():  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(0.1)

    async def _rows(self) -> list[dict[str, Any]]:
        try:
            reader, writer = await asyncio.open_unix_connection(self.folder / "node.sock", limit=2**20)
        except OSError:
            return []
        with suppress(OSError, ValueError):
            writer.write(b'{"verb":"list"}\n')
            rows = json.loads(await reader.readline())["answer"]
            writer.close()
            return list(rows)
        return []


def _now() -> float:
    return asyncio.get_running_loop().time()


async def differences(folders: Sequence[Path], kept: Collection[RecordId]) -> list[str]:
    """Read the disks of the nodes with *folders*; say what is not the same, or lost of what is *kept*."""
    wrong, found = list[str](), set[RecordId]()
    for file in sorted({path.name for folder in folders for path in (folder / "rooms").glob("*.db")}):
        sets = [await _ids_in(folder / "rooms" / file) for folder in folders]
        found.update(*sets)
        if any(each != sets[0] for each in sets):
            wrong.append(f"{file} differs: {', '.join(str(len(each)) for each in sets)} records")
    lost = len(set(kept) - found)
    return [*wrong, f"{lost} records are lost"] if lost else wrong


async def _ids_in(path: Path) -> set[RecordId]:
    """Give the records in the store at *path*."""
    store = await open_store(f"sqlite:{path}")
    try:
        return {RecordId(id_) for _, id_ in await store.entries()}
    finally:
        await store.aclose()
