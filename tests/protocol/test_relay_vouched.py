"""Who tells of a record before we tell it has gained something for us, though another brought it."""

import random

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.limits import ANNOUNCE_LATER_SECONDS
from peerset.core.message import Announce, Records
from peerset.core.record import Record
from peerset.core.signal import PeerId
from peerset.protocol.relay import LiveRelay
from tests.protocol.pair import START, make_record

ONE, TWO, THREE = (PeerId(f"0000{number:02}") for number in range(3))


def at(seconds: float) -> Moment:
    return Moment(Monotonic(seconds), UnixTime(START + int(seconds)))


def make_relay() -> tuple[LiveRelay, list[PeerId]]:
    """A relay with three neighbours, and those that vouched, as they do."""
    vouched: list[PeerId] = []
    relay = LiveRelay(rng=random.Random(1), on_vouched=lambda peer, _: vouched.append(peer))
    for peer in (ONE, TWO, THREE):
        relay.join(peer)
    return relay, vouched


def announce(relay: LiveRelay, peer: PeerId, record: Record) -> None:
    relay.announced(peer, Announce((record.id[:8],)), at(0))


def test_who_announced_what_another_brings_vouched_for_it_once_it_is_found_valid() -> None:
    relay, vouched = make_relay()
    record = make_record(1)
    announce(relay, TWO, record)
    relay.arrived(ONE, Records(0, ()), [record], at(0))
    announce(relay, THREE, record)
    assert vouched == []

    relay.pass_on([(record, ONE)], at(0))
    assert sorted(vouched) == [TWO, THREE]


def test_who_announces_what_it_was_not_told_vouched_for_it_once() -> None:
    relay, vouched = make_relay()
    first, record = make_record(1), make_record(2)
    # The first goes out at once, to two drawn at random; the next waits.
    relay.pass_on([(first, ONE)], at(0))
    relay.pass_on([(record, ONE)], at(0))
    announce(relay, TWO, record)
    announce(relay, TWO, record)

    assert vouched == [TWO]


def test_who_says_again_what_it_was_told_or_gave_vouches_for_nothing() -> None:
    relay, vouched = make_relay()
    record = make_record(1)
    relay.pass_on([(record, ONE)], at(0))
    relay.tick(at(ANNOUNCE_LATER_SECONDS))
    for peer in (ONE, TWO, THREE):
        announce(relay, peer, record)

    assert vouched == []


def test_who_pushes_what_another_brought_first_vouched_for_it() -> None:
    relay, vouched = make_relay()
    first, record = make_record(1), make_record(2)
    relay.pass_on([(first, ONE)], at(0))
    relay.pass_on([(record, ONE)], at(0))
    relay.arrived(TWO, Records(0, ()), [record], at(0))

    assert vouched == [TWO]
