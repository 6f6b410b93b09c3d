import pytest

from peerset.core.clock import Monotonic
from peerset.core.limits import DIAL_INTERVAL_SECONDS, DIALS_REMEMBERED_MAX, MET_KEYS_MAX, MET_SECONDS
from peerset.protocol.recently import Recently


@pytest.mark.parametrize(
    ("seconds", "most"), [(MET_SECONDS, MET_KEYS_MAX), (DIAL_INTERVAL_SECONDS, DIALS_REMEMBERED_MAX)]
)
def test_what_happened_is_remembered_for_a_while_and_not_without_end(seconds: float, most: int) -> None:
    recently = Recently(seconds, most)
    for number in range(most + 1):
        recently.note(str(number), Monotonic(0.0))

    assert not recently.has("0", Monotonic(0.0))
    assert recently.has("1", Monotonic(0.0))
    assert recently.forget(Monotonic(1.0)) == most
    assert recently.forget(Monotonic(seconds)) == 0
