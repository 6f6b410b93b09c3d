from peerset.core.limits import (
    ATTEMPT_YIELD_SECONDS,
    ATTEMPTS_MAX,
    CHANNELS_PER_OFFERED,
    FEELER_INTERVAL_SECONDS,
    NEWCOMER_SECONDS,
    NEWCOMER_TRIES,
    NEWCOMERS_MAX,
    OFFERS_POOLED,
    OPEN_STABLE_SECONDS,
    REDIAL_BASE_SECONDS,
    REDIAL_MAX_SECONDS,
    RESTS_MAX,
)
from peerset.protocol.dialing import Dialing
from peerset.protocol.dials import DialState
from peerset.protocol.effects import (
    Announce,
    Disconnect,
    DropOffers,
    MakeAnswer,
    MakeOffers,
)
from peerset.protocol.inputs import (
    Closed,
    DialFailed,
)
from peerset.protocol.mesh import Mesh
from tests.protocol.dials import LARGER, START, answered, dialing, dialing_in, later, offered, opened, pooled, stranger


def test_rests_grow_with_every_failure_and_end() -> None:
    machine = dialing()
    at, rests = 0.0, []

    for _ in range(10):
        machine.receive(offered(LARGER), later(at))
        machine.receive(DialFailed(LARGER, "out of reach"), later(at))
        rest = next(second for second in range(1, 200) if machine.state(LARGER, later(at + second)) is DialState.IDLE)
        rests.append(rest)
        at += rest

    assert rests[0] <= REDIAL_BASE_SECONDS
    assert REDIAL_MAX_SECONDS / 2 <= rests[-1] <= REDIAL_MAX_SECONDS


def test_a_peer_that_failed_long_ago_begins_anew() -> None:
    machine = dialing()
    for at in (0.0, 3.0, 8.0, 1_000.0):
        machine.receive(offered(LARGER), later(at))
        machine.receive(DialFailed(LARGER, "out of reach"), later(at))

    assert machine.state(LARGER, later(1_000 + REDIAL_BASE_SECONDS)) is DialState.IDLE


def test_a_peer_that_sent_something_illegal_rests_long_at_once() -> None:
    machine = dialing_in(DialState.ANSWERING, LARGER)

    machine.receive(DialFailed(LARGER, "the offer holds media", is_fault=True), START)

    assert machine.state(LARGER, later(REDIAL_MAX_SECONDS / 2 - 1)) is DialState.RESTING


def test_a_channel_that_closes_soon_after_it_opened_counts_as_a_failure() -> None:
    machine = dialing()
    machine.receive(opened(LARGER), START)

    machine.receive(Closed(LARGER, "banned"), later(OPEN_STABLE_SECONDS - 1))

    assert machine.state(LARGER, later(OPEN_STABLE_SECONDS - 1)) is DialState.RESTING


def test_a_stable_channel_makes_up_for_earlier_failures() -> None:
    machine = dialing_in(DialState.RESTING, LARGER)
    machine.receive(opened(LARGER), START)

    machine.receive(Closed(LARGER, "gone"), later(OPEN_STABLE_SECONDS))

    assert machine.state(LARGER, later(OPEN_STABLE_SECONDS)) is DialState.IDLE


def test_a_full_room_lets_a_few_newcomers_try_and_announces_no_offer() -> None:
    machine = dialing(peers_max=2)
    machine.receive(opened(stranger(1)), START)
    machine.receive(opened(stranger(2)), START)

    for number in range(10, 10 + NEWCOMERS_MAX):
        offer = offered(stranger(number))
        assert machine.receive(offer, START) == [MakeAnswer(offer.peer, offer.offer)]
    assert machine.receive(offered(LARGER), START) == []
    dropped = tuple(pooled(number).id for number in range(OFFERS_POOLED))
    announced = [effect for effect in machine.tick(later(100)) if not isinstance(effect, Disconnect)]
    assert announced == [Announce(()), DropOffers(dropped)]


def filled(mesh: Mesh) -> Dialing:
    """A machine that has won as many places by its offers as it may."""
    machine = dialing(mesh=mesh)
    for number in range(mesh.places // CHANNELS_PER_OFFERED):
        machine.receive(answered(stranger(number), number), START)
        machine.receive(opened(stranger(number)), START)
        mesh.open(stranger(number), "", START)
    return machine


def test_who_filled_a_third_of_its_places_by_offers_only_answers_once_a_record_came() -> None:
    mesh = Mesh(2 * CHANNELS_PER_OFFERED)
    machine = filled(mesh)
    mesh.gained(stranger(0), START)

    announced = [effect for effect in machine.tick(later(100)) if isinstance(effect, Announce)]

    assert announced == [Announce(())]
    assert machine.deadline is None
    assert machine.receive(offered(LARGER), later(101)) == [MakeAnswer(LARGER, offered(LARGER).offer)]


def test_a_newcomer_that_hears_of_no_record_offers_to_three_more_now_and_then() -> None:
    machine = filled(Mesh(2 * CHANNELS_PER_OFFERED))

    [announced] = [effect for effect in machine.tick(later(5)) if isinstance(effect, Announce)]
    assert len(announced.offers) == NEWCOMER_TRIES
    for number in range(NEWCOMER_TRIES):
        machine.receive(answered(stranger(10 + number), OFFERS_POOLED - 1 - number), later(10))
        machine.receive(opened(stranger(10 + number)), later(10))
    machine.tick(later(10))
    assert machine.deadline == later(10 + FEELER_INTERVAL_SECONDS).monotonic
    assert machine.tick(later(10 + FEELER_INTERVAL_SECONDS)) == [MakeOffers(1)], "one place is left"


def test_who_has_heard_of_no_record_for_long_offers_to_one_more_now_and_then() -> None:
    machine = filled(Mesh(4 * CHANNELS_PER_OFFERED))
    at_last = later(NEWCOMER_SECONDS)

    [announced] = [effect for effect in machine.tick(at_last) if isinstance(effect, Announce)]

    assert len(announced.offers) == 1


def test_a_place_that_falls_free_is_offered() -> None:
    machine = dialing(peers_max=1)
    machine.receive(opened(LARGER), START)
    machine.tick(later(100))

    assert machine.receive(Closed(LARGER, "gone"), later(150)) == [MakeOffers(1)]


def test_a_flood_of_offers_from_fresh_ids_is_bounded() -> None:
    machine = dialing(peers_max=64)

    effects = [effect for number in range(1_000) for effect in machine.receive(offered(stranger(number)), START)]

    assert len(effects) == machine.attempt_count == ATTEMPTS_MAX


def test_during_a_flood_an_attempt_that_had_its_time_gives_way() -> None:
    machine = dialing(peers_max=64)
    for number in range(ATTEMPTS_MAX):
        machine.receive(offered(stranger(number)), START)

    assert machine.receive(offered(LARGER), later(ATTEMPT_YIELD_SECONDS - 1)) == []
    effects = machine.receive(offered(LARGER), later(ATTEMPT_YIELD_SECONDS))

    assert effects == [
        Disconnect(stranger(0), "gave way to another attempt"),
        MakeAnswer(LARGER, offered(LARGER).offer),
    ]
    assert machine.attempt_count == ATTEMPTS_MAX


def test_the_memory_of_failures_is_bounded() -> None:
    machine = dialing()

    for number in range(RESTS_MAX + 1):
        machine.receive(offered(stranger(number)), START)
        machine.receive(DialFailed(stranger(number), "out of reach"), START)

    assert machine.state(stranger(0), START) is DialState.IDLE
    assert machine.state(stranger(1), START) is DialState.RESTING
