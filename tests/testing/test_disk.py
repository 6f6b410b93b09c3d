from peerset.core.clock import UnixTime
from peerset.core.deletion import Mark, outline_of
from peerset.core.pin import pin_content, pin_tags
from peerset.core.record import KIND_DELETION, KIND_PIN
from peerset.core.signal import PeerId
from peerset.protocol.effects import Expire, Load, Resolve
from peerset.protocol.inputs import Expired, Loaded, Resolved, SaveFailed
from peerset.testing.disk import Disk, resolved
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

    assert disk.expire(UnixTime(200), but={OLD.id}) == 0
    assert disk.expire(UnixTime(200)) == 1
    assert len(disk) == 1
    assert disk.expire(UnixTime(200)) == 0


def test_what_deletions_name_and_who_made_them_is_known_as_long_as_they_are_there() -> None:
    deletion = make_record("", created_at=300, kind=KIND_DELETION, tags=[["e", OLD.id.hex()]])

    disk = Disk([deletion, OLD, NEW])

    assert disk.deleters() == {deletion.author}
    answer = disk.resolve(Resolve(1, (OLD.id,), ((OLD.id, OLD.author), (NEW.id, NEW.author))))
    assert answer == Resolved(1, (outline_of(OLD),), (Mark(OLD.id, OLD.author, UnixTime(300), deletion.id),))
    disk.write([], [deletion.id, OLD.id])
    assert resolved(Resolve(1, (OLD.id,), ((OLD.id, OLD.author),)), disk.records()) == Resolved(1, (), ())
    assert disk.deleters() == set()


def test_what_is_purged_keeps_its_place_and_is_read_no_more() -> None:
    deletion = make_record("", created_at=300, kind=KIND_DELETION)
    disk = Disk([OLD, deletion])

    assert disk.purge([OLD.id, NEW.id, deletion.id]) == (OLD.id,)
    assert disk.purge([OLD.id]) == ()

    assert OLD.id in disk
    assert disk.wires([OLD.id, NEW.id, deletion.id]) == (b"", b"", deletion.wire)
    assert [disk.has_content(each) for each in (OLD.id, NEW.id, deletion.id)] == [False, False, True]
    assert disk.purged == {OLD.wire: OLD.id}


def test_a_shell_that_is_removed_is_gone_as_any_other_record() -> None:
    disk = Disk([OLD])
    disk.purge([OLD.id])

    disk.write([], [OLD.id])
    disk.write([OLD], [])

    assert disk.has_content(OLD.id)


def test_what_has_expired_is_whole_until_it_is_purged_and_a_pin_of_it_shows_nothing() -> None:
    brief = make_record("brief", created_at=100, tags=[("expiration", "300")])
    tags, content = pin_tags(brief), pin_content(brief)
    pin = make_record(content, created_at=250, kind=KIND_PIN, tags=tags)
    disk = Disk([brief, pin, NEW])
    assert disk.expired(UnixTime(299)) == []
    assert disk.collect(UnixTime(150), UnixTime(299)) == Expired(1, frozenset([brief.id]))
    assert disk.expired(UnixTime(300)) == [pin.id]
    assert disk.collect(UnixTime(150), UnixTime(300)) == Expired(0, frozenset())
    disk.purge([pin.id])
    assert disk.expired(UnixTime(300)) == []


def test_a_disk_that_fails_answers_no_question_but_lets_go_of_what_is_old() -> None:
    disk = Disk([OLD, NEW])
    resolve, load = Resolve(1, (), ()), Load(PeerId("peer"), 2, (OLD.id,))
    assert disk.answer(resolve) == Resolved(1, (), ())
    assert disk.answer(load) == Loaded(PeerId("peer"), 2, (OLD.wire,))
    disk.is_failing = True

    assert disk.answer(resolve) == SaveFailed(1, "the disk fails")
    assert disk.answer(load) == Loaded(PeerId("peer"), 2, ())
    assert disk.answer(Expire(UnixTime(200), UnixTime(300), UnixTime(0))) == Expired(1, frozenset())

    assert disk.seen == 300


def test_a_failing_disk_takes_nothing() -> None:
    disk = Disk()
    disk.is_failing = True

    assert not disk.write([OLD], [])
