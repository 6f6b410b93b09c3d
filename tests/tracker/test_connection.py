"""Who may connect, from where, and how many."""

import pytest

from peerset.core.clock import Monotonic
from peerset.tracker.connection import FAULTS_BURST_MAX, Connections, TrackerLimits, address_of

NOW = Monotonic(0.0)


def test_there_is_room_for_so_many_connections() -> None:
    connections = Connections(TrackerLimits(connections=2))
    first = connections.admit("192.0.2.1")
    second = connections.admit("192.0.2.2")
    assert first is not None
    assert second is not None
    assert connections.admit("192.0.2.3") is None
    assert (len(connections), connections.total, connections.refused) == (2, 2, 1)
    connections.remove(first)
    assert connections.admit("192.0.2.3") is not None
    assert connections.get(first.source.connection) is None
    assert connections.get(second.source.connection) is second


def test_a_crowd_that_takes_every_place_makes_room_for_clients_from_elsewhere() -> None:
    connections = Connections(TrackerLimits(connections=4))
    crowd = [connections.admit(address) for address in ("192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.1")]
    guest = connections.admit("198.51.100.7")
    assert guest is not None
    assert [connection in list(connections) for connection in crowd] == [True, True, True, False]
    # Nobody is sent away for one who would be as crowded.
    assert connections.admit("192.0.2.1") is None
    assert connections.admit("192.0.2.2") is None
    assert (len(connections), connections.refused) == (4, 2)
    for connection in (*crowd, guest):
        assert connection is not None
        connections.remove(connection)
    assert len(connections) == 0


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("unknown", "unknown", True),
        ("", "unknown", False),
    ],
)
def test_one_network_has_so_many_connections(first: str, second: str, is_same: bool) -> None:
    connections = Connections(TrackerLimits(connections_per_address=1))
    connection = connections.admit(first)
    assert connection is not None
    assert (connections.admit(second) is None) == is_same
    connections.remove(connection)
    assert connections.admit(first) is not None


def test_faults_are_forgiven_a_few_times() -> None:
    connection = Connections(TrackerLimits()).admit("192.0.2.1")
    assert connection is not None
    assert [connection.forgive(NOW) for _ in range(FAULTS_BURST_MAX + 1)] == [True] * FAULTS_BURST_MAX + [False]


@pytest.mark.parametrize(
    ("peer", "header", "is_proxied", "address"),
    [
        ("192.0.2.1", None, True, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", False, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", True, "198.51.100.7"),
        ("192.0.2.1", "203.0.113.1, 198.51.100.7", True, "198.51.100.7"),
        ("192.0.2.1", "203.0.113.1,", True, "192.0.2.1"),
        (None, None, False, ""),
    ],
)
def test_only_what_our_own_proxy_appended_is_believed(
    peer: str | None, header: str | None, is_proxied: bool, address: str
) -> None:
    headers = {} if header is None else {"X-Forwarded-For": header}
    assert address_of(peer, headers, is_proxied=is_proxied) == address
