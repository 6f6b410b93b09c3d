"""What a round may cost, and what happens between rounds."""

import random

import pytest

from peerset.core.bucket import day_bound
from peerset.core.clock import DAY_SECONDS, Moment, Monotonic, UnixTime
from peerset.core.limits import (
    CREDIT_INTERVAL_SECONDS,
    LIVE_RECORD_BYTES_MIN,
    ROUND_BYTES_BASE,
    ROUND_BYTES_PER_RECORD,
    ROUND_TIMEOUT_SECONDS,
    STRETCH_RECORDS,
    WINDOW_DAYS_MAX,
)
from peerset.core.merkle import Index
from peerset.core.message import Bound, Credit, Days, Fin, Fingerprint, IdList, Ranges, Root, Skip, Want
from peerset.core.ranges import Budget
from peerset.core.signal import PeerId
from peerset.errors import LocalProtocolError
from peerset.protocol.effects import Request, Send, Strike
from peerset.protocol.horizon import everything
from peerset.protocol.retention import window
from peerset.protocol.strikes import Fault
from peerset.protocol.sync import State, Sync
from tests.protocol.pair import ROOM, START

PEER = PeerId("0000peer")
FIRST_DAY = window(START).first_day
UPTO = everything(START)


def at(seconds: float) -> Moment:
    return Moment(Monotonic(seconds), UnixTime(START + int(seconds)))


def make_sync(count: int = 0, *, is_initiator: bool = False) -> Sync:
    """Give a sync that holds *count* records and, unless it is to open rounds, has answered a root."""
    rng = random.Random(0)
    sync = Sync(
        PEER,
        Index.bulk((START - 60 - number, rng.randbytes(32)) for number in range(count)),
        ROOM.tag,
        salt=b"s" * 16,
        is_initiator=is_initiator,
        sift=lambda _salt, wanted, _lower, _items: wanted,
        rng=rng,
    )
    if is_initiator:
        sync.start(at(0))
    else:
        sync.receive(Root(1, FIRST_DAY, UPTO, 9, b"x" * 16), at(0))
    return sync


def faults(effects: list[Request]) -> list[tuple[Fault, str]]:
    return [(effect.fault, effect.reason) for effect in effects if isinstance(effect, Strike)]


def answers(effects: list[Request]) -> list[Ranges]:
    return [effect.message for effect in effects if isinstance(effect, Send) and isinstance(effect.message, Ranges)]


