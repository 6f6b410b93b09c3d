"""Rounds of sync between two shipped machines: what an attack costs, and how many rounds large sets take.

Times are of the processor, for a busy machine shall not blur them; seconds are those of both sides together. The page's
machines do the same in Node.js (web/bench/rounds.ts), and so do its nodes (web/bench/nodes.ts); their rows stand behind
ours.
"""

import json
import random
import resource
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from peerset.core import wire
from peerset.core.clock import DAY_SECONDS
from peerset.core.merkle import Index
from peerset.core.message import Fingerprint, IdList, Message, RangeItem, Ranges, Root, Skip
from peerset.core.record import Record
from peerset.protocol.effects import Request, Send, Strike
from peerset.protocol.horizon import everything
from peerset.protocol.retention import window
from peerset.protocol.sync import State
from tests.protocol.large import NOW, Entry, Meeting, Nodes, draw, make_sync, unsigned
from tests.protocol.pair import START

Row = tuple[str, float, str]

ATTACKED: Final = 100_000
LIES: Final = 60
LARGE: Final = 1_000_000
LARGE_NODES: Final = 200_000
"""Whole nodes keep every record in memory, and every one is a message: more of them take many minutes."""
SCATTERED: Final = 100_000
SMALL: Final = 20_000
UNDER_WAY: Final = (State.COMPARING, State.FETCHING)
WEB: Final = Path(__file__).resolve().parents[2] / "web"


