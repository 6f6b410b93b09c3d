"""A tracker's memory: who is where, who gets what, and how much it may hold."""

import json
import random
from typing import Any

import pytest

from peerset.core.clock import Monotonic
from peerset.errors import SignalingError
from peerset.tracker.limits import TrackerLimits
from peerset.tracker.origin import origin_of
from peerset.tracker.swarm import ConnectionId, Source
from peerset.tracker.swarms import (
    MEMBER_AGE_MAX_SECONDS,
    SMALL_NETWORKS_MAX,
    WAITING_GIVEN_MAX,
    WARNING_INTERVAL_SECONDS,
    Delivery,
    Swarms,
)
from peerset.tracker.waiting import ANSWER_SECONDS_MAX
from peerset.tracker.wire import Announced, Answered, ClientOffer, Scraped

NOW = Monotonic(0.0)
HASH = "h" * 20
OFFERS = tuple(ClientOffer(f"offer {number}", "sealed") for number in range(5))


def make_swarms(limits: TrackerLimits | None = None, *, interval: int | None = 60) -> Swarms:
    limits = limits or TrackerLimits().with_address_members(1_000)
    return Swarms(limits, interval_seconds=interval, rng=random.Random(0))


def source(number: int, address: str = "192.0.2.1") -> Source:
    return Source(ConnectionId(number), origin_of(address))


def elsewhere(network: int, number: int | None = None) -> Source:
    """Be in a network of one's own, one for each number of it."""
    return source(network if number is None else number, f"10.0.{network // 250}.{network % 250}")


def announced(
    number: int,
    *,
    info_hash: str = HASH,
    offers: tuple[ClientOffer, ...] = (),
    is_seeder: bool = False,
    has_left: bool = False,
) -> Announced:
    return Announced(info_hash, peer(number), offers, is_seeder=is_seeder, has_left=has_left)


def answered(number: int, to: int) -> Answered:
    return Answered(HASH, peer(number), peer(to), "offer 0", "sealed")


def peer(number: int) -> str:
    return f"{number:020d}"


def read(deliveries: list[Delivery]) -> list[tuple[int, Any]]:
    return [(delivery.connection, json.loads(delivery.text)) for delivery in deliveries]


def sizes(swarms: Swarms) -> tuple[int, int]:
    ((_, reply),) = read(swarms.scrape(source(0), Scraped((HASH,))))
    return reply["files"][HASH]["complete"], reply["files"][HASH]["incomplete"]


def offers_for(number: int, deliveries: list[Delivery]) -> list[tuple[str, str]]:
    told = [message for connection, message in read(deliveries) if connection == number and "offer" in message]
    return [(message["peer_id"], message["offer_id"]) for message in told]


def test_a_newcomer_gets_what_a_smaller_id_offered_before_it_came_at_its_second_announcement() -> None:
    swarms = make_swarms()
    swarms.announce(source(1), announced(1, offers=OFFERS), NOW)
    assert offers_for(2, swarms.announce(source(2), announced(2, offers=OFFERS[:1]), NOW)) == []
    assert offers_for(2, swarms.announce(source(2), announced(2, offers=OFFERS[:1]), NOW)) == [(peer(1), "offer 0")]
    assert offers_for(2, swarms.announce(source(2), announced(2, offers=OFFERS[:1]), NOW)) == []
    # The next one gets another, and at once: it asks nobody.
    assert (peer(1), "offer 1") in offers_for(3, swarms.announce(source(3), announced(3), NOW))
    assert offers_for(3, swarms.announce(source(3), announced(3), NOW)) == [(peer(1), "offer 2")]


def test_who_answers_by_itself_gives_no_offer_twice() -> None:
    swarms = make_swarms()
    swarms.announce(source(2), announced(2, offers=OFFERS), NOW)
    swarms.announce(source(1), announced(1), NOW)
    assert offers_for(1, swarms.announce(source(1), announced(1), NOW)) == []


