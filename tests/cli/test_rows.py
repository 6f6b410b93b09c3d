"""Events and records as rows and lines."""

import json
import random

import pytest

from peerset.cli.output import to_json
from peerset.cli.rows import budget_line, event_line, event_row, record_line, record_row, time_text
from peerset.core.action import Action
from peerset.core.cause import Cause
from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import RecordId, event_of, sign_record
from peerset.core.signal import PeerId
from peerset.protocol.events import (
    ActionReceived,
    ClockSkewed,
    Event,
    FetchFailed,
    ForeignPeerJoined,
    ForeignPeerLeft,
    PeerJoined,
    PeerLeft,
    PeerSynced,
    RecordAdded,
    RecordDeleted,
    RecordHidden,
    RecordKnown,
    RecordPostponed,
    RecordRejected,
    RecordsExpired,
    RecordsIndexed,
    RecordsRejected,
    SaveDelayed,
    StorageEvicted,
    StrikeCounted,
)
from peerset.protocol.health import Budget
from peerset.room.stream import Lagged

KEY = SecretKey.generate(random.Random(1))
PEER = PeerId("0000abcdefghijklmnop")
ID = RecordId(bytes(32))
RECORD = sign_record(KEY, created_at=UnixTime(1_700_000_000), kind=1, tags=[], content="hello \x7f")

EVENTS: list[tuple[Event | Lagged, str]] = [
    (PeerJoined(PEER, KEY.public_key), "joined as npub1"),
    (ForeignPeerJoined(PEER), "joined; it runs another application"),
    (ForeignPeerLeft(PEER, "closed \x1b"), "of another application left: closed \\x1b"),
    (PeerLeft(PEER, KEY.public_key, "said \x1b goodbye"), "left: said \\x1b goodbye"),
    (PeerSynced(PEER, 2, 3), "(2 records gained, 3 given)"),
    (RecordAdded(RECORD, PEER), "hello \\x7f"),
    (RecordRejected(ID, Cause.POLICY, "words", "a bad word", PEER), "refused (words): a bad word"),
    (
        RecordsRejected(9, Cause.POLICY, "words", "bad \x1b", PEER),
        "9 more records refused (words), the last of them: bad",
    ),
    (RecordKnown(ID), "is here already"),
    (RecordPostponed(ID, 90, PEER), "dated 90 s ahead"),
    (RecordDeleted(ID, ID), "deleted by its author"),
    (RecordHidden(ID, "words", "rude"), "hidden here (words): rude"),
    (RecordsExpired(UnixTime(0), 7), "7 records from before 1970-01-01"),
    (FetchFailed((RecordId(bytes(32)),)), "1 records were fetched in vain"),
    (StorageEvicted(20_000, 7), "7 records of 2024-10-04 lost their content here"),
    (RecordsIndexed(1_500), "1500 records are left to be indexed"),
    (RecordsIndexed(0), "= all is indexed"),
    (StrikeCounted(PEER, None, "a lie", "warned"), "(warned): a lie"),
    (ActionReceived(PEER, Action("chat", {"text": "hi"})), "chat of 0000abcd: {'text': 'hi'}"),
    (ActionReceived(PEER, Action("file", b"123")), "file of 0000abcd: 3 bytes"),
    (ClockSkewed(-20, 3, is_ours=True), "20 s behind 3 peers; they agree: set this clock"),
    (ClockSkewed(20, 3, is_ours=False), "20 s ahead of 3 peers; they do not agree either"),
    (SaveDelayed("disk full", (ID, ID)), "2 records could not be saved yet: disk full"),
    (Lagged(5), "5 events were dropped"),
]


def test_a_budget_is_one_line() -> None:
    line = budget_line(Budget("disk", 5, 4, UnixTime(0), 3))
    assert line == "! disk: 5 of 4 since 1970-01-01 00:00:00, 3 so far"
    assert budget_line(Budget("disk", 1, 4, None, 0)) == "! disk: 1 of 4, 0 so far"


@pytest.mark.parametrize(("event", "words"), EVENTS, ids=[type(event).__name__ for event, _ in EVENTS])
def test_every_event_is_one_line_for_people(event: Event | Lagged, words: str) -> None:
    assert words in event_line(event)
    assert event_line(event).isprintable()


@pytest.mark.parametrize("event", [event for event, _ in EVENTS], ids=[type(event).__name__ for event, _ in EVENTS])
def test_every_event_is_a_json_object_with_its_name(event: Event | Lagged) -> None:
    assert json.loads(to_json(event_row(event)))["event"] == type(event).__name__


def test_a_row_shows_ids_in_hex_and_records_as_events() -> None:
    row = event_row(RecordAdded(RECORD, PEER))
    assert row == {"event": "RecordAdded", "record": event_of(RECORD), "peer": PEER}
    assert event_row(RecordDeleted(ID, ID))["id"] == "00" * 32
    assert event_row(RecordsExpired(UnixTime(0), 1, frozenset({ID})))["kept"] == ["00" * 32]


def test_an_actions_bytes_are_hex_and_its_missing_metadata_null() -> None:
    row = event_row(ActionReceived(PEER, Action("file", b"\x01\x02")))
    assert row["action"] == {"name": "file", "payload": "0102", "metadata": None}


def test_a_record_is_a_nostr_event_to_programs() -> None:
    assert record_row(RECORD) == event_of(RECORD)


def test_a_record_is_one_line_to_people() -> None:
    assert record_line(RECORD).startswith("2023-11-14 22:13:20  npub1")


def test_a_time_beyond_the_calendar_is_its_number() -> None:
    assert time_text(2**53 - 1) == str(2**53 - 1)
