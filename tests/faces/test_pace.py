"""How fast a client is read."""

from peerset.core.clock import Monotonic
from peerset.faces.pace import Pace


def test_what_goes_beyond_is_waited_for_and_nothing_is_refused() -> None:
    pace = Pace(10, 5)
    assert [pace.take(1, Monotonic(100.0)) for _ in range(5)] == [0] * 5
    assert [round(pace.take(1, Monotonic(100.0)), 3) for _ in range(3)] == [0.1, 0.2, 0.3]
    assert pace.take(1, Monotonic(100.4)) == 0
    assert round(pace.take(20, Monotonic(100.4)), 3) == 2
