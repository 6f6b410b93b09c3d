"""What a sealed room is told of, and what it counts; in rooms: tests/room/test_sealed_rooms.py."""

from pathlib import Path

import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.envelope import Closed, OpenedRecord, unread
from peerset.core.key_signer import KeySigner
from peerset.core.lens import Lens
from peerset.core.limits import SEALS_MAX
from peerset.core.record import KIND_RECORD, Record, sign_record
from peerset.core.seal import make_seals, new_seal, read_seal_text
from peerset.core.signal import PeerId
from peerset.protocol.events import RecordAdded, RecordsAdded, RecordsExpired, SealUnknown
from peerset.room.sealing import Sealing, SealStatus, is_unread
from tests.protocol.pair import ROOM, START, key
from tests.sealed import Writer

SEALS = make_seals([new_seal()], ROOM.tag)
PEER = PeerId("peer")


def sealed(content: str = "said") -> Record:
    tags = [["h", ROOM.tag.hex()]]
    return Writer(key(1), SEALS).sign(created_at=START, kind=KIND_RECORD, tags=tags, content=content)


def named(seal_id: str) -> Record:
    """A record that says it is sealed."""
    tags = [["h", ROOM.tag.hex()], ["sealed", seal_id]]
    return sign_record(key(2), created_at=START, kind=KIND_RECORD, tags=tags, content="said")


def test_events_give_what_was_opened_and_others_are_left_alone() -> None:
    found, record = Sealing(Lens(SEALS)), sealed()
    envelope = record.envelope
    assert found.opened(RecordAdded(envelope, PEER)) == RecordAdded(record, PEER)
    assert found.opened(RecordsAdded(((envelope, None),))) == RecordsAdded(((record, None),))
    expired = RecordsExpired(UnixTime(0), 1)
    assert found.opened(expired) is expired
    assert list(found.prepare([record])) == [envelope]
    event = found.opened(RecordAdded(envelope, None))
    assert isinstance(event, RecordAdded)
    assert event.record is record


def test_each_secret_that_is_not_ours_is_told_of_once_and_not_without_end() -> None:
    found = Sealing(Lens(SEALS))
    ids = [f"{number:016x}" for number in range(SEALS_MAX + 5)]
    records = [named(each) for each in (*ids, *ids, SEALS.newest.id.hex())]
    found.opened(RecordsAdded(tuple((record, None) for record in records)))
    assert found.news() == [SealUnknown(each, records[place].id) for place, each in enumerate(ids[:SEALS_MAX])]
    assert found.news() == []
    assert found.status == SealStatus((SEALS.newest.id.hex(),), 2 * len(ids), 1, 0)


def test_what_was_there_counts_too() -> None:
    left = {Closed.FOREIGN: 1, Closed.UNSEALED: 1}
    assert Sealing(Lens(SEALS), left).status == SealStatus((SEALS.newest.id.hex(),), 1, 0, 1)


def test_what_is_sealed_and_not_open_says_nothing() -> None:
    record = sealed()
    assert isinstance(record, OpenedRecord)
    assert not is_unread(record)
    assert is_unread(record.envelope)
    assert is_unread(unread(record.envelope, Closed.FOREIGN))
    assert not is_unread(named("none"))


async def test_a_room_that_is_not_sealed_is_left_alone() -> None:
    found, record = Sealing(), sealed()
    event = RecordAdded(record.envelope, PEER)
    assert found.opened(event) is event
    assert (found.status, list(found.prepare([event.record]))) == (None, [event.record])
    assert found.keys("places/a") == ["places/a"]
    signed = await found.pen(KeySigner(key(1))).sign(created_at=START, kind=1, tags=[], content="")
    assert type(signed) is Record


@pytest.mark.real_time
async def test_who_takes_the_store_reads_what_was_opened_there_and_finds_no_secret(tmp_path: Path) -> None:
    secret = new_seal()
    async with peerset.join("lobby", store=tmp_path / "room.db", seal=secret, signaling=[]) as room:
        await room.collection("places").put("capital", {"city": "Berlin"})
    held = b"".join(each.read_bytes() for each in sorted(tmp_path.iterdir()))
    assert all(word in held for word in (b"Berlin", b"capital", b"places"))
    assert not any(each in held for each in (secret.encode(), read_seal_text(secret)))
