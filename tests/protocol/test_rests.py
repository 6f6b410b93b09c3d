import random

from peerset.core.clock import Monotonic
from peerset.core.limits import REDIAL_BASE_SECONDS, REDIAL_MAX_SECONDS, RESTS_MAX
from peerset.protocol.rests import Rests
from tests.protocol.dials import LARGER, SMALLER, stranger

NOW = Monotonic(1_000.0)


def after(seconds: float) -> Monotonic:
    return Monotonic(NOW + seconds)


def test_a_first_failure_costs_a_short_rest_and_a_fault_a_long_one() -> None:
    rests = Rests(random.Random(1))
    rests.add(LARGER, NOW, is_fault=False)
    rests.add(SMALLER, NOW, is_fault=True)
    assert rests.has(LARGER, after(REDIAL_BASE_SECONDS / 2 - 0.1))
    assert not rests.has(LARGER, after(REDIAL_BASE_SECONDS))
    assert rests.has(SMALLER, after(REDIAL_MAX_SECONDS / 2 - 0.1))
    assert not rests.has(stranger(1), NOW)


def test_a_failure_after_a_fault_shortens_no_rest() -> None:
    rests = Rests(random.Random(1))
    rests.add(LARGER, NOW, is_fault=True)
    rests.add(LARGER, NOW, is_fault=False)
    assert rests.has(LARGER, after(REDIAL_MAX_SECONDS / 2 - 0.1))


def test_failures_are_forgiven_unless_the_peer_rests() -> None:
    rests = Rests(random.Random(1))
    for number in range(3):
        rests.add(LARGER, after(number), is_fault=False)
    rests.forgive(LARGER, after(3))
    assert rests.has(LARGER, after(3))
    rests.forgive(LARGER, after(60))
    rests.add(LARGER, after(60), is_fault=False)
    assert not rests.has(LARGER, after(60 + REDIAL_BASE_SECONDS))


def test_only_so_many_are_remembered() -> None:
    rests = Rests(random.Random(1))
    for number in range(RESTS_MAX + 1):
        rests.add(stranger(number), NOW, is_fault=True)
    assert not rests.has(stranger(0), NOW)
    assert rests.has(stranger(1), NOW)
