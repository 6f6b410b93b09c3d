"""Reconciliation between two whole nodes, and what a lying peer gets for it."""

import random
import weakref
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerset.core import wire
from peerset.core.clock import DAY_SECONDS, Moment, Monotonic, UnixTime
from peerset.core.limits import (
    CREDIT_WINDOW_BYTES,
    LIVE_RECORD_BYTES_MIN,
    ROOT_INTERVAL_SECONDS,
    ROUND_TIMEOUT_SECONDS,
)
from peerset.core.merkle import Index
from peerset.core.message import Credit, Days, Fin, IdList, Message, Ranges, Records, Root, Skip, Want
from peerset.core.record import Record
from peerset.core.signal import PeerId
from peerset.protocol.effects import Emit, Load, Request, Send, Strike
from peerset.protocol.events import PeerSynced, RecordAdded
from peerset.protocol.horizon import everything
from peerset.protocol.retention import window
from peerset.protocol.strikes import Fault
from peerset.protocol.sync import TRANSITIONS, State, Sync
from tests.protocol.messages import EXAMPLES
from tests.protocol.pair import ROOM, START, Member, Net, make_record

PEER = PeerId("0000peer")
KINDS: tuple[type[Message], ...] = (Root, Days, Ranges, Want, Credit, Fin)


def at(seconds: float) -> Moment:
    return Moment(Monotonic(seconds), UnixTime(START + int(seconds)))


def days_old(number: int, days: float) -> Record:
    return make_record(number, at=START - int(days * DAY_SECONDS))


def make_sync(records: list[Record] | None = None, *, is_initiator: bool = True) -> Sync:
    return Sync(
        PEER,
        Index.bulk((record.created_at, record.id) for record in records or []),
        ROOM.tag,
        salt=b"s" * 16,
        is_initiator=is_initiator,
        sift=lambda _salt, wanted, _lower, _items: wanted,
        rng=random.Random(0),
    )


def root_of(sync: Sync, number: int = 1) -> Root:
    """Give a root that surely differs from *sync*'s own."""
    del sync
    return Root(number, window(START).first_day, everything(START), 1, b"x" * 16)


def strikes(effects: list[Request]) -> list[Fault]:
    return [effect.fault for effect in effects if isinstance(effect, Strike)]


def messages(effects: list[Request]) -> list[Message]:
    return [effect.message for effect in effects if isinstance(effect, Send)]


def sent_between(net: Net) -> list[tuple[Message, int]]:
    return [(message, size) for member in net.members.values() for _, message, size in member.sent]


def assert_equal_sets(net: Net, *members: Member) -> None:
    assert len({frozenset(member.disk) for member in members}) == 1
    assert len({member.node.root(net.now) for member in members}) == 1


def test_two_peers_with_overlapping_sets_end_equal() -> None:
    net = Net()
    records = [days_old(number, number * 0.2) for number in range(300)]
    one, two = net.add(1, records[:200]), net.add(2, records[100:])
    net.connect(one, two)
    assert_equal_sets(net, one, two)
    assert len(one.disk) == 300
    net.pass_time(1)
    assert (one.node.is_quiet, two.node.is_quiet) == (True, True)
    assert [(status.gained, status.given) for status in one.node.peers] == [(100, 100)]
    unequal = [member.node.unequal for member in (one, two)]
    assert sum(unequal) > 0
    net._disconnect(one, two.name, "gone")
    assert [member.node.unequal for member in (one, two)] == unequal


@settings(max_examples=40, deadline=None)
@given(
    ages=st.lists(st.integers(0, 88 * DAY_SECONDS), max_size=60),
    shares=st.randoms(use_true_random=False),
)
def test_any_two_sets_end_equal(ages: list[int], shares: random.Random) -> None:
    net = Net()
    records = [make_record(number, at=START - age) for number, age in enumerate(ages)]
    one = net.add(1, [record for record in records if shares.random() < 0.6])
    two = net.add(2, [record for record in records if shares.random() < 0.6])
    net.connect(one, two)
    net.pass_time(2)
    assert_equal_sets(net, one, two)
    assert one.node.is_quiet
    assert two.node.is_quiet


