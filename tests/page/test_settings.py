"""What a served page is told."""

import pytest

from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.page.settings import PageSettings


def test_a_page_without_trackers_meets_at_the_public_ones() -> None:
    assert PageSettings(RoomName("peerset", "lobby")).signaling == ()


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("https://tracker.test", "a page cannot meet by 'https'; there are: torrent, nostr, mqtt, relay"),
        ("lan:", "a page cannot meet by 'lan'"),
        ("torrent:https://tracker.test", r"the tracker 'https://tracker\.test' is not an address"),
        ("nostr:relay.test", r"the place 'relay\.test' is not an address"),
        ("?", "does not say how to meet"),
    ],
)
def test_what_a_page_cannot_meet_by_is_refused(spec: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        PageSettings(RoomName("peerset", "lobby"), (spec,))


def test_a_page_meets_by_several_strategies() -> None:
    specs = ("wss://tracker.test", "nostr:", "relay:ws://127.0.0.1:8000")
    assert PageSettings(RoomName("peerset", "lobby"), specs).signaling == specs
