"""For whom a desk writes: where a collection is on behalf of others, for who gave the grant that we carry."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

import peerset
from peerset.core.action import Json
from peerset.testing.memory import MemorySwarm
from tests.patience import until

ME, PHONE, OTHER = (peerset.SecretKey(bytes([number]) * 32) for number in (1, 2, 3))


@asynccontextmanager
async def mine(key: peerset.SecretKey, swarm: MemorySwarm, grants: object = ()) -> AsyncIterator[peerset.Room]:
    async with peerset.join("lobby", key=key, host=swarm.host(), grants=grants) as room:  # type: ignore[arg-type]
        yield room


@asynccontextmanager
async def devices(days: float = 30) -> AsyncIterator[tuple[peerset.Room, peerset.Room, peerset.Room]]:
    swarm = MemorySwarm()
    async with mine(ME, swarm) as me:
        text = me.grant(PHONE.public_key, collections="diary", days=days, on_behalf=True)
        async with mine(PHONE, swarm, text) as phone, mine(OTHER, swarm) as other:
            yield me, phone, other


def diary(room: peerset.Room) -> peerset.Collection[Json]:
    return room.collection("diary", on_behalf=True)


def counts(rooms: tuple[peerset.Room, ...], count: int) -> Callable[[], bool]:
    return lambda: {room.count for room in rooms} == {count}


async def test_two_devices_write_one_register_and_everybody_sees_one_author() -> None:
    async with devices() as rooms:
        me, phone, other = map(diary, rooms)
        await me.put("monday", {"text": "mine"})
        await until(counts(rooms, 1))
        doc = await phone.update("monday", lambda value: {**value, "seen": True})  # type: ignore[dict-item]
        await until(counts(rooms, 2))
        assert (doc.author, doc.signer) == (ME.public_key, PHONE.public_key)
        for each in (me, phone):
            found = await each.get("monday")
            assert found is not None
            assert (found.value, found.signer) == ({"text": "mine", "seen": True}, PHONE.public_key)
            assert [version.signer for version in await each.history("monday")] == [PHONE.public_key, ME.public_key]
            assert len(await each.heads("monday")) == 1
        assert await other.get("monday") is None
        page = await other.find({"author": peerset.npub(ME.public_key)})
        assert [each.id for each in page] == [doc.id]
        assert await other.count(author=PHONE.public_key) == 0


async def test_a_live_query_follows_one_register_whoever_signs_it() -> None:
    async with devices() as rooms:
        me, phone, other = map(diary, rooms)
        async with await other.watch("monday", author=ME.public_key) as query:
            await me.put("monday", 1)
            await until(lambda: [each.value for each in query.docs] == [1])
            await until(counts(rooms, 1))
            await phone.put("monday", 2)
            await until(lambda: [each.value for each in query.docs] == [2])
            assert query.docs[0].signer == PHONE.public_key


async def test_only_who_signed_a_document_can_delete_it_and_either_can_end_a_register() -> None:
    async with devices() as rooms:
        me, phone, _ = map(diary, rooms)
        doc = await phone.add("note")
        await phone.put("monday", "by phone")
        await until(counts(rooms, 2))
        with pytest.raises(peerset.ConfigError, match="only who signed it can delete it"):
            await me.remove(doc)
        assert await me.erase("monday") == 0
        assert (await me.delete("monday")).author == ME.public_key
        await until(counts(rooms, 3))
        assert await phone.get("monday") is None
        assert await phone.erase("monday") == 1
        await phone.remove(doc)


async def test_elsewhere_the_same_grant_changes_nothing_and_is_not_even_carried() -> None:
    async with devices() as rooms:
        _, phone, _ = rooms
        plain = phone.collection("plain")
        doc = await plain.put("k", 1)
        assert (doc.author, doc.signer, doc.record.tag_value("grant")) == (PHONE.public_key, PHONE.public_key, None)
        with pytest.raises(peerset.ConfigError, match="another model or other indexes"):
            phone.collection("plain", on_behalf=True)
        with pytest.raises(peerset.ConfigError, match="on_behalf is True or False"):
            phone.collection("diary", on_behalf="yes")  # type: ignore[call-overload]


async def test_who_was_granted_no_such_collection_writes_its_own() -> None:
    async with devices() as rooms:
        work = rooms[1].collection("work", on_behalf=True)
        assert (await work.put("k", 1)).author == PHONE.public_key
        found = await work.get("k")
        assert found is not None
        assert found.value == 1