def test_equal_sets_cost_at_most_128_bytes() -> None:
    net = Net()
    records = [days_old(number, number % 80) for number in range(400)]
    one, two = net.add(1, records), net.add(2, records)
    net.connect(one, two)
    kinds = [type(message).__name__ for message, _ in sent_between(net)]
    assert sorted(kinds) == ["Fin", "Hello", "Hello", "Proof", "Proof", "Root", "Seek", "Seek"]
    assert sum(size for message, size in sent_between(net) if isinstance(message, Root | Fin)) <= 128


def test_a_newcomer_gets_everything_and_nothing_twice() -> None:
    net = Net()
    one, two = net.add(1, [days_old(number, number * 0.1) for number in range(500)]), net.add(2)
    net.connect(one, two)
    assert_equal_sets(net, one, two)
    blobs = [blob for message, _ in sent_between(net) if isinstance(message, Records) for blob in message.blobs]
    assert len(blobs) == len(set(blobs)) == 500
    assert sum(isinstance(event, RecordAdded) for event in two.events) == 500


def test_bulk_never_outruns_the_receivers_credit() -> None:
    net = Net()
    one = net.add(1, [make_record(n, at=START - DAY_SECONDS - n, size=20_000) for n in range(150)])
    two = net.add(2)
    in_flight = most = 0

    def watch(source: PeerId, _target: PeerId, data: bytes) -> bytes:
        nonlocal in_flight, most
        message = wire.decode(data)
        if isinstance(message, Records) and source == one.name:
            in_flight += sum(map(len, message.blobs))
            most = max(most, in_flight)
        if isinstance(message, Credit):
            in_flight = most_sent() - message.total_bytes
        return data

    def most_sent() -> int:
        return sum(sum(map(len, m.blobs)) for _, m, _ in one.sent if isinstance(m, Records))

    net.tamper = watch
    net.connect(one, two)
    assert_equal_sets(net, one, two)
    assert CREDIT_WINDOW_BYTES // 2 < most <= CREDIT_WINDOW_BYTES + 65_536


def test_three_peers_in_a_chain_end_equal() -> None:
    net = Net()
    records = [days_old(number, 1 + number * 0.1) for number in range(90)]
    members = [net.add(number + 1, records[number * 30 : number * 30 + 30]) for number in range(3)]
    net.connect(members[0], members[1])
    net.connect(members[1], members[2])
    net.pass_time(2 * ROOT_INTERVAL_SECONDS)
    assert_equal_sets(net, *members)
    assert all(member.node.is_quiet for member in members)


def test_peers_on_both_sides_of_midnight_agree() -> None:
    net = Net()
    records = [days_old(number, number * 0.9) for number in range(99)]
    one, two = net.add(1, records[:60]), net.add(2, records[30:])
    net.pass_time(DAY_SECONDS - START % DAY_SECONDS - 600)
    net.connect(one, two)
    net.pass_time(600 + 90)
    newest_days = [record for record in records if record.created_at >= window(net.now.unix).first_day * DAY_SECONDS]
    for member in (one, two):
        assert {record.id for record in newest_days} <= set(member.disk)
    assert one.node.root(net.now) == two.node.root(net.now)


def test_settling_is_told_to_subscribers() -> None:
    net = Net()
    one, two = net.add(1, [days_old(1, 1)]), net.add(2)
    net.connect(one, two)
    net.pass_time(1)
    assert PeerSynced(one.name, 1, 0) in two.events


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("is_initiator", [True, False])
def test_every_state_takes_every_message_as_the_table_says(
    state: State, kind: type[Message], is_initiator: bool
) -> None:
    sync = make_sync([days_old(1, 1)], is_initiator=is_initiator)
    if is_initiator:
        sync.start(at(0))
    else:
        sync.receive(root_of(sync), at(0))
    sync.state = state
    effects = sync.receive(EXAMPLES[kind], at(1))  # type: ignore[arg-type]  # KINDS are what sync takes
    is_fault = (state, kind) not in TRANSITIONS or (kind is Root and is_initiator)
    assert (Fault.WRONG_STATE in strikes(effects)) is is_fault


def test_only_the_initiator_opens_rounds() -> None:
    sync = make_sync()
    sync.start(at(0))
    assert strikes(sync.receive(root_of(sync, 5), at(1))) == [Fault.WRONG_STATE]


