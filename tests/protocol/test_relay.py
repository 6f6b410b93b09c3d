"""New records while they are young: push, announce, pull."""

import random
from dataclasses import replace

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.limits import (
    ANNOUNCE_DELAY_SECONDS,
    ANNOUNCE_IDS_MAX,
    ANNOUNCE_LATER_SECONDS,
    ANNOUNCE_NEIGHBOURS,
    ANNOUNCEMENTS_MAX,
    LIVE_ID_BYTES,
    LIVE_RECORD_BYTES_MIN,
    LIVE_WINDOW_BYTES,
    PULL_PATIENCE_SECONDS,
    PULL_TIMEOUT_SECONDS,
    PULLS_MAX,
    PULLS_PER_PEER_MAX,
    PUSH_DELAY_SECONDS,
    PUSH_NEIGHBOURS,
    PUSH_PATIENCE_SECONDS,
    RECENT_RECORDS_MAX,
    REFUSED_CREDIT_SECONDS,
    RELAY_AGE_MAX_SECONDS,
    WAYS_REMEMBERED_MAX,
)
from peerset.core.message import Announce, Credit, Lacking, Pull, Records
from peerset.core.record import Record, RecordId
from peerset.core.signal import PeerId
from peerset.protocol.effects import LeaveToSync, Request, Send, Strike
from peerset.protocol.inlet import QUARTER
from peerset.protocol.pulls import ANNOUNCERS_MAX
from peerset.protocol.relay import LiveRelay
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


def hear(relay: LiveRelay, peer: PeerId, count: int, *, first: int = 100) -> None:
    """Let so many records come from *peer*."""
    for record in map(make_record, range(first, first + count)):
        relay.arrived(peer, Records(0, (record.wire,)), [record], at(0))


def pass_on(relay: LiveRelay, *records: Record, source: PeerId | None = None, seconds: float = 0) -> list[Request]:
    return relay.pass_on([(record, source) for record in records], at(seconds))


def told(effects: list[Request]) -> dict[PeerId, list[object]]:
    """Give what is sent, by peer."""
    sent: dict[PeerId, list[object]] = {}
    for effect in effects:
        if isinstance(effect, Send):
            sent.setdefault(effect.peer, []).append(effect.message)
    return sent


def test_our_own_record_is_pushed_to_three_and_announced_to_the_rest() -> None:
    relay, record = make_relay(), make_record(1)
    sent = told(pass_on(relay, record))
    pushed = [peer for peer, messages in sent.items() if messages == [Records(0, (record.wire,))]]
    announced = [peer for peer, messages in sent.items() if messages == [Announce((record.id[:8],))]]
    assert len(pushed) == PUSH_NEIGHBOURS
    assert sorted(pushed + announced) == PEERS
    assert relay.is_idle


def test_a_record_of_others_is_announced_to_a_few_at_once_and_to_all_later_but_to_its_sender() -> None:
    relay, record = make_relay(), make_record(1)
    hear(relay, PEERS[2], WAYS_REMEMBERED_MAX)
    soon = told(pass_on(relay, record, source=PEERS[2]))
    assert len(soon) == ANNOUNCE_NEIGHBOURS
    assert relay.is_idle
    assert relay.deadline == ANNOUNCE_LATER_SECONDS
    later = told(relay.tick(at(ANNOUNCE_LATER_SECONDS)))
    assert sorted([*soon, *later]) == [peer for peer in PEERS if peer != PEERS[2]]
    assert all(messages == [Announce((record.id[:8],))] for messages in [*soon.values(), *later.values()])
    assert relay.deadline is None


def test_alone_nothing_is_told() -> None:
    relay = make_relay(0)
    assert pass_on(relay, make_record(1)) == []
    assert relay.deadline is None


def test_the_first_record_goes_out_at_once_and_the_next_wait_for_company() -> None:
    relay = make_relay(1)
    first, second, third, late = map(make_record, range(4))
    assert told(pass_on(relay, first)) == {PEERS[0]: [Records(0, (first.wire,))]}
    assert pass_on(relay, second, seconds=0.001) == pass_on(relay, third, seconds=0.002) == []
    assert not relay.is_idle
    assert relay.deadline == PUSH_DELAY_SECONDS
    assert relay.tick(at(0.004)) == []
    assert told(relay.tick(at(PUSH_DELAY_SECONDS))) == {PEERS[0]: [Records(0, (second.wire, third.wire))]}
    assert relay.tick(at(ANNOUNCE_DELAY_SECONDS)) == []
    assert relay.is_idle
    assert told(pass_on(relay, late, seconds=2 * ANNOUNCE_DELAY_SECONDS)) == {PEERS[0]: [Records(0, (late.wire,))]}


