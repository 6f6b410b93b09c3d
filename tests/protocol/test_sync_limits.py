"""What a round may cost, and what happens between rounds."""

import random
from dataclasses import replace

import pytest

from peerset.core.clock import DAY_SECONDS, Moment, Monotonic, UnixTime
from peerset.core.limits import (
    ANSWER_FRAMES_MAX,
    ROUND_BYTES_BASE,
    ROUND_FRAMES_MAX,
    ROUND_INTERVAL_SECONDS,
    WINDOW_DAYS_MAX,
)
from peerset.core.merkle import Index
from peerset.core.message import Days, Fin, Fingerprint, IdList, Ranges, Root, Want
from peerset.core.signal import PeerId
from peerset.errors import LocalProtocolError
from peerset.protocol.effects import Request, Send, Strike
from peerset.protocol.retention import window
from peerset.protocol.strikes import Fault
from peerset.protocol.sync import State, Sync, everything
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


def lists(count: int) -> Ranges:
    """List *count* ids that nobody has."""
    return Ranges(1, (IdList((UPTO, b""), tuple(number.to_bytes(8, "big") for number in range(count))),))


def test_a_peer_may_list_only_so_much_of_what_we_lack() -> None:
    allowed = ROUND_BYTES_BASE // 8
    effects = make_sync().receive(lists(allowed), at(1))
    assert faults(effects) == []
    assert (
        sum(len(e.message.short_ids) for e in effects if isinstance(e, Send) and isinstance(e.message, Want)) == allowed
    )
    sync = make_sync()
    refused = sync.receive(lists(allowed + 1), at(1))
    assert faults(refused) == [(Fault.LYING, "comparing costs more than our records justify")]
    assert sync.state is State.IDLE


def test_a_peer_that_never_finds_its_ranges_equal_is_a_liar() -> None:
    sync = make_sync(200)
    lie = Ranges(1, (Fingerprint((UPTO, b""), b"x" * 8),))
    found: list[tuple[Fault, str]] = []
    for _ in range(ROUND_FRAMES_MAX + 1):
        found += faults(sync.receive(lie, at(1)))
    assert found[0] == (Fault.LYING, "comparing costs more than our records justify")


def test_an_answer_has_only_so_many_messages_and_the_last_says_so() -> None:
    sync = make_sync(100_000)
    bounds = [START - 60 - seconds for seconds in range(99_990, 0, -30)]
    lie = Ranges(1, tuple(Fingerprint((bound, b""), b"x" * 8) for bound in bounds))
    effects = sync.receive(lie, at(1))
    sent = answers(effects)
    assert 1 < len(sent) <= ANSWER_FRAMES_MAX
    assert [ranges.more for ranges in sent] == [True] * (len(sent) - 1) + [False]


def test_an_answer_to_the_first_part_goes_on_with_the_last() -> None:
    sync = make_sync(200)
    middle = START - 160
    first = sync.receive(Ranges(1, (Fingerprint((middle, b""), b"x" * 8),), more=True), at(1))
    assert [ranges.more for ranges in answers(first)] == [True]
    last = sync.receive(Ranges(1, ()), at(1))
    assert answers(last) == [Ranges(1, ())]
    assert sync.state is State.COMPARING


def test_an_invitation_to_compare_equal_sets_changes_nothing() -> None:
    sync = make_sync(3, is_initiator=True)
    sync.receive(Fin(1, 3, b"d" * 16), at(1))
    due = sync.deadline
    equal = sync._index.root(ROOM.tag, FIRST_DAY, UPTO)
    invitation = Root(0, FIRST_DAY, UPTO, equal.count, equal.digest[:16])
    assert sync.receive(invitation, at(2)) == []
    assert sync.deadline == due
    sync.receive(replace(invitation, count=4), at(2))
    assert sync.deadline == Monotonic(ROUND_INTERVAL_SECONDS)


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
