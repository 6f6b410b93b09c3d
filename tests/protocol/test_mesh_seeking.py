"""For whom a peer looks: a newcomer among liars, who begins anew, and which tracker its offers are left to."""

from peerset.core.limits import (
    ANSWERED_SECONDS,
    CHANNELS_MAX,
    FEELER_INTERVAL_SECONDS,
    FULL_MESH_MAX,
    NEIGHBOURS_CHOSEN,
    NEWCOMER_SECONDS,
    NEWCOMER_TRIES,
    PLACES_PER_TRACKER_PLACE,
    TELLING_RECORDS,
)
from peerset.core.signal import Via
from tests.protocol.crowd import VIA, at, bring, come, crowd, no_lag, peer


def test_an_offer_is_left_to_the_tracker_that_won_fewer_while_that_one_answers() -> None:
    mesh, other = crowd(NEIGHBOURS_CHOSEN - 1), Via("wss://other.test")
    for number in range(2):
        assert mesh.takes_answer(at(1.0), VIA)
        come(mesh, 50 + number, 1.0, via=VIA, is_ours=True)
    assert mesh.takes_answer(at(1.0), VIA), "no other tracker has answered"

    assert mesh.takes_answer(at(2.0), other)
    assert not mesh.takes_answer(at(2.0), VIA)
    assert mesh.takes_answer(at(2.0 + ANSWERED_SECONDS), VIA)

    come(mesh, 60, 40.0, via=other, is_ours=True)
    come(mesh, 61, 40.0, via=other, is_ours=True)
    assert mesh.takes_answer(at(41.0), other)
    assert mesh.takes_answer(at(41.0), VIA), "both won as many"


def test_who_has_few_neighbours_takes_any_answer() -> None:
    mesh, other = crowd(1), Via("wss://other.test")
    come(mesh, 50, 1.0, via=VIA, is_ours=True)

    assert mesh.takes_answer(at(1.0), other)
    assert mesh.takes_answer(at(1.0), VIA)


def test_a_newcomer_with_many_neighbours_none_of_whom_brought_a_record_looks_for_others_three_at_a_time() -> None:
    mesh = crowd(NEIGHBOURS_CHOSEN - 1, is_ours=True)
    assert not mesh.is_seeking(at(1.0)), "those that it has may be all there are"
    come(mesh, 50, 1.0)
    assert mesh.is_seeking(at(1.0))
    assert mesh.spare(at(1.0)) == NEWCOMER_TRIES
    for _ in range(NEWCOMER_TRIES):
        mesh.tried(at(1.0))
    assert not mesh.is_seeking(at(1.0))
    assert mesh.is_seeking(at(1.0 + FEELER_INTERVAL_SECONDS))

    bring(mesh, 50, 5.0)
    assert mesh.spare(at(5.0)) == 0
    assert not mesh.is_seeking(at(5.0))


def test_whoever_loses_the_last_neighbour_that_brought_records_begins_anew() -> None:
    mesh = crowd(NEIGHBOURS_CHOSEN + 2, is_ours=True)
    for number in range(2):
        bring(mesh, number, 100.0)
    mesh.close(peer(0), at(200.0))
    assert mesh.spare(at(200.0)) == 0, "there is another one"

    mesh.close(peer(1), at(300.0))
    mesh.gained(peer(1), at(300.0))
    assert mesh.spare(at(300.0)) == NEWCOMER_TRIES
    assert mesh.is_seeking(at(300.0))
    assert not mesh.is_seeking(at(300.0 + NEWCOMER_SECONDS))


def test_a_newcomer_leaves_a_third_of_the_places_to_those_that_look_for_it() -> None:
    mesh = crowd(CHANNELS_MAX - CHANNELS_MAX // PLACES_PER_TRACKER_PLACE, is_ours=True)
    assert mesh.spare(at(1.0)) == NEWCOMER_TRIES
    come(mesh, 50, 1.0)

    assert mesh.spare(at(1.0)) == 1


def test_how_many_are_left_to_others_follows_from_the_places_that_are_allowed_now() -> None:
    mesh = crowd(13, is_ours=True)
    assert mesh.spare(at(1.0)) == NEWCOMER_TRIES

    mesh.allow(18, no_lag, at(1.0))
    assert mesh.spare(at(1.0)) == 1


def test_who_finds_nobody_useful_while_records_come_looks_for_others() -> None:
    mesh = crowd(FULL_MESH_MAX + 1, is_ours=True)
    assert not mesh.is_seeking(at(NEWCOMER_SECONDS))
    bring(mesh, 3, 1.0, TELLING_RECORDS)

    assert mesh.is_seeking(at(1.0))
    assert mesh.wanted(at(1.0)) == NEIGHBOURS_CHOSEN - 1
    assert mesh.idle(at(1.0)) == FULL_MESH_MAX
