"""STUN and TURN servers, by address."""

import pytest

from peerset.core.ice import IceServer, place_of
from peerset.errors import ConfigError


@pytest.mark.parametrize("url", ["stun:example.org", "stuns:example.org:5349", "turn:[2001:db8::1]:3478?transport=tcp"])
def test_an_address_says_whether_it_relays(url: str) -> None:
    assert IceServer(url).is_relay is url.startswith("turn")


@pytest.mark.parametrize("url", ["", "example.org", "http://example.org", "stun:a b", "stun:x?transport=udp", "turn:"])
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="not of the form"):
        IceServer(url)


def test_a_credential_is_never_shown() -> None:
    assert "hidden" not in repr(IceServer("turn:example.org", "user", "hidden"))


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("stun:example.org", ("example.org", 3478)),
        ("turns:example.org?transport=tcp", ("example.org", 5349)),
        ("turn:[2001:db8::1]:99?transport=udp", ("2001:db8::1", 99)),
    ],
)
def test_a_server_is_at_a_place(url: str, place: tuple[str, int]) -> None:
    assert place_of(url) == place


def test_what_is_no_server_has_no_place() -> None:
    with pytest.raises(ConfigError, match="not of the form"):
        place_of("example.org")
