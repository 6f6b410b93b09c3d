"""Two rooms in memory, and a member of theirs that says what the original app says."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

import peerset
from peerset.bridge.bridge import THEIR_APP, THEIR_ROOM, Bridge, Carried
from peerset.bridge.effects import BridgeEffect, Say, Take
from peerset.bridge.exchange import Exchange
from peerset.bridge.original import Original
from peerset.core.action import Json
from peerset.core.clock import Monotonic
from peerset.core.keys import SecretKey
from peerset.room.clocks import read_unix
from peerset.testing.memory import MemorySwarm
from tests.bridge.test_original import ORIGINAL
from tests.bridge.test_partner import uuid
from tests.patience import until

pytestmark = pytest.mark.real_time

KEY: Final = SecretKey(bytes([7]) * 32)
COLLECTION: Final = "places"


def original(number: int, *, text: str = "theirs", age_seconds: int = 60) -> Original:
    created_at_ms = (read_unix() - age_seconds) * 1_000 + number % 1_000
    return replace(ORIGINAL, uuid=uuid(number), text=f"{text} {number}", created_at_ms=created_at_ms)


class App:
    """A member of their room that holds records, and exchanges them as pages do."""

    def __init__(self, room: peerset.Room) -> None:
        self._room = room
        self.exchange = Exchange()
        self.held: dict[str, Original] = {}

    def write(self, originals: Sequence[Original]) -> None:
        """Let its user write these."""
        self.held.update((each.uuid, each) for each in originals)
        self.exchange.hold(originals, self._now())

    async def run(self) -> None:
        """Speak with whoever speaks, and look for what is due."""
        async for event in self._room.events(peerset.ActionReceived):
            assert isinstance(event, peerset.ActionReceived)
            self._perform(self.exchange.receive(event.peer, event.action, self._now()))

    def say_roots(self) -> None:
        """Say our root to all, as a page does that is joined."""
        for status in self._room.peers:
            self._room.send_action("rootHash", {"merkleRoot": self.exchange.tree.root}, to=status.id)

    def _perform(self, effects: list[BridgeEffect]) -> None:
        for effect in effects:
            match effect:
                case Say(peer, name, payload):
                    self._room.send_action(name, payload, to=peer)
                case Take(peer, originals):
                    self.held.update((each.uuid, each) for each in originals)
                    self._perform(self.exchange.settle(peer, originals, (), self._now()))

    def _now(self) -> Monotonic:
        return Monotonic(asyncio.get_running_loop().time())


@asynccontextmanager
async def running(loop: "asyncio.Task[None]") -> AsyncIterator[None]:
    try:
        yield
    finally:
        loop.cancel()
        await asyncio.wait([loop])


@asynccontextmanager
async def app(swarm: MemorySwarm) -> AsyncIterator[App]:
    async with peerset.join(THEIR_ROOM, app=THEIR_APP, host=swarm.host()) as room:
        member = App(room)
        async with running(asyncio.create_task(member.run(), name="app")):
            yield member


@asynccontextmanager
async def bridge(
    swarm: MemorySwarm, store: str = "memory:", *, policies: Sequence[str] = ()
) -> AsyncIterator[tuple[Bridge, peerset.Room]]:
    """Run a bridge for the length of the block; give our room, too."""
    joined = peerset.join("ours", key=KEY, store=store, host=swarm.host(), policies=policies)
    theirs = peerset.join(THEIR_ROOM, app=THEIR_APP, host=swarm.host())
    told: list[Carried] = []
    async with joined as ours, theirs as other:
        carrying = Bridge(other, ours, KEY, collection=COLLECTION, tell=told.append)
        async with running(asyncio.create_task(carrying.run(), name="bridge")):
            await until(lambda: len(other.peers) > 0)
            yield carrying, ours


async def texts(room: peerset.Room) -> list[str]:
    return sorted(json.loads(record.content)["text"] for record in await room.records(collection=COLLECTION))


def place(text: str) -> dict[str, Json]:
    return {"text": text, "latitude": 52.5, "longitude": 13.4}


async def test_records_go_both_ways() -> None:
    swarm = MemorySwarm()
    async with app(swarm) as member, bridge(swarm) as (carrying, ours):
        member.write([original(number) for number in range(3)])
        written = await ours.publish(place("ours"), collection=COLLECTION)
        await ours.publish({"text": "nowhere"}, collection=COLLECTION)
        await ours.publish(place("of another collection"), collection="notes")
        member.say_roots()
        await until(lambda: len(member.held) == 4 and carrying.carried.taken == 3)
        assert await texts(ours) == ["nowhere", "ours", "theirs 0", "theirs 1", "theirs 2"]
        [came] = [each for each in member.held.values() if each.text == "ours"]
        assert came.npub == peerset.npub(written.author)
        assert carrying.carried == Carried(1, taken=3, given=1)


async def test_a_restart_doubles_nothing(tmp_path: Path) -> None:
    swarm, store = MemorySwarm(), f"sqlite:{tmp_path / 'ours.db'}"
    async with app(swarm) as member:
        member.write([original(number) for number in range(150)])
        async with bridge(swarm, store) as (carrying, ours):
            await ours.publish(place("ours"), collection=COLLECTION)
            member.say_roots()
            # In the middle: the first hundred were asked for.
            await until(lambda: carrying.carried.taken >= 100)
        for _ in range(2):
            async with bridge(swarm, store) as (carrying, ours):
                member.say_roots()
                await until(lambda: ours.count == 151 and len(member.held) == 151)
        assert len(set(await _all_texts(store))) == 151


async def _all_texts(store: str) -> list[str]:
    async with peerset.join("ours", key=KEY, store=store, signaling=[]) as ours:
        return await texts(ours)


async def test_policies_judge_what_comes_and_nothing_is_asked_for_twice() -> None:
    swarm = MemorySwarm()
    async with app(swarm) as member, bridge(swarm, policies=["links:allow=zoom.us"]) as (carrying, ours):
        member.write([original(1), replace(original(2), link="https://zoom.us/j/1")])
        for _ in range(2):
            member.say_roots()
            await until(lambda: carrying.carried.taken + carrying.carried.refused == 2)
        assert await texts(ours) == ["theirs 2"]
        assert (carrying.carried.taken, carrying.carried.refused) == (1, 1)


async def test_what_is_too_old_for_the_room_stays_there() -> None:
    swarm = MemorySwarm()
    async with app(swarm) as member, bridge(swarm) as (carrying, ours):
        member.write([original(1, age_seconds=200 * 86_400), original(2)])
        member.say_roots()
        await until(lambda: carrying.carried.taken + carrying.carried.refused == 2)
        assert await texts(ours) == ["theirs 2"]


async def test_what_is_deleted_here_does_not_come_back() -> None:
    swarm = MemorySwarm()
    async with app(swarm) as member, bridge(swarm) as (carrying, ours):
        member.write([original(1)])
        member.say_roots()
        await until(lambda: carrying.carried.taken == 1)
        [record] = await ours.records(collection=COLLECTION)
        await ours.delete(record)
        member.write([original(2)])
        member.say_roots()
        await until(lambda: carrying.carried.taken == 2)
        assert await texts(ours) == ["theirs 2"]


async def test_another_bridge_carries_nothing_back() -> None:
    swarm = MemorySwarm()
    async with app(swarm) as member, bridge(swarm) as (one, ours):
        await ours.publish(place("ours"), collection=COLLECTION)
        member.say_roots()
        await until(lambda: len(member.held) == 1)
        other = peerset.join("elsewhere", key=SecretKey(bytes([9]) * 32), host=swarm.host())
        theirs = peerset.join(THEIR_ROOM, app=THEIR_APP, host=swarm.host())
        async with other as elsewhere, theirs as there:
            key = SecretKey(bytes([9]) * 32)
            second = Bridge(there, elsewhere, key, collection=COLLECTION, tell=lambda _: None)
            async with running(asyncio.create_task(second.run(), name="second bridge")):
                await until(lambda: bool(there.peers))
                member.write([original(1)])
                member.say_roots()
                await until(lambda: second.carried.taken == 1 and one.carried.taken == 1)
                assert await texts(elsewhere) == ["theirs 1"]
                assert second.carried.refused == 0


async def test_it_ends_with_a_room() -> None:
    swarm = MemorySwarm()
    async with bridge_rooms(swarm) as (ours, theirs):
        carrying = Bridge(theirs, ours, KEY, collection=COLLECTION, tell=lambda _: None)
        run = asyncio.create_task(carrying.run(), name="bridge")
        await asyncio.sleep(0)
        await theirs.leave()
        await asyncio.wait([run], timeout=60)
        assert run.done()


@asynccontextmanager
async def bridge_rooms(swarm: MemorySwarm) -> AsyncIterator[tuple[peerset.Room, peerset.Room]]:
    ours = peerset.join("ours", key=KEY, host=swarm.host())
    async with ours as one, peerset.join(THEIR_ROOM, app=THEIR_APP, host=swarm.host()) as other:
        yield one, other
