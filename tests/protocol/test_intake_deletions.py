"""Deletions and their targets on their way in (NIP-09)."""

import random

import pytest

from peerset.core.cause import Cause
from peerset.core.clock import UnixTime
from peerset.core.deletion import address_text
from peerset.core.record import KIND_KEYED, Record, sign_record
from peerset.protocol.effects import Resolve, Strike
from peerset.protocol.events import RecordDeleted, RecordRejected
from tests.protocol.pair import ROOM, START, key, make_record
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


def keyed(number: int, *, at_: int, name: str = "profile", author: int = 1) -> Record:
    tags = [["h", ROOM.tag.hex()], ["d", name]]
    content = f"version {number}"
    return sign_record(key(author), created_at=UnixTime(at_), kind=KIND_KEYED, tags=tags, content=content)


def address_deletion(*, at_: int, name: str = "profile", author: int = 1, of: int = 1) -> Record:
    tags = [["h", ROOM.tag.hex()], ["a", address_text(KIND_KEYED, key(of).public_key, name)]]
    return sign_record(key(author), created_at=UnixTime(at_), kind=5, tags=tags, content="")


def test_a_deletion_by_address_removes_every_version_up_to_its_time_and_nothing_else() -> None:
    intake, _ = make_intake()
    disk: dict[bytes, Record] = {}
    old, same, younger = keyed(1, at_=START - 20), keyed(2, at_=START - 5), keyed(3, at_=START - 4)
    apart = [keyed(1, at_=START - 20, name="other"), keyed(1, at_=START - 20, author=2), make_record(1, at=START - 20)]
    deletion = address_deletion(at_=START - 5)
    run(intake, intake.offer(PEER, 0, [old, same, younger, *apart], NOW), disk)
    done = run(intake, intake.offer(PEER, 0, [deletion], NOW), disk)
    assert set(disk) == {younger.id, deletion.id, *(record.id for record in apart)}
    deleted = [event for event in events(done) if isinstance(event, RecordDeleted)]
    assert sorted(event.id for event in deleted) == sorted((old.id, same.id))


def test_an_older_version_that_comes_after_its_deletion_is_refused_without_a_strike() -> None:
    intake, _ = make_intake()
    disk: dict[bytes, Record] = {}
    deletion, late = address_deletion(at_=START - 5), keyed(1, at_=START - 20)
    run(intake, intake.offer(PEER, 0, [deletion], NOW), disk)
    done = run(intake, intake.offer(PEER, 0, [late], NOW), disk)
    reason = f"its author deleted it by {deletion.id.hex()[:8]}"
    assert events(done) == [RecordRejected(late.id, Cause.DELETED, "deleted", reason, PEER)]
    assert not [effect for effect in done if isinstance(effect, Strike)]
    assert set(disk) == {deletion.id}


def test_an_address_of_another_author_or_of_no_keyed_kind_deletes_nothing() -> None:
    intake, _ = make_intake()
    disk: dict[bytes, Record] = {}
    records = [keyed(1, at_=START - 20), make_record(1, at=START - 20)]
    plain = ["a", address_text(1_078, key(1).public_key, "")]
    odd = [["a"], ["a", ""], ["a", "30078"], ["a", f"3007٨:{key(1).public_key.hex()}:profile"], plain]
    tags = [["h", ROOM.tag.hex()], *odd]
    nothing = sign_record(key(1), created_at=START, kind=5, tags=tags, content="")
    run(intake, intake.offer(PEER, 0, records, NOW), disk)
    run(intake, intake.offer(PEER, 0, [address_deletion(at_=START, author=2), nothing], NOW), disk)
    assert {record.id for record in records} <= set(disk)


@pytest.mark.parametrize("seed", range(12))
def test_deletions_by_id_and_by_address_give_one_set_in_any_order_and_batching(seed: int) -> None:
    intake, index = make_intake()
    disk: dict[bytes, Record] = {}
    versions = [keyed(number, at_=START - 20 + number) for number in range(6)]
    others = [keyed(number, at_=START - 20 + number, name="other") for number in range(3)]
    deletions = [
        address_deletion(at_=START - 18),
        address_deletion(at_=START - 17),
        deletion_of(versions[5], others[0], at_=START),
        deletion_of(others[1], at_=START - 30),
        address_deletion(at_=START, author=2),
    ]
    records = [*versions, *others, *deletions]
    rng = random.Random(seed)
    rng.shuffle(records)
    while records:
        size = rng.randint(1, 4)
        run(intake, intake.offer(PEER, 0, records[:size], NOW), disk)
        records = records[size:]
    stay = [versions[4], others[1], others[2], *deletions]
    assert set(disk) == {record.id for record in stay}
    assert {entry[1] for entry in index.entries((0, b""), (2**40, b""))} == set(disk)


def test_the_store_is_asked_for_marks_of_authors_that_deleted_something_and_of_nobody_else() -> None:
    intake, _ = make_intake()
    disk: dict[bytes, Record] = {}
    done = run(intake, intake.offer(PEER, 0, [make_record(1), make_record(2, author=2)], NOW), disk)
    assert not [effect for effect in done if isinstance(effect, Resolve)]
    run(intake, intake.offer(PEER, 0, [deletion_of(make_record(9))], NOW), disk)
    done = run(intake, intake.offer(PEER, 0, [make_record(3), make_record(4, author=2)], NOW), disk)
    asked = [effect.questions for effect in done if isinstance(effect, Resolve)]
    assert asked == [((make_record(3).id, key(1).public_key),)]
