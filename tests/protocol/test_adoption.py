"""What others changed in a store that a node shares with them."""

from peerset.core.clock import UnixTime
from peerset.core.message import Records
from peerset.core.record import RecordId
from peerset.protocol.effects import Judge, Save, Verify
from peerset.protocol.events import RecordAdded, RecordDeleted, RecordsExpired
from peerset.protocol.inputs import Changed, Imported, Saved
from tests.protocol.pair import START, make_record
from tests.protocol.stranger import Host, Stranger, said, told
from tests.protocol.test_node_records import deletion_of


def test_what_came_is_told_and_passed_on_and_neither_verified_nor_judged_nor_saved() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.establish()
    record = make_record(1)
    effects = host.feed(Changed((record,)))
    assert told(effects, RecordAdded) == [RecordAdded(record, None)]
    assert said(effects, stranger.peer, Records) == [Records(0, (record.wire,))]
    assert not [each for each in effects if isinstance(each, Verify | Judge | Save)]
    # To hear of it twice changes nothing.
    assert host.feed(Changed((record,))) == []
    assert host.node.count == 1


def test_what_is_being_saved_here_is_told_when_it_is() -> None:
    host = Host()
    host.unanswered.add(Save)
    record = make_record(1)
    [save] = [each for each in host.feed(Imported((record,))) if isinstance(each, Save)]
    assert host.feed(Changed((record,))) == []
    assert told(host.feed(Saved(save.batch)), RecordAdded) == [RecordAdded(record, None)]
    assert host.node.count == 1


def test_what_went_is_let_go_of_and_its_deletion_counts_for_what_comes_later() -> None:
    host = Host()
    record, other = make_record(1), make_record(2)
    host.feed(Changed((record, other)))
    deletion = deletion_of(record)
    effects = host.feed(Changed((deletion,), ((record.created_at, record.id, deletion.id),)))
    assert told(effects, RecordDeleted) == [RecordDeleted(record.id, deletion.id)]
    assert host.node.count == 2
    host.feed(Changed(gone=((START, RecordId(bytes(32)), deletion.id),)))
    host.feed(Changed(purged=(other.id,), hollow=((START, RecordId(bytes(32))),)))
    assert host.node.count == 3
    expired = RecordsExpired(UnixTime(START + 10_000), 2)
    assert told(host.feed(Changed(expired=expired)), RecordsExpired) == [expired]
    assert host.node.count == 0
