"""Who waits for a place, and whom of many that announce themselves we call."""

import random

from peerset.core.clock import Moment
from peerset.core.limits import (
    ANNOUNCED_OFFERS_MAX,
    ANNOUNCED_PER_MINUTE,
    ANNOUNCED_SECONDS,
    ANNOUNCED_WAITING_MAX,
    FULL_MESH_MAX,
)
from peerset.core.signal import PeerId, Via
from peerset.protocol.announced import Announced
from peerset.protocol.effects import MakeOffers, SendOffer
from peerset.protocol.inputs import Purpose
from tests.protocol.dials import LARGER, START, VIA, later, pooled, stranger

OTHER = Via("wss://other.test")
CALL = [MakeOffers(1, Purpose.ANNOUNCED)]


def everyone(_: PeerId) -> bool:
    return True


def called(announced: Announced, now: Moment) -> list[PeerId]:
    """Let all calls come about, and give whom they are for."""
    peers: list[PeerId] = []
    while announced.may_call(now) and announced.call(everyone, now):
        for effect in announced.lending.add([pooled(len(peers))], now):
            assert isinstance(effect, SendOffer)
            peers.append(effect.peer)
            announced.lending.take(effect.offer.id)
    return peers


def test_who_is_wanted_gets_an_offer_the_way_it_was_heard() -> None:
    announced = Announced(random.Random(0))
    announced.note(LARGER, VIA, START)
    assert announced.call(lambda peer: peer != LARGER, START) == []
    assert announced.call(everyone, START) == CALL
    assert announced.lending.add([pooled(0)], START) == [SendOffer(LARGER, pooled(0), VIA)]
    assert len(announced) == 0


def test_who_was_heard_at_two_places_waits_once() -> None:
    announced = Announced(random.Random(0))
    announced.note(LARGER, VIA, START)
    announced.note(LARGER, OTHER, START)
    assert called(announced, START) == [LARGER]


def test_nobody_waits_for_ever() -> None:
    announced = Announced(random.Random(0))
    announced.note(LARGER, VIA, START)
    assert called(announced, later(ANNOUNCED_SECONDS)) == []
    announced.note(LARGER, VIA, START)
    announced.note(LARGER, VIA, later(5))
    assert called(announced, later(ANNOUNCED_SECONDS)) == [LARGER]


def test_only_so_many_are_called_at_once_and_in_a_minute() -> None:
    announced = Announced(random.Random(0))
    for number in range(10_000):
        announced.note(stranger(number), VIA, START)
    assert len(announced) == ANNOUNCED_WAITING_MAX
    assert len(called(announced, START)) == FULL_MESH_MAX
    total = 0
    for second in range(1, 61):
        announced.note(stranger(second), VIA, later(second))
        total += len(called(announced, later(second)))
    assert ANNOUNCED_PER_MINUTE - 1 <= total <= ANNOUNCED_PER_MINUTE


def test_offers_that_nobody_answers_hold_up_further_calls() -> None:
    announced = Announced(random.Random(0))
    for number in range(20):
        announced.note(stranger(number), VIA, START)
    calls = 0
    while announced.may_call(START):
        calls += len(announced.call(everyone, START))
    assert calls == ANNOUNCED_OFFERS_MAX


def test_a_place_that_invents_thousands_hides_nobody_heard_at_another() -> None:
    turns = []
    for seed in range(20):
        announced = Announced(random.Random(seed))
        announced.note(LARGER, OTHER, START)
        for number in range(10_000):
            announced.note(stranger(number), VIA, START)
        turns.append(called(announced, START).index(LARGER))
    assert max(turns) < 12


def test_whoever_leaves_calls_nobody() -> None:
    announced = Announced(random.Random(0))
    announced.note(LARGER, VIA, START)
    assert announced.stop() == []
    assert not announced.may_call(START)
