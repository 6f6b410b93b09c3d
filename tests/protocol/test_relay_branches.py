"""Branches: along which neighbours new records are pushed, and how these are found."""

from peerset.core.limits import (
    ANNOUNCE_NEIGHBOURS,
    OWED_RECORDS_FIRST,
    PUSH_NEIGHBOURS,
    PUSH_PATIENCE_SECONDS,
    SHORTCUT_SECONDS,
    WAYS_REMEMBERED_MAX,
)
from peerset.core.message import Announce, Pull, Records
from peerset.core.record import Record
from peerset.core.signal import PeerId
from peerset.protocol.effects import Request, Send
from peerset.protocol.relay import LiveRelay
from tests.protocol.pair import Net, make_record
from tests.protocol.test_relay import PEERS, at, hear, make_relay, pass_on, told


def push(relay: LiveRelay, peer: PeerId, record: Record, seconds: float = 0) -> list[Request]:
    """Let *peer* push *record*, and intake take it."""
    effects = relay.arrived(peer, Records(0, (record.wire,)), [record], at(seconds))
    return [*effects, *pass_on(relay, record, source=peer, seconds=seconds)]


def pushed_to(effects: list[Request]) -> list[PeerId]:
    return [peer for peer, messages in told(effects).items() for each in messages if isinstance(each, Records)]


def test_ours_is_pushed_along_branches_and_to_a_few_others_only_when_there_is_none() -> None:
    relay = make_relay()
    first = pushed_to(pass_on(relay, make_record(1)))
    assert len(first) == PUSH_NEIGHBOURS
    assert pushed_to(pass_on(relay, make_record(2), seconds=1)) == first
    for peer in first[1:]:
        relay.leave(peer)
    assert pushed_to(pass_on(relay, make_record(3), seconds=2)) == first[:1]


def test_who_pushes_what_is_new_and_who_asks_for_what_is_here_are_branches() -> None:
    relay, first, second = make_relay(), make_record(1), make_record(2)
    push(relay, PEERS[0], first)
    relay.pulled(PEERS[1], Pull((first.id[:8],)))
    assert pushed_to(pass_on(relay, second, source=PEERS[2], seconds=1)) == PEERS[:2]


def test_whom_we_ask_for_a_record_is_a_branch() -> None:
    relay = make_relay()
    relay.announced(PEERS[3], Announce((b"a" * 8,)), at(0))
    assert pushed_to(pass_on(relay, make_record(1), source=PEERS[2])) == [PEERS[3]]


def test_what_is_pushed_in_vain_ends_the_branch_at_both_ends() -> None:
    ours, theirs, record = make_relay(1), make_relay(2), make_record(1)
    assert pushed_to(pass_on(ours, record)) == [PEERS[0]]
    push(theirs, PEERS[1], record)
    answer = theirs.arrived(PEERS[0], Records(0, (record.wire,)), [record], at(1))
    assert answer == [Send(PEERS[0], Announce((record.id[:8],)))]
    assert pushed_to(pass_on(theirs, make_record(2), source=PEERS[1], seconds=2)) == []

    ours.announced(PEERS[0], Announce((record.id[:8],)), at(2))
    assert pushed_to(pass_on(ours, make_record(3), source=PEERS[5], seconds=3)) == []


def test_two_that_push_to_each_other_at_once_both_see_that_it_was_in_vain() -> None:
    relay, record = make_relay(2), make_record(1)
    relay.announced(PEERS[1], Announce((b"a" * 8,)), at(0))
    assert pushed_to(push(relay, PEERS[0], record)) == [PEERS[1]]
    assert relay.arrived(PEERS[1], Records(0, (record.wire,)), [record], at(1)) == []
    assert pushed_to(pass_on(relay, make_record(2), source=PEERS[0], seconds=2)) == []


def test_what_comes_in_a_round_makes_no_branch_and_is_not_asked_for_while_it_goes_through_intake() -> None:
    relay, record = make_relay(2), make_record(1)
    assert relay.arrived(PEERS[0], Records(3, (record.wire,)), [record], at(0)) == []
    assert relay.announced(PEERS[1], Announce((record.id[:8],)), at(0)) == []
    assert pushed_to(pass_on(relay, make_record(2), source=PEERS[1], seconds=1)) == []


