import random

from peerset.core.clock import Monotonic
from peerset.core.limits import (
    ANNOUNCE_INTERVAL_MAX_SECONDS,
    ANNOUNCE_INTERVAL_MIN_SECONDS,
    ANNOUNCE_QUIET_SECONDS,
    LONELY_INTERVAL_MAX_SECONDS,
    LONELY_INTERVAL_MIN_SECONDS,
    OFFER_AGE_MAX_SECONDS,
    REDIAL_BASE_SECONDS,
    REDIAL_MAX_SECONDS,
)
from peerset.core.signal import Offer, OfferId
from peerset.protocol.effects import Announce, DropOffers, MakeOffers
from peerset.protocol.offering import OfferPool

NOW = Monotonic(100.0)


def offers(*names: str) -> tuple[Offer, ...]:
    return tuple(Offer(OfferId(name), f"sdp of {name}") for name in names)


def later(seconds: float) -> Monotonic:
    return Monotonic(NOW + seconds)


def announced_pool(*names: str, is_lonely: bool = False) -> OfferPool:
    """A pool whose offers were made and announced at NOW."""
    pool = OfferPool(rng=random.Random(1))
    if not is_lonely:
        pool.greet()
    pool.start(len(names), NOW)
    pool.add(offers(*names), target=len(names), now=NOW)
    return pool


def test_the_start_makes_offers_and_announces_nothing() -> None:
    pool = OfferPool(rng=random.Random(1))

    assert pool.deadline is None
    assert pool.start(3, NOW) == [MakeOffers(3)]
    assert pool.deadline is None


def test_offers_are_announced_once_they_are_made() -> None:
    pool = OfferPool(rng=random.Random(1))
    pool.start(2, NOW)

    assert pool.add(offers("a", "b"), target=2, now=NOW) == [Announce(offers("a", "b"))]
    assert len(pool) == 2


def test_without_offers_it_announces_all_the_same_and_tries_again_ever_later() -> None:
    pool = OfferPool(rng=random.Random(1))
    pool.greet()
    pool.start(2, NOW)

    waits, now = [], NOW
    for _ in range(12):
        assert pool.add((), target=2, now=now) == [Announce(())]
        deadline = pool.deadline
        assert deadline is not None
        waits.append(deadline - now)
        now = deadline
        assert pool.refresh(2, now) == [MakeOffers(2)]

    assert REDIAL_BASE_SECONDS / 2 <= waits[0] <= REDIAL_BASE_SECONDS
    assert REDIAL_MAX_SECONDS / 2 <= waits[-1] <= REDIAL_MAX_SECONDS


def test_offers_that_can_be_made_again_end_the_back_off() -> None:
    pool = OfferPool(rng=random.Random(1))
    pool.greet()
    pool.start(1, NOW)
    pool.add((), target=1, now=NOW)
    pool.refresh(1, later(2))

    assert pool.add(offers("a"), target=1, now=later(2)) == [Announce(offers("a"))]
    assert pool.deadline == later(2 + OFFER_AGE_MAX_SECONDS)


def test_old_offers_are_dropped_only_after_new_ones_are_announced() -> None:
    pool = announced_pool("a")
    old = later(OFFER_AGE_MAX_SECONDS)

    assert pool.deadline == old
    assert pool.refresh(1, old) == [MakeOffers(1)]
    assert OfferId("a") in pool
    assert pool.add(offers("b"), target=1, now=old) == [Announce(offers("b")), DropOffers((OfferId("a"),))]


def test_old_offers_stay_when_no_new_ones_can_be_made() -> None:
    pool = announced_pool("a")
    old = later(OFFER_AGE_MAX_SECONDS)
    pool.refresh(1, old)

    assert pool.add((), target=1, now=old) == [Announce(offers("a"))]


def test_a_full_room_announces_without_offers_and_drops_them() -> None:
    pool = announced_pool("a", "b")

    assert pool.refresh(0, later(60)) == [Announce(()), DropOffers((OfferId("a"), OfferId("b")))]
    assert pool.refresh(0, later(61)) == [Announce(())]


def test_claims_are_replaced_together() -> None:
    pool = announced_pool("a", "b", "c")

    pool.take(OfferId("a"), later(0.2))
    pool.take(OfferId("b"), later(0.3))

    assert pool.deadline == later(ANNOUNCE_INTERVAL_MIN_SECONDS)
    assert pool.refresh(3, later(ANNOUNCE_INTERVAL_MIN_SECONDS)) == [MakeOffers(2)]


def test_an_offer_that_is_not_here_changes_nothing() -> None:
    pool = announced_pool("a")

    pool.take(OfferId("b"), NOW)

    assert pool.deadline == later(OFFER_AGE_MAX_SECONDS)


def test_a_storm_of_claims_is_announced_ever_more_slowly() -> None:
    pool = announced_pool("a")
    now, waits = NOW, []

    for number in range(8):
        pool.want(now)
        deadline = pool.deadline
        assert deadline is not None
        waits.append(deadline - now)
        now = deadline
        assert pool.refresh(1, now) == [Announce(offers("a"))], number

    assert waits[0] == ANNOUNCE_INTERVAL_MIN_SECONDS
    assert waits[-1] == ANNOUNCE_INTERVAL_MAX_SECONDS
    pool.refresh(1, Monotonic(now + ANNOUNCE_QUIET_SECONDS))
    pool.want(Monotonic(now + ANNOUNCE_QUIET_SECONDS))
    assert pool.deadline == Monotonic(now + ANNOUNCE_QUIET_SECONDS + ANNOUNCE_INTERVAL_MIN_SECONDS)


def test_a_wish_does_not_put_off_an_earlier_one() -> None:
    pool = announced_pool("a")

    pool.want(later(20))
    pool.want(later(25))

    assert pool.deadline == later(20)


def test_a_lonely_pool_announces_unasked_ever_more_slowly() -> None:
    pool = announced_pool("a", is_lonely=True)
    now, waits = NOW, []

    for _ in range(6):
        deadline = pool.deadline
        assert deadline is not None
        waits.append(deadline - now)
        now = deadline
        pool.add(offers("b"), target=1, now=now)

    assert waits[0] == LONELY_INTERVAL_MIN_SECONDS
    assert waits[-1] == LONELY_INTERVAL_MAX_SECONDS


def test_after_company_loneliness_begins_anew() -> None:
    pool = announced_pool("a", is_lonely=True)
    pool.refresh(1, later(5))
    pool.greet()
    pool.part()

    pool.refresh(1, later(20))

    assert pool.deadline == later(20 + LONELY_INTERVAL_MIN_SECONDS)


def test_a_stopped_pool_drops_everything_and_asks_for_nothing() -> None:
    pool = announced_pool("a")

    assert pool.stop() == [DropOffers((OfferId("a"),))]
    assert pool.stop() == []
    assert pool.deadline is None


def test_offers_made_too_late_are_dropped() -> None:
    pool = OfferPool(rng=random.Random(1))
    pool.start(1, NOW)
    pool.stop()

    assert pool.add(offers("a"), target=1, now=NOW) == [DropOffers((OfferId("a"),))]
    assert pool.add((), target=1, now=NOW) == []
