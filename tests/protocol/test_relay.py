"""New records while they are young: push, announce, pull."""

import random

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.limits import (
    ANNOUNCE_DELAY_SECONDS,
    ANNOUNCE_IDS_MAX,
    ANNOUNCED_IDS_BURST_MAX,
    ANNOUNCED_IDS_PER_SECOND_MAX,
    FRAME_BYTES_MAX,
    PULL_TIMEOUT_SECONDS,
    PULLS_MAX,
    PULLS_PER_PEER_MAX,
    PUSH_NEIGHBOURS,
    RECENT_BYTES_MAX,
    RECENT_RECORDS_MAX,
    RELAY_AGE_MAX_SECONDS,
)
from peerset.core.message import Announce, Pull, Records
from peerset.core.signal import PeerId
from peerset.protocol.effects import Send, Strike
from peerset.protocol.relay import ANNOUNCERS_MAX, LiveRelay, cut_blobs
from peerset.protocol.strikes import Fault
from tests.protocol.pair import START, Net, make_record

PEERS = [PeerId(f"0000{number:02}") for number in range(8)]


def at(seconds: float) -> Moment:
    return Moment(Monotonic(seconds), UnixTime(START + int(seconds)))


def make_relay(neighbours: int = 8) -> LiveRelay:
    relay = LiveRelay(rng=random.Random(1))
    for peer in PEERS[:neighbours]:
        relay.join(peer)
    return relay


def flush(relay: LiveRelay, seconds: float = ANNOUNCE_DELAY_SECONDS) -> dict[PeerId, list[object]]:
    told: dict[PeerId, list[object]] = {}
    for effect in relay.tick(at(seconds)):
        assert isinstance(effect, Send)
        told.setdefault(effect.peer, []).append(effect.message)
    return told


def test_our_own_record_is_pushed_to_three_and_announced_to_the_rest() -> None:
    relay, record = make_relay(), make_record(1)
    relay.pass_on(record, None, at(0))
    assert relay.deadline == ANNOUNCE_DELAY_SECONDS
    told = flush(relay)
    pushed = [peer for peer, messages in told.items() if messages == [Records(0, (record.wire,))]]
    announced = [peer for peer, messages in told.items() if messages == [Announce((record.id[:8],))]]
    assert len(pushed) == PUSH_NEIGHBOURS
    assert sorted(pushed + announced) == PEERS
    assert relay.is_idle


def test_a_record_of_others_is_announced_to_all_but_its_sender() -> None:
    relay, record = make_relay(), make_record(1)
    relay.pass_on(record, PEERS[2], at(0))
    told = flush(relay)
    assert sorted(told) == [peer for peer in PEERS if peer != PEERS[2]]
    assert all(messages == [Announce((record.id[:8],))] for messages in told.values())


def test_alone_nothing_is_told() -> None:
    relay = make_relay(0)
    relay.pass_on(make_record(1), None, at(0))
    assert relay.deadline is None


def test_announcements_are_coalesced_into_full_messages() -> None:
    relay = make_relay(5)
    for number in range(100):
        relay.pass_on(make_record(number), PEERS[0], at(0))
    told = flush(relay)
    for peer in PEERS[1:5]:
        sizes = [len(message.prefixes) for message in told[peer] if isinstance(message, Announce)]
        assert sizes == [ANNOUNCE_IDS_MAX, 100 - ANNOUNCE_IDS_MAX]


def test_what_is_announced_and_lacking_is_pulled_from_the_first_announcer() -> None:
    relay = make_relay()
    assert relay.announced(PEERS[0], Announce((b"a" * 8,)), at(0)) == [Send(PEERS[0], Pull((b"a" * 8,)))]
    assert relay.announced(PEERS[1], Announce((b"a" * 8,)), at(0)) == []
    assert not relay.is_idle


