"""What folding costs: each document in order, and such that come late."""

import random
import time
from typing import Final

from peerset.core.action import Json
from peerset.core.record import RecordId
from peerset.data.foldline import FoldLine
from peerset.documents.order import Seat

DOCUMENTS: Final = 50_000


def run() -> list[tuple[str, float, str]]:
    """Measure a state of four numbers."""
    found = []
    seats = [Seat((), number, RecordId(number.to_bytes(32, "big"))) for number in range(DOCUMENTS)]
    line: FoldLine[int] = FoldLine({"a": 0, "b": 0, "c": 0, "d": 0}, _count)
    start = time.process_time()
    line.fold((seat, seat.stamp) for seat in seats)
    found.append(("in order", (time.process_time() - start) / DOCUMENTS * 1e6, "us a document"))
    rng = random.Random(1)
    for places in (5, 60, 600, 3_600):
        line = FoldLine({"a": 0, "b": 0, "c": 0, "d": 0}, _count)
        count = min(DOCUMENTS, max(places * 4, 600_000 // places))
        start = time.process_time()
        for number in range(count):
            line.fold([(seats[number], number)])
            if number % 10 == 0 and number > places:
                line.undo(seats[number - rng.randint(1, places)].stamp, None)
                line.fold((seat, seat.stamp) for seat in seats[line.count : number + 1])
        cost = (time.process_time() - start) / count
        found.append((f"a tenth of them up to {places:,} places late", cost * 1e6, "us a document"))
    return found


def _count(state: Json, doc: int) -> Json:
    assert isinstance(state, dict)
    name = "abcd"[doc & 3]
    value = state[name]
    assert isinstance(value, int)
    return {**state, name: value + doc}
