"""Tens of thousands of records to begin with, signed once a process: only who has which differs from seed to seed."""

import random
from functools import cache
from typing import Final

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import KIND_RECORD, Record, sign_record
from peerset.core.signal import draw_id
from peerset.testing.machine import SIMULATED_ROOM, SPAM
from peerset.testing.swarm import EPOCH

POOL_DAYS: Final = 80
SPAM_PART: Final = 0.3


@cache
def pool(count: int) -> tuple[Record, ...]:
    """Give *count* records of the last `POOL_DAYS`, oldest first, a part of them spam."""
    rng = random.Random(f"pool {count}")
    authors = [SecretKey.generate(rng) for _ in range(5)]
    times = sorted(EPOCH - rng.randrange(POOL_DAYS * DAY_SECONDS) for _ in range(count))
    return tuple(_make(rng.choice(authors), UnixTime(time), rng) for time in times)


def share(records: tuple[Record, ...], rng: random.Random) -> tuple[Record, ...]:
    """Draw how much of *records* a member has: all, nothing, a few, or one of two halves."""
    few = rng.sample(records, min(len(records), rng.randint(1, 50)))
    stretch = rng.randrange(len(records))
    kinds = [records, (), tuple(few), records[::2], records[1::2], records[:stretch], records[stretch:]]
    return rng.choice(kinds)


def _make(author: SecretKey, created_at: UnixTime, rng: random.Random) -> Record:
    content = draw_id(rng, 12)
    return sign_record(
        author,
        created_at=created_at,
        kind=KIND_RECORD,
        tags=[["h", SIMULATED_ROOM.tag.hex()]],
        content=f"{SPAM} {content}" if rng.random() < SPAM_PART else content,
    )
