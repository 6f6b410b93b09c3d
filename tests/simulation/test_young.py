import pytest

from peerset.testing.scenarios import SCENARIOS
from peerset.testing.story import Story


@pytest.mark.parametrize("seed", range(2))
def test_more_young_records_than_a_slow_line_takes_close_no_channel_and_blame_nobody(seed: int) -> None:
    story = Story(SCENARIOS["young"], seed)
    assert story.play().happened > 0
    assert story.swarm.links.overflows == 0
