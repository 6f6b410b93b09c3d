"""What words, elements of arrays and places cost to write, and spare queries: ``python -m tests.bench leads``.

Writing is processor time a document in batches of 1,000, whole records with their tags; a query is the median of its
wall time beside that of the same one without, which reads documents and tests them.
"""

import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

from peerset.core.action import Json
from peerset.core.clock import DAY_SECONDS
from peerset.core.record import Record, RecordId, decode_record
from peerset.documents.definition import Definition, define
from peerset.documents.plan import Plan, plan
from peerset.stores.indexed import answers, building
from peerset.stores.indexed.catalog import Catalog
from peerset.stores.indexed.search import Search, search_of
from peerset.stores.indexed.tally import Tally
from peerset.stores.saving import save
from peerset.stores.schema import prepare
from peerset.testing.sample_documents import ANN, NOON, PLACES_SCHEMA, document

Row = tuple[str, float, str]

COUNT: Final = int(os.environ.get("PEERSET_BENCH_DOCUMENTS", "30000"))
BATCH: Final = 1_000
SPAN_SECONDS: Final = 15 * DAY_SECONDS
WINDOW_SECONDS: Final = 90 * DAY_SECONDS
VOCABULARY: Final = 20_000
CALLS: Final = 20

BARE: Final = define("places", PLACES_SCHEMA)
KINDS: Final[dict[str, Definition]] = {
    "nothing else": BARE,
    "words (8)": define("places", PLACES_SCHEMA, text=["title"]),
    "elements (2)": define("places", PLACES_SCHEMA, indexes=["tags[]"]),
    "a place": define("places", PLACES_SCHEMA, place="at"),
    "all three": define("places", PLACES_SCHEMA, indexes=["tags[]"], text=["title"], place="at"),
}
QUERIES: Final[dict[str, dict[str, Any]]] = {
    "a word of few": {"text": "w900"},
    "a word of many": {"text": "w0"},
    "two words": {"text": "w3 w40"},
    "a beginning": {"text": "w123*"},
    "an element of few": {"where": {"tags": {"has": "t490"}}},
    "an element of many": {"where": {"tags": {"has": "t0"}}},
    "a box of 40 km": {"where": {"at": {"within": [52.3, 13.1, 52.7, 13.8]}}},
    "a circle of 10 km at the date line": {"where": {"at": {"near": [-17, 180, 10_000]}}},
    "a word of few in a box of 4,000 km": {"text": "w300", "where": {"at": {"within": [30, -10, 60, 40]}}},
}


def run() -> Iterator[Row]:
    """Measure; give name, figure and unit."""
    records = make_documents(COUNT)
    for name, definition in KINDS.items():
        with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(Path(folder) / "room.db")) as db:
            catalog, microseconds = fill(db, definition, records)
            yield f"write a document with {name}", microseconds, "us"
            if name == "all three":
                yield from queries(db, catalog)


def make_documents(count: int) -> list[Record]:
    """Sign documents over the window; their words and elements are as often as words of a language are."""
    rng = random.Random(1)
    words, tags = [f"w{number}" for number in range(VOCABULARY)], [f"t{number}" for number in range(500)]
    often = [1 / (place + 1) for place in range(VOCABULARY)]
    found = []
    for number in range(count):
        value: dict[str, Json] = {
            "title": " ".join(rng.choices(words, often, k=8)),
            "tags": list(rng.choices(tags, often[:500], k=2)),
            "at": {"lat": rng.uniform(-60, 70), "lon": rng.uniform(-180, 180)},
            "stars": number % 50 / 10,
        }
        found.append(document(ANN, number * (WINDOW_SECONDS * 1_000_000 // count), value))
    return found


def fill(db: sqlite3.Connection, definition: Definition, records: Sequence[Record]) -> tuple[Catalog, float]:
    """Write all; give how many microseconds of processor time one took."""
    db.isolation_level = None
    prepare(db)
    catalog = Catalog()
    building.define(db, catalog, [definition], SPAN_SECONDS)
    begin, left = time.process_time(), iter(records)
    while batch := list(islice(left, BATCH)):
        save(db, catalog, batch, [])
    return catalog, (time.process_time() - begin) / len(records) * 1e6


def queries(db: sqlite3.Connection, catalog: Catalog) -> Iterator[Row]:
    """Ask with what leads to few documents, and without."""
    for name, said in QUERIES.items():
        definition, table = catalog.find("places")
        search = search_of(table, definition, plan(definition, **said, limit=20, now=NOON))
        alone = without(search, plan(definition, **said, limit=20, now=NOON))
        find = partial(answers.find, db, search, decode, Tally())
        scan = partial(answers.find, db, alone, decode, Tally())
        count = partial(answers.count, db, search, decode)
        yield f"20 newest with {name}", median(find), "us"
        yield f"20 newest with {name}, by testing documents", median(scan, calls=3), "us"
        yield f"count of {name}", median(count), "us"


def without(search: Search, asked: Plan) -> Search:
    """Give the same search in a file that has no more than columns."""
    bare = replace(search.definition, arrays=(), text=(), place=None)
    found = search_of(search.table, bare, asked)
    return replace(found, table=replace(found.table, has_text=False), definition=replace(bare, text=("title",)))


def median(call: Callable[[], object], calls: int = CALLS) -> float:
    """Give the median of the wall time of *call*, in microseconds."""
    times = []
    for _ in range(calls):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1e6


def decode(record_id: RecordId, wire: bytes) -> Record:
    del record_id
    return decode_record(wire)
