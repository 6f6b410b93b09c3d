import pytest

from peerset.core.limits import SIGNALING_PLACES_MAX
from peerset.errors import ConfigError
from peerset.signaling.addresses import check_addresses
from peerset.signaling.torrent import DEFAULT_TRACKERS


@pytest.mark.parametrize(
    "trackers",
    [
        [],
        [f"ws://tracker{number}.example" for number in range(SIGNALING_PLACES_MAX + 1)],
        ["https://tracker.example"],
        ["wss://"],
        ["tracker.example"],
        ["wss://tracker.example:port"],
        ["wss://tracker.example:99999"],
        ["wss://tracker.example:0"],
        ["wss://tracker.example/a b"],
        ["wss://tracker.example\n"],
        ["ws://[::1"],
        [""],
    ],
)
def test_what_is_no_list_of_trackers_is_refused(trackers: list[str]) -> None:
    with pytest.raises(ConfigError):
        check_addresses(trackers, noun="tracker")


def test_repeated_trackers_count_once() -> None:
    assert check_addresses([*DEFAULT_TRACKERS, DEFAULT_TRACKERS[0]], noun="tracker") == list(DEFAULT_TRACKERS)


def test_an_error_names_what_is_wrong_and_shows_a_good_one() -> None:
    with pytest.raises(ConfigError, match=r"the relay 'nowhere' is not an address like wss://relay\.example"):
        check_addresses(["nowhere"], noun="relay")
