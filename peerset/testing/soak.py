"""A soak: nodes as users start them keep many rooms for hours, while visitors come and go and nodes are killed.

``python -m peerset.testing soak --hours 2 --rooms 50`` plays it in real time, on this machine alone. In the end all
nodes hold the same records of each room, among them all that anybody was told to be kept, and the nodes that were never
killed take as much memory as they did half way. With ``--database postgresql://…`` the nodes share what they write
there, and one more has a disk of its own, from which the database shall not differ.
"""

import asyncio
import json
import random
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

from peerset.core.limits import CHANNELS_MAX
from peerset.core.record import RecordId
from peerset.errors import PeersetError
from peerset.room.host import Host
from peerset.room.joining import join
from peerset.stores.postgres.naming import with_options
from peerset.testing.soak_nodes import PREFIX, SoakNode, counts_of_all, differences, now
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
STOPPED_SECONDS: Final = 20.0
"""A node of several that share a database is stopped for so long, in which its rooms become others'."""
TAKEOVER_SECONDS_MAX: Final = 60.0
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
    """Between two ends of nodes, on average; every fourth is by SIGTERM. Of those of a database every fourth stops."""
    visit_seconds: float = 2.0
    """Between two visits of one of the visitors, on average."""
    seed: int = 0
    database: str = ""
    """Address of a database of PostgreSQL that the nodes share, and where no schema begins with ``soak``."""

    def __post_init__(self) -> None:
        """Refuse what cannot be played."""
        if self.rooms < VISITORS or self.nodes < 2:
            raise ValueError(f"a soak has at least {VISITORS} rooms and two nodes")
        if min(self.hours, self.kill_seconds, self.visit_seconds) <= 0:
            raise ValueError("a soak takes its time, and pauses between what happens")
        if self.database and ("schema=" in self.database or not self.database.startswith("postgresql://")):
            raise ValueError("a soak has a database of PostgreSQL, and names the schemas")


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
    stops: int = 0
    takeover_seconds: float = 0.0
    """Until each room of a node that was killed or stopped was at another, at most; 0 where no database is shared."""
    settling_seconds: float = 0.0
    """Until all nodes had the same, once nobody wrote or died any more."""
    memory_mb: dict[str, list[float]] = field(default_factory=dict)
    """Of each node that was never killed, the median of each quarter of the time."""
    faults: list[str] = field(default_factory=list)
    """What must not be."""

    @property
    def growth(self) -> float:
        """By what part the memory of a node grew from the second quarter of the time to the last, at most."""
        return max((quarters[3] / quarters[1] - 1 for quarters in self.memory_mb.values()), default=0.0)

    def judge(self, samples: Mapping[str, Sequence[float]]) -> None:
        """Take in *samples* of the memory of nodes, in MB and in order, and say what must not be."""
        for node, said in samples.items():
            if quarter := len(said) // 4:
                quarters = [said[number * quarter : (number + 1) * quarter] for number in range(4)]
                self.memory_mb[node] = [round(median(each), 1) for each in quarters]
        if self.growth > GROWTH_MAX:
            self.faults.append("memory grew")
        if self.ending_seconds > ENDING_SECONDS_MAX:
            self.faults.append("a node took too long to end")
        if self.takeover_seconds > TAKEOVER_SECONDS_MAX:
            self.faults.append("rooms stayed with nobody")
        if not self.records_kept:
            self.faults.append("nothing was kept")

    def line(self) -> str:
        """Write it in one line."""
        memory = ", ".join(
            f"of {node} {' '.join(f'{each:.0f}' for each in quarters)} MB" for node, quarters in self.memory_mb.items()
        )
        taken = (
            f"{self.stops} stops, taken over within {self.takeover_seconds:.1f} s, " if self.takeover_seconds else ""
        )
        return (
            f"{self.seconds:.0f} s, {self.visits} visits, {self.records_kept} records kept and {self.records_unsure} "
            f"unsure, {self.kills} kills, {self.endings} ends within {self.ending_seconds:.1f} s, {taken}the same "
            f"everywhere after {self.settling_seconds:.0f} s, memory by quarters {memory} ({self.growth:+.1%}): "
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
        self._nodes: list[SoakNode] = []
        self._fleet: list[SoakNode] = []
        """Those of them that share a database."""
        self._samples: dict[SoakNode, list[float]] = {}
        """Of those that are never killed: what these take shall not grow."""

    async def play(self) -> SoakFigures:
        """Play it, and give what came of it."""
        async with local_tracker(limits=LIMITS) as url, AsyncExitStack() as stack:
            self._make_nodes(url)
            for node in self._nodes:
                stack.push_async_callback(node.kill)
                await node.start()
            await self._live(url)
            await self._settle()
            for node in self._nodes:
                await self._end(node)
        kept = set[RecordId]().union(*self._kept.values())
        self._figures.faults += await differences([nodes[0].stores for nodes in self._replicas], kept)
        self._figures.faults += [f"{node.log} has a traceback" for node in self._nodes if node.has_broken]
        self._figures.judge({node.folder.name: samples for node, samples in self._samples.items()})
        return self._figures

    def _make_nodes(self, url: str) -> None:
        folders = [self._folder / f"node-{number}" for number in range(self._plan.nodes)]
        if database := self._plan.database:
            shared = with_options(database, schema=PREFIX)
            self._fleet = [SoakNode(folder, self._rooms, url, database=shared) for folder in folders]
            self._nodes = [SoakNode(self._folder / "alone", self._rooms, url), *self._fleet]
        else:
            self._nodes = [SoakNode(folder, self._rooms, url) for folder in folders]
        self._samples = {node: [] for node in (self._nodes[0], *self._fleet[:1])}

    @property
    def _replicas(self) -> list[list[SoakNode]]:
        """The nodes, those together that share what they have."""
        alone = [[node] for node in self._nodes if node not in self._fleet]
        return [*alone, self._fleet] if self._fleet else alone

    async def _live(self, url: str) -> None:
        began, seconds = now(), self._plan.hours * 3_600
        works = [
            self._kill_again_and_again(),
            self._sample(),
            *(self._visit_again_and_again(url) for _ in range(VISITORS)),
        ]
        tasks = [asyncio.create_task(work, name="soaking") for work in works]
        try:
            while (passed := now() - began) < seconds:
                self._say(passed / seconds)
                done, _ = await asyncio.wait(tasks, timeout=SAMPLED_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        self._figures.seconds = now() - began
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
        mortals = [node for node in self._nodes if node not in self._samples]
        while True:
            await asyncio.sleep(self._rng.expovariate(1 / self._plan.kill_seconds))
            node = self._rng.choice(mortals)
            match self._rng.randrange(4):
                case 0:
                    await self._end(node)
                case 1 if self._fleet:
                    await asyncio.gather(node.stop(STOPPED_SECONDS), self._await_takeover(node))
                    self._figures.stops += 1
                    continue
                case _:
                    await node.kill()
                    self._figures.kills += 1
            await self._await_takeover(node)
            await asyncio.sleep(self._rng.uniform(0, DOWN_SECONDS))
            await node.start()

    async def _await_takeover(self, of: SoakNode) -> None:
        """Wait until those that share the database with *of* have all rooms."""
        others, began = [node for node in self._fleet if node is not of], now()
        while others and (await counts_of_all(others) or {}).keys() != set(self._rooms):
            if now() - began > TAKEOVER_SECONDS_MAX:
                break
            await asyncio.sleep(0.2)
        if others:
            self._figures.takeover_seconds = max(self._figures.takeover_seconds, now() - began)

    async def _sample(self) -> None:
        while True:
            await asyncio.sleep(SAMPLED_SECONDS)
            for node, samples in self._samples.items():
                samples.append(await node.memory_mb())
            self._figures.faults += [f"{node.folder.name} ended by itself" for node in self._nodes if node.is_gone]

    # How it ends.

    async def _settle(self) -> None:
        """Wait until all replicas count the same records in each room."""
        began = now()
        for node in self._nodes:
            if not node.is_running:
                await node.start()
        least = {room: len(ids) for room, ids in self._kept.items()}
        while (passed := now() - began) < SETTLING_SECONDS:
            first, *others = [await counts_of_all(nodes) or {} for nodes in self._replicas]
            if all(each == first for each in others) and all(first.get(room, -1) >= least[room] for room in least):
                break
            await asyncio.sleep(1)
        self._figures.settling_seconds = passed

    async def _end(self, node: SoakNode) -> None:
        code, passed = await node.end()
        self._figures.endings += 1
        self._figures.ending_seconds = max(self._figures.ending_seconds, passed)
        if code != 128 + signal.SIGTERM:
            self._figures.faults.append(f"{node.folder.name} ended with {code} at SIGTERM")
