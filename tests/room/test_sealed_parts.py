"""What else a sealed room can do: light members, streams, what expires, and files of records."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

import pytest

import peerset
from peerset.cli.offline import Hermit
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.envelope import NONCE_BYTES, OpenedRecord
from peerset.core.record import KIND_RECORD
from peerset.core.seal import Seal, read_seal_text
from peerset.testing.memory import MemorySwarm
from tests.data.places import key_number
from tests.room.streams import meet
from tests.sealed import sign_sealed

SEAL: Final = peerset.new_seal(random.Random(1))


@asynccontextmanager
async def joined(swarm: MemorySwarm, number: int, seal: Any = SEAL, **options: Any) -> AsyncIterator[peerset.Room]:
    async with peerset.join("lobby", key=key_number(number), host=swarm.host(), seal=seal, **options) as room:
        yield room


def alone(number: int, seal: Any) -> AbstractAsyncContextManager[peerset.Room]:
    return peerset.join("lobby", key=key_number(number), host=Hermit(), seal=seal)


def aged(room: peerset.Room, days: int, *more: tuple[str, str]) -> OpenedRecord:
    seal = Seal(read_seal_text(SEAL), room.name.tag)
    then = UnixTime(int(time.time()) - days * DAY_SECONDS)
    tags = (("h", room.name.tag.hex()), ("t", "note"), *more)
    return sign_sealed(
        key_number(9),
        seal,
        created_at=then,
        kind=KIND_RECORD,
        tags=tags,
        content=f"{days} days old",
        nonce=bytes(NONCE_BYTES),
    )


async def test_two_with_the_secret_meet_over_a_stream_through_one_without() -> None:
    async with alone(1, SEAL) as ann, alone(9, None) as blind, alone(2, SEAL) as ben:
        record = await ann.publish("hush", tags={"t": "note"})
        await ann.collection("log").put("a", 1)
        here, there = await meet(ann, blind)
        assert (here.sent, there.is_equal, there.has_other_rules) == (2, True, False)
        await meet(blind, ben)
        assert ben.root == blind.root == ann.root
        assert await blind.records() == []
        assert await ben.records(tags={"t": "note"}) == [record]
        assert [doc.value for doc in await ben.collection("log").find()] == [1]


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(600):
        while not is_so():  # noqa: ASYNC110 - rounds of sync tell nobody
            await asyncio.sleep(1)


@pytest.mark.parametrize("seal", [SEAL, None])
async def test_a_light_member_keeps_the_newest_and_fetches_what_is_older(seal: Any) -> None:
    swarm = MemorySwarm()
    async with joined(swarm, 1) as whole:
        records = [aged(whole, days) for days in (0, 2, 20)]
        assert await whole.add(records) == 3
        async with joined(swarm, 2, seal, window="7d") as light:
            await until(
                lambda: light.root == whole.root and all(each.is_synced for each in [*whole.peers, *light.peers])
            )
            assert len(await light.members()) == 2
            assert len(await light.records()) == (0 if seal is None else 2)
            [found] = await light.fetch(records[2].id)
            assert found.content == ("20 days old" if seal else records[2].envelope.content)
            assert light.root == whole.root


async def test_what_has_expired_is_seen_by_nobody_whether_it_was_sealed_or_not() -> None:
    async with joined(MemorySwarm(), 1) as room:
        gone = aged(room, 1, ("expiration", str(int(time.time()) - 3_600)))
        kept = aged(room, 2)
        assert await room.add([gone, kept]) == 2
        assert await room.records() == [kept]
        explained = await room.moderation.explain(gone.id)
        assert explained is not None
        assert explained.policy == "expiration"


async def test_two_devices_of_one_author_write_a_sealed_register_and_who_has_no_secret_follows_them() -> None:
    swarm, (me, phone) = MemorySwarm(), map(key_number, (1, 2))
    async with joined(swarm, 1) as mine, joined(swarm, 9, None) as blind:
        grants = mine.grant(phone.public_key, on_behalf=True)
        async with joined(swarm, 2, grants=grants) as theirs:
            ours, other = (room.collection("diary", on_behalf=True) for room in (mine, theirs))
            await ours.put("monday", "mine")
            await until(lambda: theirs.count == blind.count == 1)
            doc = await other.update("monday", lambda value: f"{value}, seen")
            await until(lambda: mine.count == blind.count == 2)
            assert (doc.author, doc.signer) == (me.public_key, phone.public_key)
            assert [(each.value, each.author) for each in await ours.find()] == [("mine, seen", me.public_key)]
            assert (await blind.records(), blind.root) == ([], mine.root)


async def test_who_has_no_secret_is_told_why_a_record_is_not_seen() -> None:
    async with joined(MemorySwarm(), 1) as room:
        record = await room.publish("hush")
    async with joined(MemorySwarm(), 2, None) as blind:
        await blind.add([record])
        assert await blind.records() == []
        explained = await blind.moderation.explain(record.id)
        assert explained is not None
        assert explained.reason == "it is sealed, and no secret was given here"
