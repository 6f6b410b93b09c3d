"""Two Python peers meet by each strategy of signaling, at a real place on loopback: seconds from join to a session.

The first waits in the room already. Each newcomer is another peer, in a room of its own.
``python -m tests.bench.bench_joining torrent nostr`` measures these only.
"""

import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import peerset
from tests.bench.loops import run_fast
from tests.bench.sizes import sized
from tests.signaling.loopback import PLACES

JOINS: Final = sized(40, 3)
P95_SECONDS_GOAL: Final = 2

Row = tuple[str, float, str]


def run(strategies: Sequence[str] = ()) -> list[Row]:
    """Measure; give (name, value, unit)."""
    return run_fast(_run(strategies or sorted(PLACES)))


async def _run(strategies: Sequence[str]) -> list[Row]:
    rows: list[Row] = []
    for strategy in strategies:
        async with PLACES[strategy]() as spec:
            rows += _rows(strategy, [await _timed(spec, number) for number in range(JOINS)])
    return rows


async def _timed(spec: str, number: int) -> float:
    room = f"joining {number}"
    async with joined(room, spec) as first:
        began = time.monotonic()
        async with joined(room, spec) as second:
            for member, other in ((second, first), (first, second)):
                events = member.events(peerset.PeerJoined)
                while other.peer_id not in {peer.id for peer in member.peers if peer.state == "established"}:
                    await anext(events)
            return time.monotonic() - began


@asynccontextmanager
async def joined(room: str, spec: str) -> AsyncIterator[peerset.Room]:
    """Join *room* by *spec* as a peer of its own."""
    host = peerset.Host()
    async with peerset.join(
        room, app="bench", signaling=spec, ice_servers=(), allow_loopback=True, host=host
    ) as member:
        yield member


def _rows(strategy: str, seconds: list[float]) -> list[Row]:
    ordered = sorted(seconds)
    return [
        (f"{strategy}: join, median of {len(ordered)}", statistics.median(ordered), "s"),
        (f"{strategy}: join, p95 (goal {P95_SECONDS_GOAL})", ordered[int(0.95 * (len(ordered) - 1))], "s"),
        (f"{strategy}: join, longest", ordered[-1], "s"),
    ]


if __name__ == "__main__":
    for name, value, unit in run(sys.argv[1:]):
        print(f"{name:60} {value:10.3f} {unit}")
