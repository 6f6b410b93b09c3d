from peerset.core.limits import SEND_QUEUE_BYTES_PER_PEER_MAX, SEND_QUEUE_HIGH_BYTES, SEND_QUEUE_LOW_BYTES
from peerset.transports.backlog import Backlog


def test_it_is_clogged_from_the_high_mark_until_the_low_one_and_each_is_told_once() -> None:
    told: list[bool] = []
    backlog = Backlog(told.append)
    backlog.add(SEND_QUEUE_HIGH_BYTES)
    assert told == []
    backlog.add(1)
    backlog.add(1)
    assert (told, backlog.is_clogged) == ([True], True)
    backlog.add(SEND_QUEUE_LOW_BYTES - SEND_QUEUE_HIGH_BYTES)
    assert told == [True]
    backlog.add(-2)
    assert (told, backlog.is_clogged) == ([True, False], False)


def test_it_is_full_past_all_that_it_may_hold() -> None:
    backlog = Backlog()
    backlog.add(SEND_QUEUE_BYTES_PER_PEER_MAX)
    assert not backlog.is_full
    backlog.add(1)
    assert backlog.is_full
    assert backlog.size_bytes == SEND_QUEUE_BYTES_PER_PEER_MAX + 1
