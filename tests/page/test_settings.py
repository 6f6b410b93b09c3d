"""What a served page is told."""

import pytest

from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.page.settings import PageSettings


def test_a_page_without_trackers_meets_at_the_public_ones() -> None:
    assert PageSettings(RoomName("peerset", "lobby")).signaling == ()


def test_a_tracker_that_is_no_websocket_address_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"https://tracker\.test"):
        PageSettings(RoomName("peerset", "lobby"), ("https://tracker.test",))