def test_offers_that_were_answered_or_passed_on_are_not_given_first() -> None:
    swarms = make_swarms()
    swarms.announce(source(2), announced(2), NOW)
    swarms.announce(source(1), announced(1, offers=OFFERS[:3]), NOW)
    # "offer 0" went to 2 at once.
    swarms.answer(source(2), Answered(HASH, peer(2), peer(1), "offer 1", "sealed"), NOW)
    for number, expected in ((3, ["offer 2"]), (4, ["offer 0"]), (5, [])):
        given = offers_for(number, swarms.announce(source(number), announced(number), NOW))
        assert [offer for giver, offer in given if giver == peer(1)] == expected


@pytest.mark.parametrize(("seconds", "given"), [(60, 1), (69, 1), (71, 0)])
def test_who_left_the_room_and_kept_its_socket_gives_nothing(seconds: float, given: int) -> None:
    swarms = make_swarms(interval=60)
    swarms.announce(source(1), announced(1, offers=OFFERS), NOW)
    later = Monotonic(NOW + seconds)
    assert len(offers_for(2, swarms.announce(source(2), announced(2), later))) == given


def test_who_said_that_it_left_gives_nothing() -> None:
    swarms = make_swarms()
    swarms.announce(source(1), announced(1, offers=OFFERS), NOW)
    swarms.announce(source(1), announced(1, has_left=True), NOW)
    assert offers_for(2, swarms.announce(source(2), announced(2), NOW)) == []


def test_a_newcomer_gets_a_bounded_number_of_offers_and_in_a_swarm_of_many_networks_none() -> None:
    swarms = make_swarms()
    for number in range(SMALL_NETWORKS_MAX - 1):
        swarms.announce(elsewhere(number), announced(number, offers=OFFERS[:1]), NOW)
    later = Monotonic(NOW + ANSWER_SECONDS_MAX)
    given = [
        offer
        for _ in range(3)
        for offer in offers_for(90, swarms.announce(elsewhere(90), announced(90, offers=OFFERS[:2]), later))
    ]
    assert len({giver for giver, _ in given}) == len(given) == WAITING_GIVEN_MAX
    assert offers_for(91, swarms.announce(elsewhere(91), announced(91), later)) == []


def test_a_newcomer_meets_at_once_whom_its_offers_did_not_reach_among_a_thousand_fakes_of_ten_addresses() -> None:
    swarms = make_swarms()
    swarms.announce(source(1, "198.51.100.1"), announced(1, offers=OFFERS), NOW)
    for number in range(1_000, 2_000):
        swarms.announce(elsewhere(number % 10, number), announced(number, offers=OFFERS[:1]), NOW)
    # By then, what fakes were given and did not answer may be given again.
    later = Monotonic(NOW + ANSWER_SECONDS_MAX)
    for newcomer in range(2_000, 2_005):
        # Its one offer goes to one of eleven networks, and the ids of the fakes are smaller than its own as well.
        told = swarms.announce(source(newcomer, "203.0.113.1"), announced(newcomer, offers=OFFERS[:1]), later)
        assert offers_for(1, told) or peer(1) in {giver for giver, _ in offers_for(newcomer, told)}
        swarms.announce(source(newcomer, "203.0.113.1"), announced(newcomer, has_left=True), later)


def test_the_first_offers_of_a_newcomer_reach_every_network_before_one_is_asked_again() -> None:
    swarms = make_swarms()
    for number in range(11):
        swarms.announce(elsewhere(number), announced(number), NOW)
    asked = []
    for _ in range(4):
        told = swarms.announce(source(99, "203.0.113.1"), announced(99, offers=OFFERS[:4]), NOW)
        asked.append({delivery.connection for delivery in told} - {99})
    assert [len(each) for each in asked] == [4, 4, 4, 4]
    assert asked[0] | asked[1] | asked[2] == set(range(11))
    # Later on, chance alone decides.
    member = swarms._swarms[HASH].get(peer(99))
    swarms.announce(source(99, "203.0.113.1"), announced(99, offers=OFFERS[:4]), NOW)
    assert member is not None
    assert member.asked == frozenset()


