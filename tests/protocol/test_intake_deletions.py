"""Deletions and their targets on their way in (NIP-09)."""

import random

import pytest

from peerset.core.record import Record
from peerset.protocol.events import RecordDeleted
from tests.protocol.pair import START, make_record
from tests.protocol.test_intake import NOW, PEER, at, deletion_of, events, make_intake, run


def test_a_deletion_removes_its_target_and_stays_a_member() -> None:
    intake, index = make_intake()
    disk: dict[bytes, Record] = {}
    record = make_record(1)
    run(intake, intake.offer(PEER, 0, [record], NOW), disk)
    deletion = deletion_of(record)
    done = run(intake, intake.offer(PEER, 0, [deletion], NOW), disk)
    assert set(disk) == {deletion.id}
    assert RecordDeleted(record.id, deletion.id) in events(done)
    assert [entry[1] for entry in index.entries((0, b""), (2**40, b""))] == [deletion.id]


@pytest.mark.parametrize("seed", range(6))
def test_a_deletion_and_its_target_give_one_set_in_any_order(seed: int) -> None:
    intake, _ = make_intake()
    disk: dict[bytes, Record] = {}
    targets = [make_record(number) for number in range(3)]
    deletions = [deletion_of(targets[0], targets[1]), deletion_of(targets[1])]
    records = [*targets, *deletions]
    rng = random.Random(seed)
    rng.shuffle(records)
    while records:
        size = rng.randint(1, 3)
        run(intake, intake.offer(PEER, 0, records[:size], NOW), disk)
        records = records[size:]
    assert set(disk) == {targets[2].id, *(deletion.id for deletion in deletions)}


def test_a_postponed_deletion_deletes_nothing_yet() -> None:
    intake, _ = make_intake()
    disk: dict[bytes, Record] = {}
    record = make_record(1)
    deletion = deletion_of(record, at_=START + 1_000)
    run(intake, intake.offer(PEER, 0, [deletion, record], NOW), disk)
    assert set(disk) == {record.id}
    run(intake, intake.tick(at(100)), disk, at(100))
    assert set(disk) == {deletion.id}


def test_only_the_author_deletes_and_only_what_is_not_younger() -> None:
    intake, _ = make_intake()
    disk: dict[bytes, Record] = {}
    old, young = make_record(1, at=START - 10), make_record(2, at=START + 10)
    strangers = deletion_of(old, author=2)
    run(intake, intake.offer(PEER, 0, [old, young], NOW), disk)
    run(intake, intake.offer(PEER, 0, [strangers, deletion_of(young, at_=START)], NOW), disk)
    assert {old.id, young.id} <= set(disk)


def test_a_deletion_cannot_be_deleted() -> None:
    intake, _ = make_intake()
    disk: dict[bytes, Record] = {}
    deletion = deletion_of(make_record(1))
    run(intake, intake.offer(PEER, 0, [deletion], NOW), disk)
    run(intake, intake.offer(PEER, 0, [deletion_of(deletion, at_=START + 1)], NOW), disk)
    assert deletion.id in disk
