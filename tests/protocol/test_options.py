"""What whoever joins a room chose."""

import pytest

from peerset.core.clock import DAY_SECONDS
from peerset.core.rules import Rules
from peerset.protocol.options import Options

RULES = Rules(retention_seconds=30 * DAY_SECONDS)


@pytest.mark.parametrize(
    ("window_days", "content_days", "is_light"), [(None, 30, False), (7, 7, True), (30, 30, False), (90, 30, False)]
)
def test_content_is_kept_as_long_as_the_rules_say_unless_a_window_is_shorter(
    window_days: int | None, content_days: int, *, is_light: bool
) -> None:
    options = Options(rules=RULES, window_seconds=None if window_days is None else window_days * DAY_SECONDS)

    assert options.content_seconds == content_days * DAY_SECONDS
    assert options.is_light is is_light
