"""What a store remembers of how its room was joined before."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

import peerset
from peerset.core.action import Missing
from peerset.core.bucket import day_bound
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.limits import RETENTION_SECONDS
from peerset.core.merkle import Index
from peerset.core.record import Record, sign_record
from peerset.core.signal import RoomName
from peerset.core.sketch import pack_symbols
from peerset.core.summary import END
from peerset.errors import StoreError
from peerset.room import remembered
from peerset.room.remembered import (
    ACQUAINTANCES,
    MESH,
    RETENTION,
    SECONDS,
    keep_acquaintances,
    kept_acquaintances,
    kept_retention,
    settle_retention,
)
from peerset.stores.memory import MemoryStore
from peerset.testing.memory import MemorySwarm
from tests.patience import until

pytestmark = pytest.mark.real_time

LOBBY: Final = RoomName("peerset", "lobby")
KEY: Final = SecretKey(bytes(31) + b"\7")


def record_of(days: int) -> Record:
    created_at = UnixTime(int(time.time()) - days * DAY_SECONDS)
    return sign_record(KEY, created_at=created_at, kind=1, tags=[("h", LOBBY.tag.hex())], content=f"{days} days old")


@asynccontextmanager
async def joined(path: Path, retention: str | Missing, window: str | None = None) -> AsyncIterator[peerset.Room]:
    """Join on a file as users do, and leave after what is collected at the start is gone."""
    store = f"sqlite:{path}"
    host = MemorySwarm().host()
    async with peerset.join("lobby", store=store, retention=retention, window=window, host=host) as room:
        yield room


async def test_who_shortens_what_is_kept_of_a_store_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    word = "this store kept records for 90d, and does for 1h from now on: what is older is deleted"
    async with joined(tmp_path / "empty.db", "1h"):
        assert word not in caplog.text
    async with joined(tmp_path / "lobby.db", Missing()) as room:
        await room.add(record_of(1))
    async with joined(tmp_path / "lobby.db", "1h"):
        assert word in caplog.text


async def test_a_room_kept_for_a_year_is_kept_so_by_a_join_that_does_not_say(tmp_path: Path) -> None:
    path = tmp_path / "lobby.db"
    async with joined(path, "365d") as room:
        assert await room.add([record_of(200), record_of(1)]) == 2
    for days in (201, 202):
        async with joined(path, Missing()) as room:
            assert await room.add([record_of(days)]) == 1
    async with joined(path, "365d") as room:
        assert room.count == 4


async def test_a_window_keeps_the_content_of_the_newest_days_and_is_not_remembered(tmp_path: Path) -> None:
    path = tmp_path / "lobby.db"
    async with joined(path, "365d") as room:
        await room.add([record_of(200), record_of(40), record_of(1)])
        root = room.root
    async with joined(path, Missing(), "7d") as room:
        async with asyncio.timeout(600):
            while len(await room.shells()) < 2:  # noqa: ASYNC110 - what is destroyed is not told
                await asyncio.sleep(1)
        assert (room.count, room.root) == (3, root)
        assert [record.content for record in await room.records()] == ["1 days old"]
    async with joined(path, Missing()) as room:
        assert room.count == 3
        assert len(await room.shells()) == 2


async def test_a_shorter_time_that_is_said_is_obeyed_and_remembered(tmp_path: Path) -> None:
    path = tmp_path / "lobby.db"
    async with joined(path, "365d") as room:
        await room.add([record_of(200), record_of(40), record_of(1)])
    async with joined(path, "30d") as room:
        # What is collected at the start may be told of before anybody listens.
        await until(lambda: room.count == 1)
    async with joined(path, Missing()) as room:
        assert room.count == 1
        assert await room.add(record_of(40)) == 0


async def test_a_start_by_a_clock_that_is_far_ahead_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, right = tmp_path / "lobby.db", time.time
    records = [record_of(40), record_of(1)]
    async with joined(path, Missing()) as room:
        assert await room.add(records) == 2
    with monkeypatch.context() as wrong:
        wrong.setattr(time, "time", lambda: right() + 100 * DAY_SECONDS)
        async with joined(path, Missing()) as room:
            early = await room.publish("dated by a wrong clock")
            assert room.count == 3
    async with joined(path, Missing()) as room:
        now = await room.publish("hello")
        assert abs(now.created_at - right()) < DAY_SECONDS
        ids = [*(record.id for record in records), now.id, early.id]
        assert [record.id for each in ids if (record := await room.get(each))] == ids


async def test_a_store_that_was_never_told_keeps_records_for_ninety_days() -> None:
    store = MemoryStore()
    assert await settle_retention(store, None) == RETENTION_SECONDS
    assert await store.notes(RETENTION) == {}


@pytest.mark.parametrize("noted", ["", "soon", "1", "-7776000", "99999999999"])
async def test_a_note_that_makes_no_sense_counts_as_none(noted: str) -> None:
    store = MemoryStore()
    await store.note(RETENTION, SECONDS, noted)
    assert await kept_retention(store) == RETENTION_SECONDS


@pytest.mark.parametrize("noted", ["", "null", "[]", '{"zz": 1}', '{"00": 1}', '{"%s": "x"}' % ("0" * 64)])
async def test_acquaintances_that_make_no_sense_are_left_out(noted: str) -> None:
    store = MemoryStore()
    await store.note(MESH, ACQUAINTANCES, noted)
    assert await kept_acquaintances(store) == []


async def test_acquaintances_are_kept_in_the_place_of_earlier_ones() -> None:
    store = MemoryStore()
    first, second = (PublicKey(bytes(31) + bytes([number])) for number in (1, 2))
    await keep_acquaintances(store, [(first, UnixTime(1))])
    await keep_acquaintances(store, [(second, UnixTime(2))])
    assert await kept_acquaintances(store) == [(second, 2)]


class SealedStore(MemoryStore):
    """Cannot be written, as on media that are only read."""

    async def note(self, kind: str, key: bytes, text: str | None) -> None:
        raise StoreError("the disk is only read")


async def test_a_store_that_cannot_be_written_is_used_as_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="peerset"):
        assert await settle_retention(SealedStore(), 2 * DAY_SECONDS) == 2 * DAY_SECONDS
    assert "the disk is only read" in caplog.text


@pytest.mark.real_time
async def test_the_sketch_of_a_large_set_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "SKETCH_STRETCH_RECORDS", 5)
    first_day = int(time.time()) // DAY_SECONDS - 91
    sketches = []
    for count in (4, 6, 0, 1, 0):
        async with peerset.join("lobby", store=tmp_path / "room.db", signaling=[]) as room:
            index = room._node.index
            sketches.append(index.summary is not None)
            for number in range(count):
                await room.publish(str(number))
            assert packed(index, first_day) == packed(Index.bulk(index.entries((0, b""), END)), first_day)
    assert sketches == [False, False, True, True, True]


def packed(index: Index, first_day: int) -> bytes:
    return pack_symbols(index.summarise(first_day).symbols(day_bound(first_day), END) or [])
