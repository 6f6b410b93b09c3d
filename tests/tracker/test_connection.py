"""Who may connect, from where, and how many."""

import pytest

from peerset.core.clock import Monotonic
from peerset.errors import SignalingError
from peerset.tracker.connection import FAULTS_BURST_MAX, Connections, make_socket
from peerset.tracker.limits import TrackerLimits
from peerset.tracker.origin import origin_of

NOW = Monotonic(0.0)


def test_there_is_room_for_so_many_connections() -> None:
    connections = Connections(TrackerLimits(connections=2))
    first = connections.admit(origin_of("192.0.2.1"))
    second = connections.admit(origin_of("192.0.2.2"))
    with pytest.raises(SignalingError, match="all 2 connections are taken; try again later"):
        connections.admit(origin_of("192.0.2.3"))
    assert (len(connections), connections.total, connections.refused) == (2, 2, 1)
    connections.remove(first)
    connections.remove(first)
    connections.admit(origin_of("192.0.2.3"))
    assert connections.get(first.source.connection) is None
    assert connections.get(second.source.connection) is second


def test_a_crowd_that_takes_every_place_makes_room_for_clients_from_elsewhere() -> None:
    connections = Connections(TrackerLimits(connections=4))
    # A network of many addresses is a crowd as well.
    crowd = [connections.admit(origin_of(address)) for address in ("8.8.8.1", "8.8.9.1", "8.8.8.2", "8.8.8.3")]
    guest = connections.admit(origin_of("8.8.7.7"))
    assert [connection in list(connections) for connection in crowd] == [True, True, True, False]
    # Nobody is sent away for one who would be as crowded.
    for address in ("8.8.8.4", "8.8.9.2"):
        with pytest.raises(SignalingError):
            connections.admit(origin_of(address))
    assert (len(connections), connections.refused) == (4, 2)
    for connection in (*crowd, guest):
        connections.remove(connection)
    assert len(connections) == 0


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2600::1", "2600::2", True),
        ("2600::1", "2600:0:0:1::1", False),
        ("unknown", "unknown", True),
        ("", "unknown", False),
    ],
)
def test_one_address_has_so_many_connections(first: str, second: str, is_same: bool) -> None:
    connections = Connections(TrackerLimits(connections_per_address=1))
    connection = connections.admit(origin_of(first))
    if is_same:
        with pytest.raises(SignalingError, match="1 connections are taken by your address"):
            connections.admit(origin_of(second))
    else:
        connections.admit(origin_of(second))
    connections.remove(connection)
    connections.admit(origin_of(first))


def test_a_client_that_says_little_is_heard_whatever_its_neighbours_do() -> None:
    limits = TrackerLimits(
        messages_free_per_second=1.0,
        messages_free_burst=2,
        messages_per_second_and_address=1.0,
        messages_burst_and_address=3,
    )
    connections = Connections(limits)
    loud, quiet, stranger = (connections.admit(origin_of(f"192.0.2.{host}")) for host in (1, 1, 2))
    assert [loud.is_within_pace(NOW) for _ in range(6)] == [True] * 5 + [False]
    assert [quiet.is_within_pace(NOW) for _ in range(3)] == [True] * 2 + [False]
    assert [stranger.is_within_pace(NOW) for _ in range(6)] == [True] * 5 + [False]
    assert quiet.is_within_pace(Monotonic(1.0))


def test_a_socket_takes_messages_of_a_bounded_size() -> None:
    assert make_socket(TrackerLimits(message_bytes=7))._max_msg_size == 7


def test_faults_are_forgiven_a_few_times() -> None:
    connection = Connections(TrackerLimits()).admit(origin_of("192.0.2.1"))
    assert [connection.forgive(NOW) for _ in range(FAULTS_BURST_MAX + 1)] == [True] * FAULTS_BURST_MAX + [False]
