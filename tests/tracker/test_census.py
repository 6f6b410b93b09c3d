"""Who is here, by network and address: counted, drawn fairly, and who makes room."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.errors import SignalingError
from peerset.tracker.census import NETWORK_ADDRESSES, Census
from peerset.tracker.origin import origin_of

PLACES = ("8.8.8.1", "8.8.8.2", "8.8.9.1", "10.0.0.1", "10.0.0.2")


def make_census(*, total: int = 1_000, per_address: int = 1_000) -> Census[int]:
    return Census("places", total_max=total, per_address_max=per_address)


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(PLACES))), st.integers(), st.integers(0, 12))
def test_those_are_drawn_who_are_here_each_once(steps: list[tuple[int, str]], seed: int, count: int) -> None:
    census = make_census()
    model: dict[int, str] = {}
    for item, place in steps:
        if item in model:
            del model[item]
            census.remove(item)
        else:
            model[item] = place
            census.add(item, origin_of(place))
        assert (list(census), len(census)) == (list(model), len(model))
    drawn = census.draw(count, random.Random(seed), without=0)
    others = model.keys() - {0}
    assert len(drawn) == len(set(drawn))
    assert set(drawn) <= others
    networks = {origin_of(model[item]).network for item in others}
    assert len(drawn) >= min(count, len(networks))
    assert count < len(others) or set(drawn) == others


def test_networks_are_drawn_first_then_addresses_then_members() -> None:
    census = make_census()
    for number in range(100):
        census.add(number, origin_of("8.8.8.1"))
    census.add(100, origin_of("8.8.8.2"))
    census.add(200, origin_of("8.8.9.1"))
    rng = random.Random(0)
    drawn = Counter(
        min(item, 100) if item < 100 else item for [item] in (census.draw(1, rng, without=-1) for _ in range(2_000))
    )
    crowd = sum(count for item, count in drawn.items() if item < 100)
    assert 800 < drawn[200] < 1_200
    assert 400 < drawn[100] < 600
    assert 400 < crowd < 600


def test_networks_that_were_drawn_before_come_last() -> None:
    census = make_census()
    for number in range(6):
        census.add(number, origin_of(f"10.0.0.{number}"))
    before = {"10.0.0.1", "10.0.0.2", "10.0.0.3"}
    for seed in range(20):
        assert set(census.draw(2, random.Random(seed), without=0, after=before)) == {4, 5}
        assert set(census.draw(4, random.Random(seed), without=0, after=before)) > {4, 5}
    assert census.networks == 6


def test_who_asks_hides_nobody_of_its_own_address() -> None:
    census = make_census()
    for number, place in enumerate(("8.8.8.1", "8.8.8.1", "8.8.9.1", "8.8.10.1")):
        census.add(number, origin_of(place))
    drawn = Counter(item for seed in range(300) for item in census.draw(2, random.Random(seed), without=0))
    assert min(drawn[number] for number in (1, 2, 3)) > 150


def test_more_than_there_are_networks_are_drawn_by_turns() -> None:
    census = make_census()
    for number in range(50):
        census.add(number, origin_of("8.8.8.1"))
    for number in (100, 101):
        census.add(number, origin_of("8.8.9.1"))
    for seed in range(20):
        drawn = census.draw(5, random.Random(seed), without=-1)
        assert {100, 101} <= set(drawn)
        assert len(drawn) == 5


def test_an_address_has_so_many_places_and_its_network_four_times_as_many() -> None:
    census = make_census(per_address=2)
    number = 0
    for host in range(NETWORK_ADDRESSES):
        for _ in range(2):
            number += 1
            assert census.make_room(origin_of(f"8.8.8.{host}")) is None
            census.add(number, origin_of(f"8.8.8.{host}"))
        with pytest.raises(SignalingError, match=f"2 places are taken by your address 8.8.8.{host}"):
            census.make_room(origin_of(f"8.8.8.{host}"))
    with pytest.raises(SignalingError, match=r"8 places are taken by your network 8\.8\.8\.0/24"):
        census.make_room(origin_of("8.8.8.99"))
    assert census.make_room(origin_of("8.8.9.1")) is None
    census.remove(1)
    assert census.make_room(origin_of("8.8.8.0")) is None


def test_the_newest_of_the_fullest_network_makes_room_for_one_from_elsewhere() -> None:
    census = make_census(total=4)
    for number, place in enumerate(("8.8.8.1", "10.0.0.1", "8.8.8.2", "8.8.8.3")):
        census.add(number, origin_of(place))
    assert census.make_room(origin_of("10.0.0.2")) == 3
    # Nobody goes for one whose network would be as crowded.
    with pytest.raises(SignalingError, match="all 4 places are taken; try again later"):
        census.make_room(origin_of("8.8.8.9"))


def test_who_is_not_here_is_removed_without_a_word() -> None:
    census = make_census()
    census.remove(1)
    assert 1 not in census
    assert census.draw(3, random.Random(0), without=1) == []
    with pytest.raises(SignalingError, match="all 0 places"):
        make_census(total=0).make_room(origin_of("8.8.8.1"))
