"""SIGKILL at random moments: documents, counts, views, folds and cursors are as if built anew from what is there."""

import asyncio
import random
import sqlite3
from collections.abc import Set
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from peerset.core.filter import Filter
from peerset.core.record import Record, RecordId
from peerset.documents.change import Bookmark
from peerset.documents.definition import Definition
from peerset.documents.document import State
from peerset.documents.plan import Figure, Slot, plan
from peerset.ports import DocumentStore, ViewStore
from peerset.stores.memory import MemoryStore
from peerset.stores.sqlite import open_sqlite
from peerset.testing.check_documents import build
from peerset.testing.check_views import count_words
from peerset.testing.sample_documents import ANN, ANYTHING, NOON, PLACES, SPAN_SECONDS, WIKI
from tests.stores.document_crash_child import DEFINITIONS, FOLD, VIEW, fold_of, make_pool
from tests.stores.killing import run_until_killed

CHILD = Path(__file__).with_name("document_crash_child.py")
KILLS_A_FILE = 3
MOMENT_SECONDS_MAX = 0.3
POOL: Final = make_pool()
QUERIES: Final[tuple[tuple[Definition, dict[str, Any]], ...]] = (
    (PLACES, {"order": "-stars"}),
    (PLACES, {"where": {"city": "Berlin"}, "order": "-stars"}),
    (PLACES, {"where": {"city": None}}),
    (PLACES, {"where": {"stars": {"gte": 3}}, "order": ["city", "-stars"]}),
    (PLACES, {"where": {"key": "a"}}),
    (PLACES, {"where": {"city": "Rome", "open": True}}),
    (PLACES, {"where": {"author": ANN.public_key}}),
    (PLACES, {"where": {"tags": {"has": "vegan"}}}),
    (PLACES, {"where": {"at": {"within": [52, 13, 52.3, 14]}}}),
    (PLACES, {"text": "title 1*"}),
    (PLACES, {"at": NOON + 50, "order": "key"}),
    (WIKI, {"order": "key"}),
    (ANYTHING, {"order": "time"}),
)
FIGURES: Final = (Figure("n", "count", None), Figure("best", "max", "stars"))


class Reader:
    """Follows the log of changes over all lives of the file."""

    def __init__(self) -> None:
        self.since: Bookmark | None = None
        self.seen: set[RecordId] = set()

    async def read(self, store: DocumentStore) -> None:
        page = await store.changes(self.since, limit=1_000_000)
        for change in page.changes:
            if change.kind in ("added", "shown"):
                assert change.record.id not in self.seen
                self.seen.add(change.record.id)
            else:
                self.seen.remove(change.record.id)
        self.since = page.end


async def caught_up(store: ViewStore, name: str) -> object:
    await store.open_view(name, 1)
    while not (progress := await store.advance_view(name, count_words, limit=100)).is_caught_up:
        assert progress.error is None
    rows = await store.view_rows(name, [], limit=None, is_reversed=False)
    if name != VIEW:
        await store.drop_view(name)
    return rows


async def folded(store: DocumentStore, name: str | None) -> object:
    fold = fold_of(store, name)
    await fold.ready()
    return fold.state, fold.count


async def rebuilt(store: DocumentStore) -> MemoryStore:
    """Give a store in memory of the same records with the same marks."""
    found = await refilled(store, frozenset())
    # What was purged while its collection was not declared: nobody can know any more that it did not fit.
    unknown = set(await found.marked(State.MISFIT)).difference(await store.marked(State.MISFIT))
    return await refilled(store, unknown) if unknown else found


async def refilled(store: DocumentStore, purged_before: Set[RecordId]) -> MemoryStore:
    """Give a store in memory of the same records, some of them purged before their collections were declared."""
    found = MemoryStore()
    held = {RecordId(record_id) for _, record_id in await store.entries()}
    purged = held - {record.id for record in await store.query(Filter())}
    if purged_before:
        await found.add([record for record in POOL if record.id in purged_before])
        await found.purge(sorted(purged_before))
    await found.define(DEFINITIONS, span_seconds=SPAN_SECONDS)
    await build(found)
    await found.add([record for record in POOL if record.id in held - purged_before])
    await found.purge(sorted(purged - purged_before))
    for state in (State.HIDDEN, State.SHADOWED, State.EXPIRED):
        await found.mark(await store.marked(state), state, is_set=True)
    return found


async def answers(store: DocumentStore) -> list[object]:
    """Give what readers may ask of documents, one answer after the other."""
    said: list[object] = []
    for definition, query in QUERIES:
        asked = plan(definition, **query, now=NOON)
        said += [await store.find(asked), await store.count(asked)]
    said.append(await store.aggregate(plan(PLACES, now=NOON), FIGURES, by="city"))
    slots = [Slot(key, author) for key in "abc" for author in (None, ANN.public_key)]
    for definition in DEFINITIONS:
        said.append(await store.heads(definition.name, limit=1_000))
        said.append(await store.misfits(definition.name))
        said.append(await store.register_versions(definition.name, slots))
    said += [await store.links([record.id for record in POOL], of_parents=True)]
    said += [await store.marked(bit) for bit in State]
    return said


def check_counts(db: sqlite3.Connection) -> int:
    """Compare all counts that are kept with what they count; give how many there are."""
    rows = db.execute("SELECT collection, fields, a, b, c, d, seen FROM counted").fetchall()
    for number, fields, *values, seen in rows:
        columns = fields.split()
        same = " AND ".join(f"{column} = ?" for column in columns)
        asked = f"SELECT count(*) FROM doc_{number} WHERE state = 0 AND {same}"
        assert db.execute(asked, values[: len(columns)]).fetchone() == (seen,), (fields, values)
    return len(rows)


def check_file(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("SELECT name FROM collection WHERE built < target").fetchall() == []
        for name in ("standing", "expiry", "link", "part", "listing"):
            number = "child" if name == "link" else "number"
            strays = f"SELECT count(*) FROM {name} WHERE {number} NOT IN (SELECT number FROM record)"
            assert db.execute(strays).fetchone() == (0,), name
        check_counts(db)


async def check(path: Path, reader: Reader) -> None:
    store = await open_sqlite(str(path))
    try:
        await store.define(DEFINITIONS, span_seconds=SPAN_SECONDS)
        await build(store)
        assert await answers(store) == await answers(await rebuilt(store))
        assert await caught_up(store, VIEW) == await caught_up(store, "fresh")
        assert await folded(store, FOLD) == await folded(store, None)
        await reader.read(store)
        fresh = Reader()
        await fresh.read(store)
        assert reader.seen == fresh.seen
        found: list[Record] = await store.find(plan(PLACES, now=NOON))
        assert {each.id for each in found} <= reader.seen
    finally:
        await store.aclose()
    check_file(path)


@pytest.mark.real_time
@pytest.mark.parametrize("file_seed", range(3))
def test_a_killed_process_leaves_documents_views_folds_and_cursors_as_if_built_anew(
    tmp_path: Path, file_seed: int
) -> None:
    rng = random.Random(file_seed)
    path, reader = tmp_path / "room.db", Reader()
    for _ in range(KILLS_A_FILE):
        run_until_killed(CHILD, path, rng.randrange(2**32), seconds=rng.uniform(0.05, MOMENT_SECONDS_MAX))
        asyncio.run(check(path, reader))