def test_who_announces_without_giving_is_passed_over_and_not_blamed() -> None:
    relay = make_relay()
    relay.announced(PEERS[0], Announce((b"a" * 8,)), at(0))
    relay.announced(PEERS[1], Announce((b"a" * 8,)), at(0))
    assert relay.deadline == PULL_TIMEOUT_SECONDS
    assert relay.tick(at(PULL_TIMEOUT_SECONDS)) == [Send(PEERS[1], Pull((b"a" * 8,)))]
    relay.tick(at(2 * PULL_TIMEOUT_SECONDS))
    assert relay.is_idle


def test_only_so_many_announcers_of_one_record_are_remembered() -> None:
    relay = make_relay()
    crowd = [PeerId(f"0001{number:02}") for number in range(ANNOUNCERS_MAX + 2)]
    relay.announced(PEERS[0], Announce((b"a" * 8,)), at(0))
    for peer in crowd:
        relay.join(peer)
        assert relay.announced(peer, Announce((b"a" * 8,)), at(0)) == []
    asked: list[PeerId] = []
    for seconds in range(1, 20):
        asked += [effect.peer for effect in relay.tick(at(seconds)) if isinstance(effect, Send)]
    assert asked == crowd[:ANNOUNCERS_MAX]


def test_who_left_is_neither_asked_nor_blamed() -> None:
    relay = make_relay()
    relay.announced(PEERS[0], Announce((b"a" * 8,)), at(0))
    relay.announced(PEERS[1], Announce((b"a" * 8,)), at(0))
    relay.leave(PEERS[0])
    relay.leave(PEERS[1])
    assert relay.tick(at(PULL_TIMEOUT_SECONDS)) == []


def test_a_record_that_came_is_not_asked_for_again() -> None:
    relay, record = make_relay(), make_record(1)
    relay.announced(PEERS[0], Announce((record.id[:8],)), at(0))
    assert relay.arrived(PEERS[0], [record, make_record(2)]) == {record.id}
    assert relay.is_idle


def test_a_known_record_is_not_pulled_and_its_holder_is_not_told() -> None:
    relay, record = make_relay(2), make_record(1)
    relay.pass_on(record, PEERS[0], at(0))
    assert relay.announced(PEERS[1], Announce((record.id[:8],)), at(0)) == []
    assert flush(relay) == {PEERS[1]: [Announce((record.id[:8],))]}
    relay.pass_on(record, None, at(1))
    assert flush(relay, 2) == {}


def test_each_record_is_given_to_a_peer_once() -> None:
    relay, record = make_relay(), make_record(1)
    relay.pass_on(record, PEERS[0], at(0))
    pull = Pull((record.id[:8], b"unknown!"))
    assert relay.pulled(PEERS[1], pull) == [Send(PEERS[1], Records(0, (record.wire,)))]
    assert relay.pulled(PEERS[1], pull) == []
    assert relay.pulled(PEERS[0], pull) == []


def test_what_was_purged_is_neither_given_nor_asked_for() -> None:
    relay, record = make_relay(), make_record()
    relay.pass_on(record, PEERS[0], at(0))
    relay.forget([record.id, make_record(1).id])
    prefix = record.id[:8]
    assert relay.pulled(PEERS[1], Pull((prefix,))) == []
    assert relay.announced(PEERS[2], Announce((prefix,)), at(0)) == []


def test_too_many_ids_at_once_are_a_flood() -> None:
    prefixes = tuple(number.to_bytes(8, "big") for number in range(ANNOUNCE_IDS_MAX + 1))
    (strike,) = make_relay().announced(PEERS[0], Announce(prefixes), at(0))
    assert isinstance(strike, Strike)


def test_only_so_many_records_are_asked_for_at_once() -> None:
    relay = make_relay()
    asked = 0
    for peer in PEERS:
        mine = announce_all(relay, peer, PULLS_PER_PEER_MAX + 1)
        assert mine <= PULLS_PER_PEER_MAX
        asked += mine
    assert asked == PULLS_MAX


