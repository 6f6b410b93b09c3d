"""Sets of entries over ninety days, and what is said about them under one salt."""

import random
from collections.abc import Sequence
from typing import Final

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.limits import DAY_CELL_DAYS
from peerset.core.merkle import Index
from peerset.core.message import Bound, Days
from peerset.core.ranges import Budget, Share, Step, day_cells, listed_id, make_salt
from peerset.core.record import RecordId

Entry = tuple[int, bytes]

FIRST_DAY: Final = 20_000
START: Final = FIRST_DAY * DAY_SECONDS
UPTO: Final = UnixTime(START + 90 * DAY_SECONDS + 40_000)
LOWEST: Final[Bound] = (START, b"")
END: Final[Bound] = (UPTO, b"")
SALT: Final = make_salt(bytes(32), b"\x01" * 32)


def overview(index: Index, *, cell_days: int = DAY_CELL_DAYS) -> Days:
    cells = day_cells(index, SALT, first_day=FIRST_DAY, upto=UPTO, cell_days=cell_days)
    return Days(1, FIRST_DAY, UPTO, cell_days, cells)


def unlimited() -> Budget:
    return Budget(2**40)


def drawn(index: Index, shares: Sequence[Share]) -> list[bytes]:
    """Give the ids that *shares* stand for, a few at a time."""
    ids: list[bytes] = []
    for first in shares:
        share: Share | None = first
        while share is not None:
            found, share = share.draw(index, SALT, 7)
            ids += [record_id for _, record_id in found]
    return ids


def listed(index: Index, step: Step) -> dict[bytes, RecordId]:
    """Map what *step* lists to the ids."""
    return {listed_id(SALT, record_id): RecordId(record_id) for record_id in drawn(index, step.listed)}


def day_range(day: int) -> tuple[Bound, Bound]:
    return (START + day * DAY_SECONDS, b""), (START + (day + 1) * DAY_SECONDS, b"")


def entries_of(count: int, *, lower: int = START, upper: int = UPTO, seed: int = 0) -> list[Entry]:
    rng = random.Random(seed)
    return [(rng.randrange(lower, upper), rng.randbytes(32)) for _ in range(count)]


def ids_of(entries: Sequence[Entry]) -> list[bytes]:
    return [record_id for _, record_id in sorted(entries)]


def shorts_of(entries: Sequence[Entry]) -> tuple[bytes, ...]:
    return tuple(listed_id(SALT, record_id) for record_id in ids_of(entries))
