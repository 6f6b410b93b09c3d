from peerset.core.clock import UnixTime
from peerset.core.keys import PublicKey
from peerset.core.limits import (
    ACQUAINTED_SECONDS,
    DIAL_INTERVAL_SECONDS,
    EVICTION_INTERVAL_SECONDS,
    FEELER_INTERVAL_MAX_SECONDS,
    FEELER_INTERVAL_SECONDS,
    FULL_MESH_MAX,
    GRACE_SECONDS,
    NEIGHBOURS_CHOSEN,
    NEIGHBOURS_CHOSEN_MAX,
    NETWORK_PLACES_MAX,
    NEWCOMER_SECONDS,
    PARTING_INTERVAL_SECONDS,
    PLACES_PER_TRACKER_PLACE,
    TELLING_RECORDS,
    TRIAL_SECONDS,
)
from peerset.core.signal import Via
from peerset.protocol.mesh import Mesh
from tests.protocol.crowd import VIA, at, bring, come, crowd, feel, leave, peer


def test_a_small_room_is_a_full_mesh() -> None:
    mesh = crowd(FULL_MESH_MAX)

    assert not mesh.is_large
    assert leave(mesh, 1_000.0) == []
    assert mesh.deadline is None
    assert mesh.takes_dial(peer(99), at(0.0))
    assert mesh.takes_answer(at(0.0))


def test_a_large_room_keeps_a_few_and_lets_the_others_go_one_at_a_time() -> None:
    mesh = crowd(FULL_MESH_MAX + 1)
    for number in (20, 21):
        bring(mesh, number, 1.0)

    assert mesh.is_large
    gone = leave(mesh, 1_000.0)

    assert len(gone) == FULL_MESH_MAX + 1 - NEIGHBOURS_CHOSEN_MAX
    assert not {peer(20), peer(21)} & set(gone)


def test_nobody_is_sent_away_before_it_had_its_time() -> None:
    mesh = crowd(FULL_MESH_MAX + 1)

    assert leave(mesh, GRACE_SECONDS - 0.1) == []
    assert len(leave(mesh, GRACE_SECONDS + PARTING_INTERVAL_SECONDS - 0.1)) == 1


def test_who_is_on_trial_costs_nobody_its_place() -> None:
    mesh = crowd(FULL_MESH_MAX + 1)
    leave(mesh, 100.0)
    for number in range(100, 110):
        assert come(mesh, number, 100.0) is None

    assert leave(mesh, 100.0 + GRACE_SECONDS - 0.1) == []
    assert len(leave(mesh, 200.0)) == 10


def test_a_newcomer_takes_the_place_of_the_least_useful_when_all_are_taken() -> None:
    mesh = crowd(12, places=12)
    leave(mesh, GRACE_SECONDS)
    for number in range(4, 12):
        if number != 7:
            bring(mesh, number, GRACE_SECONDS)

    assert come(mesh, 50, GRACE_SECONDS) == peer(7)


def test_evictions_for_those_who_dial_are_apart() -> None:
    mesh = crowd(12, places=12)
    leave(mesh, 20.0)

    assert come(mesh, 50, 20.0, via=VIA) == peer(4)
    assert not mesh.takes_dial(peer(51), at(20.0 + EVICTION_INTERVAL_SECONDS - 0.1))
    assert come(mesh, 51, 21.0, via=VIA) == peer(51)
    assert come(mesh, 52, 20.0 + EVICTION_INTERVAL_SECONDS, via=VIA) == peer(5)


def test_whom_we_picked_gets_a_place_at_once() -> None:
    mesh = crowd(12, places=12)
    leave(mesh, 20.0)
    come(mesh, 50, 20.0)

    assert come(mesh, 51, 21.0, is_ours=True) == peer(5)


def test_a_newcomer_goes_when_all_others_are_safe() -> None:
    mesh = crowd(12, places=12)

    assert come(mesh, 50, 1.0) == peer(50)


def test_a_key_that_is_useful_for_an_hour_is_an_acquaintance() -> None:
    mesh = crowd(3)
    minutes = range(0, int(ACQUAINTED_SECONDS / 60) + 1, 20)

    assert [mesh.gained(peer(1), at(60.0 * minute)) for minute in minutes] == [False, False, False, True]
    assert [key for key, _ in mesh.acquaintances] == [PublicKey((1).to_bytes(32))]
    # Who told of a record before it brought one is no acquaintance for that.
    mesh.vouched(peer(0), at(0.0))
    assert not mesh.gained(peer(0), at(1.0))
    # What was of no use for a while begins anew.
    assert not mesh.gained(peer(2), at(60.0))
    assert not mesh.gained(peer(2), at(60.0 + ACQUAINTED_SECONDS))


