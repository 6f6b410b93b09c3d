"""Who may connect, from where, and how many; what is heard of one, and how it ends."""

import asyncio
from dataclasses import replace
from typing import Any, Final

import pytest

from peerset.core.clock import Monotonic
from peerset.errors import SignalingError
from peerset.tracker.connection import CLOSE_TIMEOUT_SECONDS, FAULTS_BURST_MAX, Connections, TrackerConnection
from peerset.tracker.frames import CLOSE, PING, TEXT, frame_of
from peerset.tracker.limits import TrackerLimits
from peerset.tracker.origin import Origin, origin_of
from tests.tracker.test_frames import frame

NOW = Monotonic(0.0)
HELLO: Final = frame(TEXT, b"hello")
GOODBYE: Final = frame_of(CLOSE, (1000).to_bytes(2))


class Wire(asyncio.Transport):
    """A transport that keeps what is written, and whose other end is slow to close."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.done: list[str] = []

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def is_closing(self) -> bool:
        return bool(self.done)

    def close(self) -> None:
        self.done.append("close")

    def abort(self) -> None:
        self.done.append("abort")


class Tracker:
    """Notes what it hears of one client."""

    def __init__(self, **limits: float) -> None:
        self.heard: list[str] = []
        self.wire = Wire()
        self.connections = Connections(replace(TrackerLimits(), **limits))  # type: ignore[arg-type]
        self.client = self.connections.admit(origin_of("192.0.2.1"), self)

    def hear(self, connection: TrackerConnection, text: str, now: Monotonic) -> None:
        self.heard.append(text)
        connection.mailbox.put(f"heard {text}")

    def forget(self, connection: TrackerConnection) -> None:
        self.connections.remove(connection)

    def receive(self, *frames: bytes) -> None:
        if not self.client.is_open:
            self.client.connection_made(self.wire)
        self.client.data_received(b"".join(frames))


def admit(connections: Connections, origin: Origin) -> TrackerConnection:
    return connections.admit(origin, Tracker())


def test_there_is_room_for_so_many_connections() -> None:
    connections = Connections(TrackerLimits(connections=2))
    first = admit(connections, origin_of("192.0.2.1"))
    second = admit(connections, origin_of("192.0.2.2"))
    with pytest.raises(SignalingError, match="all 2 connections are taken; try again later"):
        admit(connections, origin_of("192.0.2.3"))
    assert (len(connections), connections.total, connections.refused) == (2, 2, 1)
    connections.remove(first)
    connections.remove(first)
    admit(connections, origin_of("192.0.2.3"))
    assert connections.get(first.source.connection) is None
    assert connections.get(second.source.connection) is second


def test_a_crowd_that_takes_every_place_makes_room_for_clients_from_elsewhere() -> None:
    connections = Connections(TrackerLimits(connections=4))
    # A network of many addresses is a crowd as well.
    crowd = [admit(connections, origin_of(address)) for address in ("8.8.8.1", "8.8.9.1", "8.8.8.2", "8.8.8.3")]
    guest = admit(connections, origin_of("8.8.7.7"))
    assert [connection in list(connections) for connection in crowd] == [True, True, True, False]
    # Nobody is sent away for one who would be as crowded.
    for address in ("8.8.8.4", "8.8.9.2"):
        with pytest.raises(SignalingError):
            admit(connections, origin_of(address))
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
    connection = admit(connections, origin_of(first))
    if is_same:
        with pytest.raises(SignalingError, match="1 connections are taken by your address"):
            admit(connections, origin_of(second))
    else:
        admit(connections, origin_of(second))
    connections.remove(connection)
    admit(connections, origin_of(first))


def test_a_client_that_says_little_is_heard_whatever_its_neighbours_do() -> None:
    limits = TrackerLimits(
        messages_free_per_second=1.0,
        messages_free_burst=2,
        messages_per_second_and_address=1.0,
        messages_burst_and_address=3,
    )
    connections = Connections(limits)
    loud, quiet, stranger = (admit(connections, origin_of(f"192.0.2.{host}")) for host in (1, 1, 2))
    assert [loud.is_within_pace(NOW) for _ in range(6)] == [True] * 5 + [False]
    assert [quiet.is_within_pace(NOW) for _ in range(3)] == [True] * 2 + [False]
    assert [stranger.is_within_pace(NOW) for _ in range(6)] == [True] * 5 + [False]
    assert quiet.is_within_pace(Monotonic(1.0))


async def test_what_a_client_says_is_heard_at_once_and_answered_in_the_next_round() -> None:
    tracker = Tracker()
    tracker.receive(HELLO, frame(0x01, b"in "), frame(0x80, b"pieces"))
    assert (tracker.heard, tracker.wire.written) == (["hello", "in pieces"], b"")
    await asyncio.sleep(0)
    assert tracker.wire.written == frame_of(TEXT, b"heard hello") + frame_of(TEXT, b"heard in pieces")


async def test_a_message_of_more_than_it_may_have_ends_the_connection_and_nothing_is_heard_after_it() -> None:
    tracker = Tracker(message_bytes=7)
    tracker.receive(frame(TEXT, b"7 bytes"), frame(TEXT, b"8 bytes."), HELLO)
    tracker.receive(HELLO)
    await asyncio.sleep(CLOSE_TIMEOUT_SECONDS)
    assert tracker.heard == ["7 bytes"]
    assert tracker.wire.written.endswith(frame_of(CLOSE, (1009).to_bytes(2)))
    assert tracker.wire.done == ["abort"]


async def test_pieces_of_a_message_count_as_messages() -> None:
    tracker = Tracker(messages_per_second=0.001, messages_burst=3)
    tracker.receive(frame(0x01), frame(0x00), frame(0x00), frame(0x00), frame(0x80, b"the end"))
    assert tracker.heard == []
    assert tracker.wire.written == frame_of(CLOSE, (1008).to_bytes(2))


async def test_a_goodbye_is_answered_after_what_waits_and_ends_the_connection() -> None:
    tracker = Tracker()
    tracker.receive(HELLO, frame(CLOSE, (3001).to_bytes(2)), HELLO)
    assert tracker.heard == ["hello"]
    assert tracker.wire.written == frame_of(TEXT, b"heard hello") + frame_of(CLOSE, (3001).to_bytes(2))
    assert tracker.wire.done == ["close"]
    # Its other end may not read what waits.
    await asyncio.sleep(CLOSE_TIMEOUT_SECONDS)
    assert tracker.wire.done == ["close", "abort"]


async def test_who_is_said_goodbye_to_is_not_heard_any_more_but_may_answer_it() -> None:
    tracker = Tracker()
    tracker.receive()
    tracker.client.part()
    tracker.client.part()
    tracker.receive(HELLO, frame(PING), frame(CLOSE))
    assert (tracker.heard, tracker.wire.written, tracker.wire.done) == ([], GOODBYE, ["close"])
    tracker.client.connection_lost(None)
    await asyncio.sleep(2 * CLOSE_TIMEOUT_SECONDS)
    assert (tracker.wire.done, len(tracker.connections)) == (["close"], 0)


async def test_who_sends_no_more_gets_what_waits_and_has_a_second_to_read_it() -> None:
    tracker = Tracker()
    tracker.receive(HELLO)
    tracker.client.eof_received()
    assert tracker.wire.written == frame_of(TEXT, b"heard hello")
    await asyncio.sleep(CLOSE_TIMEOUT_SECONDS)
    assert tracker.wire.done == ["abort"]


async def test_who_is_turned_away_is_not_heard_and_gone_even_before_it_was_there() -> None:
    tracker = Tracker()
    tracker.client.turn_away()
    tracker.receive(HELLO)
    assert (tracker.heard, tracker.wire.written, tracker.wire.done) == ([], b"", ["abort"])
    tracker.client.connection_lost(None)
    assert len(tracker.connections) == 0


async def test_who_is_behind_with_reading_is_sent_the_rest_when_it_has_caught_up() -> None:
    tracker = Tracker()
    tracker.receive()
    tracker.client.pause_writing()
    tracker.receive(HELLO)
    await asyncio.sleep(0)
    assert tracker.wire.written == b""
    tracker.client.resume_writing()
    assert tracker.wire.written == frame_of(TEXT, b"heard hello")


async def test_closing_says_goodbye_to_all_and_is_done_when_they_are_gone() -> None:
    tracker = Tracker()
    tracker.receive()
    loop = asyncio.get_running_loop()
    began = loop.time()
    loop.call_later(0.5, tracker.client.connection_lost, None)
    await tracker.connections.aclose()
    assert tracker.wire.written == frame_of(CLOSE, (1001).to_bytes(2))
    assert loop.time() - began == pytest.approx(0.5)
    await tracker.connections.aclose()


async def test_faults_are_forgiven_a_few_times() -> None:
    tracker = Tracker()
    tracker.receive()
    for _ in range(FAULTS_BURST_MAX):
        tracker.client.forgive(NOW)
    assert tracker.wire.written == b""
    tracker.client.forgive(NOW)
    assert tracker.wire.written == frame_of(CLOSE, (1008).to_bytes(2))
