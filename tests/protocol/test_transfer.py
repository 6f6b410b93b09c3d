"""Records on their way to one peer: loaded as credit allows, cut into messages."""

from collections import deque

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.limits import CREDIT_WINDOW_BYTES, FRAME_BYTES_MAX, LOAD_RECORDS_MAX, RECORDS_PER_MESSAGE_MAX
from peerset.core.merkle import Index
from peerset.core.message import Bound
from peerset.core.ranges import Share, listed_id
from peerset.core.record import RecordId
from peerset.protocol.transfer import BLOB_BYTES_GUESSED, DRAWN_RECORDS_MAX, Transfer, take_frame

SALT = b"s" * 16
NOW = Moment(Monotonic(0.0), UnixTime(0))
START: Bound = (0, b"")
END: Bound = (10**6, b"")


def ids(count: int) -> list[RecordId]:
    return [RecordId(number.to_bytes(32, "big")) for number in range(count)]


def holding(count: int) -> Transfer:
    """Give a transfer of a set of so many records, with all of them queued."""
    transfer = Transfer(Index.bulk((number, record_id) for number, record_id in enumerate(ids(count))), SALT)
    transfer.push(Share(START, END))
    return transfer


def names(*chosen: RecordId) -> bytes:
    return b"".join(listed_id(SALT, record_id) for record_id in chosen)


def test_what_is_queued_is_loaded_in_order_and_sent() -> None:
    transfer = holding(3)
    assert transfer.next_ids(NOW) == tuple(ids(3))
    transfer.loaded((b"a", b"b", b"c"))
    assert transfer.next_frames() == [(b"a", b"b", b"c")]
    assert transfer.is_empty
    assert transfer.count == 3


def test_nothing_is_loaded_while_a_load_is_under_way() -> None:
    transfer = holding(LOAD_RECORDS_MAX + 1)
    assert len(transfer.next_ids(NOW)) == LOAD_RECORDS_MAX
    assert transfer.next_ids(NOW) == ()
    assert not transfer.is_empty
    transfer.loaded((b"a",))
    assert transfer.next_ids(NOW) == ()
    transfer.next_frames()
    assert len(transfer.next_ids(NOW)) == 1


def test_records_whose_content_is_gone_are_named_and_not_counted() -> None:
    transfer = holding(3)
    transfer.next_ids(NOW)
    assert transfer.loaded((b"", b"b", b"")) == (ids(3)[0], ids(3)[2])
    assert transfer.next_frames() == [(b"b",)]
    assert transfer.count == 1


def test_what_is_purged_while_it_is_loaded_is_lacking_and_what_waits_for_credit_is_not_sent() -> None:
    transfer = holding(4)
    _, second, third, fourth = transfer.next_ids(NOW)
    transfer.purge([second])
    assert transfer.loaded((b"a", b"b", b"c", b"d")) == (second,)
    transfer.purge([third])
    assert transfer.next_frames() == [(b"a", b"d")]
    assert transfer.count == 2
    transfer.purge([fourth])
    assert transfer.count == 2


def test_records_that_could_not_be_loaded_are_passed_over() -> None:
    transfer = holding(1)
    transfer.next_ids(NOW)
    assert transfer.loaded(()) == ()
    assert transfer.next_frames() == []
    assert transfer.is_empty


def test_sending_stops_when_credit_is_spent_and_goes_on_with_more() -> None:
    transfer = holding(30)
    size = 50_000
    sent = 0
    while loaded := transfer.next_ids(NOW):
        transfer.loaded((b"x" * size,) * len(loaded))
        sent += sum(len(blob) for frame in transfer.next_frames() for blob in frame)
    assert CREDIT_WINDOW_BYTES <= sent < CREDIT_WINDOW_BYTES + size
    assert not transfer.is_empty
    assert transfer.credit(size)
    transfer.loaded((b"x" * size,) * len(transfer.next_ids(NOW)))
    assert len(transfer.next_frames()) == 1


def test_loads_ask_for_about_as_much_as_credit_allows() -> None:
    transfer = holding(1_000)
    first = transfer.next_ids(NOW)
    assert len(first) == min(CREDIT_WINDOW_BYTES // BLOB_BYTES_GUESSED, LOAD_RECORDS_MAX)
    transfer.loaded((b"x" * 60_000,))
    transfer.next_frames()
    assert len(transfer.next_ids(NOW)) == (CREDIT_WINDOW_BYTES - 60_000) // ((60_000 + BLOB_BYTES_GUESSED) // 2)


def test_credit_for_bytes_that_were_not_sent_or_taken_back_cannot_be_true() -> None:
    transfer = holding(1)
    transfer.next_ids(NOW)
    transfer.loaded((b"x" * 100,))
    transfer.next_frames()
    assert not transfer.credit(101)
    assert transfer.credit(100)
    assert not transfer.credit(99)


def test_messages_are_bounded_in_bytes_and_in_records() -> None:
    blobs = deque((b"x" * 30_000,) * 3 + (b"y",) * (RECORDS_PER_MESSAGE_MAX + 1))
    frames = []
    while blobs:
        frames.append(take_frame(blobs))
    assert [len(frame) for frame in frames] == [1, 1, 1 + RECORDS_PER_MESSAGE_MAX - 1, 2]
    assert all(sum(len(blob) + 5 for blob in frame) <= FRAME_BYTES_MAX for frame in frames)


def test_records_are_looked_up_when_their_turn_comes() -> None:
    index = Index.bulk((number, record_id) for number, record_id in enumerate(ids(3)))
    transfer = Transfer(index, SALT)
    transfer.push(Share(START, END))
    index.discard(1, ids(3)[1])
    assert transfer.next_ids(NOW) == (ids(3)[0], ids(3)[2])
    assert transfer.count == 2


def test_what_is_wanted_of_one_range_bit_by_bit_is_queued_as_one_share() -> None:
    transfer = Transfer(Index.bulk((number, record_id) for number, record_id in enumerate(ids(5))), SALT)
    for wanted in (ids(5)[3], ids(5)[1]):
        transfer.push(Share(START, END, names(wanted), is_named=True))
    assert transfer.next_ids(NOW) == (ids(5)[1], ids(5)[3])


def test_shares_that_hold_nothing_any_more_are_passed_over() -> None:
    transfer = Transfer(Index(), SALT)
    transfer.push(Share(START, END))
    assert not transfer.is_empty
    assert transfer.next_ids(NOW) == ()
    assert transfer.is_empty


def test_a_load_looks_at_only_so_many_records_once_it_has_any() -> None:
    many = ids(3 * DRAWN_RECORDS_MAX)
    transfer = Transfer(Index.bulk((number, record_id) for number, record_id in enumerate(many)), SALT)
    transfer.push(Share(START, END, names(*many[:-1])))
    assert transfer.next_ids(NOW) == (many[-1],)
    transfer.loaded(())
    transfer.push(Share(START, END, names(*many[1:])))
    assert transfer.next_ids(NOW) == (many[0],)
    assert not transfer.is_empty