def test_an_announce_is_confirmed_with_the_swarm_s_size() -> None:
    swarms = make_swarms()
    swarms.announce(source(1), announced(1, is_seeder=True), NOW)
    ((to, reply),) = read(swarms.announce(source(2), announced(2), NOW))
    assert (to, reply["interval"], reply["complete"], reply["incomplete"]) == (2, 60, 1, 1)


def test_a_swarm_of_few_networks_announces_more_often_than_one_of_many_however_many_members_it_has() -> None:
    swarms = make_swarms(interval=None)
    intervals = []
    for number in range(400):
        swarms.announce(elsewhere(0, 1_000 + number), announced(1_000 + number), NOW)
        ((_, reply),) = read(swarms.announce(elsewhere(number), announced(number), NOW))
        intervals.append(reply["interval"])
    assert [intervals[networks - 1] for networks in (1, 50, 100, 200, 300, 400)] == [20, 20, 40, 80, 120, 120]


def test_each_offer_goes_to_another_member_and_none_to_its_maker() -> None:
    swarms = make_swarms()
    for number in range(1, 4):
        swarms.announce(source(number), announced(number), NOW)
    confirmed, *offered = read(swarms.announce(source(9), announced(9, offers=OFFERS), NOW))
    assert confirmed[0] == 9
    assert sorted(to for to, _ in offered) == [1, 2, 3]
    assert [message["offer_id"] for _, message in offered] == ["offer 0", "offer 1", "offer 2"]
    assert swarms.counts.offers == 3


def test_an_answer_reaches_its_member_and_makes_the_sender_one() -> None:
    swarms = make_swarms()
    swarms.announce(source(1), announced(1), NOW)
    ((to, message),) = read(swarms.answer(source(2), answered(2, to=1), NOW))
    assert (to, message["peer_id"], message["offer_id"]) == (1, peer(2), "offer 0")
    assert sizes(swarms) == (0, 2)


def test_an_answer_to_nobody_is_lost() -> None:
    assert make_swarms().answer(source(2), answered(2, to=1), NOW) == []


def test_an_answer_leaves_a_seeder_a_seeder() -> None:
    swarms = make_swarms()
    swarms.announce(source(1), announced(1, is_seeder=True), NOW)
    swarms.answer(source(1), answered(1, to=2), NOW)
    assert sizes(swarms) == (1, 0)


def test_who_says_stopped_is_gone_at_once() -> None:
    swarms = make_swarms()
    swarms.announce(source(1), announced(1), NOW)
    ((_, reply),) = read(swarms.announce(source(1), announced(1, has_left=True), NOW))
    assert reply["incomplete"] == 0
    assert (len(swarms), swarms.members) == (0, 0)


def test_nobody_is_stopped_by_another_connection() -> None:
    swarms = make_swarms()
    swarms.announce(source(1), announced(1), NOW)
    swarms.announce(source(2), announced(1, has_left=True), NOW)
    assert sizes(swarms) == (0, 1)


def test_a_closed_connection_leaves_all_its_swarms() -> None:
    swarms = make_swarms()
    for info_hash in (HASH, "i" * 20):
        swarms.announce(source(1), announced(1, info_hash=info_hash), NOW)
    swarms.announce(source(2), announced(2), NOW)
    swarms.leave(ConnectionId(1))
    swarms.leave(ConnectionId(1))
    assert (len(swarms), swarms.members, sizes(swarms)) == (1, 1, (0, 1))


def test_a_reconnecting_client_takes_its_own_place() -> None:
    swarms = make_swarms()
    swarms.announce(source(1), announced(1), NOW)
    swarms.announce(source(2), announced(1), NOW)
    assert swarms.members == 1
    ((to, _),) = read(swarms.answer(source(3), answered(3, to=1), NOW))
    assert to == 2
    swarms.leave(ConnectionId(1))
    assert sizes(swarms) == (0, 2)


def test_nobody_takes_a_place_from_another_address() -> None:
    swarms = make_swarms()
    swarms.announce(source(1), announced(1), NOW)
    with pytest.raises(SignalingError, match="another address"):
        swarms.announce(source(2, "192.0.2.2"), announced(1), NOW)


