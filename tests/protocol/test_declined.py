"""Records that the other side's rules refuse: it says so, and they are not given to it again."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from peerset.core.limits import DECLINED_IDS_MAX
from peerset.core.message import Declining, Hello, Records
from peerset.core.ranges import short_id
from peerset.core.record import Record, RecordId
from peerset.core.signal import PeerId
from peerset.core.verdict import FAILED, Accept, Reject, Verdict
from peerset.core.wire import decode, encode
from peerset.protocol.declined import Declined
from peerset.protocol.effects import Send
from peerset.protocol.events import StrikeCounted
from tests.protocol.pair import START, Member, Net, make_record

PEER, SALT = PeerId("0000peer"), b"s" * 16
OLD = [make_record(number, at=START - 40_000 * (number + 1)) for number in range(100)]
LONG = 1_800
"""Many rounds, even when each comes later than the last."""


def make_declined(*, is_understood: bool = True) -> Declined:
    return Declined(PEER, SALT, is_understood=is_understood)


def ids(count: int, *, start: int = 0) -> list[RecordId]:
    return [RecordId(number.to_bytes(32, "big")) for number in range(start, start + count)]


def refuse_even(record: Record) -> Verdict:
    return Accept() if int(record.content.split()[1]) % 2 else Reject("even", "an even number")


def refuse_odd(record: Record) -> Verdict:
    return Reject("odd", "an odd number") if int(record.content.split()[1]) % 2 else Accept()


def refuse_all(_: Record) -> Verdict:
    return Reject("none", "nothing is wanted here")


def given(member: Member) -> int:
    """Give how many records *member* sent, again and again counted."""
    return sum(len(message.blobs) for _, message, _ in member.sent if isinstance(message, Records))


def strikes(*members: Member) -> list[str]:
    return [event.reason for member in members for event in member.events if isinstance(event, StrikeCounted)]


def test_the_neighbour_is_told_by_short_ids_what_we_refuse() -> None:
    declined, (record_id,) = make_declined(), ids(1)
    assert declined.tell([record_id]) == [Send(PEER, Declining((short_id(SALT, record_id),)))]
    assert make_declined(is_understood=False).tell([record_id]) == []


def test_what_the_neighbour_declined_is_left_out() -> None:
    declined, (first, second) = make_declined(), ids(2)
    assert declined.sift([first, second]) == [first, second]
    declined.heard((short_id(SALT, first),))
    assert declined.sift([first, second]) == [second]
    assert len(declined) == 1


def test_only_so_many_are_remembered() -> None:
    declined = make_declined()
    for number in range(3):
        declined.heard(record_id[-8:] for record_id in ids(DECLINED_IDS_MAX - 1, start=number * DECLINED_IDS_MAX))
    assert len(declined) == DECLINED_IDS_MAX


@pytest.mark.parametrize("numbers", [(1, 2), (2, 1)], ids=["the strict side opens", "the other side opens"])
@pytest.mark.parametrize(("judge", "taken"), [(refuse_even, 50), (refuse_all, 0)])
def test_what_other_rules_refuse_crosses_once_in_a_session(
    numbers: tuple[int, int], judge: Callable[[Record], Verdict], taken: int
) -> None:
    net = Net()
    strict, free = net.add(numbers[0], judge=judge), net.add(numbers[1], OLD)
    net.connect(strict, free)
    net.pass_time(LONG)
    assert given(free) == len(OLD)
    assert len(strict.disk) == taken
    assert strikes(strict, free) == []
    net.publish(free, make_record(101, at=net.now.unix - 7_200), make_record(102, at=net.now.unix - 7_200))
    net.pass_time(LONG)
    assert given(free) == len(OLD) + 2


def test_two_rooms_with_rules_of_their_own_give_each_other_each_record_once() -> None:
    net = Net()
    one, two = net.add(1, OLD[1:60:2], judge=refuse_even), net.add(2, OLD[60::2], judge=refuse_odd)
    net.connect(one, two)
    net.pass_time(LONG)
    assert (given(one), given(two)) == (30, 20)
    assert strikes(one, two) == []


def test_a_live_record_that_was_declined_comes_in_no_later_round() -> None:
    net = Net()
    strict, free = net.add(1, judge=refuse_all), net.add(2)
    net.connect(strict, free)
    net.publish(free, make_record(7, at=net.now.unix))
    net.pass_time(LONG)
    assert given(free) == 1


def test_a_policy_that_does_not_work_declines_nothing() -> None:
    net = Net()
    verdicts: list[Verdict] = [Reject("broken", "it crashed", rule=FAILED)]
    strict, free = net.add(1, judge=lambda _: verdicts[0]), net.add(2, OLD[:5])
    net.connect(strict, free)
    net.pass_time(60)
    assert not any(isinstance(message, Declining) for _, message, _ in strict.sent)


def test_a_new_session_tells_anew() -> None:
    net = Net()
    strict, free = net.add(1, judge=refuse_all), net.add(2, OLD)
    for session in (1, 2):
        net.connect(strict, free)
        net.pass_time(LONG)
        assert given(free) == session * len(OLD)
    assert strikes(strict, free) == []


def test_peers_without_the_extension_are_told_nothing() -> None:
    net = Net()

    def forget(_source: PeerId, _target: PeerId, data: bytes) -> bytes:
        message = decode(data)
        return encode(replace(message, features=0)) if isinstance(message, Hello) else data

    net.tamper = forget
    strict, free = net.add(1, judge=refuse_all), net.add(2, OLD)
    net.connect(strict, free)
    net.pass_time(60)
    assert not any(isinstance(message, Declining) for _, message, _ in strict.sent)
    assert strikes(strict, free) == []
