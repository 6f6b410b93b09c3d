"""What live queries cost: each record that comes, against many of them."""

import gc
import json
import time
from collections.abc import Callable, Sequence
from typing import Final

from peerset.core.action import Json
from peerset.core.record import Record, RecordId
from peerset.data.standing import Standing
from peerset.data.switchboard import Switchboard
from peerset.documents.definition import define
from peerset.documents.document import Row, row_of
from peerset.documents.plan import plan
from peerset.testing.sample_documents import ANN, NOON, document
from tests.bench.filled import SCHEMA

RECORDS: Final = 2_000
PLACES: Final = define("places", SCHEMA, indexes=["city", "-stars"])


def run() -> list[tuple[str, float, str]]:
    """Measure, with windows of 20 that are full."""
    records = [document(ANN, number, _value(number)) for number in range(RECORDS)]
    reading = _timed(lambda record: row_of(PLACES, record), records)
    parsing = _timed(lambda record: json.loads(record.content), records)
    found = [
        ("parsing its content by json", parsing * 1e6, "us a record, for comparison: about 2 where nothing else runs")
    ]
    found += [("reading a record as a document", reading * 1e6, "us a record")]
    for count in (1, 100, 1_000):
        cost = _cost(records, [{"city": f"city {number}", "stars": {"gte": 2}} for number in range(count)])
        found.append((f"{count} that differ by an equality", (cost - reading) * 1e6, "us a record beside reading"))
    for count in (10, 100):
        cost = _cost(records, [{"stars": {"gte": 4.9}, "visits": {"gt": number}} for number in range(count)]) - reading
        found.append((f"{count} of two ranges", cost / count * 1e6, "us a record and query"))
    for order in ("-time", "-stars"):
        cost = _cost(records, [{"stars": {"gte": number / 100}} for number in range(100)], order=order) - reading
        found.append((f"100 that nearly all match, by {order}", cost / 100 * 1e6, "us a record and query"))
    return found


def _value(number: int) -> Json:
    stars = number * 7_919 % 500 / 100
    city = f"city {number * 31 % 1_000}"
    return {"title": f"place {number}", "city": city, "stars": stars, "open": True, "visits": number, "note": "x" * 40}


def _cost(records: Sequence[Record], wheres: Sequence[object], *, order: str = "-time") -> float:
    board = Switchboard(PLACES)
    for where in wheres:
        query = Standing(PLACES, plan(PLACES, where, order=order, limit=20, now=NOON), _make)
        query.window.fill([], 20)
        board.add(query)
    return _timed(board.take_came, records)


def _make(record: Record, row: Row) -> RecordId:
    del row
    return record.id


def _timed(work: Callable[[Record], object], records: Sequence[Record]) -> float:
    """Give the seconds a record, of the quickest tenth: others share this machine."""
    gc.collect()
    costs, size = [], len(records) // 10
    for place in range(0, len(records), size):
        start = time.process_time()
        for record in records[place : place + size]:
            work(record)
        costs.append((time.process_time() - start) / size)
    return min(costs)
