"""Offers that wait for who comes later: kept, given to one at a time, and bounded."""

from peerset.core.clock import Monotonic
from peerset.tracker.limits import TrackerLimits
from peerset.tracker.origin import origin_of
from peerset.tracker.quotas import Quotas
from peerset.tracker.swarm import ConnectionId, Member, Source, Swarm
from peerset.tracker.waiting import (
    ANSWER_SECONDS_MAX,
    WAITING_BYTES_MAX,
    WAITING_BYTES_PER_MEMBER_MAX,
    WAITING_BYTES_PER_NETWORK_MAX,
    WaitingOffers,
)
from peerset.tracker.wire import ClientOffer

NOW = Monotonic(100.0)
SWARM = Swarm("h" * 20, TrackerLimits())
QUOTAS = Quotas(1.0, 1.0)


def member(name: str, address: str = "192.0.2.1") -> Member:
    source = Source(ConnectionId(1), origin_of(address))
    return SWARM.add(name, source, QUOTAS.of(source.origin), NOW)


ALICE = member("alice")
BOB = member("bob")


def offer(name: str, size_bytes: int = 100) -> ClientOffer:
    return ClientOffer(name, "s" * (size_bytes - len(name)))


def taken(waiting: WaitingOffers, member: Member, *, since: float = 0.0, now: float = NOW) -> str | None:
    found = waiting.take(member, since=Monotonic(since), now=Monotonic(now))
    return None if found is None else found.id


def test_each_offer_is_given_once_in_order() -> None:
    waiting = WaitingOffers()
    waiting.keep(ALICE, (offer("one"), offer("two")), NOW)
    assert waiting.size_bytes == 200
    assert [taken(waiting, ALICE) for _ in range(3)] == ["one", "two", None]
    assert taken(waiting, BOB) is None
    for name in ("one", "two"):
        waiting.remove(ALICE, name)
    assert waiting.size_bytes == 0


def test_an_offer_that_nobody_has_answered_is_given_again_in_time() -> None:
    waiting = WaitingOffers()
    waiting.keep(ALICE, (offer("one"), offer("two"), offer("three")), NOW)
    assert [taken(waiting, ALICE, now=NOW + second) for second in (0, 1)] == ["one", "two"]
    # A page announces the same offers several times; what was given stays so.
    waiting.keep(ALICE, (offer("one"), offer("two"), offer("three"), offer("four")), NOW)
    assert [taken(waiting, ALICE, now=NOW + 2) for _ in range(3)] == ["three", "four", None]
    waiting.remove(ALICE, "one")
    assert taken(waiting, ALICE, now=NOW + ANSWER_SECONDS_MAX) is None
    later = NOW + 1 + ANSWER_SECONDS_MAX
    assert [taken(waiting, ALICE, now=later + second) for second in (0, 0, 1, 1, 1, 10)] == [
        "two",
        None,
        "three",
        "four",
        None,
        "two",
    ]


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
    count = WAITING_BYTES_MAX // WAITING_BYTES_PER_MEMBER_MAX + 3
    members = [member(f"member {number}", f"10.0.{number // 250}.{number % 250}") for number in range(count)]
    for each in members:
        waiting.keep(each, huge, NOW)
        assert waiting.size_bytes <= WAITING_BYTES_MAX
    # Those go first that have waited longest.
    assert [taken(waiting, members[number]) for number in (2, 3)] == [None, "offer 0"]
    waiting.keep(ALICE, (offer("larger than all", WAITING_BYTES_PER_MEMBER_MAX + 1),), NOW)
    assert taken(waiting, ALICE) is None
    for each in members:
        waiting.forget(each)
    assert waiting.size_bytes == 0


def test_one_network_pushes_out_only_what_it_offered_itself() -> None:
    waiting = WaitingOffers()
    waiting.keep(ALICE, (offer("one"),), NOW)
    crowd = [member(f"crowd {number}", f"8.8.8.{number}") for number in range(100)]
    for each in crowd:
        waiting.keep(each, (offer("huge", WAITING_BYTES_PER_MEMBER_MAX),), NOW)
    assert waiting.size_bytes == WAITING_BYTES_PER_NETWORK_MAX + 100
    assert [taken(waiting, each) for each in (ALICE, crowd[0], crowd[-1])] == ["one", None, "huge"]


def test_an_id_that_is_offered_twice_counts_once() -> None:
    waiting = WaitingOffers()
    waiting.keep(ALICE, (offer("one"), offer("one")), NOW)
    assert waiting.size_bytes == 100
    assert [taken(waiting, ALICE) for _ in range(2)] == ["one", None]
    waiting.remove(ALICE, "one")
    assert waiting.size_bytes == 0
