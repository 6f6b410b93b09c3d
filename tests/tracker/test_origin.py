"""Where clients are, and whose word counts on it."""

import pytest

from peerset.errors import ConfigError
from peerset.tracker.origin import Origin, Proxies, origin_of


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("8.8.8.8", Origin("8.8.8.8", "8.8.8.0/24")),
        ("::ffff:8.8.8.8", Origin("8.8.8.8", "8.8.8.0/24")),
        ("2600:1:2:3::9", Origin("2600:1:2:3::/64", "2600:1:2::/48")),
        # A host each: whoever is here is nearby.
        ("127.0.0.1", Origin("127.0.0.1", "127.0.0.1")),
        ("192.168.1.7", Origin("192.168.1.7", "192.168.1.7")),
        ("fd00::7", Origin("fd00::7", "fd00::7")),
        ("::1", Origin("::1", "::1")),
        ("unknown", Origin("unknown", "unknown")),
        ("", Origin("", "")),
    ],
)
def test_an_address_has_a_network_around_it(address: str, origin: Origin) -> None:
    assert origin_of(address) == origin


@pytest.mark.parametrize(
    ("peer", "header", "address"),
    [
        ("127.0.0.1", None, "127.0.0.1"),
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("::ffff:127.0.0.1", "198.51.100.7", "198.51.100.7"),
        # What the client itself wrote in front is not believed.
        ("127.0.0.1", "203.0.113.1, 198.51.100.7", "198.51.100.7"),
        # Two proxies of ours in a row.
        ("127.0.0.1", "203.0.113.1, 198.51.100.7, 10.1.2.3", "198.51.100.7"),
        ("127.0.0.1", "10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", "203.0.113.1,", "127.0.0.1"),
        # Whoever comes past the proxy says nothing of weight.
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("unix", "198.51.100.7", "unix"),
        (None, "198.51.100.7", ""),
    ],
)
def test_only_what_named_proxies_appended_is_believed(peer: str | None, header: str | None, address: str) -> None:
    headers = {} if header is None else {"X-Forwarded-For": header}
    assert Proxies(["127.0.0.1", "10.0.0.0/8"]).address_of(peer, headers) == address


@pytest.mark.parametrize(
    ("peer", "header", "is_overlooked"),
    [
        ("10.0.0.1", "198.51.100.7", True),
        ("10.0.0.1", None, False),
        ("127.0.0.1", "198.51.100.7", False),
        # Anybody may write the header; only a proxy is nearby.
        ("8.8.8.8", "198.51.100.7", False),
        (None, "198.51.100.7", False),
    ],
)
def test_a_proxy_that_nobody_named_is_noticed(peer: str | None, header: str | None, is_overlooked: bool) -> None:
    headers = {} if header is None else {"X-Forwarded-For": header}
    assert Proxies(["127.0.0.1"]).overlooks(peer, headers) is is_overlooked


def test_a_proxy_that_is_no_address_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"the proxy 'nginx' is no address like 127.0.0.1"):
        Proxies(["nginx"])