def cell_of_the_young(sync: Sync) -> tuple[Bound, Bound]:
    """Give the eight days that hold the records of `make_sync`: they are open, once days were exchanged."""
    cell = FIRST_DAY + (START // DAY_SECONDS - FIRST_DAY) // 8 * 8
    assert sync._index.count(day_bound(cell), (UPTO, b"")) == len(sync._index)
    return day_bound(cell), min(day_bound(cell + 8), (UPTO, b""))


def claim(sync: Sync, item: type[Fingerprint | IdList], said: object) -> Ranges:
    """Say of all that *sync* has left open what *said* is."""
    lower, upper = cell_of_the_young(sync)
    return Ranges(1, (Skip(lower), item(upper, said)))  # type: ignore[arg-type]  # the tests pair them rightly


def wanted(effects: list[Request]) -> int:
    return sum(len(e.message.short_ids) for e in effects if isinstance(e, Send) and isinstance(e.message, Want))


def test_a_peer_may_list_only_so_much_of_what_we_lack_and_the_rest_waits_for_another_round() -> None:
    sync = make_sync(1)
    allowed = (ROUND_BYTES_BASE + ROUND_BYTES_PER_RECORD * (1 + 9)) // 5
    many = tuple(number.to_bytes(5, "big") for number in range(allowed + 1))
    effects = sync.receive(claim(sync, IdList, many), at(1))
    assert faults(effects) == []
    assert wanted(effects) == allowed


def test_a_round_that_spent_its_budget_ends_without_a_fault_and_the_next_begins_where_it_stopped() -> None:
    sync = make_sync(20_000)
    assert sync._comparing is not None
    sync._comparing._budget = Budget(100)
    effects = sync.receive(claim(sync, Fingerprint, b"x" * 8), at(2))
    assert [type(effect.message) for effect in effects if isinstance(effect, Send)] == [Fin]
    left = sync._comparing.left
    assert left == cell_of_the_young(sync)[0]
    assert faults(sync.receive(Fin(1, 0, b"d" * 16), at(3))) == []
    sync.receive(Root(2, FIRST_DAY, UPTO, 0, b"x" * 16), at(4))
    assert sync._comparing._budget.left is None
    assert sync._comparing._resume == left


def test_an_answer_of_the_same_range_again_and_again_is_a_lie() -> None:
    sync = make_sync(200)
    everywhere = claim(sync, Fingerprint, b"x" * 8)
    assert faults(sync.receive(everywhere, at(1))) == []
    assert faults(sync.receive(everywhere, at(1))) == [(Fault.LYING, "ranges that were not open")]
    assert sync.state is State.IDLE


def test_one_moment_answers_only_so_much_and_ticks_do_the_rest() -> None:
    sync = make_sync(5 * STRETCH_RECORDS)
    effects = sync.receive(claim(sync, IdList, (b"x" * 5,)), at(1))
    assert wanted(effects) == 0
    ticks = 0
    while wanted(effects) == 0:
        assert sync.deadline == Monotonic(1)
        effects += sync.tick(at(1))
        ticks += 1
    assert ticks == 4
    assert sync._index.hashed_ids < 8 * len(sync._index)


def test_what_comes_meanwhile_is_answered_after_it_and_in_order() -> None:
    sync = make_sync(5 * STRETCH_RECORDS)
    lower, upper = cell_of_the_young(sync)
    middle = (START - 100, b"")
    first = Ranges(1, (Skip(lower), IdList(middle, (b"x" * 5,))), more=True)
    second = Ranges(1, (IdList(upper, (b"y" * 5,)),))
    effects = sync.receive(first, at(1)) + sync.receive(second, at(1))
    while sync.deadline == Monotonic(1):
        effects += sync.tick(at(1))
    assert faults(effects) == []
    sent = [e.message.short_ids for e in effects if isinstance(e, Send) and isinstance(e.message, Want)]
    assert sent == [(b"x" * 5,), (b"y" * 5,)]


def test_an_answer_goes_on_with_the_last_part_of_what_it_answers() -> None:
    sync = make_sync(200)
    lower, _ = cell_of_the_young(sync)
    middle = START - 160
    first = sync.receive(Ranges(1, (Skip(lower), Fingerprint((middle, b""), b"x" * 8)), more=True), at(1))
    assert [ranges.more for ranges in answers(first)] == [True]
    last = sync.receive(Ranges(1, ()), at(1))
    assert answers(last) == [Ranges(1, ())]
    assert sync.state is State.COMPARING


def test_an_invitation_to_compare_equal_sets_is_followed_too() -> None:
    sync = make_sync(3, is_initiator=True)
    sync.receive(Fin(1, 3, b"d" * 16), at(1))
    equal = sync._index.root(ROOM.tag, FIRST_DAY, UPTO)
    invitation = Root(0, FIRST_DAY, UPTO, equal.count, equal.digest[:16])
    assert sync.receive(invitation, at(2)) == []
    assert sync.deadline == Monotonic(2)


def test_an_invitation_over_a_window_without_end_is_a_fault() -> None:
    sync = make_sync(is_initiator=True)
    sync.receive(Fin(1, 0, b"d" * 16), at(1))
    endless = Root(0, FIRST_DAY, UnixTime((FIRST_DAY + WINDOW_DAYS_MAX) * DAY_SECONDS + 1), 0, b"d" * 16)
    assert [fault for fault, _ in faults(sync.receive(endless, at(2)))] == [Fault.LYING]


def test_a_window_that_reaches_past_our_own_is_narrowed() -> None:
    sync = make_sync()
    wide = Root(2, FIRST_DAY - 1, UnixTime(UPTO + 3 * DAY_SECONDS), 9, b"x" * 16)
    (effect,) = sync.receive(wide, at(2))
    assert isinstance(effect, Send)
    assert isinstance(effect.message, Days)
    assert (effect.message.first_day, effect.message.upto) == (FIRST_DAY - 1, UPTO)


def test_a_step_between_rounds_is_a_bug() -> None:
    sync = make_sync(is_initiator=True)
    sync.receive(Fin(1, 0, b"d" * 16), at(1))
    with pytest.raises(LocalProtocolError):
        sync._fin()


def test_a_round_is_not_given_up_while_what_it_brought_is_still_judged_here() -> None:
    sync = make_sync(1)
    assert sync.received(1, 100, at(1)) == []
    for seconds in (11, 21, 31, 41, 399):
        assert sync.tick(at(seconds)) == [Send(PEER, Credit(1, 0))]
        assert sync.state is not State.IDLE
    assert sync.tick(at(400)) == []
    sync.dealt(1, 100, 1, at(400))
    assert sync.deadline == 400 + ROUND_TIMEOUT_SECONDS
    sync.tick(at(400 + ROUND_TIMEOUT_SECONDS))
    assert sync.state is State.IDLE


def test_a_round_that_waits_for_what_came_before_is_said_to_go_on_until_it_is_answered() -> None:
    sync = make_sync(1)
    sync.received(1, 100, at(1))
    assert sync.receive(Root(2, FIRST_DAY, UPTO, 9, b"x" * 16), at(2)) == []
    for seconds in (12, 22, 32, 399):
        assert sync.tick(at(seconds)) == [Send(PEER, Credit(2, 0))]
        assert sync.deadline == seconds + CREDIT_INTERVAL_SECONDS
    (answer,) = sync.dealt(1, 100, 1, at(400))
    assert isinstance(answer, Send)
    assert isinstance(answer.message, Days)
    assert sync.deadline == 400 + ROUND_TIMEOUT_SECONDS


def test_live_records_that_are_still_judged_let_no_round_be_given_up_either() -> None:
    sync = make_sync()
    sync.received(0, LIVE_RECORD_BYTES_MIN, at(1))
    assert sync.receive(Root(2, FIRST_DAY, UPTO, 9, b"x" * 16), at(2)) == []
    assert sync.tick(at(12)) == [Send(PEER, Credit(2, 0))]


def test_word_that_a_round_goes_on_keeps_its_opener_from_giving_it_up() -> None:
    sync = make_sync(is_initiator=True)
    for seconds in (10, 20, 30, 40):
        assert sync.receive(Credit(1, 0), at(seconds)) == []
        assert sync.tick(at(seconds)) == []
        assert sync.state is State.COMPARING
