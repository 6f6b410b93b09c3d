"""The sketch of a node's set is kept while there are neighbours, a little at a time."""

import random

from peerset.core.clock import DAY_SECONDS, Moment, Monotonic, UnixTime
from peerset.core.limits import RETENTION_SECONDS, SKETCH_INTERVAL_SECONDS, SKETCH_STRETCH_RECORDS
from peerset.core.merkle import Index
from peerset.core.message import Days, Sketch
from peerset.protocol.upkeep import BUSY_INTERVAL_SECONDS, Upkeep
from tests.protocol.large import draw
from tests.protocol.pair import START, Net, make_record


def at(seconds: float) -> Moment:
    return Moment(Monotonic(seconds), START)


def test_a_set_is_gone_through_one_stretch_each_interval() -> None:
    index = Index.bulk(draw(4 * SKETCH_STRETCH_RECORDS, random.Random(0)))
    upkeep = Upkeep(index, RETENTION_SECONDS)
    assert upkeep.deadline is None
    now = 0.0
    upkeep.tick(at(now), is_busy=False)
    ticks = 1
    while upkeep.deadline is not None:
        assert upkeep.deadline == Monotonic(now + SKETCH_INTERVAL_SECONDS)
        upkeep.tick(at(now), is_busy=False)
        assert upkeep.deadline == Monotonic(now + SKETCH_INTERVAL_SECONDS)
        now = float(upkeep.deadline)
        upkeep.tick(at(now), is_busy=False)
        ticks += 1
    assert ticks == 4


def test_while_records_come_in_it_goes_on_less_often() -> None:
    index = Index.bulk(draw(3 * SKETCH_STRETCH_RECORDS, random.Random(0)))
    upkeep = Upkeep(index, RETENTION_SECONDS)
    upkeep.tick(at(0.0), is_busy=True)
    assert upkeep.deadline == BUSY_INTERVAL_SECONDS > SKETCH_INTERVAL_SECONDS
    upkeep.tick(at(BUSY_INTERVAL_SECONDS), is_busy=False)
    assert upkeep.deadline == BUSY_INTERVAL_SECONDS + SKETCH_INTERVAL_SECONDS


def test_a_day_later_the_oldest_day_is_let_go_of() -> None:
    index = Index.bulk((START - DAY_SECONDS * 86 + number, number.to_bytes(32, "big")) for number in range(900))
    upkeep = Upkeep(index, 90 * DAY_SECONDS)
    upkeep.tick(at(0), is_busy=False)
    assert index.summary is not None
    later = Moment(Monotonic(10.0), UnixTime(START + 6 * DAY_SECONDS))
    upkeep.tick(later, is_busy=False)
    assert upkeep.deadline is not None
    upkeep.tick(Moment(Monotonic(20.0), later.unix), is_busy=False)
    assert upkeep.deadline is None
    assert index.summary.symbols((0, b""), (START, b"")) is not None


def test_two_nodes_compare_by_sketches_and_their_sets_are_equal_then() -> None:
    shared = [make_record(number, at=START - 4_000 - number) for number in range(90)]
    more, other = (make_record(number, at=START - 9_000) for number in (901, 902))
    net = Net()
    one, two = net.add(1, [*shared, more]), net.add(2, [*shared, other])
    net.connect(one, two)
    net.pass_time(2.0)
    assert len(one.disk) == len(two.disk) == 92
    messages = [message for member in (one, two) for _, message, _ in member.sent]
    assert sum(isinstance(message, Sketch) for message in messages) == 1
    assert not any(isinstance(message, Days) for message in messages)


def test_nobody_without_neighbours_goes_through_its_set() -> None:
    net = Net()
    alone = net.add(1, [make_record(number, at=START - 4_000 - number) for number in range(3)])
    net.pass_time(5.0)
    assert alone.node.index.summary is None
