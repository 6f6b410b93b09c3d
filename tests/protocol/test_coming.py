from peerset.core.clock import Monotonic
from peerset.core.limits import PULL_PATIENCE_SECONDS, RECENT_RECORDS_MAX
from peerset.core.signal import PeerId
from peerset.protocol.coming import Comings

ONE = PeerId("000001")


def test_what_came_is_known_until_it_came_through() -> None:
    comings = Comings()
    comings.begin(b"a", {ONE}, Monotonic(0.0))

    coming = comings.get(b"a")
    assert coming is not None
    assert coming.holders == {ONE}
    assert comings.end(b"a") is coming
    assert comings.get(b"a") is comings.end(b"a") is None


def test_what_does_not_come_through_in_time_is_forgotten() -> None:
    comings = Comings()
    comings.begin(b"a", {ONE}, Monotonic(0.0))
    comings.begin(b"b", {ONE}, Monotonic(1.0))
    comings.forget(Monotonic(PULL_PATIENCE_SECONDS))

    assert comings.get(b"a") is None
    assert comings.get(b"b") is not None


def test_of_too_many_the_oldest_go() -> None:
    comings = Comings()
    for number in range(RECENT_RECORDS_MAX + 1):
        comings.begin(number.to_bytes(8), {ONE}, Monotonic(0.0))
    comings.forget(Monotonic(0.0))

    assert comings.get((0).to_bytes(8)) is None
    assert comings.get((1).to_bytes(8)) is not None