def acquainted_crowd(number: int, places: int) -> Mesh:
    """A mesh whose places are all taken since time 0, and that knows the peer *number* from an earlier life."""
    mesh = Mesh(places, [(PublicKey(number.to_bytes(32)), UnixTime(1))])
    for other in range(places):
        assert come(mesh, other, 0.0) is None
    return mesh


def test_an_acquaintance_is_taken_in_though_all_places_are_taken_and_all_are_safe() -> None:
    mesh = acquainted_crowd(50, 12)

    assert come(mesh, 49, 1.0, via=VIA) == peer(49)
    assert come(mesh, 50, 1.0, via=VIA) == peer(4)


def test_an_acquaintance_stays_when_others_have_to_go() -> None:
    mesh = acquainted_crowd(50, 12)
    come(mesh, 50, 1.0)

    assert come(mesh, 51, 20.0) != peer(50)


def test_one_network_has_only_a_few_places_in_a_large_room() -> None:
    mesh = crowd(FULL_MESH_MAX + 1)
    for number in range(NETWORK_PLACES_MAX):
        assert come(mesh, 100 + number, 1.0, address=f"203.0.114.{number}") is None
    leave(mesh, 2.0)

    assert come(mesh, 200, 1.0 + GRACE_SECONDS, address="203.0.114.99") == peer(100)


def test_one_tracker_wins_a_third_of_the_places_in_a_large_room_where_no_more_than_a_third_is_left() -> None:
    mesh = crowd(FULL_MESH_MAX + 1, places=48)
    third = mesh.places // PLACES_PER_TRACKER_PLACE
    for number in range(third):
        assert come(mesh, 100 + number, 1.0, via=VIA) is None

    assert come(mesh, 200, 2.0 + GRACE_SECONDS, via=VIA) == peer(100)
    assert come(mesh, 201, 2.0 + GRACE_SECONDS, via=Via("wss://other.test")) is None


