import ipaddress

import pytest

from peerset.core.network import is_loopback, network_around, read_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:DB8::7", "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_an_address_is_read_in_one_way(text: str, address: str) -> None:
    assert read_address(text) == ipaddress.ip_address(address)


@pytest.mark.parametrize("text", ["", "somewhere", "203.0.113", "203.0.113.7:80", "%eth0"])
def test_what_is_no_address_is_none(text: str) -> None:
    assert read_address(text) is None


@pytest.mark.parametrize(
    ("address", "network"), [("203.0.113.7", "203.0.113.0/24"), ("2001:db8:1:2:3::7", "2001:db8:1:2::/64")]
)
def test_a_network_is_named_by_the_bits_of_its_version(address: str, network: str) -> None:
    assert str(network_around(ipaddress.ip_address(address), ipv4_bits=24, ipv6_bits=64)) == network


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        *[(host, True) for host in ("localhost", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1")],
        *[(host, False) for host in ("", "0.0.0.0", "::", "203.0.113.7", "localhost.example", "127.0.0.1.example")],
    ],
)
def test_this_machine_is_known_by_its_names(host: str, is_here: bool) -> None:
    assert is_loopback(host) is is_here
