"""What our user writes: dated after all that it follows."""

import pytest

from peerset.core.clock import UnixTime
from peerset.core.deletion import address_text
from peerset.core.filter import Filter
from peerset.core.key_signer import KeySigner
from peerset.core.record import KIND_DELETION, KIND_KEYED, KIND_RECORD, Record, sign_record
from peerset.core.signal import RoomTag
from peerset.core.stamp import MICROSECONDS, stamp_of
from peerset.errors import AgeError
from peerset.protocol.events import RecordsAdded
from peerset.room.wallet import Wallet
from peerset.room.writer import Writer
from peerset.stores.memory import MemoryStore
from tests.protocol.pair import START, key

ROOM = RoomTag(bytes(16))
NOW = START * MICROSECONDS + 250
PROFILE = [("d", "profile")]


def writer_at(now: int, store: MemoryStore | None = None) -> Writer:
    wallet = Wallet(key(1).public_key, [], [])
    return Writer(KeySigner(key(1)), ROOM, store or MemoryStore(), wallet=wallet, clock=lambda: now)


def written(stamp: int, kind: int = KIND_RECORD, tags: tuple[tuple[str, str], ...] = (), author: int = 1) -> Record:
    seconds, microseconds = divmod(stamp, MICROSECONDS)
    stamped = [("h", ROOM.hex()), ("us", str(microseconds)), *tags]
    return sign_record(key(author), created_at=UnixTime(seconds), kind=kind, tags=stamped, content="earlier")


async def test_what_is_written_on_a_clock_that_stands_still_reads_in_the_order_it_was_written() -> None:
    store = MemoryStore()
    writer = writer_at(NOW, store)
    records = [await writer.sign(KIND_RECORD, [], f"line {number}") for number in range(40)]
    assert [stamp_of(record) for record in records] == list(range(NOW, NOW + 40))
    await store.add(records[::-1])
    assert await store.query(Filter()) == records[::-1]


async def test_the_tags_are_the_room_the_microseconds_and_what_was_asked_for() -> None:
    record = await writer_at(NOW).sign(KIND_RECORD, [["c", "notes"], ["us", "7"]], "text")
    assert record.tags == (("h", ROOM.hex()), ("us", "250"), ("c", "notes"), ("us", "7"))
    whole = await writer_at(START * MICROSECONDS).sign(KIND_RECORD, [], "text")
    assert whole.tags == (("h", ROOM.hex()),)


async def test_a_version_is_dated_after_the_one_it_replaces_though_that_is_dated_ahead() -> None:
    store = MemoryStore()
    old = written(NOW + 800 * MICROSECONDS, KIND_KEYED, (("d", "profile"),))
    await store.add([old, written(NOW + 805 * MICROSECONDS, KIND_KEYED, (("d", "other"),), author=2)])
    new = await writer_at(NOW, store).sign(KIND_KEYED, PROFILE, "new")
    assert stamp_of(new) == stamp_of(old) + 1


async def test_a_restarted_writer_goes_on_after_its_last_record() -> None:
    store = MemoryStore()
    last = written(NOW + 5)
    await store.add([last])
    assert stamp_of(await writer_at(NOW, store).sign(KIND_RECORD, [], "next")) == NOW + 6


async def test_records_of_our_key_from_elsewhere_are_followed_and_those_of_others_are_not() -> None:
    writer = writer_at(NOW)
    await writer.sign(KIND_RECORD, [], "first")
    writer.take(RecordsAdded(((written(NOW + 70), None),)))
    writer.take(RecordsAdded(((written(NOW + 90, author=2), None),)))
    assert stamp_of(await writer.sign(KIND_RECORD, [], "second")) == NOW + 71


async def test_what_the_tags_name_as_followed_is_followed() -> None:
    store = MemoryStore()
    earlier = written(NOW + 30, author=2)
    await store.add([earlier])
    tags = [["e", earlier.id.hex(), "", "prev"], ["e", "no id", "", "prev"], ["e", "zz" * 32, "", "prev"]]
    with pytest.raises(Exception, match="lower-case hexadecimal"):
        await writer_at(NOW, store).sign(KIND_RECORD, tags, "reply")
    reply = await writer_at(NOW, store).sign(KIND_RECORD, tags[:1], "reply")
    assert stamp_of(reply) == NOW + 31


