"""What was announced and is not at hand any more: the asker is told, and asks the next."""

from peerset.core.limits import ANNOUNCE_DELAY_SECONDS, PULL_TIMEOUT_SECONDS
from peerset.core.message import Announce, Lacking, Pull, Records
from peerset.protocol.effects import Send
from peerset.protocol.inputs import Purged
from tests.protocol.pair import Net, make_record
from tests.protocol.test_relay import PEERS, at, make_relay, pass_on


def test_who_has_not_got_what_it_announced_says_so_and_the_next_is_asked_at_once() -> None:
    relay, (purged, kept, absent) = make_relay(2), [make_record(number) for number in range(3)]
    pass_on(relay, purged, kept, source=PEERS[1])
    relay.forget([purged.id])
    prefixes = tuple(record.id[:8] for record in (purged, kept, absent))
    sent = relay.pulled(PEERS[0], Pull(prefixes))
    assert sent == [Send(PEERS[0], Lacking(0, (prefixes[0], prefixes[2]))), Send(PEERS[0], Records(0, (kept.wire,)))]


def test_what_the_first_announcer_lacks_is_asked_of_the_next_at_once() -> None:
    relay, prefixes = make_relay(3), tuple(make_record(number).id[:8] for number in range(2))
    relay.announced(PEERS[0], Announce(prefixes), at(0))
    relay.announced(PEERS[1], Announce(prefixes), at(0))
    assert relay.receive(PEERS[1], Lacking(0, prefixes), at(0.1)) == []
    lacking = Lacking(0, (prefixes[0], prefixes[0], b"x" * 8))
    assert relay.receive(PEERS[0], lacking, at(0.1)) == [Send(PEERS[1], Pull(prefixes[:1]))]
    assert relay.receive(PEERS[1], Lacking(0, prefixes[:1]), at(0.2)) == []
    # The other one was asked of the first, which said nothing of it.
    assert relay.tick(at(PULL_TIMEOUT_SECONDS)) == [Send(PEERS[1], Pull(prefixes[1:]))]
    assert relay.receive(PEERS[1], Lacking(0, prefixes), at(PULL_TIMEOUT_SECONDS)) == []
    assert relay.is_idle


def test_a_neighbour_of_an_older_version_is_not_told_what_is_not_at_hand() -> None:
    relay = make_relay(0)
    relay.join(PEERS[0], has_lacking=False)
    assert relay.pulled(PEERS[0], Pull((b"a" * 8,))) == []


def test_what_was_purged_by_its_first_announcer_comes_at_once_from_the_next() -> None:
    net = Net()
    author, keeper, whole, asker = (net.add(number) for number in range(1, 5))
    for one, two in ((author, keeper), (author, whole), (keeper, asker), (whole, asker)):
        net.connect(one, two)
    net.pass_time(5)
    record = make_record(7, at=net.now.unix)
    net.feed(keeper, Purged((record.id,)))
    net.publish(author, record)
    net.feed(keeper, Purged((record.id,)))
    net.pass_time(ANNOUNCE_DELAY_SECONDS * 4)
    assert record.id in asker.disk
