"""What waits for intake, and who may fill how much of a batch."""

from peerset.core.limits import (
    BATCH_DOCUMENTS_MAX,
    INTAKE_BATCH_RECORDS_MAX,
    INTAKE_QUEUE_BYTES_PER_PEER_MAX,
    INTAKE_SHARE_RECORDS_FIRST,
    INTAKE_SHARE_RECORDS_MAX,
    INTAKE_SHARE_RECORDS_MIN,
    LIVE_RECORD_BYTES_MIN,
)
from peerset.core.record import ID_BYTES, KIND_COMMIT, Record, RecordId, sign_record
from peerset.core.resting import RestingRecord
from peerset.core.signal import PeerId
from peerset.documents.commit import commit_content
from peerset.protocol.arrivals import BYTES_PER_WORK, LISTED_BYTES_PER_WORK, TAGS_PER_WORK, Arrival, work_of
from peerset.protocol.queues import BAD_PART, Queues
from tests.protocol.pair import START, key, make_record

PEER, OTHER = PeerId("0000peer"), PeerId("0000other")
TEMPLATE = make_record()
NOW = START


def records(count: int) -> list[Record]:
    """Give records that differ in their ids; nothing here looks at their signatures."""
    return [_renamed(number) for number in range(count)]


def _renamed(number: int) -> Record:
    fields = (TEMPLATE.author, TEMPLATE.created_at, TEMPLATE.kind, TEMPLATE.tags, TEMPLATE.content)
    return Record(RecordId(number.to_bytes(32, "big")), *fields, TEMPLATE.signature, TEMPLATE.wire)


def heavy(number: int) -> Record:
    """Sign a record with many tags and much content."""
    tags = [["e", f"{each:064x}"] for each in range(63)]
    content = str(number).ljust(2 * LIVE_RECORD_BYTES_MIN, ".")
    return sign_record(key(1), created_at=START, kind=TEMPLATE.kind, tags=tags, content=content)


def fill(queues: Queues, peer: PeerId | None, count: int) -> None:
    for record in records(count):
        assert queues.put(Arrival(record, peer, 0), NOW)


def taken(queues: Queues, peer: PeerId | None) -> int:
    return sum(arrival.peer == peer for arrival in queues.take())


def test_a_peer_begins_with_a_small_share_and_our_own_user_has_all() -> None:
    queues = Queues()
    fill(queues, PEER, INTAKE_BATCH_RECORDS_MAX)
    assert taken(queues, PEER) == INTAKE_SHARE_RECORDS_FIRST
    queues = Queues()
    fill(queues, None, INTAKE_BATCH_RECORDS_MAX + 1)
    assert taken(queues, None) == INTAKE_BATCH_RECORDS_MAX


def test_the_share_of_who_keeps_the_rules_doubles_but_leaves_a_batch_short() -> None:
    queues = Queues()
    fill(queues, PEER, 10 * INTAKE_BATCH_RECORDS_MAX)
    shares = []
    for _ in range(6):
        shares.append(taken(queues, PEER))
        queues.weigh({PEER: shares[-1], None: 5}, {})
    assert shares == [64, *[INTAKE_SHARE_RECORDS_MAX] * 5]


def test_the_share_of_who_breaks_them_halves_down_to_a_few() -> None:
    queues = Queues()
    fill(queues, PEER, INTAKE_BATCH_RECORDS_MAX)
    shares = []
    for _ in range(4):
        shares.append(taken(queues, PEER))
        queues.weigh({PEER: shares[-1]}, {PEER: shares[-1]})
    assert shares == [64, 32, 16, INTAKE_SHARE_RECORDS_MIN]


def test_a_few_bad_records_are_forgiven() -> None:
    queues = Queues()
    fill(queues, PEER, INTAKE_BATCH_RECORDS_MAX)
    queues.weigh({PEER: 3 * BAD_PART}, {PEER: 3})
    assert taken(queues, PEER) == 2 * INTAKE_SHARE_RECORDS_FIRST


def test_many_peers_share_a_batch_evenly_and_take_turns() -> None:
    queues = Queues()
    crowd = [PeerId(f"0000{number}") for number in range(INTAKE_BATCH_RECORDS_MAX)]
    for peer in crowd:
        fill(queues, peer, 2)
    assert [arrival.peer for arrival in queues.take()] == crowd
    assert [arrival.peer for arrival in queues.take()] == crowd
    assert queues.is_empty


