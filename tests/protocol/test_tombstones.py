"""Which records of a batch, and which that are here, their authors deleted."""

from peerset.core.clock import UnixTime
from peerset.core.deletion import marks_of, outline_of
from peerset.core.record import Record, RecordId, sign_record
from peerset.protocol.tombstones import Tombstones, questions_about
from tests.protocol.pair import ROOM, START, key, make_record


def deletion_of(*targets: Record, author: int = 1, at: int = START) -> Record:
    tags = [["h", ROOM.tag.hex()], *(["e", target.id.hex()] for target in targets)]
    return sign_record(key(author), created_at=UnixTime(at), kind=5, tags=tags, content="")


def covering(record: Record, *deletions: Record) -> RecordId | None:
    in_batch, on_disk = Tombstones(deletions), Tombstones()
    on_disk.learn(marks_of(deletions))
    found = in_batch.covering(outline_of(record))
    assert on_disk.covering(outline_of(record)) == found
    return found


def test_deletions_of_the_batch_and_of_the_disk_count_alike() -> None:
    record = make_record(1)
    deletion = deletion_of(record)
    assert covering(record, deletion) == deletion.id
    assert Tombstones([deletion])
    assert Tombstones([deletion]).targets == (record.id,)
    assert not Tombstones()


def test_what_nobody_named_is_not_covered() -> None:
    assert covering(make_record(2), deletion_of(make_record(1))) is None


def test_a_deletion_by_another_author_covers_nothing() -> None:
    record = make_record(1)
    assert covering(record, deletion_of(record, author=2)) is None


def test_a_deletion_covers_what_is_as_old_as_itself_but_nothing_younger() -> None:
    record = make_record(1)
    assert covering(record, deletion_of(record, at=START - 1)) is None
    assert covering(record, deletion_of(record, at=START)) is not None


def test_a_deletion_is_never_covered() -> None:
    deletion = deletion_of(make_record(1))
    assert covering(deletion, deletion_of(deletion, at=START + 1)) is None


def test_of_several_deletions_the_newest_is_named_and_of_equal_ones_the_lowest_id() -> None:
    record, others = make_record(1), [make_record(number) for number in (2, 3, 4)]
    newest = [deletion_of(record, other, at=START + 4) for other in others]
    older = [deletion_of(record, at=START + number) for number in range(4)]
    assert covering(record, *newest, *older) == min(deletion.id for deletion in newest)


def test_each_name_is_asked_for_once_with_its_author_and_deletions_are_not() -> None:
    records = [make_record(2), make_record(1), make_record(2), deletion_of(make_record(1))]
    assert questions_about(records) == tuple(sorted((make_record(n).id, key(1).public_key) for n in (1, 2)))
