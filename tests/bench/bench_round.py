"""Rounds of sync between two shipped machines: what an attack costs, and how many rounds large sets take.

Records have made-up bodies of 40 bytes: their time and id. Times are of the processor, for a busy machine
shall not blur them; seconds are those of both sides together.
"""

import random
import time
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from peerset.core.clock import DAY_SECONDS, Moment, Monotonic
from peerset.core.merkle import Index
from peerset.core.message import Fingerprint, IdList, Message, RangeItem, Ranges, Records, Root, Skip
from peerset.core.signal import PeerId
from peerset.protocol.effects import Load, Request, Send, Strike
from peerset.protocol.horizon import everything
from peerset.protocol.retention import window
from peerset.protocol.sync import State, Sync
from tests.protocol.pair import ROOM, START

Row = tuple[str, float, str]
Entry = tuple[int, bytes]

NOW: Final = Moment(Monotonic(0.0), START)
ATTACKED: Final = 100_000
LIES: Final = 60
LARGE: Final = 1_000_000
SCATTERED: Final = 100_000
SMALL: Final = 20_000
UNDER_WAY: Final = (State.COMPARING, State.FETCHING)


def run() -> list[Row]:
    """Measure; give (name, value, unit)."""
    rng = random.Random(0)
    index = Index.bulk(draw(ATTACKED, rng))
    rows = [*attack(index, "everything asked for 60 times", ask_again), *attack(index, "all said to differ", differ)]
    rows += attack(index, "one id listed against all", list_one)
    entries = draw(LARGE + LARGE // 2, rng)
    few, half = SCATTERED // 2, LARGE // 2
    rows += converge("1e6 and 1e6, half differing", entries[:LARGE], entries[half:])
    rows += converge("1e6 and 1e6, 1e5 scattered differences", entries[:LARGE], entries[few : LARGE + few])
    return rows + converge("200,000 and 20,000, disjoint", entries[: 10 * SMALL], entries[10 * SMALL : 11 * SMALL])


def draw(count: int, rng: random.Random) -> list[Entry]:
    """Draw entries of the last 88 days."""
    return [(START - 10 - int(rng.random() * 88 * DAY_SECONDS), rng.randbytes(32)) for _ in range(count)]


def make_sync(index: Index, *, is_initiator: bool) -> Sync:
    """Give the machine of one side."""
    return Sync(
        PeerId("0000other"),
        index,
        ROOM.tag,
        salt=b"s" * 16,
        is_initiator=is_initiator,
        sift=lambda _salt, wanted, _lower, _items: wanted,
        rng=random.Random(0),
    )


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
    said = [Ranges(1, (Fingerprint(upper, b"x" * 8),), more=True) for upper in cells()]
    said[-1] = Ranges(1, said[-1].items)
    liar.open()
    while said:
        said = [answer for ranges in said for answer in map(unequal_all, liar.say(ranges)) if answer is not None]


def unequal_all(message: Message) -> Ranges | None:
    """Say that all that *message* leaves open differs."""
    if not isinstance(message, Ranges):
        return None
    return Ranges(1, tuple(map(unequal, message.items)), more=message.more)


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
        list(liar.say(Ranges(1, (IdList(upper, (b"x" * 8,)),), more=True)))


def converge(name: str, ours: list[Entry], theirs: list[Entry]) -> list[Row]:
    """Let two sides sync until their sets are equal."""
    indexes = [Index.bulk(ours), Index.bulk(theirs)]
    syncs = [make_sync(index, is_initiator=number == 0) for number, index in enumerate(indexes)]
    times = {record_id: created_at for created_at, record_id in (*ours, *theirs)}
    todo: deque[tuple[int, Request]] = deque((0, effect) for effect in syncs[0].start(NOW))
    rounds = strikes = 0
    started = time.process_time()
    while todo or syncs[0].state is not State.SETTLED:
        if not todo:
            todo.extend((number, effect) for number, sync in enumerate(syncs) for effect in sync.tick(NOW))
            continue
        number, effect = todo.popleft()
        other = syncs[1 - number]
        if isinstance(effect, Load):
            blobs = tuple(times[record_id].to_bytes(8, "big") + record_id for record_id in effect.ids)
            todo.extend((number, more) for more in syncs[number].loaded(effect.round, blobs, NOW))
        elif isinstance(effect, Strike):
            strikes += 1
        elif isinstance(effect, Send) and isinstance(effect.message, Records):
            found = other.received(effect.message, NOW)
            blobs = effect.message.blobs
            added = sum(indexes[1 - number].add(int.from_bytes(blob[:8], "big"), blob[8:]) for blob in blobs)
            found += other.dealt(effect.message.round, sum(map(len, blobs)), added, NOW)
            todo.extend((1 - number, more) for more in found)
        elif isinstance(effect, Send):
            # The last Root of all may only find that the sets are equal by now.
            rounds += isinstance(effect.message, Root) and min(map(len, indexes)) < len(times)
            todo.extend((1 - number, more) for more in other.receive(effect.message, NOW))  # type: ignore[arg-type]  # what sync sends it takes
    assert len(indexes[0]) == len(indexes[1]) == len(times)
    return [
        (f"{name}: rounds (goal 3)", rounds, ""),
        (f"{name}: strikes (goal 0)", strikes, ""),
        (f"{name}: both sides", time.process_time() - started, "s"),
    ]
