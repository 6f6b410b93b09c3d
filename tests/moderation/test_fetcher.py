"""Rooms fetch the content of shells again, of whoever has it, and never what their user destroyed."""

import asyncio
from pathlib import Path

import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.record import Record, sign_record
from peerset.core.signal import RoomName
from peerset.room.room import Room
from peerset.testing.memory import MemorySwarm
from tests.patience import PATIENT_SECONDS
from tests.protocol.pair import key


def write(room: Room, number: int, *, minutes_ago: int = 60, size: int = 0) -> Record:
    tags = [["h", RoomName("peerset", "lobby").tag.hex()], ["t", "fetched"]]
    at = UnixTime(room._driver.now().unix - 60 * minutes_ago)
    return sign_record(key(5), created_at=at, kind=1078, tags=tags, content=f"{number} {'x' * size}")


async def give_up(room: Room, records: list[Record]) -> None:
    """Let *room* be as if its disk were full."""
    await room.moderation._give_up([record.id for record in records])
    assert await room._store.get([record.id for record in records]) == []


async def test_the_content_of_shells_comes_back_from_a_neighbour() -> None:
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", host=swarm.host()) as one,
        peerset.join("lobby", host=swarm.host()) as two,
    ):
        records = [write(one, number, size=3_000) for number in range(40)]
        await one.add(records)
        await one.synced()
        await two.synced()
        root, count = two.root, two.count
        await give_up(two, records[:30])
        assert len(await two.records(tags={"t": "fetched"})) == 10
        told: list[Record] = []
        two.on(lambda event: told.append(event.record) if isinstance(event, peerset.RecordAdded) else None)
        fetched = await two.fetch([record.id for record in records])
        assert {record.id for record in fetched} == {record.id for record in records}
        assert {record.id for record in told} == {record.id for record in records[:30]}
        assert len(await two.records(tags={"t": "fetched"})) == 40
        assert await two.shells() == []
        assert (two.root, two.count) == (root, count)
        assert await two.fetch(records[0]) == [records[0]], "what is whole is given at once"


async def test_who_lacks_it_too_is_followed_by_another_and_at_last_it_is_not_there() -> None:
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", host=swarm.host()) as one,
        peerset.join("lobby", host=swarm.host()) as two,
        peerset.join("lobby", host=swarm.host()) as three,
    ):
        records = [write(one, number) for number in range(6)]
        await one.add(records)
        for room in (one, two, three):
            await room.synced()
        await give_up(one, records)
        await give_up(two, records)
        await give_up(three, records[:2])
        fetched = await one.fetch(records)
        assert {record.id for record in fetched} == {record.id for record in records[2:]}
        failed: list[int] = []
        one.on(lambda event: failed.append(len(event.ids)) if isinstance(event, peerset.FetchFailed) else None)
        assert await one.fetch(records[:2]) == []
        assert sum(failed) == 2
        assert all(peer.state == "established" for room in (one, two, three) for peer in room.peers)


async def test_what_the_user_purged_is_never_fetched_and_others_are_not_given_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", host=swarm.host()) as one,
        peerset.join("lobby", host=swarm.host()) as two,
    ):
        records = [write(one, number) for number in range(2)]
        await one.add(records)
        await one.synced()
        await two.synced()
        await one.moderation.purge(records[0])
        with pytest.raises(peerset.ConfigError, match="purged here, for good"):
            await one.fetch(records)
        await give_up(two, records)
        assert await two.fetch(records) == [records[1]]


@pytest.mark.real_time
async def test_a_file_remembers_what_was_purged_and_is_filled_as_memory_is(tmp_path: Path) -> None:
    store = tmp_path / "lobby.db"
    swarm = MemorySwarm()
    async with peerset.join("lobby", host=swarm.host()) as one:
        records = [write(one, number) for number in range(9)]
        await one.add(records)
        async with peerset.join("lobby", host=swarm.host(), store=store) as two:
            await two.synced(timeout=PATIENT_SECONDS)
            await two.moderation.purge(records[0])
            await give_up(two, records[1:])
        async with peerset.join("lobby", host=swarm.host(), store=store) as two:
            with pytest.raises(peerset.ConfigError, match="for good"):
                await two.fetch(records[0])
            await two.synced(timeout=PATIENT_SECONDS)
            fetched = await two.fetch(records[1:])
            assert {record.id for record in fetched} == {record.id for record in records[1:]}
            assert len(await two.records(tags={"t": "fetched"})) == 8


@pytest.mark.real_time
async def test_policies_judge_what_is_fetched() -> None:
    swarm = MemorySwarm()
    verdict: list[str | None] = [None]

    @peerset.admission("moody", version=1)
    def moody(record: Record) -> str | None:
        return verdict[0]

    async with (
        peerset.join("lobby", host=swarm.host()) as one,
        peerset.join("lobby", host=swarm.host(), policies=moody) as two,
    ):
        records = [write(one, 1)]
        await one.add(records)
        await two.add(records)
        await two.synced()
        await give_up(two, records)
        verdict[0] = "not today"
        assert await two.fetch(records) == []


async def test_nobody_in_reach_means_nothing_comes_and_what_is_not_here_is_an_error() -> None:
    async with peerset.join("lobby", host=MemorySwarm().host()) as room:
        record = write(room, 1)
        with pytest.raises(peerset.ConfigError, match="there is no record"):
            await room.fetch(record.id)
        await room.add(record)
        await give_up(room, [record])
        assert await room.fetch([record.id]) == []
        assert await room.fetch([]) == []


async def test_several_ask_for_the_same_at_once() -> None:
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", host=swarm.host()) as one,
        peerset.join("lobby", host=swarm.host()) as two,
    ):
        records = [write(one, number) for number in range(5)]
        await one.add(records)
        await two.synced()
        await give_up(two, records)
        both = await asyncio.gather(two.fetch(records), two.fetch(records))
        assert [len(each) for each in both] == [5, 5]


async def test_leaving_ends_what_waits() -> None:
    swarm = MemorySwarm()
    async with peerset.join("lobby", host=swarm.host()) as one, peerset.join("lobby", host=swarm.host()) as two:
        records = [write(one, 1)]
        await one.add(records)
        await two.synced()
        await give_up(one, records)
        await give_up(two, records)
        waiting = asyncio.create_task(two.fetch(records))
        await asyncio.sleep(0)
        await two.leave()
        with pytest.raises(peerset.RoomClosedError):
            await waiting
