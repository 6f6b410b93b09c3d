"""STUN and TURN servers, by address."""

import pytest

from peerset.core.ice import IceServer
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
