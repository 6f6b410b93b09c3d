from peerset.core.clock import UnixTime
from peerset.core.record import KIND_DELETION
from peerset.testing.disk import Disk
from tests.testing.records import make_record

OLD, NEW = make_record("old", created_at=100), make_record("new", created_at=200)


def test_a_write_adds_and_removes() -> None:
    disk = Disk([OLD])

    assert disk.write([NEW], [OLD.id])

    assert disk.records() == [NEW]
    assert NEW.id in disk
    assert disk.read([OLD.id, NEW.id]) == (NEW,)


def test_a_full_disk_refuses_the_whole_write() -> None:
    disk = Disk([OLD])
    disk.is_full = True

    assert not disk.write([NEW], [OLD.id])

    assert disk.entries() == [(100, OLD.id)]


def test_what_expires_is_older_than_the_bound() -> None:
    disk = Disk([NEW, OLD])

    assert disk.expire(UnixTime(200)) == 1
    assert len(disk) == 1
    assert disk.expire(UnixTime(200)) == 0


def test_deletions_are_told_apart() -> None:
    deletion = make_record("", created_at=300, kind=KIND_DELETION, tags=[["e", OLD.id.hex()]])

    assert Disk([deletion, OLD, NEW]).deletions() == [deletion]
