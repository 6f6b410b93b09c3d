from peerset.core.clock import Monotonic
from peerset.core.limits import TELLING_RECORDS, USEFUL_HALF_LIFE_SECONDS, USEFUL_RECORDS_MAX
from peerset.protocol.place import TRANSITIONS, Place, PlaceChange, PlaceState


def place(came_before: float = 0.0) -> Place:
    return Place(
        "",
        None,
        is_ours=False,
        is_feeler=False,
        since=Monotonic(0.0),
        safe_until=Monotonic(15.0),
        came_before=came_before,
    )


def test_a_place_is_claimed_held_and_left_and_nothing_else() -> None:
    assert {state for state, _ in TRANSITIONS} == set(PlaceState) - {PlaceState.LEFT}
    assert {change for _, change in TRANSITIONS} == set(PlaceChange)


def test_what_a_neighbour_was_good_for_fades_and_is_bounded() -> None:
    useful = place()
    for _ in range(USEFUL_RECORDS_MAX + 50):
        useful.gain(Monotonic(0.0), 1)

    assert useful.score.at(Monotonic(USEFUL_HALF_LIFE_SECONDS)) == USEFUL_RECORDS_MAX / 2
    assert useful.is_useful(Monotonic(9 * USEFUL_HALF_LIFE_SECONDS))
    assert not useful.is_useful(Monotonic(10 * USEFUL_HALF_LIFE_SECONDS))


def test_a_neighbour_is_useful_since_it_first_told_or_brought_something() -> None:
    useful = place()
    useful.vouch(Monotonic(100.0))
    useful.gain(Monotonic(200.0), 1)

    assert useful.useful_since == 100.0
    useful.gain(Monotonic(100.0 + 20 * USEFUL_HALF_LIFE_SECONDS), 1)
    assert useful.useful_since == 100.0 + 20 * USEFUL_HALF_LIFE_SECONDS


def test_only_what_came_since_a_neighbour_is_here_tells_of_it() -> None:
    late = place(came_before=20.0)

    assert late.chances(20.0, Monotonic(0.0)) == 0.0
    assert late.chances(10.0 + 3.0, Monotonic(USEFUL_HALF_LIFE_SECONDS)) == 3.0
    assert late.chances(10_000.0, Monotonic(0.0)) == USEFUL_RECORDS_MAX
    assert not late.is_idle(20.0 + TELLING_RECORDS - 1, Monotonic(0.0))
    assert late.is_idle(20.0 + TELLING_RECORDS, Monotonic(0.0))
    late.gain(Monotonic(0.0), 1)
    assert not late.is_idle(20.0 + TELLING_RECORDS, Monotonic(0.0))
