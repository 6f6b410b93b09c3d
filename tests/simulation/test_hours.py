"""A room of an hour: what is older is nowhere, and does not come back."""

import dataclasses

from peerset.testing.hours import Hours
from peerset.testing.scenarios import SCENARIOS


def test_a_day_of_a_room_of_an_hour_leaves_nothing_that_is_older() -> None:
    story = Hours(dataclasses.replace(SCENARIOS["hours"], days=1), 0)
    outcome = story.play()
    assert story.collected > 0
    assert outcome.records < story.collected
