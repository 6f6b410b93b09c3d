"""SIGKILL at random moments: documents, views and cursors are as if built anew from what is there."""

import asyncio
import random
import subprocess
import sys
from pathlib import Path

import pytest

from peerset.core.filter import Filter
from peerset.core.record import Record, RecordId
from peerset.documents.change import Bookmark
from peerset.documents.document import State
from peerset.documents.plan import plan
from peerset.ports import DocumentStore, ViewStore
from peerset.stores.memory import MemoryStore
from peerset.stores.sqlite import open_sqlite
from peerset.testing.check_views import count_words
from peerset.testing.sample_documents import NOON, PLACES, SPAN_SECONDS
from tests.stores.view_crash_child import VIEW

CHILD = Path(__file__).with_name("view_crash_child.py")
KILLS_A_FILE = 3
MOMENT_SECONDS_MAX = 0.3
QUERIES: tuple[dict[str, object], ...] = ({}, {"city": "Berlin"}, {"city": None}, {"stars": {"gte": 3}}, {"key": "a"})
BITS = (State.SUPERSEDED, State.HIDDEN, State.EXPIRED, State.MISFIT)


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


def run_until_killed(path: Path, *, seed: int, seconds: float) -> None:
    command = [sys.executable, str(CHILD), str(path), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        try:
            _, errors = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            child.kill()
        else:
            pytest.fail(f"the child ended by itself: {errors.decode()}")


async def caught_up(store: ViewStore, name: str) -> object:
    await store.open_view(name, 1)
    while not (progress := await store.advance_view(name, count_words, limit=100)).is_caught_up:
        assert progress.error is None
    rows = await store.view_rows(name, [], limit=None, is_reversed=False)
    if name != VIEW:
        await store.drop_view(name)
    return rows


async def rebuilt(store: DocumentStore) -> MemoryStore:
    """Give a store in memory of the same records with the same marks."""
    found = MemoryStore()
    await found.define([PLACES], span_seconds=SPAN_SECONDS)
    await found.add(await store.query(Filter()))
    for state in (State.HIDDEN, State.EXPIRED):
        await found.mark(await store.marked(state), state, is_set=True)
    return found


async def answers(store: DocumentStore) -> list[list[Record]]:
    return [await store.find(plan(PLACES, where, order="-stars", now=NOON)) for where in QUERIES]


async def check(path: Path, reader: Reader) -> None:
    store = await open_sqlite(str(path))
    try:
        await store.define([PLACES], span_seconds=SPAN_SECONDS)
        while await store.build():
            pass
        anew = await rebuilt(store)
        purged = {record_id for _, record_id in await store.entries()} - {
            record.id for record in await store.query(Filter())
        }
        if not purged:
            # What replaced others and was purged replaces them still, and nothing of it can be built anew.
            assert await answers(store) == await answers(anew)
            for bit in BITS:
                assert await store.marked(bit) == await anew.marked(bit), bit
        assert await caught_up(store, VIEW) == await caught_up(store, "fresh")
        await reader.read(store)
        fresh = Reader()
        await fresh.read(store)
        assert reader.seen == fresh.seen
        assert {each.id for found in await answers(store) for each in found} <= reader.seen
    finally:
        await store.aclose()


@pytest.mark.real_time
@pytest.mark.parametrize("file_seed", range(10))
def test_a_killed_process_leaves_views_and_cursors_as_if_built_anew(tmp_path: Path, file_seed: int) -> None:
    rng = random.Random(file_seed)
    path, reader = tmp_path / "room.db", Reader()
    for _ in range(KILLS_A_FILE):
        run_until_killed(path, seed=rng.randrange(2**32), seconds=rng.uniform(0.05, MOMENT_SECONDS_MAX))
        asyncio.run(check(path, reader))
