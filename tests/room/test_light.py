"""Rooms that keep the content of the newest days only, beside one that keeps all."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

import peerset
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import Record, sign_record
from peerset.core.signal import RoomName
from peerset.testing.memory import MemorySwarm

pytestmark = pytest.mark.real_time

LOBBY: Final = RoomName("peerset", "lobby")
KEY: Final = SecretKey(bytes(31) + b"\7")
AGES: Final = (0, 2, 9, 20, 40)


def aged(days: int) -> Record:
    created_at = UnixTime(int(time.time()) - days * DAY_SECONDS)
    return sign_record(KEY, created_at=created_at, kind=1, tags=[("h", LOBBY.tag.hex())], content=f"{days} days old")


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(300):
        while not is_so():  # noqa: ASYNC110 - rounds of sync tell nobody
            await asyncio.sleep(0.05)


async def test_a_light_member_has_the_root_of_everybody_and_the_content_of_a_week(tmp_path: Path) -> None:
    swarm, path = MemorySwarm(), tmp_path / "light.db"
    records = [aged(days) for days in AGES]
    async with peerset.join("lobby", host=swarm.host()) as whole:
        await whole.add(records)
        async with peerset.join("lobby", host=swarm.host(), store=f"sqlite:{path}", window="7d") as light:
            await until(lambda: light.count == len(AGES) and light.root == whole.root)
            assert {record.id for record in await light.records()} == {record.id for record in records[:2]}
            await until(lambda: all(peer.is_synced for room in (whole, light) for peer in room.peers))
            assert await light.fetch(records[3].id) == [records[3]]
            assert await light.fetch(records[4].id.hex()[:16]) == [records[4]]
            assert light.root == whole.root
            (budget,) = [each for each in light.health.budgets if each.name == "claims"]
            assert budget.used == 1
            with pytest.raises(peerset.ConfigError, match="there is no record"):
                await light.fetch(aged(50).id)
    with sqlite3.connect(path) as file:
        assert file.execute("SELECT count(*) FROM record").fetchone() == (4,)


async def test_what_grows_older_than_the_window_becomes_a_shell_but_for_our_own(tmp_path: Path) -> None:
    path = tmp_path / "light.db"
    async with peerset.join("lobby", host=MemorySwarm().host(), store=f"sqlite:{path}") as room:
        await room.add([aged(days) for days in AGES])
    async with peerset.join("lobby", host=MemorySwarm().host(), store=f"sqlite:{path}", window="7d", key=KEY) as room:
        await asyncio.sleep(0)
        assert room.count == len(AGES)
        assert len(await room.records()) == len(AGES)
    async with peerset.join("lobby", host=MemorySwarm().host(), store=f"sqlite:{path}", window="7d") as room:
        async with asyncio.timeout(300):
            while len(await room.shells()) < 3:  # noqa: ASYNC110 - what is destroyed is not told
                await asyncio.sleep(0.05)
        assert len(await room.records()) == 2
        assert room.count == len(AGES)
    assert b"20 days old" not in path.read_bytes()


async def test_light_members_give_a_newcomer_their_days_and_who_has_all_the_rest() -> None:
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", host=swarm.host()) as whole,
        peerset.join("lobby", host=swarm.host(), window="7d") as one,
        peerset.join("lobby", host=swarm.host(), window="30d") as two,
    ):
        await whole.add([aged(days) for days in AGES])
        await until(lambda: one.root == two.root == whole.root)
        async with peerset.join("lobby", host=swarm.host()) as newcomer:
            await until(lambda: newcomer.root == whole.root)
            assert len(await newcomer.records()) == len(AGES)
            assert await newcomer.shells() == []


async def test_who_joins_without_a_window_again_gets_the_content_that_it_gave_up(tmp_path: Path) -> None:
    swarm, path = MemorySwarm(), tmp_path / "light.db"
    records = [aged(days) for days in AGES]
    async with peerset.join("lobby", host=swarm.host()) as whole:
        await whole.add(records)
        async with peerset.join("lobby", host=MemorySwarm().host(), store=f"sqlite:{path}") as room:
            await room.add(records)
        async with peerset.join("lobby", host=MemorySwarm().host(), store=f"sqlite:{path}", window="7d") as light:
            async with asyncio.timeout(300):
                while len(await light.shells()) < 3:  # noqa: ASYNC110 - what is destroyed is not told
                    await asyncio.sleep(0.05)
            await light.moderation.purge(records[0].id)
        async with peerset.join("lobby", host=swarm.host(), store=f"sqlite:{path}", window="30d") as wider:
            async with asyncio.timeout(300):
                while len(await wider.records()) < 3:  # noqa: ASYNC110 - what was here before is not told of
                    await asyncio.sleep(0.05)
            assert {record.id for record in await wider.records()} == {record.id for record in records[1:4]}
        async with peerset.join("lobby", host=swarm.host(), store=f"sqlite:{path}") as room:
            async with asyncio.timeout(300):
                while len(await room.records()) < 4:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            assert [shell.id for shell in await room.shells()] == [records[0].id]
