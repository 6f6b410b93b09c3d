"""What is opened, remembered until it is told of, and left as it is."""

import pytest

import peerset.core.lens as lens_module
from peerset.core.envelope import Closed, OpenedRecord, UnreadRecord
from peerset.core.lens import REMEMBERED_BYTES_MAX, Lens
from peerset.core.record import KIND_RECORD, Record, shell_of
from peerset.core.seal import make_seals, new_seal
from tests.protocol.pair import ROOM, START, key
from tests.sealed import Writer

SEALS = make_seals([new_seal(), new_seal()], ROOM.tag)


def envelope(content: str = "said") -> Record:
    tags = [["h", ROOM.tag.hex()]]
    return Writer(key(1), SEALS).sign(created_at=START, kind=KIND_RECORD, tags=tags, content=content).envelope


def test_an_envelope_opens_and_what_does_not_is_unread_and_says_why() -> None:
    lens, other = Lens(SEALS), Lens(make_seals([new_seal()], ROOM.tag))
    opened, unread = lens.open(envelope()), other.open(envelope())
    assert isinstance(opened, OpenedRecord)
    assert isinstance(unread, UnreadRecord)
    assert (opened.content, unread.why, unread.envelope) == ("said", Closed.FOREIGN, envelope_of(unread))
    assert lens.ids == list(SEALS.by_id)


def envelope_of(record: Record) -> Record:
    return Record(
        record.id,
        record.author,
        record.created_at,
        record.kind,
        record.tags,
        record.content,
        record.signature,
        record.wire,
    )


def test_what_is_open_and_what_was_purged_stays_as_it_is() -> None:
    lens, record = Lens(SEALS), envelope()
    opened, shell = lens.open(record), shell_of(record.id, record.author, record.created_at, record.kind)
    assert lens.open(opened) is opened
    assert lens.open(shell) is shell


def test_what_is_prepared_is_opened_once_until_it_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    lens, record = Lens(SEALS), envelope()
    lens.prepare(record)
    monkeypatch.setattr(lens_module, "open_record", lambda *_: pytest.fail("opened again"))
    assert lens.open(record) is lens.take(record)
    monkeypatch.undo()
    assert lens.take(record) is not lens.take(record)


def test_no_more_is_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    lens, first = Lens(SEALS), envelope("x" * 40_000)
    monkeypatch.setattr(lens_module, "REMEMBERED_BYTES_MAX", 3 * len(first.wire))
    lens.prepare(first)
    held = lens.open(first)
    for number in range(4):
        lens.prepare(envelope(f"{number}" * 40_000))
    assert lens.open(first) == held
    assert lens.open(first) is not held
    assert REMEMBERED_BYTES_MAX > 65_536
