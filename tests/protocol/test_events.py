"""What a node tells its room, and what of that those hear who listen."""

from peerset.core.record import Record, sign_record
from peerset.core.signal import PeerId
from peerset.protocol.events import RecordAdded, RecordKnown, RecordsAdded, apart
from tests.protocol.pair import START, key, make_record

PEER = PeerId("a" * 20)


def ephemeral() -> Record:
    return sign_record(key(1), created_at=START, kind=20_000, tags=(), content="")


def test_of_a_batch_those_who_listen_hear_record_by_record_in_its_order() -> None:
    one, two = make_record(1), make_record(2)
    assert apart(RecordsAdded(((two, PEER), (one, None)))) == [RecordAdded(two, PEER), RecordAdded(one, None)]


def test_everything_else_they_hear_as_it_is() -> None:
    event = RecordKnown(make_record(1).id)
    assert list(apart(event)) == [event]


def test_an_ephemeral_record_is_told_and_is_no_member() -> None:
    passing, staying = ephemeral(), make_record(1)
    added = RecordsAdded(((passing, PEER), (staying, PEER)))
    assert added.members == [staying]
    assert [event.record for event in apart(added) if isinstance(event, RecordAdded)] == [passing, staying]