def test_one_tracker_wins_more_than_a_third_of_the_places_while_others_find_one_all_the_same() -> None:
    mesh = crowd(FULL_MESH_MAX + 1, places=96)
    for number in range(mesh.places // PLACES_PER_TRACKER_PLACE):
        assert come(mesh, 100 + number, 1.0, via=VIA) is None

    assert come(mesh, 200, 2.0, via=VIA) is None, "who dials us here may be the only one that a hostile tracker spared"


def test_one_dial_of_an_id_a_key_or_a_network_is_taken_in_a_while() -> None:
    mesh = crowd(FULL_MESH_MAX + 1)

    assert mesh.takes_dial(peer(99), at(0.0))
    assert not mesh.takes_dial(peer(99), at(DIAL_INTERVAL_SECONDS - 0.1))
    assert mesh.takes_dial(peer(99), at(DIAL_INTERVAL_SECONDS))
    assert come(mesh, 99, 40.0, address="203.0.114.1", via=VIA) is None
    assert come(mesh, 98, 41.0, address="203.0.114.2", via=VIA) == peer(98)
    mesh.close(peer(99), at(41.0))
    assert come(mesh, 99, 42.0, address="203.0.115.1", via=VIA) == peer(99)


def test_who_has_enough_tries_one_at_a_time() -> None:
    mesh = crowd(FULL_MESH_MAX + 1, is_ours=True)

    assert mesh.wanted(at(1.0)) == 1
    assert mesh.takes_answer(at(1.0))
    assert mesh.wanted(at(1.1)) == 0
    assert not mesh.takes_answer(at(FEELER_INTERVAL_SECONDS))
    assert mesh.feels_at == 1.0 + FEELER_INTERVAL_SECONDS
    assert mesh.takes_answer(at(1.0 + FEELER_INTERVAL_SECONDS))
    come(mesh, 99, 2.0, is_ours=True)
    assert peer(99) not in leave(mesh, 1.9 + TRIAL_SECONDS)


def test_tries_that_find_nobody_better_become_seldom_until_somebody_is_missed() -> None:
    mesh = crowd(FULL_MESH_MAX + 1, is_ours=True)
    leave(mesh, 60.0)
    waits = [feel(mesh, 100 + number, 60.0 + 65.0 * number) for number in range(7)]

    assert waits == [6.0, 12.0, 24.0, 48.0, *[FEELER_INTERVAL_MAX_SECONDS] * 3]
    mesh.missed()
    assert mesh.feels_at == 450.0 + FEELER_INTERVAL_SECONDS
    assert feel(mesh, 110, 515.0) == 2 * FEELER_INTERVAL_SECONDS
    mesh.close(peer(0), at(580.0))
    assert mesh.feels_at == 515.0 + FEELER_INTERVAL_SECONDS


def test_tries_stay_frequent_while_they_find_somebody_useful() -> None:
    mesh = crowd(FULL_MESH_MAX + 1, is_ours=True)
    leave(mesh, 60.0)
    assert feel(mesh, 100, 100.0) == 2 * FEELER_INTERVAL_SECONDS

    assert feel(mesh, 101, 200.0, records=1) == FEELER_INTERVAL_SECONDS


def settled() -> tuple[Mesh, list[int]]:
    """A large room in which all neighbours are useful, and who they are."""
    mesh = crowd(FULL_MESH_MAX + 1, is_ours=True)
    gone = leave(mesh, 60.0)
    kept = [number for number in range(FULL_MESH_MAX + 1) if peer(number) not in gone]
    for number in kept:
        bring(mesh, number, 100.0, TELLING_RECORDS)
    return mesh, kept


def test_tries_become_seldom_where_as_many_as_are_looked_for_are_useful() -> None:
    mesh, _ = settled()

    assert feel(mesh, 100, 100.0, records=40) == 2 * FEELER_INTERVAL_SECONDS


def test_who_sends_us_away_is_not_missed_where_enough_others_are_useful() -> None:
    mesh, kept = settled()
    assert feel(mesh, 100, 100.0) == 2 * FEELER_INTERVAL_SECONDS

    mesh.close(peer(kept[0]), at(200.0), is_sent_away=True)
    assert mesh.feels_at == 100.0 + 2 * FEELER_INTERVAL_SECONDS
    mesh.close(peer(kept[1]), at(200.0))
    assert mesh.feels_at == 100.0 + FEELER_INTERVAL_SECONDS


def test_who_sends_us_away_is_missed_where_nobody_shows_what_it_is_good_for() -> None:
    mesh = crowd(FULL_MESH_MAX + 1, is_ours=True)
    leave(mesh, 60.0)
    assert feel(mesh, 100, 100.0) == 2 * FEELER_INTERVAL_SECONDS

    mesh.close(peer(0), at(200.0), is_sent_away=True)
    assert mesh.feels_at == 100.0 + FEELER_INTERVAL_SECONDS


def test_who_vouches_for_records_is_useful_and_no_acquaintance() -> None:
    mesh = crowd(FULL_MESH_MAX + 1, is_ours=True)
    bring(mesh, 3, 70.0, TELLING_RECORDS)
    mesh.vouched(peer(4), at(70.0))
    mesh.vouched(peer(99), at(70.0))

    assert mesh.idle(at(70.0)) == FULL_MESH_MAX - 1
    for hour in range(2):
        mesh.vouched(peer(4), at(hour * ACQUAINTED_SECONDS))
    assert list(mesh.acquaintances) == []


def test_a_newcomer_looks_for_more_until_it_knows_who_is_good() -> None:
    mesh = crowd(NEIGHBOURS_CHOSEN, is_ours=True)
    for number in range(100, 100 + FULL_MESH_MAX):
        come(mesh, number, 1.0)
        mesh.close(peer(number), at(1.0))

    assert mesh.is_large
    assert mesh.wanted(at(NEWCOMER_SECONDS - 1.0)) == NEIGHBOURS_CHOSEN // 2
    assert mesh.wanted(at(NEWCOMER_SECONDS)) == 1
    bring(mesh, 0, 50.0, TELLING_RECORDS - 1)
    come(mesh, 90, 50.0)
    bring(mesh, 0, 50.0)
    assert mesh.wanted(at(50.0)) == NEIGHBOURS_CHOSEN - 1


def test_a_room_where_a_record_comes_now_and_then_tells_nobody_from_others() -> None:
    mesh = crowd(FULL_MESH_MAX + 1, is_ours=True)
    bring(mesh, 3, 1.0, TELLING_RECORDS)

    assert not mesh.is_seeking(at(60.0))
    assert mesh.wanted(at(600.0)) == 1


def test_who_just_came_is_not_taken_for_useless() -> None:
    mesh = crowd(FULL_MESH_MAX + 1)
    bring(mesh, 3, 1.0, 2 * TELLING_RECORDS)
    come(mesh, 99, 2.0, is_ours=True)
    assert mesh.idle(at(2.0)) == 0
    bring(mesh, 3, 3.0, TELLING_RECORDS + 1)

    assert mesh.idle(at(3.0)) == 1