def test_the_authors_that_a_peer_passes_on_take_turns_and_what_it_wrote_goes_first() -> None:
    queues = Queues()
    fill(queues, PEER, 200)
    late, own = make_record(author=2), make_record(author=3)
    assert queues.put(Arrival(late, PEER, 0), START)
    assert queues.put(Arrival(own, PEER, 0, is_own=True), START)
    first = queues.take()
    assert len(first) == INTAKE_SHARE_RECORDS_FIRST
    assert [arrival.record for arrival in first[:4]] == [own, records(1)[0], late, records(2)[1]]


def test_what_is_much_work_counts_for_more_of_a_share() -> None:
    queues = Queues()
    for number in range(20):
        record = heavy(number)
        assert work_of(record) == 1 + 63 // TAGS_PER_WORK + len(record.wire) // BYTES_PER_WORK == 14
        assert queues.put(Arrival(record, PEER, 0), START)
    assert taken(queues, PEER) == 5


def test_a_commit_is_the_more_work_the_more_ids_it_lists() -> None:
    content = commit_content(RecordId(number.to_bytes(ID_BYTES)) for number in range(BATCH_DOCUMENTS_MAX))
    commit = sign_record(key(1), created_at=START, kind=KIND_COMMIT, tags=[], content=content)
    assert work_of(commit) == 1 + len(commit.wire) // LISTED_BYTES_PER_WORK > BATCH_DOCUMENTS_MAX // 8
    arrival = Arrival(commit, PEER, 0)
    assert arrival.toll == work_of(commit) * LIVE_RECORD_BYTES_MIN - arrival.cost
    assert Arrival(commit, PEER, 1).toll == 0


def test_a_queue_holds_so_many_bytes_and_takes_more_once_some_are_taken() -> None:
    queues = Queues()
    count = INTAKE_QUEUE_BYTES_PER_PEER_MAX // len(TEMPLATE.wire)
    fill(queues, PEER, count)
    late = Arrival(TEMPLATE, PEER, 0)
    assert not queues.put(late, NOW)
    assert (queues.budgets[0].since, queues.budgets[0].count) == (NOW, 1)
    assert queues.put(Arrival(TEMPLATE, OTHER, 0), NOW)
    queues.take()
    assert queues.put(late, NOW)


def test_who_is_gone_is_owed_nothing_and_begins_anew() -> None:
    queues = Queues()
    fill(queues, PEER, 1)
    queues.weigh({PEER: 1}, {PEER: 1})
    queues.disown(PEER)
    queues.disown(OTHER)
    assert [arrival.is_owed for arrival in queues.take()] == [False]
    fill(queues, PEER, INTAKE_BATCH_RECORDS_MAX)
    assert taken(queues, PEER) == INTAKE_SHARE_RECORDS_FIRST


def test_what_a_peer_has_waiting_can_be_dropped_but_for_some() -> None:
    queues = Queues()
    fill(queues, PEER, 4)
    fill(queues, OTHER, 1)
    kept = records(2)[1]
    dropped = queues.drop(PEER, lambda arrival: arrival.record == kept)
    assert [arrival.record for arrival in dropped] == [each for each in records(4) if each != kept]
    assert queues.drop(PeerId("0000nobody"), lambda _: True) == []
    assert {(arrival.peer, arrival.record.id) for arrival in queues.take()} == {
        (PEER, kept.id),
        (OTHER, records(1)[0].id),
    }
    assert queues.is_empty


def test_what_belongs_together_is_taken_together_though_others_wait() -> None:
    queues = Queues()
    for number, record in enumerate(records(600)):
        assert queues.put(Arrival(record, None, 0, group=7 if 10 <= number < 510 else 0), NOW)
    for number in range(64):
        fill(queues, PeerId(f"{number:08}"), 1)
    first = [arrival.group for arrival in queues.take() if arrival.peer is None]
    assert first.count(7) == 500
    assert first[-1] == 7
    rest = [arrival.group for arrival in queues.take() if arrival.peer is None]
    assert rest == [0] * 90


def test_what_is_heavy_once_read_waits_as_the_bytes_in_which_it_came() -> None:
    record = heavy(0)
    queues = Queues()
    assert queues.put(Arrival(record, PEER, 0), NOW)
    (waiting,) = queues.drop(PEER, lambda _: False)
    assert isinstance(waiting.record, RestingRecord)
    assert queues.put(waiting, NOW)
    (arrival,) = queues.take()
    assert type(arrival.record) is Record
    assert arrival.record == record