def test_a_peer_that_announces_much_leaves_room_for_the_others() -> None:
    relay = make_relay()
    assert announce_all(relay, PEERS[0], PULLS_MAX) == PULLS_PER_PEER_MAX
    assert announce_all(relay, PEERS[1], 1) == 1
    relay.tick(at(PULL_TIMEOUT_SECONDS))
    assert announce_all(relay, PEERS[0], 1) == 1


def announce_all(relay: LiveRelay, peer: PeerId, count: int) -> int:
    """Let *peer* announce *count* records of its own; give how many it is asked for."""
    asked = 0
    for number in range(count):
        prefix = PEERS.index(peer).to_bytes(2, "big") + number.to_bytes(6, "big")
        for effect in relay.announced(peer, Announce((prefix,)), at(0)):
            assert isinstance(effect, Send)
            assert isinstance(effect.message, Pull)
            asked += len(effect.message.prefixes)
    return asked


def test_ids_without_end_are_a_flood() -> None:
    relay = make_relay()
    message = Announce(tuple(number.to_bytes(8, "big") for number in range(ANNOUNCE_IDS_MAX)))
    for _ in range(ANNOUNCED_IDS_BURST_MAX // ANNOUNCE_IDS_MAX):
        assert not any(isinstance(effect, Strike) for effect in relay.announced(PEERS[0], message, at(9)))
    (strike,) = relay.announced(PEERS[0], message, at(9))
    assert isinstance(strike, Strike)
    assert strike.fault is Fault.FLOOD
    assert not any(isinstance(effect, Strike) for effect in relay.announced(PEERS[1], message, at(9)))
    later = at(9 + ANNOUNCE_IDS_MAX / ANNOUNCED_IDS_PER_SECOND_MAX)
    assert not any(isinstance(effect, Strike) for effect in relay.announced(PEERS[0], message, later))


def test_what_was_refused_before_is_not_asked_for() -> None:
    relay = LiveRelay(rng=random.Random(1), is_refused=lambda prefix: prefix == b"refused!")
    relay.join(PEERS[0])
    asked = relay.announced(PEERS[0], Announce((b"refused!", b"welcome!")), at(0))
    assert asked == [Send(PEERS[0], Pull((b"welcome!",)))]


def test_only_young_records_are_relayed() -> None:
    relay = make_relay()
    assert relay.is_young(make_record(1, at=START - RELAY_AGE_MAX_SECONDS), at(0))
    assert not relay.is_young(make_record(1, at=START - RELAY_AGE_MAX_SECONDS - 1), at(0))


def test_what_can_be_pulled_is_bounded_in_number_and_bytes() -> None:
    relay = make_relay(1)
    small = make_record(1)
    for number in range(RECENT_RECORDS_MAX + 1):
        relay._remember(number.to_bytes(8, "big"), small)
    assert len(relay._recents) == RECENT_RECORDS_MAX
    big = make_record(2, size=60_000)
    for number in range(RECENT_BYTES_MAX // 60_000 + 2):
        relay._remember(b"b" + number.to_bytes(7, "big"), big)
    assert relay._recent_bytes <= RECENT_BYTES_MAX


def test_blobs_are_cut_into_messages_of_bounded_size() -> None:
    frames = cut_blobs([b"x" * 25_000] * 5)
    assert [len(frame) for frame in frames] == [2, 2, 1]
    assert all(sum(map(len, frame)) <= FRAME_BYTES_MAX for frame in frames)
    assert cut_blobs([]) == []


def test_a_record_reaches_a_mesh_of_eight_once_each() -> None:
    net = Net()
    members = [net.add(number + 1) for number in range(8)]
    for number, one in enumerate(members):
        for two in members[number + 1 :]:
            net.connect(one, two)
    record = make_record(77, author=1)
    net.publish(members[0], record)
    net.pass_time(0.5)
    assert all(record.id in member.disk for member in members)
    payloads = [message for member in members for _, message, _ in member.sent if isinstance(message, Records)]
    assert sum(len(message.blobs) for message in payloads) == 7
