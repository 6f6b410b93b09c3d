import dataclasses

from peerset.testing.scenarios import SCENARIOS
from peerset.testing.years import Years


def test_400_days_of_visits_leave_what_is_kept_and_pinned_and_nothing_that_was_deleted() -> None:
    story = Years(SCENARIOS["years"], 0)
    outcome = story.play()
    assert story.shown > 0
    assert outcome.records > 0


def test_a_permanent_room_loses_nothing() -> None:
    story = Years(dataclasses.replace(SCENARIOS["permanent"], days=60), 0)
    assert story.play().records > 0
    assert story.shown == 0
