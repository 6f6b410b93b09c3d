"""Which records their authors deleted."""

from peerset.core.clock import UnixTime
from peerset.core.record import Record, sign_record
from peerset.protocol.tombstones import Tombstones, does_cover
from tests.protocol.pair import ROOM, START, key, make_record


def deletion_of(*targets: Record, author: int = 1, at: int = START) -> Record:
    tags = [["h", ROOM.tag.hex()], *(["e", target.id.hex()] for target in targets)]
    return sign_record(key(author), created_at=UnixTime(at), kind=5, tags=tags, content="")


def test_deletions_that_are_on_disk_count_from_the_start() -> None:
    record = make_record(1)
    deletion = deletion_of(record)
    tombstones = Tombstones([deletion])
    assert len(tombstones) == 1
    assert tombstones.covering(record) == deletion.id


def test_what_nobody_named_is_not_covered() -> None:
    assert Tombstones([deletion_of(make_record(1))]).covering(make_record(2)) is None


def test_a_deletion_by_another_author_covers_nothing() -> None:
    record = make_record(1)
    assert Tombstones([deletion_of(record, author=2)]).covering(record) is None


def test_a_deletion_covers_what_is_as_old_as_itself_but_nothing_younger() -> None:
    record = make_record(1)
    assert does_cover(deletion_of(record, at=START), record)
    assert not does_cover(deletion_of(record, at=START - 1), record)


def test_a_deletion_is_never_covered() -> None:
    deletion = deletion_of(make_record(1))
    other = deletion_of(deletion, at=START + 1)
    assert Tombstones([other]).covering(deletion) is None
    assert not does_cover(other, deletion)


def test_of_several_deletions_the_lowest_id_is_named() -> None:
    record = make_record(1)
    deletions = [deletion_of(record, at=START + number) for number in range(4)]
    assert Tombstones(deletions).covering(record) == min(deletion.id for deletion in deletions)


def test_a_deletion_that_was_not_saved_is_forgotten() -> None:
    record, other = make_record(1), make_record(2)
    kept, lost = deletion_of(record), deletion_of(record, other, at=START + 1)
    tombstones = Tombstones([kept, lost])
    tombstones.remove(lost)
    assert tombstones.covering(record) == kept.id
    assert tombstones.covering(other) is None
    tombstones.remove(lost)
    assert len(tombstones) == 1


def test_old_deletions_are_forgotten_with_what_they_cover() -> None:
    record, other = make_record(1, at=START - 20), make_record(2, at=START - 20)
    old, young = deletion_of(record, other, at=START - 10), deletion_of(record, at=START)
    tombstones = Tombstones([old, young])
    tombstones.forget_before(START - 5)
    assert tombstones.covering(record) == young.id
    assert tombstones.covering(other) is None
    assert len(tombstones) == 1
