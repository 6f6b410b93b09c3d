from peerset.core.allowance import Allowance
from peerset.core.clock import Monotonic


def test_an_allowance_is_full_at_first_and_fills_with_time() -> None:
    allowance = Allowance(2, 10)

    assert allowance.spend(10, Monotonic(5))
    assert not allowance.spend(1, Monotonic(5))
    assert allowance.spend(1, Monotonic(5.5))


def test_what_is_not_granted_costs_nothing() -> None:
    allowance = Allowance(2, 10)
    allowance.spend(8, Monotonic(0))

    assert not allowance.spend(3, Monotonic(0))
    assert allowance.spend(2, Monotonic(0))


def test_an_allowance_never_exceeds_its_burst() -> None:
    allowance = Allowance(2, 10)

    assert not allowance.spend(11, Monotonic(1_000_000))
    assert allowance.spend(10, Monotonic(1_000_000))


def test_a_burst_passes_and_the_next_waits_for_the_refill() -> None:
    allowance = Allowance(2.0, 3)

    assert [allowance.spend(1, Monotonic(100.0)) for _ in range(4)] == [True, True, True, False]
    assert not allowance.spend(1, Monotonic(100.25))
    assert allowance.spend(1, Monotonic(100.5))


def test_what_is_left_is_told_and_not_taken() -> None:
    allowance = Allowance(2.0, 3)
    allowance.spend(3, Monotonic(0))

    assert [allowance.left(Monotonic(now)) for now in (0, 1, 1, 100)] == [0, 2, 2, 3]


def test_what_is_left_can_be_taken() -> None:
    allowance = Allowance(2.0, 3)
    assert allowance.left(Monotonic(0)) == 3
    allowance.take(2)
    assert allowance.left(Monotonic(0)) == 1
