"""How the command line says the ways to meet."""

import pytest

from peerset.cli.meeting import MeetingOptions, split_list
from peerset.core.ice import IceServer
from peerset.signaling.specs import all_on_loopback


def test_lists_may_be_repeated_or_separated() -> None:
    assert split_list(["ws://a, ws://b", "ws://c\nws://d", " "]) == ["ws://a", "ws://b", "ws://c", "ws://d"]
    assert split_list(None) == []


@pytest.mark.parametrize(
    ("signaling", "are_local"),
    [
        (["ws://127.0.0.1:8000", "ws://[::1]:80/x", "ws://localhost"], True),
        (["ws://127.0.0.1:8000", "wss://tracker.example"], False),
        ([], False),
        (None, False),
        (["ws://127.0.0.1.example.org"], False),
    ],
)
def test_peers_meet_on_loopback_when_all_signaling_is_there(signaling: list[str] | None, are_local: bool) -> None:
    assert all_on_loopback(signaling) is are_local


def test_no_servers_are_asked_when_all_signaling_is_local() -> None:
    assert MeetingOptions(signaling=["ws://127.0.0.1:8000"]).ice_servers == []
    assert MeetingOptions(signaling=["wss://tracker.example"]).ice_servers is None
    assert MeetingOptions().specs is None


def test_servers_are_taken_by_their_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERSET_TURN_USERNAME", "me")
    monkeypatch.delenv("PEERSET_TURN_CREDENTIAL", raising=False)
    options = MeetingOptions(ice_server=["stun:a:1", "turn:b:2"])
    assert options.ice_servers == [IceServer("stun:a:1"), IceServer("turn:b:2", "me")]