def test_an_invitation_makes_the_initiator_open_a_round_soon() -> None:
    sync = make_sync()
    sync.start(at(0))
    sync.receive(Fin(1, 0, b"d" * 16), at(0))
    sync.receive(replace(root_of(sync), round=0), at(1))
    assert sync.deadline == Monotonic(1)
    assert [type(message) for message in messages(sync.tick(at(1)))] == [Root]


def test_an_invitation_to_a_window_without_end_is_a_fault() -> None:
    sync = make_sync()
    sync.start(at(0))
    endless = Root(0, 0, UnixTime(2**32 - 1), 0, b"d" * 16)
    assert strikes(sync.receive(endless, at(1))) == [Fault.LYING]


def test_the_other_side_invites_when_its_set_grew_silently() -> None:
    sync = make_sync(is_initiator=False)
    sync.poke(at(20))
    (invitation,) = messages(sync.tick(at(20)))
    assert isinstance(invitation, Root)
    assert invitation.round == 0
    assert sync.deadline is None


def test_a_round_that_does_not_move_is_given_up_and_nobody_blamed() -> None:
    sync = make_sync()
    sync.start(at(0))
    assert sync.tick(at(ROUND_TIMEOUT_SECONDS - 1)) == []
    assert sync.tick(at(ROUND_TIMEOUT_SECONDS)) == []
    assert sync.state is State.IDLE
    assert sync.unequal == 1
    assert sync.receive(Fin(1, 0, b"d" * 16), at(31)) == []


def test_fruitless_rounds_back_off() -> None:
    sync = make_sync()
    sync.start(at(0))
    waits = []
    now = 0.0
    for _ in range(8):
        now += ROUND_TIMEOUT_SECONDS
        sync.tick(at(now))
        assert sync.deadline is not None
        waits.append(sync.deadline - now)
        now = sync.deadline
        sync.tick(at(now))
    assert waits == [20, 40, 80, 160, 320, 600, 600, 600]


def compared(sync: Sync) -> None:
    """Bring the responder *sync* into a round."""
    sync.receive(root_of(sync), at(0))


LIMIT = everything(START)


@pytest.mark.parametrize(
    ("lie", "fault"),
    [
        (Root(1, 20_000, UnixTime(START), 0, b"d" * 16), Fault.LYING),
        (Fin(9, 0, b"d" * 16), Fault.LYING),
        (Credit(1, 5), Fault.LYING),
        (Want(1, (b"w" * 8,)), Fault.LYING),
        (Days(1, 20_000, UnixTime(START), 8, ()), Fault.LYING),
        (Ranges(1, (Skip((LIMIT + 1, b"")),)), Fault.LYING),
        (Ranges(1, (Skip((5, b"")),)), Fault.LYING),
    ],
)
def test_a_lie_about_the_round_is_a_fault_and_ends_it(lie: Message, fault: Fault) -> None:
    sync = make_sync([days_old(1, 1)], is_initiator=False)
    compared(sync)
    effects = sync.receive(lie, at(1))  # type: ignore[arg-type]  # the cases are what sync takes
    assert strikes(effects) == [fault]
    assert sync.state is State.IDLE


def test_a_window_without_end_is_a_fault() -> None:
    sync = make_sync(is_initiator=False)
    assert strikes(sync.receive(Root(1, 30_000, UnixTime(START), 0, b"d" * 16), at(0))) == [Fault.LYING]


def test_days_that_do_not_fit_what_was_asked_are_a_fault() -> None:
    sync = make_sync([days_old(1, 1)])
    sync.start(at(0))
    effects = sync.receive(Days(1, 0, everything(START), 8, ()), at(0))
    assert strikes(effects) == [Fault.LYING]


def test_rounds_in_a_row_are_a_flood() -> None:
    sync = make_sync(is_initiator=False)
    found = [fault for number in range(1, 40) for fault in strikes(sync.receive(root_of(sync, number), at(0)))]
    assert set(found) == {Fault.FLOOD}