def test_what_may_come_along_a_branch_is_waited_for_a_moment() -> None:
    relay, record = make_relay(3), make_record(1)
    push(relay, PEERS[0], record)
    for peer in PEERS[1:3]:
        assert relay.announced(peer, Announce((b"a" * 8,)), at(0)) == []
    assert relay.deadline == PUSH_PATIENCE_SECONDS
    assert relay.tick(at(PUSH_PATIENCE_SECONDS)) == [Send(PEERS[1], Pull((b"a" * 8,)))]
    assert relay.tick(at(5)) == [Send(PEERS[2], Pull((b"a" * 8,)))]


def test_a_branch_whose_credit_went_to_what_was_refused_is_not_waited_for() -> None:
    relay = make_relay(2)
    push(relay, PEERS[0], make_record(1))
    relay.dealt(PEERS[0], 4_096, 4_096, at(0))
    assert relay.announced(PEERS[1], Announce((b"a" * 8,)), at(0)) == [Send(PEERS[1], Pull((b"a" * 8,)))]


def test_what_came_along_a_branch_is_not_asked_for() -> None:
    relay, first, second = make_relay(3), make_record(1), make_record(2)
    push(relay, PEERS[0], first)
    relay.announced(PEERS[1], Announce((second.id[:8],)), at(0))
    push(relay, PEERS[0], second, seconds=0.1)
    assert relay.is_idle


def test_after_a_few_records_each_goes_once_to_each_whoever_wrote_it() -> None:
    net = Net()
    members = [net.add(number + 1) for number in range(8)]
    for number, one in enumerate(members):
        for two in members[number + 1 :]:
            net.connect(one, two)
    for number in range(24):
        author = members[number % 8]
        net.publish(author, make_record(100 + number, author=number % 8 + 1))
        net.pass_time(2.0)
    for member in members:
        member.sent.clear()
    for number in range(8):
        net.publish(members[number], make_record(200 + number, author=number + 1))
        net.pass_time(2.0)
    sent = [message for member in members for _, message, _ in member.sent]
    copies = sum(len(message.blobs) for message in sent if isinstance(message, Records))
    assert copies == 8 * 7


def test_the_first_records_of_others_are_announced_to_all_at_once_so_that_short_ways_are_found() -> None:
    relay = make_relay()
    for number in range(WAYS_REMEMBERED_MAX):
        record = make_record(number)
        assert told(pass_on(relay, record, source=PEERS[2], seconds=number)).keys() == {*PEERS} - {PEERS[2]}
        hear(relay, PEERS[2], 1, first=100 + number)
    last = make_record(WAYS_REMEMBERED_MAX)
    assert len(told(pass_on(relay, last, source=PEERS[2], seconds=WAYS_REMEMBERED_MAX))) == ANNOUNCE_NEIGHBOURS


def test_what_waits_for_company_goes_with_the_next_announcement() -> None:
    relay = make_relay()
    hear(relay, PEERS[2], WAYS_REMEMBERED_MAX)
    records = list(map(make_record, range(40)))
    told_to_first: list[object] = []
    for seconds, record in enumerate(records):
        told_to_first += told(pass_on(relay, record, source=PEERS[2], seconds=seconds / 10)).get(PEERS[0], [])
    prefixes = [prefix for message in told_to_first if isinstance(message, Announce) for prefix in message.prefixes]
    assert len(told_to_first) < len(records) / 2
    assert prefixes == [record.id[:8] for record in records[: len(prefixes)]]
    relay.leave(PEERS[0])
    assert PEERS[0] not in told(relay.tick(at(100)))


def expect_in_vain(relay: LiveRelay, at_seconds: float) -> None:
    """Let a record be announced, and wait in vain for the branch."""
    prefix = int(at_seconds * 10).to_bytes(8, "big")
    assert relay.announced(PEERS[1], Announce((prefix,)), at(at_seconds)) == []
    asking = relay.tick(at(at_seconds + PUSH_PATIENCE_SECONDS))
    assert asking == [Send(PEERS[1], Pull((prefix,)))]


def test_a_branch_that_was_waited_for_in_vain_is_not_waited_for_again() -> None:
    relay = make_relay(2)
    push(relay, PEERS[0], make_record(1))
    expect_in_vain(relay, 0)
    for number in range(2, 40):
        # That it pushes what it wrote itself, to everyone at once, is no reason.
        push(relay, PEERS[0], make_record(number))
    assert relay.announced(PEERS[1], Announce((b"a" * 8,)), at(1)) == [Send(PEERS[1], Pull((b"a" * 8,)))]


