"""What a node says of its budgets."""

import random

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.limits import CHANNELS_MAX, LIVE_BURST_SECONDS, LIVE_BYTES_PER_SECOND
from peerset.core.message import Records
from peerset.core.signal import PeerId
from peerset.protocol.effects import Save
from peerset.protocol.health import Bite, Budget, Health
from peerset.protocol.inputs import Clogged, Closed, Drained, SaveFailed
from peerset.protocol.relay import LiveRelay
from tests.protocol.pair import START, make_record
from tests.protocol.stranger import Host, Stranger

NAMES = ["store", "intake", "queues", "postponed", "refused", "places", "send", "given", "rate", "clock"]


def budget_of(host: Host, name: str) -> Budget:
    [found] = [budget for budget in host.node.health(host.now).budgets if budget.name == name]
    return found


def test_a_bite_has_a_beginning_and_a_count_that_outlives_it() -> None:
    bite = Bite()
    bite.bite(UnixTime(5))
    bite.bite(UnixTime(6), 3)
    assert bite.budget("disk", 1, 2) == Budget("disk", 1, 2, UnixTime(5), 4)
    bite.ease()
    assert bite.budget("disk", 0, 2) == Budget("disk", 0, 2, None, 4)
    bite.bite(UnixTime(9))
    assert bite.since == 9


def test_those_that_bite_are_told_apart() -> None:
    quiet, loud = Budget("disk", 0, 9, None, 4), Budget("send", 1, 2, UnixTime(3), 1)
    assert Health(UnixTime(9), (quiet, loud), None).biting == (loud,)


def test_a_node_names_all_of_its_budgets_and_those_of_others_first() -> None:
    host = Host()
    others = Budget("disk", 0, 9, None, 4)
    health = host.node.health(host.now, others)
    assert [budget.name for budget in health.budgets] == ["disk", *NAMES]
    assert (health.at, health.skew_seconds, health.biting) == (START, None, ())


def test_places_bite_while_all_are_taken() -> None:
    host = Host()
    strangers = [Stranger(host, number, address=f"192.0.{number}.9") for number in range(2, CHANNELS_MAX + 2)]
    for stranger in strangers:
        assert budget_of(host, "places").since is None
        stranger.establish()
        stranger.settle()
    assert budget_of(host, "places") == Budget("places", CHANNELS_MAX, CHANNELS_MAX, host.now.unix, 0)
    host.feed(Closed(strangers[0].peer, "gone"))
    assert budget_of(host, "places") == Budget("places", CHANNELS_MAX - 1, CHANNELS_MAX, None, 0)


def test_a_channel_that_takes_nothing_bites_until_it_does_or_is_gone() -> None:
    host = Host()
    one, two = Stranger(host, 2), Stranger(host, 3)
    for stranger in (one, two):
        stranger.establish()
        host.feed(Clogged(stranger.peer))
    assert budget_of(host, "send") == Budget("send", 2, 2, host.now.unix, 2)
    host.feed(Drained(one.peer))
    assert budget_of(host, "send") == Budget("send", 1, 2, host.now.unix, 2)
    host.feed(Closed(two.peer, "gone"))
    assert budget_of(host, "send") == Budget("send", 0, 1, None, 2)


def test_a_store_that_refuses_bites() -> None:
    host = Host()
    host.unanswered = {Save}
    stranger = Stranger(host, 2)
    stranger.establish()
    [save] = [effect for effect in stranger.say(Records(0, (make_record(1).wire,))) if isinstance(effect, Save)]
    host.feed(SaveFailed(save.batch, "the disk is full"))
    assert budget_of(host, "store") == Budget("store", 1, 0, host.now.unix, 1)


def test_who_writes_faster_than_we_take_bites_until_it_is_slow_again() -> None:
    relay = LiveRelay(rng=random.Random(1))
    peer, now = PeerId("0000peer"), Moment(Monotonic(0.0), START)
    relay.join(peer)
    relay.join(PeerId("0000quiet"))
    for _ in range(int(LIVE_BURST_SECONDS)):
        relay.dealt(peer, LIVE_BYTES_PER_SECOND, 0, now)
        assert relay.budget == Budget("rate", 0, 2, None, 0)
    relay.dealt(peer, LIVE_BYTES_PER_SECOND, 0, now)
    assert relay.budget == Budget("rate", 1, 2, START, 1)
    while relay.deadline is not None:
        now = Moment(relay.deadline, START)
        relay.tick(now)
    assert relay.budget == Budget("rate", 0, 2, None, 1)
    assert 0.9 < now.monotonic < 1.2
