"""What the store could not take, and what happens when it works again."""

from dataclasses import replace

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.limits import ROUND_BACKOFF_MAX_SECONDS, SAVE_RETRY_SECONDS
from peerset.core.signal import PeerId
from peerset.protocol.arrivals import Arrival
from peerset.protocol.delayed import Delayed
from peerset.protocol.effects import CatchUp
from peerset.protocol.events import SaveDelayed
from peerset.protocol.health import Budget
from tests.protocol.pair import START, Net, make_record

PEER = PeerId("0000peer")


def at(seconds: float) -> Moment:
    return Moment(Monotonic(seconds), UnixTime(START + int(seconds)))


def brought(number: int, *, size: int = 0, peer: PeerId | None = PEER) -> Arrival:
    return Arrival(make_record(number, size=size), peer, 7)


def test_the_largest_record_is_tried_again_and_costs_its_sender_nothing() -> None:
    delayed = Delayed()
    large = brought(2, size=500)
    delayed.failed([brought(1), large, brought(3)], at(0))
    assert delayed.deadline == SAVE_RETRY_SECONDS
    assert delayed.due(at(SAVE_RETRY_SECONDS - 1)) == []
    tried = replace(large, round=0, is_trusted=True, is_owed=False)
    assert delayed.due(at(SAVE_RETRY_SECONDS)) == [tried]
    assert delayed.deadline is None
    assert delayed.due(at(SAVE_RETRY_SECONDS)) == []


def test_a_store_that_works_again_is_caught_up_with_once_in_a_while() -> None:
    delayed = Delayed()
    assert delayed.saved(at(0)) == []
    delayed.failed([brought(1)], at(0))
    delayed.failed([brought(2)], at(1))
    assert delayed.budget == Budget("store", 1, 0, START, 2)
    assert delayed.saved(at(2)) == [CatchUp()]
    assert delayed.budget == Budget("store", 0, 0, None, 2)
    assert delayed.deadline is None
    delayed.failed([brought(1)], at(3))
    assert delayed.saved(at(1 + ROUND_BACKOFF_MAX_SECONDS)) == []
    delayed.failed([brought(1)], at(2 + ROUND_BACKOFF_MAX_SECONDS))
    assert delayed.saved(at(2 + ROUND_BACKOFF_MAX_SECONDS)) == [CatchUp()]


def test_what_our_own_user_brought_is_left_to_our_user() -> None:
    delayed = Delayed()
    delayed.failed([brought(1, peer=None)], at(0))
    assert delayed.deadline is None
    assert delayed.saved(at(1)) == []


def test_a_disk_that_filled_and_was_emptied_has_all_records_within_a_minute() -> None:
    for first in (1, 2):
        net = Net()
        giver = net.add(first, [make_record(number, at=START - 7_200) for number in range(200)])
        full = net.add(3 - first)
        full.is_full = True
        net.connect(giver, full)
        net.pass_time(1_500)
        assert full.node.count == 0
        assert any(isinstance(event, SaveDelayed) for event in full.events)
        full.is_full = False
        net.pass_time(45)
        assert full.node.count == 200
        assert giver.node.root(net.now) == full.node.root(net.now)


def test_a_disk_that_stays_full_costs_its_neighbours_little() -> None:
    net = Net()
    giver = net.add(1, [make_record(number, at=START - 7_200) for number in range(200)])
    full = net.add(2)
    full.is_full = True
    net.connect(giver, full)
    net.pass_time(600)
    before = sum(size for _, _, size in giver.sent)
    net.pass_time(3_600)
    given = sum(size for _, _, size in giver.sent) - before
    assert given < 10 * sum(len(record.wire) for record in giver.disk.values())
