import pytest

from peerset.core.ice import IceServer
from peerset.errors import ConfigError
from peerset.transports.options import check_relay
from peerset.transports.webrtc import DEFAULT_ICE_SERVERS


@pytest.mark.parametrize(
    "url",
    [
        "stun:stun.example.org",
        "stun:192.0.2.1:3478",
        "turn:turn.example.org:3478?transport=udp",
        "turns:turn.example.org:5349?transport=tcp",
        "stun:[2001:db8::1]:3478",
    ],
)
def test_stun_and_turn_addresses_are_taken(url: str) -> None:
    assert IceServer(url).is_relay is url.startswith("turn")


@pytest.mark.parametrize(
    "url", ["", "stun:", "http://example.org", "stun:a b", "stun:host:port", "stun:host?transport=udp", "turn:h?x=1"]
)
def test_other_addresses_are_the_callers_error(url: str) -> None:
    with pytest.raises(ConfigError, match="is not of the form"):
        IceServer(url)


def test_hiding_addresses_needs_a_relay() -> None:
    with pytest.raises(ConfigError, match="needs a TURN server"):
        check_relay(DEFAULT_ICE_SERVERS)
    check_relay([*DEFAULT_ICE_SERVERS, IceServer("turn:turn.example.org")])
