"""A tracker's memory: who is where, who gets what, and how much it may hold."""

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core.clock import Monotonic
from peerset.errors import SignalingError
from peerset.tracker.swarm import (
    MEMBER_AGE_MAX_SECONDS,
    SMALL_MEMBERS_MAX,
    WAITING_GIVEN_MAX,
    ConnectionId,
    Delivery,
    Source,
    Swarm,
    Swarms,
)
from peerset.tracker.wire import Announced, Answered, ClientOffer, Description, Scraped

NOW = Monotonic(0.0)
HASH = "h" * 20
OFFERS = tuple(ClientOffer(f"offer {number}", Description("offer", "sealed")) for number in range(5))


def make_swarms(*, swarms: int = 10, members: int = 100, per_connection: int = 10, interval: int | None = 60) -> Swarms:
    return Swarms(
        interval_seconds=interval,
        swarms_max=swarms,
        members_max=members,
        swarms_per_connection_max=per_connection,
        rng=random.Random(0),
    )


def source(number: int, address: str = "192.0.2.1") -> Source:
    return Source(ConnectionId(number), address)


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
    return Answered(HASH, peer(number), peer(to), "offer 0", Description("answer", "sealed"))


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
    # The next one gets another.
    swarms.announce(source(3), announced(3), NOW)
    assert (peer(1), "offer 1") in offers_for(3, swarms.announce(source(3), announced(3), NOW))


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
    swarms.answer(source(2), Answered(HASH, peer(2), peer(1), "offer 1", Description("answer", "sealed")), NOW)
    for number, expected in ((3, ["offer 2"]), (4, ["offer 0"]), (5, [])):
        swarms.announce(source(number), announced(number), NOW)
        given = offers_for(number, swarms.announce(source(number), announced(number), NOW))
        assert [offer for giver, offer in given if giver == peer(1)] == expected


@pytest.mark.parametrize(("seconds", "given"), [(60, 1), (69, 1), (71, 0)])
def test_who_left_the_room_and_kept_its_socket_gives_nothing(seconds: float, given: int) -> None:
    swarms = make_swarms(interval=60)
    swarms.announce(source(1), announced(1, offers=OFFERS), NOW)
    later = Monotonic(NOW + seconds)
    swarms.announce(source(2), announced(2), later)
    assert len(offers_for(2, swarms.announce(source(2), announced(2), later))) == given


def test_who_said_that_it_left_gives_nothing() -> None:
    swarms = make_swarms()
    swarms.announce(source(1), announced(1, offers=OFFERS), NOW)
    swarms.announce(source(1), announced(1, has_left=True), NOW)
    swarms.announce(source(2), announced(2), NOW)
    assert offers_for(2, swarms.announce(source(2), announced(2), NOW)) == []


def test_a_newcomer_gets_a_bounded_number_of_offers_and_in_a_large_swarm_none() -> None:
    swarms = make_swarms()
    for number in range(SMALL_MEMBERS_MAX - 1):
        swarms.announce(source(number), announced(number, offers=OFFERS[:1]), NOW)
    swarms.announce(source(90), announced(90), NOW)
    given = offers_for(90, swarms.announce(source(90), announced(90), NOW))
    assert len({giver for giver, _ in given}) == WAITING_GIVEN_MAX
    swarms.announce(source(91), announced(91), NOW)
    assert offers_for(91, swarms.announce(source(91), announced(91), NOW)) == []


def test_an_announce_is_confirmed_with_the_swarm_s_size() -> None:
    swarms = make_swarms()
    swarms.announce(source(1), announced(1, is_seeder=True), NOW)
    ((to, reply),) = read(swarms.announce(source(2), announced(2), NOW))
    assert (to, reply["interval"], reply["complete"], reply["incomplete"]) == (2, 60, 1, 1)


def test_the_members_of_a_small_swarm_announce_more_often_than_those_of_a_large_one() -> None:
    swarms = make_swarms(members=500, interval=None)
    intervals = []
    for number in range(400):
        ((_, reply),) = read(swarms.announce(source(number), announced(number), NOW))
        intervals.append(reply["interval"])
    assert [intervals[members - 1] for members in (1, 50, 100, 200, 300, 400)] == [20, 20, 40, 80, 120, 120]


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


def test_there_is_room_for_so_many_swarms() -> None:
    swarms = make_swarms(swarms=1)
    swarms.announce(source(1), announced(1), NOW)
    with pytest.raises(SignalingError, match="another swarm"):
        swarms.announce(source(1), announced(1, info_hash="i" * 20), NOW)


def test_there_is_room_for_so_many_members() -> None:
    swarms = make_swarms(members=1)
    swarms.announce(source(1), announced(1), NOW)
    swarms.announce(source(1), announced(1), NOW)
    with pytest.raises(SignalingError, match="full"):
        swarms.announce(source(2), announced(2), NOW)


def test_one_connection_may_join_so_many_swarms() -> None:
    swarms = make_swarms(per_connection=1)
    swarms.announce(source(1), announced(1), NOW)
    with pytest.raises(SignalingError, match="more than 1 swarms"):
        swarms.announce(source(1), announced(1, info_hash="i" * 20), NOW)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.booleans())), st.integers())
def test_members_are_drawn_from_those_who_are_there(steps: list[tuple[int, bool, bool]], seed: int) -> None:
    swarm = Swarm()
    model: dict[str, bool] = {}
    for number, is_seeder, is_leaving in steps:
        if is_leaving and peer(number) in model:
            del model[peer(number)]
            swarm.remove(peer(number))
        else:
            model[peer(number)] = is_seeder
            swarm.put(peer(number), source(number), is_seeder=is_seeder, now=NOW)
        assert {member.peer_id: member.is_seeder for member in swarm} == model
        assert (len(swarm), swarm.seeders) == (len(model), sum(model.values()))
    drawn = [member.peer_id for member in swarm.draw_others(peer(0), 3, random.Random(seed))]
    others = set(model) - {peer(0)}
    assert len(drawn) == len(set(drawn)) == min(3, len(others))
    assert set(drawn) <= others
