"""Who listens to a room."""

from typing import Any

import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.limits import EVENTS_BUFFERED_MAX
from peerset.core.record import RecordId
from peerset.core.signal import PeerId
from peerset.errors import ConfigError, RoomClosedError
from peerset.protocol.health import Budget
from peerset.room.audience import Audience, Traffic, call, read_event_kinds

EVENT = peerset.RecordKnown(RecordId(bytes(32)))
OTHER = peerset.RecordDeleted(RecordId(bytes(32)), RecordId(bytes(32)))
PEER = PeerId("0000")


def test_a_listener_hears_events_until_it_stops() -> None:
    audience, heard = Audience(), list[peerset.Event]()
    stop = audience.on(heard.append)
    again = audience.on(heard.append)
    audience.take(EVENT)
    stop()
    stop()
    audience.take(OTHER)
    again()
    audience.take(EVENT)
    assert heard == [EVENT, EVENT, OTHER]


async def test_a_watcher_sees_messages_until_it_stops_and_all_are_counted() -> None:
    audience, seen = Audience(), list[Traffic]()
    stop = audience.watch(seen.append)
    audience.overhear(PEER, "in", b"nonsense")
    stop()
    audience.overhear(PEER, "out", b"more")
    assert seen == [Traffic(PEER, "in", "?", 8, seen[0].at)]
    assert (audience.tally.received_bytes, audience.tally.sent_bytes) == (8, 4)


async def test_a_stream_gives_the_kinds_that_were_asked_for() -> None:
    audience = Audience()
    some, everything = audience.stream((peerset.RecordDeleted,)), audience.stream()
    audience.take(EVENT)
    audience.take(OTHER)
    audience.close()
    assert [event async for event in some] == [OTHER]
    assert [event async for event in everything] == [EVENT, OTHER]


async def test_a_slow_reader_is_a_budget_that_bites_until_it_has_read_all() -> None:
    audience = Audience(lambda: UnixTime(7))
    slow, quick = audience.stream(), audience.stream()
    for _ in range(EVENTS_BUFFERED_MAX + 3):
        audience.take(OTHER)
        assert await anext(quick) == OTHER
    assert audience.budget == Budget("events", EVENTS_BUFFERED_MAX, EVENTS_BUFFERED_MAX, UnixTime(7), 3)
    for _ in range(EVENTS_BUFFERED_MAX + 1):
        assert audience.budget.since == 7
        await anext(slow)
    assert audience.budget == Budget("events", 0, EVENTS_BUFFERED_MAX, None, 3)


async def test_streams_end_with_the_rooms_failure() -> None:
    audience, heard = Audience(), list[peerset.Event]()
    stream = audience.stream()
    audience.on(heard.append)
    audience.fail(RoomClosedError("broken"))
    audience.take(EVENT)
    assert heard == []
    with pytest.raises(RoomClosedError, match="broken"):
        await anext(stream)


def test_a_callback_that_fails_is_logged_and_breaks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[peerset.Event] = []

    def fail(_: object) -> None:
        raise ZeroDivisionError

    audience = Audience()
    audience.on(fail)
    audience.on(heard.append)
    audience.take(EVENT)
    assert heard == [EVENT]
    assert "ZeroDivisionError" in caplog.text
    call(heard.append, OTHER)
    assert heard == [EVENT, OTHER]


def test_events_are_chosen_by_their_classes() -> None:
    assert read_event_kinds((peerset.RecordAdded,)) == (peerset.RecordAdded,)
    assert peerset.RecordAdded in read_event_kinds((peerset.Event,))
    for bad in ("RecordAdded", 5, None):
        with pytest.raises(ConfigError):
            read_event_kinds((bad,))


def test_what_cannot_be_called_is_refused() -> None:
    nothing: Any = "nothing"
    for enlist in (Audience().on, Audience().watch):
        with pytest.raises(ConfigError, match="'nothing' cannot be called"):
            enlist(nothing)
