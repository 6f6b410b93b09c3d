from hypothesis import given
from hypothesis import strategies as st

from peerset.core.limits import SEND_QUEUE_HIGH_BYTES, SEND_QUEUE_LOW_BYTES
from peerset.transports.lanes import FRAME_OVERHEAD_BYTES, Lane, SendQueue, Urgency, lane_of

BULK = Lane(Urgency.PROTOCOL, "room")
CHAT = Lane(Urgency.APPLICATION, "room")


def drain(queue: SendQueue) -> list[bytes]:
    return list(iter(queue.pop, None))


def test_lanes_take_turns_and_keep_their_own_order() -> None:
    queue = SendQueue()
    queue.put(BULK, [b"1", b"2", b"3"])
    queue.put(CHAT, [b"a", b"b"])
    queue.put(BULK, [b"4"])
    assert drain(queue) == [b"1", b"a", b"2", b"b", b"3", b"4"]


def test_what_waits_clogs_the_queue_until_most_of_it_has_left() -> None:
    told: list[bool] = []
    queue = SendQueue(told.append)
    frame = bytes(SEND_QUEUE_LOW_BYTES - FRAME_OVERHEAD_BYTES)
    queue.put(BULK, [frame] * (SEND_QUEUE_HIGH_BYTES // SEND_QUEUE_LOW_BYTES))
    assert told == []
    queue.put(CHAT, [b"more"])
    assert (told, queue.is_clogged) == ([True], True)
    while queue.size_bytes > SEND_QUEUE_LOW_BYTES:
        assert queue.is_clogged
        queue.pop()
    assert told == [True, False]
    queue.put(BULK, [frame] * 5)
    queue.drop("room")
    assert told == [True, False, True, False]


def test_a_queue_is_empty_while_nothing_waits() -> None:
    queue = SendQueue()
    assert queue.is_empty
    queue.put(BULK, [b"1"])
    assert not queue.is_empty
    assert drain(queue) == [b"1"]
    assert queue.is_empty


def test_control_goes_first() -> None:
    queue = SendQueue()
    queue.put(BULK, [b"1", b"2"])
    queue.put(Lane(Urgency.CONTROL, "room"), [b"ready"])
    assert drain(queue) == [b"ready", b"1", b"2"]


def test_leaving_does_not_overtake_our_protocol() -> None:
    assert lane_of("room", "@_leave") == lane_of("room", "peerset") == BULK
    assert lane_of("room", "@_hsready").urgency is Urgency.CONTROL
    assert lane_of("room", "chat") == CHAT


def test_a_room_that_starts_over_drops_what_waits_for_it_alone() -> None:
    queue = SendQueue()
    queue.put(BULK, [b"old"])
    queue.put(CHAT, [b"old"])
    queue.put(Lane(Urgency.PROTOCOL, "other"), [b"kept"])
    queue.drop("room")
    assert queue.size_bytes == 4 + FRAME_OVERHEAD_BYTES
    assert drain(queue) == [b"kept"]


def test_nothing_put_is_nothing_queued() -> None:
    queue = SendQueue()
    queue.put(BULK, [])
    assert (queue.pop(), queue.size_bytes) == (None, 0)


@given(st.lists(st.tuples(st.sampled_from([BULK, CHAT, Lane(Urgency.CONTROL, "x")]), st.lists(st.binary(max_size=4)))))
def test_every_frame_comes_out_once_and_in_the_order_of_its_lane(puts: list[tuple[Lane, list[bytes]]]) -> None:
    queue = SendQueue()
    for number, (lane, frames) in enumerate(puts):
        queue.put(lane, [bytes([number, lane.urgency]) + frame for frame in frames])
    out = drain(queue)
    assert queue.size_bytes == 0
    assert len(out) == sum(len(frames) for _, frames in puts)
    for urgency in Urgency:
        numbers = [frame[0] for frame in out if frame[1] == urgency]
        assert numbers == sorted(numbers)
