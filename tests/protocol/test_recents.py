"""The last records that were passed on."""

import tracemalloc

from peerset.core.clock import UnixTime
from peerset.core.limits import RECENT_BYTES_MAX, RECENT_RECORDS_MAX
from peerset.core.record import KIND_RECORD, Record, RecordId, decode_record, sign_record
from peerset.core.signal import PeerId
from peerset.protocol.recents import Recents
from tests.protocol.pair import START, key, make_record

PEER = PeerId("0000peer")


def renamed(record: Record, number: int) -> Record:
    """Give *record* under another id: nothing is signed anew here."""
    return Record(
        RecordId(number.to_bytes(8, "big") + bytes(24)),
        record.author,
        UnixTime(START),
        record.kind,
        record.tags,
        record.content,
        record.signature,
        record.wire,
    )


def test_a_record_is_kept_once_with_all_that_have_it() -> None:
    recents, record = Recents(), make_record(1)
    recents.add(record).holders.add(PEER)
    assert recents.add(record).holders == {PEER}
    assert recents.get(record.id[:8]) is recents.add(record)
    assert len(recents) == 1
    assert recents.get(b"unknown!") is None


def test_what_can_be_pulled_is_bounded_in_number() -> None:
    recents, small = Recents(), make_record(1)
    for number in range(RECENT_RECORDS_MAX + 1):
        recents.add(renamed(small, number))
    assert len(recents) == RECENT_RECORDS_MAX
    assert recents.get(bytes(8)) is None


def test_what_can_be_pulled_is_bounded_in_bytes() -> None:
    recents, big = Recents(), make_record(2, size=60_000)
    for number in range(RECENT_BYTES_MAX // 60_000 + 2):
        recents.add(renamed(big, number))
    assert 0 < recents.size_bytes <= RECENT_BYTES_MAX
    assert len(recents) == recents.size_bytes // len(big.wire)


def test_what_was_purged_stays_known_and_takes_no_bytes() -> None:
    recents, record = Recents(), make_record(1)
    recents.add(record)
    recents.purge([record.id, make_record(2).id])
    recent = recents.get(record.id[:8])
    assert recent is not None
    assert (recent.wire, recents.size_bytes, len(recents)) == (b"", 0, 1)


def test_what_is_kept_of_a_record_takes_little_more_than_its_wire_form_however_many_tags_it_has() -> None:
    tags = [["h", "0" * 32], *(["e", f"{number:064}"] for number in range(60))]
    wire = sign_record(key(1), created_at=UnixTime(START), kind=KIND_RECORD, tags=tags, content="").wire
    recents = Recents()
    tracemalloc.start()
    try:
        for number in range(20):
            # Each comes as bytes of its own.
            recents.add(renamed(decode_record(bytes(bytearray(wire))), number))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert recents.size_bytes < kept < 1.5 * recents.size_bytes
