import random
from functools import partial

from peerset.testing.clockwork import Clockwork


def clockwork() -> Clockwork:
    return Clockwork(random.Random(1))


def test_actions_happen_in_the_order_of_their_times_and_then_of_their_setting() -> None:
    clock, done = clockwork(), list[str]()
    clock.at(2.0, partial(done.append, "c"))
    clock.at(1.0, partial(done.append, "a"))
    clock.after(1.0, partial(done.append, "b"))

    clock.run(3.0)

    assert done == ["a", "b", "c"]
    assert clock.now == 3.0


def test_what_lies_beyond_the_run_waits() -> None:
    clock, done = clockwork(), list[str]()
    clock.at(5.0, partial(done.append, "late"))

    clock.run(4.0)
    assert done == []
    clock.run(1.0)
    assert done == ["late"]


def test_what_should_have_happened_before_happens_now() -> None:
    clock, times = clockwork(), list[float]()
    clock.run(10.0)

    clock.at(1.0, lambda: times.append(clock.now))
    clock.run(0.0)

    assert times == [10.0]


def test_a_random_time_lies_within_its_bound() -> None:
    clock, times = clockwork(), list[float]()
    for _ in range(100):
        clock.within(2.0, lambda: times.append(clock.now))

    clock.run(2.0)

    assert len(times) == 100


def test_what_was_due_during_a_jump_happens_at_its_end_in_order() -> None:
    clock, done = clockwork(), list[tuple[str, float]]()
    clock.at(2.0, lambda: done.append(("second", clock.now)))
    clock.at(1.0, lambda: done.append(("first", clock.now)))

    clock.skip(100.0)
    clock.run(0.0)

    assert done == [("first", 100.0), ("second", 100.0)]
