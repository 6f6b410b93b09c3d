from peerset.core.action import Action
from peerset.core.message import Ping, Records
from peerset.core.record import RecordId
from peerset.testing.meter import FRAME_BYTES, Meter, framed, quantile
from peerset.testing.swarm import Swarm
from peerset.transports.frames import Encoder
from tests.testing.records import make_record

NAME = "peerset"


def test_what_a_message_takes_on_a_channel_is_what_its_frames_take() -> None:
    for size in (1, 16_348, 16_349, 50_000):
        frames = Encoder("ab" * 32).encode(Action(NAME, bytes(size)))
        assert framed(size) == sum(map(len, frames))
    assert FRAME_BYTES == 103


def test_copies_are_counted_of_live_records_and_of_those_in_rounds() -> None:
    meter = Meter()
    meter.sent(Records(0, (b"a", b"b")), 10)
    meter.sent(Records(3, (b"c",)), 10)
    meter.sent(Ping(1), 3)

    assert meter.copies == 3
    assert meter.messages_of == {"live Records": 1, "Records": 1, "Ping": 1}
    assert meter.framed_bytes == 23 + 3 * FRAME_BYTES
    meter.reset()
    assert meter.framed_bytes == meter.copies == 0


def test_deliveries_of_what_was_published_are_timed() -> None:
    meter = Meter()
    meter.published(RecordId(b"a" * 32), 1.0)
    meter.delivered(RecordId(b"a" * 32), 1.5, 7)
    meter.delivered(RecordId(b"b" * 32), 1.5, 7)

    assert meter.seconds == [0.5]


def test_it_is_known_when_the_last_record_reached_whom() -> None:
    meter = Meter()
    meter.published(RecordId(b"a" * 32), 1.0)
    meter.delivered(RecordId(b"a" * 32), 1.5, 7)
    meter.published(RecordId(b"b" * 32), 2.0)
    meter.delivered(RecordId(b"b" * 32), 2.25, 8)
    meter.delivered(RecordId(b"a" * 32), 3.0, 8)

    assert meter.arrivals == {8: 0.25}


def test_a_swarm_counts_what_crosses_its_channels() -> None:
    swarm = Swarm(1)
    for _ in range(2):
        swarm.wake(swarm.add_member())
    swarm.run(20.0)
    record = make_record("hello", created_at=swarm.moment(swarm.members[0]).unix)
    swarm.meter.published(record.id, swarm.clock.now)
    swarm.publish(swarm.members[0], record)
    swarm.run(5.0)

    assert swarm.meter.copies == 1
    assert len(swarm.meter.seconds) == 2
    assert swarm.meter.bytes_of["Hello"] > 2 * FRAME_BYTES


def test_a_quantile_is_a_value_that_so_many_lie_below() -> None:
    assert quantile([], 0.5) == 0.0
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile(range(100), 0.99) == 99
