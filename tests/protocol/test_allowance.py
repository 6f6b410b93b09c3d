from peerset.core.clock import Moment, Monotonic
from peerset.protocol.allowance import Allowance
from tests.protocol.pair import START


def at(seconds: float) -> Moment:
    return Moment(Monotonic(seconds), START)


def test_an_allowance_is_full_at_first_and_fills_with_time() -> None:
    allowance = Allowance(2, 10)

    assert allowance.spend(10, at(5))
    assert not allowance.spend(1, at(5))
    assert allowance.spend(1, at(5.5))


def test_what_is_not_granted_costs_nothing() -> None:
    allowance = Allowance(2, 10)
    allowance.spend(8, at(0))

    assert not allowance.spend(3, at(0))
    assert allowance.spend(2, at(0))


def test_an_allowance_never_exceeds_its_burst() -> None:
    allowance = Allowance(2, 10)

    assert not allowance.spend(11, at(1_000_000))
    assert allowance.spend(10, at(1_000_000))