def run() -> Iterator[Row]:
    """Measure; give each (name, value, unit) as soon as it is known."""
    rng = random.Random(0)
    index = Index.bulk(draw(ATTACKED, rng))
    yield from attack(index, "everything asked for 60 times", ask_again)
    yield from attack(index, "all said to differ", differ)
    yield from attack(index, "one id listed against all", list_one)
    entries = draw(LARGE + LARGE // 2, rng)
    few, half = SCATTERED // 2, LARGE // 2
    yield from converge("200,000 and 20,000, disjoint", entries[: 10 * SMALL], entries[10 * SMALL : 11 * SMALL])
    yield from converge("1e6 and 1e6, 1e5 scattered differences", entries[:LARGE], entries[few : LARGE + few])
    yield from converge("1e6 and 1e6, half differing", entries[:LARGE], entries[half:])
    yield from meet("nodes of 200,000 and 20,000, disjoint", unsigned(11 * SMALL, rng))
    yield from in_the_page("bench/rounds.ts", LARGE)
    yield from in_the_page("bench/nodes.ts", LARGE_NODES)


def in_the_page(script: str, large: int) -> Iterator[Row]:
    """Measure the page's machines, or its whole nodes, with sets of *large* records."""
    command = ["node", "--expose-gc", "--max-old-space-size=12288", "--import", "tsx", script, str(large)]
    with subprocess.Popen(command, cwd=WEB, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            name, value, unit = json.loads(line)
            yield f"page: {name}", value, unit
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


class Liar:
    """Answers what one side says by a *lie*, as the side that opened the round and claims to hold a million records."""

    def __init__(self, index: Index) -> None:
        self.sync = make_sync(index, is_initiator=False)
        self.longest_seconds = 0.0
        self.strikes = 0

    def open(self) -> list[Message]:
        """Open a round; give the answer."""
        return list(self.say(Root(1, window(START).first_day, everything(START), LARGE, b"x" * 16)))

    def say(self, message: Root | Ranges) -> Iterator[Message]:
        """Say *message*; give what is said to it, however many ticks it takes."""
        yield from self._heard(self._timed(lambda: self.sync.receive(message, NOW)))
        while self.sync.state in UNDER_WAY and self.sync.deadline == NOW.monotonic:
            yield from self._heard(self._timed(lambda: self.sync.tick(NOW)))

    def _heard(self, effects: list[Request]) -> list[Message]:
        self.strikes += sum(isinstance(effect, Strike) for effect in effects)
        return [effect.message for effect in effects if isinstance(effect, Send)]

    def _timed(self, work: Callable[[], list[Request]]) -> list[Request]:
        started = time.process_time()
        effects = work()
        self.longest_seconds = max(self.longest_seconds, time.process_time() - started)
        return effects


def attack(index: Index, name: str, lie: Callable[[Liar], None]) -> list[Row]:
    """Let *lie* run twice: once for its time, once for its memory, which slows everything down."""
    timed = Liar(index)
    lie(timed)
    tracemalloc.start()
    lie(Liar(index))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return [
        (f"{name}, of {len(index):,}: longest step (goal 50)", timed.longest_seconds * 1e3, "ms"),
        (f"{name}, of {len(index):,}: memory (goal 8)", peak / 2**20, "MiB"),
        (f"{name}, of {len(index):,}: strikes", timed.strikes, ""),
    ]


def ask_again(liar: Liar) -> None:
    """Say again and again to have nothing at all."""
    liar.open()
    end = everything(START)
    for _ in range(LIES):
        items = (*nothing(), Fingerprint((end, b""), b"x" * 8))
        list(liar.say(Ranges(1, items, more=True)))


def nothing() -> Iterable[RangeItem]:
    """List nothing of everything but the last minute."""
    return (IdList((everything(START) - 60, b""), ()),)


def differ(liar: Liar) -> None:
    """Say of all that is open, level by level, that it differs, until all of it is listed."""
    *parts, last = (Fingerprint(upper, b"x" * 8) for upper in cells())
    said = [wire.encode(Ranges(1, (part,), more=True)) for part in parts]
    said.append(wire.encode(Ranges(1, (last,))))
    liar.open()
    while said:
        # What the liar says is kept as bytes, as on its way: it is not ours.
        said = [answer for data in said for answer in answers(liar, data)]


def answers(liar: Liar, data: bytes) -> Iterator[bytes]:
    """Say *data*; give what says that all that is left open by each answer differs."""
    ranges = wire.decode(data)
    assert isinstance(ranges, Ranges)
    for message in liar.say(ranges):
        if isinstance(message, Ranges):
            yield wire.encode(Ranges(1, tuple(map(unequal, message.items)), more=message.more))


def unequal(item: RangeItem) -> RangeItem:
    """Say that a range differs, or pass over one that was listed."""
    return Fingerprint(item.upper, b"x" * 8) if isinstance(item, Fingerprint) else Skip(item.upper)


def cells() -> list[tuple[int, bytes]]:
    """Give where the cells of eight days end."""
    first_day, upto = window(START).first_day, everything(START)
    return [(min((day + 8) * DAY_SECONDS, upto), b"") for day in range(first_day, upto // DAY_SECONDS, 8)]


def list_one(liar: Liar) -> None:
    """List one id that nobody has against all records of each cell."""
    liar.open()
    for upper in cells():
        list(liar.say(Ranges(1, (IdList(upper, (b"x" * 5,)),), more=True)))


def converge(name: str, ours: list[Entry], theirs: list[Entry]) -> list[Row]:
    """Let two sides sync until their sets are equal."""
    meeting = Meeting(ours, theirs)
    started = time.process_time()
    meeting.run()
    return [
        (f"{name}: rounds (goal 3)", meeting.rounds, ""),
        (f"{name}: strikes (goal 0)", meeting.strikes, ""),
        (f"{name}: said by the side that said more", max(meeting.said_bytes) / 2**20, "MiB"),
        (f"{name}: both sides", time.process_time() - started, "s"),
        (f"{name}: longest step", meeting.longest_seconds * 1e3, "ms"),
        (f"{name}: memory of the process at most so far", peak_bytes() / 2**20, "MiB"),
    ]


def meet(name: str, records: list[Record]) -> list[Row]:
    """Let whole nodes sync, one of which has the first ten of eleven parts, and the other the last."""
    small = len(records) // 11
    nodes = Nodes(records[:-small], records[-small:])
    started = time.process_time()
    nodes.meet()
    assert nodes.is_equal
    return [
        (f"{name}: rounds (goal 3)", nodes.rounds, ""),
        (f"{name}: strikes (goal 0)", nodes.strikes, ""),
        (f"{name}: both nodes", time.process_time() - started, "s"),
    ]


def peak_bytes() -> int:
    """Give the most memory that this process has had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
