"""Offers that wait for who comes later: kept, given once, and bounded."""

from peerset.core.clock import Monotonic
from peerset.tracker.waiting import WAITING_BYTES_MAX, WAITING_BYTES_PER_MEMBER_MAX, WaitingOffers
from peerset.tracker.wire import ClientOffer, Description

NOW = Monotonic(100.0)
ALICE = ("h" * 20, "alice")
BOB = ("h" * 20, "bob")


def offer(name: str, size_bytes: int = 100) -> ClientOffer:
    return ClientOffer(name, Description("offer", "s" * (size_bytes - len(name) - len("offer"))))


def taken(waiting: WaitingOffers, member: tuple[str, str], *, since: float = 0.0) -> str | None:
    found = waiting.take(member, since=Monotonic(since))
    return None if found is None else found.id


def test_each_offer_is_given_once_in_order() -> None:
    waiting = WaitingOffers()
    waiting.keep(ALICE, (offer("one"), offer("two")), NOW)
    assert waiting.size_bytes == 200
    assert [taken(waiting, ALICE) for _ in range(3)] == ["one", "two", None]
    assert taken(waiting, BOB) is None
    assert waiting.size_bytes == 0


def test_the_latest_announcement_takes_the_place_of_the_one_before() -> None:
    waiting = WaitingOffers()
    waiting.keep(ALICE, (offer("one"), offer("two")), NOW)
    waiting.keep(ALICE, (offer("three"),), NOW)
    assert [taken(waiting, ALICE) for _ in range(2)] == ["three", None]
    waiting.keep(ALICE, (offer("four"),), NOW)
    waiting.keep(ALICE, (), NOW)
    assert taken(waiting, ALICE) is None


def test_what_is_answered_waits_no_more() -> None:
    waiting = WaitingOffers()
    waiting.keep(ALICE, (offer("one"), offer("two")), NOW)
    waiting.remove(ALICE, "one")
    waiting.remove(ALICE, "unknown")
    waiting.remove(BOB, "one")
    assert [taken(waiting, ALICE) for _ in range(2)] == ["two", None]


def test_who_has_not_announced_for_long_has_nothing_to_give() -> None:
    waiting = WaitingOffers()
    waiting.keep(ALICE, (offer("one"),), NOW)
    assert taken(waiting, ALICE, since=NOW + 1) is None
    assert taken(waiting, ALICE, since=NOW) == "one"


def test_who_leaves_is_forgotten() -> None:
    waiting = WaitingOffers()
    waiting.keep(ALICE, (offer("one"),), NOW)
    waiting.forget(ALICE)
    waiting.forget(BOB)
    assert taken(waiting, ALICE) is None
    assert waiting.size_bytes == 0


def test_a_member_and_all_together_keep_a_bounded_number_of_bytes() -> None:
    waiting = WaitingOffers()
    huge = tuple(offer(f"offer {number}", WAITING_BYTES_PER_MEMBER_MAX // 2) for number in range(3))
    members = WAITING_BYTES_MAX // WAITING_BYTES_PER_MEMBER_MAX + 3
    for number in range(members):
        waiting.keep(("h" * 20, str(number)), huge, NOW)
        assert waiting.size_bytes <= WAITING_BYTES_MAX
    # Those go first that have waited longest.
    assert [taken(waiting, ("h" * 20, str(number))) for number in (2, 3)] == [None, "offer 0"]
    waiting.keep(ALICE, (offer("larger than all", WAITING_BYTES_PER_MEMBER_MAX + 1),), NOW)
    assert taken(waiting, ALICE) is None
