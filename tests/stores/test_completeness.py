"""Which documents of atomic batches are complete; more in `peerset.testing.check_registers`."""

import json
import random
from pathlib import Path
from typing import Final

import pytest

from peerset.core.record import record_of
from peerset.documents.definition import define
from peerset.documents.plan import plan
from peerset.ports import DocumentStore
from peerset.stores.completeness import Completeness
from peerset.stores.marks import Marks
from peerset.stores.memory import MemoryStore
from peerset.stores.sqlite import open_sqlite
from peerset.testing.sample_documents import ANN, BOB, NOON, commit, deletion, document

NONCE: Final = "0b" * 16
ONE, TWO = (document(ANN, number, {"title": str(number)}, batch=NONCE) for number in (1, 2))
COMMIT: Final = commit(ANN, NONCE, [ONE.id, TWO.id])


def test_it_says_whom_a_record_concerns() -> None:
    batches = Completeness(Marks())
    batches.add_part(ONE, NONCE)
    assert batches.add(COMMIT) == {ONE.id}
    batches.add_part(TWO, NONCE)
    assert batches.add(TWO) == {ONE.id, TWO.id}
    assert batches.add(deletion(ANN, TWO)) == {ONE.id, TWO.id}
    assert batches.add(document(BOB, 5, {})) == set()
    batches.remove_part(TWO, NONCE)
    assert batches.remove(TWO) == {ONE.id}
    assert batches.remove(COMMIT) == {ONE.id}


def test_a_batch_is_complete_when_all_is_here_or_deleted_by_its_author() -> None:
    batches = Completeness(Marks())
    batches.add(COMMIT)
    assert not batches.is_complete(ONE, NONCE, {ONE.id}.__contains__)
    assert batches.is_complete(ONE, NONCE, {ONE.id, TWO.id}.__contains__)
    batches.add(deletion(BOB, TWO))
    assert not batches.is_complete(ONE, NONCE, {ONE.id}.__contains__)
    batches.add(deletion(ANN, TWO))
    assert batches.is_complete(ONE, NONCE, {ONE.id}.__contains__)
    batches.remove(deletion(ANN, TWO))
    assert not batches.is_complete(ONE, NONCE, {ONE.id}.__contains__)
    batches.remove(COMMIT)
    assert not batches.is_complete(ONE, NONCE, {ONE.id, TWO.id}.__contains__)


def test_what_is_gone_leaves_nothing_behind() -> None:
    batches = Completeness(Marks())
    batches.add_part(ONE, NONCE)
    for _ in range(2):
        assert batches.add(COMMIT) == {ONE.id}
    batches.remove(COMMIT)
    assert batches.remove(TWO) == set()
    assert batches.add(deletion(ANN, TWO)) == set()
    batches.remove_part(ONE, NONCE)
    batches.remove_part(ONE, NONCE)
    assert batches.add(COMMIT) == set()


VECTORS: Final = json.loads((Path(__file__).parents[1] / "vectors" / "batches.json").read_text("utf-8"))


@pytest.mark.real_time
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_what_is_seen_of_a_batch_depends_on_what_is_here_alone(kind: str, tmp_path: Path) -> None:
    store: DocumentStore = MemoryStore() if kind == "memory" else await open_sqlite(str(tmp_path / "room.db"))
    notes = define("notes", None)
    await store.define([notes], span_seconds=86_400)
    records = [record_of(each) for each in VECTORS["events"]]
    rng = random.Random(7)
    here = 0
    for _ in range(300):
        places = rng.sample(range(len(records)), rng.choice([1, 2]))
        coming = [records[each] for each in places if not here >> each & 1]
        await store.add(coming, removed=[records[each].id for each in places if here >> each & 1])
        here ^= sum(1 << each for each in places)
        ids = {record.id for record in await store.find(plan(notes, None, now=NOON))}
        seen = sum(1 << place for place, record in enumerate(records) if record.id in ids)
        assert bin(seen) == bin(VECTORS["seen"][here])
    await store.aclose()
