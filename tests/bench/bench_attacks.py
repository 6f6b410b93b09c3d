"""Each attack on one peer, on real channels: what it costs its victim, and how long honest records take meanwhile.

The undisturbed figures are measured in the same rooms, in turn with the others. An attack is held off when the
victim's memory grows by at most 32 MiB, what it then holds included, honest records take at most twice as long at the
median, its loop is never blocked for more than 50 ms longer, and nobody honest is banned. What it has before is frozen,
as by ``peerset join``: else one collection of all objects takes 60 ms.
"""

import asyncio
import gc
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from peerset.core.record import decode_record
from tests.bench.attackers import ATTACKS
from tests.bench.floods import make
from tests.bench.loops import run_fast
from tests.bench.strangers import STRANGERS
from tests.siege import Siege, besieged
from tests.siege_peer import ROOM

Row = tuple[str, float, str]

PREPARED: Final = 5_000
"""Records of a kilobyte in the room when it is attacked."""
SETTLING_SECONDS_MAX: Final = 20.0
"""So long the others may take to have them, which on a slow machine is seconds; the glutton never has."""
WARMING: Final = 20
TURNS: Final = 2
"""How often it is quiet, and then attacked: what else the machine does meanwhile shall bear on both."""
QUIET_SECONDS: Final = 1.5
ATTACK_SECONDS: Final = 3.0
RESTING_SECONDS: Final = 0.5
"""Until what an attack left is dealt with."""
CHOSEN: Final = os.environ.get("PEERSET_BENCH_ATTACKS", "")
"""Only attacks whose name has this in it."""
STORE: Final = os.environ.get("PEERSET_BENCH_STORE", "memory")
"""Where the victim keeps its records: "memory", or "sqlite" for a file."""

MEMORY_MIB_MAX: Final = 32.0
SLOWER_MAX: Final = 2.0
BLOCKED_MS_MAX: Final = 50.0
NAP_SECONDS: Final = 0.005


@dataclass(slots=True)
class Strain:
    """What the victim went through for a while."""

    grown_mib: float = 0.0
    blocked_ms: float = 0.0
    """The most processor time that its loop took while a nap of 5 ms lasted: a busy machine shall not blur it."""
    cpu_share: float = 0.0
    """Of one core."""

    def add(self, other: "Strain") -> None:
        """Add what another while cost: memory grows by all of them."""
        self.grown_mib += other.grown_mib
        self.blocked_ms = max(self.blocked_ms, other.blocked_ms)
        self.cpu_share += other.cpu_share / TURNS


def run() -> Iterator[Row]:
    """Measure; give each (name, value, unit) as soon as it is known."""
    for name in ATTACKS:
        if CHOSEN in name:
            yield from run_fast(_suffer(name))
    for name, suffer in STRANGERS.items():
        if CHOSEN in name:
            yield from run_fast(suffer())


async def _suffer(name: str) -> list[Row]:
    with TemporaryDirectory() as folder:
        store = f"sqlite:{folder}/room.db" if STORE == "sqlite" else "memory:"
        async with besieged(["-m", "tests.bench.attackers", name], store=store) as siege:
            return await _measure(name, siege)


async def _measure(name: str, siege: Siege) -> list[Row]:
    await siege.room.add([decode_record(blob) for blob in make(ROOM, PREPARED, size=1_000)])
    with suppress(TimeoutError):
        await siege.room.synced(timeout=SETTLING_SECONDS_MAX)
    await siege.deliver(WARMING)
    siege.report.missed = 0
    gc.freeze()
    quiet, pressed, calm, strain = await _take_turns(siege)
    _, caused = await siege.hostile.ask("account")
    banned = {ban.subject for ban in siege.room.moderation.bans()}
    reasons = "; ".join(ban.reason for ban in siege.room.moderation.bans())
    is_honest_banned = not banned.isdisjoint(siege.report.honest)
    slower = median(pressed) / median(quiet)
    blocked = strain.blocked_ms - calm.blocked_ms
    holds = (
        strain.grown_mib <= MEMORY_MIB_MAX
        and slower <= SLOWER_MAX
        and blocked <= BLOCKED_MS_MAX
        and not is_honest_banned
    )
    return [
        (f"{name}: records, bytes or times of it", float(str(caused)), ""),
        (f"{name}: honest p50, undisturbed", median(quiet) * 1e3, "ms"),
        (f"{name}: honest p50 of {len(pressed)}", median(pressed) * 1e3, "ms"),
        (f"{name}: slower (goal {SLOWER_MAX:.0f})", slower, "times"),
        (f"{name}: memory (goal {MEMORY_MIB_MAX:.0f})", strain.grown_mib, "MiB"),
        (f"{name}: loop blocked longer (goal {BLOCKED_MS_MAX:.0f})", blocked, "ms"),
        (f"{name}: processor of the victim, before {calm.cpu_share:.2f}", strain.cpu_share, "cores"),
        (f"{name}: events that the victim's subscriber missed", siege.report.missed, ""),
        (f"{name}: the attacker is banned", float(bool(banned)), reasons),
        (f"{name}: somebody honest is banned (goal 0)", float(is_honest_banned), ""),
        (f"{name}: held off", float(holds), ""),
    ]


async def _take_turns(siege: Siege) -> tuple[list[float], list[float], Strain, Strain]:
    """Give the latencies of honest records, quiet and attacked, and what each of the two cost."""
    quiet, pressed = list[float](), list[float]()
    calm, strain = Strain(), Strain()
    for _ in range(TURNS):
        latencies, cost = await _deliver_for(siege, QUIET_SECONDS)
        quiet += latencies
        calm.add(cost)
        await siege.hostile.ask("attack")
        latencies, cost = await _deliver_for(siege, ATTACK_SECONDS)
        pressed += latencies
        strain.add(cost)
        await siege.hostile.ask("rest")
        await asyncio.sleep(RESTING_SECONDS)
    return quiet, pressed, calm, strain


async def _deliver_for(siege: Siege, seconds: float) -> tuple[list[float], Strain]:
    """Deliver honest records one after the other for so long; give their latencies, and what it cost."""
    siege.report.latencies.clear()
    until = time.monotonic() + seconds
    async with _watched() as strain:
        while time.monotonic() < until:
            await siege.deliver(1)
    return list(siege.report.latencies), strain


@asynccontextmanager
async def _watched() -> AsyncIterator[Strain]:
    strain = Strain()
    gc.collect()
    memory, cpu, began = _memory_mib(), time.process_time(), time.monotonic()
    watch = asyncio.create_task(_watch_loop(strain))
    try:
        yield strain
    finally:
        watch.cancel()
        strain.cpu_share = (time.process_time() - cpu) / (time.monotonic() - began)
        gc.collect()
        strain.grown_mib = _memory_mib() - memory


async def _watch_loop(strain: Strain) -> None:
    while True:
        before = time.thread_time()
        await asyncio.sleep(NAP_SECONDS)
        strain.blocked_ms = max(strain.blocked_ms, (time.thread_time() - before) * 1e3)


def _memory_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
