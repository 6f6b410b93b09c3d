from peerset.core.clock import Monotonic
from peerset.core.limits import FEELER_INTERVAL_MAX_SECONDS, FEELER_INTERVAL_SECONDS
from peerset.protocol.feelers import Feelers


def test_the_first_try_is_due_at_once_and_the_next_a_while_later() -> None:
    feelers = Feelers()
    assert feelers.is_due(Monotonic(0.0))
    feelers.feel(Monotonic(10.0))

    assert not feelers.is_due(Monotonic(10.0 + FEELER_INTERVAL_SECONDS - 0.1))
    assert feelers.is_due(Monotonic(10.0 + FEELER_INTERVAL_SECONDS))


def test_several_may_be_tried_at_once_before_the_next_wait() -> None:
    feelers = Feelers()
    assert feelers.left(Monotonic(0.0), 3) == 3
    feelers.feel(Monotonic(0.0), 3)
    assert feelers.left(Monotonic(1.0), 3) == 2
    assert feelers.left(Monotonic(1.0)) == 1, "who tries one at a time from now on is not stuck"
    feelers.feel(Monotonic(1.0), 3)
    feelers.feel(Monotonic(2.0), 3)

    assert feelers.left(Monotonic(2.0), 3) == 0
    assert feelers.due_at == 2.0 + FEELER_INTERVAL_SECONDS


def test_tries_in_vain_double_the_wait_up_to_a_limit_and_hurry_ends_it() -> None:
    feelers = Feelers()
    feelers.feel(Monotonic(0.0))
    feelers.fail()
    assert feelers.due_at == 2 * FEELER_INTERVAL_SECONDS
    for _ in range(10):
        feelers.fail()

    assert feelers.due_at == FEELER_INTERVAL_MAX_SECONDS
    feelers.hurry()
    assert feelers.due_at == FEELER_INTERVAL_SECONDS