def test_announcements_are_coalesced_into_full_messages() -> None:
    relay = make_relay(5)
    sent = told(pass_on(relay, *map(make_record, range(100)), source=PEERS[0]))
    for peer in PEERS[1:5]:
        sizes = [len(message.prefixes) for message in sent[peer] if isinstance(message, Announce)]
        assert sizes == [ANNOUNCE_IDS_MAX, 100 - ANNOUNCE_IDS_MAX]


def test_what_there_is_no_credit_for_is_announced_only() -> None:
    relay = make_relay(1)
    records = list(map(make_record, range(70)))
    pushed, announced = told(pass_on(relay, *records))[PEERS[0]]
    assert pushed == Records(0, tuple(record.wire for record in records[:64]))
    assert announced == Announce(tuple(record.id[:8] for record in records[64:]))
    asked = Pull(tuple(record.id[:8] for record in records[64:]))
    assert relay.pulled(PEERS[0], asked) == []
    rest = Records(0, tuple(record.wire for record in records[64:]))
    assert relay.receive(PEERS[0], Credit(0, QUARTER), at(1)) == [Send(PEERS[0], rest)]


def test_what_can_be_neither_pushed_nor_announced_is_left_to_sync() -> None:
    relay = make_relay(1)
    records = list(map(make_record, range(64 + ANNOUNCEMENTS_MAX)))
    effects = pass_on(relay, *records)
    assert LeaveToSync(PEERS[0]) not in effects
    # All of these fit the window of ids, and none is dealt with: the next wait, and then there are too many.
    assert pass_on(relay, *(make_record(number) for number in range(2_000, 3_024)), seconds=1) == []
    assert pass_on(relay, make_record(4_000), seconds=2) == [LeaveToSync(PEERS[0])]
    assert pass_on(relay, make_record(4_001), seconds=3) == [LeaveToSync(PEERS[0])]


def test_credit_for_what_was_never_sent_is_a_lie() -> None:
    relay = make_relay(1)
    (strike,) = relay.receive(PEERS[0], Credit(0, 1), at(0))
    assert isinstance(strike, Strike)
    assert strike.fault is Fault.LYING


def test_credit_is_given_a_quarter_of_the_window_at_a_time() -> None:
    relay, blob = make_relay(1), make_record(1).wire
    assert relay.take(PEERS[0], [blob] * 16) == []
    assert relay.dealt(PEERS[0], 15 * LIVE_RECORD_BYTES_MIN, 0, at(0)) == []
    assert relay.dealt(PEERS[0], LIVE_RECORD_BYTES_MIN, 0, at(0)) == [Send(PEERS[0], Credit(0, QUARTER))]
    assert relay.dealt(PEERS[1], LIVE_RECORD_BYTES_MIN, 0, at(0)) == []


def test_credit_for_what_was_refused_comes_slowly() -> None:
    relay, blob = make_relay(1), make_record(1).wire
    assert relay.take(PEERS[0], [blob] * 20) == []
    assert relay.dealt(PEERS[0], 20 * LIVE_RECORD_BYTES_MIN, 20 * LIVE_RECORD_BYTES_MIN, at(0)) == []
    assert relay.deadline == REFUSED_CREDIT_SECONDS
    assert relay.is_idle
    assert relay.tick(at(REFUSED_CREDIT_SECONDS)) == [Send(PEERS[0], Credit(0, QUARTER))]
    assert relay.deadline == 2 * REFUSED_CREDIT_SECONDS
    assert relay.tick(at(2 * REFUSED_CREDIT_SECONDS)) == []
    assert relay.deadline is None
    relay.take(PEERS[0], [blob])
    relay.dealt(PEERS[0], LIVE_RECORD_BYTES_MIN, LIVE_RECORD_BYTES_MIN, at(9))
    relay.leave(PEERS[0])
    assert relay.deadline is None


def test_nothing_is_told_on_a_clogged_channel_until_it_has_drained() -> None:
    relay, first, second = make_relay(2), make_record(1), make_record(2)
    relay.clog(PEERS[0])
    relay.clog(PEERS[5])
    assert told(pass_on(relay, first)).keys() == {PEERS[1]}
    relay.pulled(PEERS[0], Pull((first.id[:8],)))
    assert told(pass_on(relay, second, source=PEERS[1], seconds=1)) == {}
    assert relay.drain(PEERS[0]) == [
        Send(PEERS[0], Records(0, (first.wire, second.wire))),
    ]
    assert relay.drain(PEERS[5]) == []