def test_silent_members_are_forgotten() -> None:
    swarms = make_swarms()
    swarms.announce(source(1), announced(1), NOW)
    swarms.announce(source(2), announced(2), Monotonic(MEMBER_AGE_MAX_SECONDS))
    swarms.expire(Monotonic(MEMBER_AGE_MAX_SECONDS + 1))
    assert sizes(swarms) == (0, 1)


def test_a_full_tracker_takes_newcomers_from_elsewhere_at_the_cost_of_the_crowd() -> None:
    swarms = make_swarms(TrackerLimits(members=4))
    for number in range(4):
        swarms.announce(source(number), announced(number, info_hash=f"{number:020d}"), NOW)
    with pytest.raises(SignalingError, match="all 4 places of this tracker are taken"):
        swarms.announce(source(5), announced(5), NOW)
    swarms.announce(source(6, "198.51.100.1"), announced(6), NOW)
    # The newest of the crowd went, and its swarm with it.
    assert (swarms.members, len(swarms)) == (4, 4)
    ((_, told),) = read(swarms.scrape(source(0), Scraped((f"{3:020d}", f"{2:020d}"))))
    assert [size["incomplete"] for size in told["files"].values()] == [0, 1]


def test_a_full_swarm_takes_newcomers_from_elsewhere_at_the_cost_of_the_crowd() -> None:
    swarms = make_swarms(TrackerLimits(members_per_swarm=3))
    for number in range(3):
        swarms.announce(source(number), announced(number), NOW)
    swarms.announce(source(1), announced(1), NOW)
    with pytest.raises(SignalingError, match="all 3 places of this swarm are taken"):
        swarms.announce(source(4), announced(4), NOW)
    swarms.announce(source(5, "198.51.100.1"), announced(5), NOW)
    assert sizes(swarms) == (0, 3)
    with pytest.raises(SignalingError, match="all 3 places of this swarm are taken"):
        swarms.announce(source(2), announced(2), NOW)


def test_one_address_has_so_many_members_in_a_swarm_and_in_all() -> None:
    swarms = make_swarms(TrackerLimits(members_per_swarm_and_address=2, members_per_address=3))
    swarms.announce(source(1), announced(1), NOW)
    swarms.announce(source(2), announced(2), NOW)
    with pytest.raises(SignalingError, match=r"2 places of this swarm are taken by your address 192\.0\.2\.1"):
        swarms.announce(source(3), announced(3), NOW)
    swarms.announce(source(3), announced(3, info_hash="i" * 20), NOW)
    with pytest.raises(SignalingError, match=r"3 places of this tracker are taken by your address 192\.0\.2\.1"):
        swarms.announce(source(4), announced(4, info_hash="j" * 20), NOW)
    swarms.announce(source(5, "198.51.100.1"), announced(5), NOW)


def test_an_offer_goes_to_an_address_first_and_to_one_of_its_members_then() -> None:
    swarms = make_swarms()
    for number in range(60):
        swarms.announce(source(number, "192.0.2.1"), announced(number), NOW)
    for number in (97, 98):
        swarms.announce(source(number, f"198.51.100.{number}"), announced(number), NOW)
    drawn = [0, 0, 0]
    for number in range(100, 200):
        deliveries = swarms.announce(source(99, "203.0.113.9"), announced(99, offers=OFFERS[:1]), Monotonic(number * 9))
        receivers = {delivery.connection for delivery in deliveries} - {99}
        for kind, members in enumerate((range(60), (97,), (98,))):
            drawn[kind] += bool(receivers & set(members))
    assert min(drawn) > 20


def test_a_newcomer_meets_the_honest_at_once_among_a_thousand_fakes_of_one_address() -> None:
    swarms = make_swarms()
    for number in range(1_000):
        swarms.announce(source(number, "192.0.2.1"), announced(number), NOW)
    swarms.announce(source(2_000, "198.51.100.1"), announced(2_000), NOW)
    told = swarms.announce(source(3_000, "203.0.113.1"), announced(3_000, offers=OFFERS[:3]), NOW)
    assert len(offers_for(2_000, told)) == 1


