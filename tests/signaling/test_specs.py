"""Specs of signaling: what people type, by strategy."""

import pytest

from peerset.core.limits import SIGNALING_PLACES_MAX
from peerset.errors import ConfigError
from peerset.signaling.specs import Spec, are_local, parse_spec, places_by_strategy


@pytest.mark.parametrize(
    ("text", "strategy", "place", "host"),
    [
        ("wss://tracker.example", "torrent", "wss://tracker.example", "tracker.example"),
        ("ws://127.0.0.1:8000/path", "torrent", "ws://127.0.0.1:8000/path", "127.0.0.1"),
        ("torrent:wss://tracker.example", "torrent", "wss://tracker.example", "tracker.example"),
        ("nostr:wss://relay.example", "nostr", "wss://relay.example", "relay.example"),
        (
            "mqtt:wss://me:secret@broker.example:8084/mqtt",
            "mqtt",
            "wss://me:secret@broker.example:8084/mqtt",
            "broker.example",
        ),
        ("nostr:", "nostr", "", None),
        ("nostr", "nostr", "", None),
        ("lan:", "lan", "", None),
        ("lan:127.0.0.1", "lan", "127.0.0.1", "127.0.0.1"),
        ("folder:/media/shared", "folder", "/media/shared", None),
        ("relay:ws://[::1", "relay", "ws://[::1", None),
    ],
)
def test_a_spec_is_a_strategy_and_a_place(text: str, strategy: str, place: str, host: str | None) -> None:
    spec = parse_spec(text)
    assert (spec, spec.host) == (Spec(strategy, place), host)


@pytest.mark.parametrize(
    "text", ["", ":", ":wss://a", "Nostr:wss://a", "WSS://a", " nostr:", "no str:", "x" * 33, "1:"]
)
def test_what_is_no_spec_is_told_with_what_one_looks_like(text: str) -> None:
    with pytest.raises(ConfigError, match="does not say how to meet: write 'strategy:place'"):
        parse_spec(text)


def test_places_are_sorted_by_strategy_without_repeats() -> None:
    specs = ["wss://a", "nostr:", "torrent:wss://b", "lan", "lan:", "wss://a"]
    assert places_by_strategy(specs) == {"torrent": ["wss://a", "wss://b"], "nostr": None, "lan": None}


def test_without_specs_the_default_places_of_trackers_are_meant() -> None:
    assert places_by_strategy(None) == {"torrent": None}


def test_default_and_other_places_of_one_strategy_contradict_each_other() -> None:
    with pytest.raises(ConfigError, match="'nostr:' means the default places of nostr: name it alone, or each place"):
        places_by_strategy(["nostr", "nostr:wss://relay.example"])


@pytest.mark.parametrize("count", [0, SIGNALING_PLACES_MAX + 1])
def test_there_are_as_many_places_as_the_limit_says(count: int) -> None:
    with pytest.raises(ConfigError, match=f"{count} ways to meet are given, expected 1 to {SIGNALING_PLACES_MAX}"):
        places_by_strategy([f"relay:wss://{number}.example" for number in range(count)])


@pytest.mark.parametrize(
    ("specs", "are_so"),
    [
        (None, False),
        ([], False),
        (["lan:"], True),
        (["lan"], True),
        (["lan:192.168.0.2", "lan:10.0.0.2"], True),
        (["lan:", "torrent:"], False),
        (["land:"], False),
    ],
)
def test_peers_are_local_when_nothing_else_brings_them_together(specs: list[str] | None, *, are_so: bool) -> None:
    assert are_local(specs) is are_so