def test_who_brings_what_others_announce_is_waited_for_again_each_time_after_twice_as_many() -> None:
    relay = make_relay(2)
    push(relay, PEERS[0], make_record(1))
    numbers = iter(range(2, 1_000))
    for time, owed in enumerate((OWED_RECORDS_FIRST, 2 * OWED_RECORDS_FIRST, 4 * OWED_RECORDS_FIRST)):
        expect_in_vain(relay, time)
        for _ in range(owed):
            record = make_record(next(numbers))
            asked = relay.announced(PEERS[1], Announce((record.id[:8],)), at(time + 0.6))
            assert Send(PEERS[1], Pull((record.id[:8],))) in asked
            push(relay, PEERS[0], record, seconds=time + 0.6)


def test_who_tells_of_what_it_might_have_pushed_is_not_waited_for() -> None:
    relay = make_relay(3)
    for number, peer in enumerate(PEERS[:2]):
        push(relay, peer, make_record(number))
    assert relay.announced(PEERS[2], Announce((b"a" * 8,)), at(0)) == []
    assert relay.announced(PEERS[1], Announce((b"a" * 8,)), at(0)) == []
    assert relay.announced(PEERS[0], Announce((b"a" * 8,)), at(0)) == [Send(PEERS[2], Pull((b"a" * 8,)))]


def test_who_told_of_a_record_long_before_it_was_pushed_becomes_the_branch_instead() -> None:
    relay, first, second = make_relay(3), make_record(1), make_record(2)
    push(relay, PEERS[0], first)
    relay.announced(PEERS[1], Announce((second.id[:8],)), at(1))
    effects = push(relay, PEERS[0], second, seconds=1 + SHORTCUT_SECONDS)
    assert effects[:2] == [Send(PEERS[1], Pull(())), Send(PEERS[0], Announce((second.id[:8],)))]
    assert pushed_to(pass_on(relay, make_record(3), source=PEERS[2], seconds=2)) == [PEERS[1]]


def test_who_told_of_a_record_a_moment_before_it_was_pushed_does_not() -> None:
    relay, first, second = make_relay(3), make_record(1), make_record(2)
    push(relay, PEERS[0], first)
    relay.announced(PEERS[1], Announce((second.id[:8],)), at(1))
    assert Send(PEERS[1], Pull(())) not in push(relay, PEERS[0], second, seconds=1 + SHORTCUT_SECONDS / 2)
    assert pushed_to(pass_on(relay, make_record(3), source=PEERS[2], seconds=2)) == [PEERS[0]]


def test_who_owes_records_takes_nobodys_place_by_telling_early() -> None:
    relay, second = make_relay(3), make_record(50)
    push(relay, PEERS[2], make_record(1))
    expect_in_vain(relay, 0)
    push(relay, PEERS[0], make_record(2))
    relay.announced(PEERS[2], Announce((second.id[:8],)), at(1))
    assert Send(PEERS[2], Pull(())) not in push(relay, PEERS[0], second, seconds=1 + SHORTCUT_SECONDS)


def test_who_pulls_nothing_is_a_branch() -> None:
    relay = make_relay()
    assert relay.pulled(PEERS[1], Pull(())) == []
    assert pushed_to(pass_on(relay, make_record(2), source=PEERS[2])) == [PEERS[1]]


def test_when_the_branch_leaves_by_which_most_came_another_takes_its_place_at_once() -> None:
    relay, record = make_relay(4), make_record(1)
    push(relay, PEERS[0], record)
    assert push_after_telling(relay, 2) == []
    assert relay.leave(PEERS[3]) == []
    assert relay.leave(PEERS[0]) == [Send(PEERS[1], Pull(()))]
    assert pushed_to(pass_on(relay, make_record(3), source=PEERS[2], seconds=2)) == [PEERS[1]]


def test_when_a_branch_leaves_by_which_little_came_nothing_changes() -> None:
    relay = make_relay(4)
    push(relay, PEERS[0], make_record(1))
    push_after_telling(relay, 2)
    push(relay, PEERS[2], make_record(3))
    assert relay.leave(PEERS[2]) == []


def push_after_telling(relay: LiveRelay, number: int) -> list[PeerId]:
    """Let a second neighbour tell of a record that the first pushes at once; give to whom it is pushed on."""
    record = make_record(number)
    relay.announced(PEERS[1], Announce((record.id[:8],)), at(1))
    return pushed_to(push(relay, PEERS[0], record, seconds=1))