def test_a_member_s_offers_are_passed_on_up_to_its_pace_and_it_is_told_once() -> None:
    swarms = make_swarms(TrackerLimits(offers_per_second=0.5, offers_burst=7))
    for number in range(1, 7):
        swarms.announce(source(number), announced(number), NOW)
    offered = announced(9, offers=OFFERS)

    def passed(seconds: float) -> tuple[int, list[str]]:
        told = read(swarms.announce(source(9), offered, Monotonic(seconds)))
        return sum("offer" in message for _, message in told), [
            message["warning message"] for _, message in told if "warning message" in message
        ]

    assert passed(0) == (5, [])
    count, (warning,) = passed(0)
    assert (count, warning[:28]) == (2, "3 offers were not passed on:")
    assert passed(0) == (0, [])
    assert passed(4) == (2, [])
    count, warnings = passed(WARNING_INTERVAL_SECONDS)
    assert (count, len(warnings)) == (5, 0)
    assert (swarms.counts.offers, swarms.counts.offers_limited) == (14, 11)


def test_the_offers_of_an_address_are_passed_on_up_to_its_pace_whoever_makes_them() -> None:
    swarms = make_swarms(TrackerLimits(offers_per_second_and_address=0.1, offers_burst_and_address=7))
    for number in range(1, 7):
        swarms.announce(source(number, f"198.51.100.{number}"), announced(number), NOW)
    told = [swarms.announce(source(number), announced(number, offers=OFFERS), NOW) for number in (91, 92, 93)]
    passed_on = [
        sum('"offer"' in delivery.text and delivery.connection < 90 for delivery in deliveries) for deliveries in told
    ]
    assert passed_on == [5, 2, 0]
    elsewhere = swarms.announce(source(94, "203.0.113.1"), announced(94, offers=OFFERS), NOW)
    assert sum('"offer"' in delivery.text for delivery in elsewhere) == 5


def test_the_members_of_one_address_keep_nobody_elsewhere_busy_and_their_own_as_they_like() -> None:
    swarms = make_swarms(TrackerLimits(offers_per_second_and_receiver=0.1, offers_burst_and_receiver=3))
    swarms.announce(source(1, "198.51.100.1"), announced(1), NOW)
    swarms.announce(source(2), announced(2), NOW)
    told = [swarms.announce(source(number), announced(number, offers=OFFERS[:2]), NOW) for number in range(3, 53)]
    received = [delivery.connection for each in told for delivery in each if '"offer"' in delivery.text]
    assert received.count(ConnectionId(1)) == 3
    assert len(received) > 50
    honest = swarms.announce(source(99, "203.0.113.1"), announced(99, offers=OFFERS[:2]), NOW)
    assert len(offers_for(1, honest)) == 1


def test_a_school_of_sixty_behind_one_address_meets_without_a_limit() -> None:
    swarms = Swarms(TrackerLimits(), interval_seconds=None, rng=random.Random(0))
    for seconds in (0.0, 0.233, 0.533, 1.333, *range(20, 200, 20)):
        for number in range(60):
            swarms.announce(source(number), announced(number, offers=OFFERS[:5]), Monotonic(seconds))
    assert swarms.counts.offers_limited == 0


def test_one_connection_may_join_so_many_swarms() -> None:
    swarms = make_swarms(TrackerLimits(swarms_per_connection=1))
    swarms.announce(source(1), announced(1), NOW)
    with pytest.raises(SignalingError, match="more than 1 swarms"):
        swarms.announce(source(1), announced(1, info_hash="i" * 20), NOW)


def test_a_node_keeps_hundreds_of_rooms_on_one_connection() -> None:
    swarms = Swarms(TrackerLimits(), interval_seconds=None, rng=random.Random(0))
    for number in range(1_000):
        swarms.announce(source(1), announced(1, info_hash=f"{number:020}"), NOW)
    assert len(swarms) == 1_000
