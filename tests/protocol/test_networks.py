import pytest

from peerset.protocol.networks import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.114.7", "203.0.114.0/24"),
        ("::ffff:203.0.114.9", "203.0.114.0/24"),
        ("2600:1f18:1234:5678::1", "2600:1f18:1234::/48"),
        ("192.168.1.7", "192.168.1.7"),
        ("fd12::1%eth0", "fd12::1"),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("", ""),
        ("somewhere", ""),
    ],
)
def test_an_address_lies_in_its_24_or_48_and_a_private_one_by_itself(address: str, network: str) -> None:
    assert network_of(address) == network