def test_more_records_than_credit_are_a_flood() -> None:
    sync = make_sync(is_initiator=False)
    compared(sync)
    effects: list[Request] = []
    for _ in range(20):
        effects += sync.received(1, 50_000, at(0))
    assert strikes(effects) == [Fault.FLOOD]


def test_a_root_waits_until_what_came_before_is_saved() -> None:
    sync = make_sync(is_initiator=False)
    sync.received(0, LIVE_RECORD_BYTES_MIN, at(0))
    assert sync.receive(root_of(sync), at(0)) == []
    assert [type(message) for message in messages(sync.dealt(0, LIVE_RECORD_BYTES_MIN, 1, at(1)))] == [Days]


def test_a_newer_root_takes_the_place_of_one_that_waits() -> None:
    sync = make_sync(is_initiator=False)
    sync.received(0, LIVE_RECORD_BYTES_MIN, at(0))
    assert sync.receive(root_of(sync, 1), at(0)) + sync.receive(root_of(sync, 2), at(1)) == []
    (days,) = messages(sync.dealt(0, LIVE_RECORD_BYTES_MIN, 1, at(2)))
    assert isinstance(days, Days)
    assert days.round == 2


def listing(*short_ids: bytes) -> Ranges:
    """List *short_ids* in the eight days that hold the record of yesterday."""
    first_day = window(START).first_day
    cell = first_day + ((START - DAY_SECONDS) // DAY_SECONDS - first_day) // 8 * 8
    upper = min((cell + 8) * DAY_SECONDS, everything(START))
    return Ranges(1, (Skip((cell * DAY_SECONDS, b"")), IdList((upper, b""), short_ids)))


def test_wants_that_bring_nothing_blame_nobody() -> None:
    sync = make_sync([days_old(1, 1)], is_initiator=False)
    compared(sync)
    sent = messages(sync.receive(listing(b"i" * 5), at(0)))
    assert [type(message) for message in sent] == [Want]
    sync.loaded(1, (), at(0))
    assert strikes(sync.receive(Fin(1, 0, b"d" * 16), at(1))) == []
    assert sync.state is State.IDLE


def test_records_refused_before_are_not_wanted_again() -> None:
    sync = make_sync([days_old(1, 1)], is_initiator=False)
    sync._ways["sift"] = lambda _salt, wanted, _lower, _items: tuple([short for short in wanted if short != b"i" * 5])
    compared(sync)
    assert messages(sync.receive(listing(b"i" * 5), at(0))) == []
    assert [type(message) for message in messages(sync.loaded(1, (), at(0)))] == [Fin]


def test_a_load_of_an_older_round_is_ignored() -> None:
    sync = make_sync([days_old(1, 1)], is_initiator=False)
    compared(sync)
    effects = sync.receive(listing(), at(0))
    assert any(isinstance(effect, Load) for effect in effects)
    sync.receive(root_of(sync, 2), at(1))
    assert sync.loaded(1, (b"blob",), at(2)) == []


def test_a_liar_with_random_fingerprints_costs_a_bounded_price() -> None:
    net = Net()
    honest = net.add(1, [days_old(number, number * 0.03) for number in range(2_000)])
    liar = net.add(2, [days_old(9_000 + number, number * 0.03) for number in range(2_000)])
    rng = random.Random(5)

    def lie(source: PeerId, _target: PeerId, data: bytes) -> bytes:
        message = wire.decode(data)
        if source == liar.name and isinstance(message, Days):
            cells = tuple((count, rng.randbytes(8) if count else b"") for count, _ in message.cells)
            return wire.encode(replace(message, cells=cells))
        return data

    net.tamper = lie
    net.connect(honest, liar)
    spent = sum(size for _, message, size in honest.sent if isinstance(message, Days | Ranges | Want))
    assert spent <= 65_536 + 16 * 2_000


def test_emitted_effects_are_only_what_a_driver_can_do() -> None:
    sync = make_sync()
    effects = sync.start(at(0)) + sync.receive(Fin(1, 0, b"d" * 16), at(0))
    assert {type(effect) for effect in effects} <= {Send, Emit, Load, Strike}


def test_a_sync_is_gone_with_the_last_who_holds_it() -> None:
    sync = make_sync([make_record(1)])
    sync.start(at(0))
    remains = weakref.ref(sync)

    del sync

    assert remains() is None