def test_more_than_was_granted_is_a_flood() -> None:
    relay, blob = make_relay(2), make_record(1).wire
    assert relay.take(PEERS[0], [blob] * (LIVE_WINDOW_BYTES // LIVE_RECORD_BYTES_MIN)) == []
    (strike,) = relay.take(PEERS[0], [blob])
    assert isinstance(strike, Strike)
    assert strike.fault is Fault.FLOOD
    assert relay.take(PEERS[1], [blob]) == []


def test_ids_may_go_further_than_records_and_no_more() -> None:
    relay, blob = make_relay(2), make_record(1).wire
    relay.take(PEERS[0], [blob] * 64)
    assert strikes(announce(relay, PEERS[0], ANNOUNCEMENTS_MAX - 1)) == []
    assert strikes(relay.announced(PEERS[0], Announce((b"one more", b"too many")), at(0))) == [Fault.FLOOD]
    assert strikes(announce(relay, PEERS[0], 1)) == []
    assert told(announce(relay, PEERS[1], 8 * ANNOUNCEMENTS_MAX))[PEERS[1]][-1] == Credit(
        0, 8 * ANNOUNCEMENTS_MAX * LIVE_ID_BYTES
    )


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
    relay.arrived(PEERS[0], Records(0, ()), [record, make_record(2)], at(0))
    assert relay.is_idle


def test_a_known_record_is_not_pulled_and_its_holder_is_not_told() -> None:
    relay, first, record = make_relay(2), make_record(0), make_record(1)
    pass_on(relay, first, source=PEERS[0])
    assert pass_on(relay, record, source=PEERS[0]) == []
    assert relay.announced(PEERS[1], Announce((record.id[:8],)), at(0)) == []
    assert told(relay.tick(at(1))) == {}
    assert told(pass_on(relay, record, seconds=2)) == {}


def test_each_record_is_given_to_a_peer_once() -> None:
    relay, record = make_relay(), make_record(1)
    pass_on(relay, record, source=PEERS[0])
    pull = Pull((record.id[:8], b"unknown!"))
    lacking = Send(PEERS[1], Lacking(0, (b"unknown!",)))
    assert relay.pulled(PEERS[1], pull) == [lacking, Send(PEERS[1], Records(0, (record.wire,)))]
    assert relay.pulled(PEERS[1], pull) == [lacking]
    assert relay.pulled(PEERS[0], pull) == [Send(PEERS[0], lacking.message)]


def test_who_gives_other_records_meanwhile_is_waited_for_but_not_for_ever() -> None:
    relay, record = make_relay(), make_record(1)
    relay.announced(PEERS[0], Announce((b"a" * 8, *(make_record(number).id[:8] for number in range(20)))), at(0))
    relay.announced(PEERS[1], Announce((b"a" * 8,)), at(0))
    asked: list[float] = []
    for tenths in range(5, 130, 5):
        number = tenths // 5
        relay.arrived(PEERS[0], Records(0, ()), [make_record(number)], at(tenths / 10))
        effects = relay.tick(at(tenths / 10))
        asked += [tenths / 10 for effect in effects if effect == Send(PEERS[1], Pull((b"a" * 8,)))]
    assert asked == [PULL_PATIENCE_SECONDS]
    assert record.id


def test_who_waits_for_us_to_deal_with_what_it_gave_is_not_passed_over() -> None:
    relay, record = make_relay(), make_record(1)
    for peer in PEERS[:2]:
        relay.announced(peer, Announce((b"a" * 8,)), at(0))
    relay.take(PEERS[0], [record.wire])
    assert relay.tick(at(PULL_TIMEOUT_SECONDS)) == []
    relay.dealt(PEERS[0], LIVE_RECORD_BYTES_MIN, 0, at(1.5))
    assert relay.tick(at(2 * PULL_TIMEOUT_SECONDS)) == [Send(PEERS[1], Pull((b"a" * 8,)))]


def test_what_was_asked_in_vain_is_asked_of_another_in_messages_of_so_many_ids() -> None:
    relay = make_relay()
    prefixes = tuple(number.to_bytes(8, "big") for number in range(ANNOUNCE_IDS_MAX + 6))
    for peer in PEERS[:2]:
        for prefix in prefixes:
            relay.announced(peer, Announce((prefix,)), at(0))
    pulls = [Pull(prefixes[:ANNOUNCE_IDS_MAX]), Pull(prefixes[ANNOUNCE_IDS_MAX:])]
    assert relay.tick(at(PULL_TIMEOUT_SECONDS)) == [Send(PEERS[1], pull) for pull in pulls]


def test_what_is_on_its_way_through_intake_is_not_asked_for_and_whoever_announces_it_is_not_told() -> None:
    relay, record, other = make_relay(3), make_record(1), make_record(2)
    prefix = record.id[:8]
    for peer in PEERS[:2]:
        relay.announced(peer, Announce((other.id[:8],)), at(0))
    relay.arrived(PEERS[0], Records(0, ()), [record, other], at(0))
    assert told(relay.announced(PEERS[1], Announce((prefix,)), at(0))) == {}
    assert relay.is_idle
    assert told(pass_on(relay, record, other, source=PEERS[0])) == {PEERS[2]: [Announce((prefix, other.id[:8]))]}


def test_what_does_not_come_through_intake_may_be_asked_for_again_in_the_end() -> None:
    relay, prefix = make_relay(2), make_record(1).id[:8]
    relay.arrived(PEERS[0], Records(0, ()), [make_record(1)], at(0))
    relay.arrived(PEERS[0], Records(0, ()), [make_record(2)], at(PULL_PATIENCE_SECONDS))
    pull = Send(PEERS[1], Pull((prefix,)))
    assert relay.announced(PEERS[1], Announce((prefix,)), at(PULL_PATIENCE_SECONDS)) == []
    assert relay.tick(at(PULL_PATIENCE_SECONDS + PUSH_PATIENCE_SECONDS)) == [pull]


def test_only_so_much_on_its_way_is_remembered() -> None:
    relay, record = make_relay(1), make_record(1)
    for number in range(RECENT_RECORDS_MAX + 2):
        relay.arrived(
            PEERS[0], Records(0, ()), [replace(record, id=RecordId(number.to_bytes(8, "big") + bytes(24)))], at(0)
        )
    assert told(relay.announced(PEERS[0], Announce((bytes(8),)), at(0))) == {PEERS[0]: [Pull((bytes(8),))]}


def test_what_was_purged_is_neither_given_nor_asked_for() -> None:
    relay, record = make_relay(), make_record()
    pass_on(relay, record, source=PEERS[0])
    relay.forget([record.id, make_record(1).id])
    prefix = record.id[:8]
    assert relay.pulled(PEERS[1], Pull((prefix,))) == [Send(PEERS[1], Lacking(0, (prefix,)))]
    assert relay.announced(PEERS[2], Announce((prefix,)), at(0)) == []


def test_only_so_many_records_are_asked_for_at_once_and_the_rest_is_left_to_sync() -> None:
    relay = make_relay()
    asked = 0
    for peer in PEERS:
        effects = announce(relay, peer, PULLS_PER_PEER_MAX + 1)
        assert count(effects) <= PULLS_PER_PEER_MAX
        assert LeaveToSync(peer) in effects
        asked += count(effects)
    # What may come along the branch to the first of them is asked for when it does not.
    assert asked + count(relay.tick(at(PUSH_PATIENCE_SECONDS))) == PULLS_MAX


def announce(relay: LiveRelay, peer: PeerId, number: int) -> list[Request]:
    """Let *peer* announce so many records of its own."""
    prefixes = [PEERS.index(peer).to_bytes(2, "big") + each.to_bytes(6, "big") for each in range(number)]
    return [effect for prefix in prefixes for effect in relay.announced(peer, Announce((prefix,)), at(0))]


def strikes(effects: list[Request]) -> list[Fault]:
    return [effect.fault for effect in effects if isinstance(effect, Strike)]


def count(effects: list[Request]) -> int:
    """Give how many records are asked for."""
    pulls = [effect.message for effect in effects if isinstance(effect, Send) and isinstance(effect.message, Pull)]
    return sum(len(pull.prefixes) for pull in pulls)


def test_what_was_refused_before_is_not_asked_for() -> None:
    relay = LiveRelay(rng=random.Random(1), is_refused=lambda prefix: prefix == b"refused!")
    relay.join(PEERS[0])
    asked = relay.announced(PEERS[0], Announce((b"refused!", b"welcome!")), at(0))
    assert asked == [Send(PEERS[0], Pull((b"welcome!",)))]


def test_only_young_records_are_relayed() -> None:
    relay = make_relay()
    assert relay.is_young(make_record(1, at=START - RELAY_AGE_MAX_SECONDS), at(0))
    assert not relay.is_young(make_record(1, at=START - RELAY_AGE_MAX_SECONDS - 1), at(0))


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