async def test_what_would_have_to_be_dated_too_far_ahead_is_refused_and_says_why() -> None:
    store = MemoryStore()
    await store.add([written(NOW + 901 * MICROSECONDS, KIND_KEYED, (("d", "profile"),))])
    writer = writer_at(NOW, store)
    with pytest.raises(AgeError, match="901 s ahead of our clock"):
        await writer.sign(KIND_KEYED, PROFILE, "new")
    assert stamp_of(await writer.sign(KIND_RECORD, [], "a clock that was wrong does not silence us")) == NOW


async def test_the_latest_date_that_others_take_is_still_given() -> None:
    store = MemoryStore()
    await store.add([written(NOW + 900 * MICROSECONDS - 1, KIND_KEYED, (("d", "profile"),))])
    assert stamp_of(await writer_at(NOW, store).sign(KIND_KEYED, PROFILE, "new")) == NOW + 900 * MICROSECONDS


async def test_a_record_given_to_follow_is_followed() -> None:
    target = written(NOW + 60 * MICROSECONDS, author=2)
    assert stamp_of(await writer_at(NOW).sign(5, [], "", follows=[target])) == stamp_of(target) + 1


async def test_what_is_written_again_after_a_deletion_by_address_is_dated_in_the_second_after_it() -> None:
    store = MemoryStore()
    tags = [["h", ROOM.hex()], ["a", address_text(KIND_KEYED, key(1).public_key, "profile")]]
    deletion = sign_record(key(1), created_at=UnixTime(START + 1), kind=KIND_DELETION, tags=tags, content="")
    await store.add([deletion])
    again = await writer_at(NOW, store).sign(KIND_KEYED, PROFILE, "again")
    assert stamp_of(again) == (START + 2) * MICROSECONDS
    other = await writer_at(NOW, store).sign(KIND_KEYED, [("d", "other")], "not deleted")
    assert other.created_at < START + 2


async def test_what_an_author_has_one_of_is_dated_after_the_one_it_replaces_and_after_its_deletion() -> None:
    store, other = MemoryStore(), MemoryStore()
    old = written(NOW + 800 * MICROSECONDS, 10_002, (("d", "any"),))
    tags = [["h", ROOM.hex()], ["a", address_text(3, key(1).public_key, "")]]
    deletion = sign_record(key(1), created_at=UnixTime(START + 1), kind=KIND_DELETION, tags=tags, content="")
    await store.add([old])
    assert stamp_of(await writer_at(NOW, store).sign(10_002, [], "new")) == stamp_of(old) + 1
    await other.add([deletion])
    assert stamp_of(await writer_at(NOW, other).sign(3, [("d", "x")], "again")) == (START + 2) * MICROSECONDS


async def test_a_deletion_names_the_record_and_of_a_current_version_all_before_it() -> None:
    record, keyed = written(NOW), written(NOW, KIND_KEYED, (("d", "profile"),))
    writer = writer_at(NOW)
    deletions = [
        await writer.sign_deletion(record, is_current=True),
        await writer.sign_deletion(keyed, is_current=True),
        await writer.sign_deletion(keyed, is_current=False),
        await writer.sign_deletion(written(NOW, KIND_KEYED, (("d", "x" * 1_000),)), is_current=True),
        await writer.sign_deletion(written(NOW, 0, (("d", "x"),)), is_current=True),
    ]
    address = address_text(KIND_KEYED, key(1).public_key, "profile")
    named = [[tag for tag in deletion.tags if tag[0] in "ak"] for deletion in deletions]
    assert named == [
        [("k", str(KIND_RECORD))],
        [("a", address), ("k", str(KIND_KEYED))],
        [("k", str(KIND_KEYED))],
        [("k", str(KIND_KEYED))],
        [("a", f"0:{key(1).public_key.hex()}:"), ("k", "0")],
    ]
    assert all(deletion.kind == KIND_DELETION and stamp_of(deletion) > NOW for deletion in deletions)
